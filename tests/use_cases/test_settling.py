"""Settling: a coordinator decides about a mail that failed or may not have left, once."""

from __future__ import annotations

import pytest

from chalicelib.domain.message import CannotMove, Message, MessageState
from chalicelib.ports import Conflict, Never, Unknown
from chalicelib.use_cases import settling
from tests.domain.examples import ADA
from tests.town import SLUG, Town
from tests.use_cases.steps import deliver, promise, while_saving


def in_doubt(town: Town) -> Message:
    message = promise(town)
    town.mailer.answer(Unknown("ReadTimeoutError"))
    deliver(town, message.id)
    town.clock.wait(minutes=15)
    return town.world.store.message(SLUG, message.id)


def send_again(town: Town, message: Message, *, seen: int = 1) -> Message:
    return settling.send_again(
        town.world,
        partnership=town.partnership,
        message_id=message.id,
        seen_attempt=seen,
        now=town.clock.now,
    )


def leave(town: Town, message: Message) -> Message:
    return settling.leave(
        town.world,
        partnership=town.partnership,
        message_id=message.id,
        seen_attempt=1,
        now=town.clock.now,
    )


def test_a_mail_in_doubt_can_be_sent_again_even_before_the_sweep_parked_it(
    ons_dorp: Town,
) -> None:
    message = in_doubt(ons_dorp)

    send_again(ons_dorp, message)
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(ADA)) == 1


def test_a_failed_mail_can_be_sent_again_with_a_new_deadline(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    ons_dorp.mailer.answer(Never("BadRequestException"))
    deliver(ons_dorp, message.id)
    ons_dorp.clock.now = message.deadline

    send_again(ons_dorp, message)
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(ADA)) == 1


def test_two_clicks_send_it_again_once(ons_dorp: Town) -> None:
    message = in_doubt(ons_dorp)
    send_again(ons_dorp, message)
    ons_dorp.look_after_mail()

    with pytest.raises(CannotMove):
        send_again(ons_dorp, message)


def test_a_mail_that_was_left_is_not_sent(ons_dorp: Town) -> None:
    left = leave(ons_dorp, in_doubt(ons_dorp))
    ons_dorp.look_after_mail()

    assert (left.state, left.reason) == (MessageState.FAILED, "left")
    assert not ons_dorp.mails_to(ADA)


def test_a_mail_that_may_still_be_on_its_way_is_not_settled(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    ons_dorp.mailer.answer(Unknown("ReadTimeoutError"))
    deliver(ons_dorp, message.id)

    with pytest.raises(CannotMove):
        send_again(ons_dorp, message)
    with pytest.raises(CannotMove):
        leave(ons_dorp, message)


def test_of_two_coordinators_one_settles_it(ons_dorp: Town) -> None:
    message = in_doubt(ons_dorp)
    world = while_saving(ons_dorp.world, lambda: leave(ons_dorp, message))

    with pytest.raises(Conflict):
        settling.send_again(
            world,
            partnership=ons_dorp.partnership,
            message_id=message.id,
            seen_attempt=1,
            now=ons_dorp.clock.now,
        )

    ons_dorp.look_after_mail()
    assert not ons_dorp.mails_to(ADA)
