"""Retrying: a change that somebody else came between is made again, on what they left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib.ports import Conflict, at_once

Result = TypeVar("Result")

TRIES = 5
TRIES_IN_A_CROWD = 12
"""For what many want at the same moment, such as the last seats: who pauses gets a turn."""


def until_saved(
    change: Callable[[], Result],
    *,
    pause: Callable[[int], None] = at_once,
    tries: int = TRIES,
) -> Result:
    """Make a change until nobody saves something else in between.

    `change` reads what it rests on each time it is called, and saves at most once. `pause` waits
    before the next attempt. Raises `Conflict` when others come in between every time.
    """
    for attempt in range(tries - 1):
        try:
            return change()
        except Conflict:
            pause(attempt)
    return change()
