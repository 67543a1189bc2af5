"""A recurrence: on which days a gathering comes back, and what became of single dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count as counted
from itertools import islice

MAX_DATES = 60
"""A weekly gathering for over a year: as many as a page and a mail can still show."""

MAX_EVERY = 12
MAX_MONTH_DAY = 28
"""The last day that every month has."""

LAST = -1
"""The position of the last weekday of a month; others count from 1."""

_MAX_POSITION = 4


class Pattern(StrEnum):
    """How a gathering comes back; every calendar program can hold these, Outlook included."""

    WEEKLY = "weekly"
    BY_WEEKDAY = "by_weekday"
    BY_LAST_WEEKDAY = "by_last_weekday"
    BY_DATE = "by_date"


class NotARecurrence(ValueError):
    """It must come back every 1 to `MAX_EVERY` weeks or months, and have one kind of end."""


class TooManyDates(ValueError):
    """A series has at most `MAX_DATES` dates."""


class TooFewDates(ValueError):
    """A series has two dates or more: it ends before it comes back."""


class NotInEveryMonth(ValueError):
    """Some months have no such day: the 29th to 31st, or a fifth weekday."""


class NotTheLastWeekday(ValueError):
    """The first date is not the last such weekday of its month."""


@dataclass(frozen=True)
class Occurrence:
    """One date of a series, in wall-clock times; `day` is the day that its rule gives it.

    The day stays its name when it is moved to another day or hour.
    """

    day: date
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Recurrence:
    """Every so many weeks or months, up to and including a day, or a number of times.

    Which weekday, which one of the month or which date follows from the first date.
    """

    pattern: Pattern
    every: int = 1
    until: date | None = None
    count: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.every <= MAX_EVERY or (self.until is None) == (self.count == 0):
            raise NotARecurrence
        if self.count > MAX_DATES:
            raise TooManyDates

    def days(self, first: date) -> tuple[date, ...]:
        """The days of a series that begins on this one, in order.

        Raises `TooManyDates`, `TooFewDates`, `NotInEveryMonth` or `NotTheLastWeekday`.
        """
        self._check_first(first)
        days = tuple(islice(self._days_from(first), self.count or MAX_DATES + 1))
        if len(days) > MAX_DATES:
            raise TooManyDates
        if len(days) < 2:
            raise TooFewDates
        return days

    def position(self, first: date) -> int:
        """Which of its weekdays in the month the first date is: 1 to 4, or `LAST`."""
        return LAST if self.pattern is Pattern.BY_LAST_WEEKDAY else _position(first)

    def _check_first(self, first: date) -> None:
        match self.pattern:
            case Pattern.BY_DATE if first.day > MAX_MONTH_DAY:
                raise NotInEveryMonth
            case Pattern.BY_WEEKDAY if _position(first) > _MAX_POSITION:
                raise NotInEveryMonth
            case Pattern.BY_LAST_WEEKDAY if (first + timedelta(weeks=1)).month == first.month:
                raise NotTheLastWeekday

    def _days_from(self, first: date) -> Iterator[date]:
        """Every day up to the end, or the end of all calendars."""
        for step in counted(0, self.every):
            try:
                day = self._day_after(first, step)
            except (OverflowError, ValueError):
                return
            if self.until is not None and day > self.until:
                return
            yield day

    def _day_after(self, first: date, step: int) -> date:
        """The day so many weeks or months later."""
        if self.pattern is Pattern.WEEKLY:
            return first + timedelta(weeks=step)
        months = first.month - 1 + step
        start = date(first.year + months // 12, months % 12 + 1, 1)
        if self.pattern is Pattern.BY_DATE:
            return start.replace(day=first.day)
        ahead = (first.weekday() - start.weekday()) % 7
        day = start + timedelta(days=ahead)
        if self.pattern is Pattern.BY_WEEKDAY:
            return day + timedelta(weeks=_position(first) - 1)
        last = day + timedelta(weeks=_MAX_POSITION)
        return last if last.month == day.month else last - timedelta(weeks=1)


def occurrences(
    repeats: Recurrence | None, *, starts: datetime, ends: datetime
) -> tuple[Occurrence, ...]:
    """Every date of a gathering as its rule has them; just the one when it does not come back.

    Each lasts as long as the first on the clock.
    """
    first, lasts = starts.date(), ends - starts
    days = repeats.days(first) if repeats else (first,)
    begins = [datetime.combine(day, starts.time()) for day in days]
    return tuple(
        Occurrence(day, begin, begin + lasts) for day, begin in zip(days, begins, strict=True)
    )


def standing(
    ruled: Sequence[Occurrence], *, dropped: Sequence[date], moved: Sequence[Occurrence]
) -> tuple[Occurrence, ...]:
    """The dates that go on, as they are now, in order of time."""
    elsewhere = {date.day: date for date in moved}
    kept = [elsewhere.get(date.day, date) for date in ruled if date.day not in set(dropped)]
    return tuple(sorted(kept, key=lambda date: date.starts))


def _position(day: date) -> int:
    return (day.day - 1) // 7 + 1
