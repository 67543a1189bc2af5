"""Coordinators sign in with a code by mail; nobody else learns anything."""

from __future__ import annotations

from tests.browser import Browser
from tests.journeys.steps import code_in, sign_in
from tests.town import CLEO, SLUG, Town


def test_a_coordinator_signs_in_with_the_mailed_code(ons_dorp: Town) -> None:
    desk = sign_in(ons_dorp)

    assert desk.get(f"/{SLUG}/beheer").status == 200


def test_a_stranger_gets_the_same_page_and_no_mail(ons_dorp: Town, browser: Browser) -> None:
    form = browser.get(f"/{SLUG}/beheer/aanmelden")

    known = Browser().send(form, "/aanmelden", email=CLEO)
    unknown = browser.send(form, "/aanmelden", email="dan@example.org")
    ons_dorp.look_after_mail()

    assert unknown.text == known.text
    assert not ons_dorp.mails_to("dan@example.org")


def test_a_code_works_only_in_the_browser_that_asked(ons_dorp: Town, browser: Browser) -> None:
    asked = browser.send(browser.get(f"/{SLUG}/beheer/aanmelden"), "/aanmelden", email=CLEO)
    ons_dorp.look_after_mail()

    page = Browser().send(asked, "/beheer/code", code=code_in(ons_dorp, CLEO))

    assert page.status == 422


def test_a_code_works_once(ons_dorp: Town, browser: Browser) -> None:
    asked = browser.send(browser.get(f"/{SLUG}/beheer/aanmelden"), "/aanmelden", email=CLEO)
    ons_dorp.look_after_mail()
    code = code_in(ons_dorp, CLEO)
    browser.send(asked, "/beheer/code", code=code)

    assert browser.send(asked, "/beheer/code", code=code).status == 422


def test_the_mailed_link_only_fills_in_the_code(ons_dorp: Town, browser: Browser) -> None:
    browser.send(browser.get(f"/{SLUG}/beheer/aanmelden"), "/aanmelden", email=CLEO)
    ons_dorp.look_after_mail()

    page = browser.get(ons_dorp.link_in(ons_dorp.newest(CLEO), "/beheer/code"))

    assert page.form("/beheer/code").fields["code"] == code_in(ons_dorp, CLEO)
    assert browser.get(f"/{SLUG}/beheer").status == 303


def test_without_a_session_the_desk_asks_to_sign_in(ons_dorp: Town, browser: Browser) -> None:
    page = browser.get(f"/{SLUG}/beheer/lezen")

    assert page.status == 303
    assert page.headers["Location"] == f"/{SLUG}/beheer/aanmelden"


def test_signing_out_ends_the_session_itself(ons_dorp: Town) -> None:
    desk = sign_in(ons_dorp)
    stolen = Browser(cookies=dict(desk.cookies))

    desk.send(desk.get(f"/{SLUG}/beheer"), "/beheer/afmelden")

    assert stolen.get(f"/{SLUG}/beheer").status == 303


def test_a_session_ends_after_twelve_hours(ons_dorp: Town) -> None:
    desk = sign_in(ons_dorp)

    ons_dorp.clock.wait(hours=12)

    assert desk.get(f"/{SLUG}/beheer").status == 303


def test_what_was_typed_while_the_session_ended_is_not_lost(ons_dorp: Town) -> None:
    desk = sign_in(ons_dorp)
    form = desk.get(f"/{SLUG}/beheer/bijeenkomsten/nieuw")
    ons_dorp.clock.wait(hours=12)

    page = desk.send(form, "/nieuw", tekst_nl="We vieren wat we samen deden.")

    assert page.status == 403
    assert "We vieren wat we samen deden." in page.text


def test_pages_seen_while_signed_in_are_kept_by_nobody(ons_dorp: Town) -> None:
    desk = sign_in(ons_dorp)

    assert desk.get(f"/{SLUG}/bedank").headers["Cache-Control"] == "no-store"
    assert Browser().get(f"/{SLUG}/beheer/code?code=123456").headers["Cache-Control"] == "no-store"


def test_while_the_key_store_is_silent_nobody_gets_a_code_and_the_page_says_so(
    ons_dorp: Town, browser: Browser
) -> None:
    form = browser.get(f"/{SLUG}/beheer/aanmelden")
    store = ons_dorp.aws.client("secretsmanager")
    for secret in store.list_secrets()["SecretList"]:
        store.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)
    ons_dorp.clock.wait(minutes=1)

    page = browser.send(form, "/aanmelden", email=CLEO)

    assert page.status == 503
    assert "Probeer het later nog eens." in page.text
    assert CLEO in page.text
    assert not ons_dorp.hints.rows
