"""Viewing: what visitors and holders of private links see, as flat frozen data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.invitation import MAX_HEADS, Invitation, PartStat
from chalicelib.domain.nomination import Nomination, NominationState, ReviewedBy
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Language, Side
from chalicelib.domain.plan import Plan
from chalicelib.domain.preferences import StopLink
from chalicelib.domain.recurrence import Occurrence
from chalicelib.messages import emails
from chalicelib.messages.calendar_links import CalendarLinks, calendar_links
from chalicelib.messages.when import When, when_now
from chalicelib.ports import Listing, NotFound, World
from chalicelib.use_cases import naming, stopping

PAGE_SIZE = 10
LOOK_BACK = 100
"""How many thank-yous one search looks through; a link goes on further back."""


class NotShown(Exception):
    """This thank-you is not on the wall, or not any more."""


@dataclass(frozen=True)
class ThanksCard:
    """One thank-you as everybody may see it."""

    id: str
    headline: str
    what: str
    why: str
    honourees: tuple[str, ...]
    nominator: str
    organisation: str
    thanked_on: date


@dataclass(frozen=True)
class WallView:
    """A page of the wall, newest first; `next` goes further back and is empty at the end.

    `older` tells that this is not the newest page, and `searched` that not all was looked through.
    """

    cards: tuple[ThanksCard, ...]
    search: str
    side: str
    next: str
    older: bool
    searched: bool


@dataclass(frozen=True)
class HomeView:
    """A partnership's front page: its newest thank-yous."""

    cards: tuple[ThanksCard, ...]


@dataclass(frozen=True)
class SentView:
    """What somebody sees who has just sent a form, and at any later look at that page.

    `state` is to_confirm, confirmed or withdrawn. Anybody can type somebody else's address into a
    form, so once its owner confirmed it, only the links in their mail show more than that.
    """

    reference: str
    state: str
    honourees: tuple[str, ...] = ()
    what: str = ""
    why: str = ""

    @property
    def may_withdraw(self) -> bool:
        """Whether whoever sent it can still take it back here."""
        return self.state == "to_confirm"


@dataclass(frozen=True)
class Step:
    """One step of a nomination: `reached` and, if so, when."""

    name: str
    reached: bool
    on: date | None


@dataclass(frozen=True)
class StatusView:
    """The nominator's private page.

    `state` is the nomination's own; `steps` are what a nominator follows: received, read (or
    approved, which nobody had to do), sent, and then on_the_wall or private. `unread` is whether it
    went on without a reviewer. `waits_for` are the honourees who still get it; `thanks_back` are
    the honourees' answers.
    """

    reference: str
    state: str
    steps: tuple[Step, ...]
    honourees: tuple[str, ...]
    waits_for: tuple[str, ...]
    what: str
    why: str
    read_by: date
    unread: bool
    reason: str
    may_withdraw: bool
    thanks_back: tuple[tuple[str, str], ...]
    led_to: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class QuestionView:
    """A reviewer's question, above the nominator's own words."""

    question: str
    what: str
    why: str
    honourees: tuple[str, ...]
    answered: bool
    answer: str


@dataclass(frozen=True)
class FollowUpView:
    """What it led to: what its reader told (`own`), and the others, as (name, text)."""

    what: str
    why: str
    nominator: str
    honourees: tuple[str, ...]
    own: str
    told: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class HonoureeView:
    """What an honouree sees of the thanks they got.

    `choice` is empty while they have not decided. `may_be_shown` is False for a thank-you that
    was given in private, which has nothing to decide.
    """

    name: str
    nominator: str
    what: str
    why: str
    citation: str
    organisation: str
    others: tuple[str, ...]
    written_on: date
    may_be_shown: bool
    choice: str
    first_name: str
    shown_now: bool
    thanks_back: str
    waits_for_others: bool
    led_to: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RsvpView:
    """An invitation as its guest sees it; times are local to the gathering.

    `state` is open, answered, waiting, offered, cancelled, removed or past. `name` is masked,
    because links get forwarded. `revision` comes back with the answer, to tell which plan it was
    given to. Who `has_entry` can put it into a calendar: as a file, or through
    `calendars` on the web, one date of a series at a time, without those that this guest said no
    to.

    `free` is for how many people there still is a place, the guest's own included; None where it
    is enough for anybody. For who has no place yet, a yes for more `may_wait`. `missed_offer` says
    that a place was kept for this guest until it was too late. `apart` is whether some date of a
    series has an answer of its own, `has_feed` whether the guest can follow everything already.
    """

    title: str
    place: str
    when: When
    text: str
    hosts: tuple[str, ...]
    honourees: tuple[str, ...]
    name: str
    state: str
    may_answer: bool
    revision: int
    partstat: str
    heads: int
    remark: str
    has_entry: bool
    calendars: tuple[CalendarLinks, ...]
    free: int | None = None
    may_wait: bool = False
    moves_up: bool = False
    offered_until: datetime | None = None
    missed_offer: bool = False
    apart: bool = False
    has_feed: bool = False


