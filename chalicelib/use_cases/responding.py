"""Responding: one function for every answer to an invitation, whichever way it came."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.invitation import Answer, Invitation
from chalicelib.domain.partnership import Partnership
from chalicelib.ports import Conflict, TallyChange, World
from chalicelib.use_cases import promising

_TRIES = 5


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
    for _ in range(_TRIES - 1):
        try:
            return _record(world, partnership, gathering_id, guest, answer, now=now)
        except Conflict:
            continue
    return _record(world, partnership, gathering_id, guest, answer, now=now)


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
    over = gathering.is_over(now)
    world.save(
        after,
        TallyChange(partnership.slug, gathering_id, after.tally - before.tally),
        outbox=[] if over else [promising.confirmation(gathering, after, now=now)],
        unchanged=[gathering],
    )
    return after
