"""Cleo plans a gathering: guests answer, it changes, it moves, somebody is taken off, it is off."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar

from tests.browser import Browser, Page
from tests.journeys.steps import BO, approve, at_the_desk, nominate_and_confirm
from tests.town import CAS, SLUG, Town

EVA, DAN = "eva@example.org", "dan@example.org"

PLAN = {
    "titel": "Samen eten",
    "plaats": "Buurthuis De Brug",
    "datum": "2026-12-12",
    "begin": "19:30",
    "eind": "21:30",
    "tekst_nl": "We vieren wat we samen deden.",
    "tekst_en": "We celebrate what we did together.",
    "gastheren": "Cleo Jansen\nCas de Boer",
}


def plan(desk: Browser, **changed: str) -> Page:
    """Cleo plans the gathering; returns its page, or the form when something is wrong."""
    return desk.send(
        desk.get(f"/{SLUG}/beheer/bijeenkomsten/nieuw"), "/nieuw", **{**PLAN, **changed}
    )


def invite(town: Town, desk: Browser, *addresses: str) -> Page:
    """Cleo plans it and invites guests by address; their mails arrive."""
    gathering = plan(desk)
    form = desk.get(f"{gathering.path}/gasten")
    page = desk.send(form, "/gasten", adressen="\n".join(addresses))
    town.look_after_mail()
    return desk.get(page.path.partition("?")[0])


def answer(town: Town, address: str, partstat: str, **rest: str) -> Page:
    """A guest answers on the page that their newest mail links to; the mails arrive."""
    browser = Browser()
    link = town.link_in(town.newest(address), "/uitnodiging/")
    page = browser.send(browser.get(link), link, komt=partstat, **rest)
    town.look_after_mail()
    return page


def event(mail: EmailMessage) -> Any:
    """The one event in a mail's calendar part."""
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    content: Any = part.get_payload(decode=True)
    calendar: Any = Calendar.from_ical(content)
    (found,) = calendar.walk("VEVENT")
    assert part.get_param("method") == calendar["METHOD"]
    found["method"] = calendar["METHOD"]
    return found


def change(town: Town, desk: Browser, gathering: Page, **changed: str) -> Page:
    page = desk.send(desk.get(f"{gathering.path}/wijzig"), "/wijzig", **changed)
    town.look_after_mail()
    return page


def test_each_guest_gets_an_own_invitation(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA, DAN)

    evas, dans = ons_dorp.newest(EVA), ons_dorp.newest(DAN)

    assert event(evas)["UID"] == event(dans)["UID"]
    assert DAN not in evas.as_string()
    assert str(event(evas)["ATTENDEE"]) == f"mailto:{EVA}"
    assert (event(evas)["method"], event(evas)["SEQUENCE"]) == ("REQUEST", 0)


def test_the_desk_says_what_became_of_the_invitations_and_the_reminder(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    form = desk.get(f"{plan(desk).path}/gasten")

    page = desk.send(form, "/gasten", adressen=EVA)
    ons_dorp.look_after_mail()
    invited = desk.get(page.path)
    reminding = desk.send(invited, "/herinner")
    ons_dorp.look_after_mail()

    assert "Je kunt deze pagina sluiten." in page.text
    assert "Eén gast krijgt een uitnodiging." in invited.text
    assert "Eén gast krijgt een herinnering." in desk.get(reminding.path).text


def test_a_reminder_has_the_subject_that_its_coordinator_gave_it(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)
    shown, own = desk.get(gathering.path), "De kok wil het graag weten"

    refused = desk.send(shown, "/herinner", onderwerp="Kom je? " * 8)
    assert refused.status == 422
    assert "Je tekst is 3 tekens te lang." in refused.text
    assert "Kom je? Kom je?" in refused.body
    reminding = desk.send(refused, "/herinner", onderwerp=f"{own}\r\nBcc: eva@example.org")
    ons_dorp.look_after_mail()

    mail = ons_dorp.newest(EVA)
    assert (mail["Subject"], mail["Bcc"]) == (f"{own} Bcc: eva@example.org", None)
    assert f"Het onderwerp is: {own}" in desk.get(reminding.path).text
    again = desk.send(refused, "/herinner", onderwerp="Iets anders")
    assert again.status == 409
    assert "Iets anders" in again.body


def test_the_desk_says_that_nobody_was_left_to_invite_or_remind(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)
    shown = desk.get(gathering.path)
    answer(ons_dorp, EVA, "ACCEPTED")

    again = desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen=EVA)
    reminding = desk.send(shown, "/herinner")
    ons_dorp.look_after_mail()

    assert "Er is geen uitnodiging verstuurd." in desk.get(again.path).text
    assert "Er is geen herinnering verstuurd." in desk.get(reminding.path).text
    assert "Er is geen" not in desk.get(gathering.path).text


