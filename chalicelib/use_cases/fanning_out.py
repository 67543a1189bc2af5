"""Fanning out: walking past many guests in chunks, each of which is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.invitation import Invitation, Tally
from chalicelib.domain.job import Guest, Job, JobKind
from chalicelib.domain.message import Message, Urgency
from chalicelib.domain.reminder import date_of, is_reminded, is_worth_it, next_reminder
from chalicelib.ports import Conflict, LineChange, TallyChange, World
from chalicelib.use_cases import keeping_time, naming, promising_gatherings, seating

GUESTS_PER_CHUNK = 30
"""Three rows each (an invitation, a message, and the address of its answers or the place on the
waiting list that is given up), with the jobs, the tally and the gathering, fit in 100."""

_TRIES_PER_CHUNK = 5


class DoChunk(Protocol):
    """Does one chunk of a job, and moves its cursor."""

    def __call__(self, world: World, job: Job, *, now: datetime) -> None:
        """Do it; a lost race changes nothing."""


_NO_OTHERS: Mapping[JobKind, DoChunk] = MappingProxyType({})


@dataclass(frozen=True)
class _Chunk:
    """What one transaction does: guests' new invitations, their mails, and where to go on."""

    invitations: tuple[Invitation, ...]
    mails: tuple[Message, ...]
    change: Tally
    cursor: str
    is_last: bool
    lines: tuple[LineChange, ...] = ()


def continue_job(
    world: World,
    *,
    partnership: str,
    job_id: str,
    clock: Callable[[], datetime],
    may_go_on: Callable[[], bool],
    others: Mapping[JobKind, DoChunk] = _NO_OTHERS,
) -> Job:
    """Do as many chunks of a job as there is time for, and say where it stands.

    `others` do the chunks of jobs that are not about the guests of a gathering.

    Safe to run twice, late, or at the same time as itself: a chunk that another run has done moves
    the cursor, and this run stops. When time is up, a new hint lets a next run continue.
    """
    job = world.store.job(partnership, job_id)
    while not job.finished and not job.waits(clock()):
        if not may_go_on():
            world.hints.job(job)
            return job
        others.get(job.kind, _do_chunk)(world, job, now=clock())
        before, job = job, world.store.job(partnership, job_id)
        if job.version == before.version:
            return job
    return job


def _do_chunk(world: World, job: Job, *, now: datetime) -> None:
    """Do one chunk, again when a guest answered meanwhile; a lost race changes nothing."""
    if job.kind.is_for_coordinators:
        keeping_time.tell_coordinators(world, job, now=now)
        return
    for attempt in range(_TRIES_PER_CHUNK):
        try:
            _try_chunk(world, job, now=now)
        except Conflict:
            if world.store.job(job.partnership, job.id).version != job.version:
                return
            world.pause(attempt)
        else:
            return


def _try_chunk(world: World, job: Job, *, now: datetime) -> None:
    if job.kind is JobKind.SEAT:
        seating.give_seats(world, job, now=now)
        return
    gathering = world.store.gathering(job.partnership, job.gathering)
    chunk = _next_chunk(world, job, naming.as_named_now(world, gathering), now=now)
    _keep(world, job, gathering, chunk, now=now)


def _keep(world: World, job: Job, gathering: Gathering, chunk: _Chunk, *, now: datetime) -> None:
    done = len(chunk.invitations)
    after = (
        _finished(job, gathering, done=done)
        if chunk.is_last
        else job.advanced(cursor=chunk.cursor, done=done, now=now)
    )
    changed = TallyChange(gathering.partnership, gathering.id, chunk.change)
    tally = (changed,) if chunk.change != Tally() else ()
    outbox = _in_a_hurry(chunk.mails) if chunk.is_last and not job.cursor else chunk.mails
    jobs = _seats_left_behind(job, gathering, now=now) if chunk.is_last else ()
    world.save(
        after,
        *chunk.invitations,
        *chunk.lines,
        *tally,
        *jobs,
        outbox=outbox,
        unchanged=[gathering],
    )
    for seats in jobs:
        world.hints.job(seats)


def _seats_left_behind(job: Job, gathering: Gathering, *, now: datetime) -> tuple[Job, ...]:
    """Once all are asked again, their seats are free for whoever answered the new plan first."""
    asked_again = job.kind is JobKind.TELL and gathering.asked_again_since(0)
    if not gathering.plan.seats or not asked_again:
        return ()
    return (seating.seat_job(gathering, key=f"after-{job.id}", now=now),)


def _in_a_hurry(mails: tuple[Message, ...]) -> tuple[Message, ...]:
    """Mails of a job that is done in one chunk: too few to be in anybody's way, so sent at once."""
    return tuple(replace(mail, urgency=Urgency.ORDINARY) for mail in mails)


def _next_chunk(world: World, job: Job, gathering: Gathering, *, now: datetime) -> _Chunk:
    if gathering.is_over(now) or _comes_too_late(job, gathering, now=now):
        return _Chunk((), (), Tally(), cursor=job.cursor, is_last=True)
    if job.kind is JobKind.INVITE:
        return _invite_next(world, job, gathering, now=now)
    page = world.store.invitations(
        job.partnership, job.gathering, after=job.cursor, limit=GUESTS_PER_CHUNK
    )
    if job.kind is JobKind.TELL:
        return _tell(page.items, gathering, now=now, cursor=page.next)
    return _remind(job, page.items, gathering, now=now, cursor=page.next)


