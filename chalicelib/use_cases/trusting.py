"""Trusting: a thank-you by somebody on the people list goes on unread, where that was chosen."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress
from chalicelib.ports import World
from chalicelib.use_cases.reviewing import in_their_languages


def approved_unread(
    world: World, nomination: Nomination, *, partnership: Partnership, now: datetime
) -> Nomination:
    """A nomination whose nominator just proved their address: approved, if nobody has to read it.

    Else it is returned as it is, and waits for a reviewer.
    """
    address = nomination.nominator.address
    if nomination.must_be_read or not is_trusted(world, partnership, address):
        return nomination
    return in_their_languages(world, nomination).approved_unread(now=now)


def is_trusted(world: World, partnership: Partnership, address: EmailAddress) -> bool:
    """Whether this partnership lets whoever has this address thank people unread."""
    if not partnership.settings.trusts:
        return False
    return world.store.person_by_address(partnership.slug, address) is not None
