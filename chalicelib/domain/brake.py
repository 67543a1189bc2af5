"""The brake: no mail can leave for anybody, so one tries each minute until one gets through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

PROBE_EVERY = timedelta(minutes=1)
"""How often one mail tries whether sending goes on, while all others wait."""


@dataclass(frozen=True)
class Brake:
    """Sending stands still: since when, by what SES said, and when the next mail may try.

    There is one for the whole installation, and none while mail leaves.
    """

    since: datetime
    reason: str
    probe_at: datetime

    @classmethod
    def put_on(cls, *, reason: str, now: datetime) -> Brake:
        """The brake as it goes on, after a mail that could not leave."""
        return cls(since=now, reason=reason, probe_at=now + PROBE_EVERY)

    def may_probe(self, now: datetime) -> bool:
        """Whether it is time for one mail to try."""
        return now >= self.probe_at

    def probed(self, now: datetime) -> Brake:
        """The brake once a mail took this minute's try."""
        return replace(self, probe_at=now + PROBE_EVERY)
