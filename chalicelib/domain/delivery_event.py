"""What the world tells about a mail after it left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What happened to a mail; a kind that we do not know yet is no reason to fail."""

    SEND = "send"
    DELIVERY = "delivery"
    DELAY = "delay"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    REJECT = "reject"
    UNKNOWN = "unknown"


class Bounce(StrEnum):
    """Why a mail came back, as far as SES knows; the later ones are graver.

    *Unclear* is what nobody could make out. All between that and *gone* may pass.
    """

    NONE = "none"
    UNCLEAR = "unclear"
    FOR_NOW = "for_now"
    FULL = "full"
    TOO_LARGE = "too_large"
    UNWANTED = "unwanted"
    GONE = "gone"

    @property
    def may_pass(self) -> bool:
        """Whether a next mail to the same address may arrive."""
        return self not in {Bounce.NONE, Bounce.UNCLEAR, Bounce.GONE}

    @property
    def is_sure(self) -> bool:
        """Whether the mail did not arrive; who is away may have got one that came back for now."""
        return self in {Bounce.FULL, Bounce.TOO_LARGE, Bounce.UNWANTED, Bounce.GONE}

    def graver(self, other: Bounce) -> Bounce:
        """The graver of two, so that the order of events does not matter."""
        order = list(Bounce)
        return max(self, other, key=order.index)


@dataclass(frozen=True)
class SesEvent:
    """One event about one mail, which may come twice, late, or in any order.

    `message`, `attempt` and `partnership` are the tags that the mail was sent with, and empty for a
    mail without tags. `recipients` are the addresses that the event is about. `not_spam` tells a
    complaint that takes one back.
    """

    kind: EventKind
    message: str
    attempt: str
    partnership: str
    ses_id: str
    recipients: tuple[str, ...]
    occurred_at: datetime
    bounce: Bounce = Bounce.NONE
    not_spam: bool = False
