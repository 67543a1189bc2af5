"""The mail account: the rate is shared and never passed, and in a full day codes go last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.mail_account import READ_EVERY, WORKERS, MailAccount
from chalicelib.domain.message import Urgency
from tests.domain.examples import NOW

USUAL = MailAccount(
    in_sandbox=False, sends=True, per_minute=14 * 60, per_day=50_000, sent=0, read_at=NOW
)
SANDBOX = replace(USUAL, in_sandbox=True, per_minute=60, per_day=200)


@pytest.mark.parametrize("account", [USUAL, SANDBOX, replace(USUAL, per_minute=500 * 60)])
def test_all_workers_together_keep_to_four_fifths_of_the_rate(account: MailAccount) -> None:
    each = [account.pause(queue) for queue in (Urgency.URGENT, Urgency.ORDINARY)]

    a_minute = sum(WORKERS * timedelta(minutes=1) / pause for pause in each)

    assert a_minute == pytest.approx(account.per_minute * 0.8, rel=0.001)


def test_codes_have_a_share_that_no_fan_out_can_take() -> None:
    assert SANDBOX.pause(Urgency.URGENT) < timedelta(seconds=9)
    assert SANDBOX.may_feed(at_most=600, beside=0) == 33


def test_what_is_due_beside_it_leaves_less_for_bulk_mail() -> None:
    assert USUAL.may_feed(at_most=600, beside=0) == 470
    assert USUAL.may_feed(at_most=600, beside=400) == 70
    assert USUAL.may_feed(at_most=600, beside=9000) == 0
    assert USUAL.may_feed(at_most=100, beside=0) == 100


@pytest.mark.parametrize(
    ("sent", "still"),
    [
        (0, {Urgency.URGENT, Urgency.ORDINARY, Urgency.BULK}),
        (159, {Urgency.URGENT, Urgency.ORDINARY, Urgency.BULK}),
        (160, {Urgency.URGENT, Urgency.ORDINARY}),
        (190, {Urgency.URGENT}),
        (200, {Urgency.URGENT}),
    ],
)
def test_in_a_full_day_bulk_mail_waits_first_and_codes_last(sent: int, still: set[Urgency]) -> None:
    account = replace(SANDBOX, sent=sent)

    assert {urgency for urgency in Urgency if account.has_room(urgency)} == still
    assert account.nearly_used == (sent >= 160)


def test_what_was_fed_since_counts_too() -> None:
    fed = replace(SANDBOX, sent=150).after_feeding(6).after_feeding(4)

    assert fed.may_feed(at_most=600, beside=0) == 0
    assert fed.has_room(Urgency.BULK)
    assert fed.read_again(SANDBOX) == SANDBOX


def test_no_limit_is_never_used_up() -> None:
    account = replace(USUAL, per_day=None, sent=10**9)

    assert not account.nearly_used
    assert all(account.has_room(urgency) for urgency in Urgency)


@pytest.mark.parametrize(
    ("account", "refusal"),
    [
        (USUAL, ""),
        (replace(USUAL, sends=False), "SendingPausedException"),
        (replace(USUAL, per_day=0), "LimitExceededException"),
        (replace(USUAL, per_minute=0), "LimitExceededException"),
        (replace(USUAL, per_day=None), ""),
    ],
)
def test_an_account_that_lets_nothing_leave_says_so(account: MailAccount, refusal: str) -> None:
    assert account.refusal == refusal
    assert account.pause(Urgency.URGENT) < timedelta(seconds=1)


def test_ses_is_asked_again_every_few_minutes() -> None:
    assert not USUAL.is_stale(NOW + READ_EVERY - timedelta(seconds=1))
    assert USUAL.is_stale(NOW + READ_EVERY)
