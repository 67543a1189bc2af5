"""Somebody wants less mail: one kind stops, by a button or by their mailbox, and can come back."""

from __future__ import annotations

import re
from email.message import EmailMessage

from tests.browser import Browser, Page
from tests.journeys.steps import ADA, BO, approve, at_the_desk, nominate_and_confirm, sign_in
from tests.town import BASE, CAS, SLUG, Town

ONE_CLICK = b"List-Unsubscribe=One-Click"
URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "----mailbox7MA4YWxkTrZu0gW"
MULTIPART = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    f"One-Click\r\n--{BOUNDARY}--\r\n"
).encode()


def thank(town: Town, address: str, **changed: str) -> None:
    """Ada thanks somebody, and a coordinator lets it go on."""
    nominate_and_confirm(town, Browser(), email_ander=address, **changed)
    approve(town, at_the_desk(town))


def stop_path(mail: EmailMessage) -> str:
    """The path of the link with which a mailbox stops this mail."""
    found = re.fullmatch(rf"<{re.escape(BASE)}(/\S+)>", str(mail["List-Unsubscribe"]))
    assert found
    return found[1]


def click_once(path: str, body: bytes = ONE_CLICK, content_type: str = URLENCODED) -> Page:
    """What a mailbox sends: no cookie, no origin, and it follows nothing."""
    return Browser().request("POST", path, body=body, headers={"content-type": content_type})


def test_one_click_in_the_mailbox_stops_thanks_and_the_next_ones_come_on_paper(
    ons_dorp: Town,
) -> None:
    thank(ons_dorp, BO)
    mail = ons_dorp.newest(BO)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    first, second = click_once(stop_path(mail)), click_once(stop_path(mail))
    assert (first.status, second.status) == (200, 200)
    assert "Je krijgt deze e-mails niet meer" in first.text

    thank(ons_dorp, BO, wat="Bo bracht de soep rond toen het vroor.")
    assert len(ons_dorp.mails_to(BO)) == 1
    desk = at_the_desk(ons_dorp)
    assert "Bo de Vries" in desk.get(f"/{SLUG}/beheer/brieven").text
    told = desk.get(f"/{SLUG}/beheer/mails/mislukt").text
    assert "De ontvanger wil dit soort e-mail niet meer." in told


def test_a_mailbox_may_send_its_click_as_multipart(ons_dorp: Town) -> None:
    thank(ons_dorp, BO)
    path = stop_path(ons_dorp.newest(BO))

    page = click_once(path, MULTIPART, f"multipart/form-data; boundary={BOUNDARY}")

    assert page.status == 200
    assert "Gestopt: Bedankjes voor jou." in page.text


def test_opening_the_link_stops_nothing_and_its_button_does(ons_dorp: Town) -> None:
    thank(ons_dorp, BO)
    mail = ons_dorp.newest(BO)
    link = ons_dorp.link_in(mail, "/afmelden/")
    assert link == stop_path(mail)
    browser = Browser()

    asked = browser.get(link)
    assert "Wil je deze e-mails niet meer krijgen?" in asked.text
    assert browser.get(link).text == asked.text

    stopped = browser.send(asked, link)
    assert "Je krijgt deze e-mails niet meer" in stopped.text
    assert stopped.path == link


def test_what_was_stopped_can_come_again_and_nobodys_address_is_shown(ons_dorp: Town) -> None:
    thank(ons_dorp, BO)
    link = ons_dorp.link_in(ons_dorp.newest(BO), "/afmelden/")
    click_once(link)
    browser = Browser()
    page = browser.get(f"{link}/voorkeuren")
    form = page.form("/voorkeuren")
    assert "thanks" not in form.fields["mails"]
    assert "gathering_invite" in form.fields["mails"]
    assert BO not in page.body
    assert form.fields["taal"] == "nl"
    assert "coordinator_digest" not in form.fields["gevraagd"]

    everything = [*form.fields["mails"], "thanks"]
    saved = browser.send(page, "/voorkeuren", mails=everything)
    assert "Je keuzes zijn bewaard." in saved.text

    thank(ons_dorp, BO, wat="Bo bracht de soep rond toen het vroor.")
    assert len(ons_dorp.mails_to(BO)) == 2


