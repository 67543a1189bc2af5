"""Whatever a browser, a person or an attacker sends: a clear answer, and nothing is kept of it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.access import Purpose, Token, token_digest
from tests.browser import FORM, Browser, Fields, Page
from tests.domain.examples import DAY, submitted
from tests.faults import READS, Storm, StormyTown
from tests.town import BASE, NOON, SLUG

CHECK, SEND = f"/{SLUG}/bedank/controle", f"/{SLUG}/bedank"
LINK = f"/{SLUG}/bevestig/{'t' * 26}"
GOOD: Fields = {
    "sleutel": "a" * 32,
    "wie": "Bo de Vries",
    "email_ander": "bo@example.org",
    "kant": "professionals",
    "organisatie": "Gemeente Ons Dorp",
    "wat": "Bo hield het plein veilig tijdens de intocht.",
    "waarom": "We durfden weer met de kinderen naar buiten.",
    "vorm": "shout_out",
    "naam": "Ada Bakker",
    "kant_zelf": "citizens",
    "email": "ada@example.nl",
    "naam_tonen": "ja",
}
NEEDED = [name for name in GOOD if name not in {"sleutel", "email_ander", "organisatie"}]
TYPED = ["wie", "organisatie", "wat", "waarom", "naam"]
ADDRESSES = ["email", "email_ander"]

HOSTILE = [
    "",
    " \t\n ",
    "x" * 601,
    "é" * 5_000,
    "\x00\x07\x1b[31m",
    "half \ud800 a character",
    "🙂👩‍👩‍👧‍👦" * 30,
    "\u202edlrow olleh",
    "שלום עולם, מחר",
    "a" + "\u0301" * 40,
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "Bo\r\nBcc: dan@example.nl",
    "{{7*7}} {% raw %} %(name)s ${7*7}",
    "'; DROP TABLE pluim; --",
    "\ufeff\u200b\u2028",
]
NOT_ADDRESSES = [
    "ada",
    "ada bakker@example.nl",
    "ada@example.nl bo@example.nl",
    "ada@example.nl,bo@example.nl",
    "ada@example.nl;bo@example.nl",
    "ada@bakker@example.nl",
    "Ada <ada@example.nl>",
    "adé@example.nl",
    "ada@[127.0.0.1]",
    "ada@localhost",
    "ada@example.nl\r\nBcc: dan@example.nl",
    "a" * 250 + "@example.nl",
    "@example.nl",
    "ada@",
]


@pytest.fixture(scope="module")
def town(weather: Storm) -> StormyTown:
    founded = weather.founded()
    verify = Token(SLUG, token_digest("t" * 26), Purpose.VERIFY, "n1", NOON + DAY)
    founded.calm.save(submitted(), verify)
    return founded


def post(town: StormyTown, path: str, body: bytes, **headers: str) -> Page:
    town.weather.forecast()
    return Browser().request(
        "POST", path, body=body, headers={"origin": BASE, "content-type": FORM, **headers}
    )


def send(town: StormyTown, path: str, **changed: str) -> Page:
    fields = {**GOOD, **changed}
    return post(town, path, urlencode(fields, doseq=True, errors="surrogatepass").encode())


def is_humane(page: Page, *, language: str = "nl") -> bool:
    """It is a whole page of ours, in the reader's language, that tells nothing of our insides."""
    inside = ("Traceback", "chalicelib", "botocore", ".py")
    return (
        f'<html lang="{language}"' in page.body
        and page.body.rstrip().endswith("</html>")
        and not any(word in page.body for word in inside)
        and "Content-Security-Policy" in page.headers
    )


def nothing_written(town: StormyTown) -> bool:
    return set(town.weather.attempts) <= READS


@pytest.mark.parametrize("field", NEEDED)
@pytest.mark.parametrize("start", ["", "/en"])
def test_a_question_left_open_is_named_and_everything_typed_is_kept(
    town: StormyTown, field: str, start: str
) -> None:
    for path in (CHECK, SEND):
        page = send(town, start + path, **{field: ""})

        assert page.status == 422
        assert f'href="#{field}' in page.body
        kept = "naam" if field != "naam" else "wat"
        assert page.form("/bedank/controle").fields[kept] == GOOD[kept]
        assert is_humane(page, language="en" if start else "nl")
        assert nothing_written(town)


