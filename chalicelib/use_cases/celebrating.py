"""Celebrating: planning a gathering, inviting, changing, cancelling, reminding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.gathering import Gathering, GatheringState, Plan, plan_gathering
from chalicelib.domain.invitation import Invitation
from chalicelib.domain.job import Guest, Job, JobKind
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Language
from chalicelib.ports import Conflict, NotFound, TallyChange, World
from chalicelib.use_cases import naming, promising, reminding

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

    Raises `AlreadyChanged`, `InThePast`, `IsCancelled` or `IsOver`.
    """
    gathering = world.store.gathering(partnership.slug, gathering_id)
    if gathering.version != seen_version:
        raise AlreadyChanged(gathering)
    changed = gathering.changed(plan, ask_again=ask_again, now=now)
    if changed != gathering:
        _save_and_tell(world, changed, before=gathering, now=now)
    return changed


def cancel(
    world: World, *, partnership: Partnership, gathering_id: str, seen_version: int, now: datetime
) -> Gathering:
    """Cancel a gathering, and tell everybody who was invited; repeating it changes nothing.

    Raises `AlreadyChanged` or `IsOver`.
    """
    gathering = world.store.gathering(partnership.slug, gathering_id)
    if gathering.state is GatheringState.CANCELLED:
        return gathering
    if gathering.version != seen_version:
        raise AlreadyChanged(gathering)
    cancelled = gathering.cancelled(now=now)
    _save_and_tell(world, cancelled, before=gathering, now=now)
    return cancelled


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
    world: World, *, partnership: Partnership, gathering_id: str, send_key: str, now: datetime
) -> Job:
    """Remind only the silent, once per `send_key`. Raises `IsCancelled` or `IsOver`."""
    gathering = world.store.gathering(partnership.slug, gathering_id).announced(now=now)
    job = _job(gathering, JobKind.REMIND, id=f"remind-{gathering.id}-{send_key}", now=now)
    _start(world, job)
    return job


def remove_guest(
    world: World, *, partnership: Partnership, gathering_id: str, guest: str, now: datetime
) -> Invitation:
    """Take back one guest's invitation, and tell that guest alone; repeating it changes nothing.

    Raises `IsOver` for a gathering that has ended.
    """
    gathering = world.store.gathering(partnership.slug, gathering_id)
    invitation = world.store.invitation(partnership.slug, gathering_id, guest)
    if gathering.state is GatheringState.CANCELLED or invitation.removed:
        return invitation
    gathering.announced(now=now)
    removed = invitation.without_guest(now=now)
    shown = naming.as_named_now(world, gathering)
    world.save(
        removed,
        TallyChange(gathering.partnership, gathering.id, removed.tally - invitation.tally),
        outbox=[promising.cancel_mail(shown, removed, now=now)],
    )
    return removed


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


def _save_and_tell(world: World, gathering: Gathering, *, before: Gathering, now: datetime) -> None:
    """Keep a change, with the job that tells the guests of it and the reminders that it moves.

    Nobody is told who was not invited, nor of what concerns the hosts alone.
    """
    announced = before.state is GatheringState.ANNOUNCED
    is_told = announced and gathering.revision != before.revision
    job = _job(gathering, JobKind.TELL, id=f"tell-{gathering.id}-{gathering.revision}", now=now)
    reminders = reminding.scheduled(world, gathering, now=now) if announced else ()
    try:
        world.save(gathering, *((job,) if is_told else ()), *reminders)
    except Conflict as conflict:
        newest = world.store.gathering(gathering.partnership, gathering.id)
        raise AlreadyChanged(newest) from conflict
    if is_told:
        world.hints.job(job)


def _start(world: World, job: Job, *facts: Gathering | Job) -> None:
    """Keep a job, once.

    Raises `SendKeyUsed` when one with this id invites others, and `Conflict` when a fact beside it
    was changed meanwhile.
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
    if (kept.guests, kept.everybody) != (job.guests, job.everybody):
        raise SendKeyUsed(job.id)


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
