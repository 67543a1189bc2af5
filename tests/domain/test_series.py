"""Series: the dates of a gathering that comes back, of which one is dropped, moved or restored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.calendar_rules import AmbiguousLocalTime, NoSuchLocalTime
from chalicelib.domain.gathering import (
    FURTHEST_AHEAD,
    Aspect,
    CrossesAnotherDate,
    Gathering,
    InThePast,
    IsCancelled,
    IsOver,
    NoSuchDate,
    OnlyDateLeft,
    TooFarAhead,
    plan_gathering,
)
from chalicelib.domain.plan import (
    ClockChangesDuring,
    DatesOverlap,
    EndsBeforeStart,
    NotWholeDays,
    Plan,
)
from chalicelib.domain.recurrence import Occurrence, Pattern, Recurrence
from tests.domain.examples import DAY, HOUR, NOW, gathering, party_plan

WEEKLY = Recurrence(Pattern.WEEKLY, count=4)
FIRST, SECOND, THIRD, FOURTH = (date(2026, 12, 12) + timedelta(weeks=n) for n in range(4))


def series(**changes: Any) -> Gathering:
    """The celebration on four Saturdays."""
    return gathering(**{"repeats": WEEKLY, **changes})


def series_plan(**changes: Any) -> Plan:
    return party_plan(**{"repeats": WEEKLY, **changes})


def moved(day: date, *, days: int = 0, hours: int = 0) -> Occurrence:
    by = timedelta(days=days, hours=hours)
    start = datetime.combine(day, party_plan().starts.time()) + by
    return Occurrence(day, start, start + 2 * HOUR)


def days_of(found: Gathering) -> list[date]:
    return [one.starts.date() for one in found.dates]


def test_the_next_date_is_the_first_that_is_still_to_come() -> None:
    found = replace(series(), dropped=(SECOND,))
    starts = found.plan.instant(found.plan.starts)

    asked = [starts - DAY, starts, starts + 15 * DAY, starts + 30 * DAY]

    assert [(found.next_starts_at(now) - starts).days for now in asked] == [0, 14, 21, 21]


def test_a_series_is_over_when_its_last_date_is_over() -> None:
    found = series()

    assert not found.is_over(found.plan.ends_at + DAY)
    assert found.is_over(found.last_ends_at)
    assert found.last_ends_at - found.plan.ends_at == timedelta(weeks=3)


def test_a_series_keeps_its_hour_across_both_changes_of_the_clock() -> None:
    spring = party_plan(
        starts=datetime(2027, 3, 20, 19, 30), ends=datetime(2027, 3, 20, 21, 30), repeats=WEEKLY
    )
    autumn = party_plan(
        starts=datetime(2027, 10, 23, 19, 30), ends=datetime(2027, 10, 23, 21, 30), repeats=WEEKLY
    )

    assert [spring.instant(one.starts).hour for one in spring.dates] == [18, 18, 17, 17]
    assert [autumn.instant(one.starts).hour for one in autumn.dates] == [17, 17, 18, 18]


def test_no_date_of_a_series_falls_in_an_hour_that_is_skipped_or_comes_twice() -> None:
    def at(month: int, day: int) -> dict[str, datetime]:
        return {
            "starts": datetime(2027, month, day, 2, 30),
            "ends": datetime(2027, month, day, 4, 30),
        }

    with pytest.raises(NoSuchLocalTime) as skipped:
        series_plan(**at(3, 14))
    with pytest.raises(AmbiguousLocalTime) as twice:
        series_plan(**at(10, 17))

    assert skipped.value.args == (datetime(2027, 3, 28, 2, 30),)
    assert twice.value.args == (datetime(2027, 10, 31, 2, 30),)


def test_no_date_of_a_series_lasts_longer_or_shorter_than_the_others() -> None:
    with pytest.raises(ClockChangesDuring) as night:
        series_plan(starts=datetime(2027, 3, 20, 22), ends=datetime(2027, 3, 21, 4))

    assert night.value.args == (datetime(2027, 3, 27, 22),)


def test_a_date_of_a_series_is_over_before_the_next_one_starts() -> None:
    with pytest.raises(DatesOverlap):
        series_plan(ends=datetime(2026, 12, 20, 21, 30))


def test_what_lasts_all_day_goes_from_midnight_to_midnight() -> None:
    weekend = party_plan(
        starts=datetime(2027, 3, 27), ends=datetime(2027, 3, 29), all_day=True, repeats=WEEKLY
    )

    assert weekend.ends_at - weekend.starts_at == 47 * HOUR
    assert len(weekend.dates) == 4
    with pytest.raises(NotWholeDays):
        party_plan(all_day=True)
    with pytest.raises(EndsBeforeStart):
        party_plan(all_day=True, starts=datetime(2027, 3, 27), ends=datetime(2027, 3, 27))


def test_a_new_series_starts_in_the_future_and_ends_within_ten_years() -> None:
    far = Recurrence(Pattern.BY_DATE, every=12, count=12)

    with pytest.raises(TooFarAhead):
        plan_gathering(Gathering("ons-dorp", "g1", party_plan(repeats=far)), now=NOW)
    with pytest.raises(InThePast):
        plan_gathering(Gathering("ons-dorp", "g1", series_plan()), now=NOW + FURTHEST_AHEAD)


def test_a_dropped_date_is_gone_and_the_rest_goes_on() -> None:
    dropped = series().with_date_dropped(SECOND, now=NOW)

    assert days_of(dropped) == [FIRST, THIRD, FOURTH]
    assert dropped.changed_since(0) == (Aspect.DATES,)
    assert dropped.days_changed_since(0) == (SECOND,)
    assert dropped.moved_since(0)
    assert dropped.with_date_dropped(SECOND, now=NOW) == dropped


def test_dropping_the_last_date_ends_the_series_earlier() -> None:
    dropped = series().with_date_dropped(FOURTH, now=NOW)

    assert dropped.last_starts_at == series().last_starts_at - timedelta(weeks=1)


def test_the_only_date_that_is_left_is_not_dropped() -> None:
    left = series()
    for day in (FIRST, SECOND, THIRD):
        left = left.with_date_dropped(day, now=NOW)

    with pytest.raises(OnlyDateLeft):
        left.with_date_dropped(FOURTH, now=NOW)


def test_a_moved_date_keeps_its_name_and_stands_elsewhere() -> None:
    later = series().with_date_moved(moved(SECOND, days=1), now=NOW)

    assert days_of(later) == [FIRST, SECOND + DAY, THIRD, FOURTH]
    assert later.date_on(SECOND).starts.date() == SECOND + DAY
    assert later.days_changed_since(0) == (SECOND,)
    assert later.with_date_moved(moved(SECOND, days=1), now=NOW) == later


def test_a_date_that_is_moved_back_is_as_its_rule_has_it() -> None:
    later = series().with_date_moved(moved(SECOND, hours=1), now=NOW)
    back = later.with_date_moved(moved(SECOND), now=NOW)

    assert back.moved == ()
    assert back.revision == 2


@pytest.mark.parametrize("days", [-7, -8, 7, 9])
def test_a_moved_date_stays_between_its_neighbours(days: int) -> None:
    with pytest.raises(CrossesAnotherDate) as crossed:
        series().with_date_moved(moved(SECOND, days=days), now=NOW)

    assert crossed.value.crossed.day == (FIRST if days < 0 else THIRD)


def test_a_moved_date_does_not_overlap_its_neighbour() -> None:
    long = Occurrence(SECOND, datetime(2026, 12, 19, 19, 30), datetime(2026, 12, 26, 20, 0))

    with pytest.raises(CrossesAnotherDate):
        series().with_date_moved(long, now=NOW)


def test_a_restored_date_is_as_its_rule_has_it() -> None:
    found = series().with_date_dropped(SECOND, now=NOW)
    found = found.with_date_moved(moved(THIRD, days=1), now=NOW)

    for day in (SECOND, THIRD):
        found = found.with_date_restored(day, now=NOW)

    assert found.dates == series().dates
    assert found.with_date_restored(SECOND, now=NOW) == found
    assert found.revision == 4


def test_a_date_is_not_restored_where_its_neighbour_was_moved_to() -> None:
    found = series().with_date_dropped(SECOND, now=NOW)
    found = found.with_date_moved(moved(THIRD, days=-7), now=NOW)

    with pytest.raises(CrossesAnotherDate):
        found.with_date_restored(SECOND, now=NOW)


def test_only_a_date_that_still_comes_can_change() -> None:
    late = series().date_on(SECOND).ends.replace(tzinfo=NOW.tzinfo) + DAY

    with pytest.raises(InThePast):
        series().with_date_dropped(SECOND, now=late)
    with pytest.raises(InThePast):
        series().with_date_moved(moved(SECOND, days=1), now=late)
    with pytest.raises(InThePast):
        series().with_date_moved(moved(FIRST, days=-30), now=NOW)
    with pytest.raises(InThePast):
        series().with_date_dropped(SECOND, now=NOW).with_date_restored(SECOND, now=late)


def test_a_moved_date_is_at_a_time_that_can_be() -> None:
    weekly = series(starts=datetime(2027, 3, 20, 19, 30), ends=datetime(2027, 3, 20, 21, 30))
    night = datetime(2027, 3, 28, 2, 30)

    with pytest.raises(NoSuchLocalTime):
        weekly.with_date_moved(Occurrence(date(2027, 3, 27), night, night + HOUR), now=NOW)
    with pytest.raises(EndsBeforeStart):
        series().with_date_moved(
            Occurrence(SECOND, datetime(2026, 12, 19, 20), datetime(2026, 12, 19, 20)), now=NOW
        )


@pytest.mark.parametrize("day", [FIRST + DAY, FOURTH + timedelta(weeks=1)])
def test_only_a_date_of_the_series_can_change(day: date) -> None:
    with pytest.raises(NoSuchDate):
        series().with_date_dropped(day, now=NOW)
    with pytest.raises(NoSuchDate):
        series().with_date_restored(day, now=NOW)
    with pytest.raises(NoSuchDate):
        gathering().with_date_dropped(FIRST, now=NOW)


def test_nothing_changes_any_more_when_it_is_off_or_over() -> None:
    with pytest.raises(IsCancelled):
        series().cancelled(now=NOW).with_date_dropped(SECOND, now=NOW)
    with pytest.raises(IsOver):
        series().with_date_restored(SECOND, now=series().last_ends_at)


def test_another_rule_keeps_what_became_of_the_dates_that_it_has() -> None:
    found = series().with_date_dropped(SECOND, now=NOW)
    found = found.with_date_moved(moved(THIRD, days=1), now=NOW)
    longer = series_plan(repeats=Recurrence(Pattern.WEEKLY, count=9))
    every_other = series_plan(repeats=Recurrence(Pattern.WEEKLY, every=2, count=3))

    kept = found.changed(longer, ask_again=False, now=NOW)
    lost = found.changed(every_other, ask_again=False, now=NOW)

    assert (kept.dropped, kept.moved) == (found.dropped, found.moved)
    assert lost.dropped == ()
    assert lost.moved == found.moved
    assert lost.changed_since(2) == (Aspect.TIME,)


def test_a_gathering_that_comes_back_no_more_forgets_its_other_dates() -> None:
    found = series().with_date_dropped(FIRST, now=NOW)

    once = found.changed(party_plan(), ask_again=False, now=NOW)

    assert once.dates == party_plan().dates
    assert once.dropped == ()


def test_another_kind_of_day_forgets_the_moves() -> None:
    found = series().with_date_moved(moved(THIRD, days=1), now=NOW)
    all_day = series_plan(starts=datetime(2026, 12, 12), ends=datetime(2026, 12, 13), all_day=True)

    assert found.changed(all_day, ask_again=False, now=NOW).moved == ()


def test_a_series_that_began_can_go_on_for_longer() -> None:
    began = series().plan.ends_at + DAY
    longer = series_plan(repeats=Recurrence(Pattern.WEEKLY, count=9))
    other_start = series_plan(
        starts=datetime(2026, 12, 11, 19, 30), ends=datetime(2026, 12, 11, 21, 30)
    )

    assert len(series().changed(longer, ask_again=False, now=began).dates) == 9
    with pytest.raises(InThePast):
        series().changed(other_start, ask_again=False, now=began)
