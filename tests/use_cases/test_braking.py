"""Braking: while no mail can leave for anybody, one tries each minute and all others wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.brake import Brake
from chalicelib.domain.message import Kind, Message, MessageState
from chalicelib.domain.people import EmailAddress, Person, Role, Side
from chalicelib.ports import Accepted, Again, Claim, Envelope, Never, SendResult, Suppression
from chalicelib.use_cases.delivering import Delivery
from infra.local.moto_aws import one_request_at_a_time
from tests.domain.examples import ADA, DAN, verified
from tests.remembering import RememberingMailer
from tests.town import CAS, CLEO, SLUG, Town
from tests.use_cases.steps import alarms, claim, deliver, kept, promise

PAUSED = Again("SendingPausedException", account_fault=True)
DAY = timedelta(days=1)
DESK = frozenset({Role.COORDINATOR})


def stop_sending(town: Town) -> Message:
    """A mail finds out that no mail can leave."""
    message = promise(town, "n0", deadline=town.clock.now + DAY)
    town.mailer.answer(PAUSED)
    assert deliver(town, message.id) is Delivery.STOPPED
    return town.world.store.message(SLUG, message.id)


def several(town: Town, count: int) -> list[Message]:
    return [
        promise(town, f"n{number}", deadline=town.clock.now + DAY) for number in range(1, count + 1)
    ]


def test_once_no_mail_can_leave_the_others_wait_untouched(ons_dorp: Town) -> None:
    stop_sending(ons_dorp)
    others = several(ons_dorp, 3)

    ended = [deliver(ons_dorp, other.id) for other in others]

    assert (ended, ons_dorp.mailer.tries) == ([Delivery.HELD] * 3, 1)
    assert [ons_dorp.world.store.message(SLUG, other.id) for other in others] == others


def test_one_mail_a_minute_tries_however_many_wait(ons_dorp: Town) -> None:
    stop_sending(ons_dorp)
    several(ons_dorp, 5)
    ons_dorp.mailer.answer(PAUSED, times=99)
    tries = []

    for _ in range(4):
        ons_dorp.clock.wait(minutes=1)
        ons_dorp.look_after_mail()
        ons_dorp.look_after_mail()
        tries.append(ons_dorp.mailer.tries)

    assert tries == [2, 3, 4, 5]


def test_the_mail_that_gets_through_lets_all_others_go_on(ons_dorp: Town) -> None:
    stop_sending(ons_dorp)
    several(ons_dorp, 5)
    ons_dorp.clock.wait(minutes=1)

    ons_dorp.look_after_mail()
    ons_dorp.look_after_mail()

    assert ons_dorp.world.store.brake() is None
    assert len(ons_dorp.mails_to(ADA)) == ons_dorp.mailer.tries - 1 == 6


def test_while_one_mail_tries_another_worker_waits(ons_dorp: Town) -> None:
    first, second = (*several(ons_dorp, 1), stop_sending(ons_dorp))
    ons_dorp.clock.wait(minutes=1)
    others: list[Delivery] = []

    class Slow(RememberingMailer):
        def send(self, envelope: Envelope) -> SendResult:
            others.append(deliver(ons_dorp, second.id))
            return super().send(envelope)

    slow = Slow()
    ended = deliver(ons_dorp, first.id, world=replace(ons_dorp.world, mailer=slow))

    assert (ended, others) == (Delivery.RESUMED, [Delivery.HELD])
    assert (len(slow.envelopes), ons_dorp.mailer.tries) == (1, 1)


def test_of_many_workers_at_once_one_tries(ons_dorp: Town) -> None:
    stop_sending(ons_dorp)
    others = several(ons_dorp, 8)
    ons_dorp.mailer.answer(PAUSED, times=99)
    ons_dorp.clock.wait(minutes=1)

    with (
        one_request_at_a_time(queued=lambda: None),
        ThreadPoolExecutor(len(others)) as workers,
    ):
        ended = list(workers.map(lambda other: deliver(ons_dorp, other.id), others))

    assert (ended, ons_dorp.mailer.tries) == ([Delivery.HELD] * 8, 2)
    assert sum(ons_dorp.world.store.message(SLUG, other.id).attempt for other in others) == 1


def test_a_brake_that_was_read_before_somebody_tried_lets_nobody_through(ons_dorp: Town) -> None:
    stop_sending(ons_dorp)
    ons_dorp.clock.wait(minutes=1)
    brake, now = ons_dorp.world.store.brake(), ons_dorp.clock.now
    assert brake is not None

    ended = [
        ons_dorp.world.store.claim(
            message,
            message.claimed(token="worker", now=now),
            address_key="a" * 26,
            minted=(),
            probe=(brake, brake.probed(now)),
        )
        for message in several(ons_dorp, 2)
    ]

    assert ended == [Claim.MINE, Claim.BRAKED]


def test_trying_in_vain_makes_no_mail_wait_longer(ons_dorp: Town) -> None:
    message = stop_sending(ons_dorp)
    ons_dorp.mailer.answer(PAUSED, times=9)
    for _ in range(9):
        ons_dorp.clock.wait(minutes=1)
        assert deliver(ons_dorp, message.id) is Delivery.HELD
    ons_dorp.mailer.answer(Again("TooManyRequestsException"))
    ons_dorp.clock.wait(minutes=1)

    assert deliver(ons_dorp, message.id) is Delivery.AGAIN

    waits = ons_dorp.world.store.message(SLUG, message.id)
    assert waits.due_at is not None
    assert waits.due_at - ons_dorp.clock.now < timedelta(seconds=90)


@pytest.mark.parametrize("result", [Never("BadRequestException"), Again("slow")])
def test_only_a_mail_that_leaves_lets_the_others_go_on(ons_dorp: Town, result: SendResult) -> None:
    stop_sending(ons_dorp)
    first, second = several(ons_dorp, 2)
    ons_dorp.mailer.answer(result)
    ons_dorp.clock.wait(minutes=1)

    deliver(ons_dorp, first.id)

    assert deliver(ons_dorp, second.id) is Delivery.HELD


def test_an_old_success_does_not_hide_that_sending_stands_still(ons_dorp: Town) -> None:
    early = claim(ons_dorp, *several(ons_dorp, 1))
    stop_sending(ons_dorp)
    ons_dorp.clock.wait(minutes=1)
    was = ons_dorp.world.store.brake()
    assert was is not None
    ons_dorp.mailer.answer(PAUSED)
    deliver(ons_dorp, promise(ons_dorp, "n9").id)

    assert not ons_dorp.world.store.release(was)

    assert early.state is MessageState.SENDING
    assert ons_dorp.world.store.brake() is not None


def test_a_code_is_given_up_at_its_deadline_all_the_same(ons_dorp: Town) -> None:
    stop_sending(ons_dorp)
    code = promise(ons_dorp, kind=Kind.SIGNIN_CODE)
    ons_dorp.clock.now = code.deadline

    assert deliver(ons_dorp, code.id) is Delivery.TOO_LATE

    assert ons_dorp.world.store.message(SLUG, code.id).reason == "deadline"


def test_a_suppressed_address_takes_no_turn(ons_dorp: Town) -> None:
    stop_sending(ons_dorp)
    key = ons_dorp.world.secrets.address_key(DAN)
    ons_dorp.world.save(Suppression(key, "bounce", ons_dorp.clock.now))
    to_dan, (to_ada,) = promise(ons_dorp, "n9", recipient=DAN), several(ons_dorp, 1)
    ons_dorp.clock.wait(minutes=1)

    ended = [deliver(ons_dorp, message.id) for message in (to_dan, to_ada)]

    assert ended == [Delivery.SUPPRESSED, Delivery.RESUMED]


def test_the_first_reason_stays(ons_dorp: Town) -> None:
    stopped = stop_sending(ons_dorp)
    ons_dorp.mailer.answer(Again("AccountSuspendedException", account_fault=True))
    ons_dorp.clock.wait(minutes=1)
    now = ons_dorp.clock.now

    deliver(ons_dorp, stopped.id)

    since = now - timedelta(minutes=1)
    assert ons_dorp.world.store.brake() == Brake(
        since, "SendingPausedException", probe_at=now + timedelta(minutes=1)
    )


def test_the_operator_is_alarmed_once_that_sending_stops_and_not_when_it_goes_on(
    ons_dorp: Town,
) -> None:
    several(ons_dorp, 3)
    ons_dorp.mailer.answer(PAUSED, times=3)

    with alarms() as heard:
        for _ in range(5):
            ons_dorp.look_after_mail()
            ons_dorp.clock.wait(minutes=1)

    assert heard == [{"event": "sending_stopped", "reason": "SendingPausedException"}]
    assert len(ons_dorp.mails_to(ADA)) == 3


def test_a_digest_that_is_stopped_halfway_goes_on_with_who_did_not_get_it(ons_dorp: Town) -> None:
    more = (
        Person(SLUG, name, name, EmailAddress(f"{name}@example.nl"), Side.CITIZENS, roles=DESK)
        for name in ("mo", "noor")
    )
    ons_dorp.world.save(*more)
    kept(ons_dorp, verified())
    ons_dorp.mailer.answer(Accepted("first"))
    ons_dorp.mailer.answer(Accepted("second"))
    ons_dorp.mailer.answer(Again("AccountSuspendedException", account_fault=True), times=2)
    ons_dorp.clock.now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    ons_dorp.strike()

    left = []
    for _ in range(3):
        ons_dorp.look_after_mail()
        ons_dorp.look_after_mail()
        left.append(len(ons_dorp.mailer.mails))
        ons_dorp.clock.wait(minutes=1)

    readers = [mail["To"].addresses[0].addr_spec for mail in ons_dorp.mailer.mails]
    assert left == [2, 2, 4]
    assert sorted(readers) == sorted([CLEO, CAS, "mo@example.nl", "noor@example.nl"])
    assert ons_dorp.world.store.brake() is None
