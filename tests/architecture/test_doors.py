"""Every door: who may come in, from where, and that looking changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from app import app
from chalicelib.entrypoints.http import ROUTES, Access, Route
from chalicelib.use_cases import founding
from tests.architecture.conftest import DE_STAD, ONS_DORP, found_both
from tests.browser import FORM, Browser, Page
from tests.faults import READS, Storm, StormyTown
from tests.town import BASE

STARTS = ("", "/en")
SHOWN = [route for route in ROUTES if "GET" in route.methods]
ACTED = [route for route in ROUTES if "POST" in route.methods]
AT_THE_DESK = [route for route in ROUTES if route.access is Access.COORDINATOR]
BEHIND_LINKS = [route for route in ROUTES if route.access is Access.LINK]
ABOUT_SOMETHING = [route for route in AT_THE_DESK if "{id}" in route.path]
FROM_ELSEWHERE: list[dict[str, str]] = [
    {},
    {"origin": "null"},
    {"origin": "https://mail.example", "sec-fetch-site": "cross-site"},
]
WITHOUT_CODE = {"/beheer/aanmelden", "/beheer/code"}
WIFI = "203.0.113.7"
"""An address that many share."""


def name_of(route: Route) -> str:
    return f"{route.methods[0]} {route.path}"


def ask(browser: Browser, route: Route, path: str, *, fields: bool = True, **headers: str) -> Page:
    """One request as the route wants it; by default from a page of ours, with all fields."""
    if "GET" in route.methods:
        return browser.request("GET", path, headers=headers)
    body = urlencode(ONS_DORP.fields(), doseq=True).encode() if fields else b""
    sent = {"origin": BASE, "content-type": FORM, **headers}
    return browser.request("POST", path, body=body, headers=sent)


def one_click(route: Route, origin: dict[str, str]) -> Page:
    """The form with which a mailbox stops mail for its owner."""
    headers = {"content-type": FORM, **origin}
    path, body = ONS_DORP.path(route), b"List-Unsubscribe=One-Click"
    return Browser(address=WIFI).request("POST", path, body=body, headers=headers)


def fill_wifi(villages: StormyTown) -> None:
    """As many forms come from one network as it may send: one."""
    founding.change_settings(villages.calm, slug=ONS_DORP.slug, forms_per_network=1)
    Browser(address=WIFI).post(f"/{ONS_DORP.slug}/bedank/controle", {})


def nothing_written(villages: StormyTown) -> bool:
    """Whether everything that was asked of AWS since the last forecast only read."""
    return set(villages.weather.attempts) <= READS


def every_language(route: Route) -> Iterator[str]:
    return (ONS_DORP.path(route, start=start) for start in STARTS)


def test_the_app_serves_every_route_in_both_languages_and_no_other() -> None:
    served = {(path, method) for path, methods in app.routes.items() for method in methods}

    known = {
        (path, method)
        for route in ROUTES
        for method in route.methods
        for path in (
            [route.path]
            if route.path.startswith("/static")
            else [f"{start}/{{p}}{route.path}" for start in STARTS]
        )
    }

    assert served == known


def test_a_route_says_who_may_come_in() -> None:
    for route in ROUTES:
        private = "{t}" in route.path
        at_the_desk = route.path.startswith("/beheer") and route.path not in WITHOUT_CODE

        assert (route.access is Access.LINK) == private == (route.purpose is not None), route
        assert (route.access is Access.COORDINATOR) == at_the_desk, route


@pytest.mark.parametrize("route", SHOWN, ids=name_of)
def test_looking_changes_nothing(villages: StormyTown, route: Route) -> None:
    villages.weather.forecast()

    for path in every_language(route):
        shown = ask(ONS_DORP.desk(), route, path)
        assert shown.status == (303 if route.path == "/beheer/aanmelden" else 200), shown.text
    checked = ONS_DORP.desk().request("HEAD", path)
    assert (checked.status, checked.body) == (shown.status, "")

    assert nothing_written(villages)


@pytest.mark.parametrize("route", ACTED, ids=name_of)
def test_a_form_from_another_site_is_refused(villages: StormyTown, route: Route) -> None:
    villages.weather.forecast()
    path = ONS_DORP.path(route)

    for origin in ("https://elsewhere.example", "null", f"{BASE}.evil.example"):
        assert ask(ONS_DORP.desk(), route, path, origin=origin).status == 403
    assert ask(ONS_DORP.desk(), route, f"/en{path}", origin="null").status == 403

    assert nothing_written(villages)


def test_a_form_that_does_not_say_where_it_comes_from_is_refused(villages: StormyTown) -> None:
    headers = {"content-type": FORM}

    statuses = {
        ONS_DORP.desk().request("POST", ONS_DORP.path(route), headers=headers).status
        for route in ACTED
    }

    assert statuses == {403}


def test_no_form_but_one_is_taken_from_a_mailbox(villages: StormyTown) -> None:
    villages.weather.forecast()

    others = [route for route in ACTED if not route.one_click]
    refused = {one_click(route, origin).status for route in others for origin in FROM_ELSEWHERE}

    assert [route.path for route in ACTED if route.one_click] == ["/afmelden/{t}"]
    assert refused == {403}
    assert nothing_written(villages)


@pytest.mark.parametrize("route", AT_THE_DESK, ids=name_of)
def test_nobody_comes_to_the_desk_without_signing_in(villages: StormyTown, route: Route) -> None:
    villages.weather.forecast()

    for browser in (Browser(), DE_STAD.desk()):
        page = ask(browser, route, ONS_DORP.path(route))
        if page.status == 303:
            assert page.headers["Location"] == f"/{ONS_DORP.slug}/beheer/aanmelden"
        else:
            assert (page.status, route.methods) == (403, ("POST",))

    assert nothing_written(villages)


def test_a_form_at_the_desk_brings_back_what_its_page_gave(villages: StormyTown) -> None:
    villages.weather.forecast()
    forms = [route for route in AT_THE_DESK if "POST" in route.methods]

    statuses = {
        ask(ONS_DORP.desk(), route, ONS_DORP.path(route), fields=False).status for route in forms
    }

    assert statuses == {403}
    assert nothing_written(villages)


@pytest.mark.parametrize("route", ABOUT_SOMETHING, ids=name_of)
def test_what_belongs_to_another_partnership_is_not_there(
    villages: StormyTown, route: Route
) -> None:
    villages.weather.forecast()

    page = ask(ONS_DORP.desk(), route, ONS_DORP.path(route, ids_of=DE_STAD))

    assert page.status == 404
    assert DE_STAD.slug not in page.body.replace(page.path, "")
    assert nothing_written(villages)


@pytest.mark.parametrize("route", BEHIND_LINKS, ids=name_of)
def test_a_link_opens_one_page_of_one_partnership(villages: StormyTown, route: Route) -> None:
    villages.weather.forecast()
    right = ONS_DORP.params(route)["t"]
    others = [ONS_DORP.params(other)["t"] for other in BEHIND_LINKS]
    foreign = DE_STAD.params(route)["t"]

    for token in {*others, foreign, right + "x", right.upper(), "x", "é"} - {right}:
        path = ONS_DORP.path(route).replace(right, token)
        assert ask(Browser(), route, path).status == 410

    assert nothing_written(villages)


def test_people_of_another_partnership_cannot_be_invited(villages: StormyTown) -> None:
    villages.weather.forecast()
    fields = {**ONS_DORP.fields(), "mensen": DE_STAD.id("dan")}
    path = f"/{ONS_DORP.slug}/beheer/bijeenkomsten/{ONS_DORP.id('party')}/gasten"

    page = ONS_DORP.desk().post(path, fields)

    assert page.status == 404
    assert nothing_written(villages)


def test_its_own_coordinator_may_do_all_of_that(weather: Storm) -> None:
    found_both(weather)

    for route in ABOUT_SOMETHING:
        assert ask(ONS_DORP.desk(), route, ONS_DORP.path(route)).status in {200, 303, 409}, route


def test_any_form_but_those_of_who_is_signed_in_waits_while_its_network_sends_too_many(
    weather: Storm,
) -> None:
    fill_wifi(found_both(weather))

    waiting = {
        route.path
        for route in ACTED
        if ask(Browser(address=WIFI), route, ONS_DORP.path(route)).status == 429
    }

    assert waiting == {route.path for route in ACTED if route.access is not Access.COORDINATOR}


def test_a_mailbox_stops_mail_from_wherever_it_is(weather: Storm) -> None:
    villages = found_both(weather)
    fill_wifi(villages)
    (route,) = [route for route in ACTED if route.one_click]

    statuses = [one_click(route, origin).status for origin in FROM_ELSEWHERE]

    key = villages.calm.secrets.address_key(ONS_DORP.dan)
    assert statuses == [200, 200, 200]
    assert villages.calm.store.preferences(ONS_DORP.slug, key).stopped == {"thanks"}
    assert not villages.calm.store.preferences(DE_STAD.slug, key).stopped
