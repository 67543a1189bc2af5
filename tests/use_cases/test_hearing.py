"""Hearing what SES tells: in any order, any number of times, with the same end."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from chalicelib.adapters.ses import read_event
from chalicelib.domain.consent import Choice
from chalicelib.domain.message import Message, MessageState, Outcome
from chalicelib.domain.nomination import NominationState
from chalicelib.ports import Envelope, Listing, Unknown
from chalicelib.use_cases import delivering, hearing, viewing
from tests.domain.examples import ADA, BO, DAN
from tests.faults import StormyTown
from tests.rows import Row, every_row
from tests.ses_events import ses_event
from tests.town import SLUG, Town
from tests.use_cases.steps import (
    SECOND,
    claim,
    deliver,
    nomination_of,
    promise,
    promise_thanks,
    while_saving,
)


def about(message: Message) -> Envelope:
    tags = {"message": message.id, "attempt": "1", "partnership": SLUG}
    return Envelope("pluim@pluim.example.nl", message.recipient, b"", tags)


def hear(town: Town, name: str, message: Message, mail: int | str = 1, **details: Any) -> bool:
    event = read_event(ses_event(name, about(message), ses_id=f"ses-{mail}", **details))
    return hearing.hear(town.world, event=event, now=town.clock.now)


def stored(town: Town, message: Message) -> Message:
    return town.world.store.message(SLUG, message.id)


def suppressed(town: Town, address: str) -> bool:
    return town.world.store.suppression(town.world.secrets.address_key(address)) is not None


def our_own_answer(town: Town, message: Message) -> None:
    """The worker that sent it writes down what SES said."""
    seen = stored(town, message)
    delivering.record_sent(town.world, seen, ses_id="ses-1", now=town.clock.now)


EVENTS = ("Send", "Delivery", "Bounce", "Complaint")
ORDERS = [
    (*order[: number % 5], "our answer", *order[number % 5 :])
    for number, order in list(enumerate(permutations(EVENTS)))[::4]
]
"""Some orders of events, with our own answer in each place of it: `test_message` tries all."""


def test_whatever_order_it_comes_in_it_ends_the_same(ons_dorp: Town) -> None:
    messages = [claim(ons_dorp, promise(ons_dorp, f"n{n}")) for n in range(len(ORDERS))]

    for message, order in zip(messages, ORDERS, strict=True):
        for name in order:
            if name == "our answer":
                our_own_answer(ons_dorp, message)
            else:
                hear(ons_dorp, name, message)

    ends = [stored(ons_dorp, message) for message in messages]
    assert {(end.state, end.outcome, end.ses_id) for end in ends} == {
        (MessageState.SENT, Outcome.COMPLAINED, "ses-1")
    }
    assert suppressed(ons_dorp, ADA)


def test_hearing_an_event_again_changes_nothing(stormy: StormyTown) -> None:
    message = claim(stormy.town, promise(stormy.town))
    hear(stormy.town, "Bounce", message)
    before = told(stormy)

    assert hear(stormy.town, "Bounce", message)

    assert told(stormy) == before


def told(stormy: StormyTown) -> list[Row]:
    """The rows, without the mark of the write that left them so."""
    rows = every_row(stormy.dynamodb)
    return [{name: row[name] for name in row.keys() - {"write_id"}} for row in rows]


def test_an_event_that_comes_before_our_own_write_is_enough(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    ons_dorp.mailer.answer(Unknown("ReadTimeoutError"))
    deliver(ons_dorp, message.id)

    hear(ons_dorp, "Send", message)

    assert stored(ons_dorp, message).state is MessageState.SENT
    ons_dorp.clock.wait(hours=1)
    ons_dorp.look_after_mail()
    assert ons_dorp.mailer.tries == 1


def test_a_late_event_takes_a_parked_mail_off_the_list(ons_dorp: Town) -> None:
    message = claim(ons_dorp, promise(ons_dorp))
    ons_dorp.clock.wait(minutes=15)
    ons_dorp.sweep()
    assert stored(ons_dorp, message).state is MessageState.PARKED

    hear(ons_dorp, "Delivery", message)

    assert not ons_dorp.world.store.messages(SLUG, Listing.UNDELIVERED).items


def test_an_event_brings_what_sending_would_have_brought(ons_dorp: Town) -> None:
    mail = promise_thanks(ons_dorp)

    hear(ons_dorp, "Send", claim(ons_dorp, mail))

    assert ons_dorp.world.store.nomination(SLUG, "n1").state is NominationState.THANKED


def test_a_bounced_address_gets_no_further_mail_and_both_mails_are_shown(ons_dorp: Town) -> None:
    bounced, next_one, to_dan = (
        promise(ons_dorp),
        promise(ons_dorp, "n2"),
        promise(ons_dorp, "n3", recipient=DAN),
    )
    deliver(ons_dorp, bounced.id)

    hear(ons_dorp, "Bounce", bounced)

    assert deliver(ons_dorp, next_one.id) is delivering.Delivery.SUPPRESSED
    assert deliver(ons_dorp, to_dan.id) is delivering.Delivery.SENT
    shown = ons_dorp.world.store.messages(SLUG, Listing.UNDELIVERED).items
    assert {mail.id for mail in shown} == {bounced.id, next_one.id}


@pytest.mark.parametrize(
    ("name", "details"),
    [
        ("Bounce", {"bounceType": "Transient"}),
        ("Bounce", {"bounceType": "Undetermined"}),
        ("Complaint", {"complaintFeedbackType": "not-spam"}),
        ("DeliveryDelay", {}),
        ("Delivery", {}),
    ],
)
def test_what_may_pass_stops_no_mail(ons_dorp: Town, name: str, details: dict[str, Any]) -> None:
    message = claim(ons_dorp, promise(ons_dorp))

    hear(ons_dorp, name, message, **details)

    assert not suppressed(ons_dorp, ADA)


def test_of_five_bounces_that_may_pass_the_last_gives_the_address_up(ons_dorp: Town) -> None:
    mail = claim(ons_dorp, promise(ons_dorp))

    for number in (1, 2, 2, 3, 4):
        hear(ons_dorp, "Bounce", mail, number, bounceType="Transient")
    assert not suppressed(ons_dorp, ADA)

    hear(ons_dorp, "Bounce", mail, 5, bounceType="Transient")
    assert suppressed(ons_dorp, ADA)


def test_a_mail_that_arrives_between_bounces_keeps_the_address(ons_dorp: Town) -> None:
    mail = claim(ons_dorp, promise(ons_dorp))

    for number in range(4):
        hear(ons_dorp, "Bounce", mail, number, bounceType="Transient")
    later = "2026-11-20T12:00:00.000Z"
    hear(ons_dorp, "Delivery", mail, 4, timestamp=later)
    hear(ons_dorp, "Bounce", mail, 5, bounceType="Transient", timestamp=later)

    assert not suppressed(ons_dorp, ADA)


def test_each_address_that_is_given_up_counts_once_against_us(ons_dorp: Town) -> None:
    to_ada, to_dan = (claim(ons_dorp, promise(ons_dorp, to, recipient=to)) for to in (ADA, DAN))

    for mail in (to_ada, to_ada, to_dan):
        hear(ons_dorp, "Bounce", mail)
    hear(ons_dorp, "Complaint", to_dan)
    hear(ons_dorp, "Bounce", to_dan, bounceType="Transient")

    (hour,) = ons_dorp.world.store.reputation().hours
    assert (hour.bounces, hour.complaints) == (2, 0)


def test_a_complaint_that_is_dated_in_the_future_counts_now(ons_dorp: Town) -> None:
    to_ada, to_dan = (claim(ons_dorp, promise(ons_dorp, to, recipient=to)) for to in (ADA, DAN))

    hear(ons_dorp, "Complaint", to_ada, timestamp="2036-01-01T00:00:00.000Z")
    hear(ons_dorp, "Complaint", to_dan)

    (hour,) = ons_dorp.world.store.reputation().hours
    assert hour.complaints == 2


def test_addresses_that_are_given_up_at_once_are_all_counted(ons_dorp: Town) -> None:
    to_ada, to_dan = (claim(ons_dorp, promise(ons_dorp, to, recipient=to)) for to in (ADA, DAN))
    world = while_saving(ons_dorp.world, lambda: hear(ons_dorp, "Complaint", to_dan))

    hearing.hear(
        world, event=read_event(ses_event("Bounce", about(to_ada))), now=ons_dorp.clock.now
    )

    (hour,) = ons_dorp.world.store.reputation().hours
    assert (hour.bounces, hour.complaints) == (1, 1)
    assert suppressed(ons_dorp, ADA)


def test_bounces_that_nobody_can_explain_stop_no_mail_however_many(ons_dorp: Town) -> None:
    mail = claim(ons_dorp, promise(ons_dorp))

    for number in range(9):
        hear(ons_dorp, "Bounce", mail, number, bounceType="Undetermined")

    assert not suppressed(ons_dorp, ADA)


def test_a_mail_that_arrives_after_its_address_bounced_does_not_lift_that(ons_dorp: Town) -> None:
    mail = claim(ons_dorp, promise(ons_dorp))
    hear(ons_dorp, "Bounce", mail)

    hear(ons_dorp, "Delivery", mail, timestamp="2026-11-21T12:00:00.000Z")

    assert suppressed(ons_dorp, ADA)
    assert stored(ons_dorp, mail).outcome is Outcome.BOUNCED


def test_whoever_took_a_mail_out_of_their_spam_folder_has_it(ons_dorp: Town) -> None:
    mail = claim(ons_dorp, promise(ons_dorp))

    hear(ons_dorp, "Complaint", mail, complaintFeedbackType="not-spam")

    assert stored(ons_dorp, mail).outcome is Outcome.DELIVERED


def test_a_mail_with_a_virus_failed_and_stays_so(ons_dorp: Town) -> None:
    message = promise(ons_dorp)
    deliver(ons_dorp, message.id)

    hear(ons_dorp, "Reject", message)
    hear(ons_dorp, "Send", message)

    assert stored(ons_dorp, message).state is MessageState.FAILED


def test_a_virus_is_not_forgotten_when_our_own_answer_comes_just_before(ons_dorp: Town) -> None:
    message = claim(ons_dorp, promise(ons_dorp))
    world = while_saving(ons_dorp.world, lambda: our_own_answer(ons_dorp, message))

    hearing.hear(
        world, event=read_event(ses_event("Reject", about(message))), now=ons_dorp.clock.now
    )

    assert stored(ons_dorp, message).state is MessageState.FAILED


def test_a_bounce_of_a_mail_that_we_forgot_still_stops_the_next_one(stormy: StormyTown) -> None:
    forgotten = promise(stormy.town)
    stormy.dynamodb.delete_item(
        TableName="pluim",
        Key={"pk": {"S": f"{SLUG}#message#{forgotten.id}"}, "sk": {"S": "message"}},
    )

    assert not hear(stormy.town, "Bounce", forgotten)

    assert suppressed(stormy.town, ADA)


def test_a_kind_of_event_that_nobody_knows_yet_changes_nothing(ons_dorp: Town) -> None:
    message = claim(ons_dorp, promise(ons_dorp))

    assert not hear(ons_dorp, "RenderingFailure", message)

    assert stored(ons_dorp, message) == message


def thanked_by_mail(town: Town) -> Message:
    mail = promise_thanks(town)
    deliver(town, mail.id)
    town.clock.now += SECOND
    return mail


@pytest.mark.parametrize("subtype", ["MailboxFull", "MessageTooLarge", "ContentRejected"])
def test_a_thank_you_that_a_mailbox_has_no_room_for_becomes_a_letter_too(
    ons_dorp: Town, subtype: str
) -> None:
    mail = thanked_by_mail(ons_dorp)

    hear(ons_dorp, "Bounce", mail, bounceType="Transient", bounceSubType=subtype)

    assert nomination_of(ons_dorp).awaits_letter
    assert not suppressed(ons_dorp, BO)


@pytest.mark.parametrize("name", ["Bounce", "Reject"])
def test_a_thank_you_that_came_back_becomes_a_letter_once(ons_dorp: Town, name: str) -> None:
    mail = thanked_by_mail(ons_dorp)
    hear(ons_dorp, name, mail)
    by_letter = nomination_of(ons_dorp)
    ons_dorp.clock.now += SECOND
    handed_over = by_letter.thanked(honouree_id="1", now=ons_dorp.clock.now)
    ons_dorp.world.save(handed_over)

    hear(ons_dorp, name, mail)

    assert (by_letter.state, by_letter.awaits_letter) == (NominationState.APPROVED, True)
    assert nomination_of(ons_dorp).state is NominationState.THANKED


def test_a_thank_you_that_came_back_is_no_longer_told_as_sent(ons_dorp: Town) -> None:
    mail = thanked_by_mail(ons_dorp)

    hear(ons_dorp, "Bounce", mail)

    status = viewing.status(ons_dorp.world, partnership=ons_dorp.partnership, nomination_id="n1")
    assert not next(step for step in status.steps if step.name == "sent").reached
    assert stored(ons_dorp, mail).outcome is Outcome.BOUNCED


def test_a_bounce_for_good_counts_also_after_one_that_could_pass(ons_dorp: Town) -> None:
    mail = thanked_by_mail(ons_dorp)

    hear(ons_dorp, "Bounce", mail, bounceType="Transient")
    assert not nomination_of(ons_dorp).awaits_letter

    hear(ons_dorp, "Bounce", mail)
    assert nomination_of(ons_dorp).awaits_letter


def test_who_chose_got_their_thanks_whatever_a_late_bounce_says(ons_dorp: Town) -> None:
    mail = thanked_by_mail(ons_dorp)
    ons_dorp.world.save(nomination_of(ons_dorp).chosen(honouree_id="1", choice=Choice.PRIVATE))

    hear(ons_dorp, "Bounce", mail)

    assert nomination_of(ons_dorp).state is NominationState.THANKED
