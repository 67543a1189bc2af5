"""The spam guard: what it notices about the way a form was filled in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.spam_guard import Filling, Tripwire
from tests.domain.examples import DAY, NOW


def trips(filling: Filling, *, least_seconds: int = 3) -> tuple[Tripwire, ...]:
    return filling.trips(least_seconds=least_seconds, now=NOW)


def test_a_field_that_people_do_not_see_stays_empty() -> None:
    assert trips(Filling(trap="https://spam.example")) == (Tripwire.TRAP,)
    assert trips(Filling()) == ()


@pytest.mark.parametrize(
    ("seconds", "tripped"),
    [(0, (Tripwire.HASTE,)), (2.9, (Tripwire.HASTE,)), (3, ()), (86_400, ())],
)
def test_nobody_types_a_thank_you_in_less_than_three_seconds(
    seconds: float, tripped: tuple[Tripwire, ...]
) -> None:
    assert trips(Filling(opened_at=NOW - timedelta(seconds=seconds))) == tripped


def test_a_moment_that_is_still_to_come_says_nothing() -> None:
    assert trips(Filling(opened_at=NOW + DAY)) == ()


def test_a_partnership_can_do_without_it() -> None:
    assert trips(Filling(opened_at=NOW), least_seconds=0) == ()


def test_both_can_happen_at_once() -> None:
    assert trips(Filling("x", NOW)) == (Tripwire.TRAP, Tripwire.HASTE)
