"""The catalogue of mails: for each kind the facts it needs and the function that words it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar, get_type_hints

from chalicelib.domain.access import CODE_LIVES
from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.invitation import PartStat
from chalicelib.domain.message import Kind, Message, Urgency
from chalicelib.domain.nomination import Appreciation
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress
from chalicelib.domain.recurrence import Occurrence, Pattern, Recurrence
from chalicelib.messages.invites import Invite, Method, calendar_part, other_dates
from chalicelib.messages.mime import CalendarPart
from chalicelib.messages.rendering import CannotRender as CannotRender
from chalicelib.messages.rendering import defanged, render_mail, translate
from chalicelib.messages.when import MAX_LISTED, Times

STOP_URL = "stop_url"
"""The name of the link that stops a kind of mail; a mail without one does not speak of stopping."""

_WORTH_SENDING = timedelta(hours=72)
_WORTH_SENDING_LATE = timedelta(hours=1)


@dataclass(frozen=True)
class NominationVerifyFacts:
    """Nothing: until the address is proven, no mail may hold what was typed in the form."""


@dataclass(frozen=True)
class NominationReceiptFacts:
    """The nominator's own words, and the ISO date by which a coordinator reads them."""

    reference: str
    honourees: list[str]
    what: str
    why: str
    read_by: str


@dataclass(frozen=True)
class NominationAnswerFacts:
    """What a coordinator says: `answer` is `question` or `not_this_time`, `text` their words."""

    answer: str
    reference: str
    honourees: list[str]
    text: str


@dataclass(frozen=True)
class ThanksFacts:
    """The nominator's words for one honouree.

    `organisation` is where the honouree belongs, and `citation` what the wall would show; both
    may be empty. `submitted_on` is an ISO date, `appreciation` a value of `Appreciation`.
    """

    nominator: str
    what: str
    why: str
    citation: str
    organisation: str
    appreciation: str
    submitted_on: str
    other_honourees: list[str]


@dataclass(frozen=True)
class ThanksBackFacts:
    """The one line with which an honouree answers."""

    honouree: str
    line: str
    reference: str


@dataclass(frozen=True)
class GatheringFacts:
    """A gathering as one guest is told of it, in one version of their invitation.

    `uid` is the gathering's id, `dtstamp` a UTC ISO moment; `starts` and `ends` are naive ISO
    times in `time_zone`. `changed` says what an update is about (`time`, `dates`, `place`, `title`,
    `text`), `removed` that a cancel is for this guest alone.

    Of a full gathering, `line` is `waiting` or `offered` for who has no seat yet, an offer is kept
    until `offered_until`, a time as `starts` is, and who `moves_up` comes without being asked.

    Other facts with a default are those of a series and of what lasts all day. `starts` and `ends`
    are its first date; `pattern`, `every`, `until` and `count` its rule; `last` the start of its
    last date. The next date is the first from `since` on, a local time; without it, from when the
    mail was queued. Dates are named by the ISO day that the rule gives them: `dropped` ones, those
    this guest is not invited to, `moved` ones with their ISO interval, this guest's own `answers`,
    and those that an update is about (`news`).
    """

    uid: str
    sequence: int
    dtstamp: str
    title: str
    place: str
    starts: str
    ends: str
    time_zone: str
    text: str
    hosts: list[str]
    honourees: list[str]
    partstat: str
    heads: int
    remark: str
    reply_token: str
    changed: list[str]
    asks_again: bool
    removed: bool
    line: str = ""
    offered_until: str = ""
    moves_up: bool = False
    all_day: bool = False
    pattern: str = ""
    every: int = 1
    until: str = ""
    count: int = 0
    last: str = ""
    dropped: list[str] = field(default_factory=list)
    uninvited: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    news: list[str] = field(default_factory=list)
    since: str = ""

    @property
    def times(self) -> Times:
        """When it is, and what became of single dates; raises `ValueError` for what cannot be."""
        return Times(
            starts=datetime.fromisoformat(self.starts),
            ends=datetime.fromisoformat(self.ends),
            all_day=self.all_day,
            repeats=self._repeats,
            dropped=[date.fromisoformat(day) for day in self.dropped],
            moved=[_moved(day, interval) for day, interval in self.moved.items()],
            uninvited=[date.fromisoformat(day) for day in self.uninvited],
            answers={date.fromisoformat(day): PartStat(say) for day, say in self.answers.items()},
        )

    @property
    def _repeats(self) -> Recurrence | None:
        if not self.pattern:
            return None
        until = date.fromisoformat(self.until) if self.until else None
        return Recurrence(Pattern(self.pattern), every=self.every, until=until, count=self.count)


