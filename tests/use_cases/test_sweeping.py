"""Sweeping: nothing that is due, stale or stalled stays where it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count, islice

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.items import key_attributes
from chalicelib.domain.job import STALLED_AFTER
from chalicelib.domain.message import PARKED_AFTER, MessageState, Urgency
from chalicelib.ports import BULK_SHARDS, SHARDS, Due, DueRow, Hint
from chalicelib.use_cases import sweeping
from chalicelib.use_cases.sweeping import Swept
from tests.domain.examples import ADA
from tests.faults import HINT, StormyTown, fill
from tests.rows import every_row
from tests.town import SLUG, RememberingHints, Town
from tests.use_cases.steps import (
    SECOND,
    claim,
    go_on,
    guests,
    planned,
    promise,
    start_inviting,
)


class Delays(RememberingHints):
    """Hints that remember how long each waits."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[int] = []

    def many(self, hints: Sequence[Hint]) -> None:
        super().many(hints)
        self.seconds += [hint.delay_seconds for hint in hints]


def sweep(
    town: Town, reported: list[str] | None = None, may_go_on: Callable[[], bool] = lambda: True
) -> Swept:
    town.hints.rows.clear()
    report = [] if reported is None else reported
    return sweeping.sweep(town.world, now=town.clock.now, may_go_on=may_go_on, report=report.append)


def test_a_due_message_gets_a_hint_and_one_that_waits_does_not(ons_dorp: Town) -> None:
    due = promise(ons_dorp)
    promise(ons_dorp, "n2", due_at=ons_dorp.clock.now + SECOND)

    assert sweep(ons_dorp) == Swept(hinted=1)
    assert ons_dorp.hints.rows[0] == (DueRow(Due.MESSAGE, SLUG, due.id), "deliver_urgent")


def test_a_sweep_says_for_how_long_urgent_mail_waits_and_not_for_how_long_other_mail_does(
    ons_dorp: Town,
) -> None:
    now = ons_dorp.clock.now
    promise(ons_dorp, "n1", due_at=now - 7 * SECOND)
    promise(ons_dorp, "n2", due_at=now - 70 * SECOND)
    promise(ons_dorp, "n3", due_at=now - 700 * SECOND, urgency=Urgency.ORDINARY)

    assert sweep(ons_dorp) == Swept(hinted=3, late=70)


def test_sweeping_twice_at_once_sends_once(ons_dorp: Town) -> None:
    promise(ons_dorp)

    ons_dorp.sweep()
    ons_dorp.sweep()
    ons_dorp.run_queues()

    assert len(ons_dorp.mails_to(ADA)) == 1


def test_a_message_in_doubt_is_parked_when_its_time_is_up(ons_dorp: Town) -> None:
    message = claim(ons_dorp, promise(ons_dorp))

    ons_dorp.clock.now += PARKED_AFTER - SECOND
    assert sweep(ons_dorp) == Swept()

    ons_dorp.clock.now += SECOND
    assert sweep(ons_dorp) == Swept(parked=1)
    assert ons_dorp.world.store.message(SLUG, message.id).state is MessageState.PARKED


def test_a_job_that_stalled_goes_on_and_a_running_one_is_left_alone(ons_dorp: Town) -> None:
    planned(ons_dorp)
    job = start_inviting(ons_dorp, guests(46))
    go_on(ons_dorp, job, chunks=1)
    assert sweep(ons_dorp).jobs == 0

    ons_dorp.clock.now += STALLED_AFTER
    assert sweep(ons_dorp).jobs == 1

    go_on(ons_dorp, job)
    ons_dorp.clock.now += STALLED_AFTER
    assert sweep(ons_dorp).jobs == 0


