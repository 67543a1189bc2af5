"""Overseeing: what waits for coordinators at their desk, as flat frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.gathering import GatheringState
from chalicelib.domain.mail_text import Text
from chalicelib.domain.message import PARKED_AFTER, Kind, Message, MessageState, Outcome
from chalicelib.domain.nomination import (
    Appreciation,
    CannotReviewOwn,
    Nomination,
    NominationState,
    ReviewedBy,
    check_reviewer,
)
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Person
from chalicelib.messages import emails
from chalicelib.messages.drafts import Email, Frame
from chalicelib.messages.entries import STOP_URL
from chalicelib.ports import Listing, NotFound, Sending, World
from chalicelib.use_cases import hosting, promising_thanks, settling, writing
from chalicelib.use_cases.reviewing import decision_mails, may_undo
from chalicelib.use_cases.trusting import is_trusted
from chalicelib.use_cases.viewing import led_to

PAGE_SIZE = 10
COUNT_NO_FURTHER = 100


@dataclass(frozen=True)
class Standstill:
    """That no mail leaves for anybody: since when, and by which answer of SES."""

    since: datetime
    reason: str


@dataclass(frozen=True)
class Scarcity:
    """What may be sent, where a coordinator has to know that it is little.

    `per_day` is how many mails in any 24 hours, of which `sent` are used; None is no limit.
    `distrusted` says that only urgent mail goes on, because too much came back or was unwelcome.
    """

    in_sandbox: bool
    nearly_used: bool
    distrusted: bool
    per_day: int | None
    sent: int


@dataclass(frozen=True)
class DeskView:
    """What waits for a coordinator. Counts stop at `COUNT_NO_FURTHER`: more is shown as "99+"."""

    to_review: int
    asked: int
    suspicious: int
    letters: int
    undelivered: int
    replies: int
    standstill: Standstill | None
    scarcity: Scarcity | None
    next_gatherings: tuple[hosting.GatheringRow, ...]


@dataclass(frozen=True)
class NominationRow:
    """One line of a list of nominations."""

    id: str
    reference: str
    nominator: str
    honourees: tuple[str, ...]
    excerpt: str
    submitted_at: datetime
    inform_by: date
    state: str
    tripped: tuple[str, ...]


@dataclass(frozen=True)
class NominationList:
    """One page of a list of nominations, oldest first; `next` is empty on the last."""

    rows: tuple[NominationRow, ...]
    next: str
    total: int


@dataclass(frozen=True)
class UnreadRow:
    """A thank-you that went on unread: when, and until when that can be undone, if it can.

    `wants_gathering` is whether its nominator counts on a celebration, which somebody has to plan.
    """

    nomination: NominationRow
    approved_at: datetime
    undo_until: datetime | None
    wants_gathering: bool


@dataclass(frozen=True)
class UnreadList:
    """One page of what was approved unread, newest first; `next` is empty on the last."""

    rows: tuple[UnreadRow, ...]
    next: str


@dataclass(frozen=True)
class HonoureeRow:
    """Somebody thanked, as the reviewer sees them."""

    id: str
    name: str
    side: str
    party: str
    address: str
    thanked_at: datetime | None
    choice: str
    needs_letter: bool
    removed: bool


@dataclass(frozen=True)
class MailView:
    """A mail as its reader gets it; `leaves_at` is None when nothing was queued yet."""

    to: str
    subject: str
    text: str
    state: str
    leaves_at: datetime | None


@dataclass(frozen=True)
class ReviewView:
    """One nomination before a reviewer. `may_review` is False for their own or about themselves.

    `text` is the version in which `mails` show what approving would send.
    `unread` is whether it was approved without a reviewer. `must_be_read` says why one of somebody
    who is trusted has to be read all the same.
    """

    id: str
    version: int
    reference: str
    state: str
    nominator: str
    nominator_address: str
    nominator_side: str
    shows_name: bool
    honourees: tuple[HonoureeRow, ...]
    what: str
    why: str
    organisation: str
    appreciation: str
    citation: str
    question: str
    answer: str
    reason: str
    suspicious: bool
    tripped: tuple[str, ...]
    submitted_at: datetime
    inform_by: date
    may_review: bool
    may_undo: bool
    undo_until: datetime | None
    mails: tuple[MailView, ...]
    text: int
    led_to: tuple[tuple[str, str], ...]
    unread: bool
    must_be_read: tuple[str, ...]


@dataclass(frozen=True)
class LetterRow:
    """Somebody without an address, who gets their thanks on paper."""

    nomination: str
    honouree: str
    name: str
    reference: str
    approved_at: datetime | None


@dataclass(frozen=True)
class LetterList:
    """One page of letters to print and hand over."""

    rows: tuple[LetterRow, ...]
    next: str


@dataclass(frozen=True)
class LetterView:
    """One letter: the nominator's words, and the notice of GDPR article 14 with them."""

    nomination: str
    honouree: str
    version: int
    may_hand_over: bool
    name: str
    others: tuple[str, ...]
    nominator: str
    what: str
    why: str
    citation: str
    reference: str
    submitted_at: datetime
    written_on: date
    partnership: str
    contact_name: str
    contact_phone: str
    contact_email: str
    controller: str
    controller_address: str
    controller_email: str
    protection_officer: str
    legal_grounds: Mapping[str, str]


