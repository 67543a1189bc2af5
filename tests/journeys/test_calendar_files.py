"""Eva's mail program has no calendar: she fetches the gathering as a file, and it stays right."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.browser import Browser, Page
from tests.calendars import events_in, readings
from tests.journeys.steps import at_the_desk
from tests.journeys.test_celebrating import DAN, EVA, answer, change, event, invite, plan, series
from tests.town import SLUG, Town


def own_page(town: Town, address: str) -> str:
    """The path of a guest's own page."""
    return town.link_in(town.newest(address), "/uitnodiging/")


def download(town: Town, address: str, **headers: str) -> Page:
    """The file that a guest's page offers."""
    return Browser().get(f"{own_page(town, address)}/agenda.ics", **headers)


def test_the_page_offers_a_file_and_three_calendars_on_the_web(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)

    page = Browser().get(own_page(ons_dorp, EVA))

    assert f'href="{page.path}/agenda.ics"' in page.body
    for host in ("calendar.google.com", "outlook.live.com", "calendar.yahoo.com"):
        assert f'href="https://{host}/' in page.body
    assert EVA not in page.body


def test_a_series_is_offered_as_a_file_and_date_by_date_on_the_web(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = series(ons_dorp, desk)
    desk.send(desk.get(f"{gathering.path}/datums/2026-12-19"), "/vervalt")
    third = "2026-12-26"
    page = desk.get(f"{gathering.path}/datums/{third}")
    desk.send(page, f"/datums/{third}", datum="2026-12-27", begin="15:00", eind="17:00")
    eva = Browser()
    page = eva.get(own_page(ons_dorp, EVA))
    said_no = eva.send(page, "/datums", **{"dag_2027-01-02": "DECLINED"})

    assert "RRULE:FREQ=WEEKLY" in download(ons_dorp, EVA).body
    assert google_dates(page) == [
        "20261212T183000Z/20261212T203000Z",
        "20261227T140000Z/20261227T160000Z",
        "20270102T183000Z/20270102T203000Z",
    ]
    assert google_dates(eva.get(said_no.path)) == google_dates(page)[:2]


def google_dates(page: Page) -> list[str]:
    """The instants of every link to Google Calendar on a page."""
    return re.findall(r"calendar\.google\.com/[^\"]*dates=([0-9TZ/]+)", page.body)


def test_who_does_not_come_is_offered_no_entry(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)

    page = answer(ons_dorp, EVA, "DECLINED")

    assert "agenda.ics" not in page.body


@pytest.mark.parametrize(
    ("day", "begins", "instant"),
    [
        ("2026-12-12", "19:30", datetime(2026, 12, 12, 18, 30, tzinfo=UTC)),
        ("2027-06-19", "15:00", datetime(2027, 6, 19, 13, 0, tzinfo=UTC)),
        ("2027-03-28", "01:30", datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
        ("2027-10-31", "01:30", datetime(2027, 10, 30, 23, 30, tzinfo=UTC)),
    ],
)
def test_every_reader_finds_the_same_instant_in_the_file(
    ons_dorp: Town, day: str, begins: str, instant: datetime
) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = plan(desk, datum=day, begin=begins, eind="21:30")
    desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen=EVA)
    ons_dorp.look_after_mail()

    found = readings(download(ons_dorp, EVA).body)

    assert [starts for reading in found for starts, _ in reading] == [instant] * 3


def test_the_file_is_the_invitation_without_anybody_in_it(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA, DAN)
    mailed = event(ons_dorp.newest(EVA))

    page = download(ons_dorp, EVA)

    (entry,) = events_in(page.body).values()
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert page.headers["Content-Disposition"] == 'attachment; filename="uitnodiging.ics"'
    for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION"):
        assert entry[name] == mailed[name]
    assert entry["DTSTART"].dt == mailed["DTSTART"].dt
    assert not {"ATTENDEE", "ORGANIZER", "URL"} & set(entry)
    assert "METHOD:PUBLISH" in page.body
    assert "@example.org" not in page.body


def test_the_file_follows_what_changes(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)
    (before,) = events_in(download(ons_dorp, EVA).body).values()
    ons_dorp.clock.wait(minutes=1)

    change(ons_dorp, desk, gathering, begin="20:00")
    (moved,) = events_in(download(ons_dorp, EVA).body).values()
    desk.send(desk.get(f"{gathering.path}/afgelasten"), "/afgelasten")
    (off,) = events_in(download(ons_dorp, EVA).body).values()

    assert [entry["SEQUENCE"] for entry in (before, moved, off)] == [0, 1, 2]
    assert moved["DTSTAMP"].dt > before["DTSTAMP"].dt
    assert (moved["STATUS"], off["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert off["UID"] == before["UID"]


def test_fetching_it_twice_gives_the_same_bytes_and_then_nothing_new(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)
    first = download(ons_dorp, EVA)
    ons_dorp.clock.wait(hours=5)

    second = download(ons_dorp, EVA)
    tag = second.headers["ETag"]
    known = [download(ons_dorp, EVA, **{"if-none-match": sent}) for sent in (tag, f'"x", W/{tag}')]

    assert second.body == first.body
    assert [(page.status, page.body, page.headers["ETag"]) for page in known] == [
        (304, "", tag)
    ] * 2
    assert "no-store" not in second.headers["Cache-Control"]


def test_the_file_is_behind_the_guests_own_link(ons_dorp: Town) -> None:
    page = Browser().get(f"/{SLUG}/uitnodiging/unknown/agenda.ics")

    assert page.status == 410
