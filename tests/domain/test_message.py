"""Messages: one promise, one attempt at a time, and nothing unknown is tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from chalicelib.domain.delivery_event import Bounce
from chalicelib.domain.message import (
    PARKED_AFTER,
    REJECTED,
    CannotMove,
    Kind,
    Message,
    MessageState,
    Outcome,
    Version,
)
from tests.domain.examples import DAY, MINUTE, NOW, message

SENDING = message().claimed(token="t1", now=NOW)
SENT = SENDING.sent(ses_id="ses-1", now=NOW)
FAILED = SENDING.failed(reason="bad_request", now=NOW)
PARKED = SENDING.parked(now=NOW + PARKED_AFTER)
SUPPRESSED = message().suppressed(reason="undone", now=NOW)


def test_a_claim_holds_a_message_for_a_while() -> None:
    assert (SENDING.state, SENDING.claim, SENDING.attempt) == (MessageState.SENDING, "t1", 1)
    assert SENDING.due_at == NOW + PARKED_AFTER


def test_a_message_that_is_not_due_yet_cannot_be_claimed() -> None:
    later = message(due_at=NOW + 10 * MINUTE)

    assert not later.is_due(NOW)
    with pytest.raises(CannotMove):
        later.claimed(token="t1", now=NOW)


@pytest.mark.parametrize("taken", [SENDING, SENT, FAILED, PARKED, SUPPRESSED])
def test_only_a_queued_message_can_be_claimed(taken: Message) -> None:
    with pytest.raises(CannotMove):
        taken.claimed(token="t2", now=NOW + DAY)


@pytest.mark.parametrize("before", [message(), SENDING, PARKED, FAILED, SUPPRESSED])
def test_what_ses_took_is_sent_whatever_we_thought(before: Message) -> None:
    after = before.sent(ses_id="ses-1", now=NOW)

    assert (after.state, after.ses_id, after.due_at) == (MessageState.SENT, "ses-1", None)


def test_hearing_twice_that_it_was_sent_changes_nothing() -> None:
    assert SENT.sent(ses_id="ses-1", now=NOW + DAY) == SENT


@pytest.mark.parametrize("before", [SENDING, SENT, PARKED])
def test_a_virus_found_afterwards_outlasts_a_late_word_that_it_was_sent(before: Message) -> None:
    rejected = before.rejected(ses_id="ses-1", now=NOW)

    assert rejected.sent(ses_id="ses-1", now=NOW) == rejected


@pytest.mark.parametrize(
    ("attempt", "minutes"), [(1, 1), (2, 2), (3, 5), (4, 15), (5, 60), (9, 60)]
)
def test_each_attempt_waits_longer_than_the_one_before(attempt: int, minutes: int) -> None:
    waiting = replace(SENDING, attempt=attempt).again(
        now=NOW, jitter=timedelta(seconds=7), reason="throttled"
    )

    assert (waiting.state, waiting.claim) == (MessageState.QUEUED, "")
    assert waiting.due_at == NOW + timedelta(minutes=minutes, seconds=7)


@pytest.mark.parametrize("settled", [message(), SENT, FAILED, PARKED, SUPPRESSED])
def test_only_what_is_being_sent_can_be_tried_again(settled: Message) -> None:
    with pytest.raises(CannotMove):
        settled.again(now=NOW, jitter=timedelta(), reason="throttled")


def test_a_message_is_parked_only_once_nobody_can_be_sending_it() -> None:
    with pytest.raises(CannotMove):
        SENDING.parked(now=NOW + PARKED_AFTER - MINUTE)
    assert (PARKED.state, PARKED.due_at) == (MessageState.PARKED, None)


def test_parking_twice_changes_nothing() -> None:
    assert PARKED.parked(now=NOW + DAY) == PARKED


def test_a_message_counts_as_parked_by_the_clock() -> None:
    assert not SENDING.in_doubt(NOW + PARKED_AFTER - MINUTE)
    assert SENDING.in_doubt(NOW + PARKED_AFTER)


def test_the_first_reason_for_failing_stays() -> None:
    assert FAILED.failed(reason="deadline", now=NOW + DAY) == FAILED


def test_a_virus_is_a_graver_reason_than_the_first_and_stays() -> None:
    left = PARKED.left(now=NOW + DAY)

    rejected = left.rejected(ses_id="ses-1", now=NOW + DAY)

    assert rejected.reason == REJECTED
    assert rejected.failed(reason="deadline", now=NOW + DAY) == rejected
    assert rejected.sent(ses_id="ses-1", now=NOW + DAY) == rejected


def test_a_message_that_was_held_back_does_not_fail() -> None:
    with pytest.raises(CannotMove):
        SUPPRESSED.failed(reason="deadline", now=NOW)


@pytest.mark.parametrize("left", [SENDING, SENT, FAILED, PARKED, SUPPRESSED])
def test_only_a_waiting_message_can_be_held_back(left: Message) -> None:
    with pytest.raises(CannotMove):
        left.suppressed(reason="undone", now=NOW)


@pytest.mark.parametrize("stuck", [FAILED, PARKED, SENDING])
def test_a_coordinator_sends_again_what_got_stuck(stuck: Message) -> None:
    later = NOW + PARKED_AFTER

    again = stuck.queued_again(now=later, deadline=later + DAY)

    assert (again.state, again.due_at, again.deadline) == (MessageState.QUEUED, later, later + DAY)
    assert (again.reason, again.finished_at) == ("", None)
    assert again.claimed(token="t2", now=later).attempt == 2


@pytest.mark.parametrize("calm", [message(), SENDING, SENT, SUPPRESSED])
def test_a_coordinator_cannot_send_again_what_is_not_stuck(calm: Message) -> None:
    with pytest.raises(CannotMove):
        calm.queued_again(now=NOW, deadline=NOW + DAY)


def test_a_code_that_got_stuck_is_not_sent_again() -> None:
    code = replace(FAILED, kind=Kind.SIGNIN_CODE)

    assert not code.may_be_sent_again(NOW)
    with pytest.raises(CannotMove):
        code.queued_again(now=NOW, deadline=NOW + DAY)


@pytest.mark.parametrize(
    ("kind", "also_once_begun"),
    [
        (Kind.GATHERING_INVITE, False),
        (Kind.GATHERING_UPDATE, False),
        (Kind.GATHERING_REMINDER, False),
        (Kind.RSVP_CONFIRMED, False),
        (Kind.GATHERING_CANCEL, True),
    ],
)
def test_once_a_gathering_has_begun_only_its_end_is_told_again(
    kind: Kind, also_once_begun: bool
) -> None:
    stuck = replace(
        FAILED,
        kind=kind,
        facts={"starts": "2026-12-12T19:30:00", "time_zone": "Europe/Amsterdam"},
        tells=Version("g1", "bo", NOW),
    )
    begins = datetime(2026, 12, 12, 18, 30, tzinfo=UTC)

    assert stuck.starts_at == begins
    assert stuck.may_be_sent_again(begins - MINUTE)
    assert stuck.may_be_sent_again(begins) is also_once_begun


def test_a_coordinator_leaves_a_parked_message_as_it_is() -> None:
    left = PARKED.left(now=NOW + DAY)

    assert (left.state, left.reason) == (MessageState.FAILED, "left")
    with pytest.raises(CannotMove):
        SENT.left(now=NOW + DAY)


@pytest.mark.parametrize(
    "finish",
    [
        lambda: SENT,
        lambda: FAILED,
        lambda: SUPPRESSED,
        lambda: PARKED.left(now=NOW),
    ],
)
def test_a_finished_message_waits_for_nothing(finish: Callable[[], Message]) -> None:
    finished = finish()

    assert finished.due_at is None
    assert finished.finished_at is not None


@pytest.mark.parametrize("first", list(Outcome))
@pytest.mark.parametrize("second", list(Outcome))
def test_the_graver_outcome_stays_in_whatever_order_it_is_heard(
    first: Outcome, second: Outcome
) -> None:
    assert heard(heard(SENT, first), second) == heard(heard(SENT, second), first)


def test_a_complaint_is_graver_than_a_delivery() -> None:
    complained = heard(SENT, Outcome.COMPLAINED)

    assert heard(complained, Outcome.DELIVERED).outcome is Outcome.COMPLAINED


HEARD: dict[str, Callable[[Message], Message]] = {
    "our own answer": lambda mail: mail.sent(ses_id="ses-1", now=NOW),
    "delivery": lambda mail: heard(mail, Outcome.DELIVERED),
    "delay": lambda mail: heard(mail, Outcome.DELAYED),
    "full": lambda mail: heard(mail, Outcome.BOUNCED, Bounce.FULL),
    "gone": lambda mail: heard(mail, Outcome.BOUNCED, Bounce.GONE),
    "complaint": lambda mail: heard(mail, Outcome.COMPLAINED),
    "reject": lambda mail: mail.rejected(ses_id="ses-1", now=NOW),
}


def heard(mail: Message, outcome: Outcome, bounce: Bounce = Bounce.NONE) -> Message:
    """An event also proves that SES has the mail."""
    return mail.sent(ses_id="ses-1", now=NOW).heard(outcome, bounce, now=NOW)


@pytest.mark.parametrize("before", [SENDING, PARKED, FAILED, SUPPRESSED])
def test_whatever_order_it_is_heard_in_and_however_often_it_ends_the_same(before: Message) -> None:
    # Where it stands follows from what was heard: then every order, with every repeat, ends alike.
    stands = {frozenset[str](): before}

    for number in range(len(HEARD) + 1):
        for told in map(frozenset, combinations(HEARD, number)):
            for name, hear in HEARD.items():
                after = hear(stands[told])
                assert stands.setdefault(told | {name}, after) == after


def test_news_of_another_bounce_has_to_be_seen_again() -> None:
    seen = heard(SENT, Outcome.BOUNCED, Bounce.FULL).put_away()

    assert heard(seen, Outcome.BOUNCED, Bounce.FOR_NOW).seen
    assert not heard(seen, Outcome.BOUNCED, Bounce.GONE).seen


def test_how_a_mail_ended_is_known_when_the_last_news_of_it_came() -> None:
    back = SENT.heard(Outcome.BOUNCED, now=NOW + DAY)

    assert (SENT.known_at, back.known_at) == (SENT.finished_at, NOW + DAY)
    assert back.heard(Outcome.DELIVERED, now=NOW + 2 * DAY) == back
