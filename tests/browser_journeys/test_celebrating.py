"""A gathering, from plan to cancellation, and what it does to a guest's calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import StorageState

from tests.browser_journeys.conftest import Visitor
from tests.browser_journeys.person import Person

A_MONTH_ON = date.today() + timedelta(days=30)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_gathering_is_planned_answered_moved_and_cancelled(
    visitor: Visitor, signed_in: StorageState, javascript: bool
) -> None:
    guest = "gerda.met@example.net" if javascript else "gerda.zonder@example.net"
    cleo = visitor(javascript=javascript, cookies=signed_in)
    gerda = visitor(javascript=javascript)

    plan(cleo)
    gathering = cleo.path
    cleo.follow("Nodig mensen uit")
    cleo.fill(adressen=f"Gerda de Wit <{guest}>")
    cleo.choose(mensen="fatima")
    cleo.press("Verstuur de uitnodigingen")

    gerda.open_mail(guest, "Kom je ook?")
    uid = gerda.calendar("UID")
    assert (gerda.calendar("Sequence"), gerda.calendar("Status")) == ("0", "CONFIRMED")
    gerda.page.locator("pre a", has_text="/uitnodiging/").click()
    invitation = gerda.page.url
    gerda.choose(komt="ACCEPTED")
    gerda.page.select_option("#aantal", "3")
    gerda.fill(opmerking="Ik eet geen vlees.")
    gerda.press("Verstuur je antwoord")
    assert "Je komt. We rekenen op 3 mensen" in gerda.text
    gerda.open_mail(guest, "Genoteerd: je komt")

    cleo.open(gathering)
    assert "Ik eet geen vlees." in cleo.text
    cleo.press("Stuur een herinnering")
    gerda.open_mail("fatima@example.org", "Kom je op")

    cleo.open(f"{gathering}/wijzig")
    cleo.fill(begin="20:00", eind="22:00")
    cleo.press("Bewaar")
    gerda.open_mail(guest, "Nieuwe tijd")
    assert (gerda.calendar("UID"), gerda.calendar("Sequence")) == (uid, "1")

    cleo.open(f"{gathering}/afgelasten")
    cleo.press("Zeg de bijeenkomst af")
    gerda.open_mail(guest, "Gaat niet door")
    assert (gerda.calendar("UID"), gerda.calendar("Status")) == (uid, "CANCELLED")
    gerda.open(invitation)
    assert "Deze bijeenkomst gaat niet door." in gerda.text


def plan(cleo: Person) -> None:
    """Plan a gathering of an evening in a month."""
    cleo.open("/demo/beheer/bijeenkomsten/nieuw")
    cleo.fill(
        titel="Soep op het plein",
        plaats="Dorpsplein, Ons Dorp",
        datum=A_MONTH_ON.isoformat(),
        begin="19:00",
        eind="21:00",
        gastheren="Cleo Jansen",
        tekst_nl="Er is soep.",
    )
    cleo.press("Bewaar")
    assert "Nog niemand uitgenodigd" in cleo.text
