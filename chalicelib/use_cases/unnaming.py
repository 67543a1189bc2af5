"""Unnaming: an honouree who is gone is taken out of gatherings, and of the mails about these."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Invitation
from chalicelib.domain.message import Message
from chalicelib.domain.nomination import NoSuchHonouree
from chalicelib.domain.plan import Celebrated
from chalicelib.ports import Holds, Move, NotFound, World
from chalicelib.use_cases.paging import all_of
from chalicelib.use_cases.retrying import until_saved

_GATHERINGS_AT_ONCE = 25
_GUESTS_AT_ONCE = 30
_ROWS_AT_ONCE = 100
_WITHIN = "."


@dataclass(frozen=True)
class Step:
    """How many gatherings or guests were looked at, and where to go on; empty at the end.

    With `waits`, a mail that names who is gone is being sent at this moment: the names stay in its
    gathering, so that a later walk finds that mail again.
    """

    done: int
    next: str
    waits: bool = False


def next_step(world: World, partnership: str, place: str, *, now: datetime) -> Step:
    """Some of the gatherings of a partnership; of one that names who is gone, some of its guests.

    The names go out of the mails first and out of the gathering last, so that a step that is
    repeated knows what to look for. `place` is where the step before said to go on.
    """
    after, _, guests = place.partition(_WITHIN)
    for done in range(_GATHERINGS_AT_ONCE):
        page = world.store.gatherings(partnership, after=after, limit=1)
        for gathering in page.items:
            still = _still_there(world, gathering)
            if still != gathering.plan.honourees:
                return _unname(world, gathering, still, at=(after, guests), then=page.next, now=now)
        if not page.next:
            return Step(done + 1, "")
        after, guests = page.next, ""
    return Step(_GATHERINGS_AT_ONCE, after + _WITHIN)


def _still_there(world: World, gathering: Gathering) -> tuple[Celebrated, ...]:
    return tuple(
        one for one in gathering.plan.honourees if _is_there(world, gathering.partnership, one)
    )


def _is_there(world: World, partnership: str, one: Celebrated) -> bool:
    try:
        world.store.nomination(partnership, one.nomination).honouree(one.honouree)
    except (NotFound, NoSuchHonouree):
        return False
    return True


def _unname(
    world: World,
    gathering: Gathering,
    still: tuple[Celebrated, ...],
    *,
    at: tuple[str, str],
    then: str,
    now: datetime,
) -> Step:
    after, guests = at
    page = world.store.invitations(
        gathering.partnership, gathering.id, after=guests, limit=_GUESTS_AT_ONCE
    )
    gone = {one.name for one in gathering.plan.honourees} - {one.name for one in still}
    waits = [_clean_mails(world, gathering, place, gone, now=now) for place in page.items]
    if any(waits):
        return Step(len(page.items), _WITHIN.join(at), waits=True)
    if page.next:
        return Step(len(page.items), _WITHIN.join((after, page.next)))
    _forget(world, gathering)
    return Step(len(page.items), then + _WITHIN if then else "")


def _clean_mails(
    world: World, gathering: Gathering, place: Invitation, gone: set[str], *, now: datetime
) -> bool:
    """A guest's mails about this gathering; whether one is leaving that still names who is gone."""
    rows = all_of(
        lambda after: world.store.about(
            place.partnership, place.address, after=after, limit=_ROWS_AT_ONCE
        )
    )
    waits = [
        until_saved(partial(_clean, world, gathering, row.id, gone, now=now))
        for row in rows
        if row.what is Holds.MESSAGE
    ]
    return any(waits)


def _clean(
    world: World, gathering: Gathering, mail_id: str, gone: set[str], *, now: datetime
) -> bool:
    """Take the names out of a mail; True when it must wait until it has left."""
    try:
        mail = world.store.message(gathering.partnership, mail_id)
    except NotFound:
        return False
    cleaned = _without(mail, gone)
    is_about_it = mail.tells is not None and mail.tells.gathering == gathering.id
    if not is_about_it or cleaned == mail:
        return False
    if mail.is_in_hand(now):
        return True
    world.save(moves=[Move(mail, cleaned)])
    return False


def _without(mail: Message, gone: set[str]) -> Message:
    named = mail.facts.get("honourees")
    if not isinstance(named, list):
        return mail
    return replace(
        mail, facts={**mail.facts, "honourees": [name for name in named if name not in gone]}
    )


def _forget(world: World, gathering: Gathering) -> None:
    """Keep no name of an honouree who is gone, also not where it is not shown any more."""

    def forget() -> None:
        newest = world.store.gathering(gathering.partnership, gathering.id)
        still = _still_there(world, newest)
        if still != newest.plan.honourees:
            world.save(replace(newest, plan=replace(newest.plan, honourees=still)))

    until_saved(forget)
