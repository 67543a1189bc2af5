"""Retrying: a change that somebody else came between is made again, on what they left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib.ports import Conflict

Result = TypeVar("Result")

_TRIES = 5


def until_saved(change: Callable[[], Result]) -> Result:
    """Make a change until nobody saves something else in between.

    `change` reads what it rests on each time it is called, and saves at most once. Raises
    `Conflict` when others come in between every time.
    """
    for _ in range(_TRIES - 1):
        try:
            return change()
        except Conflict:
            continue
    return change()