def _moved(day: str, interval: str) -> Occurrence:
    starts, _, ends = interval.partition("/")
    return Occurrence(
        date.fromisoformat(day), datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    )


@dataclass(frozen=True)
class RsvpReplyFacts:
    """What a coordinator writes to a guest who mailed about a gathering, and which one that is.

    `starts` is a naive ISO time, `written_by` the coordinator.
    """

    title: str
    starts: str
    text: str
    written_by: str


@dataclass(frozen=True)
class SigninCodeFacts:
    """Nothing: the code is minted at each attempt to send, and is nowhere kept."""


@dataclass(frozen=True)
class ConsentReminderFacts:
    """The nominator's words once more, for an honouree who has not decided."""

    nominator: str
    what: str


@dataclass(frozen=True)
class FollowUpFacts:
    """The words that were given six weeks ago. `nominator` is empty for who wrote them."""

    nominator: str
    what: str


@dataclass(frozen=True)
class CoordinatorDigestFacts:
    """What waits at the desk, as counts; `silent` guests have not answered for `gathering`.

    Counts stop at 100. An empty `gathering` is none.
    """

    to_review: int
    letters: int
    undelivered: int
    suspicious: int
    silent: int
    gathering: str


@dataclass(frozen=True)
class ReviewPendingFacts:
    """How many thank-yous wait, for how many days the oldest does, and how many were promised."""

    waiting: int
    days: int
    term: int


@dataclass(frozen=True)
class FailedMailFacts:
    """Mails that did not arrive: their kinds and, for each, how it ended; never to whom.

    An ending is `parked`, `bounced`, `complained` or `failed`. `count` may be more than are named.
    """

    kinds: list[str]
    endings: list[str]
    count: int


@dataclass(frozen=True)
class DeedPromptFacts:
    """Who was thanked for the first time, and for how many years the sides work together today.

    No names, or 0 years, is nothing to tell of that.
    """

    first_thanked: list[str]
    years: int


@dataclass(frozen=True)
class SigninNewDeviceFacts:
    """When somebody signed in: a naive ISO time where the partnership lives."""

    signed_in: str


Facts = (
    NominationVerifyFacts
    | NominationReceiptFacts
    | NominationAnswerFacts
    | ThanksFacts
    | ThanksBackFacts
    | GatheringFacts
    | RsvpReplyFacts
    | SigninCodeFacts
    | ConsentReminderFacts
    | FollowUpFacts
    | CoordinatorDigestFacts
    | ReviewPendingFacts
    | FailedMailFacts
    | DeedPromptFacts
    | SigninNewDeviceFacts
)
"""What a message row keeps for its templates: `dataclasses.asdict` of one of these."""


@dataclass(frozen=True)
class Frame:
    """What stands around the words of every mail of one partnership.

    `rsvp_domain` receives the answers of calendar programs. An empty string is something the
    partnership does not have.
    """

    product: str
    partnership: str
    rsvp_domain: str
    sender_name: str
    contact_name: str
    contact_telephone: str
    contact_address: str
    controller_name: str
    controller_postal_address: str
    controller_address: str
    protection_officer: str
    legal_grounds: Mapping[str, str]

    @classmethod
    def of_partnership(cls, partnership: Partnership, *, rsvp_domain: str) -> Frame:
        """The frame of a partnership's mails."""
        contact, controller = partnership.contact, partnership.controller
        product = partnership.settings.product
        return cls(
            product=product,
            partnership=partnership.name,
            rsvp_domain=rsvp_domain,
            sender_name=f"{partnership.name} via {product}",
            contact_name=contact.name,
            contact_telephone=contact.telephone,
            contact_address=contact.address or "",
            controller_name=controller.name,
            controller_postal_address=controller.postal_address,
            controller_address=controller.address or "",
            protection_officer=controller.protection_officer,
            legal_grounds=controller.legal_grounds,
        )


