"""Printing: the sheets of paper that a gathering needs on its day, as flat frozen data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain, zip_longest

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Invitation, PartStat
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Side, name_key
from chalicelib.domain.recurrence import Occurrence
from chalicelib.messages.when import When, when_now
from chalicelib.ports import NotFound, World
from chalicelib.use_cases import naming

PER_SHEET = 100
"""How many guests of one answer, or of one date, a sheet lists; a link leads to the next."""


@dataclass(frozen=True)
class Occasion:
    """What stands at the top of every sheet. `state` is the gathering's own.

    `day` names the date of a series that it is about, in ISO form.
    """

    id: str
    title: str
    place: str
    when: When
    state: str
    day: str = ""


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
    """The list for the door: who comes, who may come, and who never said.

    `heads` is how many people are counted on. Of one date of a series that is known only where all
    guests fit on one list, and is 0 otherwise; its list goes on at `next`, for all answers.
    """

    occasion: Occasion
    heads: int
    sheets: tuple[GuestSheet, ...]
    continued: bool
    next: str = ""


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
    day: date | None = None,
    group: PartStat | None = None,
    after: str = "",
) -> GuestList:
    """Who is expected at the door; `group` and `after` give the next sheet of one answer.

    Of a series it is the list of one date, the next one unless `day` names another, and `after`
    gives the next sheet of all answers. Raises `NoSuchDate`.
    """
    gathering = world.store.gathering(partnership.slug, gathering_id)
    about = _date(gathering, day, now=now)
    if about is not None:
        expected = _expected_on(world, gathering, about.day, after=after)
        return GuestList(
            occasion=_occasion(gathering, about, now=now),
            heads=0 if after else expected.heads,
            sheets=expected.sheets,
            continued=bool(after),
            next=expected.next,
        )
    wanted = (group,) if group in _AT_THE_DOOR else _AT_THE_DOOR
    sheets = (_sheet(world, gathering, partstat, after=after) for partstat in wanted if partstat)
    return GuestList(
        occasion=_occasion(gathering, None, now=now),
        heads=world.store.tally(partnership.slug, gathering_id).coming,
        sheets=tuple(sheets),
        continued=bool(after),
    )


def run_sheet(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    now: datetime,
    day: date | None = None,
) -> RunSheet:
    """Who thanks whom, in which order, and what else to think of on the day.

    Of a series it is the sheet of one date, as in `guest_list`.
    """
    gathering = world.store.gathering(partnership.slug, gathering_id)
    about = _date(gathering, day, now=now)
    turns = _in_turn(_celebrated(world, gathering))
    expected = _expected_on(world, gathering, about.day) if about else _coming(world, gathering)
    coming = expected.sheets[0]
    hosts = _hosts(world, partnership, gathering.plan.hosts)
    sides = {host.side for host in hosts}
    return RunSheet(
        occasion=_occasion(gathering, about, now=now),
        heads=expected.heads,
        hosts=hosts,
        one_side_hosts=len(sides) == 1 and Side.UNKNOWN not in sides,
        turns=turns,
        certificates=tuple(dict.fromkeys(chain.from_iterable(one.honourees for one in turns))),
        remarks=tuple(guest for guest in coming.guests if guest.remark),
        more_remarks=bool(expected.next),
    )


_AT_THE_DOOR = (PartStat.ACCEPTED, PartStat.TENTATIVE, PartStat.NEEDS_ACTION)


@dataclass(frozen=True)
class _Expected:
    """Guests by answer, those who come first; `heads` is 0 where the list goes on at `next`."""

    sheets: tuple[GuestSheet, ...]
    heads: int
    next: str


def _date(gathering: Gathering, day: date | None, *, now: datetime) -> Occurrence | None:
    """The date of a series that a sheet is about; None for a gathering that has just one."""
    if gathering.plan.repeats is None:
        return None
    if day is not None:
        return gathering.date_on(day)
    coming = (one for one in gathering.dates if gathering.plan.instant(one.ends) > now)
    return next(coming, gathering.dates[-1])


def _occasion(gathering: Gathering, about: Occurrence | None, *, now: datetime) -> Occasion:
    plan = gathering.plan
    when = when_now(gathering, now=now)
    occasion = Occasion(gathering.id, plan.title, plan.place, when, gathering.state.value)
    if about is None:
        return occasion
    alone = replace(when, starts=about.starts, ends=about.ends, pattern="", dates=())
    return replace(occasion, when=alone, day=about.day.isoformat())


def _expected_on(world: World, gathering: Gathering, day: date, *, after: str = "") -> _Expected:
    """What a page of the guests said of one date, by name: no index knows that of every date."""
    page = world.store.invitations(
        gathering.partnership, gathering.id, after=after, limit=PER_SHEET
    )
    places = [one for one in page.items if not one.removed and day not in one.dropped]
    by_name = sorted(places, key=lambda one: name_key(one.name))
    sheets = tuple(
        GuestSheet(
            partstat.value,
            tuple(_on_date(one, day) for one in by_name if one.partstat_on(day) is partstat),
            next="",
        )
        for partstat in _AT_THE_DOOR
    )
    heads = sum(guest.heads for guest in sheets[0].guests)
    return _Expected(sheets, 0 if page.next else heads, page.next)


def _on_date(place: Invitation, day: date) -> ListedGuest:
    said = place.said_on(day)
    return ListedGuest(place.name, said.heads if said else 1, place.remark_on(day))


def _coming(world: World, gathering: Gathering) -> _Expected:
    sheet = _sheet(world, gathering, PartStat.ACCEPTED, after="")
    heads = world.store.tally(gathering.partnership, gathering.id).coming
    return _Expected((sheet,), heads, sheet.next)


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