@dataclass(frozen=True)
class UndeliveredRow:
    """A mail that did not arrive, or of which nobody knows.

    `leaves_at` is when one that waits for room in its reader's inbox is tried again. `is_letter`
    says that its reader gets a letter instead.
    """

    id: str
    kind: str
    to: str
    state: str
    reason: str
    outcome: str
    bounce: str
    since: datetime
    leaves_at: datetime | None
    waits_for_somebody: bool
    is_letter: bool
    attempt: int
    standing: str
    may_send_again: bool
    may_leave: bool
    may_put_away: bool


@dataclass(frozen=True)
class UndeliveredList:
    """One page of mails that need a decision, newest first."""

    rows: tuple[UndeliveredRow, ...]
    next: str
    standstill: Standstill | None


def desk(world: World, *, partnership: Partnership, now: datetime) -> DeskView:
    """What waits, as counts that link to lists, and the gatherings to come."""

    def count(listing: Listing) -> int:
        return world.store.count(partnership.slug, listing, at_most=COUNT_NO_FURTHER)

    in_doubt = _in_doubt(world, partnership, now=now)
    sending = world.store.sending()
    coming = [
        hosting.gathering_row(found, now=now)
        for found in world.store.gatherings(partnership.slug).items
        if not found.is_over(now) and found.state is not GatheringState.CANCELLED
    ]
    return DeskView(
        to_review=count(Listing.TO_REVIEW),
        asked=count(Listing.ASKED),
        suspicious=count(Listing.SUSPICIOUS),
        letters=count(Listing.LETTERS),
        undelivered=count(Listing.UNDELIVERED) + len(in_doubt),
        replies=count(Listing.REPLIES),
        standstill=_standstill(sending, partnership),
        scarcity=_scarcity(sending),
        next_gatherings=tuple(sorted(coming, key=lambda row: row.when.starts)),
    )


def nominations(
    world: World, *, partnership: Partnership, listing: Listing, after: str = ""
) -> NominationList:
    """A page of nominations on one work-list, the oldest first."""
    page = world.store.nominations(partnership.slug, listing, after=after, limit=PAGE_SIZE)
    return NominationList(
        rows=tuple(_nomination_row(nomination, partnership) for nomination in page.items),
        next=page.next,
        total=world.store.count(partnership.slug, listing, at_most=COUNT_NO_FURTHER),
    )


def unread(world: World, *, partnership: Partnership, now: datetime, after: str = "") -> UnreadList:
    """A page of what was approved unread in the last weeks, the newest first."""
    page = world.store.unread(partnership.slug, after=after, limit=PAGE_SIZE)
    rows = (_unread_row(world, nomination, partnership, now=now) for nomination in page.items)
    return UnreadList(tuple(rows), page.next)


def review(
    world: World, *, partnership: Partnership, nomination_id: str, reviewer: Person, now: datetime
) -> ReviewView:
    """One nomination with all that a reviewer needs, the mail that would leave included."""
    nomination = world.store.nomination(partnership.slug, nomination_id)
    queued = decision_mails(world, nomination)
    undoable = may_undo(nomination, queued, now=now)
    words = nomination.words
    return ReviewView(
        id=nomination.id,
        version=nomination.version,
        reference=nomination.reference,
        state=nomination.state.value,
        nominator=nomination.nominator.name,
        nominator_address=nomination.nominator.address,
        nominator_side=nomination.nominator.side.value,
        shows_name=nomination.nominator.show_name,
        honourees=tuple(_honouree_row(nomination, partnership, h.id) for h in nomination.honourees),
        what=words.what,
        why=words.why,
        organisation=words.organisation,
        appreciation=nomination.appreciation.value,
        citation=nomination.citation,
        question=nomination.question,
        answer=nomination.answer,
        reason=nomination.reason,
        suspicious=nomination.suspicious,
        tripped=tuple(tripwire.value for tripwire in nomination.tripped),
        submitted_at=_local(nomination.submitted_at, partnership),
        inform_by=nomination.inform_by(time_zone=partnership.settings.time_zone),
        may_review=nomination.awaits_review and _may_review(nomination, reviewer),
        may_undo=undoable,
        undo_until=_undo_until(queued, partnership) if undoable else None,
        mails=_mails(world, nomination, queued, partnership, now=now),
        text=partnership.in_use(Kind.THANKS),
        led_to=led_to(nomination),
        unread=nomination.reviewed_by is ReviewedBy.SETTING,
        must_be_read=_must_be_read(world, nomination, partnership),
    )


