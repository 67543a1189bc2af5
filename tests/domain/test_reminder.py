"""Reminders: nine in the morning by the local clock, in summer, in winter and on the two nights."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.calendar_rules import AmbiguousLocalTime, NoSuchLocalTime
from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.invitation import Answer, PartStat, Via
from chalicelib.domain.job import JobKind
from chalicelib.domain.plan import MAX_REMINDER_DAYS, NotANumberOfDays
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.domain.reminder import is_reminded, is_worth_it, next_reminder, reminder_times
from chalicelib.messages.invites import ZONES
from tests.domain.examples import DAY, HOUR, MINUTE, NOW, gathering, invitation, party_plan

SILENT, COMING = JobKind.REMIND, JobKind.REMIND_COMING


def on(starts: str, **changes: object) -> Gathering:
    """A gathering of an hour that starts then, announced."""
    at = datetime.fromisoformat(starts)
    return Gathering(
        partnership="ons-dorp",
        id="g1",
        plan=party_plan(starts=at, ends=at + HOUR, **changes),
        state=GatheringState.ANNOUNCED,
    )


@pytest.mark.parametrize(
    ("starts", "silent", "coming"),
    [
        ("2026-12-12 19:30", "2026-12-05 08:00", "2026-12-11 08:00"),
        ("2027-06-19 15:00", "2027-06-12 07:00", "2027-06-18 07:00"),
        ("2027-03-28 15:00", "2027-03-21 08:00", "2027-03-27 08:00"),
        ("2027-03-29 15:00", "2027-03-22 08:00", "2027-03-28 07:00"),
        ("2027-10-31 15:00", "2027-10-24 07:00", "2027-10-30 07:00"),
        ("2027-11-01 15:00", "2027-10-25 07:00", "2027-10-31 08:00"),
        ("2027-01-01 00:30", "2026-12-25 08:00", "2026-12-31 08:00"),
    ],
    ids=["winter", "summer", "spring night", "after it", "autumn night", "after it", "new year"],
)
def test_a_reminder_goes_at_nine_by_the_local_clock(starts: str, silent: str, coming: str) -> None:
    party = on(starts)

    times = [reminder_times(party, kind) for kind in (SILENT, COMING)]

    assert times == [(datetime.fromisoformat(at).replace(tzinfo=UTC),) for at in (silent, coming)]


@given(
    starts=st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)),
    zone=st.sampled_from(ZONES),
    days=st.integers(1, MAX_REMINDER_DAYS),
    kind=st.sampled_from([SILENT, COMING]),
)
def test_a_reminder_comes_by_day_and_before_the_start(
    starts: datetime, zone: str, days: int, kind: JobKind
) -> None:
    start = starts.replace(second=0, microsecond=0)
    try:
        party = on(
            start.isoformat(), time_zone=zone, remind_silent_days=days, remind_coming_days=days
        )
    except (NoSuchLocalTime, AmbiguousLocalTime):
        return

    (at,) = reminder_times(party, kind)

    local = at.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (9, 0)
    assert (start.date() - local.date()).days == days
    assert at < party.plan.starts_at


def test_zero_days_is_never() -> None:
    party = on("2026-12-12 19:30", remind_silent_days=0, remind_coming_days=0)

    assert reminder_times(party, SILENT) == reminder_times(party, COMING) == ()


@pytest.mark.parametrize("days", [-1, MAX_REMINDER_DAYS + 1])
def test_no_reminder_goes_afterwards_or_months_before(days: int) -> None:
    with pytest.raises(NotANumberOfDays):
        party_plan(remind_silent_days=days)


@pytest.mark.parametrize("state", [GatheringState.DRAFT, GatheringState.CANCELLED])
def test_of_what_is_not_announced_nobody_is_reminded(state: GatheringState) -> None:
    party = replace(on("2026-12-12 19:30"), state=state)

    assert reminder_times(party, SILENT) == ()


def test_a_morning_that_has_passed_is_not_made_up_for() -> None:
    party = on("2026-12-12 19:30")
    (morning,) = reminder_times(party, SILENT)

    assert next_reminder(party, SILENT, after=morning - MINUTE) == morning
    assert next_reminder(party, SILENT, after=morning) is None


@pytest.mark.parametrize(
    ("waited", "worth_it"),
    [(-MINUTE, False), (timedelta(), True), (3 * DAY, True), (8 * DAY, False)],
    ids=["too early", "on time", "late", "begun"],
)
def test_a_late_reminder_is_worth_it_until_the_start(waited: timedelta, worth_it: bool) -> None:
    party = on("2026-12-12 19:30")
    (morning,) = reminder_times(party, SILENT)

    assert is_worth_it(party, SILENT, planned_for=morning, now=morning + waited) == worth_it


def test_a_reminder_of_a_date_that_moved_is_not_worth_it() -> None:
    (morning,) = reminder_times(on("2026-12-12 19:30"), SILENT)

    moved = on("2026-12-13 19:30")

    assert not is_worth_it(moved, SILENT, planned_for=morning, now=morning + HOUR)


@pytest.mark.parametrize(
    ("partstat", "kinds"),
    [
        (None, [SILENT]),
        (PartStat.ACCEPTED, [COMING]),
        (PartStat.TENTATIVE, []),
        (PartStat.DECLINED, []),
    ],
)
def test_who_is_reminded_follows_from_the_answer(
    partstat: PartStat | None, kinds: list[JobKind]
) -> None:
    answer = Answer(partstat, at=NOW, via=Via.PAGE) if partstat else None
    place = invitation(answer=answer)

    assert [kind for kind in (SILENT, COMING) if is_reminded(place, kind)] == kinds
    assert not any(is_reminded(replace(place, removed=True), kind) for kind in (SILENT, COMING))


def test_who_was_invited_last_night_is_not_reminded_this_morning() -> None:
    place = invitation()

    assert not is_reminded(place, SILENT, planned_for=NOW + 11 * HOUR)
    assert is_reminded(place, SILENT, planned_for=NOW + 13 * HOUR)


def test_gatherings_kept_before_there_were_reminders_have_the_usual_ones() -> None:
    assert (gathering().plan.remind_silent_days, gathering().plan.remind_coming_days) == (7, 1)


def weekly(**changes: object) -> Gathering:
    """Three Saturdays in a row, from 12 December on."""
    return on("2026-12-12 19:30", repeats=Recurrence(Pattern.WEEKLY, count=3), **changes)


def test_of_a_series_the_silent_are_reminded_once_and_those_who_come_of_each_date() -> None:
    series = weekly()

    silent, coming = (reminder_times(series, kind) for kind in (SILENT, COMING))

    assert [f"{at:%d}" for at in silent] == ["05"]
    assert [f"{at:%d}" for at in coming] == ["11", "18", "25"]


def test_a_date_that_is_dropped_or_moved_is_reminded_of_where_it_is_now() -> None:
    series = weekly()
    second = series.dates[1]
    later = replace(second, starts=second.starts + DAY, ends=second.ends + DAY)

    changed = series.with_date_dropped(series.dates[0].day, now=NOW)
    changed = changed.with_date_moved(later, now=NOW)

    assert [f"{at:%d}" for at in reminder_times(changed, COMING)] == ["19", "25"]
    assert [f"{at:%d}" for at in reminder_times(changed, SILENT)] == ["13"]


def test_who_declined_one_date_is_not_reminded_of_it() -> None:
    first, second, third = weekly().dates
    yes, no = (
        Answer(said, at=NOW, via=Via.PAGE) for said in (PartStat.ACCEPTED, PartStat.DECLINED)
    )
    place = invitation(answer=yes, answers={second.day: no}, dropped=(third.day,))

    dates = [one for one in (first, second, third) if is_reminded(place, COMING, about=one)]

    assert dates == [first]


def test_who_comes_to_one_date_only_is_reminded_of_that_one_and_is_not_silent() -> None:
    first, second, _ = weekly().dates
    yes = Answer(PartStat.ACCEPTED, at=NOW, via=Via.PAGE)
    place = invitation(answers={second.day: yes})

    assert not is_reminded(place, SILENT, about=first)
    assert not is_reminded(place, COMING, about=first)
    assert is_reminded(place, COMING, about=second)
