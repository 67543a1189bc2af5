"""The words of mails to somebody who asked about their own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.message import Kind
from chalicelib.messages.drafts import Draft, Email, Facts
from chalicelib.messages.entries import Entry


@dataclass(frozen=True)
class ErasureDoneFacts(Facts):
    """Whether this is the last mail that its reader ever gets from us."""

    never_again: bool


def _erasure_done(facts: ErasureDoneFacts, draft: Draft) -> Email:
    return draft.email(facts, recipient="")


ENTRIES: Mapping[Kind, Entry[Any]] = {
    Kind.ERASURE_DONE: Entry(ErasureDoneFacts, _erasure_done, (), None),
}
