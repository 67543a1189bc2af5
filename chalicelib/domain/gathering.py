"""A gathering: a celebration with honourees, guests, and hosts from both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from chalicelib.domain.calendar_rules import check_local_time
from chalicelib.domain.plan import EndsBeforeStart, Plan
from chalicelib.domain.recurrence import Occurrence, standing

FURTHEST_AHEAD = timedelta(days=3653)
"""Ten years: a date further ahead is a slip of the pen."""


class GatheringState(StrEnum):
    """Where a gathering stands. It is *held* once its end has passed: nobody has to say so."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"


class NoSuchDate(LookupError):
    """The series has no such date, or it was dropped."""


class OnlyDateLeft(Exception):
    """The last date that is left is not dropped: the whole gathering is cancelled instead."""


class CrossesAnotherDate(ValueError):
    """A moved date stays between its neighbours; holds the one it would cross."""

    def __init__(self, crossed: Occurrence) -> None:
        super().__init__(crossed.day)
        self.crossed = crossed


class InThePast(ValueError):
    """A gathering must still have to start."""


class TooFarAhead(ValueError):
    """A gathering must start within `FURTHEST_AHEAD`, on each of its dates."""


class IsCancelled(Exception):
    """A cancelled gathering cannot be changed, announced or answered."""


class IsOver(Exception):
    """A gathering that has ended cannot be changed or cancelled any more."""


class Aspect(StrEnum):
    """What a change to a gathering is about, as its guests are told."""

    TIME = "time"
    DATES = "dates"
    PLACE = "place"
    TITLE = "title"
    TEXT = "text"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Change:
    """One change that guests are told of; `asks_again` when they must answer anew.

    `days` name the dates of a series that were dropped, moved or restored.
    """

    aspects: tuple[Aspect, ...]
    asks_again: bool = False
    days: tuple[date, ...] = ()


