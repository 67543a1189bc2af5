"""Bounces that may pass: a mailbox that is full or unwell for too long counts as gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ENOUGH = 5
"""With so many mails that came back, and none that arrived between, an address is given up."""

WITHIN = timedelta(days=30)
"""How far apart the first and the last of them may be."""


@dataclass(frozen=True)
class PassingBounce:
    """One mail that came back for a reason that may pass; `mail` is SES's id of it."""

    mail: str
    at: datetime


@dataclass(frozen=True)
class PassingBounces:
    """The mails to one address that came back for now, since the last one that arrived.

    `address_key` is a keyed digest of the address. The end is the same in whatever order these
    things are heard, and however often: only a delivery older than all we know is not kept.
    """

    address_key: str
    bounces: tuple[PassingBounce, ...] = ()
    delivered_at: datetime | None = None
    version: int = 0

    @property
    def are_enough(self) -> bool:
        """Whether the address has to be given up."""
        return len(self.bounces) >= ENOUGH

    def bounced(self, mail: str, *, at: datetime) -> PassingBounces:
        """The same, with one more mail that came back; hearing it again changes nothing."""
        if mail in {bounce.mail for bounce in self.bounces}:
            return self
        return self._since(self.delivered_at, PassingBounce(mail, at), *self.bounces)

    def delivered(self, *, at: datetime) -> PassingBounces:
        """The same, after a mail arrived: what came back before that counts no more."""
        newest = at if self.delivered_at is None else max(at, self.delivered_at)
        return self._since(newest, *self.bounces)

    def _since(self, delivered_at: datetime | None, *bounces: PassingBounce) -> PassingBounces:
        newest = max((bounce.at for bounce in bounces), default=None)
        counting = (
            bounce
            for bounce in bounces
            if (delivered_at is None or bounce.at > delivered_at)
            and newest is not None
            and newest - bounce.at < WITHIN
        )
        last = sorted(counting, key=lambda bounce: (bounce.at, bounce.mail))[-ENOUGH:]
        return replace(self, bounces=tuple(last), delivered_at=delivered_at)
