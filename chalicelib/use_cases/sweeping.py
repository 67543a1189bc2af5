"""Sweeping: every minute, look after what is due, stale or stalled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.message import Message, MessageState, Urgency
from chalicelib.ports import (
    BULK_SHARDS,
    SHARDS,
    Conflict,
    Due,
    DueRow,
    Hint,
    Move,
    NotFound,
    World,
    WrittenByNewerCode,
)

BULK_PER_MINUTE = 600
"""How many bulk mails one sweep feeds to delivery: ten a second, spread over the minute."""

ORDINARY_PER_MINUTE = 500
"""How many other rows one sweep looks after; more are left to the next."""

_PAGE = 100
_MAX_PAGES = 10
"""How far one sweep reads on in a shard whose first rows nobody can do anything about."""

Report = Callable[[str], None]
"""Tells, while an exception is handled, that this row or shard could not be looked after."""


@dataclass
class Swept:
    """What one sweep did, as counts for the log."""

    hinted: int = 0
    parked: int = 0
    jobs: int = 0
    failed: int = 0


def sweep(world: World, *, now: datetime, report: Report) -> Swept:
    """Hint at every row that has come due, and park every message that is stale.

    Rows are asked one by one, because the index that names them may lag. A row or shard that
    fails is reported and left alone: nothing may keep the others from being looked after.
    Sweeping twice at once only hints twice.
    """
    swept = Swept()
    for shard in SHARDS:
        limit = ORDINARY_PER_MINUTE // len(SHARDS)
        _sweep_shard(world, shard, swept, now=now, limit=limit, report=report, spread_seconds=0)
    for shard in BULK_SHARDS:
        # Behind all others, and spread over the minute so that no queue fills up.
        limit = BULK_PER_MINUTE // len(BULK_SHARDS)
        _sweep_shard(world, shard, swept, now=now, limit=limit, report=report, spread_seconds=60)
    return swept


def _sweep_shard(
    world: World,
    shard: int,
    swept: Swept,
    *,
    now: datetime,
    limit: int,
    report: Report,
    spread_seconds: int,
) -> None:
    """Look after up to `limit` rows of a shard, reading on past those that need nothing.

    Hints leave together at the end, also when the shard could not be read any further.
    """
    hints: list[Hint] = []
    done = 0
    try:
        for row in _due_rows(world, shard, now=now):
            delay = done * spread_seconds // limit
            done += _look_after(world, row, swept, hints, now=now, delay=delay, report=report)
            if done >= limit:
                break
    except Exception:
        swept.failed += 1
        report(f"shard-{shard}")
    if hints:
        world.hints.many(hints)


def _due_rows(world: World, shard: int, *, now: datetime) -> Iterator[DueRow]:
    after = ""
    for _ in range(_MAX_PAGES):
        page = world.store.due(shard=shard, now=now, after=after, limit=_PAGE)
        yield from page.items
        after = page.next
        if not after:
            return


def _look_after(
    world: World,
    row: DueRow,
    swept: Swept,
    hints: list[Hint],
    *,
    now: datetime,
    delay: int,
    report: Report,
) -> bool:
    """Do for one row what it waits for; False when there was nothing to do, or it could not be."""
    try:
        if row.what is Due.JOB:
            return _continue_stalled(world, row, swept, hints, now=now)
        return _look_after_message(world, row, swept, hints, now=now, delay=delay)
    except (NotFound, WrittenByNewerCode):
        return False
    except Exception:
        swept.failed += 1
        report(row.id)
        return False


def _look_after_message(
    world: World, row: DueRow, swept: Swept, hints: list[Hint], *, now: datetime, delay: int
) -> bool:
    message = world.store.message(row.partnership, row.id)
    if message.is_due(now):
        hints.append(Hint(row, message.urgency, delay))
        swept.hinted += 1
        return True
    if message.state is MessageState.SENDING and message.in_doubt(now):
        return _park(world, message, swept, now=now)
    return False


def _continue_stalled(
    world: World, row: DueRow, swept: Swept, hints: list[Hint], *, now: datetime
) -> bool:
    job = world.store.job(row.partnership, row.id)
    if job.due_at is None or job.due_at > now:
        return False
    hints.append(Hint(row, Urgency.ORDINARY))
    swept.jobs += 1
    return True


def _park(world: World, message: Message, swept: Swept, *, now: datetime) -> bool:
    """Show a message in doubt to the coordinators; one that was settled meanwhile stays so."""
    with suppress(Conflict):
        world.save(moves=[Move(message, message.parked(now=now))])
        swept.parked += 1
        return True
    return False