@dataclass(frozen=True)
class Email:
    """One mail's words, and its calendar part if it has one.

    `organiser` is the address that mails about a gathering must come from, since calendar
    programs refuse a sender who is not the organiser; it is empty for other mails. `bulk` is for
    what everybody of a group gets at a fixed time.
    """

    subject: str
    text: str
    html: str
    calendar: CalendarPart | None = None
    organiser: str = ""
    bulk: bool = False


def render(message: Message, *, frame: Frame, links: Mapping[str, str]) -> Email:
    """The mail that a message promises, in its reader's language.

    `links` holds a URL under the name of each of the kind's links, for a sign-in the `code`
    itself, and under `STOP_URL` where to stop this kind of mail. Raises `CannotRender` when a
    fact or link is missing, or a fact is not what it should be: such a mail is not sent, rather
    than sent with a hole.
    """
    return _CATALOGUE[message.kind].render(message, frame=frame, links=links)


def facts_type(kind: Kind) -> type[Facts]:
    """The dataclass of facts that this kind of mail needs."""
    return _CATALOGUE[kind].facts_type


def link_names(kind: Kind) -> tuple[str, ...]:
    """The names of the links that this kind of mail needs."""
    return _CATALOGUE[kind].links


def urgency(kind: Kind) -> Urgency:
    """The road that this kind of mail takes: somebody waits for it, or many get it at once."""
    return _CATALOGUE[kind].urgency


def stops(kind: Kind) -> Kind | None:
    """The kind of mail that the link at the foot of this kind stops; None where there is no link.

    Mostly its own. A cancel cannot be stopped, since a stale calendar misleads: its link stops
    invitations.
    """
    return _CATALOGUE[kind].stops


def stoppable(*, by_coordinator: bool = True) -> tuple[Kind, ...]:
    """Every kind of mail that somebody may stop; only coordinators get all of them."""
    return tuple(
        kind
        for kind in Kind
        if stops(kind) is kind and (by_coordinator or not _CATALOGUE[kind].for_coordinators)
    )


def deadline(kind: Kind, *, now: datetime, starts_at: datetime | None = None) -> datetime:
    """Until when sending this kind of mail is worth it.

    A code as long as it works, mail about a gathering until that starts (or an hour, for what
    is said once it has begun), other mail 72 hours.
    """
    if kind is Kind.SIGNIN_CODE:
        return now + CODE_LIVES
    if starts_at is not None:
        return max(starts_at, now + _WORTH_SENDING_LATE)
    return now + _WORTH_SENDING


AnyFacts = TypeVar("AnyFacts", bound=Facts)


@dataclass(frozen=True)
class _Entry(Generic[AnyFacts]):
    """One kind of mail: the facts and links it needs, and the function that finds its words.

    `stops` is which kind its reader may stop with it; None for what follows an own act or a duty.
    `for_coordinators` tells that nobody else gets it, so that nobody else is asked about it.
    """

    facts_type: type[AnyFacts]
    words: Callable[[AnyFacts, _Draft], Email]
    links: tuple[str, ...]
    stops: Kind | None
    urgency: Urgency = Urgency.ORDINARY
    for_coordinators: bool = False

    def render(self, message: Message, *, frame: Frame, links: Mapping[str, str]) -> Email:
        """Check everything, then find the words; raises `CannotRender`."""
        facts = _rebuilt(self.facts_type, message)
        missing = [name for name in self.links if not links.get(name)]
        if missing:
            raise CannotRender(f"{message.kind}: no link {', '.join(missing)}")
        needed = {name: links[name] for name in self.links}
        needed[STOP_URL] = links.get(STOP_URL, "") if self.stops else ""
        try:
            return self.words(facts, _Draft(message, frame, needed))
        except ValueError as error:
            raise CannotRender(f"{message.kind}: unreadable fact") from error


