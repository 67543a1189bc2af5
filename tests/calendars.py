"""Calendar files as three independent readers understand them, of which none wrote them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from io import StringIO
from typing import Any

import ical.calendar_stream
import icalendar
import vobject
from dateutil.rrule import rruleset, rrulestr

Span = tuple[datetime, datetime]
Reader = Callable[[bytes], list[Span]]


def events_in(content: str | bytes) -> dict[str, Any]:
    """Every event by its UID."""
    calendar: Any = icalendar.Calendar.from_ical(content)
    assert not calendar.errors
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def by_ical(content: bytes) -> list[Span]:
    """A reader that works out the dates of a series by itself, the others included."""
    calendar: Any = ical.calendar_stream.IcsCalendarStream.calendar_from_ics(content.decode())
    return _sorted((event.start, event.end) for event in calendar.timeline)


def by_vobject(content: bytes) -> list[Span]:
    """A reader whose rules are dateutil's."""
    calendar: Any = vobject.readOne(StringIO(content.decode()))
    return _spans([_as_vobject_has_it(event) for event in calendar.contents.get("vevent", [])])


def by_icalendar(content: bytes) -> list[Span]:
    """The lines that icalendar reads back, enumerated by dateutil in that zone."""
    calendar: Any = icalendar.Calendar.from_ical(content)
    return _spans([_as_icalendar_has_it(event) for event in calendar.walk("VEVENT")])


READERS: Sequence[Reader] = (by_ical, by_vobject, by_icalendar)


def readings(content: str) -> list[list[Span]]:
    """The instants of every date of every event in order, once for each reader."""
    return [read(content.encode()) for read in READERS]


_Event = tuple[str, date | None, date, date, Any]
"""The UID, the RECURRENCE-ID, start, end, and the rules of an event, as far as it has them."""


def _spans(events: Sequence[_Event]) -> list[Span]:
    """What stands at a RECURRENCE-ID replaces that date of its series."""
    found: dict[tuple[str, datetime], tuple[date, date]] = {}
    for uid, at, starts, ends, rules in sorted(events, key=lambda event: event[1] is not None):
        for start in rules or [starts]:
            found[uid, _instant(at or start)] = (start, start + (ends - starts))
    return _sorted(found.values())


def _sorted(spans: Any) -> list[Span]:
    return sorted((_instant(starts), _instant(ends)) for starts, ends in spans)


def _instant(at: date) -> datetime:
    """A time in UTC; a whole day is the same everywhere, so its midnight stands for it."""
    local = _midnight(at)
    return local.astimezone(UTC) if local.tzinfo else local.replace(tzinfo=UTC)


def _midnight(at: date) -> datetime:
    return at if isinstance(at, datetime) else datetime.combine(at, time())


def _as_vobject_has_it(event: Any) -> _Event:
    at = event.contents.get("recurrence-id")
    return (
        event.uid.value,
        at[0].value if at else None,
        event.dtstart.value,
        event.dtend.value,
        event.getrruleset(),
    )


def _as_icalendar_has_it(event: Any) -> _Event:
    starts, ends = _midnight(event["dtstart"].dt), _midnight(event["dtend"].dt)
    rules = rruleset()
    if "rrule" in event:
        rules.rrule(rrulestr(event["rrule"].to_ical().decode(), dtstart=starts))
    exdates = event.get("exdate", [])
    for exdate in exdates if isinstance(exdates, list) else [exdates]:
        rules.exdate(_midnight(exdate.dts[0].dt))
    at = event["recurrence-id"].dt if "recurrence-id" in event else None
    return str(event["uid"]), at, starts, ends, rules if "rrule" in event else None
