"""Nominating: kept once, mailed to nobody but its nominator, until it was proven and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.nomination import (
    Appreciation,
    CannotMove,
    CannotNominateYourself,
    Nomination,
    NominationState,
    Nominator,
    Words,
)
from chalicelib.domain.people import EmailAddress, Person, Side
from chalicelib.domain.spam_guard import Filling, Tripwire
from chalicelib.use_cases import founding, nominating
from chalicelib.use_cases.nominating import Draft, Named, SendKeyUsed
from tests.domain.examples import ADA, BO, submitted, verified
from tests.town import CLEO, SLUG, Town
from tests.use_cases.steps import cleo, kept, nomination_of, review, while_saving

DRAFT = Draft(
    nominator=Nominator("Ada", ADA, Side.CITIZENS, show_name=True),
    named=(Named("Bo de Vries", BO),),
    side=Side.PROFESSIONALS,
    words=Words("Kept the square safe.", "We dared to go out again."),
    appreciation=Appreciation.SHOUT_OUT,
)


def send(
    town: Town,
    draft: Draft = DRAFT,
    *,
    key: str = "a" * 32,
    signed_in: Person | None = None,
    filling: Filling | None = None,
) -> Nomination:
    return nominating.submit_nomination(
        town.world,
        partnership=town.partnership,
        draft=draft,
        send_key=key,
        signed_in=signed_in,
        filling=filling or Filling(),
        now=town.clock.now,
    )


def verify(town: Town, nomination: Nomination) -> Nomination:
    return nominating.verify_nomination(
        town.world,
        partnership=town.partnership,
        nomination_id=nomination.id,
        now=town.clock.now,
    )


def withdraw(town: Town) -> Nomination:
    return nominating.withdraw_nomination(
        town.world, partnership=town.partnership, nomination_id="n1", now=town.clock.now
    )


def explain(town: Town, text: str) -> Nomination:
    return nominating.answer_question(
        town.world, partnership=town.partnership, nomination_id="n1", answer=text
    )


def test_the_same_form_again_returns_what_was_kept(ons_dorp: Town) -> None:
    first, again = send(ons_dorp), send(ons_dorp)
    ons_dorp.look_after_mail()

    assert first.id == again.id
    assert len(ons_dorp.mailer.mails) == 1


def test_the_same_form_with_other_words_shows_what_was_kept(ons_dorp: Town) -> None:
    send(ons_dorp)

    with pytest.raises(SendKeyUsed) as used:
        send(ons_dorp, replace(DRAFT, words=Words("Something else.", "For other reasons.")))

    assert used.value.nomination.words == DRAFT.words


@pytest.mark.parametrize(
    "other",
    [
        replace(DRAFT, named=(Named("Bo de Vries", EmailAddress("bo@other.example")),)),
        replace(DRAFT, side=Side.CITIZENS),
    ],
)
def test_no_difference_between_two_forms_is_lost_in_silence(ons_dorp: Town, other: Draft) -> None:
    send(ons_dorp)

    with pytest.raises(SendKeyUsed):
        send(ons_dorp, other)


def test_another_form_is_another_nomination(ons_dorp: Town) -> None:
    assert send(ons_dorp).id != send(ons_dorp, key="b" * 32).id


def test_until_the_address_is_proven_nobody_reads_what_was_typed(ons_dorp: Town) -> None:
    send(ons_dorp)
    ons_dorp.look_after_mail()

    (mail,) = ons_dorp.mailer.mails
    text = mail.as_string()
    assert mail["To"].addresses[0].addr_spec == ADA
    assert not any(typed in text for typed in ("Ada", "Bo", "square", "dared"))


def test_the_sixth_in_a_day_waits_with_the_spam_until_the_next_day(ons_dorp: Town) -> None:
    sent = [send(ons_dorp, key=f"key-{number}") for number in range(6)]
    ons_dorp.clock.wait(days=1)
    next_day = send(ons_dorp, key="key-7")

    assert [one.tripped for one in (*sent, next_day)] == [()] * 5 + [(Tripwire.MANY,), ()]


def test_a_form_that_is_sent_again_counts_once(ons_dorp: Town) -> None:
    for _ in range(6):
        send(ons_dorp, key="the same")
    sent = [send(ons_dorp, key=f"key-{number}") for number in range(5)]

    assert [one.tripped for one in sent] == [()] * 4 + [(Tripwire.MANY,)]
    assert send(ons_dorp, key="key-4") == nomination_of(ons_dorp, sent[-1].id)


def test_who_is_signed_in_may_send_more_than_five(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, nominations_a_day=1)
    busy = replace(ons_dorp, partnership=ons_dorp.world.store.partnership(SLUG))
    ada = replace(cleo(ons_dorp), address=ADA)

    sent = [send(busy, key=f"key-{number}", signed_in=ada) for number in range(2)]

    assert not any(one.tripped for one in sent)


def test_haste_is_measured_by_what_the_partnership_chose(ons_dorp: Town) -> None:
    quick = Filling(opened_at=ons_dorp.clock.now - timedelta(seconds=2))
    founding.change_settings(ons_dorp.world, slug=SLUG, least_seconds=1)
    patient = replace(ons_dorp, partnership=ons_dorp.world.store.partnership(SLUG))

    assert send(ons_dorp, filling=quick).tripped == (Tripwire.HASTE,)
    assert not send(patient, filling=quick, key="b" * 32).suspicious


def test_after_midnight_the_receipt_counts_from_the_new_day(ons_dorp: Town) -> None:
    ons_dorp.clock.now = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    nomination = send(ons_dorp)

    verify(ons_dorp, nomination)

    receipt = ons_dorp.world.store.message(SLUG, f"receipt-{nomination.id}")
    assert receipt.facts["read_by"] == "2026-11-28"


def test_proving_the_address_twice_sends_one_receipt(ons_dorp: Town) -> None:
    nomination = send(ons_dorp)
    ons_dorp.look_after_mail()

    for _ in range(2):
        verify(ons_dorp, nomination)
    ons_dorp.look_after_mail()

    assert [e.tags["kind"] for e in ons_dorp.mailer.envelopes][1:] == ["nomination_receipt"]


def test_who_is_signed_in_under_that_address_has_nothing_to_prove(ons_dorp: Town) -> None:
    by_cleo = replace(DRAFT, nominator=replace(DRAFT.nominator, address=CLEO))

    own = send(ons_dorp, by_cleo, signed_in=cleo(ons_dorp))
    other = send(ons_dorp, signed_in=cleo(ons_dorp), key="b" * 32)

    assert own.state is NominationState.VERIFIED
    assert other.state is NominationState.SUBMITTED


def test_a_suspicious_one_is_kept_and_mails_nobody(ons_dorp: Town) -> None:
    kept_one = send(ons_dorp, filling=Filling(trap="https://spam.example"))
    ons_dorp.look_after_mail()

    assert nomination_of(ons_dorp, kept_one.id).suspicious
    assert not ons_dorp.mailer.mails


def test_nobody_nominates_themselves_under_another_spelling(ons_dorp: Town) -> None:
    myself = replace(DRAFT, named=(Named("Ada", EmailAddress("ADA+prijs@example.nl")),))

    with pytest.raises(CannotNominateYourself):
        send(ons_dorp, myself)


def test_a_party_is_thanked_by_the_name_it_carries(ons_dorp: Town) -> None:
    nomination = send(ons_dorp, replace(DRAFT, named=(Named("buurthuis de BRUG"),)))

    (honouree,) = nomination.honourees
    assert (honouree.name, honouree.party) == ("Buurthuis De Brug", "buurthuis")
    assert honouree.side is Side.CITIZENS


def test_taking_it_back_twice_is_fine_until_it_was_sent(ons_dorp: Town) -> None:
    kept(ons_dorp, verified())

    for _ in range(2):
        assert withdraw(ons_dorp).state is NominationState.WITHDRAWN


@pytest.mark.parametrize("step", ["verify", "withdraw", "answer"])
def test_two_clicks_at_the_same_time_are_one(ons_dorp: Town, step: str) -> None:
    nomination = kept(ons_dorp, submitted() if step == "verify" else verified())
    if step == "answer":
        review(ons_dorp, nomination).ask(question="Wie was het?")
    clicks: dict[str, Callable[[Town], Nomination]] = {
        "verify": lambda town: verify(town, nomination),
        "withdraw": withdraw,
        "answer": lambda town: explain(town, "Bo."),
    }
    click = clicks[step]

    second = replace(ons_dorp, world=while_saving(ons_dorp.world, lambda: click(ons_dorp)))

    assert click(second) == nomination_of(ons_dorp)


def test_what_was_approved_cannot_be_taken_back(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified())).approve()

    with pytest.raises(CannotMove):
        withdraw(ons_dorp)


def test_who_took_it_back_is_not_asked_about_it_any_more(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified()), undo_minutes=10).ask(question="Wie was het?")
    withdraw(ons_dorp)

    ons_dorp.clock.wait(minutes=11)
    ons_dorp.look_after_mail()

    assert not ons_dorp.mails_to(ADA)


def test_an_answer_sent_twice_is_kept_once_and_another_one_is_refused(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified())).ask(question="Wie was het?")

    answers = [explain(ons_dorp, "Bo.").state for _ in range(2)]

    assert answers == [NominationState.ANSWERED] * 2
    with pytest.raises(CannotMove):
        explain(ons_dorp, "Dan.")