@dataclass(frozen=True)
class StopView:
    """One kind of mail, before or after somebody stopped it; it tells nobody's address."""

    kind: str
    stopped: bool


@dataclass(frozen=True)
class PreferencesView:
    """Every kind of mail that may be stopped, and which of them somebody wants.

    `language` is in which language they are mailed: what they chose, else that of the page, which
    is the one of the mail that led to it.
    """

    kinds: tuple[str, ...]
    wanted: tuple[str, ...]
    language: str


def home(world: World, *, partnership: Partnership) -> HomeView:
    """The three newest thank-yous on the wall."""
    return HomeView(_on_the_wall(world, partnership, limit=3)[0])


def wall(
    world: World, *, partnership: Partnership, search: str = "", side: str = "", after: str = ""
) -> WallView:
    """A page of the wall. A search or a side looks through `LOOK_BACK` thank-yous at a time."""
    narrowed = bool(search or side)
    cards, rest = _on_the_wall(
        world,
        partnership,
        limit=LOOK_BACK if narrowed else PAGE_SIZE,
        after=after,
        search=search,
        side=side,
    )
    return WallView(cards, search, side, rest, older=bool(after), searched=narrowed and bool(rest))


def wall_item(world: World, *, partnership: Partnership, nomination_id: str) -> ThanksCard:
    """One thank-you on the wall. Raises `NotFound`, and `NotShown` for one that others may not see.

    Its id is as hard to guess as a private link, so whoever asks for it saw it there before.
    """
    nomination = world.store.nomination(partnership.slug, nomination_id)
    if not nomination.is_shown:
        raise NotShown(nomination_id)
    return _card(nomination, partnership)


def sent(world: World, *, partnership: Partnership, nomination_id: str) -> SentView:
    """What is told to whoever sent a form, by the key of that form."""
    nomination = world.store.nomination(partnership.slug, nomination_id)
    if nomination.verified_at is not None:
        return SentView(nomination.reference, "confirmed")
    withdrawn = nomination.state is NominationState.WITHDRAWN
    return SentView(
        reference=nomination.reference,
        state="withdrawn" if withdrawn else "to_confirm",
        honourees=tuple(honouree.name for honouree in nomination.honourees),
        what=nomination.words.what,
        why=nomination.words.why,
    )


def status(world: World, *, partnership: Partnership, nomination_id: str) -> StatusView:
    """Where a nomination stands, for its nominator. Raises `NotFound` once they are erased."""
    nomination = _own(world, partnership, nomination_id)
    return StatusView(
        reference=nomination.reference,
        state=nomination.state.value,
        steps=_steps(nomination, partnership),
        honourees=tuple(honouree.name for honouree in nomination.honourees if honouree.name),
        waits_for=tuple(h.name for h in nomination.honourees if h.name and not h.thanked_at),
        what=nomination.words.what,
        why=nomination.words.why,
        read_by=_read_by(nomination, partnership),
        unread=nomination.reviewed_by is ReviewedBy.SETTING,
        reason=nomination.reason if nomination.state is NominationState.DECLINED else "",
        may_withdraw=nomination.may_be_withdrawn,
        thanks_back=tuple((h.name, h.thanks_back) for h in nomination.honourees if h.thanks_back),
        led_to=led_to(nomination),
    )


def question(world: World, *, partnership: Partnership, nomination_id: str) -> QuestionView:
    """A reviewer's question, for the nominator. Raises `NotFound` once they are erased."""
    nomination = _own(world, partnership, nomination_id)
    return QuestionView(
        question=nomination.question,
        what=nomination.words.what,
        why=nomination.words.why,
        honourees=tuple(honouree.name for honouree in nomination.honourees),
        answered=nomination.state is not NominationState.QUESTION,
        answer=nomination.answer,
    )


def honouree(
    world: World, *, partnership: Partnership, nomination_id: str, honouree_id: str
) -> HonoureeView:
    """The thanks that one honouree got. Raises `NoSuchHonouree` once they were removed."""
    nomination = world.store.nomination(partnership.slug, nomination_id)
    found = nomination.honouree(honouree_id)
    others = [other for other in nomination.honourees if other.id != found.id and other.name]
    return HonoureeView(
        name=found.name,
        nominator=nomination.nominator.name,
        what=nomination.words.what,
        why=nomination.words.why,
        citation=nomination.citation,
        organisation=nomination.words.organisation,
        others=tuple(other.name for other in others),
        written_on=nomination.submitted_on(time_zone=partnership.settings.time_zone),
        may_be_shown=nomination.appreciation.may_be_shown,
        choice=found.choice.value if found.choice else "",
        first_name=found.name.split()[0] if found.name.split() else "",
        shown_now=nomination.is_shown,
        thanks_back=found.thanks_back,
        waits_for_others=found.allows_showing and not nomination.is_shown,
        led_to=led_to(nomination),
    )


