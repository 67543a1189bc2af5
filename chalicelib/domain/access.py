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


UNAPPROVED = "unapproved"
"""The name of the allowances for mail to strangers that nobody approved."""


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


@dataclass(frozen=True)
class Allowance:
    """How many of something a caller had in one window of time.

    Without a partnership it counts for all of them together. With a `holder`, all of it is for
    whoever took the first: nobody else gets any until the window ends. With `apart`, nobody else
    gets any until a whole window has passed since the last, whenever that was.
    """

    partnership: str
    name: str
    window: timedelta
    limit: int
    holder: str = ""
    apart: bool = False

    def window_at(self, now: datetime) -> datetime:
        """The start of the window that holds this moment."""
        seconds = int(self.window.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)

    def counts_until(self, now: datetime) -> datetime:
        """When a use at this moment counts no more."""
        return self.ends_at(now) + (self.window if self.apart else timedelta())

    def ends_at(self, now: datetime) -> datetime:
        """When the window that holds this moment ends, and there is room again."""
        return self.window_at(now) + self.window


@dataclass(frozen=True)
class Limits:
    """What an installation allows, whatever its partnerships chose.

    `strangers_an_hour` is how many mails that nobody approved leave to strangers, from all
    partnerships together; 0 is no limit. `unasked_days` is for how many days a stranger gets no
    second mail that they did not ask for; 0 is no limit too.
    """

    strangers_an_hour: int = 20
    unasked_days: int = 7


def code_allowances(
    partnership: str, asker: str, *, a_quarter: int, a_day: int
) -> tuple[Allowance, ...]:
    """How many sign-in codes one asker may have, in a quarter of an hour and in a day.

    `asker` is an address, or a browser that signed in before: strangers who ask for somebody's
    codes cannot use up what that person's own browser may ask for.
    """
    return (
        Allowance(partnership, f"codes-15m-{asker}", timedelta(minutes=15), a_quarter),
        Allowance(partnership, f"codes-day-{asker}", timedelta(days=1), a_day),
    )


def inbox_allowances(
    partnership: str, address_key: str, *, mails_a_day: int
) -> tuple[Allowance, ...]:
    """How many mails one address gets from a partnership in a day; 0 is no limit."""
    name = f"mails-day-{address_key}"
    day = Allowance(partnership, name, timedelta(days=1), mails_a_day)
    return (day,) if mails_a_day else ()


def stranger_allowances(address_key: str, *, cause: str, limits: Limits) -> tuple[Allowance, ...]:
    """How many mails that they did not ask for somebody gets who proved nothing yet.

    One in some days, from all partnerships together; and two more for whoever asked for that one,
    who is still at the page that says that it was sent.
    """
    window = timedelta(days=limits.unasked_days)
    unasked = Allowance("", f"unasked-{address_key}", window, 3, holder=cause, apart=True)
    return (unasked,) if window else ()


def unapproved_allowances(
    partnership: str, *, an_hour: int, limits: Limits
) -> tuple[Allowance, ...]:
    """How many mails that nobody approved strangers get in an hour: from a partnership, so that
    none uses up what its neighbours may send, and from all of them, who share one good name.
    """
    counted = ((partnership, an_hour), ("", limits.strangers_an_hour))
    hour = timedelta(hours=1)
    return tuple(Allowance(whose, UNAPPROVED, hour, limit) for whose, limit in counted if limit)


def nomination_allowance(partnership: str, address_key: str, *, a_day: int) -> Allowance:
    """How many thank-yous one address may send in a day before somebody looks at them first."""
    return Allowance(partnership, f"nominations-day-{address_key}", timedelta(days=1), a_day)


def form_allowance(partnership: str, network_key: str, *, limit: int) -> Allowance:
    """How many forms one network may send in ten minutes while nobody there is signed in."""
    return Allowance(partnership, f"forms-{network_key}", timedelta(minutes=10), limit)


def token_digest(token: str) -> str:
    """What is kept of a private link's token: enough to recognise it, useless to open anything."""
    return hashlib.sha256(token.encode("ascii", "replace")).hexdigest()
