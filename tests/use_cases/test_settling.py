"""Settling: a coordinator decides about a mail that failed or may not have left, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.message import CannotMove, Kind, Message, MessageState
from chalicelib.ports import Conflict, Never, Unknown, World
from chalicelib.use_cases import consenting, overseeing, promising_gatherings, settling
from tests.domain.examples import ADA
from tests.ses_events import ses_event
from tests.town import SLUG, Town
from tests.use_cases.steps import (
    deliver,
    invited,
    nomination_of,
    planned,
    promise,
    promise_thanks,
    while_saving,
)


def in_doubt(town: Town, message: Message | None = None) -> Message:
    message = message or promise(town)
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


def leave(town: Town, message: Message, *, world: World | None = None) -> Message:
    return settling.leave(
        world or town.world,
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


def test_a_thank_you_that_was_left_becomes_a_letter(ons_dorp: Town) -> None:
    leave(ons_dorp, in_doubt(ons_dorp, promise_thanks(ons_dorp)))

    assert nomination_of(ons_dorp).awaits_letter


def test_a_letter_is_not_lost_to_what_is_saved_in_between(ons_dorp: Town) -> None:
    message = in_doubt(ons_dorp, promise_thanks(ons_dorp))
    world = while_saving(ons_dorp.world, lambda: ons_dorp.world.save(nomination_of(ons_dorp)))

    leave(ons_dorp, message, world=world)

    assert nomination_of(ons_dorp).awaits_letter


def test_a_thank_you_to_who_had_themselves_removed_is_not_sent_again(ons_dorp: Town) -> None:
    message = in_doubt(ons_dorp, promise_thanks(ons_dorp))
    consenting.remove(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        nomination_id="n1",
        honouree_id="1",
        now=ons_dorp.clock.now,
    )

    with pytest.raises(CannotMove):
        send_again(ons_dorp, message)


def test_an_invitation_is_sent_again_until_the_gathering_starts(ons_dorp: Town) -> None:
    gathering, place = planned(ons_dorp), invited(ons_dorp)
    mail = promising_gatherings.invitation_mail(gathering, place, now=ons_dorp.clock.now)
    ons_dorp.world.save(outbox=[mail])
    ons_dorp.mailer.answer(Never("BadRequestException"))
    deliver(ons_dorp, mail.id)
    starts_at = gathering.plan.starts_at

    ons_dorp.clock.now = starts_at
    with pytest.raises(CannotMove):
        send_again(ons_dorp, mail)

    ons_dorp.clock.now = starts_at - timedelta(days=5)
    assert send_again(ons_dorp, mail).deadline == starts_at


def bounced(town: Town, kind: str = "Bounce") -> Message:
    """A mail that left, and about which SES told something else afterwards."""
    message = promise(town)
    deliver(town, message.id)
    hear_of(town, kind)
    return town.world.store.message(SLUG, message.id)


def hear_of(town: Town, kind: str) -> None:
    assert town.handle("events", ses_event(kind, town.mailer.envelopes[0])) == []


def put_away(town: Town, message: Message, *, world: World | None = None) -> Message:
    return settling.put_away(
        world or town.world,
        partnership=town.partnership,
        message_id=message.id,
        seen_attempt=message.attempt,
        seen_standing=settling.standing(message),
    )


def listed(town: Town) -> list[overseeing.UndeliveredRow]:
    now = town.clock.now
    return list(overseeing.undelivered(town.world, partnership=town.partnership, now=now).rows)


@pytest.mark.parametrize("kind", ["Bounce", "Complaint"])
def test_a_mail_that_came_back_leaves_the_list_once_seen(ons_dorp: Town, kind: str) -> None:
    message = bounced(ons_dorp, kind)
    (row,) = listed(ons_dorp)
    assert (row.may_put_away, row.may_send_again) == (True, False)

    put_away(ons_dorp, message)
    put_away(ons_dorp, message)

    assert not listed(ons_dorp)


def test_worse_news_about_a_mail_is_shown_again(ons_dorp: Town) -> None:
    put_away(ons_dorp, bounced(ons_dorp))

    hear_of(ons_dorp, "Delivery")
    assert not listed(ons_dorp)

    hear_of(ons_dorp, "Complaint")
    assert [row.outcome for row in listed(ons_dorp)] == ["complained"]


def test_what_a_coordinator_did_not_see_yet_is_not_put_away(ons_dorp: Town) -> None:
    message = bounced(ons_dorp)
    hear_of(ons_dorp, "Complaint")

    with pytest.raises(CannotMove):
        put_away(ons_dorp, message)

    assert len(listed(ons_dorp)) == 1


def test_a_mail_that_was_put_away_and_fails_again_is_shown_again(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    ons_dorp.mailer.answer(Never("BadRequestException"), times=2)
    deliver(ons_dorp, message.id)
    put_away(ons_dorp, ons_dorp.world.store.message(SLUG, message.id))
    send_again(ons_dorp, message)

    deliver(ons_dorp, message.id)

    assert len(listed(ons_dorp)) == 1


def test_a_mail_in_doubt_is_not_put_away_but_left(ons_dorp: Town) -> None:
    message = in_doubt(ons_dorp)

    with pytest.raises(CannotMove):
        put_away(ons_dorp, message)


def test_the_list_offers_no_code_to_send_again(ons_dorp: Town) -> None:
    code = promise(ons_dorp, kind=Kind.SIGNIN_CODE)
    ons_dorp.clock.now = code.deadline
    deliver(ons_dorp, code.id)

    (row,) = overseeing.undelivered(
        ons_dorp.world, partnership=ons_dorp.partnership, now=ons_dorp.clock.now
    ).rows

    assert (row.id, row.may_send_again) == (code.id, False)
