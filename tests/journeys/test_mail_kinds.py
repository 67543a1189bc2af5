"""Cleo looks at the mails that Ons Dorp sends, before anybody gets one."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from chalicelib.domain.mail_text import MailText, Publication
from chalicelib.domain.message import Kind
from chalicelib.use_cases import writing
from tests.journeys.steps import at_the_desk
from tests.town import SLUG, Town

KINDS = f"/{SLUG}/beheer/mails"
THANKS = f"{KINDS}/soort/thanks"


def test_a_coordinator_sees_a_mail_as_it_arrives(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    assert f'href="{THANKS}"' in desk.get(KINDS).body

    page = desk.get(THANKS)
    frame = re.search(r'<iframe class="frame" sandbox src="([^"]+)"', page.body)

    assert "Er is een bedankje voor je" in page.text
    assert frame
    mail = desk.get(unescape(frame[1]))
    assert mail.status == 200
    assert "Bo regelde elke zondag de sleutel" in mail.text
    assert "Cleo Jansen helpt je graag" in mail.text
    assert mail.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_each_way_to_look_is_a_link(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    links = re.findall(rf'href="({THANKS}\?[^"]+)"', desk.get(THANKS).body)

    pages = [desk.get(unescape(link)) for link in links]

    assert len(pages) == 10
    assert {page.status for page in pages} == {200}
    assert "There is a thank-you for you" in pages[4].text
    assert "Zo kon de taalles altijd doorgaan" in pages[-1].text
    for wrong in ("taal=de", "kijk=scheef", "geval=hostile", "taal="):
        assert desk.get(f"{THANKS}?{wrong}").status == (200 if wrong == "taal=" else 404)


def test_a_text_that_fits_no_more_is_said_and_can_be_replaced(ons_dorp: Town) -> None:
    kept = writing.understand(
        Kind.THANKS, writing.typed_in(None, Kind.THANKS), hosts=frozenset({"pluim.example.nl"})
    )
    spoilt = {language: replace(text, blocks=()) for language, text in kept.items()}
    now = ons_dorp.clock.now
    publication = Publication(1, "cas", now)
    ons_dorp.world.save(
        MailText(SLUG, "thanks", 1, spoilt, "cleo", now, (publication,)),
        ons_dorp.world.store.partnership(SLUG).with_text("thanks", publication),
    )
    desk = at_the_desk(ons_dorp)

    page = desk.get(THANKS)
    frame = re.search(r'<iframe class="frame" sandbox src="([^"]+)"', page.body)

    assert "Versie 1 kan niet meer worden gebruikt." in page.text
    assert "Alle teksten, de nieuwste eerst" in page.text
    assert "/publiceer" not in page.body
    assert frame
    assert desk.get(unescape(frame[1])).status == 200
    assert desk.get(f"{THANKS}/tekst").status == 200
    ours = desk.get(f"{THANKS}?versie=0")
    assert "De tekst is in gebruik" in desk.send(ours, "/publiceer").text
    assert "kan niet meer" in desk.get(f"{THANKS}?versie=1").text
