"""Mail that comes in about a gathering: what it says, who may be believed, what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.invitation import Invitation, PartStat


class Verdict(StrEnum):
    """What SES found when it checked a mail; a check that did not happen is GRAY."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    GRAY = "GRAY"


@dataclass(frozen=True)
class Verdicts:
    """SES's verdicts about one mail. They come beside the mail, never out of its headers."""

    spam: Verdict = Verdict.GRAY
    virus: Verdict = Verdict.GRAY
    spf: Verdict = Verdict.GRAY
    dkim: Verdict = Verdict.GRAY
    dmarc: Verdict = Verdict.GRAY

    @property
    def forged(self) -> bool:
        """Whether the sender's domain disowns it, or it is spam: it changes nothing then."""
        return Verdict.FAIL in {self.dmarc, self.spam}

    def vouch_for_sender(self, *, with_token: bool) -> bool:
        """Whether the From may be believed: the domain vouches for it, or nothing speaks against it
        and whoever wrote knows the address that only this guest was given."""
        if self.dmarc is Verdict.PASS:
            return not self.forged
        return with_token and Verdict.FAIL not in {self.spam, self.spf, self.dkim, self.dmarc}


class Says(StrEnum):
    """What a mail is."""

    REPLY = "reply"
    COUNTER = "counter"
    REFRESH = "refresh"
    DELEGATED = "delegated"
    OTHER_METHOD = "other_method"
    WORDS = "words"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    UNREADABLE = "unreadable"


class Unreadable(StrEnum):
    """Why nobody can tell what a mail says without looking at it."""

    TOO_LARGE = "too_large"
    TOO_NESTED = "too_nested"
    TOO_MANY_PARTS = "too_many_parts"
    TRUNCATED = "truncated"
    STRANGE_LETTERS = "strange_letters"
    OUTLOOK_PACKAGE = "outlook_package"
    LOCKED = "locked"
    CONTRADICTS_ITSELF = "contradicts_itself"
    NOT_A_CALENDAR = "not_a_calendar"
    UNCLEAR_SENDER = "unclear_sender"
    GONE = "gone"
    TRIED_TOO_OFTEN = "tried_too_often"


@dataclass(frozen=True)
class OneDate:
    """The date of a series that an answer is about, as the mail names it.

    An instant, or only a day; neither when it names a time zone that nobody knows.
    """

    at: datetime | None = None
    day: date | None = None
    and_later: bool = False


@dataclass(frozen=True)
class MailedAnswer:
    """One answer in a mail: who says what about which gathering, in which version.

    `partstat` is None for silence and for words that are no answer. `sequence` and `stamped_at`
    are None where the mail does not say.
    """

    uid: str
    attendee: str
    partstat: PartStat | None
    sequence: int | None = None
    stamped_at: datetime | None = None
    one_date: OneDate | None = None
    comment: str = ""


@dataclass(frozen=True)
class Proposal:
    """Another time that a guest proposes, both in UTC."""

    starts: datetime
    ends: datetime | None = None


@dataclass(frozen=True)
class InboundMail:
    """What one mail says, taken from our own level of it alone.

    `writer` is the one address in From, and empty when that is unclear. `automatic` is whether a
    machine wrote it, so that none is answered. `failed_for_good` belongs to a bounce.
    """

    says: Says
    writer: str = ""
    writer_name: str = ""
    message_id: str = ""
    subject: str = ""
    answers: tuple[MailedAnswer, ...] = ()
    proposal: Proposal | None = None
    automatic: bool = False
    failed_for_good: bool = False
    problem: Unreadable | None = None
    text: str = ""

    @property
    def uid(self) -> str:
        """The gathering that it is about, by its UID; empty where it names none, or several."""
        uids = {answer.uid for answer in self.answers}
        return uids.pop() if len(uids) == 1 else ""


class Effect(StrEnum):
    """What becomes of a mail."""

    APPLY = "apply"
    RESEND = "resend"
    HOLD = "hold"
    CAME_BACK = "came_back"
    NOTHING = "nothing"


class Why(StrEnum):
    """Why a mail was held for a coordinator instead of applied."""

    UNTRUSTED = "untrusted"
    NOT_THE_GUEST = "not_the_guest"
    UNPROVEN = "unproven"
    ABOUT_SOMEBODY_ELSE = "about_somebody_else"
    UNKNOWN_GUEST = "unknown_guest"
    OTHER_GATHERING = "other_gathering"
    WORDS = "words"
    PROPOSES = "proposes"
    DELEGATES = "delegates"
    NO_ANSWER = "no_answer"
    UNREADABLE = "unreadable"
    EARLIER_TIME = "earlier_time"
    UNKNOWN_VERSION = "unknown_version"
    ONE_DATE = "one_date"
    OFF = "off"
    NOT_INVITED = "not_invited"
    CAME_BACK = "came_back"


@dataclass(frozen=True)
class Decision:
    """What becomes of a mail, and why it was held; `answer` is the one to apply.

    `date` is the start by its rule of the one date that the answer is about, as local ISO time; it
    is empty when the answer is about the whole gathering.
    """

    effect: Effect
    why: Why | None = None
    answer: MailedAnswer | None = None
    date: str = ""


