"""Ada thanks Bo: the form, the preview, the confirmation, and what she can follow."""

from __future__ import annotations

import re
from html import unescape

import pytest

from chalicelib.domain.partnership import Party
from chalicelib.domain.people import Side
from chalicelib.use_cases import founding
from chalicelib.use_cases.puzzling import PuzzleView
from tests.browser import Browser, Page
from tests.journeys.steps import ADA, THANKS_FOR_BO, at_the_desk, nominate
from tests.town import SLUG, Town
from tests.use_cases.test_puzzling import solve


def test_a_thank_you_is_checked_before_it_is_sent(ons_dorp: Town, browser: Browser) -> None:
    form = browser.get(f"/{SLUG}/bedank")

    preview = browser.send(form, "/bedank/controle", **THANKS_FOR_BO)

    assert preview.status == 200
    assert "Bo hield het plein veilig" in preview.text
    assert not ons_dorp.hints.rows


def test_a_refused_form_says_that_words_are_kept_when_there_are_some(
    ons_dorp: Town, browser: Browser
) -> None:
    form = browser.get(f"/{SLUG}/bedank")

    untouched = browser.send(form, "/bedank/controle")
    begun = browser.send(form, "/bedank/controle", wat=THANKS_FOR_BO["wat"])

    assert untouched.status == begun.status == 422
    assert "Je tekst is bewaard." not in untouched.text
    assert "Je tekst is bewaard." in begun.text


def test_sending_asks_the_nominator_to_confirm_and_tells_nobody_else(
    ons_dorp: Town, browser: Browser
) -> None:
    page = nominate(browser)
    ons_dorp.look_after_mail()

    assert page.status == 200
    assert "Bevestig je e-mailadres" in page.text
    assert len(ons_dorp.mailer.mails) == 1
    said = ons_dorp.mails_to(ADA)[0].as_string()
    assert not {"hield", "plein", "intocht", "Vries"} & set(re.findall(r"\w+", said))


def test_the_mailed_link_shows_a_button_and_only_the_button_confirms(
    ons_dorp: Town, browser: Browser
) -> None:
    nominate(browser)
    ons_dorp.look_after_mail()
    link = ons_dorp.link_in(ons_dorp.newest(ADA), "/bevestig/")

    shown = browser.get(link)
    ons_dorp.look_after_mail()
    assert len(ons_dorp.mailer.mails) == 1

    browser.send(shown, link)
    ons_dorp.look_after_mail()
    assert "Je bedankje is binnen" in str(ons_dorp.newest(ADA)["Subject"])


def test_a_double_click_a_reload_and_the_back_button_send_once(
    ons_dorp: Town, browser: Browser
) -> None:
    form = browser.get(f"/{SLUG}/bedank")
    preview = browser.send(form, "/bedank/controle", **THANKS_FOR_BO)

    pages = [browser.send(preview, "/bedank") for _ in range(3)]
    ons_dorp.look_after_mail()

    assert len({page.path for page in pages}) == 1
    assert len(ons_dorp.mailer.mails) == 1


def test_going_back_and_changing_the_words_shows_both_texts(
    ons_dorp: Town, browser: Browser
) -> None:
    form = browser.get(f"/{SLUG}/bedank")
    preview = browser.send(form, "/bedank/controle", **THANKS_FOR_BO)
    browser.send(preview, "/bedank")

    page = browser.send(preview, "/bedank", wat="Bo deed iets heel anders voor ons allemaal.")

    assert page.status == 409
    assert "Bo hield het plein veilig" in page.text
    assert "iets heel anders" in page.text


def test_changing_an_answer_goes_back_to_the_form_with_everything_kept(
    ons_dorp: Town, browser: Browser
) -> None:
    form = browser.get(f"/{SLUG}/bedank")
    preview = browser.send(form, "/bedank/controle", **THANKS_FOR_BO)

    page = browser.send(preview, "/bedank", to=f"/{SLUG}/bedank/controle", wijzig="wat")

    assert page.form("/bedank/controle").fields["naam"] == "Ada Bakker"
    assert "autofocus" in page.body


def test_a_private_number_is_left_out_before_anything_is_sent(
    ons_dorp: Town, browser: Browser
) -> None:
    numbered = THANKS_FOR_BO | {"wat": "Bo (BSN 111222333) hield het plein veilig."}
    form = browser.get(f"/{SLUG}/bedank")

    preview = browser.send(form, "/bedank/controle", **numbered)
    sent = browser.send(preview, "/bedank")

    assert "We hebben een nummer weggelaten." in preview.text
    assert "Bo (BSN •••) hield het plein veilig." in preview.text
    assert "Bo (BSN •••) hield het plein veilig." in sent.text
    assert browser.send(preview, "/bedank").path == sent.path


