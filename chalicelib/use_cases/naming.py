"""Naming: whom a gathering may name, which is up to the honourees, and can change any day."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.consent import shown_name
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.plan import Celebrated
from chalicelib.ports import NotFound, World


def as_named_now(world: World, gathering: Gathering) -> Gathering:
    """The gathering as it may be shown or mailed now, which is not the one to keep.

    It names those honourees only who still agree to be named, as they chose to be.
    """
    celebrated = gathering.plan.honourees
    agreed = {
        (one.nomination, one.honouree): one
        for nomination_id in dict.fromkeys(one.nomination for one in celebrated)
        for one in _agreed_in(world, gathering.partnership, nomination_id)
    }
    named = [agreed.get((one.nomination, one.honouree)) for one in celebrated]
    return replace(
        gathering, plan=replace(gathering.plan, honourees=tuple(one for one in named if one))
    )


def agreed(nomination: Nomination) -> tuple[Celebrated, ...]:
    """The honourees who agreed to be named, as they chose to be."""
    return tuple(
        Celebrated(nomination.id, honouree.id, shown_name(honouree.name, honouree.choice))
        for honouree in nomination.honourees
        if honouree.choice is not None and honouree.allows_showing
    )


def _agreed_in(world: World, partnership: str, nomination_id: str) -> tuple[Celebrated, ...]:
    try:
        return agreed(world.store.nomination(partnership, nomination_id))
    except NotFound:
        return ()
