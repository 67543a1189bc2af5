"""Caps: nobody gets more mail in a day than they can bear, and nothing is lost over that."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.message import Message, MessageState
from chalicelib.domain.people import Language
from chalicelib.ports import Again
from chalicelib.use_cases import founding, overseeing, promising_gatherings, signing_in
from chalicelib.use_cases.delivering import Delivery
from tests.domain.examples import ADA, DAN
from tests.town import CLEO, SLUG, Town
from tests.use_cases.steps import deliver, invited, planned, promise


def promise_eleven(town: Town) -> list[Message]:
    """Eleven mails to Ada, however she writes her address."""
    spellings = (ADA, "ADA@example.nl", "ada+pluim@example.nl")
    return [promise(town, f"n{number}", recipient=spellings[number % 3]) for number in range(11)]


def stored(town: Town, mail: Message) -> Message:
    return town.world.store.message(SLUG, mail.id)


def test_of_eleven_mails_in_a_day_the_last_waits_for_the_next(ons_dorp: Town) -> None:
    mails = promise_eleven(ons_dorp)

    ended = [deliver(ons_dorp, mail.id) for mail in mails]

    assert ended == [Delivery.SENT] * 10 + [Delivery.WAITS]
    waiting = stored(ons_dorp, mails[-1])
    assert waiting.state is MessageState.QUEUED
    assert waiting.due_at is not None
    ons_dorp.clock.now = waiting.due_at
    assert deliver(ons_dorp, mails[-1].id) is Delivery.SENT


def test_a_waiting_mail_is_shown_until_it_left(ons_dorp: Town) -> None:
    mails = promise_eleven(ons_dorp)
    for mail in mails:
        deliver(ons_dorp, mail.id)

    def shown() -> list[tuple[str, str]]:
        now = ons_dorp.clock.now
        view = overseeing.undelivered(ons_dorp.world, partnership=ons_dorp.partnership, now=now)
        return [(row.id, row.leaves_at.isoformat()) for row in view.rows if row.leaves_at]

    assert shown() == [(mails[-1].id, "2026-11-21T01:00:00+01:00")]
    ons_dorp.clock.wait(days=1)
    ons_dorp.look_after_mail()
    assert not shown()


def test_somebody_elses_mail_does_not_wait_for_it(ons_dorp: Town) -> None:
    for mail in promise_eleven(ons_dorp):
        deliver(ons_dorp, mail.id)

    assert deliver(ons_dorp, promise(ons_dorp, "n99", recipient=DAN).id) is Delivery.SENT


def test_a_mail_that_is_tried_again_counts_once(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=1)
    mail = promise(ons_dorp)
    ons_dorp.mailer.answer(Again("TooManyRequestsException"), times=3)

    ended = []
    for _ in range(4):
        ended.append(deliver(ons_dorp, mail.id))
        ons_dorp.clock.now = stored(ons_dorp, mail).due_at or ons_dorp.clock.now

    assert ended == [Delivery.AGAIN] * 3 + [Delivery.SENT]
    assert deliver(ons_dorp, promise(ons_dorp, "n2").id) is Delivery.WAITS


def test_a_cancellation_and_a_code_never_wait(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=1)
    gathering, place = planned(ons_dorp), invited(ons_dorp, address=CLEO)
    now = ons_dorp.clock.now
    mails = [
        promising_gatherings.reminder(gathering, place, now=now),
        promising_gatherings.confirmation(gathering, place, now=now),
        promising_gatherings.cancel_mail(gathering, place, now=now),
    ]
    ons_dorp.world.save(outbox=mails)

    ended = [deliver(ons_dorp, mail.id) for mail in mails]
    signing_in.request_code(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        address=CLEO,
        browser="browser",
        known_browser="",
        language=Language.DUTCH,
        now=now,
    )
    ons_dorp.run_queues()

    assert ended == [Delivery.SENT, Delivery.WAITS, Delivery.SENT]
    assert "code" in str(ons_dorp.newest(CLEO)["Subject"])


def test_a_mail_that_cannot_wait_so_long_is_given_up_and_shown(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=1)
    deliver(ons_dorp, promise(ons_dorp).id)
    late = promise(ons_dorp, "n2", deadline=ons_dorp.clock.now + timedelta(hours=1))

    assert deliver(ons_dorp, late.id) is Delivery.WAITS
    ons_dorp.clock.wait(hours=1)
    ons_dorp.look_after_mail()

    assert (stored(ons_dorp, late).state, stored(ons_dorp, late).reason) == (
        MessageState.FAILED,
        "deadline",
    )


def test_a_partnership_may_have_no_limit(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=0)

    ended = {deliver(ons_dorp, mail.id) for mail in promise_eleven(ons_dorp)}

    assert ended == {Delivery.SENT}
