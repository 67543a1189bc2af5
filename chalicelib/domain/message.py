"""One promised email: its states, and who may move it between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.calendar_rules import instant
from chalicelib.domain.delivery_event import Bounce
from chalicelib.domain.people import EmailAddress, Language

PARKED_AFTER = timedelta(minutes=15)
"""W: longer than a delivery function can run and than SES is late with its Send event."""

REJECTED = "rejected"
"""Why a mail failed that SES had taken: it found a virus in it afterwards."""

REMOVED = "removed"
"""Why a mail is held back whose honouree had themselves removed: it carries their words."""

ERASED = "erased"
"""Why a mail is held back whose reader's data, or whose words, were erased."""

STOPPED = "stopped"
"""Why a mail is held back whose reader stopped this kind of mail."""

FULL = "full"
"""Why a mail waits whose reader got as many today as anybody may get."""

UNPROVEN = "unproven"
"""Why a mail waits whose reader got one that they did not ask for, and did nothing with it yet."""

UNAPPROVED = "unapproved"
"""Why a mail waits to a stranger, after too many of them: until a coordinator lets it go."""

_BACK_OFF = (1, 2, 5, 15, 60)


class Kind(StrEnum):
    """Every kind of mail that Pluim sends; the value names its templates."""

    NOMINATION_VERIFY = "nomination_verify"
    NOMINATION_RECEIPT = "nomination_receipt"
    NOMINATION_ANSWER = "nomination_answer"
    THANKS = "thanks"
    THANKS_BACK = "thanks_back"
    GATHERING_INVITE = "gathering_invite"
    GATHERING_UPDATE = "gathering_update"
    GATHERING_CANCEL = "gathering_cancel"
    GATHERING_REMINDER = "gathering_reminder"
    RSVP_CONFIRMED = "rsvp_confirmed"
    RSVP_REPLY = "rsvp_reply"
    WAITLIST = "waitlist"
    PROMOTED = "promoted"
    SIGNIN_CODE = "signin_code"
    CONSENT_REMINDER = "consent_reminder"
    FOLLOW_UP = "follow_up"
    COORDINATOR_DIGEST = "coordinator_digest"
    REVIEW_PENDING = "review_pending"
    FAILED_MAIL = "failed_mail"
    DEED_PROMPT = "deed_prompt"
    SIGNIN_NEW_DEVICE = "signin_new_device"
    ERASURE_DONE = "erasure_done"
    ACCESS_READY = "access_ready"
    ACCESS_CODE = "access_code"


class Urgency(StrEnum):
    """Which road a message takes to delivery: two queues, or fed by the sweep."""

    URGENT = "urgent"
    ORDINARY = "ordinary"
    BULK = "bulk"


