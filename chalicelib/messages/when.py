"""When a gathering is, as pages and mails say it: once, all day, or on the dates of a series."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Invitation, PartStat
from chalicelib.domain.recurrence import Occurrence, Recurrence, occurrences, standing

MAX_LISTED = 8
"""How many coming dates a mail lists; a reader's own page has them all."""


@dataclass(frozen=True)
class DateLine:
    """One date of a series, in local times; `partstat` is the reader's answer to it alone, if any.

    `day` is the day that the rule gives it, which names it.
    """

    day: date
    starts: datetime
    ends: datetime
    moved: bool
    partstat: str = ""


@dataclass(frozen=True)
class DateNews:
    """What became of one date of a series: dropped, uninvited, moved or restored."""

    day: date
    became: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class When:
    """The time of a gathering, or of a series' next date, with the rule of the series in parts.

    `day` is the series' first by its rule, which the rule's words follow; `dates` are the ones
    that go on and are not over.
    """

    starts: datetime
    ends: datetime
    all_day: bool
    pattern: str
    every: int
    position: int
    day: date
    first: date
    last: date
    dates: tuple[DateLine, ...]

    @property
    def last_day(self) -> date:
        """The day on which it ends; what lasts all day ends at the midnight after it."""
        return (self.ends - timedelta(microseconds=1)).date() if self.all_day else self.ends.date()


@dataclass(frozen=True)
class Times:
    """A gathering's times in one place: its rule, and the dates that are not as the rule has them.

    `starts` and `ends` are wall-clock times of the first date. `dropped` are days that do not go
    on, and `uninvited` those that only this reader has not.
    """

    starts: datetime
    ends: datetime
    all_day: bool
    repeats: Recurrence | None
    dropped: Collection[date]
    moved: Sequence[Occurrence]
    uninvited: Collection[date]
    answers: Mapping[date, PartStat]

    @property
    def excluded(self) -> tuple[date, ...]:
        """The days of the series that the reader has not, for whichever reason."""
        without = {*self.dropped, *self.uninvited}
        return tuple(one.day for one in self.ruled if one.day in without)

    @property
    def ruled(self) -> tuple[Occurrence, ...]:
        """Every date as the rule has it."""
        return occurrences(self.repeats, starts=self.starts, ends=self.ends)

    def when(self, *, since: datetime) -> When:
        """How it is said to somebody who reads it at this local time."""
        ruled = self.ruled
        dates = standing(ruled, dropped=self.excluded, moved=self.moved) or ruled
        coming = [one for one in dates if one.ends > since] or [dates[-1]]
        repeats = self.repeats
        return When(
            starts=coming[0].starts,
            ends=coming[0].ends,
            all_day=self.all_day,
            pattern=repeats.pattern.value if repeats else "",
            every=repeats.every if repeats else 0,
            position=repeats.position(self.starts.date()) if repeats else 0,
            day=self.starts.date(),
            first=dates[0].starts.date(),
            last=dates[-1].starts.date(),
            dates=tuple(self._line(one, ruled) for one in coming) if repeats else (),
        )

    def news(self, days: Collection[date]) -> tuple[DateNews, ...]:
        """What became of these dates of the series."""
        elsewhere = {one.day: one for one in self.moved}
        return tuple(
            DateNews(one.day, self._became(one.day), now.starts, now.ends)
            for one in self.ruled
            if one.day in days
            for now in (elsewhere.get(one.day, one),)
        )

    def _line(self, one: Occurrence, ruled: Sequence[Occurrence]) -> DateLine:
        said = self.answers.get(one.day)
        return DateLine(one.day, one.starts, one.ends, one not in ruled, said.value if said else "")

    def _became(self, day: date) -> str:
        if day in self.dropped:
            return "dropped"
        if day in self.uninvited:
            return "uninvited"
        return "moved" if day in {one.day for one in self.moved} else "restored"


def when_now(gathering: Gathering, place: Invitation | None = None, *, now: datetime) -> When:
    """When a gathering is, for somebody who looks at this instant."""
    since = local_time(now, time_zone=gathering.plan.time_zone).replace(tzinfo=None)
    return times_of(gathering, place).when(since=since)


def times_of(gathering: Gathering, place: Invitation | None = None) -> Times:
    """The times of a gathering, as one guest has them or as its coordinators do."""
    plan = gathering.plan
    answers = place.answers if place else {}
    return Times(
        starts=plan.starts,
        ends=plan.ends,
        all_day=plan.all_day,
        repeats=plan.repeats,
        dropped=gathering.dropped,
        moved=gathering.moved,
        uninvited=place.dropped if place else (),
        answers={day: answer.partstat for day, answer in answers.items()},
    )
