"""The waiting list of a full gathering: who is on it, and who gets a place that comes free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Waiting:
    """A guest who waits for a place for `heads` people, in the order of `since`."""

    partnership: str
    gathering: str
    guest: str
    heads: int
    since: datetime


def first_who_fit(waiting: Iterable[Waiting], *, free: int) -> tuple[Waiting, ...]:
    """Who gets a place while so many seats are free: the first whose number fits, and so on."""
    fitting: list[Waiting] = []
    for one in sorted(waiting, key=lambda one: (one.since, one.guest)):
        if one.heads <= free:
            fitting.append(one)
            free -= one.heads
    return tuple(fitting)
