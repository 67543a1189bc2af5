"""One guest's place at one gathering: the answer, and which version of it their calendar knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.gathering import (
    Aspect,
    Gathering,
    GatheringState,
    IsCancelled,
    NoSuchDate,
    OnlyDateLeft,
)
from chalicelib.domain.people import EmailAddress, Language
from chalicelib.domain.private_numbers import masked
from chalicelib.domain.waiting_list import Waiting

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


class Line(StrEnum):
    """Where a guest stands whose yes has no seat yet."""

    WAITING = "waiting"
    OFFERED = "offered"


class NotInvited(Exception):
    """This guest is no longer invited, so there is nothing to answer or change."""


class NotANumberOfPeople(ValueError):
    """An answer counts from 1 to `MAX_HEADS` people."""


class NotEnoughSeats(Exception):
    """A guest who has seats asked for more than are free; they keep what they have.

    `most` is how many people they can come with.
    """

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


@dataclass(frozen=True)
class Answer:
    """What a guest says.

    `heads` counts who comes, the guest included; it takes seats only for a yes. `moves_up` agrees
    to come without being asked again, should the gathering be full and a place come free.
    """

    partstat: PartStat
    at: datetime
    via: Via
    heads: int = 1
    remark: str = ""
    moves_up: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.heads <= MAX_HEADS:
            raise NotANumberOfPeople(self.heads)

    @property
    def seats(self) -> int:
        """How many seats it takes."""
        return self.heads if self.partstat is PartStat.ACCEPTED else 0

    @property
    def without_private_numbers(self) -> Answer:
        """The same answer, its remark without the numbers that nobody should send on."""
        return replace(self, remark=masked(self.remark))

    def completed_from(self, known: Answer | None) -> Answer:
        """The same answer, with what a mail cannot say taken from the one before it.

        A calendar program knows no number of people: what the guest said on the page stays, and so
        does the remark, unless the mail has one. Who was not coming comes alone.
        """
        if self.via is not Via.MAIL or known is None or known.partstat is PartStat.DECLINED:
            return self
        return replace(
            self,
            heads=known.heads,
            moves_up=known.moves_up,
            remark=self.remark or known.remark,
        )

    def says_the_same_as(self, other: Answer | None) -> bool:
        """Whether two answers differ only in when and how they came."""
        return other is not None and self._content == other._content

    @property
    def _content(self) -> tuple[PartStat, int, str]:
        heads = 0 if self.partstat is PartStat.DECLINED else self.heads
        return self.partstat, heads, self.remark


@dataclass(frozen=True)
class Tally:
    """How many guests stand where, and how many seats are taken; kept beside the gathering.

    `heads` counts the seats of everybody who comes, and the `held` ones, which are kept for guests
    who were offered a place. `version` counts the writes, so that a decision that rests on all of
    it can insist that nothing changed; it says nothing about guests.
    """

    silent: int = 0
    accepted: int = 0
    declined: int = 0
    tentative: int = 0
    heads: int = 0
    waiting: int = 0
    offered: int = 0
    held: int = 0
    version: int = field(default=0, compare=False)

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*(mine - its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    @property
    def invited(self) -> int:
        """How many guests are invited."""
        answered = self.accepted + self.declined + self.tentative
        return self.silent + answered + self.waiting + self.offered

    @property
    def coming(self) -> int:
        """How many people come."""
        return self.heads - self.held


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

    Our row decides about seats, and PARTSTAT reports it: a yes that found no seat waits, in the
    order of `waiting_since`; one that was offered a place keeps its seats until `offered_until`.
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
    waiting_since: datetime | None = None
    offered_until: datetime | None = None
    version: int = 0

    @property
    def partstat(self) -> PartStat:
        """The answer that counts: silence is NEEDS-ACTION, and a yes without a seat no yes yet."""
        if self.waiting_since is not None:
            return PartStat.TENTATIVE
        if self.answer is None or self.offered_until is not None:
            return PartStat.NEEDS_ACTION
        return self.answer.partstat

    @property
    def line(self) -> Line | None:
        """The line that a yes without a seat stands in."""
        if self.waiting_since is not None:
            return Line.WAITING
        return Line.OFFERED if self.offered_until is not None else None

    @property
    def waiting(self) -> Waiting | None:
        """This guest's place on the waiting list."""
        if self.waiting_since is None or self.answer is None:
            return None
        place = (self.partnership, self.gathering, self.guest)
        return Waiting(*place, heads=self.answer.heads, since=self.waiting_since)

    @property
    def seats(self) -> int:
        """How many seats this guest has, or has been offered."""
        if self.removed or self.answer is None or self.waiting_since is not None:
            return 0
        return self.answer.seats

    @property
    def let_an_offer_lapse(self) -> bool:
        """Whether this guest was offered a place, and did not answer in time."""
        return self.answer is not None and self.answer.partstat is PartStat.NEEDS_ACTION

    def partstat_on(self, day: date) -> PartStat:
        """The answer that counts for one date of a series."""
        said = self.answers.get(day)
        return said.partstat if said else self.partstat

    def heads_on(self, day: date) -> int:
        """How many people come on one date of a series."""
        if self.partstat_on(day) is not PartStat.ACCEPTED:
            return 0
        said = self.said_on(day)
        return said.heads if said else 1

    def said_on(self, day: date) -> Answer | None:
        """What this guest said of one date of a series, or else of all of it."""
        return self.answers.get(day) or self.answer

    def remark_on(self, day: date) -> str:
        """What is to know about this guest on one date of a series."""
        said = [one for one in (self.answers.get(day), self.answer) if one and one.remark]
        return said[0].remark if said else ""

    @property
    def tally(self) -> Tally:
        """What this invitation adds to the gathering's tally."""
        if self.removed:
            return Tally()
        if self.line is Line.WAITING:
            return Tally(waiting=1)
        if self.line is Line.OFFERED:
            return Tally(offered=1, heads=self.seats, held=self.seats)
        return Tally(
            silent=int(self.partstat is PartStat.NEEDS_ACTION),
            accepted=int(self.partstat is PartStat.ACCEPTED),
            declined=int(self.partstat is PartStat.DECLINED),
            tentative=int(self.partstat is PartStat.TENTATIVE),
            heads=self.seats,
        )

    def answered(self, answer: Answer, *, gathering: Gathering, now: datetime) -> Invitation:
        """The guest's newest answer; the same value when it comes too late.

        An answer not later than the stored one changes nothing (RFC 5546 section 2.1.5), and
        NEEDS-ACTION is no answer. The same answer again is no news, so DTSTAMP stays; but it counts
        from now on, lest another one that was given in between still arrives. Nothing revives a
        cancelled gathering (`IsCancelled`) or a removed guest (`NotInvited`).

        A guest who was not told of a change yet answers the gathering as it is now, and its
        confirmation tells them: so a request to answer again never wipes an answer given since.

        Whether a yes has a seat is `placed`'s to say, and must be asked.
        """
        current = self.updated(gathering, now=now)
        answer = answer.completed_from(current.answer)
        if answer.partstat is PartStat.NEEDS_ACTION:
            return self
        if self.answer is not None and answer.at <= self.answer.at:
            return self
        if current._repeated_by(answer):
            return replace(self, answer=answer)
        return replace(current, answer=answer, dtstamp=self._next_stamp(now))

    def says_the_same_as(self, known: Invitation) -> bool:
        """Whether this guest's answers differ only in when and how they came."""
        apart = {*self.answers, *known.answers}
        if any(self.partstat_on(day) is not known.partstat_on(day) for day in apart):
            return False
        if self.answer is None:
            return known.answer is None
        return self.answer.says_the_same_as(known.answer)

    def tells_more_than(self, known: Invitation) -> bool:
        """Whether there is news in it for who knows the other version: each has a later DTSTAMP."""
        return self.dtstamp > known.dtstamp

    def placed(self, *, free: int, had: int, now: datetime) -> Invitation:
        """This guest's newest answer with the seats it gets, while so many are `free`.

        A yes that does not fit waits; one that waited already keeps its turn. Whoever `had` seats
        never loses them by asking for more: that raises `NotEnoughSeats`.
        """
        seated = replace(self, waiting_since=None, offered_until=None)
        if seated.seats <= max(had, free + had):
            return seated
        if had:
            raise NotEnoughSeats(max(had, free + had))
        return replace(seated, waiting_since=self.waiting_since or now)

    def moved_up(self, gathering: Gathering, *, now: datetime) -> Invitation:
        """A seat came free for this waiting guest: theirs if they agreed to that, or offered."""
        told = self.updated(gathering, now=now)
        agreed = told.answer is not None and told.answer.moves_up
        return replace(
            told,
            dtstamp=self._next_stamp(now),
            waiting_since=None,
            offered_until=None if agreed else gathering.plan.answer_until(now),
        )

    def offer_lapsed(self, *, now: datetime) -> Invitation:
        """The offered place goes to somebody else; the same value if it need not yet.

        The guest is silent again, and can still answer; what they said before stays known, so that
        no older answer counts as a new one.
        """
        if self.removed or self.answer is None or self.offered_until is None:
            return self
        if self.offered_until > now:
            return self
        silence = replace(self.answer, partstat=PartStat.NEEDS_ACTION)
        return replace(self, answer=silence, offered_until=None, dtstamp=self._next_stamp(now))

    def answered_on(
        self, day: date, answer: Answer, *, gathering: Gathering, now: datetime
    ) -> Invitation:
        """The guest's newest answer for one date of a series; the same value when it is too late.

        It goes for that date alone, and for as long as that stands: what is said of the whole
        series goes for the others. Order and repeats as in `answered`. Raises `NoSuchDate` too.
        """
        current = self.updated(gathering, now=now)
        if gathering.date_on(day).day in self.dropped:
            raise NoSuchDate(day)
        before = current.answers.get(day)
        answer = answer.completed_from(before or current.answer)
        if answer.partstat is PartStat.NEEDS_ACTION:
            return self
        if before is not None and answer.at <= before.at:
            return self
        if current._repeated_on(day, answer):
            return replace(self, answers={**self.answers, day: answer})
        answers = {**current.answers, day: answer}
        return replace(current, answers=answers, dtstamp=self._next_stamp(now))

    def said_apart(
        self, said: Mapping[date, PartStat | None], *, at: datetime, via: Via
    ) -> dict[date, Answer]:
        """What is new in what the guest says of single dates; None is the same as the rest.

        The same as a rest that is not answered is no answer.
        """
        offered = self.line is Line.OFFERED
        rest = self.answer.partstat if self.answer and not offered else PartStat.NEEDS_ACTION
        heads = self.answer.heads if self.answer else 1
        known = {day: answer.partstat for day, answer in self.answers.items()}
        return {
            day: Answer(partstat or rest, at=at, via=via, heads=heads)
            for day, partstat in said.items()
            if (partstat or rest) not in {PartStat.NEEDS_ACTION, known.get(day, rest)}
        }

    def without_date(self, day: date, *, gathering: Gathering, now: datetime) -> Invitation:
        """This guest is not invited to one date of a series; the same value if they were not.

        Raises `NoSuchDate`, `OnlyDateLeft`, `IsCancelled` or `NotInvited`.
        """
        current = self.updated(gathering, now=now)
        if day in self.dropped:
            return self
        gathering.date_on(day)
        left = {one.day for one in gathering.dates} - {*self.dropped, day}
        if not gathering.plan.repeats:
            raise NoSuchDate(day)
        if not left:
            raise OnlyDateLeft
        return replace(
            current,
            dropped=tuple(sorted({*self.dropped, day})),
            sequence=self.sequence + 1,
            dtstamp=self._next_stamp(now),
        )

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
            waiting_since=None if asked_again else self.waiting_since,
            offered_until=None if asked_again else self._offer_before(gathering),
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
            self,
            dtstamp=self._next_stamp(now),
            sequence=self.sequence + 1,
            removed=True,
            waiting_since=None,
            offered_until=None,
        )

    def told_again(self, *, now: datetime) -> Invitation:
        """What this guest knows, in a newer version: only a newer DTSTAMP makes programs read."""
        return replace(self, dtstamp=self._next_stamp(now))

    def remembered(self) -> Invitation:
        """This guest is reminded once more."""
        return replace(self, reminded=self.reminded + 1)

    def _offer_before(self, gathering: Gathering) -> datetime | None:
        """The term of an offered place, which ends when the gathering starts at the latest."""
        if self.offered_until is None:
            return None
        return min(self.offered_until, gathering.plan.starts_at)

    def _repeated_by(self, answer: Answer) -> bool:
        """Whether an answer says nothing new; a yes to an offer does, and agreeing to move up."""
        if self.answer is None or self.line is Line.OFFERED:
            return False
        agrees = self.line is Line.WAITING and answer.moves_up != self.answer.moves_up
        return answer.says_the_same_as(self.answer) and not agrees

    def _repeated_on(self, day: date, answer: Answer) -> bool:
        """Whether an answer for one date of a series says nothing new."""
        if answer.partstat is not self.partstat_on(day):
            return False
        as_many = self.heads_on(day) in {0, answer.heads}
        return as_many and answer.remark in {"", self.remark_on(day)}

    def _next_stamp(self, now: datetime) -> datetime:
        """Later than any earlier one also when the clock is not: DTSTAMP counts whole seconds."""
        return max(now, self.dtstamp + timedelta(seconds=1)).replace(microsecond=0)

    def _check_invited(self, gathering: Gathering) -> None:
        if gathering.state is GatheringState.CANCELLED:
            raise IsCancelled
        if self.removed:
            raise NotInvited
