"""Puzzles: only the number that somebody looked for solves one, in time, and only as it was put."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.puzzle import (
    PUZZLE_LIVES,
    NotASolution,
    Solution,
    new_puzzle,
    read_solution,
)
from tests.domain.examples import DAY, NOW

PUZZLE = new_puzzle(chance="a" * 26, number=1234, most=50_000, now=NOW)
FOUND = Solution(PUZZLE.salt, PUZZLE.challenge, 1234, "key.digest")
TOLD = {
    "algorithm": "SHA-256",
    "challenge": PUZZLE.challenge,
    "number": 1234,
    "salt": PUZZLE.salt,
    "signature": "key.digest",
}


def payload(**changes: Any) -> str:
    return base64.b64encode(json.dumps(TOLD | changes).encode()).decode()


def test_what_altcha_sends_is_read() -> None:
    assert read_solution(payload()) == FOUND
    assert read_solution(payload(took=120)) == FOUND


def test_the_number_counts_for_ten_minutes() -> None:
    late = NOW + PUZZLE_LIVES

    assert FOUND.is_right(now=late - timedelta(seconds=1))
    assert not FOUND.is_right(now=late)


def test_another_number_is_wrong() -> None:
    assert not replace(FOUND, number=1235).is_right(now=NOW)


def test_nobody_makes_it_last_longer() -> None:
    later = new_puzzle(chance="a" * 26, number=1234, most=50_000, now=NOW + DAY)

    assert not replace(FOUND, salt=later.salt).is_right(now=NOW)


def test_no_digit_moves_from_the_number_into_the_salt() -> None:
    moved = replace(FOUND, salt=f"{PUZZLE.salt}1", number=234)

    with pytest.raises(NotASolution):
        moved.is_right(now=NOW)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "no base64",
        base64.b64encode(b"no JSON").decode(),
        base64.b64encode(b"[" * 700).decode(),
        base64.b64encode(b"\xff").decode(),
        payload(algorithm="SHA-1"),
        payload(number="1234"),
        payload(number=-1),
        payload(number=1.5),
        payload(challenge=PUZZLE.challenge.upper()),
        payload(signature=None),
        payload(salt="a" * 1000),
    ],
)
def test_anything_else_is_no_solution(typed: str) -> None:
    with pytest.raises(NotASolution):
        read_solution(typed)


@given(st.text() | st.binary().map(lambda some: base64.b64encode(some).decode()))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    with pytest.raises(NotASolution):
        read_solution(typed)
