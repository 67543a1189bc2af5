"""Our reputation as senders: how many addresses turned out dead, how many readers complained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

COUNTS_FOR = timedelta(days=1)
"""How long something is held against us: as long as what SES counts as sent."""

MOST_BOUNCES, MOST_COMPLAINTS = Fraction("0.025"), Fraction("0.0005")
"""Half of what makes SES look into an account."""

FEW_BOUNCES, FEW_COMPLAINTS = 10, 3
"""Fewer than so many in a day say nothing, however little was sent."""


@dataclass(frozen=True)
class Hour:
    """What was heard about mail in one hour, which begins at `starts`."""

    starts: datetime
    bounces: int = 0
    complaints: int = 0


@dataclass(frozen=True)
class Reputation:
    """What the last day's mail brought upon the whole installation, by the hour it happened in.

    An address counts once: when it is stopped. Numbers only; nothing says whose.
    """

    hours: tuple[Hour, ...] = ()
    version: int = 0

    def after(self, *, at: datetime, bounces: int = 0, complaints: int = 0) -> Reputation:
        """The same, with so many more; hours that no longer matter are left out."""
        starts = at.replace(minute=0, second=0, microsecond=0)
        known = {hour.starts: hour for hour in self.hours}
        hour = known.get(starts, Hour(starts))
        known[starts] = replace(
            hour, bounces=hour.bounces + bounces, complaints=hour.complaints + complaints
        )
        newest = max(known)
        kept = (known[one] for one in sorted(known) if newest - one <= COUNTS_FOR)
        return replace(self, hours=tuple(kept))

    def is_bad(self, *, sent: int, now: datetime) -> bool:
        """Whether mail that can wait had better wait, when so many mails left in the last day."""
        recent = list(self._since(now - COUNTS_FOR))
        bounces = sum(hour.bounces for hour in recent)
        complaints = sum(hour.complaints for hour in recent)
        return (bounces >= FEW_BOUNCES and bounces > sent * MOST_BOUNCES) or (
            complaints >= FEW_COMPLAINTS and complaints > sent * MOST_COMPLAINTS
        )

    def _since(self, moment: datetime) -> Iterator[Hour]:
        return (hour for hour in self.hours if hour.starts > moment)
