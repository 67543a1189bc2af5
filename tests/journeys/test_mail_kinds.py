"""Cleo looks at the mails that Ons Dorp sends, before anybody gets one."""

from __future__ import annotations

import re
from html import unescape

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
