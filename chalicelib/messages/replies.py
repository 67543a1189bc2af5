"""Reading a calendar answer out of a mail that anybody may have written.

The calendar library takes 50 ms to import, so only a mail with a calendar in it pays for it. Of
what it offers only the splitting of lines is used: its objects follow time zone rules that the
mail brings along, and those may be written to never end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from chalicelib.domain.inbound import (
    InboundMail,
    MailedAnswer,
    OneDate,
    Proposal,
    Says,
    Unreadable,
)
from chalicelib.domain.invitation import MAX_REMARK_LENGTH, PartStat
from chalicelib.domain.text import clean_line, clean_text
from chalicelib.messages.hostile_mail import (
    CannotRead,
    OpenedMail,
    Part,
    decoded,
    headers_of,
    open_mail,
    sender_of,
)

MAX_CALENDAR_BYTES = 128 * 1024
MAX_EVENTS = 50

_CALENDARS = ("text/calendar", "application/ics")
_LOCKED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted")
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
}
"""Character sets of calendars that people here use; a plain one is often wrong, so it says less."""
_READ = {
    "METHOD",
    "UID",
    "SEQUENCE",
    "DTSTAMP",
    "RECURRENCE-ID",
    "ATTENDEE",
    "COMMENT",
    "DTSTART",
    "DTEND",
}
_METHODS = {"REPLY": Says.REPLY, "COUNTER": Says.COUNTER, "REFRESH": Says.REFRESH}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_BEGIN_END = re.compile(r"(BEGIN|END):([A-Z0-9-]+)[ \t]*", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9-]+")
_QUOTED = re.compile(r'"[^"]*"')
_PARAMETER = re.compile(r";([A-Za-z0-9-]+)=")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_NUMBER = re.compile(r"\d{1,9}")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_FAILED = re.compile(rb"^action:[ \t]*failed[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_FOR_GOOD = re.compile(rb"^status:[ \t]*5\.\d+\.\d+", re.IGNORECASE | re.MULTILINE)
_SUMMARY_OF_REPORT = 64 * 1024


def read_mail(content: bytes, *, empty_sender: bool = False) -> InboundMail:
    """What a mail says. Never raises: what cannot be read says why, with what could be read.

    `empty_sender` is whether it came with an empty return path, as mail of machines does.
    """
    try:
        opened = open_mail(content)
    except CannotRead as problem:
        return _about(content, problem.problem)
    except RecursionError:
        return _about(content, Unreadable.TOO_NESTED)
    known = _known_of(opened)
    submitted = opened.headers.first("auto-submitted").partition(";")[0].strip().lower()
    known = replace(known, automatic=empty_sender or submitted not in {"", "no"})
    if opened.is_report:
        return _report(opened, known)
    try:
        return _calendar_answer(opened, known)
    except CannotRead as problem:
        return replace(known, says=Says.UNREADABLE, problem=problem.problem)
    except RecursionError:
        return replace(known, says=Says.UNREADABLE, problem=Unreadable.TOO_NESTED)


def unread(problem: Unreadable, *, writer: str = "", subject: str = "") -> InboundMail:
    """A mail that was not opened at all."""
    return InboundMail(
        Says.UNREADABLE, writer=clean_line(writer), subject=clean_line(subject), problem=problem
    )


def _about(content: bytes, problem: Unreadable) -> InboundMail:
    """What the headers tell of a mail that cannot be opened."""
    headers = headers_of(content)
    writer, name = sender_of(headers)
    subject = decoded(headers.first("subject"))
    return replace(unread(problem, writer=writer, subject=subject), writer_name=name)


def _known_of(opened: OpenedMail) -> InboundMail:
    writer, name = sender_of(opened.headers)
    return InboundMail(
        Says.WORDS,
        writer=writer,
        writer_name=name,
        message_id=clean_line(opened.headers.first("message-id"))[:300],
        subject=decoded(opened.headers.first("subject")),
        text=opened.text,
    )


def _report(opened: OpenedMail, known: InboundMail) -> InboundMail:
    """A report of a mail server or a mail program; the mail it returns is not looked into."""
    for part in opened.parts:
        if part.content_type == "message/delivery-status":
            told = part.raw[:_SUMMARY_OF_REPORT]
            for_good = bool(_FAILED.search(told) and _FOR_GOOD.search(told))
            return replace(known, says=Says.BOUNCE, automatic=True, failed_for_good=for_good)
    return replace(known, says=Says.AUTOMATIC, automatic=True)


def _calendar_answer(opened: OpenedMail, known: InboundMail) -> InboundMail:
    calendars = [part for part in opened.parts if part.content_type in _CALENDARS]
    if not calendars:
        return _without_calendar(opened, known)
    if not known.writer:
        raise CannotRead(Unreadable.UNCLEAR_SENDER)
    texts = {_text_of(part) for part in calendars}
    if len(texts) > 1:
        raise CannotRead(Unreadable.CONTRADICTS_ITSELF)
    calendar = _read_calendar(texts.pop())
    _check_methods(calendars, calendar.method)
    says = _METHODS.get(calendar.method, Says.OTHER_METHOD)
    if says is Says.OTHER_METHOD:
        return replace(known, says=says)
    answers = tuple(_answer(event, says) for event in calendar.events)
    if says is Says.REPLY and any(_delegates(event) for event in calendar.events):
        return replace(known, says=Says.DELEGATED, answers=answers)
    if says is Says.COUNTER:
        return replace(known, says=says, answers=answers, proposal=_proposal(calendar.events))
    return replace(known, says=says, answers=answers)


def _without_calendar(opened: OpenedMail, known: InboundMail) -> InboundMail:
    types = {part.content_type for part in opened.parts}
    if known.automatic:
        return replace(known, says=Says.AUTOMATIC)
    if types & set(_LOCKED):
        raise CannotRead(Unreadable.LOCKED)
    if "application/ms-tnef" in types:
        raise CannotRead(Unreadable.OUTLOOK_PACKAGE)
    return known


@dataclass(frozen=True)
class _Property:
    """One line of a calendar: its parameters and its value, neither interpreted."""

    parameters: Mapping[str, str]
    value: str

    def parameter(self, name: str) -> str:
        return str(self.parameters.get(name, ""))


@dataclass(frozen=True)
class _Event:
    """The properties of one event that an answer may have."""

    properties: tuple[tuple[str, _Property], ...]

    def all(self, name: str) -> list[_Property]:
        return [value for known, value in self.properties if known == name]

    def only(self, name: str) -> _Property | None:
        """The one property of this name; raises `CannotRead` for two, even when they are alike."""
        found = self.all(name)
        if len(found) > 1:
            raise CannotRead(Unreadable.CONTRADICTS_ITSELF)
        return found[0] if found else None


@dataclass(frozen=True)
class _Calendar:
    """A calendar's method, in upper case, and its events."""

    method: str
    events: tuple[_Event, ...]