def test_an_address_that_looks_like_a_slip_is_asked_about_and_then_accepted(
    ons_dorp: Town, browser: Browser
) -> None:
    slip = THANKS_FOR_BO | {"email": "ada@gmial.com"}

    preview = browser.send(browser.get(f"/{SLUG}/bedank"), "/bedank/controle", **slip)
    again = browser.send(preview, "/bedank/controle", wijzig="email")
    browser.send(preview, "/bedank")
    ons_dorp.look_after_mail()

    assert "Klopt dit adres? ada@gmial.com Misschien bedoel je ada@gmail.com." in preview.text
    assert again.form("/bedank/controle").fields["email"] == "ada@gmial.com"
    assert ons_dorp.mails_to("ada@gmial.com")


def test_where_somebody_belongs_is_asked_by_name_only_where_the_side_does_not_say_it(
    ons_dorp: Town, browser: Browser
) -> None:
    one_each = browser.get(f"/{SLUG}/bedank")
    police = Party("politie", "Politie Ons Dorp", Side.PROFESSIONALS)
    founding.add_party(ons_dorp.world, slug=SLUG, party=police)
    two_professional = browser.get(f"/{SLUG}/bedank")

    assert "organisatie" not in one_each.form("/bedank/controle").fields
    assert "organisatie" in two_professional.form("/bedank/controle").fields


def test_a_gap_between_honourees_moves_no_answer_to_another_field(
    ons_dorp: Town, browser: Browser
) -> None:
    two = {"wie_2": "", "email_ander_2": "", "wie_3": "Eva Bos", "email_ander_3": "eva@example.org"}
    form = browser.get(f"/{SLUG}/bedank")

    preview = browser.send(form, "/bedank/controle", **THANKS_FOR_BO, **two)
    own = browser.send(form, "/bedank/controle", **THANKS_FOR_BO, **{**two, "email_ander_3": ADA})

    assert "email_ander_3" in preview.body.split("eva@example.org</dd>")[1].partition("</div>")[0]
    assert own.status == 422
    assert 'href="#email_ander_3"' in own.body


def test_several_people_can_be_thanked_at_once(ons_dorp: Town, browser: Browser) -> None:
    form = browser.get(f"/{SLUG}/bedank")
    more = browser.send(form, "/bedank/controle", **{**THANKS_FOR_BO, "meer": "1"})

    preview = browser.send(
        more, "/bedank/controle", wie_2="Eva Smit", email_ander_2="eva@example.org"
    )

    assert "Eva Smit" in preview.text
    assert "Bo de Vries" in preview.text


def test_nobody_thanks_themselves(ons_dorp: Town, browser: Browser) -> None:
    form = browser.get(f"/{SLUG}/bedank")

    page = browser.send(
        form, "/bedank/controle", **{**THANKS_FOR_BO, "email_ander": "ADA@example.nl"}
    )

    assert page.status == 422
    assert "Iemand anders bedanken? Vul het adres van de ander in, of laat het leeg." in page.text


def test_the_nominator_can_take_it_back_until_it_is_sent(ons_dorp: Town, browser: Browser) -> None:
    status = nominate(browser)

    confirm = browser.get(f"{status.path}/intrekken")
    page = browser.send(confirm, "/intrekken")

    assert page.status == 200
    assert not [form for form in page.forms if form.action.endswith("/intrekken")]


def test_once_confirmed_the_page_of_the_form_tells_nothing_and_takes_nothing_back(
    ons_dorp: Town, browser: Browser
) -> None:
    form = browser.get(f"/{SLUG}/bedank")
    preview = browser.send(form, "/bedank/controle", **THANKS_FOR_BO)
    page = browser.send(preview, "/bedank")
    question = browser.get(f"{page.path}/intrekken")
    ons_dorp.look_after_mail()
    owner = Browser()
    link = ons_dorp.link_in(ons_dorp.newest(ADA), "/bevestig/")
    owner.send(owner.get(link), link)

    later = [
        browser.get(page.path),
        browser.send(preview, "/bedank"),
        browser.send(question, "/intrekken"),
        browser.get(browser.get(f"{page.path}/intrekken").headers["Location"]),
        browser.send(preview, "/bedank", wat="Bo deed iets heel anders voor ons allemaal."),
    ]

    assert [one.status for one in later] == [200, 200, 409, 200, 409]
    assert "Je e-mailadres is bevestigd" in later[0].text
    assert later[1].text == later[0].text
    assert not any("Bo hield het plein veilig" in one.text for one in later)
    assert "iets heel anders" in later[4].text


def test_the_key_of_a_form_opens_no_status_page(ons_dorp: Town, browser: Browser) -> None:
    page = nominate(browser)

    assert browser.get(page.path.replace("verstuurd", "status")).status == 410


