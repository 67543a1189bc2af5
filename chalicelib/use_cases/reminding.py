"""Reminding: the jobs that wait for the morning on which guests are reminded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.reminder import SCHEDULED, next_reminder, reminder_times
from chalicelib.ports import NotFound, World


def scheduled(world: World, gathering: Gathering, *, now: datetime) -> tuple[Job, ...]:
    """The reminders of a gathering as it will be, to be kept in the same transaction.

    There is one job for each kind of reminder, which waits for its morning; only those that become
    others are given. A reminder whose morning has passed is not made up for.
    """
    changed = (_rescheduled(world, gathering, kind, now=now) for kind in SCHEDULED)
    return tuple(job for job in changed if job is not None)


def _rescheduled(world: World, gathering: Gathering, kind: JobKind, *, now: datetime) -> Job | None:
    """The job of this kind, if it must change."""
    wanted = next_reminder(gathering, kind, after=now)
    try:
        known = world.store.job(gathering.partnership, f"reminder-{gathering.id}-{kind}")
    except NotFound:
        return _new(gathering, kind, at=wanted, now=now) if wanted else None
    if _is_under_way(known, gathering, now=now):
        return None
    if wanted == (None if known.finished else known.planned_for):
        return None
    return replace(known, planned_for=wanted, due_at=wanted, cursor="", done=0)


def _is_under_way(job: Job, gathering: Gathering, *, now: datetime) -> bool:
    """Whether its morning has come, and it still remembers guests of that same date."""
    if job.finished or job.planned_for is None or job.planned_for > now:
        return False
    return job.planned_for in reminder_times(gathering, job.kind)


def _new(gathering: Gathering, kind: JobKind, *, at: datetime, now: datetime) -> Job:
    return Job(
        partnership=gathering.partnership,
        id=f"reminder-{gathering.id}-{kind}",
        kind=kind,
        gathering=gathering.id,
        started_at=now,
        due_at=at,
        planned_for=at,
    )
