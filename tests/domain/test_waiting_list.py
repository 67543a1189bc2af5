"""The waiting list: whoever answered first, and fits, is next."""

from __future__ import annotations

from chalicelib.domain.waiting_list import Waiting, first_who_fit
from tests.domain.examples import MINUTE, NOW


def waiting(guest: str, *, heads: int = 1, minute: int = 0) -> Waiting:
    return Waiting("ons-dorp", "g1", guest, heads=heads, since=NOW + minute * MINUTE)


def names(*waiting: Waiting, free: int) -> list[str]:
    return [one.guest for one in first_who_fit(waiting, free=free)]


def test_who_waits_longest_is_first() -> None:
    assert names(waiting("dan", minute=2), waiting("bo", minute=1), free=1) == ["bo"]


def test_who_does_not_fit_is_passed_over_by_the_next_who_does() -> None:
    pair, alone = waiting("bo", heads=2, minute=1), waiting("dan", minute=2)

    assert names(pair, alone, free=1) == ["dan"]
    assert names(pair, alone, free=2) == ["bo"]


def test_several_move_up_while_there_are_seats() -> None:
    lines = [waiting("bo", heads=2), waiting("dan", heads=3, minute=1), waiting("eva", minute=2)]

    assert names(*lines, free=3) == ["bo", "eva"]


def test_nobody_moves_up_where_more_people_come_than_there_are_seats() -> None:
    assert names(waiting("bo"), free=-2) == []
