"""Bo reads the thanks, and decides what others may see of it."""

from __future__ import annotations

import re

import pytest

from tests.browser import Browser, Page
from tests.journeys.steps import ADA, BO, approve, at_the_desk, nominate_and_confirm
from tests.town import SLUG, Town


def thank_bo(town: Town, **changed: str) -> tuple[Browser, str]:
    """Ada thanks Bo and Cleo approves; returns Bo's browser and the path of their page."""
    nominate_and_confirm(town, Browser(), **changed)
    approve(town, at_the_desk(town))
    return Browser(), town.link_in(town.newest(BO), "/voor-jou/")


def decide(bo: Browser, link: str, choice: str) -> Page:
    return bo.send(bo.get(link), link, besluit=choice)


def wall(browser: Browser) -> str:
    return browser.get(f"/{SLUG}/muur").text


def test_nothing_is_chosen_beforehand_and_silence_stays_private(ons_dorp: Town) -> None:
    bo, link = thank_bo(ons_dorp)

    page = bo.get(link)

    assert "besluit" not in page.form(link).fields
    assert "Bo hield het plein veilig" not in wall(bo)


def test_the_page_names_the_day_it_was_written_as_the_mail_does(ons_dorp: Town) -> None:
    nominate_and_confirm(ons_dorp, Browser())
    ons_dorp.clock.wait(days=3)
    approve(ons_dorp, at_the_desk(ons_dorp))

    page = Browser().get(ons_dorp.link_in(ons_dorp.newest(BO), "/voor-jou/"))

    assert "· vrijdag 20 november 2026" in page.text


@pytest.mark.parametrize(
    ("choice", "shown", "hidden"),
    [("named", "Bo de Vries", "nobody"), ("first_name", "Bo", "de Vries")],
)
def test_the_wall_shows_what_was_allowed_and_no_more(
    ons_dorp: Town, choice: str, shown: str, hidden: str
) -> None:
    bo, link = thank_bo(ons_dorp)

    decide(bo, link, choice)

    text = wall(Browser())
    assert shown in text
    assert hidden not in text
    assert "Bo hield het plein veilig" in text


def test_a_changed_mind_works_at_once(ons_dorp: Town) -> None:
    bo, link = thank_bo(ons_dorp)
    decide(bo, link, "named")
    ons_dorp.clock.wait(minutes=1)

    shown = re.search(rf"/{SLUG}/muur/[a-z2-7]+", Browser().get(f"/{SLUG}/muur").body)
    decide(bo, link, "private")

    assert "Bo hield het plein veilig" not in wall(Browser())
    assert shown
    gone = Browser().get(shown[0])
    assert gone.status == 410
    assert "Dit bedankje staat niet (meer) op de muur." in gone.text


def test_a_choice_has_to_be_made_before_it_is_kept(ons_dorp: Town) -> None:
    bo, link = thank_bo(ons_dorp)

    page = bo.send(bo.get(link), link)

    assert page.status == 422
    assert "Kies wat we met dit bedankje mogen doen." in page.text


def test_a_pat_on_the_back_is_never_offered_to_the_wall(ons_dorp: Town) -> None:
    bo, link = thank_bo(ons_dorp, vorm="pat_on_the_back")

    page = bo.get(link)
    forced = bo.post(link, {"besluit": "named"})

    assert not [form for form in page.forms if form.action.endswith(link)]
    assert forced.status == 409
    assert "Bo hield het plein veilig" not in wall(Browser())


def test_a_nominator_who_stays_in_the_background_is_not_on_the_wall(ons_dorp: Town) -> None:
    bo, link = thank_bo(ons_dorp, naam_tonen="nee")

    decide(bo, link, "named")

    assert "Ada Bakker" in bo.get(link).text
    assert "Ada Bakker" not in wall(Browser())


def test_one_line_back_reaches_the_nominator_once(ons_dorp: Town) -> None:
    bo, link = thank_bo(ons_dorp)
    page = bo.get(link)

    bo.send(page, "/terug", bericht="Wat lief, dank je wel!")
    bo.send(page, "/terug", bericht="Wat lief, dank je wel!")
    ons_dorp.look_after_mail()

    answers = [mail for mail in ons_dorp.mails_to(ADA) if "Wat lief" in mail.as_string()]
    assert len(answers) == 1


def test_a_corrected_name_is_a_name_and_nothing_more(ons_dorp: Town) -> None:
    bo, link = thank_bo(ons_dorp)
    decide(bo, link, "named")

    advert = bo.send(bo.get(link), "/naam", naam="Bel 06-12345678 of kijk op https://evil.example")
    bo.send(bo.get(link), "/naam", naam="Bo P.J. de Fries")

    assert advert.status == 422
    assert "In een naam staan alleen letters." in advert.text
    assert "evil" not in wall(Browser())
    assert "Bo P.J. de Fries" in wall(Browser())


def test_removing_takes_it_from_the_wall_and_from_the_page(ons_dorp: Town) -> None:
    bo, link = thank_bo(ons_dorp)
    decide(bo, link, "named")
    ons_dorp.clock.wait(minutes=1)

    gone = bo.send(bo.get(f"{link}/weg"), "/weg")

    assert gone.status == 200
    assert "Bo hield het plein veilig" not in wall(Browser()) + bo.get(link).text


def test_two_honourees_both_have_to_agree(ons_dorp: Town) -> None:
    eva = "eva@example.org"
    bo, link = thank_bo(ons_dorp, wie_2="Eva Smit", email_ander_2=eva)

    decide(bo, link, "named")
    alone = wall(Browser())
    hers = ons_dorp.link_in(ons_dorp.newest(eva), "/voor-jou/")
    decide(Browser(), hers, "first_name")

    assert "Bo hield" not in alone
    assert "Bo de Vries en Eva" in wall(Browser())


def test_the_nominator_follows_every_step(ons_dorp: Town, browser: Browser) -> None:
    status = nominate_and_confirm(ons_dorp, browser)
    before = browser.get(status.path).text
    approve(ons_dorp, at_the_desk(ons_dorp))

    after = browser.get(status.path).text

    assert "Ontvangen" in before
    assert before != after
    assert "Verstuurd" in after