def letters(world: World, *, partnership: Partnership, after: str = "") -> LetterList:
    """A page of the honourees who still have to get their thanks on paper."""
    page = world.store.nominations(partnership.slug, Listing.LETTERS, after=after, limit=PAGE_SIZE)
    rows = tuple(
        LetterRow(
            nomination=nomination.id,
            honouree=honouree.id,
            name=honouree.name,
            reference=nomination.reference,
            approved_at=_maybe_local(nomination.decided_at, partnership),
        )
        for nomination in page.items
        for honouree in nomination.honourees
        if honouree.needs_letter
    )
    return LetterList(rows, page.next)


def letter(
    world: World, *, partnership: Partnership, nomination_id: str, honouree_id: str, now: datetime
) -> LetterView:
    """One letter to print. Raises `NoSuchHonouree`, and `NotFound` until it was approved."""
    nomination = world.store.nomination(partnership.slug, nomination_id)
    if nomination.state not in {NominationState.APPROVED, NominationState.THANKED}:
        raise NotFound(nomination.id)
    honouree = nomination.honouree(honouree_id)
    others = (other.name for other in nomination.honourees if other.id != honouree.id)
    controller = partnership.controller
    return LetterView(
        nomination=nomination.id,
        honouree=honouree.id,
        version=nomination.version,
        may_hand_over=nomination.awaits_letter and honouree.needs_letter,
        name=honouree.name,
        others=tuple(name for name in others if name),
        nominator=nomination.nominator.name,
        what=nomination.words.what,
        why=nomination.words.why,
        citation=nomination.citation,
        reference=nomination.reference,
        submitted_at=_local(nomination.submitted_at, partnership),
        written_on=_local(now, partnership).date(),
        partnership=partnership.name,
        contact_name=partnership.contact.name,
        contact_phone=partnership.contact.telephone,
        contact_email=partnership.contact.address or "",
        controller=controller.name,
        controller_address=controller.postal_address,
        controller_email=controller.address or "",
        protection_officer=controller.protection_officer,
        legal_grounds=controller.legal_grounds,
    )


def undelivered(
    world: World, *, partnership: Partnership, now: datetime, after: str = ""
) -> UndeliveredList:
    """Mails that failed, bounced or are in doubt, even if the sweep is late to park them."""
    page = world.store.messages(partnership.slug, Listing.UNDELIVERED, after=after)
    in_doubt = () if after else _in_doubt(world, partnership, now=now)
    rows = tuple(_undelivered_row(mail, partnership, now=now) for mail in (*in_doubt, *page.items))
    return UndeliveredList(rows, page.next, _standstill(world.store.sending(), partnership))


def _standstill(sending: Sending, partnership: Partnership) -> Standstill | None:
    brake = sending.brake
    return Standstill(_local(brake.since, partnership), brake.reason) if brake else None


def _scarcity(sending: Sending) -> Scarcity | None:
    account = sending.account
    if account is None or not (account.in_sandbox or account.nearly_used or account.distrusted):
        return None
    return Scarcity(
        account.in_sandbox,
        account.nearly_used,
        account.distrusted,
        account.per_day,
        account.sent,
    )


def _in_doubt(world: World, partnership: Partnership, *, now: datetime) -> tuple[Message, ...]:
    claimed_before = now - PARKED_AFTER
    return world.store.messages(partnership.slug, Listing.SENDING, before=claimed_before).items


def _undelivered_row(mail: Message, partnership: Partnership, *, now: datetime) -> UndeliveredRow:
    in_doubt = mail.in_doubt(now)
    waits = mail.waits_for_room and not mail.waits_for_somebody
    return UndeliveredRow(
        id=mail.id,
        kind=mail.kind.value,
        to=mail.recipient,
        state=MessageState.PARKED.value if in_doubt else mail.state.value,
        reason=mail.reason,
        outcome=mail.outcome.value if mail.outcome is not Outcome.NONE else "",
        bounce=mail.bounce.value,
        since=_local(mail.known_at or mail.claimed_at or mail.queued_at, partnership),
        leaves_at=_maybe_local(mail.due_at, partnership) if waits else None,
        waits_for_somebody=mail.waits_for_somebody,
        is_letter=_is_letter(mail),
        attempt=mail.attempt,
        standing=settling.standing(mail),
        may_send_again=mail.may_be_sent_again(now),
        may_leave=in_doubt,
        may_put_away=mail.did_not_arrive,
    )


