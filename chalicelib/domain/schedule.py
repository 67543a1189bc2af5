"""When something that can wait is done: on a working day, in waking hours, by the local clock.

Everything here is about the wall clock of one partnership, so that both clock changes are left to
`calendar_rules`: an hour that comes twice names the same occasion, one that never comes is late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from chalicelib.domain.calendar_rules import instant, local_time

_DAY = timedelta(days=1)
_SATURDAY = 5
_LOOK_BACK = 21
"""How many days back the newest occasion may lie: a week, moved past the longest holidays."""


@dataclass(frozen=True)
class QuietHours:
    """The hours in which nobody gets mail that can wait: from one hour to the other.

    They may go past midnight; equal hours are none at all.
    """

    starts: int = 20
    ends: int = 8

    def holds(self, hour: int) -> bool:
        """Whether it is quiet in this hour of the day."""
        if self.starts <= self.ends:
            return self.starts <= hour < self.ends
        return hour >= self.starts or hour < self.ends


@dataclass(frozen=True)
class Schedule:
    """Something done every day, or on one day of the week (Monday is 1), at an hour.

    An occasion that comes in quiet hours or on a day off waits until they are over. One that was
    missed is caught up for as long as `patience`, and then left to the next.
    """

    hour: int
    weekday: int = 0
    patience: timedelta = _DAY - timedelta(hours=1)

    def falls_on(self, day: date) -> bool:
        """Whether it has an occasion on this day, before days off are looked at."""
        return self.weekday in {0, day.isoweekday()}


def waking(moment: datetime, *, quiet: QuietHours) -> datetime:
    """The first moment from this one on, both local and naive, at which mail may come.

    After quiet hours that is when they end; on a day off, the same time of the next working day.
    """
    if quiet.holds(moment.hour):
        over = datetime.combine(moment.date(), time(quiet.ends))
        moment = over if over > moment else over + _DAY
    while not is_working_day(moment.date()):
        moment += _DAY
    return moment


def later(instant_: datetime, *, days: int, time_zone: str, quiet: QuietHours) -> datetime:
    """The instant, so many days later, at which mail that can wait may come in that zone."""
    local = local_time(instant_, time_zone=time_zone).replace(tzinfo=None)
    return instant(waking(local + days * _DAY, quiet=quiet), time_zone=time_zone)


def occasion(schedule: Schedule, *, local: datetime, quiet: QuietHours) -> date | None:
    """The occasion to act on at this local time, by the day that names it; None for none.

    The same one is given again and again for as long as it may be caught up: whoever acts on it
    writes down its day, and does so once.
    """
    if waking(local, quiet=quiet) != local:
        return None
    for back in range(_LOOK_BACK):
        day = local.date() - back * _DAY
        if not schedule.falls_on(day):
            continue
        opens = waking(datetime.combine(day, time(schedule.hour)), quiet=quiet)
        if opens <= local:
            return day if local - opens <= schedule.patience else None
    return None


def comes_round(since: date, *, after: date, until: date, every: int = 7) -> bool:
    """Whether something that began on `since` is due again on a day after `after`, to `until`.

    It is due on the day itself, and then every so many days.
    """
    return _rounds(since, until, every) > max(_rounds(since, after, every), -1)


def anniversary(start: date, *, after: date, until: date) -> int:
    """The years since `start`, if it was on a day after `after`, up to `until`; 0 if not.

    Who began on 29 February celebrates on 1 March in years without that day.
    """
    years = until.year - start.year
    for passed in (years, years - 1):
        if passed > 0 and after < _same_day(start, start.year + passed) <= until:
            return passed
    return 0


def is_working_day(day: date) -> bool:
    """Whether it is neither Saturday, Sunday nor a public holiday in the Netherlands."""
    return day.weekday() < _SATURDAY and not is_holiday(day)


def is_holiday(day: date) -> bool:
    """Whether Dutch law counts this day as a public holiday (Algemene termijnenwet, article 3).

    Good Friday is one, because that article puts it on a par. Liberation Day is one every year,
    although many people only have it off once in five.
    """
    easter = easter_sunday(day.year)
    moving = {easter + days * _DAY for days in (-2, 0, 1, 39, 49, 50)}
    fixed = {(1, 1), (5, 5), (12, 25), (12, 26)}
    return day in moving or (day.month, day.day) in fixed or day == _kings_day(day.year)


def easter_sunday(year: int) -> date:
    """Easter by the Gregorian calendar, as Butcher's algorithm finds it."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    quarters, left = divmod(of_century, 4)
    sunday = (32 + 2 * rest + 2 * quarters - epact - left) % 7
    late = (golden + 11 * epact + 22 * sunday) // 451
    month, before = divmod(epact + sunday - 7 * late + 114, 31)
    return date(year, month, before + 1)


def _kings_day(year: int) -> date:
    """27 April, or the day before when that is a Sunday."""
    day = date(year, 4, 27)
    return day - _DAY if day.isoweekday() == 7 else day


def _rounds(since: date, day: date, every: int) -> int:
    return (day - since).days // every


def _same_day(start: date, year: int) -> date:
    try:
        return start.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