def _rebuilt(facts_type: type[AnyFacts], message: Message) -> AnyFacts:
    """The facts of a row; one written before a fact with a default was added has it not."""
    hints = get_type_hints(facts_type)
    stored: Any = message.facts
    needed = {
        fact.name
        for fact in fields(facts_type)
        if fact.default is MISSING and fact.default_factory is MISSING
    }
    wrong = (needed - stored.keys()) | (stored.keys() - hints.keys())
    wrong |= {name for name in stored.keys() & hints.keys() if not _fits(stored[name], hints[name])}
    if wrong:
        raise CannotRender(f"{message.kind}: wrong facts {', '.join(sorted(wrong))}")
    return facts_type(**stored)


def _fits(value: object, hint: object) -> bool:
    if hint == list[str]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if hint == dict[str, str]:
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    return type(value) is hint


@dataclass(frozen=True)
class _Draft:
    """A mail on its way from facts to words."""

    message: Message
    frame: Frame
    links: Mapping[str, str]

    def email(
        self,
        facts: Facts,
        *,
        calendar: CalendarPart | None = None,
        organiser: str = "",
        **more: object,
    ) -> Email:
        """Render the kind's templates over the facts, the frame, the links and `more`."""
        words = render_mail(
            self.message.kind.value,
            language=self.message.language,
            context={
                "facts": facts,
                "frame": self.frame,
                "recipient": defanged(self.message.recipient_name),
                **self.links,
                **more,
            },
        )
        return Email(words.subject, words.text, words.html, calendar, organiser)


def _nomination_verify(facts: NominationVerifyFacts, draft: _Draft) -> Email:
    return draft.email(facts, recipient="")


def _nomination_receipt(facts: NominationReceiptFacts, draft: _Draft) -> Email:
    harmless = replace(
        facts,
        honourees=_all_defanged(facts.honourees),
        what=defanged(facts.what),
        why=defanged(facts.why),
    )
    return draft.email(harmless, read_by=date.fromisoformat(facts.read_by))


def _nomination_answer(facts: NominationAnswerFacts, draft: _Draft) -> Email:
    if facts.answer not in {"question", "not_this_time"}:
        raise CannotRender(f"{draft.message.kind}: unknown answer")
    return draft.email(replace(facts, honourees=_all_defanged(facts.honourees)))


def _thanks(facts: ThanksFacts, draft: _Draft) -> Email:
    harmless = replace(
        facts,
        nominator=defanged(facts.nominator),
        what=defanged(facts.what),
        why=defanged(facts.why),
        citation=defanged(facts.citation),
        organisation=defanged(facts.organisation),
        other_honourees=_all_defanged(facts.other_honourees),
    )
    return draft.email(
        harmless,
        may_be_shown=Appreciation(facts.appreciation).may_be_shown,
        submitted_on=date.fromisoformat(facts.submitted_on),
    )


def _thanks_back(facts: ThanksBackFacts, draft: _Draft) -> Email:
    return draft.email(replace(facts, honouree=defanged(facts.honouree), line=defanged(facts.line)))


def _gathering_reminder(facts: GatheringFacts, draft: _Draft) -> Email:
    return _about_gathering(facts, draft, calendar=None)


def _gathering_request(facts: GatheringFacts, draft: _Draft) -> Email:
    """An invitation, a change, an answer or a place: the calendar entry as it is now."""
    return _about_gathering(facts, draft, calendar=_calendar(facts, draft, Method.REQUEST))


def _gathering_cancel(facts: GatheringFacts, draft: _Draft) -> Email:
    return _about_gathering(facts, draft, calendar=_calendar(facts, draft, Method.CANCEL))


def _rsvp_reply(facts: RsvpReplyFacts, draft: _Draft) -> Email:
    return draft.email(facts, starts=datetime.fromisoformat(facts.starts))