def test_the_desk_confirms_a_change_an_answer_a_removal_and_a_cancellation(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA, DAN)

    changed = desk.send(desk.get(f"{gathering.path}/wijzig"), "/wijzig", plaats="De kerk")
    guest = desk.get(_guest_link(changed, EVA))
    answered = desk.send(guest, guest.path, komt="ACCEPTED", aantal="2")
    removed = desk.send(desk.get(_guest_link(answered, DAN)), "/weg")
    cancelled = desk.send(desk.get(f"{gathering.path}/afgelasten"), "/afgelasten")

    assert "Je wijziging is bewaard." in changed.text
    assert "Het antwoord is bewaard." in answered.text
    assert "De uitnodiging is ingetrokken." in removed.text
    assert "De bijeenkomst is afgezegd." in cancelled.text


def test_an_invitation_reads_in_the_language_of_its_page(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)
    link = ons_dorp.link_in(ons_dorp.newest(EVA), "/uitnodiging/")

    assert PLAN["tekst_nl"] in Browser().get(link).text
    assert PLAN["tekst_en"] in Browser().get(f"/en{link}").text


def test_the_other_language_takes_a_half_given_answer_along(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)
    link = ons_dorp.link_in(ons_dorp.newest(EVA), "/uitnodiging/")
    half = {"opmerking": "We nemen soep mee.", "wijzig": "taal"}

    english = Browser().send(Browser().get(link), link, to=f"/en{link}", **half)

    assert PLAN["tekst_en"] in english.text
    assert english.form(link).fields["opmerking"] == "We nemen soep mee."
    assert "We nemen soep mee." not in Browser().get(link).text