def test_what_is_sent_faster_than_people_type_waits_for_a_coordinator_who_reads_why(
    ons_dorp: Town, browser: Browser
) -> None:
    form = browser.get(f"/{SLUG}/bedank")
    ons_dorp.clock.wait(seconds=1)
    opened = str(form.form("/bedank/controle").fields["geopend"])

    page = nominate(browser, geopend=opened)
    ons_dorp.look_after_mail()

    assert "Bevestig je e-mailadres" in page.text
    assert not ons_dorp.mailer.mails
    desk = at_the_desk(ons_dorp)
    assert "sneller verstuurd dan iemand typt" in desk.get(f"/{SLUG}/beheer/lezen/verdacht").text


def test_looking_at_the_preview_does_not_start_the_clock_anew(
    ons_dorp: Town, browser: Browser
) -> None:
    opened = str(browser.get(f"/{SLUG}/bedank").form("/bedank/controle").fields["geopend"])
    ons_dorp.clock.wait(seconds=30)
    form = browser.get(f"/{SLUG}/bedank")

    preview = browser.send(form, "/bedank/controle", **{**THANKS_FOR_BO, "geopend": opened})
    changed = browser.send(preview, "/bedank", to=f"/{SLUG}/bedank/controle", wijzig="wat")

    assert preview.form("/bedank").fields["geopend"] == opened
    assert changed.form("/bedank/controle").fields["geopend"] == opened


@pytest.mark.parametrize("stamp", ["", "gisteren", "-1", "9" * 30, "²", "9999999999"])
def test_a_stamp_that_says_nothing_holds_nobody_back(
    ons_dorp: Town, browser: Browser, stamp: str
) -> None:
    nominate(browser, geopend=stamp)
    ons_dorp.look_after_mail()

    assert ons_dorp.mails_to(ADA)


def test_a_filled_in_trap_is_kept_for_a_coordinator_and_mails_nobody(
    ons_dorp: Town, browser: Browser
) -> None:
    page = nominate(browser, website="https://spam.example")
    ons_dorp.look_after_mail()

    assert page.status == 200
    assert not ons_dorp.mailer.mails


def test_who_does_not_find_the_mail_has_it_sent_again(ons_dorp: Town, browser: Browser) -> None:
    sent = nominate(browser)
    ons_dorp.look_after_mail()

    again = browser.send(sent, "/opnieuw")
    ons_dorp.look_after_mail()

    assert "We mailen je de link nog een keer." in again.text
    assert len(ons_dorp.mails_to(ADA)) == 2


def test_a_second_thank_you_is_confirmed_after_the_first(ons_dorp: Town, browser: Browser) -> None:
    nominate(browser)
    nominate(browser, wat="Bo bracht ook nog de hele buurt bij elkaar.")
    ons_dorp.look_after_mail()
    (first,) = ons_dorp.mails_to(ADA)

    link = ons_dorp.link_in(first, "/bevestig/")
    browser.send(browser.get(link), link)
    ons_dorp.clock.wait(minutes=15)
    ons_dorp.look_after_mail()

    assert "/bevestig/" in ons_dorp.link_in(ons_dorp.newest(ADA), "/bevestig/")
    assert len(ons_dorp.mails_to(ADA)) == 3


def test_a_browser_that_does_its_work_gets_its_mail_and_one_that_does_not_the_same_page(
    ons_dorp: Town, browser: Browser
) -> None:
    unasked = preview(browser)
    founding.change_settings(ons_dorp.world, slug=SLUG, puzzle=30)

    asked = preview(browser)
    idle = browser.send(asked, "/bedank")
    ons_dorp.look_after_mail()
    assert not ons_dorp.mailer.mails
    asked = preview(browser)
    busy = browser.send(asked, "/bedank", altcha=solve(puzzle_on(asked)))
    ons_dorp.look_after_mail()

    assert "puzzle.js" not in unasked.body
    assert "puzzle.js" in asked.body
    assert "Bevestig je e-mailadres" in idle.text
    assert "Bevestig je e-mailadres" in busy.text
    assert len(ons_dorp.mailer.mails) == 1


def test_what_was_found_for_one_page_is_not_carried_to_the_next(
    ons_dorp: Town, browser: Browser
) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, puzzle=30)
    asked = preview(browser)

    english = browser.send(
        asked, "/bedank", to=f"/en/{SLUG}/bedank/controle", altcha=solve(puzzle_on(asked))
    )

    assert english.form("/bedank").fields["altcha"] == ""
    assert puzzle_on(english) != puzzle_on(asked)


def preview(browser: Browser) -> Page:
    return browser.send(browser.get(f"/{SLUG}/bedank"), "/bedank/controle", **THANKS_FOR_BO)


def puzzle_on(page: Page) -> PuzzleView:
    told = dict(re.findall(r'data-(salt|challenge|most|signature)="([^"]+)"', unescape(page.body)))
    return PuzzleView(told["salt"], told["challenge"], int(told["most"]), told["signature"])
