"""Calendar parts: what each change says, the same hours in every reader, no line out of a name.

`UPDATE_GOLDEN=1 make test` rewrites the golden copies after a change that was meant.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import ical.calendar_stream
import icalendar
import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.domain.invitation import PartStat
from chalicelib.domain.people import Language
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.domain.text import NotText, clean_line, clean_text
from chalicelib.messages.invites import (
    ZONES,
    Invite,
    Method,
    NotAnInvite,
    OtherDate,
    UnsupportedZone,
    calendar_feed,
    calendar_part,
)
from tests.calendars import READERS

GOLDEN = Path(__file__).parents[1] / "golden" / "calendar"

REQUEST = Invite(
    method=Method.REQUEST,
    uid="4hx2kq7m3d@rsvp.example.nl",
    sequence=0,
    dtstamp=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    starts=datetime(2026, 12, 12, 19, 30),
    ends=datetime(2026, 12, 12, 21, 30),
    time_zone="Europe/Amsterdam",
    summary="Feest voor Bo; neem iets lekkers mee",
    place="Dorpshuis, grote zaal",
    description="We vieren wat Bo deed.\nJe bent van harte welkom, ook met z'n tweeën!",
    url="https://pluim.example.nl/ons-dorp/uitnodiging/mfrggzdfmztwq2lk",
    organiser_name="Gemeente Ons Dorp",
    organiser_address="rsvp+mfrggzdfmztwq2lk@rsvp.example.nl",
    guest_name="Ada de Vries",
    guest_address="ada@example.nl",
    partstat=PartStat.NEEDS_ACTION,
    language=Language.DUTCH,
)
UPDATE = replace(
    REQUEST,
    dtstamp=REQUEST.dtstamp + timedelta(days=1),
    place="Buurthuis De Linde",
    partstat=PartStat.ACCEPTED,
)
MOVE = replace(
    UPDATE,
    sequence=1,
    dtstamp=REQUEST.dtstamp + timedelta(days=2),
    starts=datetime(2027, 6, 19, 15, 0),
    ends=datetime(2027, 6, 19, 17, 0),
    partstat=PartStat.NEEDS_ACTION,
)
CANCEL = replace(
    MOVE, method=Method.CANCEL, sequence=2, dtstamp=REQUEST.dtstamp + timedelta(days=3)
)

SERIES = replace(REQUEST, repeats=Recurrence(Pattern.BY_WEEKDAY, until=date(2027, 6, 30)))
DROPPED = replace(SERIES, sequence=1, dropped=(date(2027, 2, 13),), partstat=PartStat.ACCEPTED)
DATE_MOVED = replace(
    DROPPED,
    sequence=2,
    others=(
        OtherDate(
            date(2027, 4, 10),
            datetime(2027, 4, 11, 15, 0),
            datetime(2027, 4, 11, 17, 0),
            PartStat.ACCEPTED,
        ),
    ),
)
ALL_DAY = replace(REQUEST, starts=datetime(2026, 12, 12), ends=datetime(2026, 12, 13), all_day=True)
HAPPENINGS = {
    "request": REQUEST,
    "update": UPDATE,
    "move": MOVE,
    "cancel": CANCEL,
    "series": SERIES,
    "date_dropped": DROPPED,
    "date_moved": DATE_MOVED,
    "all_day": ALL_DAY,
}

AWKWARD = st.one_of(
    st.sampled_from(list("\r\n\x00\x0b\x0c\x1c\x7f\x85\u2028\u202e\"\\;,:^'`=nN \té😀")),
    st.characters(codec="utf-8"),
)
HOSTILE = st.text(AWKWARD, max_size=200)
ONE_LINE_OF_EACH = ["BEGIN:VEVENT", "UID:", "ORGANIZER", "ATTENDEE", "METHOD:", "DTSTART;"]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", HAPPENINGS)
def test_each_happening_has_its_calendar_file(name: str, language: Language) -> None:
    invite = HAPPENINGS[name]
    golden = GOLDEN / f"{name}__{language}.ics"

    part = calendar_part(replace(invite, language=language))

    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(part)
    assert part == golden.read_bytes()


def test_an_invitation_asks_for_an_answer() -> None:
    attendee = _event(REQUEST)["attendee"]

    assert attendee == "mailto:ada@example.nl"
    assert attendee.params["CN"] == "Ada de Vries"
    assert (attendee.params["PARTSTAT"], attendee.params["RSVP"]) == ("NEEDS-ACTION", "TRUE")


@pytest.mark.parametrize("partstat", list(PartStat))
def test_a_calendar_follows_the_recorded_answer(partstat: PartStat) -> None:
    event = _event(replace(REQUEST, partstat=partstat))

    assert event["attendee"].params["PARTSTAT"] == partstat.value


def test_an_answer_goes_to_the_receiving_address() -> None:
    organizer = _event(REQUEST)["organizer"]

    assert organizer == "mailto:rsvp+mfrggzdfmztwq2lk@rsvp.example.nl"
    assert "SENT-BY" not in organizer.params


def test_the_method_stands_once_in_capitals() -> None:
    assert b"\r\nMETHOD:REQUEST\r\n" in calendar_part(REQUEST)
    assert b"\r\nMETHOD:CANCEL\r\n" in calendar_part(CANCEL)


def test_a_cancelled_gathering_keeps_its_time_and_rings_no_alarm() -> None:
    event = _event(CANCEL)

    assert (event["status"], event["sequence"]) == ("CANCELLED", 2)
    assert event["dtstart"].dt == _event(MOVE)["dtstart"].dt
    assert not event.walk("VALARM")


def test_the_alarm_speaks_the_guests_language() -> None:
    dutch = _event(replace(REQUEST, summary="Feest")).walk("VALARM")[0]
    english = _event(replace(REQUEST, summary="Feest", language=Language.ENGLISH))

    assert dutch["description"] == "Over twee uur: Feest"
    assert english.walk("VALARM")[0]["description"] == "In two hours: Feest"


def test_what_is_empty_is_left_out() -> None:
    bare = _event(replace(REQUEST, place="", description="", url="", guest_name=" "))

    assert not {"LOCATION", "DESCRIPTION", "URL"} & set(bare)
    assert "CN" not in bare["attendee"].params


def test_the_same_version_is_the_same_bytes() -> None:
    assert calendar_part(REQUEST) == calendar_part(replace(REQUEST))


@pytest.mark.parametrize("zone", ["Europe/Dublin ", "Europe/Moscow", "America/New_York", "Z", ""])
def test_a_zone_without_a_checked_block_is_refused(zone: str) -> None:
    with pytest.raises(UnsupportedZone):
        replace(REQUEST, time_zone=zone)


@pytest.mark.parametrize(
    "forged",
    [
        {"uid": ""},
        {"uid": "a\r\nATTENDEE:mailto:dan@example.nl"},
        {"sequence": -1},
        {"dtstamp": datetime(2026, 11, 20, 9, 0)},
        {"starts": datetime(2026, 12, 12, 19, 30, tzinfo=UTC)},
        {"ends": datetime(2026, 12, 12, 21, 30, tzinfo=UTC)},
        {"url": "https://x.example/\rX-EVIL:1"},
        {"url": "https://x.example/naam van Dan"},
        {"url": "javascript:alert(1)"},
        {"organiser_address": "rsvp@example.nl, dan@example.nl"},
        {"guest_address": "dan@example.nl\r\n"},
        {"guest_address": "Dan <dan@example.nl>"},
        {"guest_address": ""},
    ],
)
def test_what_could_forge_a_line_or_mislead_a_calendar_is_refused(forged: dict[str, Any]) -> None:
    with pytest.raises(NotAnInvite):
        replace(REQUEST, **forged)


@pytest.mark.parametrize("field", ["summary", "place", "description", "guest_name"])
def test_half_a_character_is_refused(field: str) -> None:
    with pytest.raises(NotText):
        calendar_part(replace(REQUEST, **cast("dict[str, Any]", {field: "Bo \ud83d"})))


def test_an_odd_but_lawful_address_stays_one_uri() -> None:
    odd = _event(replace(REQUEST, guest_address="o'brien+a?b#c%d@example.nl"))

    assert odd["attendee"] == "mailto:o'brien+a%3Fb%23c%25d@example.nl"


@settings(max_examples=150)
@given(text=HOSTILE, name=HOSTILE)
@example(text="C:\\New\\notes", name="^n ^^ ^' \" \\")
@example(text="\r\nATTENDEE:mailto:dan@example.nl\r\n", name="Bo\r\nX-EVIL:1")
@example(text="\\" * 100, name="^" * 100)
@example(text="", name="\\")
def test_hostile_text_stays_text(text: str, name: str) -> None:
    invite = replace(
        REQUEST, summary=text, place=text, description=text, guest_name=name, organiser_name=name
    )
    part = calendar_part(invite)
    event = _event_in(part)

    _check_lines(part)
    assert str(event.get("summary", "")) == str(event.get("location", "")) == clean_line(text)
    assert str(event.get("description", "")) == clean_text(text)
    assert event["attendee"].params.get("CN", "") == clean_line(name).replace("\\", "/")
    assert event["organizer"].params.get("CN", "") == clean_line(name).replace("\\", "/")


@settings(max_examples=100)
@given(
    before=st.integers(min_value=1, max_value=160),
    mark=st.sampled_from(["😀", "é", "€", "\\", ";", ",", "\n", '"', "^", "🏳️‍🌈"]),
    times=st.integers(min_value=1, max_value=80),
)
def test_no_line_is_cut_inside_a_character_or_an_escape(before: int, mark: str, times: int) -> None:
    text = "x" * before + mark * times + "x"
    part = calendar_part(replace(REQUEST, description=text, guest_name=text))

    _check_lines(part)
    assert str(_event_in(part)["description"]) == text


@settings(max_examples=60)
@given(text=HOSTILE, name=HOSTILE)
def test_other_readers_find_one_event_and_one_guest_too(text: str, name: str) -> None:
    part = calendar_part(replace(REQUEST, summary=text, description=text, guest_name=name))

    [by_ical] = ical.calendar_stream.IcsCalendarStream.calendar_from_ics(part.decode()).events
    by_vobject = vobject.readOne(StringIO(part.decode())).vevent

    assert (by_ical.summary or "", by_ical.description or "") == (
        clean_line(text),
        clean_text(text),
    )
    assert [guest.uri for guest in by_ical.attendees] == ["mailto:ada@example.nl"]
    assert [guest.value for guest in by_vobject.attendee_list] == ["mailto:ada@example.nl"]


ZONES_WITH_A_BLOCK = [zone for zone in ZONES if zone != "UTC"]


@pytest.mark.parametrize("zone", ZONES_WITH_A_BLOCK)
def test_the_zone_block_tells_the_right_time_every_day_for_a_dozen_years(zone: str) -> None:
    """Also at the first and the last second of each summer and winter."""
    parts = _zone_parts(calendar_part(replace(REQUEST, time_zone=zone)))
    onsets = sorted((part.onset(year), part) for part in parts for year in range(2024, 2037))
    real = ZoneInfo(zone)

    assert len(onsets) == 2 * 13
    for (begins, part), (ends, _) in pairwise(onsets):
        days = [begins + timedelta(days=day) for day in range((ends - begins).days)]
        for at in (*days, ends - timedelta(seconds=1)):
            local = at.astimezone(real)
            assert (local.utcoffset(), local.tzname()) == (part.offset, part.name), at


@pytest.mark.parametrize("zone", ZONES_WITH_A_BLOCK)
def test_every_change_of_clocks_in_the_time_zone_database_is_one_of_the_two_rules(
    zone: str,
) -> None:
    parts = _zone_parts(calendar_part(replace(REQUEST, time_zone=zone)))
    ruled = sorted((part.onset(year), part.offset) for part in parts for year in range(2024, 2036))

    assert list(_changes(zone, since=2024, until=2036)) == ruled


def test_in_dublin_summer_is_irish_time_and_winter_greenwich_time() -> None:
    part = calendar_part(replace(REQUEST, time_zone="Europe/Dublin"))
    zone: Any = icalendar.Calendar.from_ical(part).walk("VTIMEZONE")[0]

    rules = {rule.name: (rule["tzname"], rule["tzoffsetto"].td) for rule in zone.subcomponents}
    assert rules == {
        "STANDARD": ("GMT", timedelta()),
        "DAYLIGHT": ("IST", timedelta(hours=1)),
    }


def test_universal_time_needs_no_block() -> None:
    part = calendar_part(replace(REQUEST, time_zone="UTC"))

    assert b"VTIMEZONE" not in part
    assert b"\r\nDTSTART:20261212T193000Z\r\n" in part


SPRING, AUTUMN = datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC)
"""The changes of the clock, which fall on another local hour in each zone."""


AWKWARD_HOURS = (
    (datetime(2027, 7, 1, 17, 30, tzinfo=UTC), datetime(2027, 7, 1, 19, 30, tzinfo=UTC)),
    (datetime(2027, 1, 15, 18, 30, tzinfo=UTC), datetime(2027, 1, 15, 20, 30, tzinfo=UTC)),
    (SPRING - timedelta(hours=4), SPRING + timedelta(hours=1)),
    (SPRING - timedelta(minutes=1), SPRING),
    (AUTUMN - timedelta(hours=4), AUTUMN + timedelta(hours=2)),
    (AUTUMN - timedelta(minutes=61), AUTUMN + timedelta(minutes=60)),
)


@pytest.mark.parametrize("zone_name", ZONES)
@pytest.mark.parametrize("only_in_this_file", [False, True])
def test_every_reader_sees_the_same_instants(zone_name: str, only_in_this_file: bool) -> None:
    """A name that no reader knows makes them believe the block."""
    tzid = f"Only here {zone_name}" if only_in_this_file else zone_name
    zone = ZoneInfo(zone_name)

    for starts_at, ends_at in AWKWARD_HOURS:
        starts, ends = (at.astimezone(zone).replace(tzinfo=None) for at in (starts_at, ends_at))
        part = calendar_part(replace(REQUEST, time_zone=zone_name, starts=starts, ends=ends))
        for mark in ("TZID:", "TZID="):
            part = part.replace(f"{mark}{zone_name}".encode(), f"{mark}{tzid}".encode())

        for read in READERS:
            assert read(part) == [(starts_at, ends_at)], read.__name__


def _event(invite: Invite) -> Any:
    return _event_in(calendar_part(invite))


def _event_in(part: bytes) -> Any:
    [event] = icalendar.Calendar.from_ical(part).walk("VEVENT")
    assert not event.errors
    return event


def _check_lines(part: bytes) -> None:
    """Whole characters and escapes, 75 octets at most, and each property that must stand once."""
    assert part.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in part.split(b"\r\n"))
    folded = re.split(r"\r\n(?! )", part.decode().removesuffix("\r\n"))
    assert not any(re.search(r"[\r\n]", line.replace("\r\n ", "")) for line in folded)
    assert all(_is_whole(piece) for line in folded for piece in _pieces(line))
    for beginning in ONE_LINE_OF_EACH:
        assert sum(line.startswith(beginning) for line in folded) == 1


def _pieces(folded: str) -> list[tuple[str, str]]:
    """Each physical line of a folded one, with the character that begins an escape in it."""
    escape = "^" if folded.startswith(("ATTENDEE", "ORGANIZER")) else "\\"
    return [(escape, piece) for piece in folded.split("\r\n ")]


def _is_whole(piece: tuple[str, str]) -> bool:
    escape, text = piece
    return not text.replace(escape * 2, "").endswith(escape)


class _ZonePart:
    """One rule of a VTIMEZONE, read without the library's help."""

    def __init__(self, component: Any) -> None:
        self.name = str(component["tzname"])
        self.offset: timedelta = component["tzoffsetto"].td
        self._from: timedelta = component["tzoffsetfrom"].td
        self._starts: datetime = component["dtstart"].dt
        rule = component["rrule"]
        assert (rule["FREQ"], rule["BYDAY"]) == (["YEARLY"], ["-1SU"])
        [self._month] = rule["BYMONTH"]

    def onset(self, year: int) -> datetime:
        day = datetime(year, self._month, 31, self._starts.hour, self._starts.minute, tzinfo=UTC)
        last_sunday = day - timedelta(days=(day.weekday() + 1) % 7)
        return last_sunday - self._from