class MessageState(StrEnum):
    """Where a promised email stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    PARKED = "parked"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Outcome(StrEnum):
    """What became of a sent mail, by what SES told us; outcomes only grow graver."""

    NONE = "none"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"

    def graver(self, other: Outcome) -> Outcome:
        """The graver of two outcomes, so that the order of events does not matter."""
        order = list(Outcome)
        return max(self, other, key=order.index)


class CannotMove(Exception):
    """A message in this state cannot make this move."""


@dataclass(frozen=True)
class LinkRequest:
    """A private link that a mail needs; its token is minted at each attempt to send.

    `name` is what the template calls it, `path` the page it opens (`/bevestig`), `purpose` and
    `subject` what the token will stand for, `expires_at` until when.
    """

    name: str
    purpose: str
    subject: str
    path: str
    expires_at: datetime


@dataclass(frozen=True)
class Version:
    """The version of an invitation that a calendar mail tells about.

    A mail whose version was overtaken before it left is not sent: its successor tells all.
    """

    gathering: str
    guest: str
    dtstamp: datetime


@dataclass(frozen=True)
class Message:
    """A promise to mail one recipient, kept by delivery or visibly not at all.

    `id` derives from cause and recipient, never from an address. `facts` are all that the
    templates need, as plain JSON values. `due_at` is when somebody has to look at it again; a
    finished message has none. After `deadline` it is no longer worth sending. `probes` are the
    attempts that only showed that no mail at all could leave. `bounce` is why it came back, and
    `heard_at` when that, or any other outcome, was heard. `seen` says that a coordinator knows that
    it did not arrive, as it stands now; `vouched` that one let it go. `needed_by` is when its
    reader acts upon what it tells, if that is before the deadline: of a series, the next date
    rather than the last. `text_number` is that of the organisation's own text that it was promised
    in, 0 for the one that Pluim brings.
    """

    partnership: str
    id: str
    kind: Kind
    cause: str
    recipient: EmailAddress
    recipient_name: str
    language: Language
    facts: Mapping[str, object]
    queued_at: datetime
    due_at: datetime | None
    deadline: datetime
    urgency: Urgency = Urgency.ORDINARY
    links: tuple[LinkRequest, ...] = ()
    tells: Version | None = None
    state: MessageState = MessageState.QUEUED
    attempt: int = 0
    claim: str = ""
    claimed_at: datetime | None = None
    ses_id: str = ""
    outcome: Outcome = Outcome.NONE
    bounce: Bounce = Bounce.NONE
    reason: str = ""
    finished_at: datetime | None = None
    probes: int = 0
    seen: bool = False
    text_number: int = 0
    vouched: bool = False
    needed_by: datetime | None = None
    heard_at: datetime | None = None
    schema: int = 1

    def claimed(self, *, token: str, now: datetime) -> Message:
        """queued → sending, once due: one worker takes it, and holds it for `PARKED_AFTER`."""
        if not self.is_due(now):
            raise CannotMove(f"{self.state} message is not due")
        return replace(
            self,
            state=MessageState.SENDING,
            claim=token,
            claimed_at=now,
            attempt=self.attempt + 1,
            due_at=now + PARKED_AFTER,
        )

    def sent(self, *, ses_id: str, now: datetime) -> Message:
        """Any state → sent: SES accepted it, by its answer or by its event.

        Hearing it again changes nothing, and neither does hearing it after SES found a virus.
        """
        rejected = self.state is MessageState.FAILED and self.reason == REJECTED
        if rejected or self.state is MessageState.SENT:
            return self
        return self._finished(MessageState.SENT, now=now, reason="", ses_id=ses_id or self.ses_id)

    def again(self, *, now: datetime, jitter: timedelta, reason: str) -> Message:
        """sending → queued: certainly not sent, so tried once more after a back-off."""
        waited = now + _back_off(self.attempt - self.probes) + jitter
        return self._waiting(until=waited, reason=reason)

    def held(self, *, until: datetime, reason: str) -> Message:
        """sending → queued: certainly not sent, because no mail can leave for anybody.

        That says nothing about this mail, so its back-off does not grow.
        """
        return replace(self._waiting(until=until, reason=reason), probes=self.probes + 1)

    def waits(self, *, until: datetime, reason: str = FULL) -> Message:
        """queued → queued: there is no room for it now, so it waits for that, or is given up."""
        self._only_from(MessageState.QUEUED)
        return replace(self, due_at=min(until, self.deadline), reason=reason)

    def rests(self, *, until: datetime, now: datetime) -> Message:
        """queued → queued: nobody gets such mail at this hour, which costs it none of its time."""
        self._only_from(MessageState.QUEUED)
        return replace(self, due_at=until, deadline=self.deadline + (until - now), reason="")

    def failed(self, *, reason: str, now: datetime) -> Message:
        """queued, sending, parked or sent → failed: it will not be sent, and people are shown why.

        The first reason stays.
        """
        if self.state is MessageState.FAILED:
            return self
        self._not_from(MessageState.SUPPRESSED)
        return self._finished(MessageState.FAILED, now=now, reason=reason)

    def rejected(self, *, ses_id: str, now: datetime) -> Message:
        """Any state → failed: SES found a virus in what it had accepted. That is final."""
        if self.state is MessageState.FAILED and self.reason == REJECTED:
            return self
        ses_id = self.ses_id or ses_id
        return self._finished(MessageState.FAILED, now=now, reason=REJECTED, ses_id=ses_id)

    def parked(self, *, now: datetime) -> Message:
        """sending → parked, after `PARKED_AFTER`: nobody knows if it left, so a person decides."""
        if self.state is MessageState.PARKED:
            return self
        if not self.in_doubt(now):
            raise CannotMove(f"{self.state} message cannot be parked yet")
        return self._finished(MessageState.PARKED, now=now, reason="unknown")

    def suppressed(self, *, reason: str, now: datetime) -> Message:
        """queued → suppressed: there is a reason not to send it."""
        self._only_from(MessageState.QUEUED)
        return self._finished(MessageState.SUPPRESSED, now=now, reason=reason)

    def queued_again(self, *, now: datetime, deadline: datetime) -> Message:
        """parked, failed or waiting for room → queued: a coordinator sends it, while that helps.

        They answer for it, so no limit for strangers holds it up.
        """
        if not self.may_be_sent_again(now):
            raise CannotMove(f"{self.state} {self.kind} message cannot be sent again")
        return replace(
            self,
            state=MessageState.QUEUED,
            claim="",
            claimed_at=None,
            due_at=now,
            deadline=deadline,
            reason="",
            finished_at=None,
            seen=False,
            vouched=True,
        )

    def put_away(self) -> Message:
        """The same message, once a coordinator has seen that it did not arrive.

        Worse news about it has to be seen again.
        """
        if not self.did_not_arrive:
            raise CannotMove(f"{self.state} {self.outcome} message cannot be put away")
        return replace(self, seen=True)

    def left(self, *, now: datetime) -> Message:
        """parked → failed: a coordinator leaves it as it is."""
        if not self.in_doubt(now):
            raise CannotMove(f"{self.state} message cannot be left")
        return self._finished(MessageState.FAILED, now=now, reason="left")

    def forgotten(self) -> Message:
        """A finished message without what it said and to whom: only what became of it stays."""
        self._not_from(MessageState.QUEUED, MessageState.SENDING, MessageState.PARKED)
        return replace(self, recipient=EmailAddress(""), recipient_name="", facts={}, links=())

    def heard(self, outcome: Outcome, bounce: Bounce = Bounce.NONE, *, now: datetime) -> Message:
        """The same message, with what SES told about it; what is graver stays."""
        gravest, why = self.outcome.graver(outcome), self.bounce.graver(bounce)
        if (gravest, why) == (self.outcome, self.bounce):
            return self
        return replace(self, outcome=gravest, bounce=why, heard_at=now, seen=False)

    def erased(self, *, reason: str, now: datetime) -> Message:
        """A mail that can no longer be sent, and no longer says anything about anybody.

        Raises `CannotMove` while a worker has it, until it `is_in_hand` no more.
        """
        if self.state is MessageState.QUEUED:
            return self.suppressed(reason=reason, now=now).forgotten()
        return self.left(now=now).forgotten() if self.in_doubt(now) else self.forgotten()

    def is_in_hand(self, now: datetime) -> bool:
        """Whether a worker may be sending it at this moment."""
        return self.state is MessageState.SENDING and not self.in_doubt(now)

    @property
    def did_not_arrive(self) -> bool:
        """Whether it ended without arriving, or was not welcome, and is about somebody we know."""
        unwelcome = self.outcome in {Outcome.BOUNCED, Outcome.COMPLAINED}
        ended = self.state in {MessageState.FAILED, MessageState.SUPPRESSED}
        missed = ended or (self.state is MessageState.SENT and unwelcome)
        return missed and self.recipient != ""

    @property
    def known_at(self) -> datetime | None:
        """When it was known how it ended, so far: what comes back may do so days after it left."""
        return max(filter(None, (self.finished_at, self.heard_at)), default=None)

    def in_doubt(self, now: datetime) -> bool:
        """Whether it is parked, or has been sending for so long that it counts as parked."""
        if self.state is MessageState.SENDING and self.claimed_at is not None:
            return now >= self.claimed_at + PARKED_AFTER
        return self.state is MessageState.PARKED

    def may_be_sent_again(self, now: datetime) -> bool:
        """Whether a coordinator may send it again: it got stuck, and still helps its reader.

        A code has expired by then, and of a gathering that has begun only its end is worth telling.
        """
        stuck = self.in_doubt(now) or self.state is MessageState.FAILED or self.waits_for_somebody
        begun = self.starts_at is not None and self.starts_at <= now
        too_late = begun and self.kind is not Kind.GATHERING_CANCEL
        once = self.kind in {Kind.SIGNIN_CODE, Kind.ACCESS_CODE, Kind.ERASURE_DONE}
        return stuck and not too_late and not once

    @property
    def waits_for_room(self) -> bool:
        """Whether it waits because its reader got enough mail for now."""
        return self.state is MessageState.QUEUED and self.reason in {FULL, UNPROVEN, UNAPPROVED}

    @property
    def waits_for_somebody(self) -> bool:
        """Whether it waits until its reader does something, or a coordinator lets it go."""
        return self.waits_for_room and self.reason != FULL

    @property
    def can_wait(self) -> bool:
        """Whether it comes by the clock, and so never at night or on a day off."""
        return self.kind in _CAN_WAIT

    @property
    def must_be_told_otherwise(self) -> bool:
        """Whether its reader stopped this kind of mail, and now has to hear it in another way."""
        return (
            self.state is MessageState.SUPPRESSED
            and self.reason == STOPPED
            and self.kind in _TO_BE_TOLD
        )

    @property
    def starts_at(self) -> datetime | None:
        """When the gathering starts that a calendar mail tells about; None for other mail.

        Of a series it is the last date, until which the mail is worth sending.
        """
        if self.tells is None:
            return None
        starts = datetime.fromisoformat(str(self.facts.get("last") or self.facts["starts"]))
        return instant(starts, time_zone=str(self.facts["time_zone"]))

    def would_mislead(self, until: datetime) -> bool:
        """Whether somebody's calendar is wrong when it matters, if it waits until then."""
        needed_by = min(self.needed_by or self.deadline, self.deadline)
        return self.tells is not None and needed_by <= until

    def is_due(self, now: datetime) -> bool:
        """Whether delivery may start on it."""
        return self.state is MessageState.QUEUED and self.due_at is not None and self.due_at <= now

    def _finished(
        self, state: MessageState, *, now: datetime, reason: str, ses_id: str | None = None
    ) -> Message:
        finished = replace(
            self,
            state=state,
            due_at=None,
            reason=reason,
            finished_at=now,
            seen=False,
            ses_id=self.ses_id if ses_id is None else ses_id,
        )
        # Its reader is not to be found in what we keep, so not here either.
        is_last_word = self.kind is Kind.ERASURE_DONE
        return replace(finished, recipient=EmailAddress("")) if is_last_word else finished

    def _waiting(self, *, until: datetime, reason: str) -> Message:
        self._only_from(MessageState.SENDING)
        return replace(
            self, state=MessageState.QUEUED, claim="", claimed_at=None, due_at=until, reason=reason
        )

    def _only_from(self, *states: MessageState) -> None:
        if self.state not in states:
            raise CannotMove(f"{self.state} message, expected {', '.join(states)}")

    def _not_from(self, *states: MessageState) -> None:
        if self.state in states:
            raise CannotMove(f"{self.state} message cannot make this move")


_CAN_WAIT = {
    Kind.CONSENT_REMINDER,
    Kind.FOLLOW_UP,
    Kind.COORDINATOR_DIGEST,
    Kind.REVIEW_PENDING,
    Kind.FAILED_MAIL,
    Kind.DEED_PROMPT,
}

_TO_BE_TOLD = {Kind.THANKS, Kind.GATHERING_INVITE, Kind.GATHERING_UPDATE}
"""What somebody misses who does not hear it; a stopped reminder or answer is just not sent."""


def _back_off(attempt: int) -> timedelta:
    return timedelta(minutes=_BACK_OFF[min(attempt, len(_BACK_OFF)) - 1])
