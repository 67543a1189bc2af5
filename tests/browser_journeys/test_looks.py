"""Every page and every mail: on a phone, with a keyboard, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser_journeys.conftest import Visitor
from tests.browser_journeys.looks import complaints, faint_text, misfits
from tests.browser_journeys.person import Person
from tests.browser_journeys.site import Site

PUBLIC = (
    "",
    "/bedank",
    "/muur",
    "/muur?zoek=niemand",
    "/hulp",
    "/privacy",
    "/toegankelijkheid",
    "/beheer/aanmelden",
    "/beheer/code",
    "/nergens",
)
DESK = (
    "",
    "/lezen",
    "/lezen/gevraagd",
    "/lezen/verdacht",
    "/lezen/ongelezen",
    "/brieven",
    "/bijeenkomsten",
    "/bijeenkomsten/nieuw",
    "/mails/mislukt",
)
LINKED_MAILS = (
    ("ada@example.org", "Er is een bedankje voor je", "/voor-jou/", "/weg"),
    ("ada@example.org", "Kom je ook?", "/uitnodiging/", ""),
    ("sule@example.org", "Bevestig je bedankje", "/bevestig/", ""),
    ("joke@example.org", "Vraag over je bedankje", "/vraag/", ""),
    ("thomas@example.org", "Je bedankje is binnen", "/status/", ""),
    ("mirjam@example.org", "Je bedankje is binnen", "/status/", "/intrekken"),
)

Look = Callable[[Page], Iterator[str]]

# Both languages share their colours; what differs is how long their words are.
LANGUAGES = pytest.mark.parametrize(
    ("start", "look"), [("/demo", complaints), ("/en/demo", misfits)], ids=["Dutch", "English"]
)


@pytest.fixture(scope="module")
def private(site: Site, chromium: Browser) -> list[str]:
    """Where the links in the mails lead, and one step further."""
    anybody = Person.visit(chromium, site)
    paths = set()
    for to, subject, page, further in LINKED_MAILS:
        anybody.follow_mail(to, subject, page)
        paths |= {anybody.path, anybody.path + further}
    assert not anybody.leave()
    return sorted(paths)


@LANGUAGES
def test_public_pages_are_fit_for_everybody(visitor: Visitor, start: str, look: Look) -> None:
    anybody = visitor()

    assert not look_at(anybody, [start + path for path in PUBLIC], look)


@LANGUAGES
def test_pages_at_the_desk_are_fit_for_everybody(cleo: Person, start: str, look: Look) -> None:
    desk = f"{start}/beheer"
    reading = first(cleo, f"{desk}/lezen", "/lezen/", of=lambda path: len(path.split("/")[-1]) > 20)
    gathering = first(cleo, f"{desk}/bijeenkomsten", "/bijeenkomsten/", of=not_new)
    found = [
        reading,
        first(cleo, f"{desk}/brieven", "/brieven/"),
        *(gathering + way for way in ("", "/wijzig", "/gasten", "/afgelasten")),
        first(cleo, gathering, "/gasten/"),
    ]

    pages = [*(desk + path for path in DESK), *found]
    assert not look_at(cleo, pages, look)


@LANGUAGES
def test_private_pages_are_fit_for_everybody(
    visitor: Visitor, private: list[str], start: str, look: Look
) -> None:
    pages = [path.replace("/demo", start) for path in private]
    assert not look_at(visitor(), pages, look)


def test_a_form_with_mistakes_is_fit_for_everybody(visitor: Visitor) -> None:
    ada = visitor()
    ada.open("/demo/bedank")
    ada.press("Bekijk je bedankje")

    assert list(complaints(ada.page)) == []


def test_mails_are_fit_for_everybody(visitor: Visitor) -> None:
    anybody = visitor()
    anybody.open_mail("ngozi@example.org", "Will you come?")
    listed = anybody.page.request.get(anybody.site.url("/_local/mail.json")).json()
    one_of_each = {mail["kind"]: mail["id"] for mail in listed}

    paths = [f"/_local/mail/{mail}/html" for mail in one_of_each.values()]
    assert not look_at(anybody, paths, misfits)
    assert not look_at(anybody, paths, faint_text)


def look_at(person: Person, paths: Iterable[str], look: Look) -> list[str]:
    """What is wrong with each of these pages."""
    wrong = []
    for path in paths:
        person.open(path)
        wrong += [f"{path}: {complaint}" for complaint in look(person.page)]
    return wrong


def first(
    person: Person, listed: str, part: str, *, of: Callable[[str], bool] = lambda path: True
) -> str:
    """Where the first link of a list leads that has this part in it."""
    person.open(listed)
    links: list[str] = person.page.locator(f"main a[href*='{part}']").evaluate_all(
        "links => links.map((link) => new URL(link.href).pathname)"
    )
    return next(link for link in links if of(link))


def not_new(path: str) -> bool:
    """Whether it is a gathering, and not the page to plan one."""
    return not path.endswith("/nieuw")
