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


@dataclass(frozen=True)
class SesEvent:
    """One event about one mail, which may come twice, late, or in any order.

    `message`, `attempt` and `partnership` are the tags that the mail was sent with, and empty for a
    mail without tags. `recipients` are the addresses that the event is about. `permanent` tells a
    bounce that will repeat from one that may pass; `not_spam` a complaint that takes one back.
    """

    kind: EventKind
    message: str
    attempt: str
    partnership: str
    ses_id: str
    recipients: tuple[str, ...]
    occurred_at: datetime
    permanent: bool = False
    not_spam: bool = False
