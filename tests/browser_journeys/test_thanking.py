"""A thank-you goes over and back, with JavaScript and without, and by the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import StorageState

from tests.browser_journeys.conftest import Visitor
from tests.browser_journeys.person import Person
from tests.browser_journeys.site import Site

BOTH_WAYS = pytest.mark.parametrize(
    "javascript", [True, False], ids=["with JavaScript", "without JavaScript"]
)


@BOTH_WAYS
def test_a_thank_you_goes_from_the_form_to_the_wall_and_back(
    visitor: Visitor, signed_in: StorageState, javascript: bool
) -> None:
    way = "met" if javascript else "zonder"
    ada, bo = visitor(javascript=javascript), visitor(javascript=javascript)
    cleo = visitor(javascript=javascript, cookies=signed_in)
    nominator, honouree = f"ada.{way}@example.net", f"bo.{way}@example.net"

    thank(ada, name=f"Bo {way.title()}", address=honouree, nominator=nominator)
    ada.press("Verstuur je bedankje")
    assert "Bijna klaar" in ada.text

    ada.follow_mail(nominator, "Bevestig je bedankje", "/bevestig/")
    ada.press("Ja, dit is van mij")
    assert "Je e-mailadres is bevestigd" in ada.text

    cleo.open("/demo/beheer/lezen")
    cleo.page.locator("article", has_text=f"Bo {way.title()}").get_by_role("link").click()
    cleo.fill(citaat=f"De lampen van {way}.")
    cleo.press("Keur goed en verstuur")
    assert re.search("Goedgekeurd|Verstuurd", cleo.text)  # The mail may have left already.

    bo.follow_mail(honouree, "Er is een bedankje voor je", "/voor-jou/")
    bo.choose(besluit="first_name")
    bo.press("Bewaar mijn keuze")
    assert "Je bedankje staat op de muur" in bo.text
    bo.fill(bericht="Graag gedaan, Ada.")
    bo.press("Verstuur je bericht")

    ada.open(f"/demo/muur?zoek=lampen van {way}")
    ada.follow(f"De lampen van {way}.")
    assert "Een bedankje voor Bo" in ada.text
    assert way.title() not in ada.text
    ada.follow_mail(nominator, "Een reactie op je bedankje", "/status/")
    assert "Graag gedaan, Ada." in ada.text


@BOTH_WAYS
def test_a_mistake_is_shown_first_and_loses_nothing(visitor: Visitor, javascript: bool) -> None:
    ada = visitor(javascript=javascript)
    thank(ada, name="Bo Fout", address="geen adres", nominator="ada.fout@example.net")

    assert ada.page.title().startswith("Fout:")
    assert ada.page.locator("[data-error-summary] a").count() == 1
    assert ada.page.input_value("#wat") == "Bo hing lampen op in het park."

    ada.page.locator("[data-error-summary] a").click()
    assert focused(ada) == "email_ander"
    ada.fill(email_ander="bo.fout@example.net")
    ada.page.get_by_role("button", name="English").click()
    ada.page.wait_for_url("**/en/demo/**")
    assert ada.page.input_value("#wat") == "Bo hing lampen op in het park."


def test_impatience_makes_one_thank_you(visitor: Visitor, site: Site) -> None:
    ada = visitor()
    thank(ada, name="Bo Snel", address="bo.snel@example.net", nominator="ada.snel@example.net")

    ada.button("Verstuur je bedankje").dblclick()
    ada.page.wait_for_url("**/verstuurd/**")
    ada.page.reload()

    ada.open_mail("ada.snel@example.net", "Bevestig je bedankje")
    mails = ada.page.request.get(site.url("/_local/mail.json")).json()
    assert [mail["kind"] for mail in mails if mail["to"] == "ada.snel@example.net"] == [
        "nomination_verify"
    ]


def test_two_people_are_thanked_together(visitor: Visitor) -> None:
    ada = visitor()
    ada.open("/demo/bedank")
    ada.fill(wie="Bo Eerst")
    ada.press("Nog iemand toevoegen")

    assert focused(ada) == "wie_2"
    assert ada.page.input_value("#wie") == "Bo Eerst"


def test_a_thank_you_is_written_with_the_keyboard_alone(visitor: Visitor) -> None:
    ada = visitor()
    keys = ada.page.keyboard
    ada.open("/demo/bedank")
    keys.press("Tab")
    assert ada.page.locator(".skip").evaluate("skip => skip.getBoundingClientRect().top") > 0

    type_at(ada, "wie", "Bo Toets")
    choose_at(ada, "kant", "ArrowDown")
    type_at(ada, "wat", "Bo hing lampen op in het park.")
    type_at(ada, "waarom", "Nu durven we er weer te lopen.")
    choose_at(ada, "vorm", "Space")
    type_at(ada, "naam", "Ada Toets")
    choose_at(ada, "kant_zelf", "Space")
    type_at(ada, "email", "ada.toets@example.net")
    choose_at(ada, "naam_tonen", "Space")
    keys.press("Enter")
    ada.page.wait_for_url("**/bedank/controle")
    assert "Controleer je bedankje" in ada.text

    while ada.page.evaluate("document.activeElement.innerText") != "Verstuur je bedankje":
        keys.press("Tab")
    keys.press("Enter")
    ada.page.wait_for_url("**/verstuurd/**")
    assert "Voor Bo Toets" in ada.text


def thank(ada: Person, *, name: str, address: str, nominator: str) -> None:
    """Fill in the form that was opened a minute ago, and look at the preview."""
    ada.open("/demo/bedank")
    ada.page.locator("[name=geopend]").evaluate("stamp => { stamp.value -= 60 }")
    ada.fill(
        wie=name,
        email_ander=address,
        wat="Bo hing lampen op in het park.",
        waarom="Nu durven we er weer te lopen.",
        naam="Ada Bakker",
        email=nominator,
    )
    ada.choose(kant="professionals", vorm="shout_out", kant_zelf="citizens", naam_tonen="ja")
    ada.press("Bekijk je bedankje")


def focused(person: Person) -> str:
    """The id of what the keyboard would type into."""
    found: str = person.page.evaluate("document.activeElement.id")
    return found


def type_at(person: Person, field: str, text: str) -> None:
    """Go on to a field with Tab, and type."""
    go_to(person, field)
    person.page.keyboard.type(text)


def choose_at(person: Person, group: str, key: str) -> None:
    """Go on to a group of choices with Tab, and choose with a key."""
    go_to(person, group)
    person.page.keyboard.press(key)


def go_to(person: Person, field: str) -> None:
    for _ in range(40):
        if focused(person) == field:
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {field}")
