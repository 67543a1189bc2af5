"""Reviewing: decisions that can be undone for a while, and that nobody takes about themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.message import MessageState
from chalicelib.domain.nomination import (
    CannotMove,
    CannotNominateYourself,
    CannotReviewOwn,
    Honouree,
    NominationState,
    Nominator,
)
from chalicelib.domain.people import Side
from chalicelib.ports import NotFound
from chalicelib.use_cases import overseeing, viewing
from chalicelib.use_cases.reviewing import AlreadyReviewed, TooLateToUndo
from tests.domain.examples import ADA, BO, DAN, submitted, verified
from tests.town import CAS, CLEO, SLUG, Town
from tests.use_cases.steps import cleo, deliver, kept, nomination_of, review

ON_PAPER = (Honouree("1", "Bo de Vries"),)


def state_of(town: Town, message_id: str) -> MessageState:
    return town.world.store.message(SLUG, message_id).state


def test_approving_thanks_everybody_who_has_an_address(ons_dorp: Town) -> None:
    people = (*ON_PAPER, Honouree("2", "Dan", address=DAN))

    review(ons_dorp, kept(ons_dorp, verified(honourees=people))).approve()
    ons_dorp.look_after_mail()

    assert [envelope.recipient for envelope in ons_dorp.mailer.envelopes] == [DAN]
    assert nomination_of(ons_dorp).awaits_letter


def test_the_nominator_reads_who_still_gets_their_thanks(ons_dorp: Town) -> None:
    people = (*ON_PAPER, Honouree("2", "Dan", address=DAN))
    review(ons_dorp, kept(ons_dorp, verified(honourees=people))).approve()
    ons_dorp.look_after_mail()

    status = viewing.status(ons_dorp.world, partnership=ons_dorp.partnership, nomination_id="n1")

    assert (status.state, status.waits_for) == ("approved", ("Bo de Vries",))


def test_the_thanks_wait_until_undoing_is_over(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified()), undo_minutes=10).approve()
    ons_dorp.look_after_mail()
    assert not ons_dorp.mails_to(BO)

    ons_dorp.clock.wait(minutes=10)
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(BO)) == 1


def test_undone_thanks_are_withheld_for_good(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified()), undo_minutes=10).approve()
    review(ons_dorp, nomination_of(ons_dorp)).undo()

    ons_dorp.clock.wait(minutes=11)
    ons_dorp.look_after_mail()

    assert not ons_dorp.mails_to(BO)
    assert nomination_of(ons_dorp).state is NominationState.VERIFIED


def test_after_undoing_a_second_approval_thanks_once(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified()), undo_minutes=10).approve()
    review(ons_dorp, nomination_of(ons_dorp)).undo()
    review(ons_dorp, nomination_of(ons_dorp)).approve()

    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(BO)) == 1


def test_what_has_left_cannot_be_undone(ons_dorp: Town) -> None:
    people = (Honouree("1", "Bo", address=BO), Honouree("2", "Dan", address=DAN))
    review(ons_dorp, kept(ons_dorp, verified(honourees=people)), undo_minutes=10).approve()
    late = review(ons_dorp, nomination_of(ons_dorp))
    ons_dorp.clock.wait(minutes=10)
    deliver(ons_dorp, "thanks-n1-1-1")

    with pytest.raises(TooLateToUndo):
        late.undo()

    assert state_of(ons_dorp, "thanks-n1-2-1") is MessageState.QUEUED


def test_a_question_whose_mail_was_forgotten_cannot_be_undone(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified())).ask(question="Wie was het?")
    ons_dorp.look_after_mail()
    ons_dorp.clock.wait(days=100)

    with pytest.raises(TooLateToUndo):
        review(ons_dorp, nomination_of(ons_dorp)).undo()


def test_thanks_on_paper_alone_can_be_undone(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified(honourees=ON_PAPER))).approve()
    ons_dorp.clock.wait(days=100)

    assert review(ons_dorp, nomination_of(ons_dorp)).undo().state is NominationState.VERIFIED


def test_a_question_still_waiting_is_not_asked_once_the_thanks_are_approved(
    ons_dorp: Town,
) -> None:
    review(ons_dorp, kept(ons_dorp, verified()), undo_minutes=10).ask(question="Wie was het?")
    review(ons_dorp, nomination_of(ons_dorp)).approve()

    ons_dorp.clock.wait(minutes=11)
    ons_dorp.look_after_mail()

    assert not ons_dorp.mails_to(ADA)


def test_a_question_still_waiting_is_not_asked_once_the_thanks_go_on_paper(
    ons_dorp: Town,
) -> None:
    waiting = kept(ons_dorp, verified(honourees=ON_PAPER))
    review(ons_dorp, waiting, undo_minutes=10).ask(question="Wie was het?")
    review(ons_dorp, nomination_of(ons_dorp)).approve()

    ons_dorp.clock.wait(minutes=11)
    ons_dorp.look_after_mail()

    assert not ons_dorp.mails_to(ADA)


def test_mending_the_citation_leaves_a_waiting_question_alone(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified()), undo_minutes=10).ask(question="Wie was het?")
    again = review(ons_dorp, nomination_of(ons_dorp))
    again.mend(citation="Held the square", addresses={})
    again.keep()

    ons_dorp.clock.wait(minutes=11)
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(ADA)) == 1


def test_of_two_coordinators_the_second_sees_what_the_first_did(ons_dorp: Town) -> None:
    waiting = kept(ons_dorp, verified())
    cas = ons_dorp.world.store.person(SLUG, "cas")
    first, second = review(ons_dorp, waiting), review(ons_dorp, waiting, reviewer=cas)
    first.approve()

    with pytest.raises(AlreadyReviewed) as changed:
        second.decline(reason="Niet nu.")

    assert changed.value.nomination.state is NominationState.APPROVED
    with pytest.raises(AlreadyReviewed):
        review(ons_dorp, waiting, reviewer=cas)


@pytest.mark.parametrize("theirs", ["wrote", "thanked", "thanked by name"])
def test_nobody_decides_about_their_own(ons_dorp: Town, theirs: str) -> None:
    by_name = (Honouree("1", "cleo  JANSEN"),)
    about = {
        "wrote": verified(nominator=Nominator("Cleo", CLEO, Side.PROFESSIONALS, show_name=True)),
        "thanked": verified(honourees=(Honouree("1", "C.", address=CLEO),)),
        "thanked by name": verified(honourees=by_name),
    }[theirs]

    with pytest.raises(CannotReviewOwn):
        review(ons_dorp, kept(ons_dorp, about), reviewer=cleo(ons_dorp))

    cas = replace(cleo(ons_dorp), id="cas", name="Cas de Boer", address=CAS)
    review(ons_dorp, nomination_of(ons_dorp), reviewer=cas).approve()


def test_declining_tells_the_nominator_alone_and_why(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified())).decline(reason="We kennen Bo niet.")
    ons_dorp.look_after_mail()

    (mail,) = ons_dorp.mails_to(ADA)
    assert "We kennen Bo niet." in str(mail.get_body(("plain",)))
    assert not ons_dorp.mails_to(BO)


def test_what_the_spam_guard_held_back_is_only_mailed_once_released(ons_dorp: Town) -> None:
    held = kept(ons_dorp, submitted(suspicious=True))
    ons_dorp.look_after_mail()
    assert not ons_dorp.mailer.mails

    review(ons_dorp, held).release()
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(ADA)) == 1


def test_an_address_found_by_the_reviewer_gets_the_thanks(ons_dorp: Town) -> None:
    step = review(ons_dorp, kept(ons_dorp, verified(honourees=ON_PAPER)))

    step.mend(citation="", addresses={"1": BO})
    step.approve()
    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(BO)) == 1


def test_the_nominators_own_address_is_not_taken_for_the_honouree(ons_dorp: Town) -> None:
    step = review(ons_dorp, kept(ons_dorp, verified(honourees=ON_PAPER)))

    with pytest.raises(CannotNominateYourself):
        step.mend(citation="", addresses={"1": ADA})


def test_a_reviewer_does_not_send_the_thanks_to_themselves(ons_dorp: Town) -> None:
    step = review(ons_dorp, kept(ons_dorp, verified(honourees=ON_PAPER)))

    with pytest.raises(CannotReviewOwn):
        step.mend(citation="", addresses={"1": CLEO})


def test_there_is_no_letter_before_the_thanks_are_approved(ons_dorp: Town) -> None:
    waiting = kept(ons_dorp, verified(honourees=ON_PAPER))

    with pytest.raises(NotFound):
        overseeing.letter(
            ons_dorp.world,
            partnership=ons_dorp.partnership,
            nomination_id=waiting.id,
            honouree_id="1",
            now=ons_dorp.clock.now,
        )
    with pytest.raises(CannotMove):
        review(ons_dorp, waiting).hand_over(honouree_id="1")


def test_who_is_thanked_by_mail_is_not_handed_a_letter(ons_dorp: Town) -> None:
    people = (*ON_PAPER, Honouree("2", "Dan", address=DAN))
    review(ons_dorp, kept(ons_dorp, verified(honourees=people))).approve()

    with pytest.raises(CannotMove):
        review(ons_dorp, nomination_of(ons_dorp)).hand_over(honouree_id="2")

    assert nomination_of(ons_dorp).honouree("2").thanked_at is None


def test_a_letter_handed_over_counts_as_thanked(ons_dorp: Town) -> None:
    review(ons_dorp, kept(ons_dorp, verified(honourees=ON_PAPER))).approve()

    review(ons_dorp, nomination_of(ons_dorp)).hand_over(honouree_id="1")

    assert nomination_of(ons_dorp).state is NominationState.THANKED
