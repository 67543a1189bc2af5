"""A calendar part, as a card that a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class CalendarCard:
    """What a calendar program would understand of one calendar part.

    `problem` says why it would understand nothing; the other fields are empty then.
    """

    method: str = ""
    title: str = ""
    when: str = ""
    where: str = ""
    status: str = ""
    sequence: str = ""
    dtstamp: str = ""
    uid: str = ""
    organiser: str = ""
    attendees: tuple[str, ...] = ()
    problem: str = ""


def read_card(content: bytes) -> CalendarCard:
    """The card of a calendar part. An unreadable one is a card with a problem, never an error."""
    # Reading calendars is slow to import, and most mails have none.
    import icalendar

    try:
        calendar: Any = icalendar.Calendar.from_ical(content)
        events = calendar.walk("VEVENT")
    except ValueError as error:
        return CalendarCard(problem=f"Not a calendar: {error}")
    if len(events) != 1:
        return CalendarCard(problem=f"This calendar holds {len(events)} events instead of one.")
    return _card(calendar, events[0])


def _card(calendar: Any, event: Any) -> CalendarCard:
    return CalendarCard(
        method=_text(calendar, "METHOD"),
        title=_text(event, "SUMMARY"),
        when=_when(event),
        where=_text(event, "LOCATION"),
        status=_text(event, "STATUS"),
        sequence=_text(event, "SEQUENCE"),
        dtstamp=_moment(event.get("DTSTAMP")),
        uid=_text(event, "UID"),
        organiser=_person(event.get("ORGANIZER")),
        attendees=tuple(_attendee(attendee) for attendee in _all(event.get("ATTENDEE"))),
    )


def _text(component: Any, name: str) -> str:
    value = component.get(name)
    return "" if value is None else str(value)


def _all(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _attendee(attendee: Any) -> str:
    answer = attendee.params.get("PARTSTAT", "no answer given")
    return f"{_person(attendee)}: {answer}"


def _person(person: Any) -> str:
    if person is None:
        return ""
    address = str(person).partition(":")[2] or str(person)
    name = person.params.get("CN", "")
    return f"{name} <{address}>" if name else address


def _when(event: Any) -> str:
    """The event's own wall clock and the zone that it names, not the reader's."""
    start, end = event.get("DTSTART"), event.get("DTEND")
    if start is None:
        return ""
    zone = start.params.get("TZID") or ("UTC" if getattr(start.dt, "tzinfo", None) else "")
    until = _until(start.dt, end.dt) if end is not None else ""
    return f"{_long(start.dt)}{until}{f' ({zone})' if zone else ''}"


def _long(moment: date) -> str:
    clock = f", {moment:%H:%M}" if isinstance(moment, datetime) else ""
    return f"{moment:%A} {moment.day} {moment:%B %Y}{clock}"


def _until(start: date, end: date) -> str:
    if isinstance(start, datetime) and isinstance(end, datetime) and start.date() == end.date():
        return f" to {end:%H:%M}"
    return f" to {_long(end)}"


def _moment(value: Any) -> str:
    return "" if value is None else f"{value.dt:%Y-%m-%d %H:%M:%S} UTC"