def test_an_answer_is_confirmed_counted_and_in_the_calendar(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)
    invited = event(ons_dorp.newest(EVA))

    answer(ons_dorp, EVA, "ACCEPTED", aantal="3", opmerking="We nemen soep mee.")

    confirmed = event(ons_dorp.newest(EVA))
    assert confirmed["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert confirmed["SEQUENCE"] == invited["SEQUENCE"]
    assert confirmed["DTSTAMP"].dt > invited["DTSTAMP"].dt
    page = desk.get(gathering.path)
    assert "1 gast komt, met 3 mensen in totaal." in page.text
    assert "We nemen soep mee." in page.text


def test_the_same_answer_twice_is_confirmed_once(ons_dorp: Town) -> None:
    invite(ons_dorp, at_the_desk(ons_dorp), EVA)

    answer(ons_dorp, EVA, "ACCEPTED")
    answer(ons_dorp, EVA, "ACCEPTED")

    assert len(ons_dorp.mails_to(EVA)) == 2


def test_another_place_keeps_the_sequence(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)
    answer(ons_dorp, EVA, "ACCEPTED")

    change(ons_dorp, desk, gathering, plaats="Het dorpsplein")

    told = event(ons_dorp.newest(EVA))
    assert str(told["LOCATION"]) == "Het dorpsplein"
    assert told["SEQUENCE"] == 0
    assert told["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"


@pytest.mark.parametrize(("again", "partstat"), [("", "ACCEPTED"), ("1", "NEEDS-ACTION")])
def test_another_time_raises_the_sequence(ons_dorp: Town, again: str, partstat: str) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)
    answer(ons_dorp, EVA, "ACCEPTED")

    change(ons_dorp, desk, gathering, begin="20:00", opnieuw=again)

    moved = event(ons_dorp.newest(EVA))
    assert moved["SEQUENCE"] == 1
    assert moved["DTSTART"].dt.hour == 20
    assert moved["ATTENDEE"].params["PARTSTAT"] == partstat


def test_only_the_guest_who_is_taken_off_hears_of_it(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA, DAN)
    guest = desk.get(_guest_link(gathering, EVA))

    desk.send(guest, "/weg")
    ons_dorp.look_after_mail()

    taken_off = event(ons_dorp.newest(EVA))
    assert (taken_off["method"], taken_off["SEQUENCE"]) == ("CANCEL", 1)
    assert len(ons_dorp.mails_to(DAN)) == 1


def test_who_was_taken_off_reads_so_and_cannot_answer(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)
    link = ons_dorp.link_in(ons_dorp.newest(EVA), "/uitnodiging/")
    desk.send(desk.get(_guest_link(gathering, EVA)), "/weg")

    late = Browser().post(link, {"komt": "ACCEPTED", "aantal": "1", "versie": "0"})

    page = Browser().get(link)
    assert late.status == 409
    assert "Je staat niet meer op de gastenlijst." in page.text
    assert PLAN["plaats"] not in page.text


def test_cancelling_takes_it_out_of_every_calendar(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA, DAN)

    desk.send(desk.get(f"{gathering.path}/afgelasten"), "/afgelasten")
    ons_dorp.look_after_mail()

    for address in (EVA, DAN):
        off = event(ons_dorp.newest(address))
        assert (off["method"], off["STATUS"], off["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
        assert not off.walk("VALARM")


def thank_bo(town: Town, desk: Browser, choice: str, **changed: str) -> str:
    """Bo is thanked and chooses what may be shown; returns the path of their page."""
    nominate_and_confirm(town, Browser(), **changed)
    approve(town, desk)
    link = town.link_in(town.newest(BO), "/voor-jou/")
    decide(link, choice)
    return link


def decide(link: str, choice: str) -> None:
    bo = Browser()
    bo.post(link, {**bo.get(link).form("/naam").fields, "besluit": choice})


def celebrate_bo(town: Town, desk: Browser) -> Page:
    """Cleo plans a gathering that celebrates Bo, and invites Eva; returns its page."""
    shown = desk.get(f"/{SLUG}/beheer/bijeenkomsten/nieuw")
    gathering = desk.send(shown, "/nieuw", **PLAN, geeerd=_boxes(shown))
    page = desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen=EVA)
    town.look_after_mail()
    return desk.get(page.path.partition("?")[0])


@pytest.mark.parametrize(
    ("choice", "form", "offered"),
    [
        ("named", "shout_out", "Bo de Vries"),
        ("first_name", "shout_out", "Bo"),
        ("private", "shout_out", ""),
        ("named", "pat_on_the_back", ""),
    ],
)
def test_only_who_agreed_to_be_named_can_be_celebrated(
    ons_dorp: Town, choice: str, form: str, offered: str
) -> None:
    desk = at_the_desk(ons_dorp)
    thank_bo(ons_dorp, desk, choice, vorm=form)

    plan_form = desk.get(f"/{SLUG}/beheer/bijeenkomsten/nieuw")

    assert len(_boxes(plan_form)) == bool(offered)
    assert offered in plan_form.text
    assert ("Bo de Vries" in plan_form.text) == (offered == "Bo de Vries")


def test_a_gathering_celebrates_at_most_twenty(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    thank_bo(ons_dorp, desk, "named")
    shown = desk.get(f"/{SLUG}/beheer/bijeenkomsten/nieuw")

    page = desk.send(shown, "/nieuw", **PLAN, geeerd=[f"n{number}/1" for number in range(21)])

    assert page.status == 422
    assert "Kies hoogstens 20 mensen." in page.text


def test_who_can_be_celebrated_is_listed_with_what_they_did(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    thank_bo(ons_dorp, desk, "named")

    shown = desk.get(f"/{SLUG}/beheer/bijeenkomsten/nieuw")

    assert "Bo de Vries" in shown.text
    assert "Bo hield het plein veilig" in shown.text


def test_who_agreed_is_named_to_the_guests(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    thank_bo(ons_dorp, desk, "named")

    gathering = celebrate_bo(ons_dorp, desk)

    invited = ons_dorp.newest(EVA)
    seen = (gathering.text, _text(invited), _rsvp_page(ons_dorp, invited))
    assert all("Bo de Vries" in text for text in seen)


@pytest.mark.parametrize("gone", ["private", "removed"])
def test_who_took_it_back_is_not_named_any_more(ons_dorp: Town, gone: str) -> None:
    desk = at_the_desk(ons_dorp)
    link = thank_bo(ons_dorp, desk, "named")
    gathering = celebrate_bo(ons_dorp, desk)
    invited = ons_dorp.newest(EVA)
    ons_dorp.clock.wait(minutes=1)

    if gone == "private":
        decide(link, "private")
    else:
        bo = Browser()
        bo.send(bo.get(f"{link}/weg"), "/weg")
    reminding = desk.send(desk.get(gathering.path), "/herinner")
    ons_dorp.look_after_mail()
    answer(ons_dorp, EVA, "ACCEPTED")

    pages = (reminding.text, desk.get(f"{gathering.path}/wijzig").text)
    mails = ons_dorp.mails_to(EVA)[1:]
    seen = (*pages, _rsvp_page(ons_dorp, invited), *map(_text, mails))
    assert len(mails) == 2
    assert not any("de Vries" in text for text in seen)


def test_nothing_revives_a_cancelled_gathering(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)
    invited = ons_dorp.newest(EVA)
    desk.send(desk.get(f"{gathering.path}/afgelasten"), "/afgelasten")
    ons_dorp.look_after_mail()
    link = ons_dorp.link_in(invited, "/uitnodiging/")

    late = Browser().post(link, {"komt": "ACCEPTED", "aantal": "1", "versie": "1"})

    assert late.status == 409
    assert "gaat niet door" in Browser().get(link).text


def test_only_the_silent_are_reminded(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA, DAN)
    answer(ons_dorp, EVA, "DECLINED")
    before = len(ons_dorp.mails_to(EVA))

    desk.send(desk.get(gathering.path), "/herinner")
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(EVA)) == before
    assert len(ons_dorp.mails_to(DAN)) == 2


def test_an_answer_by_telephone_counts_too(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)

    guest = desk.get(_guest_link(gathering, EVA))
    desk.send(guest, guest.path, komt="ACCEPTED", aantal="2")
    ons_dorp.look_after_mail()

    assert event(ons_dorp.newest(EVA))["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"


def test_who_is_invited_twice_gets_one_invitation(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = invite(ons_dorp, desk, EVA)

    desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen=f"EVA@example.org\n{CAS}")
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(EVA)) == 1
    assert "Kom je ook?" in str(ons_dorp.newest(CAS)["Subject"])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"datum": "2026-11-01"}, "Vul een datum in die nog moet komen."),
        ({"eind": "19:00"}, "De eindtijd moet na de begintijd zijn."),
        ({"datum": "2027-03-28", "begin": "02:30", "eind": "05:00"}, "bestaat niet"),
        ({"datum": "2027-10-31", "begin": "02:30", "eind": "05:00"}, "twee keer"),
        ({"tijdzone": "America/New_York"}, "Kies een van deze tijdzones."),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_help(
    ons_dorp: Town, changed: dict[str, str], sentence: str
) -> None:
    page = plan(at_the_desk(ons_dorp), **changed)

    assert page.status == 422
    assert sentence in page.text
    assert page.form("/nieuw").fields["titel"] == "Samen eten"


def test_a_party_may_go_on_until_after_midnight(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)

    gathering = plan(desk, datum="2026-12-31", begin="21:30", eind="01:30")
    desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen=EVA)
    ons_dorp.look_after_mail()

    told = event(ons_dorp.newest(EVA))
    assert told["DTSTART"].dt.astimezone(UTC) == datetime(2026, 12, 31, 20, 30, tzinfo=UTC)
    assert told["DTEND"].dt.astimezone(UTC) == datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
    assert desk.get(f"{gathering.path}/wijzig").form("/wijzig").fields["eind"] == "01:30"


def test_a_gathering_may_follow_the_clock_of_another_place(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = plan(desk, tijdzone="Europe/London")

    desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen="dan@example.nl")
    ons_dorp.look_after_mail()

    invited = event(ons_dorp.newest("dan@example.nl"))
    assert invited["dtstart"].params["TZID"] == "Europe/London"
    assert invited["dtstart"].dt.astimezone(UTC).hour == 19
    form = desk.get(f"{gathering.path}/wijzig").form("/wijzig")
    assert form.fields["tijdzone"] == "Europe/London"


def test_a_series_lands_in_a_calendar_as_one_rule(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = plan(desk, herhaalt="by_weekday", herhaal_tot="2027-05-01")
    desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen=DAN)
    ons_dorp.look_after_mail()

    invited = ons_dorp.newest(DAN)
    rule = event(invited)["rrule"]
    assert (rule["FREQ"], rule["BYDAY"]) == (["MONTHLY"], ["2SA"])
    assert rule["UNTIL"] == [datetime(2027, 4, 10, 17, 30, tzinfo=UTC)]
    assert "elke tweede zaterdag van de maand, van 19.30 uur tot 21.30 uur." in _flat(
        _text(invited)
    )
    assert "Elke tweede zaterdag van de maand" in _rsvp_page(ons_dorp, invited)
    assert "Elke tweede zaterdag van de maand" in gathering.text


def series(town: Town, desk: Browser) -> Page:
    """Cleo plans four Saturdays and invites Dan and Eva; their mails arrive."""
    gathering = plan(desk, herhaalt="weekly", aantal_keer="4")
    desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen=f"{DAN}\n{EVA}")
    town.look_after_mail()
    return gathering


