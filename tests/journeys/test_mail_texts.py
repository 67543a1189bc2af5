"""Cleo changes the text of a mail, Cas puts it into use, and Bo reads the new words."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.browser import Browser, Page
from tests.journeys.steps import BO, at_the_desk, nominate_and_confirm, open_first
from tests.town import SLUG, Town

THANKS = f"/{SLUG}/beheer/mails/soort/thanks"
SUBJECT = "Iemand schreef iets moois over jou"


def subjects(town: Town, address: str) -> list[str]:
    return [str(mail["Subject"]) for mail in town.mails_to(address)]


def approve_one(town: Town, desk: Browser) -> None:
    """Ada thanks Bo, and Cleo lets it go on; the mail waits to be delivered."""
    nominate_and_confirm(town, Browser())
    desk.send(open_first(town, desk), "/goedkeuren")


def write(desk: Browser, **typed: str) -> Page:
    """Cleo types a text and looks at it."""
    return desk.send(desk.get(f"{THANKS}/tekst"), "/controle", **typed)


def test_a_text_is_read_by_another_before_anybody_gets_it(ons_dorp: Town) -> None:
    cleo, cas = at_the_desk(ons_dorp), at_the_desk(ons_dorp, coordinator="cas")
    body = re.sub(r"\(\(aanhef\)\)", "# Dank namens ((samenwerking))", _dutch(cleo))

    checked = write(cleo, onderwerp_nl=SUBJECT, tekst_nl=body)
    kept = cleo.send(checked, "/tekst")
    own = cleo.post(f"{THANKS}/publiceer", {**_hidden(kept), "versie": "1", "nu": "0"})

    assert "Dank namens Ons Dorp&lt;/h1&gt;" in checked.body
    assert checked.headers["Content-Security-Policy"].count("'unsafe-inline'") == 1
    assert "Je tekst is bewaard" in kept.text
    assert "Een andere coördinator neemt hem in gebruik" in kept.text
    assert own.status == 403

    approve_one(ons_dorp, cleo)
    published = cas.send(cas.get(f"{THANKS}?versie=1"), "/publiceer")
    assert "De tekst is in gebruik" in published.text
    ons_dorp.look_after_mail()
    assert subjects(ons_dorp, BO) == ["Er is een bedankje voor je"]

    approve_one(ons_dorp, cleo)
    ons_dorp.look_after_mail()
    assert subjects(ons_dorp, BO) == ["Er is een bedankje voor je", SUBJECT]
    text = ons_dorp.newest(BO).get_body(("plain",))
    assert text
    assert "Dank namens Ons Dorp" in text.get_content()
    assert "Bo hield het plein veilig" in text.get_content()


def test_a_reviewer_sees_the_text_that_will_leave_also_when_it_changed(ons_dorp: Town) -> None:
    cleo, cas = at_the_desk(ons_dorp), at_the_desk(ons_dorp, coordinator="cas")
    cleo.send(write(cleo, onderwerp_nl=SUBJECT), "/tekst")
    nominate_and_confirm(ons_dorp, Browser())
    shown = open_first(ons_dorp, cleo)
    cas.send(cas.get(f"{THANKS}?versie=1"), "/publiceer")

    again = cleo.send(shown, "/goedkeuren", citaat="Een veilig plein.")
    ons_dorp.look_after_mail()
    nothing = subjects(ons_dorp, BO)
    approved = cleo.send(again, "/goedkeuren")
    ons_dorp.look_after_mail()

    assert (again.status, nothing, approved.status) == (409, [], 200)
    assert "een andere tekst voor deze e-mail in gebruik genomen" in again.text
    assert SUBJECT in again.text
    assert again.form("/goedkeuren").fields["citaat"] == "Een veilig plein."
    assert subjects(ons_dorp, BO) == [SUBJECT]


def test_two_who_write_at_once_see_both_texts(ons_dorp: Town) -> None:
    cleo, cas = at_the_desk(ons_dorp), at_the_desk(ons_dorp, coordinator="cas")
    mine = write(cas, onderwerp_nl="Goed nieuws voor je")
    cleo.send(write(cleo, onderwerp_nl=SUBJECT), "/tekst")

    both = cas.send(mine, "/tekst")
    over = cas.send(cas.send(both, "/controle"), "/tekst")

    assert both.status == 409
    assert SUBJECT in both.text
    assert "Goed nieuws voor je" in both.text
    assert over.status == 200
    assert "versie=2" in over.path


def test_a_link_that_is_allowed_no_more_is_not_put_into_use(ons_dorp: Town) -> None:
    cleo, cas = at_the_desk(ons_dorp), at_the_desk(ons_dorp, coordinator="cas")
    _allow_links_to(ons_dorp, "oud.example")
    body = f"{_dutch(cleo)}\n\nLees [meer](https://oud.example/x)."
    cleo.send(write(cleo, tekst_nl=body), "/tekst")
    _allow_links_to(ons_dorp, "nieuw.example")

    refused = cas.send(cas.get(f"{THANKS}?versie=1"), "/publiceer")
    mended = cas.send(cas.send(refused, "/controle", tekst_nl=_dutch(cleo, "0")), "/tekst")

    assert "Versie 1 kan niet meer worden gebruikt." in refused.text
    assert (
        f"Regel {len(body.splitlines())}, teken 6: Een link kan niet naar oud.example gaan"
        in refused.text
    )
    assert "versie=2" in mended.path
    assert ons_dorp.world.store.partnership(SLUG).in_use("thanks") == 0


REFUSED = (
    ("tekst_nl", "Dag {{7*7}}", "Regel 1, teken 5: Haakjes zoals"),
    ("tekst_nl", "Dag\n<script>alert(1)</script>", "Regel 2, teken 1: Een tekst kan geen HTML"),
    ("tekst_nl", "Dag ((gevr))", "((gevr)) staat niet in de lijst. Bedoel je ((gever))?"),
    ("tekst_nl", "[dit](https://evil.example/)", "niet naar evil.example gaan, alleen naar"),
    ("tekst_nl", "Kom.Ook", "Regel 1, teken 1: Mailprogramma's maken hier een link van."),
    ("tekst_nl", "Dag allemaal", "((jouw gegevens)) ontbreekt"),
    ("tekst_nl", "Dag ((knop))", "((knop)) moet op een eigen regel staan"),
    ("tekst_nl", "x\n" * 100 + "x", "Regel 101, teken 1: Een tekst heeft hoogstens 100 regels."),
    ("tekst_nl", "((gever))" * 11, "((gever)) kan hoogstens 10 keer in een tekst staan."),
    ("tekst_nl", "x" * 50_000, "Je tekst is 46000 tekens te lang."),
    ("tekst_en", "", "Vul de tekst in."),
    ("onderwerp_nl", "Dank van ((gever))", "Teken 10: ((gever)) kan niet in een onderwerp"),
    ("onderwerp_nl", "x" * 80, "Je tekst is 20 tekens te lang."),
    ("onderwerp_en", "", "Vul het onderwerp in."),
)


def test_what_is_wrong_is_said_with_its_place_and_kept(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    form = desk.get(f"{THANKS}/tekst")

    for field, typed, told in REFUSED:
        for to in (f"{THANKS}/controle", f"{THANKS}/tekst"):
            page = desk.send(form, "/controle", to=to, **{field: typed})
            assert (page.status, told in page.text) == (422, True), page.text
            assert f'href="#{field}"' in page.body
            assert str(page.form("/controle").fields[field]).strip() == typed
    assert ons_dorp.world.store.mail_texts(SLUG, "thanks").items == ()


def test_what_was_typed_goes_along_to_the_other_language(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    english = f"/en{THANKS}"

    for way in ("tekst", "controle"):
        typed = {**desk.get(f"{THANKS}/tekst").form("/controle").fields, "onderwerp_nl": SUBJECT}
        page = desk.post(f"{english}/{way}", {**typed, "wijzig": "taal"})
        assert page.status == 200
        assert "Subject in Dutch" in page.text
        assert page.form("/controle").fields["onderwerp_nl"] == SUBJECT


def test_mail_that_keeps_the_desk_safe_is_nobodys_to_word(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    code = f"/{SLUG}/beheer/mails/soort/signin_code"

    assert "Verander de tekst" not in desk.get(code).text
    assert desk.get(f"{code}/tekst").status == 404
    assert desk.get(f"{code}?versie=1").status == 404
    assert desk.get(f"{THANKS}?versie=9").status == 404


def _allow_links_to(town: Town, hosts: str) -> None:
    partnership = town.world.store.partnership(SLUG)
    settings = replace(partnership.settings, link_hosts=hosts)
    town.world.save(replace(partnership, settings=settings))


def _dutch(desk: Browser, version: str = "") -> str:
    return str(desk.get(f"{THANKS}/tekst?van={version}").form("/controle").fields["tekst_nl"])


def _hidden(page: Page) -> dict[str, str]:
    (token,) = {str(form.fields["csrf"]) for form in page.forms if "csrf" in form.fields}
    return {"csrf": token}
