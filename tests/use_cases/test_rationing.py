"""Rationing: SES's rate and day are shared, codes first; what must wait is kept, and let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.mail_account import READ_EVERY, MailAccount
from chalicelib.domain.message import Kind, Message, MessageState, Urgency
from chalicelib.domain.reputation import FEW_BOUNCES, Reputation
from chalicelib.use_cases import rationing, sweeping
from chalicelib.use_cases.delivering import Delivery
from chalicelib.use_cases.pacing import Pacing
from chalicelib.use_cases.sweeping import Swept
from tests.town import NOON, SLUG, Clock, Town
from tests.use_cases.steps import alarms, deliver, promise

DAY = timedelta(days=1)
SANDBOX = MailAccount(in_sandbox=True, sends=True, per_minute=60, per_day=200, sent=0, read_at=NOON)


def sweep(town: Town) -> Swept:
    town.hints.rows.clear()
    return sweeping.sweep(
        town.world, now=town.clock.now, may_go_on=lambda: True, report=lambda row: pytest.fail(row)
    )


def bulk(town: Town, count: int) -> list[Message]:
    deadline = town.clock.now + DAY
    return [
        promise(town, f"bulk{number}", urgency=Urgency.BULK, deadline=deadline)
        for number in range(count)
    ]


def hinted(town: Town) -> set[str]:
    return {row.id for row, _ in town.hints.rows}


def fed(town: Town) -> int:
    """How many bulk mails a sweep lets go."""
    sweep(town)
    return sum(id.startswith("verify-bulk") for id in hinted(town))


def test_bulk_mail_gets_what_the_rate_and_other_mail_leave_over(ons_dorp: Town) -> None:
    ons_dorp.mailer.allows = SANDBOX
    bulk(ons_dorp, 40)
    code = promise(ons_dorp)

    assert (fed(ons_dorp), code.id in hinted(ons_dorp)) == (32, True)


def test_bulk_mail_waits_for_a_new_day_and_then_goes_on(ons_dorp: Town) -> None:
    ons_dorp.mailer.allows = replace(SANDBOX, sent=155)
    bulk(ons_dorp, 8)

    assert fed(ons_dorp) == 5
    assert fed(ons_dorp) == 0

    ons_dorp.mailer.allows = replace(SANDBOX, sent=0)
    ons_dorp.clock.now += READ_EVERY
    assert fed(ons_dorp) == 8


def test_when_a_day_is_full_ordinary_mail_stays_queued_and_codes_still_go(ons_dorp: Town) -> None:
    ons_dorp.mailer.allows = replace(SANDBOX, sent=195)
    later = ons_dorp.clock.now + DAY
    ordinary = promise(ons_dorp, "n2", urgency=Urgency.ORDINARY, deadline=later)
    urgent = promise(ons_dorp)

    ons_dorp.sweep()
    ons_dorp.run_queues()

    states = [ons_dorp.world.store.message(SLUG, mail.id).state for mail in (ordinary, urgent)]
    assert states == [MessageState.QUEUED, MessageState.SENT]


def test_when_too_much_came_back_only_urgent_mail_goes_on_until_a_day_later(
    ons_dorp: Town,
) -> None:
    ons_dorp.mailer.allows = replace(SANDBOX, sent=100)
    bulk(ons_dorp, 1)
    urgent = promise(ons_dorp)
    ordinary = promise(ons_dorp, "n2", urgency=Urgency.ORDINARY, deadline=NOON + 2 * DAY)
    ons_dorp.world.save(Reputation().after(at=NOON, bounces=FEW_BOUNCES))

    held = sweep(ons_dorp)
    assert (held.distrusted, hinted(ons_dorp)) == (True, {urgent.id})
    assert not Pacing().turn(ons_dorp.world, Urgency.ORDINARY, clock=ons_dorp.clock)
    assert Pacing().turn(ons_dorp.world, Urgency.URGENT, clock=ons_dorp.clock)

    ons_dorp.clock.now += DAY
    assert not sweep(ons_dorp).distrusted
    assert ordinary.id in hinted(ons_dorp)


def test_an_account_that_was_suspended_is_found_before_any_mail_tries(ons_dorp: Town) -> None:
    ons_dorp.mailer.allows = replace(SANDBOX, sends=False)

    with alarms() as heard:
        ons_dorp.sweep()
        ons_dorp.sweep()

    assert heard == [{"event": "sending_stopped", "reason": "SendingPausedException"}]
    assert deliver(ons_dorp, promise(ons_dorp).id) is Delivery.HELD


def test_each_sweep_says_whether_a_day_is_nearly_used(ons_dorp: Town) -> None:
    ons_dorp.mailer.allows = replace(SANDBOX, sent=170)
    said = [sweep(ons_dorp).nearly_used for _ in range(2)]

    ons_dorp.mailer.allows = replace(SANDBOX, sent=150)
    ons_dorp.clock.now += READ_EVERY

    assert [*said, sweep(ons_dorp).nearly_used] == [True, True, False]


def test_ses_is_asked_once_in_five_minutes(ons_dorp: Town) -> None:
    ons_dorp.mailer.allows = SANDBOX
    sweep(ons_dorp)
    ons_dorp.mailer.allows = replace(SANDBOX, sent=99)
    ons_dorp.clock.now += READ_EVERY - timedelta(seconds=1)
    sweep(ons_dorp)
    known = ons_dorp.world.store.mail_account()
    ons_dorp.clock.wait(seconds=1)
    sweep(ons_dorp)
    newest = ons_dorp.world.store.mail_account()

    assert (known and known.sent, newest and newest.sent) == (0, 99)


def test_while_the_brake_is_on_few_are_hinted_at_and_what_is_over_is_given_up(
    ons_dorp: Town,
) -> None:
    ons_dorp.mailer.allows = replace(SANDBOX, per_day=0)
    bulk(ons_dorp, 6)
    over = promise(ons_dorp, kind=Kind.SIGNIN_CODE, deadline=ons_dorp.clock.now)

    sweep(ons_dorp)
    assert hinted(ons_dorp) == {over.id}

    deliver(ons_dorp, over.id)
    ons_dorp.clock.wait(minutes=1)
    tried = sweep(ons_dorp)
    assert (tried.hinted, tried.braked) == (rationing.PROBES, True)


def test_a_worker_spreads_its_mails_and_lets_codes_go_beside_them(ons_dorp: Town) -> None:
    clock, waits = Clock(), list[float]()
    ons_dorp.mailer.allows = SANDBOX
    sweep(ons_dorp)

    def wait(seconds: float) -> None:
        waits.append(round(seconds, 2))
        clock.wait(seconds=seconds)

    pacing = Pacing(wait)
    for urgency in (Urgency.ORDINARY, Urgency.BULK, Urgency.URGENT, Urgency.ORDINARY):
        assert pacing.turn(ons_dorp.world, urgency, clock=clock)

    assert waits == [3.57, 3.57]


def test_nothing_waits_before_ses_was_asked(ons_dorp: Town) -> None:
    pacing = Pacing(lambda seconds: pytest.fail("waited"))

    for _ in range(3):
        assert pacing.turn(ons_dorp.world, Urgency.ORDINARY, clock=ons_dorp.clock)
