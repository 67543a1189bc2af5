"""Whatever comes in between: nobody loses what they typed, and everybody reads what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from app import app
from chalicelib.domain.access import Purpose
from chalicelib.domain.gathering import GatheringState
from chalicelib.entrypoints.http import ROUTES, Access, Route
from tests.architecture.conftest import DE_STAD, ONS_DORP, found_both
from tests.browser import Browser, Fields, Page
from tests.domain.examples import NOW
from tests.faults import Fault, Storm, StormyTown

WORDS = "Hier dacht iemand lang over na."
TYPED = (
    *("citaat", "reden", "vraag", "antwoord", "bericht", "opmerking", "titel", "plaats"),
    *("tekst_nl", "gastheren", "wat", "waarom"),
)
ELSEWHERE = "203.0.113.7"
"""An address in a network of somebody's own, from which forms are counted."""
COUNTING = 4
"""The call of AWS that counts, after the partnership, what the link opens, and a key."""
assert app.routes, "routes are known once the app is"
ACTED = [route for route in ROUTES if "POST" in route.methods]
BEHIND_LINKS = [route for route in ACTED if route.access is Access.LINK]
ABOUT_SOMETHING = [route for route in ACTED if "{id}" in route.path]

Happens = Callable[[StormyTown], None]


def send(path: str, *, start: str = "", address: str = Browser.address, **changed: str) -> Page:
    """Somebody sends a form with words in every field that takes words."""
    fields: Fields = {**ONS_DORP.fields(), **dict.fromkeys(TYPED, WORDS), **changed}
    browser = ONS_DORP.desk() if "/beheer" in path else Browser(address=address)
    return browser.post(f"{start}/{ONS_DORP.slug}{path}", fields)


def link_to(page: str, purpose: Purpose) -> str:
    return f"/{page}/{ONS_DORP.token(purpose)}"


def decline(town: StormyTown, name: str) -> None:
    found = town.calm.store.nomination(ONS_DORP.slug, ONS_DORP.id(name))
    town.calm.save(found.declined(reason="Liever niet.", reviewer="cas", now=NOW))


def declined(name: str) -> Happens:
    return lambda town: decline(town, name)


def cancelled(town: StormyTown) -> None:
    party = town.calm.store.gathering(ONS_DORP.slug, ONS_DORP.id("party"))
    town.calm.save(replace(party, state=GatheringState.CANCELLED))


def thanked_back(town: StormyTown) -> None:
    found = town.calm.store.nomination(ONS_DORP.slug, ONS_DORP.id("shown"))
    town.calm.save(found.thanked_back(honouree_id="1", line="Graag gedaan."))


QUESTION = link_to("vraag", Purpose.QUESTION)
RSVP = link_to("uitnodiging", Purpose.RSVP)
READING = f"/beheer/lezen/{ONS_DORP.id('to-decline')}"
PARTY = f"/beheer/bijeenkomsten/{ONS_DORP.id('party')}"
GUEST = f"{PARTY}/gasten/{ONS_DORP.id('guest')}"

OVERTAKEN: dict[str, tuple[str, dict[str, str], Happens]] = {
    "an answer to a question, after a coordinator decided": (QUESTION, {}, declined("asked")),
    "a far too long answer, after that": (
        QUESTION,
        {"antwoord": f"{WORDS}{'x' * 600}"},
        declined("asked"),
    ),
    "a line back, after another one": (
        link_to("voor-jou", Purpose.HONOUREE) + "/terug",
        {},
        thanked_back,
    ),
    "a far too long line back, after another one": (
        link_to("voor-jou", Purpose.HONOUREE) + "/terug",
        {"bericht": f"{WORDS}{'x' * 300}"},
        thanked_back,
    ),
    "a guest's remark, after it was cancelled": (RSVP, {}, cancelled),
    "a guest's remark without an answer, after that": (RSVP, {"komt": ""}, cancelled),
    "a reason to decline, after a colleague decided": (
        f"{READING}/afwijzen",
        {},
        declined("to-decline"),
    ),
    "a question, after that": (f"{READING}/vragen", {}, declined("to-decline")),
    "a citation that is too long, after that": (
        f"{READING}/bewaren",
        {"citaat": f"{WORDS}{'x' * 100}"},
        declined("to-decline"),
    ),
    "a changed plan, after it was cancelled": (f"{PARTY}/wijzig", {}, cancelled),
    "addresses of guests, after it was cancelled": (
        f"{PARTY}/gasten",
        {"adressen": f"{WORDS} <eva@example.nl>"},
        cancelled,
    ),
    "an answer by telephone, after it was cancelled": (GUEST, {}, cancelled),
    "such an answer without a choice, after that": (GUEST, {"komt": ""}, cancelled),
}


