"""Our reputation: what makes mail that can wait, wait, and when that is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.reputation import Reputation
from tests.domain.examples import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("sent", "bounces", "complaints", "bad"),
    [
        (1000, 25, 0, False),
        (1000, 26, 0, True),
        (10_000, 0, 5, False),
        (10_000, 0, 6, True),
        (20, 9, 2, False),  # A handful says nothing, however little was sent.
        (20, 10, 0, True),
        (20, 0, 3, True),
        (0, 0, 0, False),
    ],
)
def test_half_of_what_ses_looks_into_is_too_much(
    sent: int, bounces: int, complaints: int, bad: bool
) -> None:
    reputation = Reputation().after(at=NOW, bounces=bounces, complaints=complaints)

    assert reputation.is_bad(sent=sent, now=NOW) is bad


def test_it_adds_up_over_the_hours_and_a_day_later_it_is_forgotten() -> None:
    reputation = Reputation()
    for hours in range(10):
        reputation = reputation.after(at=NOW + hours * HOUR, bounces=1)

    last = NOW + 9 * HOUR
    assert [reputation.is_bad(sent=100, now=last + wait * HOUR) for wait in (0, 14, 16)] == [
        True,
        True,
        False,
    ]


def test_what_is_heard_late_counts_for_when_it_was_and_hours_that_are_over_go() -> None:
    late = Reputation().after(at=NOW, bounces=1).after(at=NOW - 2 * HOUR, bounces=1)
    much_later = late.after(at=NOW + 48 * HOUR, complaints=1)

    assert [hour.bounces for hour in late.hours] == [1, 1]
    assert [hour.complaints for hour in much_later.hours] == [1]
    assert much_later.after(at=NOW, bounces=1) == much_later
