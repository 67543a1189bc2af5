"""Many people share one network: too many forms at once are handed back, and nothing is lost."""

from __future__ import annotations

import pytest

from chalicelib.domain.partnership import Settings
from chalicelib.use_cases import founding
from tests.browser import Browser, Page
from tests.journeys.steps import THANKS_FOR_BO, sign_in
from tests.rows import every_row
from tests.town import BASE, CLEO, SLUG, Town

WIFI = "203.0.113.7"
NEXT_DOOR = "203.0.113.8"
FORM = f"/{SLUG}/bedank"
CHECK = f"{FORM}/controle"


def fill_network(town: Town, *, address: str = WIFI) -> None:
    """As many forms come from this network as it may send: one."""
    founding.change_settings(town.world, slug=SLUG, forms_per_network=1)
    assert Browser(address=address).post(CHECK, {}).status == 422


def thank(browser: Browser) -> Page:
    return browser.send(browser.get(FORM), "/bedank/controle", **THANKS_FOR_BO)


def test_what_comes_too_soon_is_handed_back_and_can_be_sent_ten_minutes_later(
    ons_dorp: Town,
) -> None:
    for _ in range(Settings().forms_per_network):
        assert Browser(address=WIFI).post(CHECK, {}).status == 422
    ons_dorp.clock.wait(minutes=7, seconds=1)
    ada = Browser(address=WIFI)

    busy = thank(ada)
    still_busy = ada.send(busy, CHECK)
    ons_dorp.clock.wait(minutes=3)
    preview = ada.send(still_busy, CHECK)

    assert (busy.status, still_busy.status, preview.status) == (429, 429, 200)
    assert busy.headers["Retry-After"] == "179"
    assert "Probeer het over 3 minuten nog eens." in busy.text
    assert busy.text.count(THANKS_FOR_BO["wat"]) == 1
    assert THANKS_FOR_BO["waarom"] in preview.text
    assert ada.send(preview, "/bedank").path.startswith(f"/{SLUG}/verstuurd/")


def test_who_is_on_another_network_goes_on(ons_dorp: Town) -> None:
    fill_network(ons_dorp)

    assert thank(Browser(address=WIFI)).status == 429
    assert thank(Browser(address=NEXT_DOOR)).status == 200


def test_what_a_sender_says_about_where_they_are_changes_nothing(ons_dorp: Town) -> None:
    fill_network(ons_dorp)
    headers = {"x-forwarded-for": NEXT_DOOR, "forwarded": f"for={NEXT_DOOR}"}

    assert Browser(address=WIFI).post(CHECK, {}, **headers).status == 429


def test_a_home_with_ipv6_is_one_network_and_reads_it_in_its_own_language(ons_dorp: Town) -> None:
    fill_network(ons_dorp, address="2001:db8:0:1::7")

    busy = Browser(address="2001:db8:0:1::8").post(f"/en{CHECK}", {"wat": "She kept us safe."})

    assert busy.status == 429
    assert "It is busy now" in busy.text
    assert "Try again in 10 minutes." in busy.text
    assert "She kept us safe." in busy.text
    assert busy.form(CHECK).action == f"/en{CHECK}"


def test_coordinators_get_in_and_work_although_guests_use_up_their_network(ons_dorp: Town) -> None:
    cleo = sign_in(ons_dorp)
    fill_network(ons_dorp)
    cleo.address = WIFI

    assert thank(cleo).status == 200
    cleo.post(f"/{SLUG}/beheer/afmelden", cleo.get(f"/{SLUG}/beheer").form("/afmelden").fields)
    assert cleo.post(f"/{SLUG}/beheer/aanmelden", {"email": CLEO}).path == f"/{SLUG}/beheer/code"
    assert Browser(address=WIFI).post(f"/{SLUG}/beheer/aanmelden", {"email": CLEO}).status == 429


@pytest.mark.parametrize(("limit", "statuses"), [(0, [422] * 3), (2, [422, 422, 429])])
def test_a_partnership_chooses_how_many(ons_dorp: Town, limit: int, statuses: list[int]) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, forms_per_network=limit)
    browser = Browser(address=WIFI)

    assert [browser.post(CHECK, {}).status for _ in range(3)] == statuses


def test_a_form_from_another_site_counts_for_nobody(ons_dorp: Town) -> None:
    fill_network(ons_dorp, address=NEXT_DOOR)
    browser = Browser(address=WIFI)

    assert browser.post(CHECK, {}, origin=f"{BASE}.evil.example").status == 403
    assert browser.post(CHECK, {}).status == 422


def test_no_row_holds_the_address(ons_dorp: Town) -> None:
    fill_network(ons_dorp)

    counted = [row for row in every_row(ons_dorp.aws.client("dynamodb")) if "used" in row]

    assert len(counted) == 1
    assert WIFI not in str(counted)
