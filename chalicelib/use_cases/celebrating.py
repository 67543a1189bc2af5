"""Celebrating: planning a gathering, inviting, changing, cancelling, reminding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from chalicelib.domain.gathering import Gathering, GatheringState, plan_gathering
from chalicelib.domain.invitation import Invitation
from chalicelib.domain.job import Guest, Job, JobKind
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Language
from chalicelib.domain.plan import Plan
from chalicelib.domain.recurrence import Occurrence
from chalicelib.ports import Conflict, NotFound, World
from chalicelib.use_cases import naming, promising_gatherings, reminding
from chalicelib.use_cases.retrying import TRIES_IN_A_CROWD, until_saved
from chalicelib.use_cases.seating import Reseating, Seats, follow_up, has_more_room, seat_job

MAX_GUESTS_AT_ONCE = 500


class AlreadyChanged(Exception):
    """Somebody changed it since this page was shown; `gathering` is how it is now."""

    def __init__(self, gathering: Gathering) -> None:
        super().__init__(gathering.id)
        self.gathering = gathering


class SendKeyUsed(Exception):
    """This form was sent before with something else in it; nothing new was kept."""


class TooManyGuests(ValueError):
    """More than `MAX_GUESTS_AT_ONCE` guests were named in one go."""


def plan(
    world: World,
    *,
    partnership: Partnership,
    plan: Plan,
    organiser: str,
    gathering_id: str,
    now: datetime,
) -> Gathering:
    """Keep a new gathering, which nobody is told of yet. Raises `InThePast`.

    The same id again returns what was kept, so that a form sent twice plans one gathering; with
    another plan it raises `SendKeyUsed`.
    """
    gathering = plan_gathering(
        Gathering(partnership=partnership.slug, id=gathering_id, plan=plan, organiser=organiser),
        now=now,
    )
    try:
        world.save(gathering)
    except Conflict:
        kept = world.store.gathering(partnership.slug, gathering_id)
        if kept.plan != gathering.plan:
            raise SendKeyUsed(gathering_id) from None
        return kept
    return gathering


def change(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    seen_version: int,
    plan: Plan,
    ask_again: bool,
    now: datetime,
) -> Gathering:
    """Change a gathering, and tell everybody who was invited.

    With more seats than before, whoever waits for one moves up in the same transaction; with fewer,
    everybody who has a seat keeps it. Raises `AlreadyChanged`, `InThePast`, `IsCancelled` or
    `IsOver`.
    """

    def make() -> Gathering:
        gathering = _as_seen(world, partnership, gathering_id, seen_version)
        changed = gathering.changed(plan, ask_again=ask_again, now=now)
        return _tell_of(world, changed, before=gathering, now=now)

    return until_saved(make, pause=world.pause, tries=TRIES_IN_A_CROWD)


def drop_date(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    seen_version: int,
    day: date,
    now: datetime,
) -> Gathering:
    """Let one date of a series not go on, and tell everybody who was invited.

    Raises `AlreadyChanged`, or what `Gathering.with_date_dropped` refuses.
    """
    gathering = _as_seen(world, partnership, gathering_id, seen_version)
    return _tell_of(world, gathering.with_date_dropped(day, now=now), before=gathering, now=now)


def move_date(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    seen_version: int,
    moved: Occurrence,
    now: datetime,
) -> Gathering:
    """Move one date of a series, and tell everybody who was invited.

    Raises `AlreadyChanged`, or what `Gathering.with_date_moved` refuses.
    """
    gathering = _as_seen(world, partnership, gathering_id, seen_version)
    return _tell_of(world, gathering.with_date_moved(moved, now=now), before=gathering, now=now)


def restore_date(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    seen_version: int,
    day: date,
    now: datetime,
) -> Gathering:
    """Let one date of a series go on as its rule has it, and tell everybody who was invited.

    Raises `AlreadyChanged`, or what `Gathering.with_date_restored` refuses.
    """
    gathering = _as_seen(world, partnership, gathering_id, seen_version)
    return _tell_of(world, gathering.with_date_restored(day, now=now), before=gathering, now=now)


def cancel(
    world: World, *, partnership: Partnership, gathering_id: str, seen_version: int, now: datetime
) -> Gathering:
    """Cancel a gathering, and tell everybody who was invited; repeating it changes nothing.

    Raises `AlreadyChanged` or `IsOver`.
    """

    def make() -> Gathering:
        gathering = world.store.gathering(partnership.slug, gathering_id)
        if gathering.state is GatheringState.CANCELLED:
            return gathering
        if gathering.version != seen_version:
            raise AlreadyChanged(gathering)
        cancelled = gathering.cancelled(now=now)
        _save_and_tell(world, cancelled, before=gathering, now=now)
        return cancelled

    return until_saved(make)


def invite(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    guests: Sequence[Guest],
    everybody: bool,
    send_key: str,
    now: datetime,
) -> Job:
    """Announce a gathering and invite these guests, and the whole people list if `everybody`.

    The inviting itself is a job, done in chunks (`continue_job`); who has an invitation already is
    left out. Once per `send_key`. Raises `IsCancelled`, `IsOver`, `TooManyGuests` or `SendKeyUsed`.
    """
    if len(guests) > MAX_GUESTS_AT_ONCE:
        raise TooManyGuests(len(guests))
    gathering = world.store.gathering(partnership.slug, gathering_id)
    announced = gathering.announced(now=now)
    job = _job(
        gathering,
        JobKind.INVITE,
        id=f"invite-{gathering.id}-{send_key}",
        now=now,
        guests=tuple(guests),
        everybody=everybody,
    )
    reminders = reminding.scheduled(world, announced, now=now)
    _start(world, job, *((announced,) if announced != gathering else ()), *reminders)
    return job


def remind_silent(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    send_key: str,
    now: datetime,
    subject: str = "",
) -> Job:
    """Remind only the silent, once per `send_key`, under a `subject` of one's own if there is one.

    Raises `IsCancelled`, `IsOver`, or `SendKeyUsed` when it was sent under another subject.
    """
    gathering = world.store.gathering(partnership.slug, gathering_id).announced(now=now)
    id = f"remind-{gathering.id}-{send_key}"
    job = _job(gathering, JobKind.REMIND, id=id, now=now, subject=subject)
    _start(world, job)
    return job


def remove_guest(
    world: World, *, partnership: Partnership, gathering_id: str, guest: str, now: datetime
) -> Invitation:
    """Take back one guest's invitation, and tell that guest alone; repeating it changes nothing.

    The seats that this frees go to whoever waits for them, in the same transaction.
    Raises `IsOver` for a gathering that has ended.
    """
    return until_saved(
        lambda: _remove(world, partnership, gathering_id, guest, now=now),
        pause=world.pause,
        tries=TRIES_IN_A_CROWD,
    )


def uninvite_from_date(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    guest: str,
    day: date,
    now: datetime,
) -> Invitation:
    """Take back one guest's invitation to one date of a series, and tell that guest alone.

    Repeating it changes nothing. Raises `NoSuchDate`, `OnlyDateLeft`, `IsCancelled`, `IsOver` or
    `NotInvited`.
    """
    gathering = world.store.gathering(partnership.slug, gathering_id).announced(now=now)
    before = world.store.invitation(partnership.slug, gathering_id, guest)
    after = before.without_date(day, gathering=gathering, now=now)
    if after != before:
        reseating = Seats.for_answer(world, gathering, now=now).reseat(before, after)
        shown = naming.as_named_now(world, gathering)
        world.save(
            after,
            *reseating.facts,
            outbox=[promising_gatherings.date_mail(shown, after, before=before, day=day, now=now)],
            unchanged=[gathering],
        )
    return after


def guests_from_people(
    world: World, *, partnership: Partnership, ids: Sequence[str]
) -> list[Guest]:
    """Whom to invite from the people list: everybody of these ids who has an address."""
    people = [world.store.person(partnership.slug, person_id) for person_id in ids]
    return [
        Guest(person.id, person.name, person.address, person.language)
        for person in people
        if person.address is not None
    ]


def guest_by_address(
    world: World, *, partnership: Partnership, name: str, address: EmailAddress, language: Language
) -> Guest:
    """Whom to invite at this address: somebody on the people list, or a guest by address alone.

    Two spellings of one address are one guest.
    """
    person = world.store.person_by_address(partnership.slug, address)
    if person is not None and person.address is not None:
        return Guest(person.id, person.name, person.address, person.language)
    return Guest(world.secrets.address_key(address), name or address, address, language)


def _remove(
    world: World, partnership: Partnership, gathering_id: str, guest: str, *, now: datetime
) -> Invitation:
    gathering = world.store.gathering(partnership.slug, gathering_id)
    invitation = world.store.invitation(partnership.slug, gathering_id, guest)
    if gathering.state is GatheringState.CANCELLED or invitation.removed:
        return invitation
    gathering.announced(now=now)
    removed = invitation.without_guest(now=now)
    reseating = Seats.for_answer(world, gathering, now=now).reseat(invitation, removed)
    shown = naming.as_named_now(world, gathering)
    world.save(
        removed,
        *reseating.facts,
        *follow_up(reseating, gathering, place=removed, now=now),
        outbox=[promising_gatherings.cancel_mail(shown, removed, now=now), *reseating.mails],
        unchanged=[gathering],
    )
    return removed


def _as_seen(
    world: World, partnership: Partnership, gathering_id: str, seen_version: int
) -> Gathering:
    gathering = world.store.gathering(partnership.slug, gathering_id)
    if gathering.version != seen_version:
        raise AlreadyChanged(gathering)
    return gathering


def _tell_of(world: World, after: Gathering, *, before: Gathering, now: datetime) -> Gathering:
    if after != before:
        _save_and_tell(world, after, before=before, now=now)
    return after


def _save_and_tell(world: World, gathering: Gathering, *, before: Gathering, now: datetime) -> None:
    """Keep a change, with the jobs that tell the guests of it, move reminders, or give seats away.

    Nobody is told who was not invited, nor of what concerns the hosts alone.
    """
    announced = before.state is GatheringState.ANNOUNCED
    jobs: list[Job] = []
    if announced and gathering.revision != before.revision:
        id = f"tell-{gathering.id}-{gathering.revision}"
        jobs.append(_job(gathering, JobKind.TELL, id=id, now=now))
    reseating = Reseating()
    if announced and has_more_room(gathering, before):
        reseating = Seats.read(world, gathering, now=now).fill()
    if reseating.more:
        jobs.append(seat_job(gathering, key=f"room-{gathering.version}", now=now))
    reminders = reminding.scheduled(world, gathering, now=now) if announced else ()
    world.save(gathering, *jobs, *reminders, *reseating.facts, outbox=reseating.mails)
    for job in jobs:
        world.hints.job(job)


def _start(world: World, job: Job, *facts: Gathering | Job) -> None:
    """Keep a job, once.

    Raises `SendKeyUsed` when one with this id invites others or says something else, and
    `Conflict` when a fact beside it was changed meanwhile.
    """
    try:
        world.save(job, *facts)
    except Conflict:
        _check_same(world, job)
        return
    world.hints.job(job)


def _check_same(world: World, job: Job) -> None:
    try:
        kept = world.store.job(job.partnership, job.id)
    except NotFound:
        raise Conflict from None
    if _asks(kept) != _asks(job):
        raise SendKeyUsed(job.id)


def _asks(job: Job) -> tuple[object, ...]:
    """What a coordinator asked for with a job."""
    return [guest.id for guest in job.guests], job.everybody, job.subject


def _job(gathering: Gathering, kind: JobKind, *, id: str, now: datetime, **rest: object) -> Job:
    job = Job(
        partnership=gathering.partnership,
        id=id,
        kind=kind,
        gathering=gathering.id,
        started_at=now,
        due_at=now,
    )
    return replace(job, **rest)  # type: ignore[arg-type]
