"""Founding: an operator sets up a partnership, its parties, its people and its settings."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.partnership import Partnership, Party, Settings
from chalicelib.domain.people import Person, Role
from chalicelib.messages.invites import ZONES, UnsupportedZone
from chalicelib.ports import Conflict, World
from chalicelib.use_cases.paging import all_of


class AlreadyThere(Exception):
    """There is a partnership with this short name, or a person with this id or address."""


def found_partnership(world: World, *, partnership: Partnership) -> None:
    """Set up a new partnership. Raises `AlreadyThere`, or `UnsupportedZone`."""
    _check(partnership.settings)
    try:
        world.save(partnership)
    except Conflict as conflict:
        raise AlreadyThere(partnership.slug) from conflict


def add_party(world: World, *, slug: str, party: Party) -> Partnership:
    """Add a party, or change the one with its id. Raises `NotFound` for an unknown partnership."""
    partnership = world.store.partnership(slug).with_party(party)
    world.save(partnership)
    return partnership


def change_settings(world: World, *, slug: str, **changes: object) -> Partnership:
    """Change some of a partnership's settings.

    Raises `TypeError` for one that does not exist, and `UnsupportedZone` for a time zone that
    calendar programs would not read right.
    """
    partnership = world.store.partnership(slug)
    settings: Settings = replace(partnership.settings, **changes)  # type: ignore[arg-type]
    _check(settings)
    changed = partnership.with_settings(settings)
    world.save(changed)
    return changed


def add_person(world: World, *, person: Person) -> None:
    """Put somebody on the people list. Raises `AlreadyThere`, also for an address in use."""
    try:
        world.save(person)
    except Conflict as conflict:
        raise AlreadyThere(person.id) from conflict


def make_coordinator(world: World, *, slug: str, person_id: str) -> Person:
    """Let somebody on the people list sign in at the coordinators' desk."""
    person = world.store.person(slug, person_id).with_role(Role.COORDINATOR)
    world.save(person)
    return person


def enlist(world: World, *, slug: str) -> int:
    """Put a partnership that older code founded on the lists that the hourly clock walks.

    Its coordinators as well; returns how many there are. Doing it twice changes nothing.
    """
    world.save(world.store.partnership(slug))
    coordinators = 0
    for person in all_of(lambda after: world.store.people(slug, after=after)):
        if person.coordinates:
            world.save(person)
            coordinators += 1
    return coordinators


def _check(settings: Settings) -> None:
    if settings.time_zone not in ZONES:
        raise UnsupportedZone(settings.time_zone)
