"""Invitations: the answer that counts, and the version that a guest's calendar knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.gathering import Gathering, IsCancelled
from chalicelib.domain.invitation import (
    Answer,
    Invitation,
    Line,
    NotANumberOfPeople,
    NotEnoughSeats,
    NotInvited,
    PartStat,
    Tally,
    Via,
)
from chalicelib.domain.recurrence import Pattern, Recurrence
from tests.domain.examples import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    gathering,
    invitation,
    later_plan,
    party_plan,
)

PARTY = gathering()
LIMITED = gathering(seats=10)
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


def test_only_what_differs_on_single_dates_is_news() -> None:
    series = gathering(repeats=Recurrence(Pattern.WEEKLY, count=3))
    first, second, third = (one.day for one in series.dates)
    comes = invitation().answered(yes(heads=2), gathering=series, now=NOW)
    known = comes.answered_on(third, no(), gathering=series, now=NOW)

    said = {first: None, second: PartStat.DECLINED, third: None}
    news = known.said_apart(said, at=NOW + DAY, via=Via.PAGE)

    refusal = Answer(PartStat.DECLINED, NOW + DAY, Via.PAGE, heads=2)
    assert news == {second: refusal, third: yes(NOW + DAY, heads=2)}
    assert not known.said_apart({second: PartStat.ACCEPTED}, at=NOW + DAY, via=Via.PAGE)


def test_a_date_that_is_the_same_as_silence_is_no_answer() -> None:
    series = gathering(repeats=Recurrence(Pattern.WEEKLY, count=3))
    first, second, _ = (one.day for one in series.dates)
    once = invitation().answered_on(first, yes(), gathering=series, now=NOW)

    assert not once.said_apart({first: None, second: None}, at=NOW + DAY, via=Via.PAGE)


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


def test_the_same_answer_again_is_no_news_but_counts_from_then_on() -> None:
    again = COMES.answered(yes(NOW + DAY), gathering=PARTY, now=NOW + DAY)

    assert again == replace(COMES, answer=yes(NOW + DAY))
    assert not again.tells_more_than(COMES)
    assert again.says_the_same_as(COMES)
    assert again.answered(no(NOW + HOUR), gathering=PARTY, now=NOW + DAY) == again


def test_the_same_said_again_of_one_date_counts_from_then_on() -> None:
    series = gathering(repeats=Recurrence(Pattern.WEEKLY, count=3))
    second = series.dates[1].day
    comes = invitation().answered(yes(), gathering=series, now=NOW)

    again = comes.answered_on(second, yes(NOW + DAY), gathering=series, now=NOW + DAY)
    late = again.answered_on(second, no(NOW + HOUR), gathering=series, now=NOW + DAY)

    assert late.partstat_on(second) is PartStat.ACCEPTED
    assert not late.tells_more_than(comes)


def test_what_was_said_of_one_date_stands_when_the_rest_changes() -> None:
    """Its key is UID, RECURRENCE-ID and guest, also while it says the same as the series."""
    series = gathering(repeats=Recurrence(Pattern.WEEKLY, count=3))
    first, second = (one.day for one in series.dates[:2])
    comes = invitation().answered(yes(), gathering=series, now=NOW)
    same = comes.answered_on(second, yes(NOW + HOUR), gathering=series, now=NOW + HOUR)

    after = same.answered(no(NOW + DAY), gathering=series, now=NOW + DAY)

    assert (after.partstat_on(first), after.partstat_on(second)) == ("DECLINED", "ACCEPTED")


def test_one_date_has_its_own_number_and_remark() -> None:
    series = gathering(repeats=Recurrence(Pattern.WEEKLY, count=3))
    first, second = (one.day for one in series.dates[:2])
    comes = invitation().answered(yes(heads=2, remark="No nuts."), gathering=series, now=NOW)

    more = comes.answered_on(second, yes(NOW + DAY, heads=4), gathering=series, now=NOW + DAY)

    assert more.tells_more_than(comes)
    assert (more.heads_on(first), more.heads_on(second)) == (2, 4)
    assert (more.remark_on(first), more.remark_on(second)) == ("No nuts.", "No nuts.")
    by_mail = Answer(PartStat.ACCEPTED, NOW + DAY, Via.MAIL)
    told = comes.answered_on(second, by_mail, gathering=series, now=NOW + DAY)
    assert (told.heads_on(second), told.tells_more_than(comes)) == (2, False)


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


def placed(
    place: Invitation, answer: Answer, *, free: int, party: Gathering = LIMITED
) -> Invitation:
    answered = place.answered(answer, gathering=party, now=answer.at)
    return answered.placed(free=free, had=place.seats, now=answer.at)


def test_a_yes_that_fits_has_its_seats() -> None:
    comes = placed(invitation(), yes(heads=3), free=3)

    assert (comes.partstat, comes.seats, comes.line) == (PartStat.ACCEPTED, 3, None)


def test_a_yes_that_does_not_fit_waits_and_takes_no_seat() -> None:
    waits = placed(invitation(), yes(heads=3), free=2)

    assert (waits.partstat, waits.seats, waits.line) == (PartStat.TENTATIVE, 0, Line.WAITING)
    assert waits.tally == Tally(waiting=1)


def test_who_waits_keeps_their_turn_with_another_number() -> None:
    waits = placed(invitation(), yes(heads=3), free=0)
    fewer = placed(waits, yes(NOW + MINUTE, heads=2), free=0)

    assert (fewer.waiting_since, fewer.waiting and fewer.waiting.heads) == (NOW, 2)


@pytest.mark.parametrize("says", [PartStat.DECLINED, PartStat.TENTATIVE])
def test_who_does_not_say_yes_any_more_leaves_the_waiting_list(says: PartStat) -> None:
    waits = placed(invitation(), yes(), free=0)

    assert placed(waits, Answer(says, NOW + MINUTE, Via.PAGE), free=0).line is None


def test_who_has_seats_never_loses_them_by_asking_for_more() -> None:
    comes = placed(invitation(), yes(heads=2), free=2)

    with pytest.raises(NotEnoughSeats) as refused:
        placed(comes, yes(NOW + MINUTE, heads=4), free=1)

    assert refused.value.most == 3


def test_who_has_seats_keeps_them_where_there_are_too_few_by_now() -> None:
    comes = placed(invitation(), yes(heads=2), free=2)

    fewer = placed(comes, yes(NOW + MINUTE, heads=1), free=-3)

    assert (fewer.partstat, fewer.seats) == (PartStat.ACCEPTED, 1)


def test_a_mail_repeats_the_number_that_was_said_on_the_page() -> None:
    comes = placed(invitation(), yes(heads=3, remark="No nuts."), free=3)
    by_mail = Answer(PartStat.ACCEPTED, NOW + MINUTE, Via.MAIL)

    again = comes.answered(by_mail, gathering=LIMITED, now=NOW + MINUTE)
    assert not again.tells_more_than(comes)
    assert again.answer == replace(by_mail, heads=3, remark="No nuts.")
    assert placed(invitation(), by_mail, free=3).seats == 1


def test_agreeing_to_move_up_is_news_only_for_who_waits() -> None:
    waits = placed(invitation(), yes(), free=0)
    agrees = replace(yes(NOW + MINUTE), moves_up=True)

    assert placed(waits, agrees, free=0).answer == agrees
    assert not COMES.answered(agrees, gathering=LIMITED, now=NOW + MINUTE).tells_more_than(COMES)


def test_who_agreed_to_that_moves_up_to_a_yes() -> None:
    waits = placed(invitation(), replace(yes(), moves_up=True), free=0)

    up = waits.moved_up(LIMITED, now=NOW + DAY)

    assert (up.partstat, up.seats, up.sequence) == (PartStat.ACCEPTED, 1, 0)
    assert up.dtstamp > waits.dtstamp


def test_others_are_offered_the_seat_for_a_while() -> None:
    waits = placed(invitation(), yes(heads=2), free=0)

    offered = waits.moved_up(LIMITED, now=NOW + DAY)

    assert (offered.partstat, offered.line) == (PartStat.NEEDS_ACTION, Line.OFFERED)
    assert offered.offered_until == NOW + 3 * DAY
    assert offered.tally == Tally(offered=1, heads=2, held=2)


def test_an_offer_is_never_kept_longer_than_until_the_start() -> None:
    soon = LIMITED.plan.starts_at - MINUTE

    offered = placed(invitation(), yes(), free=0).moved_up(LIMITED, now=soon)

    assert offered.offered_until == LIMITED.plan.starts_at


@pytest.mark.parametrize(("hours", "kept"), [(-11 * 24, HOUR), (DAY // HOUR, 2 * DAY)])
def test_an_offer_is_not_kept_past_the_start_that_the_gathering_moved_to(
    hours: int, kept: timedelta
) -> None:
    starts = LIMITED.plan.starts + timedelta(hours=hours)
    plan = replace(LIMITED.plan, starts=starts, ends=starts + 2 * HOUR)
    offers = LIMITED.plan.starts_at - 11 * DAY - HOUR
    offered = placed(invitation(), yes(), free=0).moved_up(LIMITED, now=offers)

    moved = LIMITED.changed(plan, ask_again=False, now=offers)

    assert offered.offered_until == offers + 2 * DAY
    assert offered.updated(moved, now=offers).offered_until == offers + kept


def test_saying_the_same_yes_takes_the_offer() -> None:
    offered = placed(invitation(), yes(heads=2), free=0).moved_up(LIMITED, now=NOW + DAY)

    comes = placed(offered, yes(NOW + 2 * DAY, heads=2), free=0)

    assert (comes.partstat, comes.seats) == (PartStat.ACCEPTED, 2)


def test_an_offer_lapses_in_its_time_and_leaves_the_guest_silent() -> None:
    offered = placed(invitation(), yes(heads=2), free=0).moved_up(LIMITED, now=NOW)

    assert offered.offer_lapsed(now=NOW + 2 * DAY - MINUTE) == offered
    lapsed = offered.offer_lapsed(now=NOW + 2 * DAY)

    assert (lapsed.partstat, lapsed.seats, lapsed.line) == (PartStat.NEEDS_ACTION, 0, None)
    assert lapsed.let_an_offer_lapse
    assert lapsed.tally == Tally(silent=1)


def test_a_yes_from_before_an_offer_lapsed_does_not_come_back() -> None:
    offered = placed(invitation(), yes(), free=0).moved_up(LIMITED, now=NOW)
    lapsed = offered.offer_lapsed(now=NOW + 2 * DAY)

    assert lapsed.answered(yes(), gathering=LIMITED, now=NOW + 3 * DAY) == lapsed
    assert placed(lapsed, yes(NOW + 3 * DAY), free=1).partstat is PartStat.ACCEPTED


def test_asking_again_and_removing_end_waiting_and_offers() -> None:
    waits = placed(invitation(), yes(), free=0)
    offered = waits.moved_up(LIMITED, now=NOW)

    assert {place.updated(MOVED, now=NOW).line for place in (waits, offered)} == {None}
    assert {place.without_guest(now=NOW).line for place in (waits, offered)} == {None}
