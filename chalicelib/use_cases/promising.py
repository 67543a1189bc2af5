"""Promising: what every promised mail has, whatever it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.message import Kind, LinkRequest, Message
from chalicelib.domain.people import EmailAddress, Language
from chalicelib.messages import emails
from chalicelib.messages.drafts import Facts


class Reader(Protocol):
    """To whom a mail goes: nominators, honourees, guests and coordinators all are one."""

    @property
    def address(self) -> EmailAddress | None:
        """Where; None for who is told in another way, or is nobody: that mail is never sent."""

    @property
    def name(self) -> str:
        """Under which name."""

    @property
    def language(self) -> Language:
        """In which language."""


@dataclass(frozen=True)
class Nameless:
    """A reader whose mail may not carry a name, or has none to carry."""

    address: EmailAddress | None
    language: Language
    name: str = ""


def promised(
    kind: Kind,
    *,
    partnership: str,
    id: str,
    cause: str,
    reader: Reader,
    facts: Facts,
    now: datetime,
    due_at: datetime | None = None,
    links: Sequence[LinkRequest] = (),
) -> Message:
    """A mail that is due now, or at `due_at`, and from then on worth sending as its kind says."""
    due = due_at or now
    return Message(
        partnership=partnership,
        id=id,
        kind=kind,
        cause=cause,
        recipient=reader.address or EmailAddress(""),
        recipient_name=reader.name,
        language=reader.language,
        facts=asdict(facts),
        queued_at=now,
        due_at=due,
        deadline=emails.deadline(kind, now=due),
        urgency=emails.urgency(kind),
        links=tuple(links),
    )