@dataclass(frozen=True)
class Signals:
    """Who is answering: what SES vouches for, and whom the mail and its address name.

    `knows_token` is None for a mail to an address without a token. `guest_named` is whether every
    answer in it names the guest as its attendee.
    """

    verdicts: Verdicts
    from_guest: bool
    knows_token: bool | None
    guest_named: bool = True

    @property
    def doubt(self) -> Why | None:
        """Why this is not surely the guest; None when it is."""
        if self.verdicts.forged:
            return Why.UNTRUSTED
        if not self.guest_named:
            return Why.ABOUT_SOMEBODY_ELSE
        if self.knows_token is False:
            return Why.UNKNOWN_GUEST
        if not self.from_guest:
            return Why.NOT_THE_GUEST
        return None if self._vouched_for else Why.UNPROVEN

    @property
    def _vouched_for(self) -> bool:
        return self.verdicts.vouch_for_sender(with_token=bool(self.knows_token))


def decide(
    mail: InboundMail,
    verdicts: Verdicts,
    *,
    knows_token: bool | None,
    invitation: Invitation | None,
    gathering: Gathering,
    uid_domain: str,
    now: datetime,
) -> Decision:
    """What becomes of a mail about this gathering, from whoever may have this invitation."""
    if mail.says is Says.BOUNCE:
        return _about_a_bounce(mail)
    if mail.says is Says.AUTOMATIC:
        return Decision(Effect.NOTHING)
    if verdicts.forged:
        return Decision(Effect.HOLD, Why.UNTRUSTED)
    if mail.says in _HELD:
        return Decision(Effect.HOLD, _HELD[mail.says])
    if mail.uid != gathering.uid(domain=uid_domain):
        return Decision(Effect.HOLD, Why.OTHER_GATHERING)
    if invitation is None:
        return Decision(Effect.HOLD, Why.UNKNOWN_GUEST)
    signals = Signals(
        verdicts,
        from_guest=same_mailbox(mail.writer, invitation.address),
        knows_token=knows_token,
        guest_named=all(
            same_mailbox(answer.attendee, invitation.address) for answer in mail.answers
        ),
    )
    if signals.doubt is not None:
        return Decision(Effect.HOLD, signals.doubt)
    if mail.says is Says.REFRESH:
        return _about_a_refresh(mail, invitation, gathering, now=now)
    return _about_a_reply(mail, invitation, gathering, now=now)


def same_mailbox(one: str, other: str) -> bool:
    """Whether two addresses are the same but for their case; unlike `people.same_address`, which
    counts an address with a `+tag` as its owner's other one."""
    return bool(one) and one.strip().casefold() == other.strip().casefold()


_HELD = {
    Says.COUNTER: Why.PROPOSES,
    Says.DELEGATED: Why.DELEGATES,
    Says.OTHER_METHOD: Why.NO_ANSWER,
    Says.WORDS: Why.WORDS,
    Says.UNREADABLE: Why.UNREADABLE,
}


def _about_a_bounce(mail: InboundMail) -> Decision:
    return Decision(Effect.CAME_BACK if mail.failed_for_good else Effect.NOTHING)


def _about_a_refresh(
    mail: InboundMail, invitation: Invitation, gathering: Gathering, *, now: datetime
) -> Decision:
    """Sent again while it stands, but never to a machine: two of them would not stop."""
    off = gathering.state is GatheringState.CANCELLED or invitation.removed
    resend = not (off or gathering.is_over(now) or mail.automatic)
    return Decision(Effect.RESEND if resend else Effect.NOTHING)


def _about_a_reply(
    mail: InboundMail, invitation: Invitation, gathering: Gathering, *, now: datetime
) -> Decision:
    """The rules of order of RFC 5546 section 2.1.5, and what cannot be answered any more."""
    said = [answer for answer in mail.answers if answer.partstat is not None]
    if not said:
        spoken = any(answer.comment for answer in mail.answers)
        return Decision(Effect.HOLD, Why.WORDS) if spoken else Decision(Effect.NOTHING)
    if len(said) > 1:
        return Decision(Effect.HOLD, Why.ONE_DATE)
    (answer,) = said
    if why := _closed(invitation, gathering):
        # A calendar declines by itself when a cancelled entry is thrown away: nobody is missed.
        silent = answer.partstat is PartStat.DECLINED
        return Decision(Effect.NOTHING) if silent else Decision(Effect.HOLD, why)
    if why := _out_of_order(answer, invitation, gathering, now=now):
        return Decision(Effect.HOLD, why)
    if answer.one_date is None:
        return Decision(Effect.APPLY, answer=answer)
    start = _start_meant(answer.one_date, invitation, gathering)
    if start is None:
        return Decision(Effect.HOLD, Why.ONE_DATE)
    return Decision(Effect.APPLY, answer=answer, date=start.isoformat())


def _start_meant(meant: OneDate, invitation: Invitation, gathering: Gathering) -> datetime | None:
    """The start by its rule of the date that a mail names; None when that is not surely one.

    A date that was moved keeps the name it had. "This and all later ones" is never one date.
    """
    if meant.and_later or gathering.plan.repeats is None:
        return None
    dropped = {*gathering.dropped, *invitation.dropped}
    found = [
        one.starts
        for one in gathering.plan.dates
        if one.day not in dropped
        and (gathering.plan.instant(one.starts) == meant.at or one.starts.date() == meant.day)
    ]
    return found[0] if len(found) == 1 else None


def _closed(invitation: Invitation, gathering: Gathering) -> Why | None:
    if gathering.state is GatheringState.CANCELLED:
        return Why.OFF
    return Why.NOT_INVITED if invitation.removed else None


def _out_of_order(
    answer: MailedAnswer, invitation: Invitation, gathering: Gathering, *, now: datetime
) -> Why | None:
    """Whether it answers another time than the one that stands; no SEQUENCE means the current."""
    current = invitation.updated(gathering, now=now)
    if answer.sequence is None:
        return None
    if answer.sequence < current.timed:
        return Why.EARLIER_TIME
    return Why.UNKNOWN_VERSION if answer.sequence > current.sequence else None
