"""Cleo looks at mail that did not arrive, and takes note of it."""

from __future__ import annotations

import pytest

from tests.browser import Browser
from tests.journeys.steps import ADA, approve, at_the_desk, nominate, nominate_and_confirm
from tests.ses_events import ses_event
from tests.town import SLUG, Town

LIST = f"/{SLUG}/beheer/mails/mislukt"


def nominate_in_vain(town: Town, browser: Browser, kind: str) -> None:
    """Ada thanks Bo; SES says this about the mail that asks her to confirm."""
    nominate(browser)
    town.look_after_mail()
    assert town.handle("events", ses_event(kind, town.mailer.envelopes[-1])) == []


@pytest.mark.parametrize(
    ("kind", "told"),
    [("Bounce", "Zoek een ander adres, of bel"), ("Complaint", "Mail ook zelf niet")],
)
def test_a_mail_that_came_back_says_what_to_do_and_goes_off_the_list(
    ons_dorp: Town, browser: Browser, kind: str, told: str
) -> None:
    desk = at_the_desk(ons_dorp)
    nominate_in_vain(ons_dorp, browser, kind)
    shown = desk.get(LIST)
    assert ADA in shown.text
    assert told in shown.text

    after = desk.send(shown, "/gezien")

    assert after.path == LIST
    assert ADA not in after.text
    assert "Geen e-mail vraagt om je aandacht" in after.text


def test_news_that_came_meanwhile_is_not_put_away(ons_dorp: Town, browser: Browser) -> None:
    desk = at_the_desk(ons_dorp)
    nominate_in_vain(ons_dorp, browser, "Bounce")
    shown = desk.get(LIST)
    ons_dorp.handle("events", ses_event("Complaint", ons_dorp.mailer.envelopes[-1]))

    assert desk.send(shown, "/gezien").status == 409

    assert ADA in desk.get(LIST).text


def test_thanks_that_did_not_arrive_lead_to_their_letter(ons_dorp: Town, browser: Browser) -> None:
    desk = at_the_desk(ons_dorp)
    nominate_and_confirm(ons_dorp, browser)
    approve(ons_dorp, desk)
    full = {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
    ons_dorp.handle("events", ses_event("Bounce", ons_dorp.mailer.envelopes[-1], **full))

    shown = desk.get(LIST)

    assert "Hun mailbox is vol." in shown.text
    assert f'<a href="/{SLUG}/beheer/brieven">Het is nu een brief' in shown.body
    assert "Bo de Vries" in desk.get(f"/{SLUG}/beheer/brieven").text
