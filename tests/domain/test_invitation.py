"""Invitations: the answer that counts, and the version that a guest's calendar knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.gathering import IsCancelled
from chalicelib.domain.invitation import (
    Answer,
    NotANumberOfPeople,
    NotInvited,
    PartStat,
    Tally,
    Via,
)
from tests.domain.examples import (
    DAY,
    MINUTE,
    NOW,
    gathering,
    invitation,
    later_plan,
    party_plan,
)

PARTY = gathering()
MOVED = PARTY.changed(later_plan(), ask_again=True, now=NOW)
ELSEWHERE = PARTY.changed(party_plan(place="School"), ask_again=False, now=NOW)
OFF = PARTY.cancelled(now=NOW)


def yes(at: datetime = NOW, *, heads: int = 1, remark: str = "") -> Answer:
    return Answer(PartStat.ACCEPTED, at, Via.PAGE, heads=heads, remark=remark)


def no(at: datetime = NOW) -> Answer:
    return Answer(PartStat.DECLINED, at, Via.PAGE)


COMES = invitation().answered(yes(), gathering=PARTY, now=NOW)


@pytest.mark.parametrize("heads", [0, 6, -1])
def test_an_answer_counts_one_to_five_people(heads: int) -> None:
    with pytest.raises(NotANumberOfPeople):
        yes(heads=heads)


def test_silence_is_no_answer() -> None:
    assert invitation().partstat is PartStat.NEEDS_ACTION
    assert invitation().tally == Tally(silent=1)


def test_only_a_yes_takes_seats() -> None:
    assert yes(heads=3).seats == 3
    assert Answer(PartStat.TENTATIVE, NOW, Via.PAGE, heads=3).seats == 0


def test_an_answer_is_a_new_version_for_the_calendar_but_no_new_sequence() -> None:
    assert COMES.partstat is PartStat.ACCEPTED
    assert COMES.dtstamp > invitation().dtstamp
    assert COMES.sequence == 0


def test_a_later_answer_replaces_an_earlier_one() -> None:
    later = NOW + MINUTE

    assert COMES.answered(no(later), gathering=PARTY, now=later).partstat is PartStat.DECLINED


@pytest.mark.parametrize("late", [timedelta(), MINUTE])
def test_an_answer_not_later_than_the_stored_one_changes_nothing(late: timedelta) -> None:
    assert COMES.answered(no(NOW - late), gathering=PARTY, now=NOW + DAY) == COMES


def test_the_same_answer_again_changes_nothing() -> None:
    assert COMES.answered(yes(NOW + MINUTE), gathering=PARTY, now=NOW + MINUTE) == COMES


@pytest.mark.parametrize("other", [{"heads": 2}, {"remark": "I bring cake."}])
def test_another_number_or_remark_is_another_answer(other: dict[str, int | str]) -> None:
    answer = replace(yes(NOW + MINUTE), **other)  # type: ignore[arg-type]

    assert COMES.answered(answer, gathering=PARTY, now=NOW + MINUTE).answer == answer


def test_a_maybe_with_more_people_is_another_maybe() -> None:
    alone = Answer(PartStat.TENTATIVE, NOW, Via.PAGE)

    assert not replace(alone, heads=3).says_the_same_as(alone)


def test_no_is_no_however_many_stay_at_home() -> None:
    assert replace(no(), heads=3).says_the_same_as(no())


def test_needs_action_takes_no_answer_back() -> None:
    nothing = Answer(PartStat.NEEDS_ACTION, NOW + MINUTE, Via.MAIL)

    assert COMES.answered(nothing, gathering=PARTY, now=NOW + MINUTE) == COMES


def test_another_place_is_told_without_a_new_sequence() -> None:
    told = COMES.updated(ELSEWHERE, now=NOW)

    assert (told.sequence, told.told, told.partstat) == (0, 1, PartStat.ACCEPTED)
    assert told.dtstamp > COMES.dtstamp


def test_another_time_raises_the_sequence_and_asks_again() -> None:
    told = COMES.updated(MOVED, now=NOW)

    assert (told.sequence, told.partstat) == (1, PartStat.NEEDS_ACTION)


def test_another_time_keeps_the_answers_of_a_coordinator_who_does_not_ask() -> None:
    moved = PARTY.changed(later_plan(), ask_again=False, now=NOW)

    assert COMES.updated(moved, now=NOW).partstat is PartStat.ACCEPTED


def test_two_moves_told_at_once_are_one_new_sequence() -> None:
    back = MOVED.changed(party_plan(), ask_again=False, now=NOW)

    assert invitation().updated(back, now=NOW).sequence == 1


def test_what_a_guest_knows_is_not_told_again() -> None:
    told = COMES.updated(MOVED, now=NOW)

    assert told.updated(MOVED, now=NOW + DAY) == told


def test_an_answer_to_the_new_time_is_not_wiped_by_asking_again() -> None:
    later = NOW + MINUTE
    answered = COMES.answered(yes(later), gathering=MOVED, now=later)

    assert (answered.sequence, answered.told) == (1, MOVED.revision)
    assert answered.updated(MOVED, now=later) == answered


def test_a_version_is_later_than_the_one_before_even_if_the_clock_is_not() -> None:
    behind = NOW - DAY

    told = invitation().updated(ELSEWHERE, now=behind)

    assert told.dtstamp == NOW + timedelta(seconds=1)


def test_a_cancellation_raises_the_sequence_once() -> None:
    told = COMES.cancelled(OFF, now=NOW)

    assert (told.sequence, told.partstat) == (1, PartStat.ACCEPTED)
    assert told.cancelled(OFF, now=NOW + DAY) == told


def test_nobody_answers_a_cancelled_gathering() -> None:
    with pytest.raises(IsCancelled):
        COMES.answered(no(NOW + MINUTE), gathering=OFF, now=NOW + MINUTE)
    with pytest.raises(IsCancelled):
        COMES.updated(OFF, now=NOW)


def test_a_removed_guest_hears_it_once_and_counts_no_more() -> None:
    removed = COMES.without_guest(now=NOW)

    assert (removed.sequence, removed.tally) == (1, Tally())
    assert removed.without_guest(now=NOW + DAY) == removed


def test_a_removed_guest_cannot_answer_and_is_told_nothing_more() -> None:
    removed = COMES.without_guest(now=NOW)

    with pytest.raises(NotInvited):
        removed.answered(no(NOW + MINUTE), gathering=PARTY, now=NOW + MINUTE)
    with pytest.raises(NotInvited):
        removed.updated(MOVED, now=NOW)
    assert removed.cancelled(OFF, now=NOW) == removed


def test_a_late_answer_is_kept_for_the_record() -> None:
    long_after = PARTY.plan.ends_at + DAY

    kept = invitation().answered(no(long_after), gathering=PARTY, now=long_after)

    assert kept.partstat is PartStat.DECLINED


def test_a_reminder_is_counted_and_changes_nothing_else() -> None:
    reminded = invitation().remembered()

    assert reminded == replace(invitation(), reminded=1)


def test_an_answer_moves_the_tally_from_silence_to_seats() -> None:
    change = COMES.tally - invitation().tally

    assert change == Tally(silent=-1, accepted=1, heads=1)
    assert (Tally(silent=2) + change).invited == 2
