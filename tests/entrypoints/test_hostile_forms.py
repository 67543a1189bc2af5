"""Every form of every door, filled in by somebody who wants to see what breaks."""

from __future__ import annotations

import os
import re
from urllib.parse import urlencode

import pytest

from app import app
from chalicelib.entrypoints.http import ROUTES, Route
from tests.architecture.conftest import DE_STAD, ONS_DORP, found_both
from tests.browser import FORM, Browser, Page
from tests.faults import Storm, StormyTown
from tests.town import BASE

SHOWN = [route for route in ROUTES if "GET" in route.methods]
ENDS = ("/afmelden", "/agenda", "/weg", "/intrekken", "/afgelasten", "/ongedaan")
ACTED = [route for route in ROUTES if "POST" in route.methods and not route.path.endswith(ENDS)]
"""The forms that add something; those that take something away, or a link, leave nothing to see."""

WORDS = (
    *("citaat", "reden", "vraag", "antwoord", "naam", "bericht", "opmerking", "titel", "plaats"),
    *("tekst_nl", "tekst_en", "gastheren", "wie", "wat", "waarom", "organisatie"),
)
CHOICES = (
    *("versie", "poging", "sleutel", "komt", "aantal", "besluit", "datum", "begin", "eind"),
    *("kant", "vorm", "mensen", "geeerd", "adressen", "email", "email_1", "code", "naam_tonen"),
)
TRY_ALL = "ALL_FAULTS" in os.environ
"""By default each page gets one altered address, by turns; with `ALL_FAULTS=1` all of them."""
CLEAR = {200, 303, 400, 404, 409, 422}

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{7*7}} {% raw %} %(name)s"
HOSTILE_WORDS = {
    "markup in every direction": f"{MARKUP} \u202eevil\u202c שלום 🙂👩‍👩‍👧‍👦 a" + "\u0301" * 20,
    "line breaks": "Bo\r\nBcc: dan@example.nl\r\n\r\nEND:VEVENT\nBEGIN:VEVENT",
    "controls": "Bo\x00\x07\x1b[31m\u2028\ufeff",
    "far too much": "w" * 3_000,
}
HOSTILE_CHOICES = {
    "markup": MARKUP,
    "a number that is none": "²",
    "a huge number": "9" * 3_000,
    "a negative number": "-1",
}


@pytest.mark.parametrize("kind", HOSTILE_WORDS)
def test_hostile_words_break_no_form_and_show_as_text(weather: Storm, kind: str) -> None:
    town = found_both(weather)

    fill_in_everything(dict.fromkeys(WORDS, HOSTILE_WORDS[kind]))

    for route in SHOWN:
        page = ONS_DORP.desk().get(ONS_DORP.path(route))
        assert page.status in {200, 303}, f"{route.path}: {page.status}"
        assert_is_text(page)
    assert_mails_leave(town)


@pytest.mark.parametrize("kind", HOSTILE_CHOICES)
def test_hostile_choices_break_no_form(weather: Storm, kind: str) -> None:
    found_both(weather)

    fill_in_everything(dict.fromkeys(CHOICES, HOSTILE_CHOICES[kind]))


def test_a_number_longer_than_python_reads_is_no_number(weather: Storm) -> None:
    found_both(weather)

    fill_in_everything(dict.fromkeys(("versie", "poging"), "9" * 5_000))


def fill_in_everything(fields: dict[str, str]) -> None:
    assert app.routes
    assert ACTED
    for route in ACTED:
        page = send(route, fields)
        assert page.status in CLEAR, f"{route.path}: {page.status}"
        assert_is_text(page)


def send(route: Route, changed: dict[str, str]) -> Page:
    fields = {**ONS_DORP.fields(), **changed}
    body = urlencode(fields, doseq=True, errors="surrogatepass").encode()
    headers = {"origin": BASE, "content-type": FORM}
    browser = ONS_DORP.desk() if "/beheer" in route.path else Browser()
    return browser.request("POST", ONS_DORP.path(route), body=body, headers=headers)


def assert_is_text(page: Page) -> None:
    if page.headers.get("Content-Type", "").startswith("text/calendar"):
        # A file to keep, never a page: markup in it is words, and every line begins with a name.
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert re.fullmatch(r"(?:(?:[A-Z-]+[:;]| )[^\r\n]*\r\n)+", page.body)
        return
    assert "<script>alert" not in page.body
    assert "<img src=x" not in page.body
    assert "Traceback" not in page.body


def assert_mails_leave(town: StormyTown) -> None:
    """Whatever was kept can be said by mail: nothing fails for its words."""
    town.town.look_after_mail()
    failed = {id for id, mail in town.messages().items() if mail["state"] == "failed"}
    assert failed <= {DE_STAD.id("failed")}
    assert len(town.town.mailer.envelopes) > 2


def test_an_altered_address_still_opens_its_page(weather: Storm) -> None:
    found_both(weather)
    names = ("na", "zoek", "kant", "groep", "code", "bezig")
    values = ("x", "=%00", "%C3%A9", "%ED%A0%80", "Z" * 3_000, "<script>alert")

    for number, route in enumerate(SHOWN):
        for turn in range(len(values)) if TRY_ALL else [number % len(values)]:
            turned = zip(names, values[turn:] + values[:turn], strict=True)
            query = "&".join(f"{name}={value}" for name, value in turned)
            page = ONS_DORP.desk().get(f"{ONS_DORP.path(route)}?{query}")
            assert page.status in {200, 303}, f"{route.path}: {page.status}"
            assert_is_text(page)
