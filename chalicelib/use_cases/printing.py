"""Printing: the sheets of paper that a gathering needs on its day, as flat frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import PartStat
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Side, name_key
from chalicelib.messages.when import When, when_now
from chalicelib.ports import NotFound, World
from chalicelib.use_cases import naming

PER_SHEET = 100
"""How many guests of one answer a sheet lists; a link leads to the next."""


@dataclass(frozen=True)
class Occasion:
    """What stands at the top of every sheet. `state` is the gathering's own."""

    id: str
    title: str
    place: str
    when: When
    state: str


@dataclass(frozen=True)
class ListedGuest:
    """One line of the guest list."""

    name: str
    heads: int
    remark: str


@dataclass(frozen=True)
class GuestSheet:
    """Guests who gave one answer, by name; `next` goes on where the sheet was full."""

    partstat: str
    guests: tuple[ListedGuest, ...]
    next: str


@dataclass(frozen=True)
class GuestList:
    """The list for the door: who comes, who may come, and who never said. `heads` counts on."""

    occasion: Occasion
    heads: int
    sheets: tuple[GuestSheet, ...]
    continued: bool


@dataclass(frozen=True)
class Turn:
    """One thank-you, spoken aloud: by whom, to whom, and in which words.

    `nominator` is empty for somebody who would rather not be named, `words` where not everybody
    whom they are about allows them to be shown.
    """

    nominator: str
    honourees: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Host:
    """Somebody who hosts; `side` is unknown and `party` empty where the people list cannot tell."""

    name: str
    side: str
    party: str


@dataclass(frozen=True)
class RunSheet:
    """The course of the day. Each of `certificates` goes to one person or group.

    `one_side_hosts` when all hosts are known to be on the same side.
    """

    occasion: Occasion
    heads: int
    hosts: tuple[Host, ...]
    one_side_hosts: bool
    turns: tuple[Turn, ...]
    certificates: tuple[str, ...]
    remarks: tuple[ListedGuest, ...]
    more_remarks: bool


def guest_list(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    now: datetime,
    group: PartStat | None = None,
    after: str = "",
) -> GuestList:
    """Who is expected at the door; `group` and `after` give the next sheet of one answer."""
    gathering = world.store.gathering(partnership.slug, gathering_id)
    wanted = (group,) if group in _AT_THE_DOOR else _AT_THE_DOOR
    sheets = (_sheet(world, gathering, partstat, after=after) for partstat in wanted if partstat)
    return GuestList(
        occasion=_occasion(gathering, now=now),
        heads=world.store.tally(partnership.slug, gathering_id).coming,
        sheets=tuple(sheets),
        continued=bool(after),
    )


def run_sheet(
    world: World, *, partnership: Partnership, gathering_id: str, now: datetime
) -> RunSheet:
    """Who thanks whom, in which order, and what else to think of on the day."""
    gathering = world.store.gathering(partnership.slug, gathering_id)
    turns = _in_turn(_celebrated(world, gathering))
    coming = _sheet(world, gathering, PartStat.ACCEPTED, after="")
    hosts = _hosts(world, partnership, gathering.plan.hosts)
    sides = {host.side for host in hosts}
    return RunSheet(
        occasion=_occasion(gathering, now=now),
        heads=world.store.tally(partnership.slug, gathering_id).coming,
        hosts=hosts,
        one_side_hosts=len(sides) == 1 and Side.UNKNOWN not in sides,
        turns=turns,
        certificates=tuple(dict.fromkeys(chain.from_iterable(one.honourees for one in turns))),
        remarks=tuple(guest for guest in coming.guests if guest.remark),
        more_remarks=bool(coming.next),
    )


_AT_THE_DOOR = (PartStat.ACCEPTED, PartStat.TENTATIVE, PartStat.NEEDS_ACTION)


def _occasion(gathering: Gathering, *, now: datetime) -> Occasion:
    plan = gathering.plan
    when = when_now(gathering, now=now)
    return Occasion(gathering.id, plan.title, plan.place, when, gathering.state.value)


def _sheet(world: World, gathering: Gathering, partstat: PartStat, *, after: str) -> GuestSheet:
    page = world.store.guests(
        gathering.partnership, gathering.id, partstat, after=after, limit=PER_SHEET
    )
    guests = tuple(
        ListedGuest(
            name=place.name,
            heads=place.answer.heads if place.answer else 1,
            remark=place.answer.remark if place.answer else "",
        )
        for place in page.items
    )
    return GuestSheet(partstat.value, guests, page.next)


def _hosts(world: World, partnership: Partnership, names: tuple[str, ...]) -> tuple[Host, ...]:
    """The hosts, and where each belongs if the people list knows exactly one by that name."""
    parties = {party.id: party.name for party in partnership.parties}
    hosts = []
    for name in names:
        known = world.store.people_named(partnership.slug, name)
        person = known[0] if len(known) == 1 else None
        hosts.append(
            Host(
                name=name,
                side=person.side.value if person else Side.UNKNOWN.value,
                party=parties.get(person.party, "") if person else "",
            )
        )
    return tuple(hosts)


def _celebrated(world: World, gathering: Gathering) -> list[tuple[Nomination, tuple[str, ...]]]:
    """Each thank-you that is celebrated, with the names that may be said aloud today."""
    wanted: dict[str, set[str]] = {}
    for one in gathering.plan.honourees:
        wanted.setdefault(one.nomination, set()).add(one.honouree)
    found = []
    for nomination_id, honourees in wanted.items():
        try:
            nomination = world.store.nomination(gathering.partnership, nomination_id)
        except NotFound:
            continue
        named = tuple(one.name for one in naming.agreed(nomination) if one.honouree in honourees)
        if named:
            found.append((nomination, named))
    return found


def _in_turn(celebrated: list[tuple[Nomination, tuple[str, ...]]]) -> tuple[Turn, ...]:
    """The order of the day: the sides by turns, and by name within each, so that nobody leads."""
    by_side: dict[Side, list[Turn]] = {side: [] for side in Side}
    for nomination, named in sorted(celebrated, key=lambda pair: name_key(pair[1][0])):
        turn = Turn(
            nominator=nomination.shown_nominator,
            honourees=named,
            words=nomination.headline if nomination.is_shown else "",
        )
        by_side[nomination.honourees[0].side].append(turn)
    rounds = zip_longest(*by_side.values())
    return tuple(turn for turn in chain.from_iterable(rounds) if turn)
