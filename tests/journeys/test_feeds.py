"""Feeds: everybody follows what is public, each guest follows their own, and nobody is named."""

from __future__ import annotations

import re

import pytest

from tests.browser import Browser, Page
from tests.calendars import events_in, readings
from tests.journeys.steps import at_the_desk
from tests.journeys.test_celebrating import DAN, EVA, answer, change, event, invite, plan
from tests.town import BASE, SLUG, Town

PUBLIC = f"/{SLUG}/feeds/bijeenkomsten.ics"


def invited_to(town: Town, desk: Browser, *addresses: str, **changed: str) -> Page:
    """Cleo plans a gathering and invites these people."""
    gathering = plan(desk, **changed)
    desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen="\n".join(addresses))
    town.look_after_mail()
    return desk.get(gathering.path)


def cancel(town: Town, desk: Browser, gathering: Page) -> None:
    desk.send(desk.get(f"{gathering.path}/afgelasten"), "/afgelasten")
    town.look_after_mail()


def start_feed(town: Town, address: str) -> Page:
    """A guest makes a feed on the page of their newest invitation; returns its page."""
    browser = Browser()
    page = browser.get(town.link_in(town.newest(address), "/uitnodiging/"))
    return browser.send(page, f"{page.path}/agenda")


def feed_of(page: Page) -> str:
    """The path of the feed whose address stands on a page."""
    found = re.search(rf"{BASE}(/\S+\.ics)", page.text)
    assert found, page.text
    return found[1]


def fetch(path: str, **headers: str) -> Page:
    return Browser().get(path, **headers)


