"""A calendar part, as a card that a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class CalendarCard:
    """What a calendar program would understand of one calendar part.

    Of a series, `repeats` is its rule, `without` the dates that it has not, and `apart` the dates
    that are not as the rule has them. `problem` says why it would understand nothing; the other
    fields are empty then.
    """

    method: str = ""
    title: str = ""
    when: str = ""
    repeats: str = ""
    without: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
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
    whole = [event for event in events if "RECURRENCE-ID" not in event]
    if len(whole) != 1:
        return CalendarCard(problem=f"This calendar holds {len(whole)} events instead of one.")
    return _card(calendar, whole[0], [event for event in events if event is not whole[0]])


def _card(calendar: Any, event: Any, apart: list[Any]) -> CalendarCard:
    return CalendarCard(
        method=_text(calendar, "METHOD"),
        title=_text(event, "SUMMARY"),
        when=_when(event),
        repeats=event["RRULE"].to_ical().decode() if "RRULE" in event else "",
        without=tuple(_long(day.dt) for dates in _all(event.get("EXDATE")) for day in dates.dts),
        apart=tuple(_apart(one) for one in apart),
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


def _apart(event: Any) -> str:
    """One date of a series: what it is instead of as the rule has it, and the answers to it."""
    answers = "; ".join(_attendee(attendee) for attendee in _all(event.get("ATTENDEE")))
    ruled = event["RECURRENCE-ID"].dt
    moved = f"{_long(ruled)} is " if ruled != event["DTSTART"].dt else ""
    return f"{moved}{_when(event)}. {answers}".rstrip()


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
    if isinstance(start, datetime) and isinstance(end, datetime):
        return f" to {end:%H:%M}" if start.date() == end.date() else f" to {_long(end)}"
    # Of whole days, a calendar names the day after the last.
    last = end - timedelta(days=1)
    return f" to {_long(last)}, all day" if last > start else ", all day"


def _moment(value: Any) -> str:
    return "" if value is None else f"{value.dt:%Y-%m-%d %H:%M:%S} UTC"
