"""Sending stands still: coordinators see that, why and since when, and that it is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.mail_account import MailAccount
from chalicelib.ports import Again
from tests.browser import Browser
from tests.journeys.steps import ADA, at_the_desk, nominate
from tests.town import NOON, SLUG, Town

PAGES = (f"/{SLUG}/beheer", f"/{SLUG}/beheer/mails/mislukt")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("SendingPausedException", "heeft ons account stilgezet"),
        ("LimitExceededException", "we zijn aan de grens"),
        ("MessageRejected", "vertrouwt het adres niet"),
        ("AccessDeniedException", "niet goed ingesteld"),
    ],
)
def test_the_desk_says_that_no_mail_leaves_and_why(
    ons_dorp: Town, browser: Browser, answer: str, why: str
) -> None:
    desk = at_the_desk(ons_dorp)
    ons_dorp.mailer.answer(Again(answer, account_fault=True))

    nominate(browser)
    ons_dorp.look_after_mail()

    for page in PAGES:
        seen = desk.get(page).text
        assert "Sinds vrijdag 20 november 2026, 12.00 uur" in seen
        assert why in seen
        assert "geen e-mail vraagt om je aandacht" not in seen.lower()


def test_once_mail_leaves_again_the_desk_is_quiet(ons_dorp: Town, browser: Browser) -> None:
    desk = at_the_desk(ons_dorp)
    ons_dorp.mailer.answer(Again("SendingPausedException", account_fault=True))
    nominate(browser)
    ons_dorp.look_after_mail()

    ons_dorp.clock.wait(minutes=1)
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(ADA)) == 1
    for page in PAGES:
        assert "staan stil" not in desk.get(page).text


def test_the_desk_says_that_mail_which_can_wait_does(ons_dorp: Town) -> None:
    account = MailAccount(False, sends=True, per_minute=60, per_day=None, sent=9, read_at=NOON)
    ons_dorp.world.save(replace(account, distrusted=True))

    seen = at_the_desk(ons_dorp).get(PAGES[0]).text

    assert "E-mails die kunnen wachten, vertrekken nu niet" in seen


@pytest.mark.parametrize(
    ("in_sandbox", "sent", "said"),
    [
        (True, 0, {"alleen uitproberen"}),
        (False, 160, {"160, van hooguit 200"}),
        (True, 199, {"alleen uitproberen", "199, van hooguit 200"}),
        (False, 159, set()),
    ],
)
def test_the_desk_says_when_little_mail_may_leave(
    ons_dorp: Town, in_sandbox: bool, sent: int, said: set[str]
) -> None:
    ons_dorp.mailer.allows = MailAccount(
        in_sandbox, sends=True, per_minute=60, per_day=200, sent=sent, read_at=NOON
    )
    desk = at_the_desk(ons_dorp)
    ons_dorp.sweep()

    seen = desk.get(PAGES[0]).text

    assert {
        words for words in ("alleen uitproberen", f"{sent}, van hooguit 200") if words in seen
    } == said
