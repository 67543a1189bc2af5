"""What lets somebody in: private links, sign-in codes, sessions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

CODE_LIVES = timedelta(minutes=10)
CODE_TRIES = 5
SESSION_LIVES = timedelta(hours=12)
SESSION_IDLE = timedelta(minutes=30)
VERIFY_LIVES = timedelta(days=7)
SENT_LIVES = timedelta(days=30)
QUESTION_LIVES = timedelta(days=30)
LINK_LIVES = timedelta(days=3 * 365)
"""How long a link lives that stays valid as long as what it opens: removal is what ends it."""
BROWSER_KNOWN = timedelta(days=180)
"""How long a browser that signed in once keeps an allowance for codes of its own."""
FEED_LIVES = timedelta(days=10 * 365)
"""How long the address of a feed works that nobody stopped: programs ask for it as long as that."""
UNSUBSCRIBE_LIVES = timedelta(days=365)
"""How long the link at the foot of a mail stops that kind of mail."""
EXPORT_LIVES = timedelta(hours=48)
RSVP_OUTLIVES = timedelta(days=1)
"""How long an invitation's page stays open after the gathering."""


class Purpose(StrEnum):
    """What a private link is for; a token never opens a page of another purpose."""

    SENT = "sent"
    VERIFY = "verify"
    STATUS = "status"
    QUESTION = "question"
    HONOUREE = "honouree"
    FOLLOW_UP = "follow_up"
    RSVP = "rsvp"
    FEED = "feed"
    BROWSER = "browser"
    UNSUBSCRIBE = "unsubscribe"
    EXPORT = "export"


@dataclass(frozen=True)
class Token:
    """A private link as we keep it: never the link itself, only its digest.

    `subject` is what it opens: a nomination, `nomination/honouree`, `gathering/guest`, a guest (for
    FEED), a request (for EXPORT), or for UNSUBSCRIBE, which is signed instead of kept,
    `preferences.StopLink.subject`.
    """

    partnership: str
    digest: str
    purpose: Purpose
    subject: str
    expires_at: datetime

    def opens(self, purpose: Purpose, *, now: datetime) -> bool:
        """Whether it lets its holder in to a page of this purpose."""
        return self.purpose is purpose and now < self.expires_at


@dataclass(frozen=True)
class Feed:
    """The one address at which a guest's calendar asks for their gatherings.

    `digest` is its token's; a newer address, or none, ends the earlier one at once.
    """

    partnership: str
    guest: str
    digest: str = ""
    version: int = 0

    def at(self, digest: str) -> Feed:
        """The same feed at another address, or at none."""
        return replace(self, digest=digest)


@dataclass(frozen=True)
class SignIn:
    """Somebody's request to sign in, bound by `id` to the browser that made it.

    `person` is empty when nobody with that address may come in; everything else looks the same,
    so that the answer does not tell who is a coordinator. `code_digest` is empty until delivery
    minted the code.
    """

    partnership: str
    id: str
    person: str
    expires_at: datetime
    code_digest: str = ""
    tries: int = 0
    used: bool = False

    def may_try(self, now: datetime) -> bool:
        """Whether another code may be tried on it."""
        return not self.used and self.tries < CODE_TRIES and now < self.expires_at

    @property
    def is_last_try(self) -> bool:
        """Whether the try that is counted next leaves no other."""
        return self.tries + 1 >= CODE_TRIES


@dataclass(frozen=True)
class Session:
    """A coordinator's stay at the desk, at one browser; `id` is a digest of its cookie."""

    partnership: str
    id: str
    person: str
    started_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When it ends, however busy it is."""
        return self.started_at + SESSION_LIVES


def token_digest(token: str) -> str:
    """What is kept of a private link's token: enough to recognise it, useless to open anything."""
    return hashlib.sha256(token.encode("ascii", "replace")).hexdigest()
