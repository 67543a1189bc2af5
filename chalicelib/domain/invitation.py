"""One guest's place at one gathering: the answer, and which version of it their calendar knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.gathering import Aspect, Gathering, GatheringState, IsCancelled
from chalicelib.domain.people import EmailAddress, Language

MAX_HEADS = 5
MAX_REMARK_LENGTH = 300


class PartStat(StrEnum):
    """How a guest answered, in the words of RFC 5545 section 3.2.12."""

    NEEDS_ACTION = "NEEDS-ACTION"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    TENTATIVE = "TENTATIVE"


class Via(StrEnum):
    """The way an answer reached us."""

    PAGE = "page"
    COORDINATOR = "coordinator"
    MAIL = "mail"


class NotInvited(Exception):
    """This guest is no longer invited, so there is nothing to answer or change."""


class NotANumberOfPeople(ValueError):
    """An answer counts from 1 to `MAX_HEADS` people."""


@dataclass(frozen=True)
class Answer:
    """What a guest says.

    `heads` counts who comes, the guest included; it takes seats only for a yes.
    """

    partstat: PartStat
    at: datetime
    via: Via
    heads: int = 1
    remark: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.heads <= MAX_HEADS:
            raise NotANumberOfPeople(self.heads)

    @property
    def seats(self) -> int:
        """How many seats it takes."""
        return self.heads if self.partstat is PartStat.ACCEPTED else 0

    def completed_from(self, known: Answer | None) -> Answer:
        """The same answer, with what a mail cannot say taken from the one before it.

        A calendar program knows no number of people: who answers the same once more leaves the
        number as it was, and the remark too unless the mail has one.
        """
        if self.via is not Via.MAIL or known is None or known.partstat is not self.partstat:
            return self
        return replace(self, heads=known.heads, remark=self.remark or known.remark)

    def says_the_same_as(self, other: Answer | None) -> bool:
        """Whether two answers differ only in when and how they came."""
        return other is not None and self._content == other._content

    @property
    def _content(self) -> tuple[PartStat, int, str]:
        heads = 0 if self.partstat is PartStat.DECLINED else self.heads
        return self.partstat, heads, self.remark


@dataclass(frozen=True)
class Tally:
    """How many guests said what, and how many people come; kept beside the gathering."""

    silent: int = 0
    accepted: int = 0
    declined: int = 0
    tentative: int = 0
    heads: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*(mine - its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    @property
    def invited(self) -> int:
        """How many guests are invited."""
        return self.silent + self.accepted + self.declined + self.tentative


@dataclass(frozen=True)
class Invitation:
    """One guest's place at one gathering.

    `reply_token` makes the address their calendar program answers to; it stays the same for the
    invitation's life, because programs refuse a changed ORGANIZER. `sequence` and `dtstamp` are
    the version last told to this guest (RFC 5546 section 2.1.4 and 2.1.5): a personal change
    raises this guest's numbers only. `timed` is the `sequence` of the last change of time: an
    answer to an earlier one is about another time. `told` is the gathering's revision this guest
    knows. `thread` is the SES id of the first mail, under which later ones are filed.

    Of a series, `dropped` are the days to which this guest is not invited, and `answers` what they
    said of single dates; `answer` goes for the others.
    """

    partnership: str
    gathering: str
    guest: str
    name: str
    address: EmailAddress
    language: Language
    reply_token: str
    dtstamp: datetime
    sequence: int = 0
    told: int = 0
    answer: Answer | None = None
    removed: bool = False
    thread: str = ""
    reminded: int = 0
    timed: int = 0
    dropped: tuple[date, ...] = ()
    answers: Mapping[date, Answer] = field(default_factory=dict)
    version: int = 0

    @property
    def partstat(self) -> PartStat:
        """The answer that counts: silence is NEEDS-ACTION."""
        return self.answer.partstat if self.answer else PartStat.NEEDS_ACTION

    @property
    def tally(self) -> Tally:
        """What this invitation adds to the gathering's tally."""
        if self.removed:
            return Tally()
        return Tally(
            silent=int(self.partstat is PartStat.NEEDS_ACTION),
            accepted=int(self.partstat is PartStat.ACCEPTED),
            declined=int(self.partstat is PartStat.DECLINED),
            tentative=int(self.partstat is PartStat.TENTATIVE),
            heads=self.answer.seats if self.answer else 0,
        )

    def answered(self, answer: Answer, *, gathering: Gathering, now: datetime) -> Invitation:
        """The guest's newest answer; the same value when it says nothing new or comes too late.

        An answer not later than the stored one changes nothing (RFC 5546 section 2.1.5), and
        NEEDS-ACTION is no answer. Nothing revives a cancelled gathering (`IsCancelled`) or a
        removed guest (`NotInvited`).

        A guest who was not told of a change yet answers the gathering as it is now, and its
        confirmation tells them: so a request to answer again never wipes an answer given since.
        """
        current = self.updated(gathering, now=now)
        answer = answer.completed_from(current.answer)
        if answer.partstat is PartStat.NEEDS_ACTION or answer.says_the_same_as(current.answer):
            return self
        if self.answer is not None and answer.at <= self.answer.at:
            return self
        return replace(current, answer=answer, dtstamp=self._next_stamp(now))

    def updated(self, gathering: Gathering, *, now: datetime) -> Invitation:
        """What this guest must be told of the gathering as it is now; the same value if they know.

        Another time raises SEQUENCE; another text or place only DTSTAMP (RFC 5546 section 2.1.4).
        """
        self._check_invited(gathering)
        if self.told >= gathering.revision:
            return self
        moved = Aspect.TIME in gathering.changed_since(self.told)
        sequence = self.sequence + gathering.moved_since(self.told)
        asked_again = gathering.asked_again_since(self.told)
        return replace(
            self,
            dtstamp=self._next_stamp(now),
            sequence=sequence,
            timed=sequence if moved else self.timed,
            told=gathering.revision,
            answer=None if asked_again else self.answer,
            answers={} if asked_again else self.answers,
        )

    def cancelled(self, gathering: Gathering, *, now: datetime) -> Invitation:
        """What this guest must be told of a cancelled gathering; the same value if they know."""
        if self.removed or self.told >= gathering.revision:
            return self
        return replace(
            self,
            dtstamp=self._next_stamp(now),
            sequence=self.sequence + 1,
            told=gathering.revision,
        )

    def without_guest(self, *, now: datetime) -> Invitation:
        """This guest is no longer invited; the same value if they were removed before."""
        if self.removed:
            return self
        return replace(
            self, dtstamp=self._next_stamp(now), sequence=self.sequence + 1, removed=True
        )

    def told_again(self, *, now: datetime) -> Invitation:
        """What this guest knows, in a newer version: only a newer DTSTAMP makes programs read."""
        return replace(self, dtstamp=self._next_stamp(now))

    def remembered(self) -> Invitation:
        """This guest is reminded once more."""
        return replace(self, reminded=self.reminded + 1)

    def _next_stamp(self, now: datetime) -> datetime:
        """Later than any earlier one also when the clock is not: DTSTAMP counts whole seconds."""
        return max(now, self.dtstamp + timedelta(seconds=1)).replace(microsecond=0)

    def _check_invited(self, gathering: Gathering) -> None:
        if gathering.state is GatheringState.CANCELLED:
            raise IsCancelled
        if self.removed:
            raise NotInvited