def _finished(job: Job, gathering: Gathering, *, done: int) -> Job:
    """The job after its last chunk; a reminder of one date waits for the next one's."""
    if job.planned_for is None:
        return job.completed(done=done)
    following = next_reminder(gathering, job.kind, after=job.planned_for)
    return job.again_at(following, done=done) if following else job.completed(done=done)


def _comes_too_late(job: Job, gathering: Gathering, *, now: datetime) -> bool:
    """Whether what a planned job is about has changed, or begun, since it was planned."""
    if job.planned_for is None:
        return False
    return not is_worth_it(gathering, job.kind, planned_for=job.planned_for, now=now)


def _invite_next(world: World, job: Job, gathering: Gathering, *, now: datetime) -> _Chunk:
    guests, cursor = _next_guests(world, job)
    ids = [guest.id for guest in guests]
    left_out = world.store.not_to_invite(
        job.partnership, gathering.id, ids, asked_at=job.started_at
    )
    new = [guest for guest in guests if guest.id not in left_out]
    if gathering.state is GatheringState.CANCELLED:
        return _Chunk((), (), Tally(), cursor="", is_last=True)
    invitations = tuple(_invitation(world, gathering, guest, now=now) for guest in new)
    partnership = world.store.partnership(job.partnership)
    mails = tuple(
        partnership.in_its_text(promising_gatherings.invitation_mail(gathering, place, now=now))
        for place in invitations
    )
    change = Tally(silent=len(invitations))
    return _Chunk(invitations, mails, change, cursor=cursor, is_last=not cursor)


def _next_guests(world: World, job: Job) -> tuple[Sequence[Guest], str]:
    """The next guests of an INVITE job: first the ones it names, then the people list.

    The cursor is `named-<n>` for the first and `people-<page>` for the second; empty at the end.
    """
    step, _, place = job.cursor.partition("-")
    if step != "people" and job.guests:
        start = int(place or 0)
        end = start + GUESTS_PER_CHUNK
        rest = f"named-{end}" if end < len(job.guests) else "people-" if job.everybody else ""
        return _once(job.guests[start:end]), rest
    if not job.everybody:
        return (), ""
    page = world.store.people(job.partnership, after=place, limit=GUESTS_PER_CHUNK)
    guests = [
        Guest(person.id, person.name, person.address, person.language)
        for person in page.items
        if person.address is not None
    ]
    return guests, f"people-{page.next}" if page.next else ""


def _once(guests: Sequence[Guest]) -> Sequence[Guest]:
    return tuple({guest.id: guest for guest in guests}.values())


def _invitation(world: World, gathering: Gathering, guest: Guest, *, now: datetime) -> Invitation:
    return Invitation(
        partnership=gathering.partnership,
        gathering=gathering.id,
        guest=guest.id,
        name=guest.name,
        address=guest.address,
        language=guest.language,
        reply_token=world.secrets.token(),
        dtstamp=now.replace(microsecond=0),
        told=gathering.revision,
    )


def _tell(
    places: Sequence[Invitation], gathering: Gathering, *, now: datetime, cursor: str
) -> _Chunk:
    """Tell each guest what they do not know yet: the newest plan, or that it is off."""
    is_off = gathering.state is GatheringState.CANCELLED
    told: list[Invitation] = []
    mails: list[Message] = []
    lines: list[LineChange] = []
    change = Tally()
    for place in places:
        if place.removed:
            continue
        knows = place.cancelled(gathering, now=now) if is_off else place.updated(gathering, now=now)
        if knows == place:
            continue
        told.append(knows)
        lines.extend(seating.line_change(place, knows))
        change = change + (knows.tally - place.tally)
        mails.append(
            promising_gatherings.cancel_mail(gathering, knows, now=now)
            if is_off
            else promising_gatherings.update_mail(gathering, knows, before=place, now=now)
        )
    return _Chunk(
        tuple(told),
        tuple(mails),
        change,
        cursor=cursor,
        is_last=not cursor,
        lines=tuple(lines),
    )


def _remind(
    job: Job, places: Sequence[Invitation], gathering: Gathering, *, now: datetime, cursor: str
) -> _Chunk:
    """Remind those guests whom the job is for; nobody of a gathering that was cancelled."""
    if gathering.state is GatheringState.CANCELLED:
        return _Chunk((), (), Tally(), cursor="", is_last=True)
    planned = job.planned_for
    about = date_of(gathering, job.kind, planned_for=planned) if planned else None
    reminded = tuple(
        place.remembered()
        for place in places
        if is_reminded(place, job.kind, about=about, planned_for=job.planned_for)
    )
    mails = tuple(
        promising_gatherings.reminder(gathering, place, about=about, subject=job.subject, now=now)
        for place in reminded
    )
    return _Chunk(reminded, mails, Tally(), cursor=cursor, is_last=not cursor)