def test_somebody_on_the_people_list_chooses_the_language_of_their_mail(ons_dorp: Town) -> None:
    thank(ons_dorp, CAS)
    thanks = [mail for mail in ons_dorp.mails_to(CAS) if mail["List-Unsubscribe"]]
    browser = Browser()
    page = browser.get(f"/en{stop_path(thanks[0])}/voorkeuren")
    assert page.form("/voorkeuren").fields["taal"] == "nl"
    assert "coordinator_digest" in page.form("/voorkeuren").fields["gevraagd"]

    wrong = browser.send(page, "/voorkeuren", taal="de")
    assert (wrong.status, "Select a language." in wrong.text) == (422, True)
    browser.send(page, "/voorkeuren", taal="en")

    assert ons_dorp.world.store.person(SLUG, "cas").language == "en"
    sign_in(ons_dorp, address=CAS)
    assert ons_dorp.newest(CAS)["Subject"] == "Sign-in on a new device"


def test_somebody_on_no_list_chooses_the_language_too_and_finds_it_again(ons_dorp: Town) -> None:
    thank(ons_dorp, BO)
    link = ons_dorp.link_in(ons_dorp.newest(BO), "/afmelden/")
    browser = Browser()

    saved = browser.send(browser.get(f"{link}/voorkeuren"), "/voorkeuren", taal="en")
    assert saved.form("/voorkeuren").fields["taal"] == "en"

    thank(ons_dorp, BO, wat="Bo bracht de soep rond toen het vroor.")
    assert ons_dorp.newest(BO)["Subject"] == "There is a thank-you for you"
    assert ons_dorp.link_in(ons_dorp.newest(BO), "/voor-jou/").startswith("/en/")


def test_a_nominator_who_stopped_answers_finds_them_on_their_page(ons_dorp: Town) -> None:
    thank(ons_dorp, BO)
    bo, browser = ons_dorp.link_in(ons_dorp.newest(BO), "/voor-jou/"), Browser()
    browser.send(browser.get(bo), "/terug", bericht="Graag gedaan!")
    ons_dorp.look_after_mail()
    click_once(stop_path(ons_dorp.newest(ADA)))
    before = len(ons_dorp.mails_to(ADA))

    thank(ons_dorp, "dan@example.org", wie="Dan Bakker")
    dan = ons_dorp.link_in(ons_dorp.newest("dan@example.org"), "/voor-jou/")
    browser.send(browser.get(dan), "/terug", bericht="Dat deed ik graag.")
    ons_dorp.look_after_mail()

    own_acts = ons_dorp.mails_to(ADA)[before:]
    assert all(mail["List-Unsubscribe"] is None for mail in own_acts)
    status = ons_dorp.link_in(own_acts[-1], "/status/")
    assert "Dat deed ik graag." in browser.get(status).text
    undelivered = at_the_desk(ons_dorp).get(f"/{SLUG}/beheer/mails/mislukt").text
    assert "Geen e-mail vraagt om je aandacht." in undelivered


def test_a_link_of_a_year_ago_and_an_altered_one_do_not_work_any_more(ons_dorp: Town) -> None:
    thank(ons_dorp, BO)
    path = stop_path(ons_dorp.newest(BO))
    altered = path[:-1] + ("A" if path[-1] != "A" else "B")

    assert [click_once(wrong).status for wrong in (altered, f"{path}A", path.lower())] == [410] * 3
    assert Browser().get(f"{altered}/voorkeuren").status == 410
    ons_dorp.clock.wait(days=365)
    assert "Deze link werkt niet meer" in Browser().get(path).text
    assert click_once(path).status == 410
