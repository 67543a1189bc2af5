"""What somebody asked about their own data: to see it, or to have it erased."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.message import PARKED_AFTER
from chalicelib.domain.people import EmailAddress, Language

KEEP_TOMBSTONE = timedelta(days=65)
"""Longer than a backup lives, so that what is restored meets the tombstone again."""

KEEP_HANDLED = timedelta(days=3 * 365)
"""How long it can be shown that a request was handled, and when."""

SETTLED_AFTER = PARKED_AFTER + timedelta(minutes=1)
"""By then, every mail that was on its way when an erasure began has arrived or is in doubt."""


class Wish(StrEnum):
    """What was asked."""

    ACCESS = "access"
    ERASURE = "erasure"


@dataclass(frozen=True)
class DataRequest:
    """One request, as coordinators follow it.

    `asked_by` is the coordinator who put it in, `person` whose address it was on the people list,
    if anybody's. The `address` goes as soon as it is handled.
    `never_again` is whether the address must not be mailed any more, by anybody here.
    """

    partnership: str
    id: str
    wish: Wish
    address: EmailAddress
    language: Language
    asked_at: datetime
    asked_by: str
    person: str = ""
    never_again: bool = False
    handled_at: datetime | None = None
    version: int = 0

    def handled(self, *, now: datetime) -> DataRequest:
        """The same request once all was done; what remains is that it was, and when."""
        return replace(self, address=EmailAddress(""), handled_at=now)


@dataclass(frozen=True)
class Tombstone:
    """That somebody is erased: under a keyed digest of their address, or their id on a list.

    No mail leaves for that address meanwhile, nor later what was promised before all was
    `cleared_at`, and nobody of that id is invited. Whoever comes back later is somebody new.
    """

    partnership: str
    of: str
    at: datetime
    cleared_at: datetime | None = None

    def cleared(self, *, now: datetime) -> Tombstone:
        """The same tombstone, once nothing is left."""
        return replace(self, cleared_at=now)

    def is_settled(self, now: datetime) -> bool:
        """Whether no mail can be on its way any more."""
        return now >= self.at + SETTLED_AFTER
