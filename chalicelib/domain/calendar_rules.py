"""Local time, and the two nights a year on which it lies."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_FIRST_INSTANT = datetime.min.replace(tzinfo=UTC)
_LAST_INSTANT = datetime.max.replace(tzinfo=UTC)


class NoSuchLocalTime(ValueError):
    """The clock skips this time: on that night it jumps forward."""


class AmbiguousLocalTime(ValueError):
    """The clock shows this time twice: on that night it goes back."""


def check_local_time(local: datetime, *, time_zone: str) -> None:
    """Refuse a wall-clock time that does not exist or exists twice in that zone.

    `local` is naive. Raises `NoSuchLocalTime` or `AmbiguousLocalTime`. RFC 5545 section 3.3.5
    would shift the first and pick the earlier of the second without telling anybody.
    """
    zone = ZoneInfo(time_zone)
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return
    survives = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    raise AmbiguousLocalTime(local) if survives else NoSuchLocalTime(local)


def instant(local: datetime, *, time_zone: str) -> datetime:
    """The UTC instant of a naive wall-clock time in that zone.

    Of a time that exists twice it is the first. The few hours that have no UTC instant, at either
    end of the calendar, give its first or last one, so that a date typed as year 1 can be compared.
    """
    try:
        return local.replace(tzinfo=ZoneInfo(time_zone), fold=0).astimezone(UTC)
    except OverflowError:
        return _FIRST_INSTANT if local.year == 1 else _LAST_INSTANT


def local_time(at: datetime, *, time_zone: str) -> datetime:
    """The aware local time of an instant in that zone."""
    return at.astimezone(ZoneInfo(time_zone))
