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
from chalicelib.use_cases import rationing
from chalicelib.use_cases.rationing import BULK_PER_MINUTE, Ration

ORDINARY_PER_MINUTE = 500
"""How many other rows one sweep looks after; more are left to the next."""

_PAGE = 100
_MAX_PAGES = 10
"""How far one sweep reads on in a shard whose first rows nobody can do anything about."""

Report = Callable[[str], None]
"""Tells, while an exception is handled, that this row or shard could not be looked after."""


@dataclass
class Swept:
    """What one sweep did, as counts for the log, and whether it left something to the next.

    `late` is for how many seconds the urgent mail that waits longest has been due. `stopped` is why
    this sweep put the brake on. `braked` tells that it is on, `nearly_used` that so much left in a
    day that bulk mail waits, and `distrusted` that so much came back or was unwelcome that all mail
    waits which can: alarms last as long as these do.
    """

    hinted: int = 0
    parked: int = 0
    jobs: int = 0
    failed: int = 0
    late: int = 0
    unfinished: bool = False
    stopped: str = ""
    braked: bool = False
    nearly_used: bool = False
    distrusted: bool = False


def sweep(world: World, *, now: datetime, may_go_on: Callable[[], bool], report: Report) -> Swept:
    """Hint at every row that has come due and may go, and park every message that is stale.

    Bulk mail goes at the rate that other mail leaves over, as long as a day's mail lasts. While the
    brake is on, only the few go that try it. The rows themselves are asked, because the index that
    names them may lag. A row or shard that fails is reported and left alone: nothing may keep the
    others from being looked after. What is left when it may not go on is for the next minute.
    Sweeping twice at once only hints twice.
    """
    swept = Swept()
    ration = _ration(world, swept, now=now, report=report)
    swept.braked = ration.sending.brake is not None
    swept.nearly_used, swept.distrusted = ration.nearly_used, ration.distrusted
    sweeping = _Sweep(world, now, may_go_on, report, swept, ration)
    for shard in SHARDS:
        sweeping.look_after(shard, limit=ORDINARY_PER_MINUTE // len(SHARDS))
    ration.begin_bulk(beside=swept.hinted)
    first = now.minute % len(BULK_SHARDS)
    for shard in BULK_SHARDS[first:] + BULK_SHARDS[:first]:  # Each is the first in its turn.
        sweeping.look_after(shard, limit=BULK_PER_MINUTE // len(BULK_SHARDS))
    ration.keep(world)
    return swept


def _ration(world: World, swept: Swept, *, now: datetime, report: Report) -> Ration:
    """What may go in this minute. An SES that cannot be asked keeps nobody waiting."""
    ration = rationing.ration(world, now=now)
    try:
        newest = rationing.ask_ses(world, ration.sending, now=now)
    except Exception:
        swept.failed += 1
        report("mail-account")
        return ration
    if newest is None:
        return ration
    swept.stopped = "" if ration.sending.brake else newest.refusal
    return rationing.ration(world, now=now)


@dataclass(frozen=True)
class _Sweep:
    """One sweep on its way through the shards."""

    world: World
    now: datetime
    may_go_on: Callable[[], bool]
    report: Report
    swept: Swept
    ration: Ration

    def look_after(self, shard: int, *, limit: int) -> None:
        """Look after up to `limit` rows of a shard, reading on past those that need nothing.

        Hints leave together at the end, also when the shard could not be read any further.
        """
        hints: list[Hint] = []
        done = 0
        try:
            for row, message in self._due(shard):
                done += self._do(row, message, hints)
                if done >= limit or not self._in_time():
                    break
        except Exception:
            self.swept.failed += 1
            self.report(f"shard-{shard}")
        if hints:
            self.world.hints.many(hints)

    def _due(self, shard: int) -> Iterator[tuple[DueRow, Message | None]]:
        """The rows of a shard that have come due, each message as it stands now if it was found."""
        after = ""
        for _ in range(_MAX_PAGES):
            if not self._in_time():
                return
            page = self.world.store.due(shard=shard, now=self.now, after=after, limit=_PAGE)
            messages = self.world.store.due_messages(page.items)
            yield from ((row, messages.get(row)) for row in page.items)
            after = page.next
            if not after:
                return

    def _in_time(self) -> bool:
        self.swept.unfinished = self.swept.unfinished or not self.may_go_on()
        return not self.swept.unfinished

    def _do(self, row: DueRow, message: Message | None, hints: list[Hint]) -> bool:
        """Do what one row waits for; False when there was nothing to do, or it could not be."""
        try:
            if row.what is Due.JOB:
                return self._continue_stalled(row, hints)
            # One that was not found among its neighbours is asked for alone, so that it says why.
            message = message or self.world.store.message(row.partnership, row.id)
            return self._do_message(row, message, hints)
        except (NotFound, WrittenByNewerCode):
            return False
        except Exception:
            self.swept.failed += 1
            self.report(row.id)
            return False

    def _do_message(self, row: DueRow, message: Message, hints: list[Hint]) -> bool:
        if message.is_due(self.now):
            self._time(message)
            delay = self.ration.turn(message)
            if delay is not None:
                hints.append(Hint(row, message.urgency, delay))
                self.swept.hinted += 1
            return True
        if message.state is MessageState.SENDING and message.in_doubt(self.now):
            return self._park(message)
        return False

    def _time(self, message: Message) -> None:
        """Remember for how long the urgent mail is due that waits longest."""
        if message.urgency is Urgency.URGENT and message.due_at is not None:
            waited = int((self.now - message.due_at).total_seconds())
            self.swept.late = max(self.swept.late, waited)

    def _continue_stalled(self, row: DueRow, hints: list[Hint]) -> bool:
        job = self.world.store.job(row.partnership, row.id)
        if job.due_at is None or job.due_at > self.now:
            return False
        hints.append(Hint(row, Urgency.ORDINARY))
        self.swept.jobs += 1
        return True

    def _park(self, message: Message) -> bool:
        """Show a message in doubt to the coordinators; one settled meanwhile stays so."""
        with suppress(Conflict):
            self.world.save(moves=[Move(message, message.parked(now=self.now))])
            self.swept.parked += 1
            return True
        return False
