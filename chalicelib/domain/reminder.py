"""Reminders before a gathering: whom they go to, and on which morning."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from chalicelib.domain.calendar_rules import instant
from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.invitation import Invitation, PartStat
from chalicelib.domain.job import JobKind

SCHEDULED = (JobKind.REMIND, JobKind.REMIND_COMING)
"""The reminders that go by themselves: to the silent, and to those who come."""

_MORNING = time(9)
"""When people are up, and a mail is read the same day; no zone changes its clocks then."""

_LATELY = timedelta(hours=12)
"""Whoever was told something this short before is not reminded of it."""


def reminder_times(gathering: Gathering, kind: JobKind) -> tuple[datetime, ...]:
    """The instants at which this kind of reminder goes, in order; none unless guests are invited.

    It goes at nine in the morning, local time, so many days before as the plan says; 0 is never.
    Of a series, those who come are reminded of every date, and the silent once, before the first.
    """
    days = _days_before(gathering, kind)
    if not days or gathering.state is not GatheringState.ANNOUNCED:
        return ()
    reminded_of = gathering.dates if kind is JobKind.REMIND_COMING else gathering.dates[:1]
    return tuple(_morning(gathering, one.starts, days=days) for one in reminded_of)


def next_reminder(gathering: Gathering, kind: JobKind, *, after: datetime) -> datetime | None:
    """The first of these instants that is still to come, if any."""
    return next((at for at in reminder_times(gathering, kind) if at > after), None)


def is_worth_it(
    gathering: Gathering, kind: JobKind, *, planned_for: datetime, now: datetime
) -> bool:
    """Whether a reminder planned for that instant should go now.

    Not before it; nor when the gathering moved or was cancelled since, or has begun.
    """
    days = _days_before(gathering, kind)
    begins = [
        gathering.plan.instant(one.starts)
        for one in gathering.dates
        if _morning(gathering, one.starts, days=days) == planned_for
    ]
    if planned_for not in reminder_times(gathering, kind):
        return False
    return planned_for <= now < begins[0]


def is_reminded(place: Invitation, kind: JobKind, *, planned_for: datetime | None = None) -> bool:
    """Whether this guest gets such a reminder: those who come, or those who never said.

    Nobody who declined, was removed, or stands in line for a seat; and by itself none to the silent
    who heard of it lately.
    """
    if place.removed or place.line is not None:
        return False
    if kind is JobKind.REMIND_COMING:
        return place.partstat is PartStat.ACCEPTED
    heard_lately = planned_for is not None and place.dtstamp > planned_for - _LATELY
    return place.partstat is PartStat.NEEDS_ACTION and not heard_lately


def _days_before(gathering: Gathering, kind: JobKind) -> int:
    plan = gathering.plan
    return plan.remind_coming_days if kind is JobKind.REMIND_COMING else plan.remind_silent_days


def _morning(gathering: Gathering, starts: datetime, *, days: int) -> datetime:
    local = datetime.combine(starts.date() - timedelta(days=days), _MORNING)
    return instant(local, time_zone=gathering.plan.time_zone)
