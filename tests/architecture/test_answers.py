"""Every answer: the headers that protect it, what it weighs, and nothing that a caller planted."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from app import app
from chalicelib.entrypoints.http import ROUTES, SECURITY_HEADERS, Access, Route
from tests.architecture.conftest import ONS_DORP
from tests.browser import FORM, Browser, Page
from tests.faults import StormyTown
from tests.town import BASE

SHOWN = [route for route in ROUTES if "GET" in route.methods]
STATIC = Path(__file__).parents[2] / "templates" / "static"
FORM_PATH = f"/{ONS_DORP.slug}/bedank/controle"
LOADED = re.compile(r'(?:src|<link rel="(?:stylesheet|icon)" href)="([^"]+)"')
PLANTED = "evil.example"
FROM_ELSEWHERE = {
    "host": PLANTED,
    "x-forwarded-host": PLANTED,
    "x-forwarded-proto": "gopher",
    "forwarded": f"host={PLANTED};proto=gopher",
}
OURS = {"origin": BASE, "content-type": FORM}
POLICY = "Content-Security-Policy"
OWN_POLICIES = {
    "/beheer/mails/soort/{soort}": SECURITY_HEADERS[POLICY] + "; frame-src 'self'",
    "/beheer/mails/soort/{soort}/opmaak": "sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
}
"""The page that shows a mail in a frame, and the mail in it, which may do nothing at all."""
REFUSED: dict[int, tuple[str, str, bytes, dict[str, str]]] = {
    400: ("POST", FORM_PATH, b"wie=%ff", OURS),
    403: ("POST", FORM_PATH, b"", {**OURS, "origin": "null"}),
    404: ("GET", f"/{ONS_DORP.slug}/muur/niets", b"", {}),
    405: ("PUT", FORM_PATH, b"", OURS),
    410: ("GET", f"/{ONS_DORP.slug}/status/niets", b"", {}),
    413: ("POST", FORM_PATH, b"wie=" + b"w" * 70_000, OURS),
    415: ("POST", FORM_PATH, b"{}", {**OURS, "content-type": "application/json"}),
    422: ("POST", FORM_PATH, b"", OURS),
}


Shown = list[tuple[Route, Page]]


@pytest.fixture(scope="module")
def shown(villages: StormyTown) -> Shown:
    """Every page, as a coordinator sees it."""
    return [(route, ONS_DORP.desk().get(ONS_DORP.path(route))) for route in SHOWN]


def test_every_page_carries_the_headers_that_protect_it(shown: Shown) -> None:
    for route, page in shown:
        own = {POLICY: OWN_POLICIES[route.path]} if route.path in OWN_POLICIES else {}
        assert page.headers.items() >= {**SECURITY_HEADERS, **own}.items(), route.path


@pytest.mark.parametrize("status", REFUSED)
def test_every_refusal_carries_them_too(villages: StormyTown, status: int) -> None:
    method, path, body, headers = REFUSED[status]

    page = Browser().request(method, path, body=body, headers=headers)

    assert page.status == status
    assert page.headers.items() >= SECURITY_HEADERS.items()


def test_what_is_private_is_kept_by_nobody(shown: Shown) -> None:
    for route, page in shown:
        if route.access is not Access.ANYBODY and is_html(page):
            assert page.headers["Cache-Control"] == "no-store", route.path
            assert page.headers["X-Robots-Tag"] == "noindex", route.path


def test_no_page_repeats_the_host_that_a_caller_names(villages: StormyTown) -> None:
    for route in SHOWN:
        page = ONS_DORP.desk().request("GET", ONS_DORP.path(route), headers=FROM_ELSEWHERE)

        assert PLANTED not in page.body + repr(page.headers), route.path
        assert "gopher" not in page.body + repr(page.headers), route.path


def test_a_form_from_another_host_is_no_form_of_ours(villages: StormyTown) -> None:
    planted = {**OURS, **FROM_ELSEWHERE, "origin": f"https://{PLANTED}"}

    assert Browser().request("POST", FORM_PATH, headers=planted).status == 403


def test_a_session_is_out_of_reach_and_ends_when_nobody_uses_it(villages: StormyTown) -> None:
    (renewed,) = ONS_DORP.desk().get(f"/{ONS_DORP.slug}/beheer").cookies

    name, *attributes = renewed.split("; ")

    assert name.startswith("__Host-sessie=")
    assert set(attributes) == {"Path=/", "Max-Age=1800", "HttpOnly", "SameSite=Lax", "Secure"}


def test_a_page_weighs_little_and_asks_only_us(shown: Shown) -> None:
    shared = sum(map(weight_of, STATIC.iterdir()))
    for route, page in shown:
        parts = set(LOADED.findall(page.body)) if is_html(page) else set()

        assert all(re.match(rf"/static/|/{ONS_DORP.slug}/", part) for part in parts), parts
        assert 1 + len(parts) <= 6
        assert weight(page) + shared <= 30_000, route.path


def test_our_stylesheet_is_small() -> None:
    assert weight_of(STATIC / "pluim.css") <= 8_000


def test_no_stack_trace_is_ever_shown() -> None:
    assert app.debug is False


def is_html(page: Page) -> bool:
    return str(page.headers.get("Content-Type", "")).startswith("text/html")


def weight(page: Page) -> int:
    """In bytes, as API Gateway sends it."""
    return len(gzip.compress(page.body.encode()))


def weight_of(part: Path) -> int:
    return len(gzip.compress(part.read_bytes()))
