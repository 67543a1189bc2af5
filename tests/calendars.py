"""Calendar files as three independent readers understand them."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import ical.calendar_stream
import icalendar
import vobject

Span = tuple[datetime, datetime]


def spans_by_reader(content: str) -> list[dict[str, Span]]:
    """The instants of every event by its UID, once for each reader."""
    return [read(content) for read in (_icalendar, _ical, _vobject)]


def events_in(content: str) -> dict[str, Any]:
    """Every event by its UID."""
    calendar: Any = icalendar.Calendar.from_ical(content)
    assert not calendar.errors
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def _icalendar(content: str) -> dict[str, Span]:
    return {
        uid: (event["DTSTART"].dt.astimezone(UTC), event["DTEND"].dt.astimezone(UTC))
        for uid, event in events_in(content).items()
    }


def _ical(content: str) -> dict[str, Span]:
    calendar: Any = ical.calendar_stream.IcsCalendarStream.calendar_from_ics(content)
    return {
        event.uid: (event.dtstart.astimezone(UTC), event.dtend.astimezone(UTC))
        for event in calendar.events
    }


def _vobject(content: str) -> dict[str, Span]:
    calendar: Any = vobject.readOne(StringIO(content))
    return {
        event.uid.value: (
            event.dtstart.value.astimezone(UTC),
            event.dtend.value.astimezone(UTC),
        )
        for event in calendar.contents.get("vevent", [])
    }
