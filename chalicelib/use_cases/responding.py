"""Responding: one function for every answer to an invitation, whichever way it came."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Answer, Invitation
from chalicelib.domain.message import Message
from chalicelib.domain.partnership import Partnership
from chalicelib.ports import TallyChange, World
from chalicelib.use_cases import naming, promising
from chalicelib.use_cases.retrying import until_saved


def record_rsvp(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    guest: str,
    answer: Answer,
    now: datetime,
) -> Invitation:
    """Record a guest's answer, count it, and confirm it by mail, in one transaction.

    An answer that says nothing new, or is older than the stored one, changes nothing. After the
    gathering it is recorded, and no mail is sent. Raises `IsCancelled` or `NotInvited`.
    """
    return until_saved(lambda: _record(world, partnership, gathering_id, guest, answer, now=now))


def _record(
    world: World,
    partnership: Partnership,
    gathering_id: str,
    guest: str,
    answer: Answer,
    *,
    now: datetime,
) -> Invitation:
    gathering = world.store.gathering(partnership.slug, gathering_id)
    before = world.store.invitation(partnership.slug, gathering_id, guest)
    after = before.answered(answer, gathering=gathering, now=now)
    if after == before:
        return before
    world.save(
        after,
        TallyChange(partnership.slug, gathering_id, after.tally - before.tally),
        outbox=[] if gathering.is_over(now) else [_confirmation(world, gathering, after, now=now)],
        unchanged=[gathering],
    )
    return after


def _confirmation(
    world: World, gathering: Gathering, place: Invitation, *, now: datetime
) -> Message:
    return promising.confirmation(naming.as_named_now(world, gathering), place, now=now)