@pytest.mark.parametrize("what", OVERTAKEN)
def test_what_was_typed_is_shown_when_somebody_came_in_between(weather: Storm, what: str) -> None:
    path, fields, happens = OVERTAKEN[what]
    town = found_both(weather)
    happens(town)

    for start, language in (("", "nl"), ("/en", "en")):
        page = send(path, start=start, **fields)

        assert page.status in {409, 422}
        assert WORDS in page.text
        assert f'<html lang="{language}"' in page.body


@pytest.mark.parametrize("route", [*BEHIND_LINKS, *ABOUT_SOMETHING], ids=lambda route: route.path)
def test_what_was_typed_is_shown_when_its_subject_is_gone(weather: Storm, route: Route) -> None:
    found_both(weather)
    params = {**ONS_DORP.params(route), "t": "verlopen", "id": DE_STAD.id("party")}

    page = send(route.path.format(**params))

    assert page.status in {404, 410}
    assert WORDS in page.text


def test_a_page_that_was_open_too_long_gives_the_text_back(weather: Storm) -> None:
    found_both(weather)

    page = send(f"{READING}/afwijzen", csrf="oud")

    assert page.status == 403
    assert WORDS in page.text


def test_what_was_typed_is_shown_when_we_fail(weather: Storm) -> None:
    town = found_both(weather)
    town.weather.forecast(Fault.SILENT, at=1)

    page = send(QUESTION)

    assert page.status == 500
    assert WORDS in page.text


def test_what_was_typed_is_shown_when_it_cannot_be_counted(weather: Storm) -> None:
    town = found_both(weather)
    town.weather.forecast(Fault.SILENT, at=COUNTING)

    page = send(QUESTION, address=ELSEWHERE)

    assert page.status == 500
    assert WORDS in page.text


def test_an_answer_is_kept_while_the_key_to_count_under_cannot_be_read(weather: Storm) -> None:
    town = found_both(weather)
    town.weather.forecast(Fault.UNHEARD, at=COUNTING - 1)

    page = send(QUESTION, address=ELSEWHERE)

    answered = town.calm.store.nomination(ONS_DORP.slug, ONS_DORP.id("asked"))
    assert (page.status, answered.answer) == (200, WORDS)


def test_nothing_is_repeated_of_a_form_from_elsewhere(weather: Storm) -> None:
    found_both(weather)

    page = Browser().post(f"/{ONS_DORP.slug}{QUESTION}", {"antwoord": WORDS}, origin="null")

    assert page.status == 403
    assert WORDS not in page.text


def test_ticks_and_secrets_of_a_form_are_not_shown_as_text(weather: Storm) -> None:
    town = found_both(weather)
    cancelled(town)

    page = send(f"{PARTY}/wijzig", geeerd=f"{ONS_DORP.id('shown')}/1")

    assert page.status == 409
    assert ONS_DORP.id("shown") not in page.text
    assert str(ONS_DORP.fields()["csrf"]) not in page.text


def test_a_colleague_who_still_can_decide_finds_their_words_in_the_form(weather: Storm) -> None:
    town = found_both(weather)
    found = town.calm.store.nomination(ONS_DORP.slug, ONS_DORP.id("to-decline"))
    town.calm.save(found.with_citation("Van een collega."))

    page = send(f"{READING}/afwijzen")

    assert page.status == 409
    assert page.form("/afwijzen").fields["reden"] == WORDS
