"""Local time: the two nights a year on which the clock lies, and the instants it means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.calendar_rules import (
    AmbiguousLocalTime,
    NoSuchLocalTime,
    check_local_time,
    instant,
    local_time,
)

AMSTERDAM = "Europe/Amsterdam"


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_the_hour_that_the_clock_skips_is_refused(minute: int) -> None:
    with pytest.raises(NoSuchLocalTime):
        check_local_time(datetime(2027, 3, 28, 2, minute), time_zone=AMSTERDAM)


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_the_hour_that_comes_twice_is_refused(minute: int) -> None:
    with pytest.raises(AmbiguousLocalTime):
        check_local_time(datetime(2027, 10, 31, 2, minute), time_zone=AMSTERDAM)


@pytest.mark.parametrize(
    "local",
    [
        datetime(2027, 3, 28, 1, 59),
        datetime(2027, 3, 28, 3, 0),
        datetime(2027, 10, 31, 1, 59),
        datetime(2027, 10, 31, 3, 0),
    ],
)
def test_the_hours_around_it_are_fine(local: datetime) -> None:
    check_local_time(local, time_zone=AMSTERDAM)


def test_a_zone_that_never_changes_its_clock_refuses_nothing() -> None:
    check_local_time(datetime(2027, 3, 28, 2, 30), time_zone="UTC")


def test_summer_and_winter_have_their_own_instants() -> None:
    assert instant(datetime(2027, 7, 1, 20), time_zone=AMSTERDAM).hour == 18
    assert instant(datetime(2027, 1, 15, 20), time_zone=AMSTERDAM).hour == 19


def test_a_time_that_comes_twice_means_the_first() -> None:
    twice = datetime(2027, 10, 31, 2, 30, fold=1)

    assert instant(twice, time_zone=AMSTERDAM) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_year_typed_as_one_can_still_be_compared() -> None:
    assert instant(datetime(1, 1, 1), time_zone=AMSTERDAM) == datetime.min.replace(tzinfo=UTC)
    assert instant(datetime.max, time_zone="America/New_York").year == 9999


@given(
    st.datetimes(
        min_value=datetime(2024, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)
    )
)
def test_an_instant_and_its_local_time_are_one_moment(at: datetime) -> None:
    local = local_time(at, time_zone=AMSTERDAM)

    assert local == at
    assert local.tzinfo == ZoneInfo(AMSTERDAM)


@given(st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2040, 1, 1)))
def test_only_the_two_nights_are_refused(local: datetime) -> None:
    shown = local_time(instant(local, time_zone=AMSTERDAM), time_zone=AMSTERDAM)
    an_hour_later = instant(local, time_zone=AMSTERDAM) + timedelta(hours=1)
    again = local_time(an_hour_later, time_zone=AMSTERDAM).replace(tzinfo=None)
    honest = shown.replace(tzinfo=None) == local != again

    try:
        check_local_time(local, time_zone=AMSTERDAM)
    except ValueError:
        assert not honest
    else:
        assert honest
