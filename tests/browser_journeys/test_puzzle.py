"""Where browsers do some work first: it is told, it never stops anybody, and it is done in time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser_journeys.conftest import Visitor
from tests.browser_journeys.person import sign_in
from tests.browser_journeys.site import Site, running_site
from tests.browser_journeys.test_thanking import thank

SUSPICIOUS = "/demo/beheer/lezen/verdacht"


@pytest.fixture(scope="module")
def puzzling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, on which every thank-you asks for some work."""
    with running_site(tmp_path_factory.mktemp("puzzling"), SET="puzzle=100000") as running:
        yield running


def test_whoever_presses_at_once_is_told_to_wait_and_gets_their_mail(
    visitor: Visitor, puzzling: Site
) -> None:
    ada = visitor(to=puzzling)
    thank(ada, name="Bo Vlug", address="bo.vlug@example.net", nominator="ada.vlug@example.net")

    ada.press("Verstuur je bedankje")

    assert "Bijna klaar" in ada.text
    ada.open_mail("ada.vlug@example.net", "Bevestig je bedankje")


def test_the_page_says_what_it_does_and_when_it_is_done(visitor: Visitor, puzzling: Site) -> None:
    ada = visitor(to=puzzling)
    thank(ada, name="Bo Kalm", address="bo.kalm@example.net", nominator="ada.kalm@example.net")
    status = ada.page.get_by_role("status")

    ada.page.get_by_text("De controle is klaar.").wait_for()

    assert status.get_attribute("aria-live") == "polite"
    ada.press("Verstuur je bedankje")
    ada.open_mail("ada.kalm@example.net", "Bevestig je bedankje")


def test_what_was_changed_meanwhile_is_checked_again(visitor: Visitor, puzzling: Site) -> None:
    ada = visitor(to=puzzling)
    thank(ada, name="Bo Anders", address="bo.anders@example.net", nominator="ada.a@example.net")

    with ada.page.expect_navigation():
        ada.page.locator("button[name=wijzig][value=wat]").click()
    ada.press("Bekijk je bedankje")
    ada.press("Verstuur je bedankje")

    ada.open_mail("ada.a@example.net", "Bevestig je bedankje")


def test_without_scripts_a_coordinator_releases_it(visitor: Visitor, puzzling: Site) -> None:
    ada, cleo = visitor(javascript=False, to=puzzling), visitor(to=puzzling)
    thank(ada, name="Bo Zonder", address="bo.z@example.net", nominator="ada.z@example.net")
    assert "Je browser voert geen scripts uit." in ada.text

    ada.press("Verstuur je bedankje")
    assert "Bijna klaar" in ada.text

    sign_in(cleo)
    cleo.open(SUSPICIOUS)
    cleo.page.locator("article", has_text="Bo Zonder").get_by_role("link").click()
    assert "Er is niet gecontroleerd of een robot het invulde." in cleo.text
    cleo.press("Geef het vrij")
    ada.open_mail("ada.z@example.net", "Bevestig je bedankje")