@dataclass(frozen=True)
class Gathering:
    """A planned celebration.

    Of a series, `dropped` are the days on which it does not go on, and `moved` the dates that are
    at another time than its rule says.

    `history` holds every change since it was planned, oldest first. Each invitation keeps how
    many of them its guest knows, so that whoever missed two is told of both at once. `changed_at`
    is when it became as it is now, `announced_at` when guests were first invited.
    """

    partnership: str
    id: str
    plan: Plan
    organiser: str = ""
    state: GatheringState = GatheringState.DRAFT
    history: tuple[Change, ...] = ()
    changed_at: datetime | None = None
    dropped: tuple[date, ...] = ()
    moved: tuple[Occurrence, ...] = ()
    announced_at: datetime | None = None
    version: int = 0

    @property
    def dates(self) -> tuple[Occurrence, ...]:
        """Every date that goes on, as it is now, in order of time."""
        return standing(self.plan.dates, dropped=self.dropped, moved=self.moved)

    def next_starts_at(self, now: datetime) -> datetime:
        """The instant its next date starts, in UTC; its last one when none is to come."""
        starts = (self.plan.instant(one.starts) for one in self.dates)
        return next((at for at in starts if at > now), self.last_starts_at)

    @property
    def last_starts_at(self) -> datetime:
        """The instant its last date starts, in UTC."""
        return self.plan.instant(self.dates[-1].starts)

    @property
    def last_ends_at(self) -> datetime:
        """The instant its last date ends, in UTC."""
        return self.plan.instant(self.dates[-1].ends)

    @property
    def revision(self) -> int:
        """How many changes there were."""
        return len(self.history)

    def changed_since(self, revision: int) -> tuple[Aspect, ...]:
        """What is different for somebody who knows the gathering as it was at that revision."""
        changed = {aspect for change in self.history[revision:] for aspect in change.aspects}
        return tuple(aspect for aspect in Aspect if aspect in changed)

    def days_changed_since(self, revision: int) -> tuple[date, ...]:
        """Which dates of the series became others since that revision, in order."""
        days = {day for change in self.history[revision:] for day in change.days}
        return tuple(one.day for one in self.plan.dates if one.day in days)

    def moved_since(self, revision: int) -> bool:
        """Whether calendars hold another time than that of now: SEQUENCE counts these."""
        return not {Aspect.TIME, Aspect.DATES}.isdisjoint(self.changed_since(revision))

    def asked_again_since(self, revision: int) -> bool:
        """Whether an answer given at that revision no longer counts."""
        return any(change.asks_again for change in self.history[revision:])

    def uid(self, *, domain: str) -> str:
        """The calendar UID: one for the gathering's life, never reused (RFC 7986 section 5.3)."""
        return f"{self.id}@{domain}"

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended; a series when its last date has."""
        return now >= self.last_ends_at

    def gives_places(self, now: datetime) -> bool:
        """Whether a place that comes free goes to whoever waits: not once it began or is off."""
        return self.state is GatheringState.ANNOUNCED and now < self.plan.starts_at

    def announced(self, *, now: datetime) -> Gathering:
        """draft → announced: guests are invited. Announcing twice changes nothing."""
        self._check_alive(now)
        if self.state is GatheringState.ANNOUNCED:
            return self
        return replace(self, state=GatheringState.ANNOUNCED, announced_at=now)

    def changed(self, plan: Plan, *, ask_again: bool, now: datetime) -> Gathering:
        """The same gathering under another plan.

        Guests are told of another time, place, title or text. `ask_again` voids their answers, and
        only another time can. Another time must still come; what keeps its time may change until
        it is over. Raises `InThePast`, `TooFarAhead`, `IsCancelled` or `IsOver`.
        """
        self._check_alive(now)
        aspects = _differences(self.plan, plan)
        if Aspect.TIME in aspects:
            _check_new_time(self.plan, plan, now=now)
        change = Change(aspects, asks_again=ask_again and Aspect.TIME in aspects)
        after = self._under(plan)
        if not aspects:
            return after
        return replace(after, history=(*self.history, change), changed_at=now)

    def with_date_dropped(self, day: date, *, now: datetime) -> Gathering:
        """The same series, which does not go on that day; the same value if it was dropped before.

        Raises `NoSuchDate`, `OnlyDateLeft`, `IsCancelled` or `IsOver`.
        """
        self._check_alive(now)
        if day in self.dropped:
            return self
        self._check_coming(self.date_on(day), now=now)
        if len(self.dates) == 1:
            raise OnlyDateLeft
        dropped = tuple(sorted({*self.dropped, day}))
        return self._with_dates(dropped, self._moved_except(day), day=day, now=now)

    def with_date_moved(self, moved: Occurrence, *, now: datetime) -> Gathering:
        """The same series, with one date at another time; the same value if it stands there.

        It stays between the dates before and after it, because Outlook holds no other order.
        Raises `NoSuchDate`, `CrossesAnotherDate`, `EndsBeforeStart`, `InThePast`, `IsCancelled`,
        `IsOver`, or what `calendar_rules` refuses.
        """
        self._check_alive(now)
        standing_now = self.date_on(moved.day)
        self._check_coming(standing_now, now=now)
        if moved == standing_now:
            return self
        self._check_moved(moved, now=now)
        elsewhere = () if moved in self.plan.dates else (moved,)
        return self._with_dates(
            self.dropped, (*self._moved_except(moved.day), *elsewhere), day=moved.day, now=now
        )

    def with_date_restored(self, day: date, *, now: datetime) -> Gathering:
        """The same series with this date as its rule has it; the same value if it is.

        Raises `NoSuchDate`, `CrossesAnotherDate`, `InThePast`, `IsCancelled` or `IsOver`.
        """
        self._check_alive(now)
        ruled = self._ruled(day)
        if ruled in self.dates:
            return self
        self._check_moved(ruled, now=now)
        dropped = tuple(other for other in self.dropped if other != day)
        return self._with_dates(dropped, self._moved_except(day), day=day, now=now)

    def day_of(self, start: str) -> date:
        """The day by whose name a date goes, of its start by the rule as local ISO time.

        Raises `NoSuchDate`, also for a date that was dropped.
        """
        for ruled in self.plan.dates:
            if self.plan.repeats and ruled.starts.isoformat() == start:
                return self.date_on(ruled.day).day
        raise NoSuchDate(start)

    def date_on(self, day: date) -> Occurrence:
        """The date that its rule has on this day, as it is now; raises `NoSuchDate`."""
        for found in self.dates:
            if found.day == day:
                return found
        raise NoSuchDate(day)

    def cancelled(self, *, now: datetime) -> Gathering:
        """draft or announced → cancelled: everybody invited is told."""
        self._check_alive(now)
        history = (*self.history, Change((Aspect.CANCELLED,)))
        return replace(self, state=GatheringState.CANCELLED, history=history, changed_at=now)

    def _ruled(self, day: date) -> Occurrence:
        for ruled in self.plan.dates:
            if ruled.day == day and self.plan.repeats:
                return ruled
        raise NoSuchDate(day)

    def _moved_except(self, day: date) -> tuple[Occurrence, ...]:
        return tuple(other for other in self.moved if other.day != day)

    def _with_dates(
        self,
        dropped: tuple[date, ...],
        moved: tuple[Occurrence, ...],
        *,
        day: date,
        now: datetime,
    ) -> Gathering:
        history = (*self.history, Change((Aspect.DATES,), days=(day,)))
        ordered = tuple(sorted(moved, key=lambda other: other.day))
        return replace(self, dropped=dropped, moved=ordered, history=history, changed_at=now)

    def _under(self, plan: Plan) -> Gathering:
        """Under another plan, which forgets the dates that it has not, or has no room for."""
        after = replace(self, plan=plan)
        if not (self.dropped or self.moved) or _rule(self.plan) == _rule(plan):
            return after
        days = {ruled.day for ruled in plan.dates} if plan.repeats else set()
        dropped = tuple(day for day in self.dropped if day in days)
        after = replace(after, dropped=dropped if len(dropped) < len(days) else (), moved=())
        same_kind = (self.plan.all_day, self.plan.time_zone) == (plan.all_day, plan.time_zone)
        for moved in self.moved:
            if same_kind and moved.day in days and after._crossed_by(moved) is None:
                after = replace(after, moved=(*after.moved, moved))
        return after

    def _check_coming(self, found: Occurrence, *, now: datetime) -> None:
        if not self.plan.repeats:
            raise NoSuchDate(found.day)
        if self.plan.instant(found.ends) <= now:
            raise InThePast

    def _check_moved(self, moved: Occurrence, *, now: datetime) -> None:
        """A date that can be meant, on a day of its own between its neighbours."""
        for local in (moved.starts, moved.ends):
            check_local_time(local, time_zone=self.plan.time_zone)
        starts_at = self.plan.instant(moved.starts)
        if self.plan.instant(moved.ends) <= starts_at:
            raise EndsBeforeStart
        if starts_at <= now:
            raise InThePast
        if crossed := self._crossed_by(moved):
            raise CrossesAnotherDate(crossed)

    def _crossed_by(self, moved: Occurrence) -> Occurrence | None:
        """The neighbour that a moved date would overlap, pass, or share its day with, if any."""
        before = [other for other in self.dates if other.day < moved.day]
        after = [other for other in self.dates if other.day > moved.day]
        for earlier, later in pairwise([*before[-1:], moved, *after[:1]]):
            overlap = later.starts < earlier.ends
            if overlap or later.starts.date() <= earlier.starts.date():
                return earlier if later == moved else later
        return None

    def _check_alive(self, now: datetime) -> None:
        if self.state is GatheringState.CANCELLED:
            raise IsCancelled
        if self.is_over(now):
            raise IsOver


def plan_gathering(gathering: Gathering, *, now: datetime) -> Gathering:
    """A new gathering; raises `InThePast` or `TooFarAhead` for a time that cannot be meant."""
    check_in_future(gathering.plan, now=now)
    return replace(gathering, changed_at=now)


def check_in_future(plan: Plan, *, now: datetime) -> None:
    """Refuse a plan whose start has passed or is years away: `InThePast`, `TooFarAhead`."""
    if plan.starts_at <= now:
        raise InThePast
    if plan.instant(plan.dates[-1].starts) > now + FURTHEST_AHEAD:
        raise TooFarAhead


def _check_new_time(old: Plan, new: Plan, *, now: datetime) -> None:
    """Another time must still come, but a series that began may go on from its same first day."""
    goes_on = old.repeats and new.repeats and old.starts.date() == new.starts.date()
    if not goes_on:
        check_in_future(new, now=now)
    elif new.instant(new.dates[-1].starts) <= now:
        raise InThePast
    elif new.instant(new.dates[-1].starts) > now + FURTHEST_AHEAD:
        raise TooFarAhead


def _differences(old: Plan, new: Plan) -> tuple[Aspect, ...]:
    differs = {
        Aspect.TIME: _rule(old) != _rule(new),
        Aspect.PLACE: old.place != new.place,
        Aspect.TITLE: old.title != new.title,
        Aspect.TEXT: (old.text, old.hosts, old.honourees) != (new.text, new.hosts, new.honourees),
    }
    return tuple(aspect for aspect, changed in differs.items() if changed)


def _rule(plan: Plan) -> tuple[object, ...]:
    """When it is, as calendars keep it: two instants, or the clock of a place for a series."""
    if plan.repeats is None and not plan.all_day:
        return plan.starts_at, plan.ends_at
    return plan.starts, plan.ends, plan.time_zone, plan.all_day, plan.repeats
