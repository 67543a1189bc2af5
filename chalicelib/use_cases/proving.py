"""Proving: who did something with a link from our mail has the mailbox that it was sent to."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.people import EmailAddress
from chalicelib.ports import Proven, World


def proof(
    world: World, *, partnership: str, address: EmailAddress | None, now: datetime
) -> tuple[Proven, ...]:
    """What to keep beside what somebody did with a link from our mail; nothing without address."""
    if not address:
        return ()
    return (Proven(partnership, world.secrets.address_key(address), now),)
