"""What a gathering is: all that its guests are told, and how much that can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise

from chalicelib.domain.calendar_rules import check_local_time, instant
from chalicelib.domain.people import MAX_NAME_LENGTH, Language
from chalicelib.domain.recurrence import Occurrence, Recurrence, occurrences

MAX_TITLE_LENGTH = 120
MAX_PLACE_LENGTH = 200
MAX_TEXT_LENGTH = 2000
MAX_HOSTS = 10
MAX_CELEBRATED = 20
"""Whether each of them still agrees is looked up whenever the gathering is shown."""

MAX_REMINDER_DAYS = 60
MAX_SEATS = 10_000
NO_LIMIT = 1_000_000_000
"""How many seats are free where they are not counted: more than anybody can ask for."""

MAX_ANSWER_HOURS = 14 * 24


class EndsBeforeStart(ValueError):
    """A gathering must end after it starts."""


class NotWholeDays(ValueError):
    """What lasts all day goes from midnight to midnight."""


class ClockChangesDuring(ValueError):
    """On one date of a series the clock changes while it goes on, so it would last an hour less or
    more than the others; calendar programs disagree about which. Names the day."""


class DatesOverlap(ValueError):
    """A date of a series must be over before the next one starts."""


class TooMuch(ValueError):
    """A plan says more, or names more people, than a mail and a page can hold; names the field."""


class NotANumberOfDays(ValueError):
    """A reminder goes from 1 to `MAX_REMINDER_DAYS` days before the start; 0 is never."""


class NotANumberOfSeats(ValueError):
    """A gathering has at most `MAX_SEATS` seats; 0 says that they are not counted."""


class NotATerm(ValueError):
    """An offered place is kept for an hour at least and for `MAX_ANSWER_HOURS` at most."""


class SeatsOfASeries(ValueError):
    """Seats are counted once for a whole gathering, so what comes back has no limited number."""


@dataclass(frozen=True)
class Celebrated:
    """One honouree of the gathering, from the thanked nomination they were picked from."""

    nomination: str
    honouree: str
    name: str


@dataclass(frozen=True)
class Plan:
    """What a gathering is: all that guests are told.

    `starts` and `ends` are naive wall-clock times in `time_zone`, of the first date when it
    `repeats`; what lasts `all_day` starts at midnight and ends at the midnight after its last day.
    `text` is what the guests read, per language. `seats` is for how many people there is room, 0
    when they are not counted; a place that comes free is kept `answer_within_hours` for whoever it
    is offered to.

    Building one refuses times that the clock skips or repeats, on any of its dates
    (`calendar_rules.NoSuchLocalTime`, `AmbiguousLocalTime`, `ClockChangesDuring`), an end before
    the start, dates that overlap or that its recurrence cannot have, more than `MAX_…` allows
    (`TooMuch`), and seats or hours that no gathering has (`NotANumberOfSeats`, `NotATerm`,
    `SeatsOfASeries`).
    """

    title: str
    place: str
    starts: datetime
    ends: datetime
    time_zone: str
    text: Mapping[Language, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    honourees: tuple[Celebrated, ...] = ()
    remind_silent_days: int = 7
    remind_coming_days: int = 1
    all_day: bool = False
    repeats: Recurrence | None = None
    public: bool = False
    seats: int = 0
    answer_within_hours: int = 48

    def __post_init__(self) -> None:
        self._check_sizes()
        self._check_reminders()
        self._check_seats()
        self._check_times()
        if self.repeats:
            self._check_dates()

    @property
    def dates(self) -> tuple[Occurrence, ...]:
        """Every date as its recurrence has them, in order; just the one when there is none."""
        return occurrences(self.repeats, starts=self.starts, ends=self.ends)

    @property
    def starts_at(self) -> datetime:
        """The instant it starts, on its first date, in UTC."""
        return self.instant(self.starts)

    @property
    def ends_at(self) -> datetime:
        """The instant it ends, on its first date, in UTC."""
        return self.instant(self.ends)

    def instant(self, local: datetime) -> datetime:
        """The instant of a wall-clock time of this gathering, in UTC."""
        return instant(local, time_zone=self.time_zone)

    def free_seats(self, *, taken: int) -> int:
        """How many seats are left; fewer than none once a lower number was planned."""
        return self.seats - taken if self.seats else NO_LIMIT

    def answer_until(self, now: datetime) -> datetime:
        """Until when a place offered now is kept: never longer than until the start."""
        return min(now + timedelta(hours=self.answer_within_hours), self.starts_at)

    def text_in(self, language: Language) -> str:
        """The text for readers of a language, or the other language's where that one is empty."""
        return self.text.get(language) or next(iter(filter(None, self.text.values())), "")

    def _check_times(self) -> None:
        if self.all_day and {self.starts.time(), self.ends.time()} != {time()}:
            raise NotWholeDays
        check_local_time(self.starts, time_zone=self.time_zone)
        check_local_time(self.ends, time_zone=self.time_zone)
        if self.ends_at <= self.starts_at:
            raise EndsBeforeStart

    def _check_seats(self) -> None:
        if not 0 <= self.seats <= MAX_SEATS:
            raise NotANumberOfSeats(self.seats)
        if not 1 <= self.answer_within_hours <= MAX_ANSWER_HOURS:
            raise NotATerm(self.answer_within_hours)
        if self.seats and self.repeats:
            raise SeatsOfASeries

    def _check_dates(self) -> None:
        """Each date must mean the same in every calendar: those show the first one's length."""
        lasts = self.ends_at - self.starts_at
        dates = self.dates
        for one in dates:
            check_local_time(one.starts, time_zone=self.time_zone)
            check_local_time(one.ends, time_zone=self.time_zone)
            if not self.all_day and self.instant(one.ends) - self.instant(one.starts) != lasts:
                raise ClockChangesDuring(one.starts)
        for before, after in pairwise(dates):
            if after.starts < before.ends:
                raise DatesOverlap

    def _check_sizes(self) -> None:
        too_much = {
            "title": len(self.title) > MAX_TITLE_LENGTH,
            "place": len(self.place) > MAX_PLACE_LENGTH,
            "text": any(len(text) > MAX_TEXT_LENGTH for text in self.text.values()),
            "hosts": len(self.hosts) > MAX_HOSTS
            or any(len(host) > MAX_NAME_LENGTH for host in self.hosts),
            "honourees": len(self.honourees) > MAX_CELEBRATED,
        }
        for name, is_too_much in too_much.items():
            if is_too_much:
                raise TooMuch(name)

    def _check_reminders(self) -> None:
        for days in (self.remind_silent_days, self.remind_coming_days):
            if not 0 <= days <= MAX_REMINDER_DAYS:
                raise NotANumberOfDays(days)