def test_what_is_public_is_what_somebody_made_so(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    invited_to(ons_dorp, desk, EVA, titel="Besloten feest")
    invited_to(ons_dorp, desk, EVA, titel="Open dag", openbaar="1")
    plan(desk, titel="Nog een plan", openbaar="1")

    page, feed = fetch(f"/{SLUG}/feeds"), fetch(PUBLIC)

    (entry,) = events_in(feed.body).values()
    assert entry["SUMMARY"] == "Open dag"
    assert "Open dag" in page.text
    for hidden in ("Besloten feest", "Nog een plan", EVA, "ATTENDEE", "ORGANIZER"):
        assert hidden not in feed.body + page.text
    assert feed_of(page) == PUBLIC


def test_the_desk_says_that_a_gathering_is_public(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)

    gathering = plan(desk, openbaar="1")
    announced = invited_to(ons_dorp, desk, EVA, openbaar="1")
    hidden = change(ons_dorp, desk, gathering, openbaar=[])  # type: ignore[arg-type]

    assert "Ja, vanaf je eerste uitnodiging staat het op de openbare pagina" in gathering.text
    assert "Ja, het staat op de openbare pagina" in desk.get(announced.path).text
    desk.send(desk.get(f"{announced.path}/afgelasten"), "/afgelasten")
    cancelled = desk.get(announced.path).text
    assert "Ja. Het staat niet meer op de openbare pagina." in cancelled
    assert "Is het voor iedereen?" not in hidden.text


def test_an_empty_feed_is_a_calendar_all_the_same(ons_dorp: Town) -> None:
    feed = fetch(PUBLIC)

    assert events_in(feed.body) == {}
    assert readings(feed.body) == [[]] * 3
    assert feed.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert feed.headers["X-Content-Type-Options"] == "nosniff"
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in feed.body
    assert "X-PUBLISHED-TTL:PT6H" in feed.body


def test_every_reader_finds_the_same_hours_in_both_feeds(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    for day, begins in (("2026-12-12", "19:30"), ("2027-06-19", "15:00"), ("2027-03-28", "01:30")):
        invited_to(ons_dorp, desk, EVA, datum=day, begin=begins, openbaar="1")

    public, own = fetch(PUBLIC), fetch(feed_of(start_feed(ons_dorp, EVA)))

    for content in (public.body, own.body):
        first, *others = readings(content)
        assert len(first) == 3
        assert others == [first] * 2
    assert readings(public.body) == readings(own.body)
    assert len(re.findall("BEGIN:VTIMEZONE", own.body)) == 1
    assert "RDATE" not in own.body


@pytest.mark.parametrize("whose", ["public", "own"])
def test_a_feed_is_the_same_bytes_until_something_changes(ons_dorp: Town, whose: str) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invited_to(ons_dorp, desk, EVA, openbaar="1")
    path = PUBLIC if whose == "public" else feed_of(start_feed(ons_dorp, EVA))
    first = fetch(path)
    ons_dorp.clock.wait(hours=7)

    again = fetch(path, **{"if-none-match": first.headers["ETag"]})
    change(ons_dorp, desk, gathering, begin="20:00")
    changed = fetch(path, **{"if-none-match": first.headers["ETag"]})

    assert (again.status, again.body) == (304, "")
    assert fetch(path).body == changed.body
    assert changed.status == 200
    (before,), (after,) = events_in(first.body).values(), events_in(changed.body).values()
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["DTSTAMP"].dt > before["DTSTAMP"].dt


@pytest.mark.parametrize("whose", ["public", "own"])
def test_what_is_off_stays_a_while_as_cancelled(ons_dorp: Town, whose: str) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invited_to(ons_dorp, desk, EVA, openbaar="1")
    path = PUBLIC if whose == "public" else feed_of(start_feed(ons_dorp, EVA))

    cancel(ons_dorp, desk, gathering)

    (off,) = events_in(fetch(path).body).values()
    assert (off["STATUS"], off["TRANSP"], off["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", 1)
    ons_dorp.clock.wait(days=90)
    assert events_in(fetch(path).body) == {}


def test_a_plan_that_was_dropped_before_anybody_was_invited_stays_unknown(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)

    cancel(ons_dorp, desk, plan(desk, openbaar="1"))

    assert events_in(fetch(PUBLIC).body) == {}


def test_a_guests_feed_has_the_entries_of_their_invitations(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    invited_to(ons_dorp, desk, EVA, DAN, titel="Soep")
    invited_to(ons_dorp, desk, DAN, titel="Alleen voor Dan")
    mailed = event(ons_dorp.newest(EVA))

    feed = fetch(feed_of(start_feed(ons_dorp, EVA)))

    (entry,) = events_in(feed.body).values()
    assert (entry["UID"], entry["SEQUENCE"]) == (mailed["UID"], mailed["SEQUENCE"])
    assert not {"ATTENDEE", "ORGANIZER", "URL"} & set(entry)
    assert "@example.org" not in feed.body
    assert feed.headers["X-Robots-Tag"] == "noindex"


def test_what_a_guest_declined_is_not_in_their_feed(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)
    path = feed_of(start_feed(ons_dorp, EVA))

    answer(ons_dorp, EVA, "DECLINED")
    declined = events_in(fetch(path).body)
    ons_dorp.clock.wait(minutes=1)
    answer(ons_dorp, EVA, "ACCEPTED")

    assert declined == {}
    assert len(events_in(fetch(path).body)) == 1


def test_who_was_taken_off_sees_it_cancelled_and_others_do_not(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA, DAN)
    evas, dans = (feed_of(start_feed(ons_dorp, address)) for address in (EVA, DAN))
    link = re.search(rf'href="([^"]+/gasten/[^"]+)">(?:<[^>]+>)*{EVA}', gathering.body)
    assert link, gathering.body

    desk.send(desk.get(link[1]), "/weg")
    ons_dorp.look_after_mail()

    (off,), (on,) = (events_in(fetch(path).body).values() for path in (evas, dans))
    assert (off["STATUS"], on["STATUS"]) == ("CANCELLED", "CONFIRMED")


def test_a_new_address_ends_the_earlier_one(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)
    first = feed_of(start_feed(ons_dorp, EVA))

    second = feed_of(start_feed(ons_dorp, EVA))

    assert (fetch(first).status, fetch(second).status) == (410, 200)


def test_a_guest_stops_their_feed_where_it_stands(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)
    page = start_feed(ons_dorp, EVA)

    stopped = Browser().send(page, "/weg")

    assert "is gestopt" in stopped.text
    assert {fetch(path).status for path in (feed_of(page), page.path)} == {410}


def test_a_guest_who_lost_the_address_stops_it_from_their_invitation(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)
    link = ons_dorp.link_in(ons_dorp.newest(EVA), "/uitnodiging/")
    before = Browser().get(link)
    feed = feed_of(start_feed(ons_dorp, EVA))
    own = Browser().get(link)

    for _ in range(2):
        stopped = Browser().send(own, "/agenda/weg")

    assert "Stop mijn agenda-abonnement" in own.text
    assert "Stop mijn agenda-abonnement" not in before.text + stopped.text
    assert "is gestopt" in stopped.text
    assert fetch(feed).status == 410


def test_looking_at_a_feed_by_head_says_the_same_without_a_body(ons_dorp: Town) -> None:
    full, head = fetch(PUBLIC), Browser().request("HEAD", PUBLIC)

    assert (head.status, head.body) == (200, "")
    assert head.headers["ETag"] == full.headers["ETag"]
