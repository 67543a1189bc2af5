"""The calendar part of a mail: what makes a gathering appear, change and vanish in a calendar.

The calendar library takes 50 ms to import, so only a function that writes a calendar pays for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chalicelib.domain.invitation import PartStat
from chalicelib.domain.people import Language
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.domain.text import clean_line, clean_text
from chalicelib.messages.catalogues import translate
from chalicelib.messages.when import Times

if TYPE_CHECKING:
    from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress
    from icalendar.parser import Contentline

ZONES = (
    "Europe/Amsterdam",
    "Europe/Brussels",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Paris",
    "Europe/Lisbon",
    "Europe/Dublin",
    "UTC",
)
"""The time zones offered: UTC, and those that change their clocks when Europe does. A test proves
each of them against the time zone database."""

_NO_BLOCK = "UTC"

_ALARM_BEFORE = timedelta(hours=2)
_ALARM_THE_DAY_BEFORE = timedelta(hours=15)
_ASK_AGAIN = timedelta(hours=6)
_LINE_OCTETS = 75

_SPRING = datetime(1970, 3, 29, 1, tzinfo=UTC)
_AUTUMN = datetime(1970, 10, 25, 1, tzinfo=UTC)
"""The last Sundays of March and October, 01:00 UTC: when Europe changes its clocks (directive
2000/84/EC). The year only says since when, for readers that would otherwise find no offset."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+")
_PLAIN_UID = re.compile(r"[A-Za-z0-9._@-]+")
_ADDRESS_IN_URI = "@!$&'*+/=^_`{|}~"

_PARAMETER_ATOM = re.compile(r"\^.|.")
_VALUE_ATOM = re.compile(r"\\.|.")


class UnsupportedZone(ValueError):
    """No checked time zone block exists for this zone."""


class NotAnInvite(ValueError):
    """An id, time, address or URL that calendars would misread or that could forge a line."""


