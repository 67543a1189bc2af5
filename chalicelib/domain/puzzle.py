"""A puzzle that a browser works on for a moment, and what only fills in forms cannot solve.

Its protocol is ALTCHA's: a browser gets a salt, and the digest of that salt with a number behind
it, and looks for the number. When it expires stands in the salt, so the digest vouches for that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PUZZLE_LIVES = timedelta(minutes=10)
_LONGEST = 1_000
_SALT = re.compile(r"[a-z2-7]{26}\?expires=([0-9]{10})&")
"""It ends in a mark, so that no digit can move from it into the number behind it."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


class NotASolution(ValueError):
    """Nothing that a browser sends which looked for the number."""


@dataclass(frozen=True)
class Puzzle:
    """Which number from 0 to `most` gives this digest, behind this salt?"""

    salt: str
    challenge: str
    most: int


@dataclass(frozen=True)
class Solution:
    """The number that somebody found, with the puzzle and its signature as they came back."""

    salt: str
    challenge: str
    number: int
    signature: str

    @property
    def expires_at(self) -> datetime:
        """When it counts no more. Raises `NotASolution`."""
        found = _SALT.fullmatch(self.salt)
        if not found:
            raise NotASolution
        return datetime.fromtimestamp(int(found[1]), UTC)

    def is_right(self, *, now: datetime) -> bool:
        """Whether it is the number, in time; whoever asks makes sure that the puzzle is ours."""
        return now < self.expires_at and _digest(self.salt, self.number) == self.challenge


@dataclass(frozen=True)
class SolvedPuzzle:
    """That a puzzle was solved and used: it counts once."""

    partnership: str
    challenge: str
    expires_at: datetime


def new_puzzle(*, chance: str, number: int, most: int, now: datetime) -> Puzzle:
    """The puzzle that this number solves; `chance` is a token that nobody had before."""
    expires = int((now + PUZZLE_LIVES).timestamp())
    salt = f"{chance}?expires={expires}&"
    return Puzzle(salt, _digest(salt, number), most)


def read_solution(typed: str) -> Solution:
    """What ALTCHA calls the payload: base64 of JSON. Raises `NotASolution`."""
    if len(typed) > _LONGEST:
        raise NotASolution
    try:
        told = json.loads(base64.b64decode(typed, validate=True))
    except (binascii.Error, ValueError, RecursionError) as unreadable:
        raise NotASolution from unreadable
    match told:
        case {
            "algorithm": "SHA-256",
            "salt": str(salt),
            "challenge": str(challenge),
            "number": int(number),
            "signature": str(signature),
        } if number >= 0 and _DIGEST.fullmatch(challenge):
            return Solution(salt, challenge, number, signature)
    raise NotASolution


def _digest(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()
