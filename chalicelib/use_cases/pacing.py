"""Pacing: one worker lets no mail go before its turn, so that all of them keep SES's rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.mail_account import READ_EVERY, MailAccount
from chalicelib.domain.message import Urgency
from chalicelib.ports import World


def never_wait(seconds: float) -> None:
    """Let the time pass at once."""


@dataclass
class Pacing:
    """A bucket of one token, which fills at this worker's own share of the rate.

    It lives as long as the process is warm, and may be lost: the next one starts with a full
    bucket, and SES still says no to what is too fast. `wait` lets so many seconds pass.
    """

    wait: Callable[[float], None] = never_wait
    _account: MailAccount | None = None
    _looked_at: datetime | None = None
    _free_at: dict[bool, datetime] = field(default_factory=dict)

    def turn(self, world: World, urgency: Urgency, *, clock: Callable[[], datetime]) -> bool:
        """Wait for the turn of one mail; False when a day's mail has no room for it.

        What SES allows is looked up every few minutes. Until the sweep has asked, nothing waits.
        """
        account = self._known(world, now=clock())
        if account is None:
            return True
        if not account.has_room(urgency):
            return False
        lane = urgency is Urgency.URGENT
        now = clock()
        starts = max(now, self._free_at.get(lane, now))
        self._free_at[lane] = starts + account.pause(urgency)
        if starts > now:
            self.wait((starts - now).total_seconds())
        return True

    def _known(self, world: World, *, now: datetime) -> MailAccount | None:
        if self._looked_at is None or now >= self._looked_at + READ_EVERY:
            self._account, self._looked_at = world.store.mail_account(), now
        return self._account