def test_bulk_mail_is_spread_over_the_minute_behind_all_other_mail(ons_dorp: Town) -> None:
    bulk = [
        promise(ons_dorp, f"bulk{number}", urgency=Urgency.BULK)
        for number in range(len(BULK_SHARDS) * 12)
    ]
    urgent = promise(ons_dorp, "urgent")
    hints = Delays()

    world = replace(ons_dorp.world, hints=hints)
    sweeping.sweep(world, now=ons_dorp.clock.now, may_go_on=lambda: True, report=print)

    assert hints.rows[0][0].id == urgent.id
    assert len(hints.rows) == len(bulk) + 1
    assert 0 < max(hints.seconds) < 60


def test_hints_leave_ten_at_a_time(stormy: StormyTown) -> None:
    due = promise(stormy.town)
    fill(stormy, [replace(due, id=f"verify-{number}") for number in range(99)])
    stormy.weather.forecast()

    assert sweep(stormy.town).hinted == 100

    assert stormy.weather.attempts.count(HINT) <= 100 / 10 + len(SHARDS)


def test_a_hundred_due_messages_are_read_at_once(stormy: StormyTown) -> None:
    due = promise(stormy.town, urgency=Urgency.BULK)
    fill(stormy, [replace(due, id=f"bulk-{number}") for number in range(99)])
    stormy.weather.forecast()

    assert sweep(stormy.town).hinted == 100

    reads = Counter(stormy.weather.attempts)
    how_sending_stands = 1
    assert (reads["GetItem"], reads["BatchGetItem"]) == (0, how_sending_stands + len(BULK_SHARDS))


def test_what_is_left_when_time_runs_out_is_for_the_next_minute(ons_dorp: Town) -> None:
    for number in range(12):
        promise(ons_dorp, f"n{number}")
    time_left = iter([True] * 6)

    first = sweep(ons_dorp, may_go_on=lambda: next(time_left, False))

    assert first.unfinished
    assert 0 < first.hinted == len(ons_dorp.hints.rows) < 12
    assert sweep(ons_dorp) == Swept(hinted=12)


def test_a_message_of_newer_code_waits_for_it_and_holds_up_nobody(stormy: StormyTown) -> None:
    newer, due = promise(stormy.town, "newer"), promise(stormy.town)
    (row,) = [row for row in every_row(stormy.dynamodb) if row["pk"]["S"].endswith(newer.id)]
    stormy.dynamodb.put_item(TableName="pluim", Item={**row, "schema": {"N": "2"}})

    assert sweep(stormy.town) == Swept(hinted=1)

    assert stormy.town.hints.rows[0][0].id == due.id


def test_a_message_that_waits_for_later_is_found_when_its_time_comes(ons_dorp: Town) -> None:
    promise(ons_dorp, due_at=ons_dorp.clock.now + timedelta(minutes=10))
    assert sweep(ons_dorp) == Swept()

    ons_dorp.clock.wait(minutes=10)
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(ADA)) == 1


def test_a_page_full_of_newer_code_keeps_nobody_waiting(stormy: StormyTown) -> None:
    due = promise(stormy.town, due_at=stormy.town.clock.now)
    shard = keys.message_shard(due.id, due.urgency)
    ids = (f"newer-{number}" for number in count())
    in_front = islice((id for id in ids if keys.message_shard(id, due.urgency) == shard), 101)
    earlier = replace(due, schema=2, due_at=stormy.town.clock.now - SECOND)
    fill(stormy, [replace(earlier, id=id) for id in in_front])

    assert sweep(stormy.town).hinted == 1


def test_a_row_that_nobody_can_read_keeps_nobody_waiting(ons_dorp: Town) -> None:
    spoilt, due = promise(ons_dorp, "spoilt"), promise(ons_dorp)
    ons_dorp.aws.client("dynamodb").update_item(
        TableName="pluim",
        Key=key_attributes(keys.message(SLUG, spoilt.id)),
        UpdateExpression="SET colour = :blue",
        ExpressionAttributeValues={":blue": {"S": "blue"}},
    )
    reported: list[str] = []

    swept = sweep(ons_dorp, reported)

    assert (swept.hinted, swept.failed, reported) == (1, 1, [spoilt.id])
    assert [row.id for row, _ in ons_dorp.hints.rows] == [due.id]
