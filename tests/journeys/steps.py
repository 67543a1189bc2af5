"""Steps that many journeys begin with."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

from chalicelib.domain.access import Session, token_digest
from chalicelib.entrypoints.cookies import SESSION, cookie_name
from chalicelib.messages.links import Links
from tests.browser import Browser, Page
from tests.town import BASE, CLEO, NOON, SLUG, Town

ADA = "ada@example.nl"
BO = "bo@example.org"

THANKS_FOR_BO = {
    "wie": "Bo de Vries",
    "email_ander": BO,
    "kant": "professionals",
    "organisatie": "Gemeente Ons Dorp",
    "wat": "Bo hield het plein veilig tijdens de intocht.",
    "waarom": "We durfden weer met de kinderen naar buiten.",
    "vorm": "shout_out",
    "naam": "Ada Bakker",
    "kant_zelf": "citizens",
    "email": ADA,
    "naam_tonen": "ja",
    "geopend": str(int((NOON - timedelta(minutes=1)).timestamp())),
}
"""The form as Ada filled it in, a minute after she opened it."""


def nominate(browser: Browser, **changed: str) -> Page:
    """Ada thanks Bo; returns her page with what happens next."""
    form = browser.get(f"/{SLUG}/bedank")
    preview = browser.send(form, "/bedank/controle", **{**THANKS_FOR_BO, **changed})
    return browser.send(preview, "/bedank")


def nominate_and_confirm(town: Town, browser: Browser, **changed: str) -> Page:
    """Ada thanks Bo and confirms her address; returns the page where she follows it."""
    nominate(browser, **changed)
    town.look_after_mail()
    address = changed.get("email", ADA)
    link = town.link_in(town.newest(address), "/bevestig/")
    browser.send(browser.get(link), link)
    town.look_after_mail()
    return browser.get(town.link_in(town.newest(address), "/status/"))


def at_the_desk(town: Town, *, coordinator: str = "cleo") -> Browser:
    """The browser of a coordinator who has signed in."""
    token = uuid4().hex
    town.world.save(Session(SLUG, token_digest(token), coordinator, town.clock.now))
    return Browser(cookies={cookie_name(SESSION, Links(BASE)): token})


def sign_in(town: Town, *, address: str = CLEO) -> Browser:
    """A coordinator signs in with the code from their mail, on a new device; returns that."""
    browser = Browser()
    asked = browser.send(browser.get(f"/{SLUG}/beheer/aanmelden"), "/aanmelden", email=address)
    town.run_queues()
    desk = browser.send(asked, "/beheer/code", code=code_in(town, address))
    assert desk.path == f"/{SLUG}/beheer", desk.text
    town.run_queues()
    return browser


def code_in(town: Town, address: str) -> str:
    """The code in the newest mail to a coordinator."""
    body = town.newest(address).get_body(("plain",))
    found = re.search(r"\b(\d{6})\b", body.get_content() if body else "")
    assert found
    return found[1]


def open_first(town: Town, desk: Browser) -> Page:
    """The first nomination that waits to be read, opened at the desk."""
    listed = desk.get(f"/{SLUG}/beheer/lezen")
    found = re.search(rf'href="(/{SLUG}/beheer/lezen/[a-z2-7]{{26}})"', listed.body)
    assert found, listed.text
    return desk.get(found[1])


def approve(town: Town, desk: Browser, **changed: str) -> Page:
    """A coordinator approves what waits; the thanks go out."""
    shown = open_first(town, desk)
    page = desk.send(shown, "/goedkeuren", **changed)
    town.look_after_mail()
    return page
