"""Reminders before a gathering: whom they go to, and on which morning."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from chalicelib.domain.calendar_rules import instant
from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.invitation import Invitation, PartStat
from chalicelib.domain.job import JobKind
from chalicelib.domain.recurrence import Occurrence

SCHEDULED = (JobKind.REMIND, JobKind.REMIND_COMING)
"""The reminders that go by themselves: to the silent, and to those who come."""

_MORNING = time(9)
"""When people are up, and a mail is read the same day; no zone changes its clocks then."""

_LATELY = timedelta(hours=12)
"""Whoever was told something this short before is not reminded of it."""


def reminder_times(gathering: Gathering, kind: JobKind) -> tuple[datetime, ...]:
    """The instants at which this kind of reminder goes, in order; none unless guests are invited.

    It goes at nine in the morning, local time, so many days before as the plan says; 0 is never.
    Of a series the silent are reminded before the first date, and those who come before each.
    """
    return tuple(sorted(_by_morning(gathering, kind)))


def next_reminder(gathering: Gathering, kind: JobKind, *, after: datetime) -> datetime | None:
    """The first of these instants that is still to come, if any."""
    return next((at for at in reminder_times(gathering, kind) if at > after), None)


def is_worth_it(
    gathering: Gathering, kind: JobKind, *, planned_for: datetime, now: datetime
) -> bool:
    """Whether a reminder planned for that instant should go now.

    Not before it; nor when the gathering moved or was cancelled since, or has begun.
    """
    about = date_of(gathering, kind, planned_for=planned_for)
    return about is not None and planned_for <= now < gathering.plan.instant(about.starts)


def date_of(gathering: Gathering, kind: JobKind, *, planned_for: datetime) -> Occurrence | None:
    """The date that a reminder at this instant is about, if there is one."""
    return _by_morning(gathering, kind).get(planned_for)


def is_reminded(
    place: Invitation,
    kind: JobKind,
    *,
    about: Occurrence | None = None,
    planned_for: datetime | None = None,
) -> bool:
    """Whether this guest gets such a reminder: those who come, or those who never said.

    Nobody who declined, was removed, or stands in line for a seat; and by itself none to the silent
    who heard of it lately.
    """
    if place.removed or place.line is not None or (about and about.day in place.dropped):
        return False
    if kind is JobKind.REMIND_COMING:
        said = place.partstat_on(about.day) if about else place.partstat
        return said is PartStat.ACCEPTED
    heard_lately = planned_for is not None and place.dtstamp > planned_for - _LATELY
    is_silent = place.partstat is PartStat.NEEDS_ACTION and not place.answers
    return is_silent and not heard_lately


def _by_morning(gathering: Gathering, kind: JobKind) -> dict[datetime, Occurrence]:
    """The dates that are reminded of, by the instant of it; of two on one morning, the first."""
    days = _days_before(gathering, kind)
    if not days or gathering.state is not GatheringState.ANNOUNCED:
        return {}
    dates = gathering.dates if kind is JobKind.REMIND_COMING else gathering.dates[:1]
    return {_morning(gathering, one.starts, days=days): one for one in reversed(dates)}


def _days_before(gathering: Gathering, kind: JobKind) -> int:
    plan = gathering.plan
    return plan.remind_coming_days if kind is JobKind.REMIND_COMING else plan.remind_silent_days


def _morning(gathering: Gathering, starts: datetime, *, days: int) -> datetime:
    local = datetime.combine(starts.date() - timedelta(days=days), _MORNING)
    return instant(local, time_zone=gathering.plan.time_zone)