def _changes(zone: str, *, since: int, until: int) -> Iterator[tuple[datetime, timedelta | None]]:
    """When a zone changes its offset, and to what, to the quarter of an hour.

    Looks at the quarters of hours whose ends differ: what comes and goes within one would escape.
    """
    real = ZoneInfo(zone)
    at, end = datetime(since, 1, 1, tzinfo=UTC), datetime(until, 1, 1, tzinfo=UTC)
    offset = at.astimezone(real).utcoffset()
    while at < end:
        at += timedelta(hours=1)
        if at.astimezone(real).utcoffset() != offset:
            for minutes in (45, 30, 15, 0):
                quarter = at - timedelta(minutes=minutes)
                after = quarter.astimezone(real).utcoffset()
                if after != offset:
                    yield quarter, after
                offset = after


def _zone_parts(part: bytes) -> list[_ZonePart]:
    [zone] = icalendar.Calendar.from_ical(part).walk("VTIMEZONE")
    return [_ZonePart(component) for component in zone.subcomponents]


@pytest.mark.parametrize(
    ("method", "partstat", "has_alarm", "transp"),
    [
        (Method.REQUEST, PartStat.NEEDS_ACTION, True, "OPAQUE"),
        (Method.REQUEST, PartStat.ACCEPTED, True, "OPAQUE"),
        (Method.REQUEST, PartStat.DECLINED, False, "TRANSPARENT"),
        (Method.CANCEL, PartStat.ACCEPTED, False, "TRANSPARENT"),
        (Method.PUBLISH, PartStat.ACCEPTED, False, "OPAQUE"),
    ],
)
def test_who_does_not_come_is_not_reminded_and_keeps_the_hours_free(
    method: Method, partstat: PartStat, has_alarm: bool, transp: str
) -> None:
    event = _event(replace(REQUEST, method=method, partstat=partstat))

    assert bool(event.walk("VALARM")) == has_alarm
    assert event["TRANSP"] == transp


def test_what_is_published_names_nobody() -> None:
    published = replace(REQUEST, method=Method.PUBLISH, organiser_address="", guest_address="")

    part = calendar_part(published)

    assert b"METHOD:PUBLISH\r\n" in part
    assert not [name for name in (b"ATTENDEE", b"ORGANIZER", b"mailto:") if name in part]


@settings(max_examples=60)
@given(name=HOSTILE)
@example(name="Ons Dorp\r\nATTENDEE:mailto:dan@example.nl")
def test_the_name_of_a_feed_adds_no_line(name: str) -> None:
    published = replace(REQUEST, method=Method.PUBLISH, organiser_address="", guest_address="")

    feed = calendar_feed([published], name=name, time_zone="Europe/Amsterdam")

    calendar: Any = icalendar.Calendar.from_ical(feed)
    assert not calendar.errors
    for called in ("NAME", "X-WR-CALNAME"):
        assert re.sub(r"\\(.)", r"\1", calendar[called]) == clean_line(name)
    assert b"\r\nATTENDEE" not in feed


def test_what_is_published_can_be_off() -> None:
    event = _event(replace(REQUEST, method=Method.PUBLISH, cancelled=True))

    assert (event["STATUS"], event["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
