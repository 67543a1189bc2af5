"""Receiving: a mail has its effect once, and what nobody may guess waits for a coordinator."""

from __future__ import annotations

import pytest

from chalicelib import bootstrap
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.inbound import Why
from chalicelib.domain.invitation import Invitation, PartStat, Tally, Via
from chalicelib.use_cases import receiving
from chalicelib.use_cases.receiving import Receipt
from tests.domain.examples import BO
from tests.inbound import RSVP_DOMAIN, Postman, reply, words
from tests.town import SLUG, Town
from tests.use_cases.steps import invited, planned


@pytest.fixture
def postman(ons_dorp: Town) -> Postman:
    """Whoever brings mail to the celebration that Bo is invited to."""
    planned(ons_dorp)
    invited(ons_dorp)
    ons_dorp.clock.wait(minutes=5)
    return Postman(ons_dorp.aws.client("s3"))


def receive(town: Town, notice: str) -> Receipt:
    pluim = bootstrap.pluim()
    return receiving.receive(
        pluim.world,
        inbox=pluim.inbox,
        notice=pluim.read_notice(notice),
        rsvp_domain=RSVP_DOMAIN,
        now=town.clock.now,
    )


def place(town: Town) -> Invitation:
    return town.world.store.invitation(SLUG, "g1", "bo")


def held(town: Town) -> HeldReply:
    (only,) = town.world.store.held_replies(SLUG).items
    return only


def test_a_guests_own_answer_is_recorded_and_confirmed(ons_dorp: Town, postman: Postman) -> None:
    assert receive(ons_dorp, postman.bring(reply())) is Receipt.APPLIED
    ons_dorp.look_after_mail()

    answer = place(ons_dorp).answer
    assert answer is not None
    assert (answer.partstat, answer.via) == (PartStat.ACCEPTED, Via.MAIL)
    assert ons_dorp.world.store.tally(SLUG, "g1") == Tally(accepted=1, heads=1)
    assert len(ons_dorp.mails_to(BO)) == 1


def test_words_wait_for_a_coordinator(ons_dorp: Town, postman: Postman) -> None:
    assert receive(ons_dorp, postman.bring(words("Mag mijn zus mee?").as_bytes())) is Receipt.HELD

    assert (held(ons_dorp).why, held(ons_dorp).text) == (Why.WORDS, "Mag mijn zus mee?")
