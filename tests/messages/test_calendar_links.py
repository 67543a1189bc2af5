"""Links to calendars on the web: the right instants, every word as it was typed, no guest."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.domain.people import Language
from chalicelib.domain.plan import Plan
from chalicelib.messages.calendar_links import CalendarLinks, calendar_links
from tests.domain.examples import party_plan

AWKWARD = "Feest & soep; 100% leuk? #1 + «Şule» \"'<b>"


def links_of(plan: Plan, language: Language = Language.DUTCH) -> CalendarLinks:
    """The links of the only date, or of the first."""
    return calendar_links(plan, plan.dates[0], language=language)


def asked(link: str) -> dict[str, str]:
    """What a link says, by name."""
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


@pytest.mark.parametrize(
    ("starts", "ends", "starts_utc", "ends_utc"),
    [
        ("2026-12-12 19:30", "2026-12-12 21:30", "20261212T183000Z", "20261212T203000Z"),
        ("2027-06-19 15:00", "2027-06-19 17:00", "20270619T130000Z", "20270619T150000Z"),
        ("2027-03-28 01:30", "2027-03-28 03:30", "20270328T003000Z", "20270328T013000Z"),
        ("2027-10-31 01:30", "2027-10-31 04:00", "20271030T233000Z", "20271031T030000Z"),
        ("2026-12-31 23:00", "2027-01-01 01:00", "20261231T220000Z", "20270101T000000Z"),
    ],
    ids=["winter", "summer", "skipped hour", "repeated hour", "new year"],
)
def test_every_service_is_told_the_same_instants(
    starts: str, ends: str, starts_utc: str, ends_utc: str
) -> None:
    plan = party_plan(starts=datetime.fromisoformat(starts), ends=datetime.fromisoformat(ends))

    links = links_of(plan)

    google, yahoo = asked(links.google), asked(links.yahoo)
    assert google["dates"] == f"{starts_utc}/{ends_utc}"
    assert (yahoo["ST"], yahoo["ET"]) == (starts_utc, ends_utc)
    outlook = asked(links.outlook)
    told = [datetime.fromisoformat(outlook[name]) for name in ("startdt", "enddt")]
    assert told == [plan.starts_at, plan.ends_at]
    assert all(at.tzinfo == UTC for at in told)


@pytest.mark.parametrize(
    ("service", "title", "place", "text"),
    [
        ("google", "text", "location", "details"),
        ("outlook", "subject", "location", "body"),
        ("yahoo", "TITLE", "in_loc", "DESC"),
    ],
)
def test_words_arrive_as_they_were_typed(service: str, title: str, place: str, text: str) -> None:
    plan = party_plan(title=AWKWARD, place=AWKWARD, text={Language.DUTCH: f"{AWKWARD}\nTot dan!"})

    link: str = getattr(links_of(plan), service)

    said = asked(link)
    assert (said[title], said[place], said[text]) == (AWKWARD, AWKWARD, f"{AWKWARD}\nTot dan!")
    assert not set(link) & set(" +\"'<>\n")
    assert link.isascii()


def test_what_lasts_all_day_is_told_in_days_until_the_day_after() -> None:
    weekend = party_plan(starts=datetime(2026, 12, 12), ends=datetime(2026, 12, 14), all_day=True)

    links = links_of(weekend)

    google, outlook, yahoo = asked(links.google), asked(links.outlook), asked(links.yahoo)
    assert google["dates"] == "20261212/20261214"
    assert (outlook["allday"], outlook["startdt"]) == ("true", "2026-12-12")
    assert outlook["enddt"] == "2026-12-14"
    assert (yahoo["DUR"], yahoo["ST"], yahoo["ET"]) == ("allday", "20261212", "20261214")


def test_the_text_is_in_the_readers_language() -> None:
    links = links_of(party_plan(), Language.ENGLISH)

    assert asked(links.google)["details"] == "You are welcome."


def test_a_gathering_without_words_has_no_empty_part() -> None:
    links = links_of(party_plan(text={}))

    assert "details" not in links.google
    assert "body" not in links.outlook
    assert "DESC" not in links.yahoo


def test_a_long_text_is_shortened_so_that_no_service_cuts_the_link() -> None:
    links = links_of(party_plan(text={Language.DUTCH: "woord " * 330}))

    assert asked(links.google)["details"].endswith("woord…")
    assert max(map(len, (links.google, links.outlook, links.yahoo))) < 2000