class Method(StrEnum):
    """What the calendar is asked to do (RFC 5546 section 3.2); a file that is fetched publishes."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True)
class OtherDate:
    """One date of a series that was moved, or for which this guest gave another answer.

    `day` is the one that the series' rule gives it.
    """

    day: date
    starts: datetime
    ends: datetime
    partstat: PartStat


@dataclass(frozen=True)
class Invite:
    """Everything that one guest's calendar is told.

    `starts` and `ends` are naive wall-clock times in `time_zone`, of the first date of a series;
    `dtstamp` is aware. What lasts `all_day` ends at the midnight after it. `dropped` are the days
    of a series that this guest has not, and `others` its dates that are not like the rest. `url`
    may be empty; it and `uid` hold nothing that somebody typed. `organiser_address` is where
    calendars send their answer. What is published names nobody: it asks for no answer.
    """

    method: Method
    uid: str
    sequence: int
    dtstamp: datetime
    starts: datetime
    ends: datetime
    time_zone: str
    summary: str
    place: str
    description: str
    url: str
    organiser_name: str
    organiser_address: str
    guest_name: str
    guest_address: str
    partstat: PartStat
    language: Language
    cancelled: bool = False
    all_day: bool = False
    repeats: Recurrence | None = None
    dropped: tuple[date, ...] = ()
    others: tuple[OtherDate, ...] = ()

    def __post_init__(self) -> None:
        nobody = self.method is Method.PUBLISH
        sound = {
            "uid": _PLAIN_UID.fullmatch(self.uid),
            "sequence": self.sequence >= 0,
            "dtstamp": self.dtstamp.tzinfo,
            "starts": self.starts.tzinfo is None,
            "ends": self.ends.tzinfo is None,
            "url": not self.url or _PLAIN_URL.fullmatch(self.url),
            "organiser_address": nobody or _PLAIN_ADDRESS.fullmatch(self.organiser_address),
            "guest_address": nobody or _PLAIN_ADDRESS.fullmatch(self.guest_address),
        }
        for name, is_sound in sound.items():
            if not is_sound:
                raise NotAnInvite(name)
        if self.time_zone not in ZONES:
            raise UnsupportedZone(self.time_zone)

    @property
    def is_off(self) -> bool:
        """Whether the gathering does not take place, or not for this guest."""
        return self.cancelled or self.method is Method.CANCEL


def other_dates(times: Times, *, partstat: PartStat) -> tuple[OtherDate, ...]:
    """The dates of a series that are not like the rest: moved, or answered by themselves."""
    if times.repeats is None:
        return ()
    moved = {one.day: one for one in times.moved}
    now = {one.day: moved.get(one.day, one) for one in times.ruled}
    return tuple(
        OtherDate(day, one.starts, one.ends, times.answers.get(day, partstat))
        for day, one in now.items()
        if day not in times.excluded
        and (day in moved or times.answers.get(day, partstat) is not partstat)
    )


def calendar_part(invite: Invite) -> bytes:
    """The whole calendar object: CRLF line ends, folded at 75 octets (RFC 5545 section 3.1).

    What people typed is cleaned first; raises `domain.text.NotText` for half a character.
    """
    return _written(_calendar(invite))


def calendar_feed(entries: Sequence[Invite], *, name: str, time_zone: str) -> bytes:
    """Many gatherings as one calendar, which programs ask for again every six hours.

    `time_zone` is the one that stands in it also while there is no gathering: a calendar without
    any component is none (RFC 5545 section 3.6).
    """
    from icalendar import vDuration

    calendar = _frame(Method.PUBLISH)
    called = _Text(clean_line(name))
    calendar.add("name", called, encode=False)
    calendar.add("x-wr-calname", called, encode=False)
    calendar.add("refresh-interval", _ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_ASK_AGAIN), encode=False)
    zones = dict.fromkeys((time_zone, *(entry.time_zone for entry in entries)))
    for zone in [zone for zone in zones if zone != _NO_BLOCK] or ZONES[:1]:
        calendar.add_component(_zone_block(zone))
    for entry in entries:
        for event in _events(entry):
            calendar.add_component(event)
    return _written(calendar)


def _written(calendar: Calendar) -> bytes:
    lines = calendar.content_lines(sorted=False)
    return "".join(f"{_folded(line)}\r\n" for line in lines if line).encode()


class _Text(str):
    """A TEXT value (RFC 5545 section 3.3.11).

    `icalendar.vText` is not used for writing: it takes the `\\N` of `C:\\New` for a line break.
    """

    def to_ical(self) -> bytes:
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return escaped.replace("\n", "\\n").encode()


def _frame(method: Method) -> Calendar:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Pluim//Gatherings//NL")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    return calendar


def _calendar(invite: Invite) -> Calendar:
    calendar = _frame(invite.method)
    if invite.time_zone != _NO_BLOCK and not invite.all_day:
        calendar.add_component(_zone_block(invite.time_zone))
    for event in _events(invite):
        calendar.add_component(event)
    return calendar


@cache
def _zone_block(name: str) -> Timezone:
    """The zone's rules in two lines of recurrence, never as a list of dates.

    `Calendar.add_missing_timezones` writes such a list, and several readers then show summer or
    winter gatherings an hour off. STANDARD is always winter, also for Dublin: by Irish law winter
    is the exception (GMT as "daylight" time, an hour less), but programs that keep one bias for
    standard time and a larger one for daylight time cannot hold that. Offsets and names are the
    same either way.
    """
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    zone = ZoneInfo(name)
    winter = datetime(2026, 1, 15, tzinfo=zone)
    summer = datetime(2026, 7, 15, tzinfo=zone)
    block = Timezone()
    block.add("tzid", name)
    for part, change, before, after in (
        (TimezoneStandard(), _AUTUMN, summer, winter),
        (TimezoneDaylight(), _SPRING, winter, summer),
    ):
        offset_from = before.utcoffset() or timedelta()
        part.add("dtstart", change.replace(tzinfo=None) + offset_from)
        part.add("rrule", {"freq": "YEARLY", "bymonth": change.month, "byday": "-1SU"})
        part.add("tzoffsetfrom", offset_from)
        part.add("tzoffsetto", after.utcoffset() or timedelta())
        part.add("tzname", after.tzname())
        block.add_component(part)
    return block


def _events(invite: Invite) -> Iterator[Event]:
    """The gathering, and of a series each date that is not like the rest, complete by itself.

    A cancellation needs none of those: without a RECURRENCE-ID it takes away every date.
    """
    series = _event(invite)
    if invite.repeats:
        series.add("rrule", _rule(invite, invite.repeats))
    for day in invite.dropped:
        series.add("exdate", _moment(invite, _ruled_start(invite, day)))
    yield series
    if invite.is_off:
        return
    for other in invite.others:
        event = _event(
            replace(invite, starts=other.starts, ends=other.ends, partstat=other.partstat)
        )
        event.add("recurrence-id", _moment(invite, _ruled_start(invite, other.day)))
        yield event


def _event(invite: Invite) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", invite.uid)
    event.add("dtstamp", invite.dtstamp.astimezone(UTC))
    event.add("sequence", invite.sequence)
    event.add("dtstart", _moment(invite, invite.starts))
    event.add("dtend", _moment(invite, invite.ends))
    for name, text in _texts(invite):
        if text:
            event.add(name, _Text(text), encode=False)
    if invite.url:
        event.add("url", invite.url)
    if invite.method is not Method.PUBLISH:
        event.add("organizer", _mailbox(invite.organiser_name, invite.organiser_address))
        event.add("attendee", _attendee(invite))
    for name, value in _standing(invite):
        event.add(name, value)
    if invite.method is Method.REQUEST and invite.partstat is not PartStat.DECLINED:
        event.add_component(_alarm(invite))
    return event


def _ruled_start(invite: Invite, day: date) -> datetime:
    return datetime.combine(day, invite.starts.time())


def _moment(invite: Invite, local: datetime) -> datetime | date:
    """A time in its zone, or a date without one for what lasts all day."""
    return local.date() if invite.all_day else local.replace(tzinfo=_zone(invite.time_zone))


def _rule(invite: Invite, repeats: Recurrence) -> dict[str, object]:
    """The rule with one BYDAY position at most, which is what Outlook can hold.

    UNTIL is the start of the last date, in UTC beside a start with a zone (RFC 5545 section
    3.3.10).
    """
    first = invite.starts.date()
    rule: dict[str, object] = {"freq": "WEEKLY" if repeats.pattern is Pattern.WEEKLY else "MONTHLY"}
    if repeats.count:
        rule["count"] = repeats.count
    else:
        last = _moment(invite, _ruled_start(invite, repeats.days(first)[-1]))
        rule["until"] = last.astimezone(UTC) if isinstance(last, datetime) else last
    if repeats.every > 1:
        rule["interval"] = repeats.every
    if repeats.pattern is Pattern.BY_DATE:
        rule["bymonthday"] = first.day
    elif repeats.pattern is Pattern.WEEKLY:
        rule["byday"] = _WEEKDAYS[first.weekday()]
    else:
        rule["byday"] = f"{repeats.position(first)}{_WEEKDAYS[first.weekday()]}"
    return rule


def _zone(name: str) -> tzinfo:
    """The zone that times are written in; `timezone.utc` becomes a `Z` behind them."""
    return UTC if name == _NO_BLOCK else ZoneInfo(name)


def _texts(invite: Invite) -> tuple[tuple[str, str], ...]:
    return (
        ("summary", clean_line(invite.summary)),
        ("location", clean_line(invite.place)),
        ("description", clean_text(invite.description)),
    )


def _attendee(invite: Invite) -> vCalAddress:
    attendee = _mailbox(invite.guest_name, invite.guest_address)
    attendee.params["CUTYPE"] = "INDIVIDUAL"
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    attendee.params["PARTSTAT"] = invite.partstat.value
    if invite.method is Method.REQUEST:
        attendee.params["RSVP"] = "TRUE"
    return attendee


def _mailbox(name: str, address: str) -> vCalAddress:
    """A name and an address, the first escaped by RFC 6868, the second as a URI.

    A backslash means nothing in a parameter, but some readers take it for an escape and lose what
    follows, so a name gets a slash instead.
    """
    from icalendar import vCalAddress

    mailbox = vCalAddress(f"mailto:{quote(address, safe=_ADDRESS_IN_URI)}")
    if cleaned := clean_line(name):
        mailbox.params["CN"] = cleaned.replace("\\", "/")
    return mailbox


def _standing(invite: Invite) -> Iterator[tuple[str, str]]:
    """Whether the gathering goes on, and whether it takes the guest's time."""
    off = invite.is_off
    free = off or invite.partstat is PartStat.DECLINED
    yield "status", "CANCELLED" if off else "CONFIRMED"
    yield "class", "PUBLIC"
    yield "transp", "TRANSPARENT" if free else "OPAQUE"
    yield "x-microsoft-cdo-busystatus", "FREE" if free else "BUSY"
    if invite.all_day:
        yield "x-microsoft-cdo-alldayevent", "TRUE"
    yield "x-microsoft-disallow-counter", "TRUE"


def _alarm(invite: Invite) -> Alarm:
    """A reminder two hours before, or at nine in the morning before what lasts all day."""
    from icalendar import Alarm

    _ = translate(invite.language).gettext
    text = _("Tomorrow: %(title)s") if invite.all_day else _("In two hours: %(title)s")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -(_ALARM_THE_DAY_BEFORE if invite.all_day else _ALARM_BEFORE))
    alarm.add("description", _Text(text % {"title": clean_line(invite.summary)}), encode=False)
    return alarm


def _folded(line: Contentline) -> str:
    """A content line cut into physical ones, beside its characters and escapes.

    `icalendar` cuts between the two halves of an escaped backslash.
    """
    if len(line.encode()) <= _LINE_OCTETS:
        return line
    physical = [""]
    room = _LINE_OCTETS
    for atom in _atoms(line):
        octets = len(atom.encode())
        if octets > room:
            physical.append(" ")
            room = _LINE_OCTETS - 1
        physical[-1] += atom
        room -= octets
    return "\r\n".join(physical)


def _atoms(line: Contentline) -> Iterator[str]:
    value = line.value_separator_index()
    yield from _PARAMETER_ATOM.findall(line[:value])
    yield from _VALUE_ATOM.findall(line[value:])
