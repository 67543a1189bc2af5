"""Delivering: once, on time, or visibly not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib import bootstrap
from chalicelib.domain.message import PARKED_AFTER, Kind, Message, MessageState
from chalicelib.domain.nomination import Honouree, NominationState
from chalicelib.ports import (
    Again,
    Claim,
    Envelope,
    Move,
    Never,
    SendResult,
    Suppression,
    Unanswered,
    Unknown,
)
from chalicelib.use_cases import (
    consenting,
    delivering,
    overseeing,
    promising_gatherings,
    promising_thanks,
    responding,
    settling,
)
from chalicelib.use_cases.delivering import Delivery
from tests.domain.examples import ADA, BO, DAN, approved
from tests.remembering import RememberingMailer
from tests.town import SLUG, Town
from tests.use_cases.steps import (
    SECOND,
    answer,
    claim,
    deliver,
    invited,
    nomination_of,
    planned,
    promise,
    promise_thanks,
    while_saving,
)

UNKNOWN = Unknown("ReadTimeoutError")


def stored(town: Town, message: Message) -> Message:
    return town.world.store.message(SLUG, message.id)


def shown_to_coordinators(town: Town) -> list[str]:
    now = town.clock.now
    view = overseeing.undelivered(town.world, partnership=town.partnership, now=now)
    return [row.id for row in view.rows]


def test_a_promise_is_kept_once_however_often_it_is_delivered(ons_dorp: Town) -> None:
    message = promise(ons_dorp)

    ended = [deliver(ons_dorp, message.id) for _ in range(3)]

    assert ended == [Delivery.SENT, Delivery.NOTHING_TO_DO, Delivery.NOTHING_TO_DO]
    assert len(ons_dorp.mails_to(ADA)) == 1


def test_of_two_workers_with_one_message_one_gets_the_claim(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    claim(ons_dorp, message, token="first")

    second = message.claimed(token="second", now=ons_dorp.clock.now)
    taken = ons_dorp.world.store.claim(message, second, address_key="a" * 26, minted=())

    assert taken is Claim.TAKEN
    assert stored(ons_dorp, message).claim == "first"


def test_while_one_worker_talks_to_ses_another_finds_nothing_to_do(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    others: list[Delivery] = []

    class Slow(RememberingMailer):
        def send(self, envelope: Envelope) -> SendResult:
            others.append(deliver(ons_dorp, message.id))
            return super().send(envelope)

    slow = Slow()
    deliver(ons_dorp, message.id, world=replace(ons_dorp.world, mailer=slow))

    assert others == [Delivery.NOTHING_TO_DO]
    assert (len(slow.envelopes), ons_dorp.mailer.tries) == (1, 0)


def test_a_mail_that_certainly_did_not_leave_is_tried_again_later_and_later(
    ons_dorp: Town,
) -> None:
    message = promise(ons_dorp, deadline=ons_dorp.clock.now + timedelta(days=3))
    ons_dorp.mailer.answer(Again("TooManyRequestsException"), times=7)
    minutes = []

    for _ in range(7):
        assert deliver(ons_dorp, message.id) is Delivery.AGAIN
        due = stored(ons_dorp, message).due_at
        assert due is not None
        minutes.append((due - ons_dorp.clock.now) // timedelta(minutes=1))
        ons_dorp.clock.now = due

    assert minutes == [1, 2, 5, 15, 60, 60, 60]
    assert deliver(ons_dorp, message.id) is Delivery.SENT


def test_many_mails_that_failed_together_come_back_apart(ons_dorp: Town) -> None:
    messages = [promise(ons_dorp, f"n{number}") for number in range(6)]
    ons_dorp.mailer.answer(Again("TooManyRequestsException"), times=6)

    for message in messages:
        deliver(ons_dorp, message.id)

    due = {stored(ons_dorp, message).due_at for message in messages}
    assert len(due) > 1
    assert all(at and at - ons_dorp.clock.now < timedelta(seconds=90) for at in due)


def test_a_mail_that_ses_never_accepts_fails_and_is_shown(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    ons_dorp.mailer.answer(Never("BadRequestException"))

    assert deliver(ons_dorp, message.id) is Delivery.FAILED

    assert stored(ons_dorp, message).reason == "BadRequestException"
    assert shown_to_coordinators(ons_dorp) == [message.id]


def test_a_mail_in_doubt_is_never_tried_again(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    ons_dorp.mailer.answer(UNKNOWN)
    assert deliver(ons_dorp, message.id) is Delivery.UNKNOWN

    ons_dorp.clock.wait(hours=1)
    ons_dorp.look_after_mail()

    assert ons_dorp.mailer.tries == 1
    assert stored(ons_dorp, message).state is MessageState.PARKED


def test_a_mail_in_doubt_shows_as_parked_on_time_also_when_the_sweep_is_late(
    ons_dorp: Town,
) -> None:
    message = promise(ons_dorp)
    ons_dorp.mailer.answer(UNKNOWN)
    deliver(ons_dorp, message.id)

    ons_dorp.clock.now += PARKED_AFTER - SECOND
    assert not shown_to_coordinators(ons_dorp)

    ons_dorp.clock.now += SECOND * 2
    assert shown_to_coordinators(ons_dorp) == [message.id]


def test_after_its_deadline_a_mail_is_given_up_and_shown(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    ons_dorp.clock.now = message.deadline

    assert deliver(ons_dorp, message.id) is Delivery.TOO_LATE

    assert stored(ons_dorp, message).reason == "deadline"
    assert shown_to_coordinators(ons_dorp) == [message.id]


def test_a_mail_that_cannot_be_written_fails_before_it_is_claimed(ons_dorp: Town) -> None:
    message = promise(ons_dorp, kind=Kind.NOMINATION_RECEIPT)

    assert deliver(ons_dorp, message.id) is Delivery.UNMADE

    assert (stored(ons_dorp, message).attempt, ons_dorp.mailer.tries) == (0, 0)


def test_a_worker_that_took_too_long_hands_the_mail_back_unsent(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    started, later = ons_dorp.clock.now, ons_dorp.clock.now + timedelta(seconds=61)
    moments = iter([started] * 2 + [later] * 9)

    ended = delivering.deliver(
        ons_dorp.world,
        letterhead=bootstrap.pluim().letterhead,
        partnership=SLUG,
        message_id=message.id,
        clock=lambda: next(moments),
    )

    assert (ended, ons_dorp.mailer.tries) == (Delivery.AGAIN, 0)


def test_a_suppressed_address_gets_no_mail_and_others_do(ons_dorp: Town) -> None:
    key = ons_dorp.world.secrets.address_key("ADA@example.nl")
    ons_dorp.world.save(Suppression(key, "bounce", ons_dorp.clock.now))
    to_ada, to_dan = promise(ons_dorp), promise(ons_dorp, "n2", recipient=DAN)

    ended = [deliver(ons_dorp, message.id) for message in (to_ada, to_dan)]

    assert ended == [Delivery.SUPPRESSED, Delivery.SENT]
    assert stored(ons_dorp, to_ada).reason == "suppressed"


def test_an_overtaken_invitation_is_not_sent_because_its_successor_tells_all(
    ons_dorp: Town,
) -> None:
    gathering, place = planned(ons_dorp), invited(ons_dorp)
    mail = promising_gatherings.invitation_mail(gathering, place, now=ons_dorp.clock.now)
    ons_dorp.world.save(outbox=[mail])
    responding.record_rsvp(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        gathering_id="g1",
        guest="bo",
        answer=answer(ons_dorp),
        now=ons_dorp.clock.now,
    )

    ons_dorp.look_after_mail()

    assert stored(ons_dorp, mail).reason == "overtaken"
    assert len(ons_dorp.mails_to(BO)) == 1


def test_later_mails_about_a_gathering_are_filed_under_the_first(ons_dorp: Town) -> None:
    gathering, place = planned(ons_dorp), invited(ons_dorp)
    now = ons_dorp.clock.now
    ons_dorp.world.save(outbox=[promising_gatherings.invitation_mail(gathering, place, now=now)])
    ons_dorp.look_after_mail()
    place = ons_dorp.world.store.invitation(SLUG, "g1", "bo")
    ons_dorp.world.save(outbox=[promising_gatherings.reminder(gathering, place, now=now)])
    ons_dorp.look_after_mail()

    first, second = ons_dorp.mails_to(BO)

    assert "In-Reply-To" not in first
    assert second["In-Reply-To"] == "<ses-1@eu-west-1.amazonses.com>"


def test_a_nomination_counts_as_thanked_once_every_honouree_was_mailed(ons_dorp: Town) -> None:
    both = (Honouree("1", "Bo", address=BO), Honouree("2", "Dan", address=DAN))
    nomination = approved(honourees=both)
    mails = promising_thanks.thanks(
        nomination, time_zone="Europe/Amsterdam", now=ons_dorp.clock.now, undo=timedelta()
    )
    ons_dorp.world.save(nomination, outbox=mails)
    states = []

    for mail in mails:
        deliver(ons_dorp, mail.id)
        states.append(ons_dorp.world.store.nomination(SLUG, "n1").state)

    assert states == [NominationState.APPROVED, NominationState.THANKED]


def goes_silent() -> None:
    raise Unanswered


def test_that_a_mail_left_is_written_again_when_no_answer_comes(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    world = while_saving(ons_dorp.world, goes_silent)

    assert deliver(ons_dorp, message.id, world=world) is Delivery.SENT

    assert stored(ons_dorp, message).ses_id == "ses-1"
    assert len(ons_dorp.mails_to(ADA)) == 1


def test_a_mail_that_left_stays_in_doubt_when_dynamodb_stays_silent(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    world = while_saving(while_saving(ons_dorp.world, goes_silent), goes_silent)

    with pytest.raises(Unanswered):
        deliver(ons_dorp, message.id, world=world)

    assert stored(ons_dorp, message).state is MessageState.SENDING
    assert deliver(ons_dorp, message.id) is Delivery.NOTHING_TO_DO


def letters(town: Town) -> list[str]:
    """The honourees for whom a letter has to be printed."""
    page = overseeing.letters(town.world, partnership=town.partnership)
    return [row.name for row in page.rows]


def suppress_bo(town: Town, mail: Message) -> None:
    key = town.world.secrets.address_key(BO)
    town.world.save(Suppression(key, "bounce", town.clock.now))


def refuse(town: Town, mail: Message) -> None:
    town.mailer.answer(Never("BadRequestException"))


def let_its_time_pass(town: Town, mail: Message) -> None:
    town.clock.now = mail.deadline


@pytest.mark.parametrize("happens", [suppress_bo, refuse, let_its_time_pass])
def test_a_thank_you_that_cannot_be_mailed_becomes_a_letter(
    ons_dorp: Town, happens: Callable[[Town, Message], None]
) -> None:
    mail = promise_thanks(ons_dorp)
    happens(ons_dorp, mail)

    deliver(ons_dorp, mail.id)

    assert letters(ons_dorp) == ["Bo de Vries"]
    assert shown_to_coordinators(ons_dorp) == [mail.id]


def test_a_letter_is_not_lost_to_whatever_else_is_saved_at_that_moment(ons_dorp: Town) -> None:
    mail = promise_thanks(ons_dorp)
    refuse(ons_dorp, mail)
    world = while_saving(
        ons_dorp.world,
        lambda: ons_dorp.world.save(nomination_of(ons_dorp).with_name(honouree_id="1", name="Bo")),
    )

    assert deliver(ons_dorp, mail.id, world=world) is Delivery.FAILED

    assert letters(ons_dorp) == ["Bo"]


def test_a_letter_that_was_handed_over_stays_so_when_the_mail_fails_again(ons_dorp: Town) -> None:
    mail = promise_thanks(ons_dorp)
    refuse(ons_dorp, mail)
    deliver(ons_dorp, mail.id)
    nomination = nomination_of(ons_dorp)
    ons_dorp.world.save(nomination.thanked(honouree_id="1", now=ons_dorp.clock.now))
    ons_dorp.clock.now += SECOND
    settling.send_again(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        message_id=mail.id,
        seen_attempt=1,
        now=ons_dorp.clock.now,
    )
    refuse(ons_dorp, mail)

    deliver(ons_dorp, mail.id)

    assert not letters(ons_dorp)
    assert nomination_of(ons_dorp).state is NominationState.THANKED


def test_no_mail_leaves_with_the_words_of_somebody_who_had_themselves_removed(
    ons_dorp: Town,
) -> None:
    mail = promise_thanks(ons_dorp)
    claimed = claim(ons_dorp, mail)
    consenting.remove(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        nomination_id="n1",
        honouree_id="1",
        now=ons_dorp.clock.now,
    )
    waits = claimed.again(now=ons_dorp.clock.now, jitter=timedelta(), reason="throttled")
    ons_dorp.world.save(moves=[Move(claimed, waits)])
    ons_dorp.clock.wait(hours=1)

    assert deliver(ons_dorp, mail.id) is Delivery.SUPPRESSED

    assert stored(ons_dorp, mail).reason == "removed"
    assert not letters(ons_dorp)
    assert not shown_to_coordinators(ons_dorp)


@pytest.mark.parametrize("early", [SECOND, timedelta(minutes=10)])
def test_a_mail_is_not_sent_before_it_is_due(ons_dorp: Town, early: timedelta) -> None:
    due: datetime = ons_dorp.clock.now + early
    message = promise(ons_dorp, due_at=due)

    assert deliver(ons_dorp, message.id) is Delivery.NOTHING_TO_DO

    ons_dorp.clock.now = due
    assert deliver(ons_dorp, message.id) is Delivery.SENT
