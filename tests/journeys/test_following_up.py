"""Six weeks later: both sides tell what it led to, and read what the other told."""

from __future__ import annotations

from datetime import timedelta

from tests.browser import Browser
from tests.journeys.steps import ADA, BO, approve, at_the_desk, nominate_and_confirm
from tests.town import SLUG, Town


def six_weeks_after_thanks(town: Town) -> tuple[str, str]:
    """Ada thanked Bo; returns the path of her follow-up page, and of Bo's."""
    nominate_and_confirm(town, Browser())
    approve(town, at_the_desk(town))
    town.clock.wait(days=15)
    town.look_after_mail()
    town.clock.now += timedelta(days=30)
    town.look_after_mail()
    return (
        town.link_in(town.newest(ADA), "/vervolg/"),
        town.link_in(town.newest(BO), "/vervolg/"),
    )


def test_both_sides_tell_what_it_led_to_and_the_coordinator_reads_it(ons_dorp: Town) -> None:
    for_ada, for_bo = six_weeks_after_thanks(ons_dorp)
    browser = Browser()

    saved = browser.send(browser.get(for_ada), for_ada, vervolg="De straat speelt weer buiten.")
    of_bo = browser.send(browser.get(for_bo), for_bo, vervolg="We doen het nu elk jaar.")

    assert "Je antwoord is bewaard. Dank je wel." in saved.text
    assert "De straat speelt weer buiten." in of_bo.text
    assert "We doen het nu elk jaar." in browser.get(for_ada).text
    desk = at_the_desk(ons_dorp)
    nomination = ons_dorp.world.store.message(SLUG, id_of_question(ons_dorp)).cause
    read = desk.get(f"/{SLUG}/beheer/lezen/{nomination}").text
    assert "De straat speelt weer buiten." in read
    assert "We doen het nu elk jaar." in read
    assert "We doen het nu elk jaar." not in browser.get(f"/{SLUG}/muur").text


def test_an_answer_is_kept_on_the_page_and_may_be_changed(ons_dorp: Town) -> None:
    _, for_bo = six_weeks_after_thanks(ons_dorp)
    bo = Browser()
    bo.send(bo.get(for_bo), for_bo, vervolg="We doen het nu elk jaar.")

    shown = bo.get(for_bo)

    assert shown.form(for_bo).fields["vervolg"] == "We doen het nu elk jaar."
    assert "Verander je antwoord" in shown.text


def test_nothing_typed_is_lost_when_it_is_too_long_or_empty(ons_dorp: Town) -> None:
    for_ada, _ = six_weeks_after_thanks(ons_dorp)
    ada = Browser()
    long = "Er kwam zo veel van dat het niet past. " * 20

    too_long = ada.send(ada.get(for_ada), for_ada, vervolg=long)
    empty = ada.send(ada.get(for_ada), for_ada, vervolg="  ")

    assert (too_long.status, empty.status) == (422, 422)
    assert long.strip() in too_long.form(for_ada).fields["vervolg"]
    assert "Vul in wat het opleverde." in empty.text


def test_opening_the_link_changes_nothing_and_a_removed_one_leads_nowhere(ons_dorp: Town) -> None:
    for_ada, for_bo = six_weeks_after_thanks(ons_dorp)
    bo = Browser()
    before = bo.get(for_bo).text

    assert bo.get(for_bo).text == before
    own = ons_dorp.link_in(ons_dorp.mails_to(BO)[0], "/voor-jou/")
    bo.send(bo.get(f"{own}/weg"), "/weg")

    assert bo.get(for_bo).status == 410
    assert bo.get(for_ada).status == 410


def id_of_question(town: Town) -> str:
    """The id of the mail that asked Ada."""
    return next(
        envelope.tags["message"]
        for envelope in reversed(town.mailer.envelopes)
        if envelope.tags["kind"] == "follow_up" and envelope.recipient == ADA
    )
