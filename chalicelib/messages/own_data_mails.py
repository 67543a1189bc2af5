"""The words of mails to somebody who asked about their own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.domain.access import CODE_LIVES, EXPORT_LIVES
from chalicelib.domain.message import Kind, Urgency
from chalicelib.messages.drafts import Draft, Email, Facts
from chalicelib.messages.entries import Entry


@dataclass(frozen=True)
class ErasureDoneFacts(Facts):
    """Whether this is the last mail that its reader ever gets from us."""

    never_again: bool


@dataclass(frozen=True)
class AccessReadyFacts(Facts):
    """Nothing: what is kept about its reader is behind the link, and never in a mail."""


@dataclass(frozen=True)
class AccessCodeFacts(Facts):
    """Nothing: the code is minted at each attempt to send, and is nowhere kept."""


def _erasure_done(facts: ErasureDoneFacts, draft: Draft) -> Email:
    return draft.email(facts, recipient="")


def _access_ready(facts: AccessReadyFacts, draft: Draft) -> Email:
    return draft.email(facts, hours=EXPORT_LIVES // timedelta(hours=1))


def _access_code(facts: AccessCodeFacts, draft: Draft) -> Email:
    return draft.email(facts, minutes=CODE_LIVES // timedelta(minutes=1))


ENTRIES: Mapping[Kind, Entry[Any]] = {
    Kind.ERASURE_DONE: Entry(ErasureDoneFacts, _erasure_done, (), None),
    Kind.ACCESS_READY: Entry(AccessReadyFacts, _access_ready, ("data_url",), None),
    Kind.ACCESS_CODE: Entry(AccessCodeFacts, _access_code, ("code",), None, Urgency.URGENT),
}