def _signin_code(facts: SigninCodeFacts, draft: _Draft) -> Email:
    return draft.email(facts, minutes=CODE_LIVES // timedelta(minutes=1))


def _consent_reminder(facts: ConsentReminderFacts, draft: _Draft) -> Email:
    return draft.email(
        replace(facts, nominator=defanged(facts.nominator), what=defanged(facts.what))
    )


def _follow_up(facts: FollowUpFacts, draft: _Draft) -> Email:
    return draft.email(
        replace(facts, nominator=defanged(facts.nominator), what=defanged(facts.what))
    )


def _coordinator_digest(facts: CoordinatorDigestFacts, draft: _Draft) -> Email:
    harmless = replace(facts, gathering=defanged(facts.gathering))
    return replace(draft.email(harmless), bulk=True)


def _review_pending(facts: ReviewPendingFacts, draft: _Draft) -> Email:
    return draft.email(facts)


def _failed_mail(facts: FailedMailFacts, draft: _Draft) -> Email:
    if len(facts.kinds) != len(facts.endings) or not set(facts.kinds) <= set(Kind):
        raise CannotRender(f"{draft.message.kind}: unknown mails")
    return draft.email(facts, mails=tuple(zip(facts.kinds, facts.endings, strict=True)))


def _deed_prompt(facts: DeedPromptFacts, draft: _Draft) -> Email:
    return draft.email(replace(facts, first_thanked=_all_defanged(facts.first_thanked)))


def _signin_new_device(facts: SigninNewDeviceFacts, draft: _Draft) -> Email:
    return draft.email(facts, signed_in=datetime.fromisoformat(facts.signed_in))


def _about_gathering(
    facts: GatheringFacts, draft: _Draft, *, calendar: CalendarPart | None
) -> Email:
    harmless = replace(
        facts, honourees=_all_defanged(facts.honourees), remark=defanged(facts.remark)
    )
    times = facts.times
    when = times.when(since=_read_at(facts, draft.message))
    return draft.email(
        harmless,
        calendar=calendar,
        organiser=_organiser(facts, draft.frame),
        when=when,
        starts=when.starts,
        news=times.news([date.fromisoformat(day) for day in facts.news]),
        listed=when.dates[:MAX_LISTED],
        partstat=PartStat(facts.partstat).value,
        until=datetime.fromisoformat(facts.offered_until) if facts.offered_until else None,
    )


def _read_at(facts: GatheringFacts, message: Message) -> datetime:
    """From which local time on dates are still to come for whoever reads the mail."""
    if facts.since:
        return datetime.fromisoformat(facts.since)
    return local_time(message.queued_at, time_zone=facts.time_zone).replace(tzinfo=None)


def _calendar(facts: GatheringFacts, draft: _Draft, method: Method) -> CalendarPart:
    message, frame = draft.message, draft.frame
    times = facts.times
    partstat = PartStat(facts.partstat)
    invite = Invite(
        method=method,
        uid=f"{facts.uid}@{frame.rsvp_domain}",
        sequence=facts.sequence,
        dtstamp=datetime.fromisoformat(facts.dtstamp),
        starts=times.starts,
        ends=times.ends,
        time_zone=facts.time_zone,
        summary=facts.title,
        place=facts.place,
        description=_description(facts, draft, method),
        url=draft.links["rsvp_url"],
        organiser_name=frame.partnership,
        organiser_address=_organiser(facts, frame),
        guest_name=message.recipient_name,
        guest_address=message.recipient,
        partstat=partstat,
        language=message.language,
        all_day=times.all_day,
        repeats=times.repeats,
        dropped=times.excluded,
        others=other_dates(times, partstat=partstat),
    )
    filename = translate(message.language).gettext("invitation.ics")
    return CalendarPart(calendar_part(invite), method=method.value, filename=filename)


def _description(facts: GatheringFacts, draft: _Draft, method: Method) -> str:
    """The gathering's text, and where to answer: most calendars do not show the URL property."""
    if method is Method.CANCEL:
        return facts.text
    _ = translate(draft.message.language).gettext
    answering = _("Say whether you are coming, or change your answer: %(url)s")
    return f"{facts.text}\n\n{answering % {'url': draft.links['rsvp_url']}}".strip()


def _organiser(facts: GatheringFacts, frame: Frame) -> EmailAddress:
    return EmailAddress(f"rsvp+{facts.reply_token}@{frame.rsvp_domain}")


def _all_defanged(names: list[str]) -> list[str]:
    return [defanged(name) for name in names]


_RSVP = ("rsvp_url",)
_DESK = ("review_url", "letters_url", "undelivered_url", "suspicious_url", "gathering_url")

_CATALOGUE: Mapping[Kind, _Entry[Any]] = {
    Kind.NOMINATION_VERIFY: _Entry(
        NominationVerifyFacts, _nomination_verify, ("verify_url",), None, Urgency.URGENT
    ),
    Kind.NOMINATION_RECEIPT: _Entry(
        NominationReceiptFacts, _nomination_receipt, ("status_url",), None
    ),
    Kind.NOMINATION_ANSWER: _Entry(NominationAnswerFacts, _nomination_answer, ("page_url",), None),
    Kind.THANKS: _Entry(ThanksFacts, _thanks, ("honouree_url",), Kind.THANKS),
    Kind.THANKS_BACK: _Entry(ThanksBackFacts, _thanks_back, ("status_url",), Kind.THANKS_BACK),
    Kind.GATHERING_INVITE: _Entry(
        GatheringFacts, _gathering_request, _RSVP, Kind.GATHERING_INVITE, Urgency.BULK
    ),
    Kind.GATHERING_UPDATE: _Entry(
        GatheringFacts, _gathering_request, _RSVP, Kind.GATHERING_UPDATE, Urgency.BULK
    ),
    Kind.GATHERING_CANCEL: _Entry(
        GatheringFacts, _gathering_cancel, _RSVP, Kind.GATHERING_INVITE, Urgency.BULK
    ),
    Kind.GATHERING_REMINDER: _Entry(
        GatheringFacts, _gathering_reminder, _RSVP, Kind.GATHERING_REMINDER, Urgency.BULK
    ),
    Kind.RSVP_CONFIRMED: _Entry(GatheringFacts, _gathering_request, _RSVP, None, Urgency.URGENT),
    Kind.RSVP_REPLY: _Entry(RsvpReplyFacts, _rsvp_reply, (), None),
    Kind.SIGNIN_CODE: _Entry(
        SigninCodeFacts, _signin_code, ("code", "signin_url"), None, Urgency.URGENT
    ),
    Kind.CONSENT_REMINDER: _Entry(
        ConsentReminderFacts, _consent_reminder, ("honouree_url",), Kind.CONSENT_REMINDER
    ),
    Kind.FOLLOW_UP: _Entry(FollowUpFacts, _follow_up, ("follow_up_url",), Kind.FOLLOW_UP),
    Kind.REVIEW_PENDING: _Entry(
        ReviewPendingFacts,
        _review_pending,
        ("review_url",),
        Kind.REVIEW_PENDING,
        Urgency.BULK,
        for_coordinators=True,
    ),
    Kind.FAILED_MAIL: _Entry(
        FailedMailFacts, _failed_mail, ("undelivered_url",), None, Urgency.BULK
    ),
    Kind.DEED_PROMPT: _Entry(
        DeedPromptFacts,
        _deed_prompt,
        ("plan_url",),
        Kind.DEED_PROMPT,
        Urgency.BULK,
        for_coordinators=True,
    ),
    Kind.COORDINATOR_DIGEST: _Entry(
        CoordinatorDigestFacts,
        _coordinator_digest,
        _DESK,
        Kind.COORDINATOR_DIGEST,
        Urgency.BULK,
        for_coordinators=True,
    ),
    Kind.SIGNIN_NEW_DEVICE: _Entry(SigninNewDeviceFacts, _signin_new_device, (), None),
    Kind.WAITLIST: _Entry(GatheringFacts, _gathering_request, _RSVP, None, Urgency.URGENT),
    Kind.PROMOTED: _Entry(GatheringFacts, _gathering_request, _RSVP, None),
}
