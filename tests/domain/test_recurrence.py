"""Recurrences: the days they give, held against another reader of the same rules, and refusals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.recurrence import (
    MAX_DATES,
    NotARecurrence,
    NotInEveryMonth,
    NotTheLastWeekday,
    Occurrence,
    Pattern,
    Recurrence,
    TooFewDates,
    TooManyDates,
    occurrences,
    standing,
)

TUESDAY = date(2027, 1, 12)
"""The second Tuesday of its month."""


def days(pattern: Pattern, first: date = TUESDAY, *, count: int = 3, every: int = 1) -> list[str]:
    found = Recurrence(pattern, every=every, count=count).days(first)
    return [f"{day:%d-%m}" for day in found]


def test_a_gathering_comes_back_every_week_or_every_other_one() -> None:
    assert days(Pattern.WEEKLY) == ["12-01", "19-01", "26-01"]
    assert days(Pattern.WEEKLY, every=2) == ["12-01", "26-01", "09-02"]


def test_a_gathering_comes_back_every_month_on_its_weekday_or_date() -> None:
    assert days(Pattern.BY_WEEKDAY) == ["12-01", "09-02", "09-03"]
    assert days(Pattern.BY_DATE, every=2) == ["12-01", "12-03", "12-05"]


def test_the_last_friday_may_be_a_fourth_or_a_fifth_one() -> None:
    last = date(2027, 1, 29)

    assert days(Pattern.BY_LAST_WEEKDAY, last, count=4) == ["29-01", "26-02", "26-03", "30-04"]


def test_the_last_day_may_be_a_date_of_the_series_itself() -> None:
    weekly = Recurrence(Pattern.WEEKLY, until=date(2027, 1, 26))

    assert weekly.days(TUESDAY)[-1] == date(2027, 1, 26)


@pytest.mark.parametrize(
    ("pattern", "first", "problem"),
    [
        (Pattern.BY_DATE, date(2027, 1, 29), NotInEveryMonth),
        (Pattern.BY_DATE, date(2027, 1, 31), NotInEveryMonth),
        (Pattern.BY_WEEKDAY, date(2027, 1, 29), NotInEveryMonth),
        (Pattern.BY_LAST_WEEKDAY, TUESDAY, NotTheLastWeekday),
    ],
)
def test_a_day_that_some_months_lack_is_refused(
    pattern: Pattern, first: date, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        Recurrence(pattern, count=3).days(first)


def test_a_series_has_two_dates_or_more_and_an_end_in_sight() -> None:
    with pytest.raises(TooFewDates):
        Recurrence(Pattern.WEEKLY, until=date(2027, 1, 18)).days(TUESDAY)
    with pytest.raises(TooFewDates):
        Recurrence(Pattern.WEEKLY, count=1).days(TUESDAY)
    with pytest.raises(TooManyDates):
        Recurrence(Pattern.WEEKLY, count=MAX_DATES + 1)
    with pytest.raises(TooManyDates):
        Recurrence(Pattern.WEEKLY, until=date(2029, 1, 1)).days(TUESDAY)


@pytest.mark.parametrize(
    ("every", "until", "count"),
    [(0, None, 3), (13, None, 3), (1, None, 0), (1, date(2027, 3, 1), 3)],
)
def test_a_recurrence_has_one_step_and_one_end(every: int, until: date | None, count: int) -> None:
    with pytest.raises(NotARecurrence):
        Recurrence(Pattern.WEEKLY, every=every, until=until, count=count)


def test_no_series_goes_beyond_the_end_of_all_calendars() -> None:
    assert len(Recurrence(Pattern.WEEKLY, count=9).days(date(9999, 12, 20))) == 2
    with pytest.raises(TooFewDates):
        Recurrence(Pattern.BY_DATE, count=9).days(date(9999, 12, 20))


@given(
    first=st.dates(date(2025, 1, 1), date(2040, 1, 1)),
    pattern=st.sampled_from(Pattern),
    every=st.integers(1, 12),
    count=st.integers(2, MAX_DATES),
    until_too=st.booleans(),
)
def test_the_days_are_those_of_the_rule_that_calendars_get(
    first: date, pattern: Pattern, every: int, count: int, until_too: bool
) -> None:
    expected = _by_dateutil(first, pattern, every, count)
    end = {"until": expected[-1]} if until_too else {"count": count}
    recurrence = Recurrence(pattern, every=every, **end)

    try:
        found = recurrence.days(first)
    except (NotInEveryMonth, NotTheLastWeekday):
        assert pattern is not Pattern.WEEKLY
        assert first.day > 28 or pattern is Pattern.BY_LAST_WEEKDAY
    else:
        assert list(found) == expected


def test_each_date_keeps_its_hours_on_the_clock() -> None:
    weekly = Recurrence(Pattern.WEEKLY, count=3)
    ruled = occurrences(weekly, starts=datetime(2027, 3, 23, 19), ends=datetime(2027, 3, 23, 21))

    assert [date.starts.hour for date in ruled] == [19, 19, 19]
    assert [date.ends - date.starts for date in ruled] == [timedelta(hours=2)] * 3


def test_what_is_dropped_is_gone_and_what_is_moved_stands_where_it_went() -> None:
    weekly = Recurrence(Pattern.WEEKLY, count=3)
    ruled = occurrences(weekly, starts=datetime(2027, 1, 12, 19), ends=datetime(2027, 1, 12, 21))
    later = Occurrence(date(2027, 1, 19), datetime(2027, 1, 20, 19), datetime(2027, 1, 20, 21))

    kept = standing(ruled, dropped=[date(2027, 1, 12)], moved=[later])

    assert [date.starts.day for date in kept] == [20, 26]


def _by_dateutil(first: date, pattern: Pattern, every: int, count: int) -> Sequence[date]:
    at = datetime(first.year, first.month, first.day)
    position = -1 if pattern is Pattern.BY_LAST_WEEKDAY else (first.day - 1) // 7 + 1
    rule = {
        Pattern.WEEKLY: {"freq": WEEKLY},
        Pattern.BY_DATE: {"freq": MONTHLY, "bymonthday": first.day},
    }.get(pattern, {"freq": MONTHLY, "byweekday": weekday(first.weekday(), position)})
    return [day.date() for day in islice(rrule(dtstart=at, interval=every, **rule), count)]
