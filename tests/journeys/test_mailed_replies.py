"""Mail about a gathering that no program can deal with: a coordinator settles it at the desk."""

from __future__ import annotations

import pytest

from chalicelib.domain.invitation import Answer, Invitation, PartStat, Tally, Via
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.ports import TallyChange
from tests.domain.examples import BO, DAN, gathering, invitation
from tests.inbound import Postman, reply, words
from tests.journeys.steps import at_the_desk
from tests.town import SLUG, Town

HOME = f"/{SLUG}/beheer/antwoorden"


@pytest.fixture
def letter(ons_dorp: Town) -> str:
    """The path of the page about an email of Bo."""
    place = invitation(dtstamp=ons_dorp.clock.now)
    ons_dorp.world.save(gathering(), place, TallyChange(SLUG, "g1", Tally(silent=1)))
    postman = Postman(ons_dorp.aws.client("s3"))
    notice = postman.bring(words("Wij komen met z'n tweeën!").as_bytes())
    assert ons_dorp.handle("receive", notice) == []
    return f"{HOME}/mail1"


def test_what_a_guest_means_is_recorded_and_confirmed(ons_dorp: Town, letter: str) -> None:
    desk = at_the_desk(ons_dorp)
    assert "1 e-mail over een bijeenkomst" in desk.get(f"/{SLUG}/beheer").text
    assert "gewone e-mail van een mens" in desk.get(HOME).text

    page = desk.get(letter)
    assert "Wij komen met z'n tweeën!" in page.text
    done = desk.send(page, "/toepassen", komt="ACCEPTED", aantal="2")
    ons_dorp.look_after_mail()

    assert "Dat is gedaan." in done.text
    assert "Er wacht geen e-mail op je." in done.text
    assert ons_dorp.world.store.tally(SLUG, "g1") == Tally(accepted=1, heads=2)
    assert len(ons_dorp.mails_to(BO)) == 1
    assert "Dit antwoord is vastgelegd: Ja, komt." in desk.get(letter).text


def test_an_answer_for_somebody_else_says_for_whom_and_chooses_nothing(ons_dorp: Town) -> None:
    ons_dorp.world.save(gathering(), waits(ons_dorp), TallyChange(SLUG, "g1", Tally(waiting=1)))
    mail = reply("ACCEPTED", attendee=DAN)
    assert ons_dorp.handle("receive", Postman(ons_dorp.aws.client("s3")).bring(mail)) == []

    page = at_the_desk(ons_dorp).get(f"{HOME}/mail1")

    assert f"Antwoord voor {DAN}" in page.text
    assert "komt" not in page.form("/toepassen").fields
    assert "Ja, en staat op de wachtlijst, met 2 mensen in totaal" in page.text


def waits(town: Town) -> Invitation:
    """Bo's place: he comes with two, and there is no room yet."""
    now = town.clock.now
    answer = Answer(PartStat.ACCEPTED, now, Via.MAIL, heads=2)
    return invitation(dtstamp=now, answer=answer, waiting_since=now)


def test_an_answer_goes_to_the_invited_address_after_a_look_at_it(
    ons_dorp: Town, letter: str
) -> None:
    desk = at_the_desk(ons_dorp)

    checked = desk.send(desk.get(letter), "/controle", bericht="Gezellig! Vul zelf even in.")
    assert "Gezellig! Vul zelf even in. — Cleo Jansen" in checked.text.translate(
        {8296: "", 8297: ""}
    )
    ons_dorp.look_after_mail()
    assert not ons_dorp.mails_to(BO)
    desk.send(checked, "/schrijven")
    ons_dorp.look_after_mail()

    (mail,) = ons_dorp.mails_to(BO)
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Gezellig! Vul zelf even in." in body.get_content()
    assert "Cleo Jansen" in body.get_content()


def test_an_email_can_be_put_aside_without_any_mail(ons_dorp: Town, letter: str) -> None:
    desk = at_the_desk(ons_dorp)

    desk.send(desk.get(letter), "/negeren")
    ons_dorp.look_after_mail()

    assert "Er wacht geen e-mail op je." in desk.get(HOME).text
    assert not ons_dorp.mails_to(BO)
    assert ons_dorp.world.store.tally(SLUG, "g1") == Tally(silent=1)


def test_of_two_coordinators_the_second_sees_what_the_first_did(
    ons_dorp: Town, letter: str
) -> None:
    cleo, cas = at_the_desk(ons_dorp), at_the_desk(ons_dorp, coordinator="cas")
    seen = cas.send(cas.get(letter), "/controle", bericht="Neem gerust je zus mee.")
    cleo.send(cleo.get(letter), "/toepassen", komt="DECLINED", aantal="1")

    late = cas.send(seen, "/schrijven")

    assert late.status == 409
    assert "Cleo Jansen deed dit" in late.text
    assert "Neem gerust je zus mee." in late.text
    ons_dorp.look_after_mail()
    assert len(ons_dorp.mails_to(BO)) == 1


@pytest.mark.parametrize(("step", "fields"), [("/toepassen", {"komt": ""}), ("/controle", {})])
def test_what_is_missing_is_said_and_nothing_changes(
    ons_dorp: Town, letter: str, step: str, fields: dict[str, str]
) -> None:
    desk = at_the_desk(ons_dorp)

    page = desk.send(desk.get(letter), step, **fields)

    assert page.status == 422
    assert "Er ging iets mis" in page.text or "probleem" in page.text.lower()


def test_words_survive_the_way_back_from_the_preview(ons_dorp: Town, letter: str) -> None:
    desk = at_the_desk(ons_dorp)
    checked = desk.send(desk.get(letter), "/controle", bericht="Neem je zus mee.")

    page = desk.send(checked, "/schrijven", wijzig="bericht")

    assert page.form("/controle").fields["bericht"] == "Neem je zus mee."


def test_an_answer_for_one_date_of_a_series_is_recorded_for_that_date(ons_dorp: Town) -> None:
    series = gathering(repeats=Recurrence(Pattern.WEEKLY, count=3))
    place = invitation(dtstamp=ons_dorp.clock.now)
    ons_dorp.world.save(series, place, TallyChange(SLUG, "g1", Tally(silent=1)))
    named = ("RECURRENCE-ID:20261219T183000Z", "SEQUENCE:0", "DTSTAMP:20261120T100000Z")
    mail = reply("DECLINED", lines=named, writer="bo.prive@example.org")
    assert ons_dorp.handle("receive", Postman(ons_dorp.aws.client("s3")).bring(mail)) == []
    desk = at_the_desk(ons_dorp)

    page = desk.get(f"{HOME}/mail1")
    assert "zaterdag 19 december 2026" in page.text
    desk.send(page, "/toepassen")

    said = ons_dorp.world.store.invitation(SLUG, "g1", "bo")
    assert said.answer is None
    assert [(day.day, one.partstat) for day, one in said.answers.items()] == [
        (19, PartStat.DECLINED)
    ]