def follow_up(
    world: World, *, partnership: Partnership, nomination_id: str, honouree_id: str
) -> FollowUpView:
    """What one honouree, or the nominator when no id is given, is asked six weeks later.

    Raises `NoSuchHonouree` once they were removed, and `NotFound` when nobody is left to ask about,
    or the nominator is erased.
    """
    nomination = (
        world.store.nomination(partnership.slug, nomination_id)
        if honouree_id
        else _own(world, partnership, nomination_id)
    )
    reader = nomination.honouree(honouree_id) if honouree_id else None
    honourees = tuple(h.name for h in nomination.honourees if h.removed_at is None)
    if not honourees:
        raise NotFound(nomination_id)
    return FollowUpView(
        what=nomination.words.what,
        why=nomination.words.why,
        nominator=nomination.nominator.name,
        honourees=honourees,
        own=reader.led_to if reader else nomination.led_to,
        told=led_to(nomination, without=honouree_id or _NOMINATOR),
    )


def _own(world: World, partnership: Partnership, nomination_id: str) -> Nomination:
    """A nomination for who wrote it; whose name is erased has none."""
    nomination = world.store.nomination(partnership.slug, nomination_id)
    if nomination.is_anonymous:
        raise NotFound(nomination_id)
    return nomination


_NOMINATOR = "nominator"


def led_to(nomination: Nomination, *, without: str = "") -> tuple[tuple[str, str], ...]:
    """What each of them told that it led to, as (name, text); leaves out whom `without` names."""
    people = (
        (_NOMINATOR, nomination.nominator.name, nomination.led_to),
        *((h.id, h.name, h.led_to) for h in nomination.honourees),
    )
    return tuple((name, text) for id, name, text in people if text and id != without)


def rsvp(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    guest: str,
    language: Language,
    now: datetime,
) -> RsvpView:
    """One guest's invitation as it stands, in the language of the page as far as it has words."""
    gathering = world.store.gathering(partnership.slug, gathering_id)
    invitation = world.store.invitation(partnership.slug, gathering_id, guest)
    if gathering.asked_again_since(invitation.told):
        invitation = replace(invitation, answer=None, waiting_since=None, offered_until=None)
    state = _rsvp_state(gathering, invitation, now=now)
    plan = naming.as_named_now(world, gathering).plan
    answer = invitation.answer
    said = answer.partstat if answer and state != "offered" else PartStat.NEEDS_ACTION
    may_answer = state in {"open", "answered", "waiting", "offered"}
    when = when_now(gathering, invitation, now=now)
    may_come = may_answer and state != "waiting" and said is not PartStat.DECLINED
    free = _seats_left(world, gathering, invitation) if may_answer else None
    return RsvpView(
        title=plan.title,
        place=plan.place,
        when=when,
        text=plan.text_in(language),
        hosts=plan.hosts,
        honourees=tuple(celebrated.name for celebrated in plan.honourees),
        name=_masked(invitation.name),
        state=state,
        may_answer=may_answer,
        revision=gathering.revision,
        partstat=said.value,
        heads=answer.heads if answer else 1,
        remark=answer.remark if answer else "",
        has_entry=may_come,
        calendars=_calendars(plan, when, language) if may_come else (),
        free=free,
        may_wait=free is not None and not invitation.seats,
        moves_up=answer is not None and answer.moves_up,
        offered_until=_at(invitation.offered_until, plan.time_zone),
        missed_offer=invitation.let_an_offer_lapse,
        apart=bool(invitation.answers),
        has_feed=may_answer and bool(world.store.feed(partnership.slug, guest).digest),
    )


def stop(world: World, *, partnership: Partnership, link: StopLink) -> StopView:
    """The kind of mail that a link stops."""
    kept = world.store.preferences(partnership.slug, link.address_key)
    return StopView(link.kind.value, stopped=kept.stops(link.kind))


def preferences(
    world: World, *, partnership: Partnership, link: StopLink, language: Language
) -> PreferencesView:
    """What somebody may choose, and what they chose before."""
    kept = world.store.preferences(partnership.slug, link.address_key)
    person = stopping.reader(world, partnership=partnership.slug, link=link)
    kinds = emails.stoppable(by_coordinator=person is not None and person.coordinates)
    return PreferencesView(
        kinds=tuple(kind.value for kind in kinds),
        wanted=tuple(kind.value for kind in kinds if not kept.stops(kind)),
        language=(person.language if person else kept.language or language).value,
    )