def _text_of(part: Part) -> str:
    """A calendar's text with LF line ends, and nothing in it that its lines could not hold."""
    content = part.content(at_most=MAX_CALENDAR_BYTES).removeprefix(b"\xef\xbb\xbf")
    charset = _CHARSETS.get(part.parameters.get("charset", "utf-8").strip().lower())
    if charset is None or content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CannotRead(Unreadable.STRANGE_LETTERS)
    try:
        text = content.decode(charset)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = text.replace("\r\n", "\n")
    return _CONTROL.sub("", lines).strip()


def _check_methods(parts: Sequence[Part], method: str) -> None:
    """Programs believe the parameter of a part, or the file: so both must say the same."""
    named = {part.parameters.get("method", method).strip().upper() for part in parts}
    if named != {method}:
        raise CannotRead(Unreadable.CONTRADICTS_ITSELF)


def _read_calendar(text: str) -> _Calendar:
    """One whole calendar; raises `CannotRead` for none, several, or one that breaks off."""
    method: list[str] = []
    events: list[_Event] = []
    properties: list[tuple[str, _Property]] = []
    inside: list[str] = []
    calendars = 0
    for line in _unfolded(text):
        if border := _BEGIN_END.fullmatch(line):
            opens, name = border[1].upper() == "BEGIN", border[2].upper()
            if opens:
                calendars += name == "VCALENDAR"
                inside.append(name)
                if len(inside) > 10:
                    raise CannotRead(Unreadable.TOO_NESTED)
                continue
            if not inside or inside.pop() != name:
                raise CannotRead(Unreadable.NOT_A_CALENDAR)
            if name == "VEVENT":
                events.append(_Event(tuple(properties)))
                properties = []
        elif inside in (["VCALENDAR"], ["VCALENDAR", "VEVENT"]):
            read = _property(line)
            if read is None:
                continue
            if inside[-1] == "VEVENT":
                properties.append(read)
            elif read[0] == "METHOD":
                method.append(read[1].value.strip().upper())
    if inside:
        raise CannotRead(Unreadable.TRUNCATED)
    if calendars != 1:
        raise CannotRead(Unreadable.CONTRADICTS_ITSELF if calendars else Unreadable.NOT_A_CALENDAR)
    if not events:
        raise CannotRead(Unreadable.NOT_A_CALENDAR)
    if len(method) > 1 or len(events) > MAX_EVENTS:
        raise CannotRead(Unreadable.CONTRADICTS_ITSELF)
    return _Calendar("".join(method), tuple(events))


def _unfolded(text: str) -> Iterator[str]:
    yield from re.sub(r"\n[ \t]", "", text).split("\n")


