"""Puzzling: a form asks its browser for some work, where a partnership chose that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.partnership import Partnership
from chalicelib.domain.puzzle import (
    NotASolution,
    SolvedPuzzle,
    new_puzzle,
    read_solution,
)
from chalicelib.ports import Signature, World


@dataclass(frozen=True)
class PuzzleView:
    """A puzzle as a page gives it to its browser."""

    salt: str
    challenge: str
    most: int
    signature: str


def pose(world: World, partnership: Partnership, *, now: datetime) -> PuzzleView | None:
    """A new puzzle, which is kept nowhere: it is signed. None where none is asked."""
    most = partnership.settings.puzzle
    if not most:
        return None
    secrets = world.secrets
    puzzle = new_puzzle(chance=secrets.token(), number=secrets.number(most), most=most, now=now)
    signature = secrets.sign(*_said(partnership, puzzle.challenge))
    signed = f"{signature.key}.{signature.digest}"
    return PuzzleView(puzzle.salt, puzzle.challenge, most, signed)


def solved(
    world: World, partnership: Partnership, typed: str, *, now: datetime
) -> SolvedPuzzle | None:
    """What to keep beside what a solution is for, so that it counts once; None for no solution.

    It has to be the number of a puzzle that we posed, in this partnership, in time.
    """
    try:
        solution = read_solution(typed)
        is_right = solution.is_right(now=now)
    except NotASolution:
        return None
    key, _, digest = solution.signature.partition(".")
    said = _said(partnership, solution.challenge)
    if not is_right or not world.secrets.signed(Signature(key, digest), *said):
        return None
    return SolvedPuzzle(partnership.slug, solution.challenge, solution.expires_at)


def _said(partnership: Partnership, challenge: str) -> tuple[str, ...]:
    return "puzzle", partnership.slug, challenge