def _calendars(plan: Plan, when: When, language: Language) -> tuple[CalendarLinks, ...]:
    """Links to calendars on the web, for the one date or for each that is to come."""
    declined = PartStat.DECLINED.value
    coming = [
        Occurrence(one.day, one.starts, one.ends) for one in when.dates if one.partstat != declined
    ]
    dates = coming if plan.repeats else plan.dates
    return tuple(calendar_links(plan, date, language=language) for date in dates)


def _rsvp_state(gathering: Gathering, invitation: Invitation, *, now: datetime) -> str:
    if gathering.state is GatheringState.CANCELLED:
        return "cancelled"
    if invitation.removed:
        return "removed"
    if gathering.is_over(now):
        return "past"
    if invitation.line is not None:
        return invitation.line.value
    return "open" if invitation.partstat is PartStat.NEEDS_ACTION else "answered"


def _seats_left(world: World, gathering: Gathering, invitation: Invitation) -> int | None:
    """For how many people there is a place, the guest's own included, where that may be too few."""
    if not gathering.plan.seats:
        return None
    taken = world.store.tally(gathering.partnership, gathering.id).heads
    left = invitation.seats + max(gathering.plan.free_seats(taken=taken), 0)
    return left if left < MAX_HEADS else None


def _at(at: datetime | None, time_zone: str) -> datetime | None:
    return local_time(at, time_zone=time_zone) if at else None


def _on_the_wall(
    world: World,
    partnership: Partnership,
    *,
    limit: int,
    after: str = "",
    search: str = "",
    side: str = "",
) -> tuple[tuple[ThanksCard, ...], str]:
    page = world.store.nominations(
        partnership.slug, Listing.WALL, newest_first=True, after=after, limit=limit
    )
    shown = [
        _card(nomination, partnership)
        for nomination in page.items
        if nomination.is_shown and _is_of_side(nomination, side)
    ]
    return tuple(card for card in shown if _mentions(card, search)), page.next


def _is_of_side(nomination: Nomination, side: str) -> bool:
    if side not in {Side.CITIZENS, Side.PROFESSIONALS}:
        return True
    return any(honouree.side == side for honouree in nomination.honourees)


def _mentions(card: ThanksCard, search: str) -> bool:
    wanted = search.casefold()
    texts = (card.headline, card.what, card.why, card.nominator, card.organisation, *card.honourees)
    return not wanted or any(wanted in text.casefold() for text in texts)


def _card(nomination: Nomination, partnership: Partnership) -> ThanksCard:
    thanked = max(h.thanked_at for h in nomination.honourees if h.thanked_at)
    return ThanksCard(
        id=nomination.id,
        headline=nomination.headline,
        what=nomination.words.what,
        why=nomination.words.why,
        honourees=nomination.shown_names,
        nominator=nomination.shown_nominator,
        organisation=nomination.words.organisation,
        thanked_on=local_time(thanked, time_zone=partnership.settings.time_zone).date(),
    )


def _steps(nomination: Nomination, partnership: Partnership) -> tuple[Step, ...]:
    """What a nominator follows. Whether it is on the wall is told only when it is."""
    read = nomination.state in _READ
    unread = nomination.reviewed_by is ReviewedBy.SETTING
    thanked = [h.thanked_at for h in nomination.honourees if h.thanked_at]
    last = "on_the_wall" if nomination.appreciation.may_be_shown else "private"
    return (
        Step(
            "received",
            nomination.verified_at is not None,
            _day(nomination.verified_at, partnership),
        ),
        Step(
            "approved" if unread else "read",
            read,
            _day(nomination.decided_at if read else None, partnership),
        ),
        Step("sent", bool(thanked), _day(max(thanked, default=None), partnership)),
        Step(last, nomination.is_shown or (last == "private" and bool(thanked)), None),
    )


def _read_by(nomination: Nomination, partnership: Partnership) -> date:
    settings = partnership.settings
    return nomination.read_by(response_days=settings.response_days, time_zone=settings.time_zone)


_READ = frozenset({NominationState.APPROVED, NominationState.THANKED, NominationState.DECLINED})


def _day(at: datetime | None, partnership: Partnership) -> date | None:
    return local_time(at, time_zone=partnership.settings.time_zone).date() if at else None


def _masked(name: str) -> str:
    """A name that its owner recognises and a stranger does not: first word, and initials."""
    first, *rest = name.split() or [""]
    if "@" in first:
        local, _, domain = first.partition("@")
        return f"{local[:1]}…@{domain}"
    return " ".join([first, *(f"{word[0]}." for word in rest)])
