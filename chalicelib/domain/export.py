"""An export: everything that is kept about one person, collected for them to read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.people import EmailAddress, Language

KEEP_EXPORT = timedelta(days=7)


class AlreadyOpened(Exception):
    """An export is shown once; whoever wants it again asks for a new one."""


@dataclass(frozen=True)
class Entry:
    """One thing that is kept about somebody: what it is, and its facts as plain texts."""

    what: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class ExportPart:
    """Some of the entries of an export, in the order in which they were found."""

    partnership: str
    request: str
    number: int
    entries: tuple[Entry, ...]
    expires_at: datetime


@dataclass(frozen=True)
class Export:
    """What was collected for one request; `parts` counts its pieces.

    The address is whose it is, and where a code goes before it is opened.
    """

    partnership: str
    request: str
    address: EmailAddress
    language: Language
    expires_at: datetime
    parts: int = 0
    ready_at: datetime | None = None
    opened_at: datetime | None = None
    version: int = 0

    def with_part(self) -> Export:
        """The same export with one piece more."""
        return replace(self, parts=self.parts + 1)

    def ready(self, *, now: datetime) -> Export:
        """The same export once all is collected."""
        return replace(self, ready_at=now)

    def opened(self, *, now: datetime) -> Export:
        """The same export once its owner saw it. Raises `AlreadyOpened`."""
        if self.opened_at is not None:
            raise AlreadyOpened(self.request)
        return replace(self, opened_at=now)
