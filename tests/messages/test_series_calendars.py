"""Series in calendars: every reader finds the same dates at the same instants, and none it has not.

A matrix of what can happen to a series, on the zones and seasons in which the clock changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from chalicelib.domain.invitation import PartStat
from chalicelib.domain.people import Language
from chalicelib.domain.recurrence import Occurrence, Pattern, Recurrence
from chalicelib.messages.invites import Invite, Method, calendar_part, other_dates
from chalicelib.messages.when import Times
from tests.calendars import READERS, Reader, Span, by_ical
from tests.messages.test_invites import REQUEST

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
WEEKLY = Recurrence(Pattern.WEEKLY, count=6)
RULES = {
    "weekly": WEEKLY,
    "every other week, until": Recurrence(Pattern.WEEKLY, every=2, until=date(2027, 12, 31)),
    "second weekday": Recurrence(Pattern.BY_WEEKDAY, until=date(2027, 12, 31)),
    "last weekday": Recurrence(Pattern.BY_LAST_WEEKDAY, count=8),
    "date": Recurrence(Pattern.BY_DATE, every=3, count=4),
}
STARTS = {
    "spring": datetime(2027, 3, 13, 19, 30),
    "autumn": datetime(2027, 10, 9, 19, 30),
    "last weekday": datetime(2027, 2, 27, 10, 0),
}
HAPPENINGS = ["as planned", "dropped", "dropped for one", "moved", "answered", "all of it"]


def times(rule: Recurrence, starts: datetime, happening: str) -> Times:
    """A series after something happened to its second, third and fourth dates."""
    plain = Times(starts, starts + 2 * HOUR, False, rule, (), (), (), {})
    second, third, fourth = plain.ruled[1:4]
    changes: dict[str, dict[str, Any]] = {
        "as planned": {},
        "dropped": {"dropped": [second.day]},
        "dropped for one": {"uninvited": [second.day]},
        "moved": {"moved": [Occurrence(third.day, third.starts + DAY, third.ends + DAY + HOUR)]},
        "answered": {"answers": {fourth.day: PartStat.DECLINED}},
    }
    changes["all of it"] = {name: value for one in changes.values() for name, value in one.items()}
    return replace(plain, **changes[happening])


def invite(told: Times, **changes: Any) -> Invite:
    return replace(
        REQUEST,
        starts=told.starts,
        ends=told.ends,
        all_day=told.all_day,
        repeats=told.repeats,
        dropped=told.excluded,
        others=other_dates(told, partstat=PartStat.ACCEPTED),
        partstat=PartStat.ACCEPTED,
        **changes,
    )


def expected(told: Times, zone: str) -> list[Span]:
    """The instants by our own reckoning: the wall clock of that zone on each date."""
    elsewhere = {one.day: one for one in told.moved}
    kept = [elsewhere.get(one.day, one) for one in told.ruled if one.day not in told.excluded]
    return sorted((_instant(one.starts, zone), _instant(one.ends, zone)) for one in kept)


def _instant(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _events(part: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(part).walk("VEVENT"))


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Europe/Dublin", "UTC"])
@pytest.mark.parametrize("season", ["spring", "autumn"])
@pytest.mark.parametrize("happening", HAPPENINGS)
def test_every_reader_finds_the_same_dates_across_the_changes_of_the_clock(
    zone: str, season: str, happening: str
) -> None:
    told = times(WEEKLY, STARTS[season], happening)
    part = calendar_part(invite(told, time_zone=zone))

    for read in readers_of(zone, happening):
        assert read(part) == expected(told, zone), read.__name__


def readers_of(zone: str, happening: str) -> Sequence[Reader]:
    """The readers that can read this: `ical` drops the Z of a RECURRENCE-ID, and with it the date.

    The others, of which one is icalendar over dateutil and one vobject, read those in UTC too.
    """
    names_a_date = happening in {"moved", "answered", "all of it"}
    return [read for read in READERS if not (read is by_ical and zone == "UTC" and names_a_date)]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("happening", ["as planned", "all of it"])
def test_every_reader_finds_the_dates_of_every_rule(rule: str, happening: str) -> None:
    told = times(RULES[rule], STARTS.get(rule, STARTS["spring"]), happening)
    part = calendar_part(invite(told))

    for read in READERS:
        assert read(part) == expected(told, "Europe/Amsterdam"), read.__name__


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("happening", HAPPENINGS)
def test_every_entry_of_a_series_is_complete(happening: str, language: Language) -> None:
    told = times(WEEKLY, STARTS["spring"], happening)
    part = calendar_part(invite(told, sequence=3, language=language))
    series, *others = _events(part)

    for other in others:
        for name in ("uid", "sequence", "dtstamp", "organizer", "summary", "location", "status"):
            assert other[name] == series[name]
        assert other["recurrence-id"].params["TZID"] == series["dtstart"].params["TZID"]
        assert other["attendee"] == series["attendee"]
        assert not {"rrule", "exdate"} & {str(name).lower() for name in other}
    assert len(others) == {"moved": 1, "answered": 1, "all of it": 2}.get(happening, 0)


def test_one_date_can_have_an_answer_of_its_own() -> None:
    told = times(WEEKLY, STARTS["spring"], "answered")
    series, other = _events(calendar_part(invite(told)))

    assert series["attendee"].params["PARTSTAT"] == "ACCEPTED"
    assert other["attendee"].params["PARTSTAT"] == "DECLINED"
    assert other["dtstart"].dt == other["recurrence-id"].dt


def test_in_universal_time_a_date_is_named_with_a_z() -> None:
    told = times(WEEKLY, STARTS["spring"], "all of it")
    part = calendar_part(invite(told, time_zone="UTC"))

    assert b"\r\nRECURRENCE-ID:20270327T193000Z\r\n" in part
    assert b"\r\nEXDATE:20270320T193000Z\r\n" in part


def test_a_cancelled_series_is_cancelled_as_a_whole() -> None:
    told = times(WEEKLY, STARTS["spring"], "all of it")
    part = calendar_part(invite(told, method=Method.CANCEL))
    [event] = _events(part)

    assert event["status"] == "CANCELLED"
    assert "recurrence-id" not in event


@pytest.mark.parametrize("rule", ["weekly", "every other week, until"])
def test_what_lasts_all_day_has_dates_everywhere(rule: str) -> None:
    start = datetime(2027, 3, 13)
    plain = Times(start, start + 2 * DAY, True, RULES[rule], (), (), (), {})
    second, third = plain.ruled[1:3]
    moved = Occurrence(third.day, third.starts + DAY, third.ends + DAY)
    told = replace(plain, dropped=[second.day], moved=[moved])
    part = calendar_part(invite(told))

    assert b"TZID" not in part
    assert b"VTIMEZONE" not in part
    for read in READERS:
        assert read(part) == expected(told, "UTC"), read.__name__
