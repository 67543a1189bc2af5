"""Stopping: its link cannot be forged or moved, and what was stopped does not leave."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.access import UNSUBSCRIBE_LIVES, Purpose
from chalicelib.domain.message import Kind, Message, MessageState
from chalicelib.domain.people import EmailAddress, Language
from chalicelib.domain.preferences import Preferences, StopLink
from chalicelib.messages import emails
from chalicelib.ports import NotFound
from chalicelib.use_cases import overseeing, promising_gatherings, promising_thanks, stopping
from chalicelib.use_cases.delivering import Delivery
from tests.domain.examples import ADA, BO, message, thanked
from tests.town import CAS, SLUG, Town
from tests.use_cases.steps import (
    deliver,
    invited,
    nomination_of,
    planned,
    promise,
    promise_thanks,
    while_saving,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FUNCTION_FIXTURE = [HealthCheck.function_scoped_fixture]


def token_for(town: Town, mail: Message | None = None) -> str:
    return stopping.stop_token(town.world, mail or message(), now=town.clock.now)


def opened(town: Town, text: str, *, partnership: str = SLUG) -> StopLink:
    token = stopping.open_link(town.world, partnership=partnership, text=text)
    return StopLink.of_subject(token.subject)


def stopped_by(town: Town, address: str, *kinds: Kind) -> None:
    key = town.world.secrets.address_key(address)
    town.world.save(Preferences(SLUG, key, frozenset(kinds)))


def stored(town: Town, mail: Message) -> Message:
    return town.world.store.message(SLUG, mail.id)


def test_exactly_what_comes_unasked_may_be_stopped() -> None:
    links = {kind: emails.stops(kind) for kind in Kind if emails.stops(kind)}

    assert (
        links.items()
        >= {
            Kind.THANKS: Kind.THANKS,
            Kind.THANKS_BACK: Kind.THANKS_BACK,
            Kind.GATHERING_INVITE: Kind.GATHERING_INVITE,
            Kind.GATHERING_UPDATE: Kind.GATHERING_UPDATE,
            Kind.GATHERING_CANCEL: Kind.GATHERING_INVITE,
            Kind.GATHERING_REMINDER: Kind.GATHERING_REMINDER,
        }.items()
    )
    assert not links.keys() & {
        Kind.SIGNIN_CODE,
        Kind.SIGNIN_NEW_DEVICE,
        Kind.NOMINATION_VERIFY,
        Kind.NOMINATION_RECEIPT,
        Kind.NOMINATION_ANSWER,
        Kind.RSVP_CONFIRMED,
    }


def test_a_link_says_whose_mail_it_stops_and_until_when(ons_dorp: Town) -> None:
    text = token_for(ons_dorp)

    token = stopping.open_link(ons_dorp.world, partnership=SLUG, text=text)

    key = ons_dorp.world.secrets.address_key(BO)
    assert StopLink.of_subject(token.subject) == StopLink(key, Kind.THANKS)
    assert token.purpose is Purpose.UNSUBSCRIBE
    assert token.expires_at == ons_dorp.clock.now + UNSUBSCRIBE_LIVES


def test_a_link_holds_no_address(ons_dorp: Town) -> None:
    text = token_for(ons_dorp)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()

    assert BO.partition("@")[0] not in data.split("/")
    assert "@" not in data
    assert "example" not in data


@settings(suppress_health_check=FUNCTION_FIXTURE, max_examples=200, deadline=None)
@given(at=st.integers(0, 400), letter=st.sampled_from(ALPHABET), cut=st.booleans())
def test_no_letter_of_a_link_can_be_changed(
    ons_dorp: Town, at: int, letter: str, cut: bool
) -> None:
    text = token_for(ons_dorp)
    at %= len(text)
    altered = text[:at] + ("" if cut else letter) + text[at + 1 :]

    if altered == text:
        assert opened(ons_dorp, altered)
    else:
        with pytest.raises(NotFound):
            opened(ons_dorp, altered)


@settings(suppress_health_check=FUNCTION_FIXTURE, max_examples=100, deadline=None)
@given(text=st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()))
def test_nothing_else_is_a_link(ons_dorp: Town, text: str) -> None:
    with pytest.raises(NotFound):
        opened(ons_dorp, text)


@settings(suppress_health_check=FUNCTION_FIXTURE, deadline=None)
@given(
    kind=st.sampled_from([*emails.stoppable(), "signin_code", "postcard"]),
    seconds=st.integers(1, 10**9),
    person=st.sampled_from(["cleo", "cas", "/", ""]),
    whose=st.sampled_from([ADA, BO, CAS]),
)
def test_a_link_cannot_be_moved_to_another_kind_person_or_day(
    ons_dorp: Town, kind: str, seconds: int, person: str, whose: EmailAddress
) -> None:
    text = token_for(ons_dorp)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    key, digest, expires, subject = data.split("/", maxsplit=3)
    address_key = ons_dorp.world.secrets.address_key(whose)
    for moved in (
        (expires, f"{address_key}/{kind}/{person}"),
        (str(int(expires) + seconds), subject),
        (f"+{expires}", subject),
    ):
        forged = base64.urlsafe_b64encode("/".join((key, digest, *moved)).encode())
        if moved != (expires, subject):
            with pytest.raises(NotFound):
                opened(ons_dorp, forged.decode().rstrip("="))


@pytest.mark.parametrize("partnership", ["de-stad", "", "ons-dor", "ons-dorp/"])
def test_a_link_works_in_its_own_partnership_alone(ons_dorp: Town, partnership: str) -> None:
    text = token_for(ons_dorp)

    with pytest.raises(NotFound):
        opened(ons_dorp, text, partnership=partnership)


@pytest.mark.parametrize("kind", [kind for kind in Kind if not emails.stops(kind)])
def test_what_follows_an_own_act_has_no_link(ons_dorp: Town, kind: Kind) -> None:
    assert token_for(ons_dorp, message(kind=kind)) == ""


def test_only_what_may_be_stopped_says_how(ons_dorp: Town) -> None:
    deliver(ons_dorp, promise(ons_dorp).id)
    deliver(ons_dorp, promise_thanks(ons_dorp).id)

    (verification,), (thanks,) = ons_dorp.mails_to(ADA), ons_dorp.mails_to(BO)

    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & set(verification.keys())
    assert thanks["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/afmelden/" not in verification.as_string()


def test_stopped_thanks_become_a_letter_however_their_address_is_written(ons_dorp: Town) -> None:
    stopped_by(ons_dorp, "BO+pluim@Example.nl", Kind.THANKS)
    mail = promise_thanks(ons_dorp)

    assert deliver(ons_dorp, mail.id) is Delivery.SUPPRESSED

    assert (stored(ons_dorp, mail).state, stored(ons_dorp, mail).reason) == (
        MessageState.SUPPRESSED,
        "stopped",
    )
    assert nomination_of(ons_dorp).awaits_letter
    view = overseeing.undelivered(
        ons_dorp.world, partnership=ons_dorp.partnership, now=ons_dorp.clock.now
    )
    assert [(row.reason, row.may_send_again) for row in view.rows] == [("stopped", False)]


def test_a_stopped_answer_is_just_not_sent(ons_dorp: Town) -> None:
    stopped_by(ons_dorp, ADA, Kind.THANKS_BACK)
    nomination = thanked().thanked_back(honouree_id="1", line="Graag gedaan!")
    mail = promising_thanks.thanks_back(
        nomination, nomination.honouree("1"), now=ons_dorp.clock.now
    )
    ons_dorp.world.save(nomination, outbox=[mail])

    assert deliver(ons_dorp, mail.id) is Delivery.SUPPRESSED

    now = ons_dorp.clock.now
    view = overseeing.undelivered(ons_dorp.world, partnership=ons_dorp.partnership, now=now)
    assert not view.rows


def test_another_kind_still_comes(ons_dorp: Town) -> None:
    stopped_by(ons_dorp, BO, *(kind for kind in Kind if kind is not Kind.THANKS))

    assert deliver(ons_dorp, promise_thanks(ons_dorp).id) is Delivery.SENT


def test_a_cancel_and_a_confirmation_ignore_what_was_stopped(ons_dorp: Town) -> None:
    gathering, place = planned(ons_dorp), invited(ons_dorp)
    stopped_by(ons_dorp, BO, *Kind)
    now = ons_dorp.clock.now
    mails = [
        promising_gatherings.cancel_mail(gathering, place, now=now),
        promising_gatherings.confirmation(gathering, place, now=now),
    ]
    ons_dorp.world.save(outbox=mails)

    assert [deliver(ons_dorp, mail.id) for mail in mails] == [Delivery.SENT, Delivery.SENT]


@pytest.mark.parametrize(("thread", "ended"), [("", Delivery.SUPPRESSED), ("0100", Delivery.SENT)])
def test_who_stopped_invitations_hears_of_changes_only_where_they_were_invited(
    ons_dorp: Town, thread: str, ended: Delivery
) -> None:
    gathering, place = planned(ons_dorp), invited(ons_dorp, thread=thread)
    stopped_by(ons_dorp, BO, Kind.GATHERING_INVITE)
    update = promising_gatherings.update_mail(
        gathering, place, before=replace(place, told=0), now=ons_dorp.clock.now
    )
    remind = promising_gatherings.reminder(gathering, place, now=ons_dorp.clock.now)
    ons_dorp.world.save(outbox=[update, remind])

    assert [deliver(ons_dorp, mail.id) for mail in (update, remind)] == [ended, ended]


def test_stopping_twice_or_while_somebody_else_does_loses_nothing(ons_dorp: Town) -> None:
    key = ons_dorp.world.secrets.address_key(BO)
    meanwhile = while_saving(
        ons_dorp.world,
        lambda: stopping.stop(
            ons_dorp.world, partnership=SLUG, link=StopLink(key, Kind.GATHERING_INVITE)
        ),
    )

    for world in (meanwhile, ons_dorp.world):
        stopping.stop(world, partnership=SLUG, link=StopLink(key, Kind.THANKS))

    kept = ons_dorp.world.store.preferences(SLUG, key)
    assert kept.stopped == {Kind.THANKS, Kind.GATHERING_INVITE}


def test_an_old_link_does_not_choose_the_language_of_who_moved(ons_dorp: Town) -> None:
    link = opened(ons_dorp, token_for(ons_dorp, message(recipient=CAS)))
    cas = ons_dorp.world.store.person(SLUG, "cas")
    ons_dorp.world.save(replace(cas, address=EmailAddress("cas@elders.example")))

    stopping.choose(
        ons_dorp.world,
        partnership=SLUG,
        link=link,
        wanted=[],
        shown=[Kind.THANKS],
        language=Language.ENGLISH,
    )

    assert link.person == "cas"
    assert ons_dorp.world.store.person(SLUG, "cas").language is Language.DUTCH
    assert ons_dorp.world.store.preferences(SLUG, link.address_key).stops(Kind.THANKS)


def test_only_what_comes_unasked_is_in_the_language_that_somebody_chose(ons_dorp: Town) -> None:
    for address in (ADA, BO):
        key = ons_dorp.world.secrets.address_key(address)
        ons_dorp.world.save(Preferences(SLUG, key, language=Language.ENGLISH))
    asked, unasked = promise(ons_dorp), promise_thanks(ons_dorp)

    read = [stopping.in_its_language(ons_dorp.world, mail).language for mail in (asked, unasked)]

    assert read == [Language.DUTCH, Language.ENGLISH]


def test_a_mail_of_a_waiting_thank_you_is_held_back_by_a_stop_that_came_in_between(
    ons_dorp: Town,
) -> None:
    mail = promise_thanks(ons_dorp)
    ons_dorp.clock.now += timedelta(minutes=9)
    stopped_by(ons_dorp, BO, Kind.THANKS)

    ons_dorp.look_after_mail()

    assert (stored(ons_dorp, mail).state, ons_dorp.mailer.tries) == (MessageState.SUPPRESSED, 0)
