"""What can wait comes once, by the local clock, in waking hours, on a working day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import dateutil.easter
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.calendar_rules import instant, local_time
from chalicelib.domain.schedule import (
    QuietHours,
    Schedule,
    anniversary,
    comes_round,
    easter_sunday,
    is_holiday,
    is_working_day,
    occasion,
    waking,
)

AMSTERDAM = "Europe/Amsterdam"
QUIET = QuietHours()
ALWAYS_AWAKE = QuietHours(0, 0)
MONDAYS_AT_9 = Schedule(hour=9, weekday=1, patience=timedelta(days=4))
DAILY_AT_9 = Schedule(hour=9)
HOUR = timedelta(hours=1)


def local(at: datetime, *, zone: str = AMSTERDAM) -> datetime:
    return local_time(at, time_zone=zone).replace(tzinfo=None)


def ticks(first: date, last: date, *, minute: int = 0) -> Iterator[datetime]:
    """Every full hour in UTC, from midnight to midnight."""
    at = datetime.combine(first, time(0, minute), UTC)
    while at.date() < last:
        yield at
        at += HOUR


def acted_on(
    schedule: Schedule,
    at: Iterable[datetime],
    *,
    quiet: QuietHours = QUIET,
    zone: str = AMSTERDAM,
) -> dict[date, datetime]:
    """Each occasion, and the local time of the first tick that acted on it, as a job would."""
    done: dict[date, datetime] = {}
    for tick in at:
        day = occasion(schedule, local=local(tick, zone=zone), quiet=quiet)
        if day is not None:
            done.setdefault(day, local(tick, zone=zone))
    return done


def test_every_week_of_a_year_has_its_digest_once_on_a_working_day() -> None:
    done = acted_on(MONDAYS_AT_9, ticks(date(2026, 1, 1), date(2027, 1, 1)))
    mondays = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(52)]
    moved = {day: at.date() for day, at in done.items() if at.date() != day}

    # Last year's last Monday is caught up on the first working day of this one.
    assert set(done) - {date(2025, 12, 29)} == set(mondays)
    assert all(at.time() == time(9) for day, at in done.items() if day.year == 2026)
    assert moved == {
        date(2025, 12, 29): date(2026, 1, 2),
        date(2026, 4, 6): date(2026, 4, 7),
        date(2026, 4, 27): date(2026, 4, 28),
        date(2026, 5, 25): date(2026, 5, 26),
    }


@pytest.mark.parametrize("zone", [AMSTERDAM, "Europe/Lisbon", "Europe/Dublin", "UTC"])
def test_every_working_day_of_a_year_has_its_round_once_at_nine(zone: str) -> None:
    year = list(ticks(date(2026, 1, 2), date(2027, 1, 1)))
    done = acted_on(DAILY_AT_9, year, zone=zone)
    days = {local(tick, zone=zone).date() for tick in year}

    assert sorted(at.date() for at in done.values()) == sorted(filter(is_working_day, days))
    assert {at.time() for at in done.values()} == {time(9)}


@pytest.mark.parametrize(
    ("night", "hour"), [(date(2026, 3, 29), 2), (date(2026, 10, 25), 2), (date(2026, 10, 25), 3)]
)
def test_a_night_on_which_the_clock_changes_has_one_occasion(night: date, hour: int) -> None:
    schedule = Schedule(hour=hour, patience=timedelta(hours=4))
    around = ticks(night - timedelta(days=1), night + timedelta(days=2))

    # Both nights are Sundays, so that what waits for them waits for Monday as well.
    done = acted_on(schedule, around, quiet=ALWAYS_AWAKE)

    assert all(is_working_day(at.date()) for at in done.values())
    assert Counter(at.date() for at in done.values()) == {night + timedelta(days=1): 1}


def test_an_hour_that_comes_twice_names_one_occasion_and_one_that_never_comes_is_late() -> None:
    autumn = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    spring = [datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in (0, 1)]

    assert [local(at).time() for at in autumn] == [time(2, 30), time(2, 30)]
    assert [local(at).time() for at in spring] == [time(1, 30), time(3, 30)]
    # What the wall clock shows decides, so a schedule sees the same moment twice, or a later one.
    assert len({local(at) for at in autumn}) == 1
    assert local(spring[1]) > datetime(2026, 3, 29, 2)


@pytest.mark.parametrize("missed", [1, 5, 26, 73])
def test_missed_ticks_are_caught_up(missed: int) -> None:
    nine = datetime(2026, 11, 23, 8, tzinfo=UTC)
    late = [nine + missed * HOUR + hour * HOUR for hour in range(24)]

    done = acted_on(MONDAYS_AT_9, late)

    assert set(done) == {date(2026, 11, 23)}
    assert not QUIET.holds(done[date(2026, 11, 23)].hour)


def test_after_its_patience_an_occasion_is_left_to_the_next() -> None:
    friday_evening = datetime(2026, 11, 27, 18, tzinfo=UTC)

    assert acted_on(MONDAYS_AT_9, ticks(date(2026, 11, 28), date(2026, 11, 30))) == {}
    assert acted_on(MONDAYS_AT_9, [friday_evening]) == {}


@given(
    missing=st.sets(st.integers(0, 24 * 28 - 1), max_size=200),
    twice=st.sets(st.integers(0, 24 * 28 - 1), max_size=50),
    minute=st.integers(0, 59),
)
def test_late_double_and_missing_ticks_never_make_two_of_one(
    missing: set[int], twice: set[int], minute: int
) -> None:
    month = list(ticks(date(2026, 10, 12), date(2026, 11, 9), minute=minute))
    seen = [
        tick for n, tick in enumerate(month) if n not in missing for _ in range(1 + (n in twice))
    ]
    began: list[date] = []

    for tick in seen:
        day = occasion(MONDAYS_AT_9, local=local(tick), quiet=QUIET)
        if day is not None and day not in began:
            began.append(day)
            assert day.isoweekday() == 1
            assert waking(local(tick), quiet=QUIET) == local(tick)
            assert timedelta() <= local(tick) - datetime.combine(day, time(9)) <= timedelta(days=4)

    assert began == sorted(set(began))


@given(
    day=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    hour=st.integers(0, 23),
    starts=st.integers(0, 23),
    ends=st.integers(0, 23),
)
def test_waking_is_never_quiet_never_a_day_off_and_never_earlier(
    day: date, hour: int, starts: int, ends: int
) -> None:
    moment, quiet = datetime.combine(day, time(hour, 17)), QuietHours(starts, ends)

    found = waking(moment, quiet=quiet)

    assert found >= moment
    assert is_working_day(found.date())
    assert not quiet.holds(found.hour)
    assert waking(found, quiet=quiet) == found


def test_what_can_wait_is_an_instant_in_both_seasons() -> None:
    summer, winter = (datetime(2026, month, 8, 9) for month in (7, 12))

    assert instant(summer, time_zone=AMSTERDAM).hour == 7
    assert instant(winter, time_zone=AMSTERDAM).hour == 8


def test_holidays_are_those_that_a_library_knows() -> None:
    known = holidays.country_holidays(
        "NL", years=range(2014, 2100), categories=("public", "optional")
    )
    first, last = date(2014, 1, 1), date(2099, 12, 31)
    ours = {
        first + timedelta(days=number)
        for number in range((last - first).days + 1)
        if is_holiday(first + timedelta(days=number))
    }

    assert ours == set(known)


def test_easter_is_where_a_library_finds_it() -> None:
    assert all(easter_sunday(year) == dateutil.easter.easter(year) for year in range(1900, 2300))


def test_something_comes_round_on_its_day_and_every_week_after_it() -> None:
    since = date(2026, 11, 18)
    days = [date(2026, 11, 16) + timedelta(days=number) for number in range(20)]

    due = [day for day in days if comes_round(since, after=day - timedelta(days=1), until=day)]

    assert due == [date(2026, 11, 18), date(2026, 11, 25), date(2026, 12, 2)]
    assert comes_round(since, after=date(2026, 11, 13), until=date(2026, 11, 23))


@pytest.mark.parametrize(
    ("start", "after", "until", "years"),
    [
        (date(2020, 11, 22), date(2026, 11, 20), date(2026, 11, 23), 6),
        (date(2020, 11, 20), date(2026, 11, 20), date(2026, 11, 23), 0),
        (date(2020, 12, 31), date(2025, 12, 30), date(2026, 1, 2), 5),
        (date(2024, 2, 29), date(2026, 2, 27), date(2026, 3, 2), 2),
        (date(2024, 2, 29), date(2028, 2, 28), date(2028, 2, 29), 4),
        (date(2026, 11, 23), date(2026, 11, 20), date(2026, 11, 23), 0),
    ],
)
def test_an_anniversary_is_told_on_the_first_day_that_it_can_be(
    start: date, after: date, until: date, years: int
) -> None:
    assert anniversary(start, after=after, until=until) == years
