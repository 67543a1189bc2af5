"""Nominations: their life from sent to thanked, who may decide, and what may be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.domain.consent import Choice
from chalicelib.domain.nomination import (
    MAX_CITATION_LENGTH,
    AlreadyThankedBack,
    Appreciation,
    CannotBeShown,
    CannotMove,
    CannotNominateYourself,
    CannotReviewOwn,
    DoesNotFit,
    Honouree,
    Nomination,
    NominationState,
    NoSuchHonouree,
    Words,
    check_reviewer,
    submit,
)
from chalicelib.domain.people import EmailAddress
from chalicelib.domain.text import NotAName
from tests.domain.examples import (
    ADA,
    BO,
    BO_AND_DAN,
    CLEO,
    DAN,
    DAY,
    NOW,
    approved,
    submitted,
    thanked,
    verified,
)

ZONE = "Europe/Amsterdam"


def test_nobody_nominates_themselves() -> None:
    itself = (Honouree("1", "Ada", address=EmailAddress("ADA+me@example.nl")),)

    with pytest.raises(CannotNominateYourself):
        submit(submitted(honourees=itself))


def test_a_nomination_of_somebody_else_goes_on() -> None:
    assert submit(submitted()) == submitted()


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("what", {"words": Words("Too short", "We dared to go out again.", "")}),
        ("what", {"words": Words("w" * 601, "We dared to go out again.")}),
        ("why", {"words": Words("Kept the square safe.", "Why?")}),
        ("why", {"words": Words("Kept the square safe.", "w" * 601)}),
        ("organisation", {"words": Words("Kept the square safe.", "We dared.", "o" * 121)}),
        ("names", {"honourees": (Honouree("1", "B"),)}),
        ("names", {"honourees": (Honouree("1", "b" * 121),)}),
        ("honourees", {"honourees": ()}),
        ("honourees", {"honourees": (Honouree("1", "Bo"),) * 11}),
    ],
)
def test_a_nomination_says_something_and_not_too_much(part: str, changes: dict[str, Any]) -> None:
    with pytest.raises(DoesNotFit, match=part):
        submit(submitted(**changes))


def test_a_private_number_is_not_kept_and_the_words_around_it_are() -> None:
    words = Words("Bo, 111222333, kept the square safe.", "NL91ABNA0417164300", "Square 111222333")

    kept = submit(submitted(words=words)).words

    assert kept == Words("Bo, •••, kept the square safe.", "•••", "Square •••")


def test_what_people_write_afterwards_holds_no_private_number_either() -> None:
    asked = verified().asked(question="Which Bo?", reviewer="cleo", now=NOW)
    answered = asked.answered(answer="The one with 111222333.")
    back = thanked().thanked_back(honouree_id="1", line="Buy cake from NL91ABNA0417164300!")
    led = thanked().came_of_it(text="A club; 111222333 joined.")
    theirs = led.came_of_it(text="Two clubs; 111222333 left.", honouree_id="1")

    assert answered.answer == "The one with •••."
    assert answered.answered(answer="The one with 111222333.") == answered
    assert back.honouree("1").thanks_back == "Buy cake from •••!"
    assert back.thanked_back(honouree_id="1", line="Buy cake from NL91ABNA0417164300!") == back
    assert (theirs.led_to, theirs.honouree("1").led_to) == (
        "A club; ••• joined.",
        "Two clubs; ••• left.",
    )


def test_an_unproven_nomination_cannot_be_approved() -> None:
    with pytest.raises(CannotMove):
        submitted().approved(reviewer="cleo", now=NOW)


def test_proving_the_address_lets_a_coordinator_read_it() -> None:
    assert not submitted().awaits_review
    assert verified().awaits_review


def test_a_proven_address_ends_the_suspicion() -> None:
    assert not submitted(suspicious=True).verified(now=NOW).suspicious


def test_a_coordinator_releases_what_the_spam_guard_held_back() -> None:
    released = submitted(suspicious=True).released(now=NOW)

    assert released == submitted(released_at=NOW)


def test_the_nominator_explains_what_the_reviewer_asked() -> None:
    asked = verified().asked(question="Which square?", reviewer="cleo", now=NOW)
    answered = asked.answered(answer="The one by the church.")

    assert asked.state is NominationState.QUESTION
    assert answered.state is NominationState.ANSWERED
    assert answered.awaits_review


def test_an_answer_needs_a_question() -> None:
    with pytest.raises(CannotMove):
        verified().answered(answer="The one by the church.")


def test_a_reviewer_need_not_wait_for_the_answer() -> None:
    asked = verified().asked(question="Which square?", reviewer="cleo", now=NOW)

    assert asked.approved(reviewer="cleo", now=NOW).state is NominationState.APPROVED


def test_a_refusal_keeps_its_reason_for_the_nominator() -> None:
    declined = verified().declined(reason="Too little to go on.", reviewer="cleo", now=NOW)

    assert (declined.state, declined.reason) == (NominationState.DECLINED, "Too little to go on.")


def test_a_decided_nomination_is_not_decided_again() -> None:
    with pytest.raises(CannotMove):
        approved().declined(reason="Second thoughts.", reviewer="cleo", now=NOW)


def test_each_decision_has_a_number_of_its_own() -> None:
    first = verified().asked(question="Which square?", reviewer="cleo", now=NOW)
    second = first.answered(answer="That one.").declined(reason="No.", reviewer="cleo", now=NOW)

    assert (first.round, second.round) == (1, 2)


def test_an_undone_decision_leaves_it_where_the_reviewer_found_it() -> None:
    reopened = approved().reopened()

    assert reopened == replace(verified(), round=1)


def test_an_undone_decision_about_an_answer_keeps_the_answer() -> None:
    asked = verified().asked(question="Which square?", reviewer="cleo", now=NOW)
    answered = asked.answered(answer="That one.")

    reopened = answered.approved(reviewer="cleo", now=NOW).reopened()

    assert (reopened.state, reopened.answer) == (NominationState.ANSWERED, "That one.")


def test_an_undone_question_was_never_asked() -> None:
    reopened = verified().asked(question="Which square?", reviewer="cleo", now=NOW).reopened()

    assert (reopened.state, reopened.question) == (NominationState.VERIFIED, "")


def test_an_undone_approval_leaves_an_open_question_open() -> None:
    asked = verified().asked(question="Which square?", reviewer="cleo", now=NOW)

    reopened = asked.approved(reviewer="cleo", now=NOW).reopened()

    assert (reopened.state, reopened.question) == (NominationState.QUESTION, "Which square?")


def test_what_somebody_was_thanked_for_cannot_be_undone() -> None:
    halfway = approved(honourees=BO_AND_DAN).thanked(honouree_id="2", now=NOW)

    with pytest.raises(CannotMove):
        halfway.reopened()


def test_the_nominator_takes_it_back_while_nobody_was_told() -> None:
    assert verified().withdrawn(now=NOW).state is NominationState.WITHDRAWN


def test_the_nominator_cannot_take_back_what_was_approved() -> None:
    assert not approved().may_be_withdrawn
    with pytest.raises(CannotMove):
        approved().withdrawn(now=NOW)


def test_the_citation_is_the_headline_and_fits_a_certificate() -> None:
    cited = verified().with_citation("x" * 200)

    assert cited.headline == "x" * MAX_CITATION_LENGTH


def test_without_a_citation_the_deed_is_the_headline() -> None:
    assert verified().headline == "Kept the square safe."


def test_a_citation_stands_once_it_was_decided() -> None:
    with pytest.raises(CannotMove):
        approved().with_citation("Safe square")


def test_a_reviewer_adds_the_address_they_found() -> None:
    found = verified(honourees=BO_AND_DAN).with_address(honouree_id="2", address=DAN)

    assert found.honouree("2").address == DAN


def test_the_address_a_reviewer_finds_is_not_the_nominators() -> None:
    with pytest.raises(CannotNominateYourself):
        verified(honourees=BO_AND_DAN).with_address(honouree_id="2", address=ADA)


def test_one_thanked_honouree_makes_one_nomination_thanked() -> None:
    assert thanked().state is NominationState.THANKED


def test_a_nomination_is_thanked_once_everybody_has_their_thanks() -> None:
    halfway = approved(honourees=BO_AND_DAN).thanked(honouree_id="1", now=NOW)
    done = halfway.thanked(honouree_id="2", now=NOW)

    assert (halfway.state, halfway.awaits_letter) == (NominationState.APPROVED, True)
    assert (done.state, done.awaits_letter) == (NominationState.THANKED, False)


def test_who_left_does_not_keep_the_others_waiting() -> None:
    halfway = approved(honourees=BO_AND_DAN).thanked(honouree_id="1", now=NOW)

    assert halfway.without(honouree_id="2", now=NOW).state is NominationState.THANKED


def test_being_thanked_twice_keeps_the_first_time() -> None:
    assert thanked().thanked(honouree_id="1", now=NOW + DAY) == thanked()


def test_nobody_is_thanked_for_what_was_not_approved() -> None:
    assert verified().thanked(honouree_id="1", now=NOW) == verified()


def test_nothing_is_shown_before_the_honouree_said_yes() -> None:
    assert not thanked().is_shown
    assert thanked().shown_names == ()


def test_a_yes_shows_the_name_as_far_as_it_goes() -> None:
    first_name = thanked().chosen(honouree_id="1", choice=Choice.FIRST_NAME)
    named = first_name.chosen(honouree_id="1", choice=Choice.NAMED)

    assert first_name.shown_names == ("Bo",)
    assert named.shown_names == ("Bo de Vries",)


def test_a_withdrawn_yes_hides_it_at_once() -> None:
    shown = thanked().chosen(honouree_id="1", choice=Choice.NAMED)

    assert not shown.chosen(honouree_id="1", choice=Choice.PRIVATE).is_shown


def test_one_yes_of_two_shows_nothing() -> None:
    both = thanked(honourees=BO_AND_DAN).thanked(honouree_id="2", now=NOW)
    one_yes = both.chosen(honouree_id="1", choice=Choice.NAMED)

    assert not one_yes.is_shown
    assert one_yes.chosen(honouree_id="2", choice=Choice.FIRST_NAME).is_shown


def test_a_pat_on_the_back_stays_between_the_two() -> None:
    quiet = thanked(appreciation=Appreciation.PAT_ON_THE_BACK)

    with pytest.raises(CannotBeShown):
        quiet.chosen(honouree_id="1", choice=Choice.NAMED)
    assert not quiet.chosen(honouree_id="1", choice=Choice.PRIVATE).is_shown


def test_nobody_chooses_before_they_were_thanked() -> None:
    with pytest.raises(CannotMove):
        verified().chosen(honouree_id="1", choice=Choice.NAMED)


def test_the_nominator_may_stay_unnamed() -> None:
    shy = replace(submitted().nominator, show_name=False)

    assert thanked().shown_nominator == "Ada"
    assert thanked(nominator=shy).shown_nominator == ""


def test_an_honouree_corrects_their_own_name() -> None:
    corrected = thanked().with_name(honouree_id="1", name="Bo Vries")

    assert corrected.honouree("1").name == "Bo Vries"
    with pytest.raises(NotAName):
        thanked().with_name(honouree_id="1", name="Call 0123 456 789")


def test_the_first_line_of_thanks_back_stays() -> None:
    first = thanked().thanked_back(honouree_id="1", line="With pleasure!")

    assert first.thanked_back(honouree_id="1", line="With pleasure!") == first
    with pytest.raises(AlreadyThankedBack):
        first.thanked_back(honouree_id="1", line="Again!")


def test_removal_takes_the_name_the_address_and_the_words() -> None:
    gone = thanked().without(honouree_id="1", now=NOW)

    assert (gone.honourees[0].name, gone.honourees[0].address) == ("", None)
    assert gone.words == Words(what="", why="")


def test_words_about_somebody_who_left_are_never_shown() -> None:
    both = thanked(honourees=BO_AND_DAN).thanked(honouree_id="2", now=NOW)
    left = both.without(honouree_id="2", now=NOW)

    assert not left.chosen(honouree_id="1", choice=Choice.NAMED).is_shown
    assert left.words == both.words


def test_who_left_cannot_be_reached_any_more() -> None:
    gone = thanked().without(honouree_id="1", now=NOW)

    with pytest.raises(NoSuchHonouree):
        gone.chosen(honouree_id="1", choice=Choice.NAMED)


def test_somebody_else_may_review() -> None:
    check_reviewer(verified(), name="Cleo", address=CLEO)


@pytest.mark.parametrize("address", [ADA, BO, EmailAddress("Bo+work@example.nl")])
def test_nobody_reviews_what_they_wrote_or_what_thanks_them(address: EmailAddress) -> None:
    with pytest.raises(CannotReviewOwn):
        check_reviewer(verified(), name="Somebody", address=address)


def test_a_name_is_enough_while_the_honourees_address_is_unknown() -> None:
    with pytest.raises(CannotReviewOwn):
        check_reviewer(verified(honourees=BO_AND_DAN), name="DAN  bakker", address=DAN)


def test_a_namesake_of_an_honouree_with_an_address_may_review() -> None:
    check_reviewer(verified(), name="Bo de Vries", address=CLEO)


def test_reading_takes_as_long_as_was_promised_after_the_proof() -> None:
    late = submitted().verified(now=NOW + 2 * DAY)

    assert late.read_by(response_days=7, time_zone=ZONE) == date(2026, 11, 29)
    assert submitted().read_by(response_days=7, time_zone=ZONE) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), date(2026, 12, 20)),
        (datetime(2027, 1, 30, tzinfo=UTC), date(2027, 2, 28)),
        (datetime(2028, 1, 30, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2027, 1, 15, tzinfo=UTC), date(2027, 2, 14)),
    ],
)
def test_an_honouree_hears_of_it_within_a_month(sent: datetime, told: date) -> None:
    assert submitted(submitted_at=sent).inform_by(time_zone=ZONE) == told


@pytest.mark.parametrize(
    ("sent", "written", "read", "told"),
    [
        (datetime(2026, 11, 20, 22, 59, tzinfo=UTC), (11, 20), (11, 27), (12, 20)),
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), (11, 21), (11, 28), (12, 21)),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), (7, 1), (7, 8), (7, 31)),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), (7, 2), (7, 9), (8, 1)),
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), (10, 25), (11, 1), (11, 24)),
    ],
)
def test_days_begin_at_midnight_where_people_live(
    sent: datetime, written: tuple[int, int], read: tuple[int, int], told: tuple[int, int]
) -> None:
    nomination = submitted(submitted_at=sent)

    assert nomination.submitted_on(time_zone=ZONE) == date(2026, *written)
    assert nomination.read_by(response_days=7, time_zone=ZONE) == date(2026, *read)
    assert nomination.inform_by(time_zone=ZONE) == date(2026, *told)


def test_a_yes_ends_with_the_one_who_gave_it() -> None:
    gone = replace(BO_AND_DAN[0], choice=Choice.NAMED, removed_at=NOW)

    assert not gone.allows_showing


def test_what_was_never_confirmed_is_forgotten_after_a_week() -> None:
    assert submitted().forget_at == NOW + 7 * DAY


def test_what_was_held_back_can_be_confirmed_for_a_week_after_its_release() -> None:
    released = submitted(suspicious=True).released(now=NOW + 6 * DAY)

    assert released.forget_at == NOW + 13 * DAY
    assert released.released(now=NOW + 12 * DAY).forget_at == NOW + 13 * DAY


def test_what_was_declined_or_taken_back_is_forgotten_a_month_after_it_was_sent() -> None:
    declined = verified().declined(reason="Liever niet.", reviewer="cleo", now=NOW + 3 * DAY)

    assert declined.forget_at == NOW + 30 * DAY
    assert verified().withdrawn(now=NOW).forget_at == NOW + 30 * DAY


@pytest.mark.parametrize("days", [24, 31, 200])
def test_a_late_decision_can_be_read_for_a_week(days: int) -> None:
    late = NOW + days * DAY

    declined = verified().declined(reason="Liever niet.", reviewer="cleo", now=late)

    assert declined.forget_at == late + 7 * DAY
    assert verified().withdrawn(now=late).forget_at == late + 7 * DAY


def test_a_thank_you_that_arrived_stays() -> None:
    assert thanked().forget_at is None


@pytest.mark.parametrize("before", [approved(), thanked()])
def test_who_cannot_be_mailed_gets_a_letter(before: Nomination) -> None:
    by_letter = before.unreachable(honouree_id="1")

    assert (by_letter.state, by_letter.awaits_letter) == (NominationState.APPROVED, True)
    assert by_letter.honouree("1").thanked_at is None
    handed_over = by_letter.thanked(honouree_id="1", now=NOW + DAY)
    assert handed_over.state is NominationState.THANKED


@pytest.mark.parametrize(
    "proof",
    [
        thanked().chosen(honouree_id="1", choice=Choice.PRIVATE),
        thanked().thanked_back(honouree_id="1", line="Dank je wel."),
    ],
)
def test_who_chose_or_answered_has_their_thanks_whatever_a_mail_server_says(
    proof: Nomination,
) -> None:
    assert proof.unreachable(honouree_id="1") == proof


def test_who_left_gets_no_letter() -> None:
    gone = thanked().without(honouree_id="1", now=NOW)

    assert gone.unreachable(honouree_id="1") == gone