def components(mail: EmailMessage) -> list[Any]:
    """Every entry in a mail's calendar part: the series, then its other dates."""
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    content: Any = part.get_payload(decode=True)
    calendar: Any = Calendar.from_ical(content)
    return list(calendar.walk("VEVENT"))


def test_a_dropped_date_leaves_every_calendar_and_can_come_back(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = series(ons_dorp, desk)
    date_page = f"{gathering.path}/datums/2026-12-19"

    desk.send(desk.get(date_page), "/vervalt")
    ons_dorp.look_after_mail()

    told = ons_dorp.newest(DAN)
    [entry] = components(told)
    assert (entry["sequence"], entry["status"]) == (1, "CONFIRMED")
    assert entry["exdate"].dts[0].dt.date() == date(2026, 12, 19)
    assert "Op zaterdag 19 december 2026 gaat het niet door." in _flat(_text(told))
    assert "Vervallen" in desk.get(gathering.path).text
    assert "zaterdag 19 december" not in _rsvp_page(ons_dorp, told)

    desk.send(desk.get(date_page), "/herstel")
    ons_dorp.look_after_mail()

    back = ons_dorp.newest(DAN)
    [entry] = components(back)
    assert entry["sequence"] == 2
    assert "exdate" not in entry
    assert "Op zaterdag 19 december 2026 gaat het gewoon door." in _flat(_text(back))


def test_a_series_is_told_by_its_first_date_until_it_is_cancelled(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = series(ons_dorp, desk)
    invited = ons_dorp.newest(DAN)

    changed = change(ons_dorp, desk, gathering, herhaalt="by_weekday")
    moved = ons_dorp.newest(DAN)
    desk.send(desk.get(f"{gathering.path}/afgelasten"), "/afgelasten")
    ons_dorp.look_after_mail()
    cancelled = ons_dorp.newest(DAN)

    assert invited["Subject"] == "Kom je ook? Samen vieren vanaf zaterdag 12 december"
    assert moved["Subject"] == "Veranderd: samen vieren vanaf zaterdag 12 december"
    assert "De datums of de tijden zijn veranderd." in _flat(_text(moved))
    assert cancelled["Subject"] == "Gaat niet door: samen vieren vanaf zaterdag 12 december"
    assert "Volgende keer" in changed.text
    for page in (desk.get(gathering.path).text, _rsvp_page(ons_dorp, moved)):
        assert "Volgende keer" not in page


def test_the_desk_shows_what_comes_first_first(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    plan(desk, titel="Feest")
    plan(desk, titel="Wandeling", datum="2026-12-05", herhaalt="weekly", aantal_keer="3")

    shown = desk.get(f"/{SLUG}/beheer").text

    assert shown.index("Wandeling") < shown.index("Feest")


def test_a_moved_date_stands_elsewhere_in_every_calendar(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = series(ons_dorp, desk)
    page = desk.get(f"{gathering.path}/datums/2026-12-19")

    refused = desk.send(page, "/datums/2026-12-19", datum="2026-12-27")
    assert refused.status == 422
    assert "tussen de andere datums" in refused.text
    desk.send(page, "/datums/2026-12-19", datum="2026-12-20", begin="15:00", eind="00:30")
    ons_dorp.look_after_mail()

    told = ons_dorp.newest(EVA)
    rest, moved = components(told)
    assert (rest["sequence"], moved["sequence"], moved["uid"]) == (1, 1, rest["uid"])
    assert moved["recurrence-id"].params["TZID"] == rest["dtstart"].params["TZID"]
    assert moved["recurrence-id"].dt.replace(tzinfo=None) == datetime(2026, 12, 19, 19, 30)
    assert moved["dtstart"].dt.replace(tzinfo=None) == datetime(2026, 12, 20, 15)
    assert moved["dtend"].dt.replace(tzinfo=None) == datetime(2026, 12, 21, 0, 30)
    assert (
        "zaterdag 19 december 2026 wordt zondag 20 december 2026, 15.00 uur"
        in _flat(_text(told)).lower()
    )


def test_a_date_that_keeps_its_day_is_told_by_its_hours(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    page = f"{series(ons_dorp, desk).path}/datums/2026-12-19"

    desk.send(desk.get(page), "/datums/2026-12-19", begin="15:00", eind="17:00")
    ons_dorp.look_after_mail()

    told = _flat(_text(ons_dorp.newest(EVA)))
    assert "Op zaterdag 19 december 2026 is het van 15.00 uur tot 17.00 uur." in told


def test_one_guest_is_not_invited_to_one_date(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = series(ons_dorp, desk)
    before = len(ons_dorp.mails_to(EVA))
    page = desk.get(_guest_link(desk.get(f"{gathering.path}/datums/2026-12-26"), DAN))

    assert page.form("/datum-weg").fields["dag"] == "2026-12-26"
    done = desk.send(page, "/datum-weg")
    ons_dorp.look_after_mail()

    assert "De datum is ingetrokken." in done.text
    told = ons_dorp.newest(DAN)
    [entry] = components(told)
    assert (entry["sequence"], entry["exdate"].dts[0].dt.day) == (1, 26)
    assert "We verwachten je niet op" in _flat(_text(told)) or "verwachten we je niet" in _text(
        told
    )
    assert len(ons_dorp.mails_to(EVA)) == before


def test_a_guest_answers_for_one_date(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = series(ons_dorp, desk)
    answer(ons_dorp, DAN, "ACCEPTED", aantal="2")
    browser = Browser()
    link = ons_dorp.link_in(ons_dorp.newest(DAN), "/uitnodiging/")

    browser.send(browser.get(link), "/datums", **{"dag_2026-12-26": "DECLINED"})
    ons_dorp.look_after_mail()

    told = ons_dorp.newest(DAN)
    rest, other = components(told)
    assert rest["attendee"].params["PARTSTAT"] == "ACCEPTED"
    assert other["attendee"].params["PARTSTAT"] == "DECLINED"
    assert (other["sequence"], other["dtstart"].dt) == (0, other["recurrence-id"].dt)
    assert told["Subject"] == "Genoteerd: je antwoord voor zaterdag 26 december"
    assert "Zaterdag 26 december 2026: je komt niet" in _flat(_text(told))
    on_the_day = desk.get(f"{gathering.path}/datums/2026-12-26").text
    assert "Komt niet" in on_the_day
    assert "alleen voor deze datum" in on_the_day


def test_a_guest_who_does_not_know_about_one_date_yet_finds_that_again(ons_dorp: Town) -> None:
    series(ons_dorp, at_the_desk(ons_dorp))
    answer(ons_dorp, DAN, "ACCEPTED")
    browser = Browser()
    link = ons_dorp.link_in(ons_dorp.newest(DAN), "/uitnodiging/")

    browser.send(browser.get(link), "/datums", **{"dag_2026-12-26": "TENTATIVE"})
    ons_dorp.look_after_mail()
    browser.send(browser.get(link), "/datums", **{"dag_2026-12-19": "DECLINED"})
    ons_dorp.look_after_mail()

    parts = components(ons_dorp.newest(DAN))
    said = [part["attendee"].params["PARTSTAT"] for part in parts]
    assert said == ["ACCEPTED", "DECLINED", "TENTATIVE"]


def test_an_answer_for_one_date_that_no_page_offers_is_refused(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    series(ons_dorp, desk)
    browser = Browser()
    page = browser.get(ons_dorp.link_in(ons_dorp.newest(DAN), "/uitnodiging/"))

    said = {"dag_2026-12-19": "DECLINED", "dag_2026-12-26": "DELEGATED"}
    refused = browser.send(page, "/datums", **said)

    assert refused.status == 422
    assert "Kies of je komt." in refused.text
    assert refused.form("/datums").fields["dag_2026-12-19"] == "DECLINED"

    browser.send(refused, "/datums")
    ons_dorp.look_after_mail()

    assert "Zaterdag 19 december 2026: je komt niet" in _flat(_text(ons_dorp.newest(DAN)))
    assert "26 december 2026: je komt niet" not in _flat(_text(ons_dorp.newest(DAN)))


def test_a_coordinator_records_an_answer_for_one_date(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = series(ons_dorp, desk)
    guest = _guest_link(desk.get(gathering.path), DAN)
    said = {"komt": "ACCEPTED", "aantal": "3", "opmerking": "Zonder noten."}

    path = guest.removeprefix(gathering.path)
    refused = desk.send(desk.get(guest), path, **said, welke_datum="2026-12-27T19:30:00")
    assert refused.status == 422
    assert "Zonder noten." in refused.text
    desk.send(desk.get(guest), path, **said, welke_datum="2026-12-26T19:30:00")
    ons_dorp.look_after_mail()

    rest, other = components(ons_dorp.newest(DAN))
    assert rest["attendee"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert other["attendee"].params["PARTSTAT"] == "ACCEPTED"
    on_the_day = desk.get(f"{gathering.path}/datums/2026-12-26").text
    assert f"{DAN} Komt (alleen voor deze datum) 3" in on_the_day
    door = desk.get(f"{gathering.path}/gastenlijst?datum=2026-12-26").text
    assert "We rekenen op 3 personen." in door
    assert "Zonder noten." in desk.get(f"{gathering.path}/draaiboek?datum=2026-12-26").text
    assert "Zonder noten." not in desk.get(f"{gathering.path}/gastenlijst").text
    assert desk.get(f"{gathering.path}/gastenlijst?datum=2026-12-27").status == 404


def test_what_lasts_all_day_has_days_and_no_times(ons_dorp: Town) -> None:
    desk = at_the_desk(ons_dorp)
    gathering = plan(desk, heledag="1", laatste_dag="2026-12-13", begin="", eind="")
    desk.send(desk.get(f"{gathering.path}/gasten"), "/gasten", adressen=DAN)
    ons_dorp.look_after_mail()

    invited = ons_dorp.newest(DAN)
    entry = event(invited)
    assert (entry["dtstart"].dt, entry["dtend"].dt) == (date(2026, 12, 12), date(2026, 12, 14))
    assert entry["x-microsoft-cdo-alldayevent"] == "TRUE"
    assert "van zaterdag 12 december 2026 tot en met zondag 13 december 2026" in _flat(
        _text(invited)
    )
    assert "00:00" not in _text(invited) + _rsvp_page(ons_dorp, invited) + gathering.text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"herhaalt": "weekly"}, "Vul de laatste dag in, of hoe vaak het is."),
        ({"herhaalt": "weekly", "aantal_keer": "61"}, "Vul een getal in van 2 tot en met 60."),
        ({"herhaalt": "weekly", "herhaal_tot": "2029-12-12"}, "Dit zijn meer dan 60 datums."),
        ({"herhaalt": "weekly", "herhaal_tot": "2026-12-13"}, "Het eindigt voordat"),
        ({"herhaalt": "weekly", "aantal_keer": "3", "om_de": "0"}, "van 1 tot en met 12"),
        ({"herhaalt": "daily", "aantal_keer": "3"}, "Kies hoe het terugkomt."),
        (
            {"herhaalt": "by_date", "aantal_keer": "3", "datum": "2026-12-31"},
            "Niet elke maand heeft deze dag.",
        ),
        ({"herhaalt": "by_last_weekday", "aantal_keer": "3"}, "niet de laatste"),
        (
            {"herhaalt": "weekly", "datum": "2027-03-14", "begin": "02:30", "eind": "05:00"}
            | {"aantal_keer": "4"},
            "Op zondag 28 maart 2027 bestaat deze tijd niet",
        ),
        (
            {"herhaalt": "weekly", "datum": "2027-10-24", "begin": "02:30", "eind": "05:00"}
            | {"aantal_keer": "4"},
            "Op zondag 31 oktober 2027 komt deze tijd twee keer",
        ),
        (
            {"herhaalt": "weekly", "datum": "2027-10-24", "begin": "01:30", "eind": "05:00"}
            | {"aantal_keer": "4"},
            "Op zondag 31 oktober 2027 gaat de klok tijdens de bijeenkomst",
        ),
        ({"heledag": "1", "laatste_dag": "2026-12-11"}, "mag niet voor de eerste dag"),
    ],
)
def test_a_series_that_cannot_be_is_refused_with_help(
    ons_dorp: Town, changed: dict[str, str], sentence: str
) -> None:
    page = plan(at_the_desk(ons_dorp), **changed)

    assert page.status == 422
    assert sentence in page.text
    assert page.form("/nieuw").fields["titel"] == "Samen eten"


def test_what_is_wrong_with_a_plan_names_its_question(ons_dorp: Town) -> None:
    page = plan(at_the_desk(ons_dorp), titel="x" * 125, gastheren=" ")

    assert 'Je tekst bij "Hoe heet de bijeenkomst?" is 5 tekens te lang.' in page.text
    assert "Vul in wie het organiseren." in page.text


def test_the_second_of_two_coordinators_sees_both_plans(ons_dorp: Town) -> None:
    cleo, cas = at_the_desk(ons_dorp), at_the_desk(ons_dorp, coordinator="cas")
    gathering = plan(cleo)
    seen_by_cas = cas.get(f"{gathering.path}/wijzig")
    change(ons_dorp, cleo, gathering, plaats="Bij Cleo", datum="2027-06-19")

    page = cas.send(seen_by_cas, "/wijzig", plaats="Bij Cas", datum="20-06-2027")

    assert page.status == 409
    assert "Bij Cleo" in page.body
    assert "Bij Cas" in page.body
    assert "zaterdag 19 juni 2027" in page.text
    assert "zondag 20 juni 2027" in page.text


def _guest_link(gathering: Page, address: str) -> str:
    found = re.search(
        rf'href="([^"]*/gasten/[^"/]+)"[^>]*>[^<]*(?:<[^>]+>)*{re.escape(address)}', gathering.body
    )
    assert found, gathering.text
    return found[1]


def _boxes(plan_form: Page) -> list[str]:
    """The values of the boxes that a plan form offers to celebrate somebody."""
    return re.findall(r'name="geeerd"[^>]*value="([^"]+)"', plan_form.body)


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _flat(text: str) -> str:
    """A text without its line ends."""
    return " ".join(text.split())


def _rsvp_page(town: Town, invited: EmailMessage) -> str:
    return Browser().get(town.link_in(invited, "/uitnodiging/")).text
