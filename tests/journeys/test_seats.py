"""A full gathering, through doors only: who waits hears it, and moves up when a place is free."""

from __future__ import annotations

from tests.browser import Page
from tests.journeys.steps import at_the_desk
from tests.journeys.test_celebrating import answer, change, event, invite, plan
from tests.town import SLUG, Town

ADA, BO, EVA = "ada@example.org", "bo@example.org", "eva@example.org"


def partstat(town: Town, address: str) -> str:
    return str(event(town.newest(address))["ATTENDEE"].params["PARTSTAT"])


def later(town: Town, address: str, partstat: str, **rest: str) -> Page:
    """A guest answers, a minute after whatever happened before."""
    town.clock.wait(minutes=1)
    return answer(town, address, partstat, **rest)


def test_who_finds_it_full_waits_and_moves_up(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, ADA, BO, EVA)
    gathering = change(ons_dorp, desk, gathering, plekken="1")
    later(ons_dorp, ADA, "ACCEPTED")

    waits = later(ons_dorp, BO, "ACCEPTED")
    assert "Je staat op de wachtlijst." in waits.text
    assert partstat(ons_dorp, BO) == "TENTATIVE"
    assert "1 gast staat op de wachtlijst." in desk.get(gathering.path).text

    later(ons_dorp, ADA, "DECLINED")
    assert "Er is een plek vrij" in str(ons_dorp.newest(BO)["Subject"])
    assert partstat(ons_dorp, BO) == "NEEDS-ACTION"

    comes = later(ons_dorp, BO, "ACCEPTED")
    assert "Je komt." in comes.text
    assert partstat(ons_dorp, BO) == "ACCEPTED"


def test_who_agreed_to_that_comes_without_being_asked_again(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, ADA, BO)
    change(ons_dorp, desk, gathering, plekken="1")
    later(ons_dorp, ADA, "ACCEPTED")
    later(ons_dorp, BO, "ACCEPTED", meteen="1")

    later(ons_dorp, ADA, "DECLINED")

    assert partstat(ons_dorp, BO) == "ACCEPTED"


def test_who_comes_is_told_how_many_can_come_at_most(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, ADA)
    change(ons_dorp, desk, gathering, plekken="2")
    later(ons_dorp, ADA, "ACCEPTED")

    refused = later(ons_dorp, ADA, "ACCEPTED", aantal="4")

    assert refused.status == 422
    assert "er kunnen hoogstens 2 mensen komen" in refused.text


def test_a_number_of_places_that_cannot_be_is_refused(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)

    for typed in ("0", "-1", "veel", "10001", "٣"):
        assert plan(desk, plekken=typed).status == 422


def test_what_few_gatherings_need_is_folded_away_until_it_is_used(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)

    empty = desk.get(f"/{SLUG}/beheer/bijeenkomsten/nieuw")
    refused = plan(desk, plekken="veel", tekst_en="")

    assert "<details open>" not in empty.body
    assert refused.body.count("<details open>") == 1