def _property(line: str) -> tuple[str, _Property] | None:
    """A line that we read, split; None for any other.

    Raises `CannotRead` for a broken one, and for one that says one thing about itself twice.
    """
    from icalendar.parser import Contentline

    name = _NAME.match(line)
    if name is None or name[0].upper() not in _READ:
        return None
    try:
        _, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
    except ValueError:
        raise CannotRead(Unreadable.NOT_A_CALENDAR) from None
    head = _QUOTED.sub("", line).partition(":")[0]
    named = [parameter.upper() for parameter in _PARAMETER.findall(head)]
    if len(set(named)) < len(named):  # The library would believe the last one.
        raise CannotRead(Unreadable.CONTRADICTS_ITSELF)
    texts = {
        key.upper(): given if isinstance(given, str) else ",".join(given)
        for key, given in parameters.items()
    }
    return name[0].upper(), _Property(texts, str(value))


def _answer(event: _Event, says: Says) -> MailedAnswer:
    uid = event.only("UID")
    if uid is None or not uid.value.strip():
        raise CannotRead(Unreadable.CONTRADICTS_ITSELF)
    attendees = event.all("ATTENDEE")
    addresses = {_address(attendee).casefold() for attendee in attendees}
    answers = {attendee.parameter("PARTSTAT").upper() for attendee in attendees}
    one_answer = len(addresses) == len(answers) == 1
    if says is Says.REPLY and not one_answer and not _delegates(event):
        raise CannotRead(Unreadable.CONTRADICTS_ITSELF)
    return MailedAnswer(
        uid=uid.value.strip()[:300],
        attendee=_address(attendees[0]) if attendees else "",
        partstat=_partstat(answers),
        sequence=_number(event.only("SEQUENCE")),
        stamped_at=_instant(event.only("DTSTAMP")),
        one_date=_one_date(event.only("RECURRENCE-ID")),
        comment=_comment(event),
    )


def _address(attendee: _Property) -> str:
    """The address behind `mailto:`, which some programs write in capitals or escape."""
    return clean_line(unquote(re.sub(r"(?i)^mailto:", "", attendee.value.strip())))[:254]


def _delegates(event: _Event) -> bool:
    """Whether somebody else is to come instead, or answers instead."""
    return any(
        attendee.parameter("PARTSTAT").upper() == "DELEGATED"
        or attendee.parameter("DELEGATED-FROM")
        or attendee.parameter("DELEGATED-TO")
        for attendee in event.all("ATTENDEE")
    )


def _partstat(answers: set[str]) -> PartStat | None:
    """The answer; None for silence, words that are no answer, and two that differ."""
    known = {PartStat.ACCEPTED, PartStat.DECLINED, PartStat.TENTATIVE}
    (answer,) = answers if len(answers) == 1 else ("",)
    return PartStat(answer) if answer in known else None


def _number(written: _Property | None) -> int | None:
    if written is None or not _NUMBER.fullmatch(written.value.strip()):
        return None
    return int(written.value)


def _comment(event: _Event) -> str:
    texts = [_ESCAPED.sub(_unescaped, comment.value) for comment in event.all("COMMENT")]
    return clean_text("\n".join(texts))[:MAX_REMARK_LENGTH].strip()


def _unescaped(escape: re.Match[str]) -> str:
    return "\n" if escape[1] in "nN" else escape[1]


def _one_date(written: _Property | None) -> OneDate | None:
    if written is None:
        return None
    and_later = bool(written.parameter("RANGE"))
    moment = _moment(written)
    if isinstance(moment, datetime):
        return OneDate(at=moment, and_later=and_later)
    return OneDate(day=moment, and_later=and_later)


def _proposal(events: Sequence[_Event]) -> Proposal | None:
    """The time that a counter-proposal names, when it is one that we can tell."""
    starts = _instant(events[0].only("DTSTART")) if len(events) == 1 else None
    return Proposal(starts, _instant(events[0].only("DTEND"))) if starts else None


def _instant(written: _Property | None) -> datetime | None:
    moment = _moment(written) if written else None
    return moment if isinstance(moment, datetime) else None


def _moment(written: _Property) -> datetime | date | None:
    """An instant in UTC, or a day; None for what names no zone, or one that nobody knows."""
    found = _MOMENT.fullmatch(written.value.strip())
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if found[4] is None:
            return day
        clock = time(int(found[4]), int(found[5]), min(int(found[6]), 59))
        zone = UTC if found[7] else _zone(written.parameter("TZID"))
        return datetime.combine(day, clock, zone).astimezone(UTC) if zone else None
    except (ValueError, OverflowError):
        return None


def _zone(name: str) -> ZoneInfo | None:
    """The zone of this name, as the world or as Windows calls it."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    plain = name.strip().strip('"').lstrip("/")
    plain = WINDOWS_TO_OLSON.get(plain, plain)
    return ZoneInfo(plain) if plain in _zones() else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
