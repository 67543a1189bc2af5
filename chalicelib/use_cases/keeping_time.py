"""Keeping time: what falls due by each partnership's own clock, and once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.message import Message
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Person
from chalicelib.domain.schedule import occasion
from chalicelib.messages import emails
from chalicelib.ports import Conflict, NotFound, World
from chalicelib.use_cases import overseeing, promising

PARTNERSHIPS_A_PAGE = 100
COORDINATORS_PER_CHUNK = 25
"""A few mails for each of them, with the job, fit in one transaction of 100 rows."""

Report = Callable[[str], None]
"""Tells, while an exception is handled, that nothing could be begun for this partnership."""


@dataclass
class Struck:
    """What one stroke of the hour did, as counts for the log; `finished` is whether it saw all."""

    partnerships: int = 0
    begun: int = 0
    failed: int = 0
    finished: bool = False


def strike(world: World, *, now: datetime, may_go_on: Callable[[], bool], report: Report) -> Struck:
    """Begin, for every partnership, whatever has come due by its own clock.

    What is due is only begun here, as a job that the work function does: so one partnership never
    waits for another, and a stroke that comes late, twice or at once begins nothing twice. When
    time is up, the next stroke goes on, and passes quickly by what was begun.
    """
    struck, after = Struck(), ""
    while may_go_on():
        page = world.store.partnerships(after=after, limit=PARTNERSHIPS_A_PAGE)
        for slug in page.items:
            _begin_for(world, slug, struck, now=now, report=report)
        after = page.next
        if not after:
            struck.finished = True
            break
    return struck


def _begin_for(world: World, slug: str, struck: Struck, *, now: datetime, report: Report) -> None:
    """Begin what is due for one partnership; one that fails keeps no other from its turn."""
    struck.partnerships += 1
    try:
        for job in _due(world.store.partnership(slug), now=now):
            struck.begun += _begin(world, job)
    except Exception:
        struck.failed += 1
        report(slug)


def _due(partnership: Partnership, *, now: datetime) -> Iterator[Job]:
    settings = partnership.settings
    local = local_time(now, time_zone=settings.time_zone).replace(tzinfo=None)
    schedules = {JobKind.DIGEST: settings.digest}
    for kind, schedule in schedules.items():
        day = occasion(schedule, local=local, quiet=settings.quiet)
        if day is not None:
            yield Job(
                partnership=partnership.slug,
                id=f"{kind}-{day}",
                kind=kind,
                gathering="",
                started_at=now,
                due_at=now,
                day=day.isoformat(),
            )


def _begin(world: World, job: Job) -> bool:
    """Begin a job, once: whoever finds it begun passes by."""
    if _exists(world, job.partnership, job.id):
        return False
    try:
        world.save(job)
    except Conflict:
        return False
    world.hints.job(job)
    return True


def _exists(world: World, partnership: str, job_id: str) -> bool:
    with suppress(NotFound):
        world.store.job(partnership, job_id)
        return True
    return False


def tell_coordinators(world: World, job: Job, *, now: datetime) -> None:
    """Do one chunk of a job for the coordinators; a lost race changes nothing."""
    partnership = world.store.partnership(job.partnership)
    page = world.store.coordinators(job.partnership, after=job.cursor, limit=COORDINATORS_PER_CHUNK)
    reachable = [person for person in page.items if person.address is not None]
    mails = _digests(world, partnership, reachable, job, now=now)
    done = len(reachable)
    after = (
        job.advanced(cursor=page.next, done=done, now=now)
        if page.next
        else job.completed(done=done)
    )
    with suppress(Conflict):
        world.save(after, outbox=mails)


def _digests(
    world: World, partnership: Partnership, people: list[Person], job: Job, *, now: datetime
) -> list[Message]:
    """What waits at the desk, to each of these; nothing to nobody when nothing waits."""
    desk = overseeing.desk(world, partnership=partnership, now=now)
    nearest = desk.next_gatherings[0] if desk.next_gatherings else None
    silent = world.store.tally(partnership.slug, nearest.id).silent if nearest else 0
    facts = emails.CoordinatorDigestFacts(
        to_review=desk.to_review,
        letters=desk.letters,
        undelivered=desk.undelivered,
        suspicious=desk.suspicious,
        silent=silent,
        gathering=nearest.title if nearest and silent else "",
    )
    waits = (desk.to_review, desk.letters, desk.undelivered, desk.suspicious, silent)
    if not any(waits):
        return []
    gathering = nearest.id if nearest and silent else ""
    return [
        promising.digest(person, facts, gathering=gathering, day=job.day, now=now)
        for person in people
    ]
