"""Journeys in a real browser: Chromium, and all of Pluim in a process of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from tests.browser_journeys.person import Person, sign_in
from tests.browser_journeys.site import Site, running_site

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Visitor = Callable[..., Person]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Pluim as `make run` starts it, with the demo village, on a port of its own."""
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_installed(), args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visitor(site: Site, chromium: Browser) -> Iterator[Visitor]:
    """Lets somebody visit; what went wrong behind the pages they saw fails the test."""
    came: list[Person] = []

    def come(
        *, javascript: bool = True, cookies: StorageState | None = None, to: Site = site
    ) -> Person:
        came.append(Person.visit(chromium, to, javascript=javascript, cookies=cookies))
        return came[-1]

    yield come
    complaints = [complaint for person in came for complaint in person.leave()]
    assert not complaints


@pytest.fixture(scope="session")
def signed_in(site: Site, chromium: Browser) -> StorageState:
    """The cookies of Cleo, who signed in at the desk with the code from her mail."""
    cleo = Person.visit(chromium, site)
    sign_in(cleo)
    cookies = cleo.page.context.storage_state()
    assert not cleo.leave()
    return cookies


@pytest.fixture
def cleo(visitor: Visitor, signed_in: StorageState) -> Person:
    """Cleo, at her desk."""
    return visitor(cookies=signed_in)


def _installed() -> Path:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    pytest.exit(
        "Chromium is not on this machine: install it (on Debian or Ubuntu: apt install chromium), "
        "then run make test-browser again.",
        returncode=1,
    )
