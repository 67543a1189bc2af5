"""Cleo reads what Ada wrote: she approves, asks, declines, and may change her mind."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.partnership import ReviewSetting
from chalicelib.domain.people import EmailAddress, Language, Person, Side
from chalicelib.use_cases import founding
from tests.browser import Browser
from tests.journeys.steps import (
    ADA,
    BO,
    approve,
    at_the_desk,
    nominate,
    nominate_and_confirm,
    open_first,
)
from tests.town import CLEO, SLUG, Town


def test_an_approved_thank_you_reaches_the_honouree(ons_dorp: Town, browser: Browser) -> None:
    nominate_and_confirm(ons_dorp, browser)

    approve(ons_dorp, at_the_desk(ons_dorp))

    mail = ons_dorp.newest(BO)
    assert str(mail["Subject"]) == "Er is een bedankje voor je"
    assert "Bo hield het plein veilig" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_a_pat_on_the_back_is_reviewed_without_a_word_about_the_wall(
    ons_dorp: Town, browser: Browser
) -> None:
    nominate_and_confirm(ons_dorp, browser, vorm="pat_on_the_back")

    shown = open_first(ons_dorp, at_the_desk(ons_dorp))

    assert "Naam op de muur" not in shown.text


def test_a_question_is_answered_and_comes_back(ons_dorp: Town, browser: Browser) -> None:
    nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)
    desk.send(open_first(ons_dorp, desk), "/vragen", vraag="Welke avond was dat?")
    ons_dorp.look_after_mail()

    link = ons_dorp.link_in(ons_dorp.newest(ADA), "/vraag/")
    browser.send(browser.get(link), link, antwoord="Zaterdag 14 november.")

    assert "Zaterdag 14 november." in open_first(ons_dorp, desk).text


def test_the_other_language_takes_a_half_written_answer_along(
    ons_dorp: Town, browser: Browser
) -> None:
    nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)
    desk.send(open_first(ons_dorp, desk), "/vragen", vraag="Welke avond was dat?")
    ons_dorp.look_after_mail()
    link = ons_dorp.link_in(ons_dorp.newest(ADA), "/vraag/")

    half = {"antwoord": "Zaterdag", "wijzig": "taal"}
    english = browser.send(browser.get(link), link, to=f"/en{link}", **half)

    assert "Question about your thank-you" in english.text
    assert english.form(link).fields["antwoord"] == "Zaterdag"
    assert "Zaterdag" not in desk.get(_asked(desk)).text


def test_a_question_that_was_decided_without_an_answer_is_closed(
    ons_dorp: Town, browser: Browser
) -> None:
    nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)
    desk.send(open_first(ons_dorp, desk), "/vragen", vraag="Welke avond was dat?")
    ons_dorp.look_after_mail()
    link = ons_dorp.link_in(ons_dorp.newest(ADA), "/vraag/")
    shown = browser.get(link)
    desk.send(desk.get(_asked(desk)), "/goedkeuren")

    late = browser.send(shown, link, antwoord="Zaterdag 14 november.")
    page = browser.get(link)

    assert late.status == 409
    assert "Zaterdag 14 november." in late.text
    assert "Deze vraag is gesloten" in page.text
    assert "Welke avond was dat?" in page.text


@pytest.mark.parametrize("step", ["/goedkeuren", "/afwijzen", "/vragen"])
def test_a_form_that_was_sent_twice_is_answered_as_the_first_time(
    ons_dorp: Town, browser: Browser, step: str
) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, undo_minutes=10)
    nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)
    page = open_first(ons_dorp, desk)
    words = {"reden": "Niet nu.", "vraag": "Welke avond was dat?"}

    first, again = desk.send(page, step, **words), desk.send(page, step, **words)
    other = desk.send(page, step, **words, citaat="Een veilig plein.")

    assert (first.status, again.status, other.status) == (200, 200, 409)
    assert "Tot dan kun je het ongedaan maken." in again.text


def test_a_decline_tells_only_the_nominator_and_why(ons_dorp: Town, browser: Browser) -> None:
    nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)

    desk.send(open_first(ons_dorp, desk), "/afwijzen", reden="Bo wil dit liever niet.")
    ons_dorp.look_after_mail()

    assert "Bo wil dit liever niet." in ons_dorp.newest(ADA).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert not ons_dorp.mails_to(BO)


def test_after_a_decline_the_link_that_confirmed_promises_no_reader(
    ons_dorp: Town, browser: Browser
) -> None:
    nominate(browser)
    ons_dorp.look_after_mail()
    link = ons_dorp.link_in(ons_dorp.newest(ADA), "/bevestig/")
    browser.send(browser.get(link), link)
    desk = at_the_desk(ons_dorp)
    desk.send(open_first(ons_dorp, desk), "/afwijzen", reden="Bo wil dit liever niet.")

    seen = browser.get(link).text

    assert "Je bedankje is niet doorgegeven" in seen
    assert "leest een coördinator je bedankje" not in seen


def test_the_citation_and_a_found_address_go_along(ons_dorp: Town, browser: Browser) -> None:
    nominate_and_confirm(ons_dorp, browser, email_ander="")

    approve(ons_dorp, at_the_desk(ons_dorp), citaat="Een veilig plein.", email_1=BO)

    assert "Een veilig plein." in ons_dorp.newest(BO).get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_a_decision_is_undone_before_its_mail_leaves(ons_dorp: Town, browser: Browser) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, undo_minutes=10)
    nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)
    receipt = ons_dorp.link_in(ons_dorp.newest(ADA), "/status/")
    approved = approve(ons_dorp, desk)
    assert "Een coördinator heeft het gelezen." in browser.get(receipt).text

    undone = desk.send(approved, "/ongedaan")
    ons_dorp.clock.wait(minutes=11)
    ons_dorp.look_after_mail()

    assert "Tot dan kun je het ongedaan maken." in approved.text
    assert "Er is geen e-mail verstuurd." in undone.text
    assert not ons_dorp.mails_to(BO)
    assert "Keur goed" in open_first(ons_dorp, desk).text


def test_what_is_kept_for_later_is_confirmed(ons_dorp: Town, browser: Browser) -> None:
    nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)

    kept = desk.send(open_first(ons_dorp, desk), "/bewaren", citaat="Een veilig plein.")

    assert "Het is bewaard. Er is nog niets verstuurd." in kept.text
    assert "Een veilig plein." in kept.body


def test_what_was_held_back_as_spam_is_released(ons_dorp: Town, browser: Browser) -> None:
    nominate(browser, website="filled in by a machine")
    desk = at_the_desk(ons_dorp)
    listed = desk.get(f"/{SLUG}/beheer/lezen/verdacht")
    (held,) = set(re.findall(rf"/{SLUG}/beheer/lezen/[a-z2-7]{{26}}", listed.body))

    released = desk.send(desk.get(held), "/vrijgeven")
    ons_dorp.look_after_mail()

    assert "Het is vrijgegeven." in released.text
    assert str(ons_dorp.newest(ADA)["Subject"]) == "Bevestig je bedankje"


def test_an_honouree_without_an_address_gets_a_letter(ons_dorp: Town, browser: Browser) -> None:
    status = nominate_and_confirm(ons_dorp, browser, email_ander="")
    desk = at_the_desk(ons_dorp)
    approve(ons_dorp, desk)

    listed = desk.get(f"/{SLUG}/beheer/brieven")
    letter = desk.get(_first_link(listed.body, "/beheer/brieven/"))
    handed = desk.send(letter, "/1")

    assert "De brief is afgegeven." in handed.text
    assert "Bo hield het plein veilig" in letter.text
    assert "Verstuurd" in browser.get(status.path).text


def test_nobody_reviews_what_is_about_them(ons_dorp: Town, browser: Browser) -> None:
    nominate_and_confirm(ons_dorp, browser, wie="Cleo Jansen", email_ander=CLEO)
    desk = at_the_desk(ons_dorp)

    page = open_first(ons_dorp, desk)

    assert not [form for form in page.forms if form.action.endswith("/goedkeuren")]


def test_a_reviewer_cannot_put_their_own_address_for_an_honouree(
    ons_dorp: Town, browser: Browser
) -> None:
    nominate_and_confirm(ons_dorp, browser, email_ander="")
    desk = at_the_desk(ons_dorp)

    page = desk.send(open_first(ons_dorp, desk), "/goedkeuren", email_1=CLEO)
    ons_dorp.look_after_mail()

    assert page.status == 403
    assert not [mail for mail in ons_dorp.mails_to(CLEO) if "bedankje" in str(mail["Subject"])]


def test_an_address_for_nobody_finds_nothing(ons_dorp: Town, browser: Browser) -> None:
    nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)

    page = desk.send(open_first(ons_dorp, desk), "/bewaren", email_99="")

    assert page.status == 404


def test_the_second_of_two_coordinators_sees_what_the_first_did(
    ons_dorp: Town, browser: Browser
) -> None:
    nominate_and_confirm(ons_dorp, browser)
    cleo, cas = at_the_desk(ons_dorp), at_the_desk(ons_dorp, coordinator="cas")
    seen_by_both = open_first(ons_dorp, cas)
    cleo.send(open_first(ons_dorp, cleo), "/bewaren", citaat="Van Cleo.")

    form = seen_by_both.form("/goedkeuren")
    csrf = open_first(ons_dorp, cas).form("/goedkeuren").fields["csrf"]
    page = cas.post(form.action, {**form.fields, "citaat": "Van Cas.", "csrf": csrf})

    assert page.status == 409
    assert "Van Cas." in page.body
    assert "Van Cleo." in page.body


def _asked(desk: Browser) -> str:
    """The path of the first nomination that waits for an answer."""
    listed = desk.get(f"/{SLUG}/beheer/lezen/gevraagd")
    found = re.search(rf'href="(/{SLUG}/beheer/lezen/[a-z2-7]{{26}})"', listed.body)
    assert found, listed.text
    return found[1]


def _first_link(body: str, path: str) -> str:
    found = re.search(rf'href="([^"]*{re.escape(path)}[^"]+)"', body)
    assert found, body
    return found[1]


def test_somebody_on_the_people_list_is_thanked_in_their_own_language(
    ons_dorp: Town, browser: Browser
) -> None:
    address = EmailAddress(BO)
    bo = Person(SLUG, "bo", "Bo de Vries", address, Side.PROFESSIONALS, language=Language.ENGLISH)
    founding.add_person(ons_dorp.world, person=bo)
    nominate_and_confirm(ons_dorp, browser)

    approve(ons_dorp, at_the_desk(ons_dorp))

    assert str(ons_dorp.newest(BO)["Subject"]) == "There is a thank-you for you"


def test_where_people_are_trusted_thanks_go_on_and_a_coordinator_may_stop_them(
    ons_dorp: Town, browser: Browser
) -> None:
    trusting = {"review": ReviewSetting.TRUSTED, "undo_minutes": 10}
    founding.change_settings(ons_dorp.world, slug=SLUG, **trusting)
    ada = Person(SLUG, "ada", "Ada Bakker", EmailAddress(ADA), Side.CITIZENS)
    founding.add_person(ons_dorp.world, person=ada)

    status = nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)
    listed = desk.get(f"/{SLUG}/beheer/lezen/ongelezen")
    found = re.search(rf'href="(/{SLUG}/beheer/lezen/[a-z2-7]{{26}})"', listed.body)
    assert found
    undone = desk.send(desk.get(found[1]), "/ongedaan")

    assert "Goedgekeurd zonder beoordeling" in status.text
    assert "omdat Ada Bakker op de mensenlijst staat" in listed.text
    assert undone.path.endswith("?bewaard=ongedaan")
    assert "/goedkeuren" in open_first(ons_dorp, desk).body
