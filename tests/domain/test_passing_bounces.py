"""Bounces that may pass: five in a month without a mail that arrived, in whatever order heard."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from chalicelib.domain.passing_bounces import ENOUGH, PassingBounces
from tests.domain.examples import DAY, NOW

NONE = PassingBounces("a" * 26)


def after(*days: int) -> PassingBounces:
    """Mails that came back on these days."""
    told = NONE
    for day in days:
        told = told.bounced(f"mail-{day}", at=NOW + day * DAY)
    return told


def test_five_bounces_in_thirty_days_are_enough_and_four_are_not() -> None:
    assert after(0, 7, 14, 21, 29).are_enough
    assert not after(0, 7, 14, 21).are_enough


def test_a_bounce_of_more_than_thirty_days_ago_counts_no_more() -> None:
    assert not after(0, 7, 14, 21, 30).are_enough
    assert after(0, 7, 14, 21, 30, 36).are_enough


def test_a_mail_that_comes_back_twice_counts_once() -> None:
    assert len(after(0, 0, 0, 0, 0).bounces) == 1


def test_a_mail_that_arrived_in_between_starts_the_count_again() -> None:
    arrived = after(0, 1, 2, 3).delivered(at=NOW + 3 * DAY + timedelta(hours=1))

    assert not arrived.bounced("mail-4", at=NOW + 4 * DAY).are_enough


def test_an_answering_machine_after_each_delivery_never_adds_up() -> None:
    told = NONE
    for day in range(20):
        told = told.delivered(at=NOW + day * DAY)
        told = told.bounced(f"mail-{day}", at=NOW + day * DAY + timedelta(minutes=1))

    assert len(told.bounces) == 1


def test_it_ends_the_same_in_whatever_order_it_is_heard() -> None:
    happened = [("bounce", day) for day in (0, 1, 3, 4)] + [("delivery", 2), ("delivery", 0)]
    ends = set()

    for order in permutations(happened):
        told = NONE
        for name, day in (*order, *order[::-1]):
            at = NOW + day * DAY
            told = told.bounced(f"mail-{day}", at=at) if name == "bounce" else told.delivered(at=at)
        ends.add(told)

    (end,) = ends
    assert [bounce.mail for bounce in end.bounces] == ["mail-3", "mail-4"]


def test_no_more_is_kept_than_counts() -> None:
    assert len(after(*range(20)).bounces) == ENOUGH
