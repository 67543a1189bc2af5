"""The account that our mail leaves from: how fast it may, how much in a day, and who goes first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.message import Urgency
from chalicelib.domain.reputation import Reputation

READ_EVERY = timedelta(minutes=5)
"""How long what SES told about the account counts as the newest."""

RATE_USED = 80
"""How many percent of SES's rate we use: its own seconds are not ours."""

WORKERS = 2
"""How many workers each of the two queues has: `maximum_concurrency` in `app.py`."""

_RATE = {Urgency.URGENT: 30, Urgency.ORDINARY: 70, Urgency.BULK: 70}
"""How many percent of the rate a queue has to itself. Bulk mail comes with the ordinary queue."""

_DAY = {Urgency.ORDINARY: 95, Urgency.BULK: 80}
"""Up to how many percent of a day's mail this urgency may leave. SES alone stops urgent mail."""

_NEARLY = 80
_UNLIMITED = 1_000_000


@dataclass(frozen=True)
class MailAccount:
    """What SES allows the whole installation, when it was last asked.

    `per_minute` is its rate, `per_day` its limit for any 24 hours (None is no limit), of which
    `sent` is used. `fed` are the bulk mails that were let go since. In the sandbox, mail only goes
    to addresses that were verified before. *Distrusted* means that too much of the last day's mail
    came back or was unwelcome, so that only urgent mail goes on: before SES stops it all.
    """

    in_sandbox: bool
    sends: bool
    per_minute: int
    per_day: int | None
    sent: int
    read_at: datetime
    fed: int = 0
    distrusted: bool = False
    version: int = 0

    def is_stale(self, now: datetime) -> bool:
        """Whether SES has to be asked again."""
        return now >= self.read_at + READ_EVERY

    def read_again(self, newest: MailAccount) -> MailAccount:
        """As SES says that it is now."""
        return replace(newest, version=self.version)

    def judged(self, reputation: Reputation) -> MailAccount:
        """The same account, by what its mail brought upon us until it was read."""
        return replace(self, distrusted=reputation.is_bad(sent=self.sent, now=self.read_at))

    @property
    def refusal(self) -> str:
        """Why no mail at all can leave; empty when it can. In the words of SES's own errors."""
        if not self.sends:
            return "SendingPausedException"
        return "LimitExceededException" if self.per_day == 0 or not self.per_minute else ""

    @property
    def nearly_used(self) -> bool:
        """Whether so much left in a day that bulk mail has to wait."""
        return self.per_day is not None and self.sent * 100 >= self.per_day * _NEARLY

    def has_room(self, urgency: Urgency) -> bool:
        """Whether mail of this urgency may leave now."""
        return urgency is Urgency.URGENT or self._room(urgency) > 0

    def pause(self, urgency: Urgency) -> timedelta:
        """How long one worker waits from one mail to the next, so that all together keep the rate.

        Each queue has a share of its own, so that no code waits behind a fan-out; and each worker
        has an equal part of that, so that they need not ask each other.
        """
        share = self.per_minute * RATE_USED * _RATE[urgency] / 10_000 / WORKERS
        return timedelta(minutes=1 / share) if share else timedelta()

    def may_feed(self, *, at_most: int, beside: int) -> int:
        """How many bulk mails may leave this minute, beside so many others that are due."""
        rate = self.per_minute * RATE_USED * _RATE[Urgency.BULK] // 10_000
        return max(0, min(at_most, rate - beside, self._room(Urgency.BULK) - self.fed))

    def after_feeding(self, count: int) -> MailAccount:
        """The same account, with so many more bulk mails on their way."""
        return replace(self, fed=self.fed + count)

    def _room(self, urgency: Urgency) -> int:
        if self.distrusted:
            return 0
        if self.per_day is None:
            return _UNLIMITED
        return self.per_day * _DAY[urgency] // 100 - self.sent
