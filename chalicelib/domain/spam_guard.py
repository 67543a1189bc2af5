"""The spam guard: signs that a form was not filled in for thanks, for a person to judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Tripwire(StrEnum):
    """What made the guard hold something back.

    A field that people do not see, too much haste, many in a day from one address, or a puzzle
    that its browser did not solve.
    """

    TRAP = "trap"
    HASTE = "haste"
    MANY = "many"
    PUZZLE = "puzzle"


@dataclass(frozen=True)
class Filling:
    """How a form was filled in.

    `trap` is what the field holds that people do not see. `opened_at` is when the form says that
    it was opened: None where it does not say, as a page of long ago. `solution` is what it brings
    back for the puzzle on its page, if there was one.
    """

    trap: str = ""
    opened_at: datetime | None = None
    solution: str = ""

    def trips(self, *, least_seconds: int, now: datetime) -> tuple[Tripwire, ...]:
        """What is suspicious about it; nothing about a moment that is still to come.

        Anybody can write another moment into a form, so this stops nobody who tries. Autofill and
        a quick hand trip it too, so whatever trips it is kept for a coordinator.
        """
        tripped = [Tripwire.TRAP] if self.trap else []
        if self.opened_at is not None:
            took = now - self.opened_at
            if timedelta() <= took < timedelta(seconds=least_seconds):
                tripped.append(Tripwire.HASTE)
        return tuple(tripped)