def _must_be_read(
    world: World, nomination: Nomination, partnership: Partnership
) -> tuple[str, ...]:
    """Why somebody has to decide who could have been trusted; looked up only where people are."""
    waits = nomination.state is NominationState.VERIFIED
    if not waits or not is_trusted(world, partnership, nomination.nominator.address):
        return ()
    return tuple(why.value for why in nomination.must_be_read)


def _unread_row(
    world: World, nomination: Nomination, partnership: Partnership, *, now: datetime
) -> UnreadRow:
    approved_at = nomination.decided_at or nomination.submitted_at
    undo = timedelta(minutes=partnership.settings.undo_minutes)
    mails = decision_mails(world, nomination) if now < approved_at + undo else ()
    return UnreadRow(
        _nomination_row(nomination, partnership),
        approved_at=_local(approved_at, partnership),
        undo_until=_undo_until(mails, partnership)
        if may_undo(nomination, mails, now=now)
        else None,
        wants_gathering=nomination.appreciation is Appreciation.GATHERING,
    )


def _undo_until(mails: tuple[Message, ...], partnership: Partnership) -> datetime:
    """When the first of a decision's mails leaves."""
    return _local(min(mail.due_at for mail in mails if mail.due_at), partnership)


def _is_letter(mail: Message) -> bool:
    """Whether a thank-you ended without arriving, so that its words go on paper."""
    unsent = mail.state in {MessageState.FAILED, MessageState.SUPPRESSED}
    return mail.kind is Kind.THANKS and (unsent or mail.bounce.is_sure)


def _nomination_row(nomination: Nomination, partnership: Partnership) -> NominationRow:
    return NominationRow(
        id=nomination.id,
        reference=nomination.reference,
        nominator=nomination.nominator.name,
        honourees=tuple(honouree.name for honouree in nomination.honourees),
        excerpt=nomination.words.what,
        submitted_at=_local(nomination.submitted_at, partnership),
        inform_by=nomination.inform_by(time_zone=partnership.settings.time_zone),
        state=nomination.state.value,
        tripped=tuple(tripwire.value for tripwire in nomination.tripped),
    )


def _honouree_row(
    nomination: Nomination, partnership: Partnership, honouree_id: str
) -> HonoureeRow:
    honouree = next(h for h in nomination.honourees if h.id == honouree_id)
    return HonoureeRow(
        id=honouree.id,
        name=honouree.name,
        side=honouree.side.value,
        party=partnership.party(honouree.party).name if honouree.party else "",
        address=honouree.address or "",
        thanked_at=_maybe_local(honouree.thanked_at, partnership),
        choice=honouree.choice.value if honouree.choice else "",
        needs_letter=nomination.state is NominationState.APPROVED and honouree.needs_letter,
        removed=honouree.removed_at is not None,
    )


def _may_review(nomination: Nomination, reviewer: Person) -> bool:
    try:
        check_reviewer(nomination, name=reviewer.name, address=reviewer.address)
    except CannotReviewOwn:
        return False
    return True


def _mails(
    world: World,
    nomination: Nomination,
    queued: tuple[Message, ...],
    partnership: Partnership,
    *,
    now: datetime,
) -> tuple[MailView, ...]:
    """The mails of the decision, or those that approving would send."""
    if queued:
        return tuple(_mail_view(world, mail, partnership) for mail in queued)
    if not nomination.awaits_review:
        return ()
    would_leave = promising_thanks.thanks(
        nomination, time_zone=partnership.settings.time_zone, now=now, undo=timedelta()
    )
    return tuple(
        _mail_view(world, partnership.in_its_text(mail), partnership, promised=False)
        for mail in would_leave
    )


def _mail_view(
    world: World, mail: Message, partnership: Partnership, *, promised: bool = True
) -> MailView:
    """A mail as it will read, with dots for the private links that are made when it leaves."""
    frame = Frame.of_partnership(partnership, rsvp_domain="")
    links = dict.fromkeys((*(link.name for link in mail.links), STOP_URL), "…")

    def email_in(own_text: Text | None) -> Email:
        return emails.render(mail, frame=frame, links=links, own_text=own_text)

    email = writing.in_its_text(world, mail, email_in).made
    return MailView(
        to=mail.recipient,
        subject=email.subject,
        text=email.text,
        state=mail.state.value if promised else "",
        leaves_at=_maybe_local(mail.due_at, partnership) if promised else None,
    )


def _local(at: datetime, partnership: Partnership) -> datetime:
    return local_time(at, time_zone=partnership.settings.time_zone)


def _maybe_local(at: datetime | None, partnership: Partnership) -> datetime | None:
    return _local(at, partnership) if at else None
