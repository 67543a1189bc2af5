"""Bo asks to see what is kept, and to be erased; Cleo has it done at the desk."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.browser import Browser, Page
from tests.journeys.steps import ADA, BO, approve, at_the_desk, code_in, nominate_and_confirm
from tests.town import CLEO, SLUG, Town
from tests.use_cases.steps import invited, planned

LIST = f"/{SLUG}/beheer/verzoeken"


def look_at(desk: Browser, address: str, wish: str = "erasure") -> Page:
    """What the desk says before anything happens."""
    form = desk.get(f"{LIST}/nieuw")
    return desk.send(form, "/controle", email=address, wens=wish)


def test_who_asks_for_it_is_erased(ons_dorp: Town, browser: Browser) -> None:
    follows = nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)
    approve(ons_dorp, desk)
    own_page = ons_dorp.link_in(ons_dorp.newest(BO), "/voor-jou/")

    looked_at = look_at(desk, BO)
    assert "Er is nog niets gewist." in looked_at.text
    assert "plein" in browser.get(own_page).text
    going_on = desk.send(looked_at, LIST)

    assert going_on.path.partition("?")[0] == LIST
    assert "Bezig" in going_on.text
    assert "plein" not in browser.get(own_page).text
    assert "Bo de Vries" not in browser.get(follows.path).text
    ons_dorp.run_queues()
    ons_dorp.clock.wait(minutes=20)
    ons_dorp.look_after_mail()
    assert ons_dorp.newest(BO)["Subject"] == "Je gegevens zijn gewist"
    done = desk.get(LIST).text
    assert "Gedaan" in done
    assert BO not in done


def test_a_mistake_is_said_and_what_was_typed_stays(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)

    wrong = look_at(desk, "bo zonder apenstaart")
    own = desk.send(look_at(desk, CLEO), LIST)
    first, second = look_at(desk, BO), look_at(desk, BO)
    desk.send(first, LIST)
    twice, other = desk.send(first, LIST), desk.send(second, LIST)

    assert (wrong.status, "bo zonder apenstaart" in wrong.body) == (422, True)
    assert "Dit is je eigen adres." in own.text
    assert (twice.status, "Bezig" in twice.text) == (200, True)
    assert (other.status, "worden al gewist" in other.text) == (409, True)


def test_somebody_can_think_again(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)

    looked_at = look_at(desk, BO)
    back = desk.send(looked_at, LIST, to=f"{LIST}/controle", wijzig="email")

    assert (back.status, BO in back.body) == (200, True)


def asks_for_code(town: Town, browser: Browser) -> Page:
    """Bo opens the link of the newest mail, and asks for a code."""
    link = town.link_in(town.newest(BO), "/gegevens/")
    asked = browser.send(browser.get(link), link)
    town.look_after_mail()
    return asked


def test_who_asks_for_it_reads_what_is_kept_about_them_once(
    ons_dorp: Town, browser: Browser
) -> None:
    nominate_and_confirm(ons_dorp, browser)
    desk = at_the_desk(ons_dorp)
    approve(ons_dorp, desk)
    midnight = datetime(2026, 12, 12)
    planned(ons_dorp, all_day=True, starts=midnight, ends=midnight + timedelta(days=1))
    invited(ons_dorp, address=BO)

    desk.send(look_at(desk, BO, "access"), LIST)
    ons_dorp.look_after_mail()
    asked = asks_for_code(ons_dorp, browser)
    wrong = browser.send(asked, "/code", code="000000")
    right = code_in(ons_dorp, BO)
    shown = browser.send(asked, "/code", code=right)
    again = browser.send(asked, "/code", code=right)

    assert (wrong.status, "plein" in wrong.text) == (422, False)
    assert "Kijk de code na, of vraag een nieuwe." in wrong.text
    assert "Bo hield het plein veilig" in shown.text
    assert "Van Ada Bakker" in shown.text
    assert "Begint zaterdag 12 december 2026 " in shown.text
    assert "Geschreven op vrijdag 20 november 2026, " in shown.text
    assert ADA not in shown.body
    assert "Je hebt je gegevens gelezen" in again.text
    assert "Gedaan" in desk.get(LIST).text


def test_a_code_opens_the_data_only_where_it_was_asked_for(
    ons_dorp: Town, browser: Browser
) -> None:
    desk = at_the_desk(ons_dorp)
    desk.send(look_at(desk, BO, "access"), LIST)
    ons_dorp.look_after_mail()
    asked = asks_for_code(ons_dorp, browser)

    elsewhere = Browser().send(asked, "/code", code=code_in(ons_dorp, BO))
    here = browser.send(asked, "/code", code=code_in(ons_dorp, BO))

    assert elsewhere.status == 422
    assert (here.status, "bewaart niets" in here.text) == (200, True)


def test_who_is_erased_meanwhile_has_nothing_to_read(ons_dorp: Town, browser: Browser) -> None:
    desk = at_the_desk(ons_dorp)
    desk.send(look_at(desk, BO, "access"), LIST)
    ons_dorp.look_after_mail()
    link = ons_dorp.link_in(ons_dorp.newest(BO), "/gegevens/")

    desk.send(look_at(desk, BO), LIST)
    ons_dorp.look_after_mail()

    assert browser.get(link).status == 410


def test_it_must_be_said_what_is_asked(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)

    assert look_at(desk, BO, "").status == 422