@pytest.mark.parametrize("address", NOT_ADDRESSES)
def test_what_is_no_address_is_refused_at_its_field(town: StormyTown, address: str) -> None:
    for field in ADDRESSES:
        page = send(town, SEND, **{field: address})

        assert page.status == 422, address
        assert f'href="#{field}' in page.body
        assert nothing_written(town)


@pytest.mark.parametrize("field", TYPED)
def test_too_much_text_is_refused_and_none_of_it_is_lost(town: StormyTown, field: str) -> None:
    page = send(town, SEND, **{field: "y" * 700})

    assert page.status == 422
    assert page.form("/bedank/controle").fields[field] == "y" * 700
    assert nothing_written(town)


@given(
    changed=st.dictionaries(
        st.sampled_from([*GOOD, "website", "wie_2", "email_ander_2", "meer", "wijzig", "onbekend"]),
        st.sampled_from(HOSTILE + NOT_ADDRESSES) | st.text(max_size=80),
        min_size=1,
        max_size=3,
    ),
    path=st.sampled_from([CHECK, SEND]),
    start=st.sampled_from(["", "/en"]),
    key=st.text("0123456789abcdef", min_size=32, max_size=32),
)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
)
def test_anything_typed_anywhere_gets_a_clear_answer(
    town: StormyTown, changed: dict[str, str], path: str, start: str, key: str
) -> None:
    page = send(town, start + path, **{"sleutel": key, **changed})

    # A key that came before with other words is a conflict, which the store finds by writing.
    assert page.status in {200, 303, 400, 409, 422}
    assert page.status in {303, 409} or nothing_written(town)
    assert page.status == 303 or is_humane(page, language="en" if start else "nl")
    assert "<script>alert" not in page.body
    assert "<img src=x" not in page.body
    if page.status == 303:
        assert Browser().get(page.headers["Location"]).status == 200
        town.town.run_queues()
        # A stranger gets one mail that they did not ask for; what comes after that waits.
        assert {mail["state"] for mail in town.messages().values()} <= {"sent", "queued"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"wat=" + b"x" * 2_000_000, {}, 413),
        (b"naam=Ad%E9", {}, 400),
        (b"naam=Ad\xe9", {}, 400),
        (b"naam=%ED%A0%80", {}, 400),
        (b"a=1&" * 1_000, {}, 400),
        (b'{"naam": "Ada"}', {"content-type": "application/json"}, 415),
        (b"naam=Ada", {"content-type": "text/plain"}, 415),
        (b"--x--", {"content-type": "multipart/form-data; boundary=x"}, 415),
    ],
)
def test_a_body_that_is_no_form_of_ours_is_refused(
    town: StormyTown, body: bytes, headers: dict[str, str], status: int
) -> None:
    for start, language in (("", "nl"), ("/en", "en")):
        page = post(town, start + SEND, body, **headers)

        assert page.status == status
        assert is_humane(page, language=language)
        assert nothing_written(town)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_method_that_no_page_takes_is_refused_and_says_which_are(
    town: StormyTown, method: str
) -> None:
    town.weather.forecast()
    said = {"nl": "Deze pagina hoort bij een formulier", "en": "This page belongs to a form"}

    for start, language in (("", "nl"), ("/en", "en")):
        page = Browser().request(method, start + SEND)

        assert page.status == 405
        assert said[language] in page.text
        assert is_humane(page, language=language)
        assert {"GET", "POST"} <= set(str(page.headers["Allow"]).replace(",", " ").split())
    assert nothing_written(town)


@pytest.mark.parametrize(
    "path", ["/nergens", "/ons-dorp/muur/niets", "/ons-dorp/muur/%C3%A9", "/ons-dorp/muur/%00"]
)
def test_what_is_not_there_is_a_page_that_helps(town: StormyTown, path: str) -> None:
    for start, language in (("", "nl"), ("/en", "en")):
        page = Browser().get(start + path)

        assert page.status == 404
        assert is_humane(page, language=language)


def test_a_link_works_until_it_expires_and_using_it_again_changes_nothing(
    town: StormyTown,
) -> None:
    assert post(town, LINK, b"").status == 303
    assert not nothing_written(town)
    assert post(town, LINK, b"").status == 303
    assert nothing_written(town)

    town.town.clock.now += DAY
    assert post(town, LINK, b"").status == 410
    assert Browser().get(LINK).status == 410
    town.town.clock.now -= DAY


def test_nobody_thanks_themselves(town: StormyTown) -> None:
    for path in (CHECK, SEND):
        page = send(town, path, email_ander="ADA+zelf@example.nl")

        assert page.status == 422
        assert nothing_written(town)
