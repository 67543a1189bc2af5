"""How much of something anybody may have for a while: codes, mails, thank-yous, forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

TO_STRANGERS = "unapproved"
"""The name of the allowances for mail to strangers that nobody approved."""


@dataclass(frozen=True)
class Allowance:
    """How many of something somebody may have in one window of time.

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
    """How many mails that nobody approved strangers get in an hour: from a partnership, by its own
    choice, and from all of them together, because they share one good name.
    """
    counted = ((partnership, an_hour), ("", limits.strangers_an_hour))
    hour = timedelta(hours=1)
    return tuple(Allowance(whose, TO_STRANGERS, hour, limit) for whose, limit in counted if limit)


def nomination_allowance(partnership: str, address_key: str, *, a_day: int) -> Allowance:
    """How many thank-yous one address may send in a day before somebody looks at them first."""
    return Allowance(partnership, f"nominations-day-{address_key}", timedelta(days=1), a_day)


def form_allowance(partnership: str, network_key: str, *, limit: int) -> Allowance:
    """How many forms one network may send in ten minutes while nobody there is signed in."""
    return Allowance(partnership, f"forms-{network_key}", timedelta(minutes=10), limit)
