"""What an honouree allows, and the ledger of their choices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEEP_PROOF = timedelta(days=3 * 365)
"""How long it can be proven what somebody allowed, once they are gone."""


class Choice(StrEnum):
    """What may be shown of a thank-you on the wall. Silence means private."""

    PRIVATE = "private"
    FIRST_NAME = "first_name"
    NAMED = "named"

    @property
    def allows_showing(self) -> bool:
        """Whether anything may be shown at all."""
        return self is not Choice.PRIVATE


class Way(StrEnum):
    """How a choice reached us."""

    PAGE = "page"
    REMOVED = "removed"


@dataclass(frozen=True)
class ConsentLine:
    """One line of the append-only ledger: who chose what, about which thank-you, when and how.

    `text_version` names the text that the person was shown, so that it can be proven later what
    they agreed to (GDPR article 7(1)).
    """

    partnership: str
    nomination: str
    honouree: str
    choice: Choice
    text_version: str
    at: datetime
    way: Way


def shown_name(name: str, choice: Choice) -> str:
    """The name that this choice allows on the wall; the empty string when private.

    The first name is the first word. Initials and titles are the person's own to correct on
    their page, where they see the name before they choose.
    """
    if choice is Choice.NAMED:
        return name
    if choice is Choice.FIRST_NAME:
        return next(iter(name.split()), "")
    return ""
