"""Sweeping: every minute, look after what is due, stale or stalled."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.message import Message, MessageState
from chalicelib.ports import (
    BULK_SHARDS,
    SHARDS,
    Conflict,
    Due,
    DueRow,
    Move,
    NotFound,
    World,
    WrittenByNewerCode,
)

BULK_PER_MINUTE = 600
"""How many bulk mails one sweep feeds to delivery: ten a second, spread over the minute."""


@dataclass
class Swept:
    """What one sweep did, as counts for the log."""

    hinted: int = 0
    parked: int = 0
    jobs: int = 0


def sweep(world: World, *, now: datetime) -> Swept:
    """Hint at every row that has come due, and park every message that is stale.

    Rows are asked one by one, because the index that names them may lag. Sweeping twice at once
    only hints twice.
    """
    swept = Swept()
    for shard in SHARDS:
        for row in world.store.due(shard=shard, now=now):
            _look_after(world, row, swept, now=now, delay_seconds=0)
    _feed_bulk(world, swept, now=now)
    return swept


def _feed_bulk(world: World, swept: Swept, *, now: datetime) -> None:
    """Feed bulk mails behind all others, spread over the minute so that no queue fills up."""
    limit = BULK_PER_MINUTE // len(BULK_SHARDS)
    for shard in BULK_SHARDS:
        rows = world.store.due(shard=shard, now=now, limit=limit)
        for number, row in enumerate(rows):
            delay = number * 60 // limit
            _look_after(world, row, swept, now=now, delay_seconds=delay)


def _look_after(
    world: World, row: DueRow, swept: Swept, *, now: datetime, delay_seconds: int
) -> None:
    with suppress(NotFound, WrittenByNewerCode):
        if row.what is Due.JOB:
            _continue_stalled(world, row, swept, now=now)
            return
        message = world.store.message(row.partnership, row.id)
        if message.is_due(now):
            world.hints.row(row, urgency=message.urgency, delay_seconds=delay_seconds)
            swept.hinted += 1
        elif message.state is MessageState.SENDING and message.in_doubt(now):
            _park(world, message, swept, now=now)


def _continue_stalled(world: World, row: DueRow, swept: Swept, *, now: datetime) -> None:
    job = world.store.job(row.partnership, row.id)
    if job.due_at is not None and job.due_at <= now:
        world.hints.job(job)
        swept.jobs += 1


def _park(world: World, message: Message, swept: Swept, *, now: datetime) -> None:
    """Show a message in doubt to the coordinators; one that was settled meanwhile stays so."""
    with suppress(Conflict):
        world.save(moves=[Move(message, message.parked(now=now))])
        swept.parked += 1
