"""Gatherings: times that can be meant, changes that guests are told of, and an end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from chalicelib.domain.calendar_rules import AmbiguousLocalTime, NoSuchLocalTime
from chalicelib.domain.gathering import (
    FURTHEST_AHEAD,
    Aspect,
    Gathering,
    GatheringState,
    InThePast,
    IsCancelled,
    IsOver,
    TooFarAhead,
    plan_gathering,
)
from chalicelib.domain.people import Language
from chalicelib.domain.plan import (
    MAX_ANSWER_HOURS,
    MAX_SEATS,
    Celebrated,
    EndsBeforeStart,
    NotANumberOfSeats,
    NotATerm,
    Plan,
    SeatsOfASeries,
    TooMuch,
)
from chalicelib.domain.recurrence import Pattern, Recurrence
from tests.domain.examples import HOUR, MINUTE, NOW, gathering, later_plan, party_plan

END = gathering().plan.ends_at


def planned(plan: Plan) -> Gathering:
    return plan_gathering(Gathering("ons-dorp", "g1", plan), now=NOW)


def test_a_plan_says_when_it_is_in_its_own_zone_and_in_utc() -> None:
    assert party_plan().starts_at.hour == 18
    assert (party_plan().ends_at - party_plan().starts_at) == 2 * HOUR


def test_a_time_that_does_not_exist_cannot_be_planned() -> None:
    with pytest.raises(NoSuchLocalTime):
        party_plan(starts=datetime(2027, 3, 28, 2, 30), ends=datetime(2027, 3, 28, 4, 0))


def test_an_end_that_comes_twice_cannot_be_planned() -> None:
    with pytest.raises(AmbiguousLocalTime):
        party_plan(starts=datetime(2027, 10, 31, 1, 0), ends=datetime(2027, 10, 31, 2, 30))


@pytest.mark.parametrize("ends", [datetime(2026, 12, 12, 19, 30), datetime(1, 1, 1)])
def test_a_gathering_ends_after_it_starts(ends: datetime) -> None:
    with pytest.raises(EndsBeforeStart):
        party_plan(ends=ends)


@pytest.mark.parametrize(
    ("much", "named"),
    [
        ({"title": "x" * 121}, "title"),
        ({"place": "x" * 201}, "place"),
        ({"text": {Language.ENGLISH: "x" * 2001}}, "text"),
        ({"hosts": ("Cleo",) * 11}, "hosts"),
        ({"hosts": ("x" * 121,)}, "hosts"),
        ({"honourees": (Celebrated("n1", "1", "Bo"),) * 21}, "honourees"),
    ],
)
def test_a_plan_says_no_more_than_a_mail_can_hold(much: dict[str, Any], named: str) -> None:
    with pytest.raises(TooMuch, match=named):
        party_plan(**much)


def test_a_gathering_over_the_change_of_clocks_lasts_its_real_hours() -> None:
    night = party_plan(starts=datetime(2027, 10, 30, 22, 0), ends=datetime(2027, 10, 31, 4, 0))

    assert night.ends_at - night.starts_at == 7 * HOUR


@pytest.mark.parametrize("starts", [datetime(2026, 11, 20, 9, 59), datetime(1, 1, 1)])
def test_a_gathering_in_the_past_cannot_be_planned(starts: datetime) -> None:
    with pytest.raises(InThePast):
        planned(party_plan(starts=starts))


@pytest.mark.parametrize("year", [2062, 9999])
def test_a_year_that_is_a_slip_of_the_pen_cannot_be_planned(year: int) -> None:
    plan = party_plan(starts=datetime(year, 12, 12, 19, 30), ends=datetime(year, 12, 12, 21, 30))

    assert plan.starts_at > NOW + FURTHEST_AHEAD
    with pytest.raises(TooFarAhead):
        planned(plan)


def test_a_new_gathering_is_a_draft_that_nobody_is_told_of() -> None:
    draft = planned(party_plan())

    assert (draft.state, draft.revision) == (GatheringState.DRAFT, 0)


def test_a_calendar_knows_a_gathering_by_one_name_for_life() -> None:
    moved = gathering().changed(later_plan(), ask_again=True, now=NOW)

    assert moved.uid(domain="rsvp.example.nl") == gathering().uid(domain="rsvp.example.nl")


def test_announcing_twice_changes_nothing() -> None:
    assert gathering().announced(now=NOW) == gathering()


@pytest.mark.parametrize(
    ("plan", "aspects"),
    [
        (party_plan(place="School"), (Aspect.PLACE,)),
        (party_plan(title="Feast"), (Aspect.TITLE,)),
        (party_plan(hosts=("Cleo",)), (Aspect.TEXT,)),
        (party_plan(honourees=(Celebrated("n1", "1", "Bo"),)), (Aspect.TEXT,)),
        (later_plan(), (Aspect.TIME,)),
        (later_plan(place="School"), (Aspect.TIME, Aspect.PLACE)),
    ],
)
def test_guests_are_told_what_changed(plan: Plan, aspects: tuple[Aspect, ...]) -> None:
    assert gathering().changed(plan, ask_again=False, now=NOW).changed_since(0) == aspects


def test_the_same_plan_changes_nothing() -> None:
    assert gathering().changed(party_plan(), ask_again=True, now=NOW) == gathering()


def test_whoever_missed_two_changes_is_told_of_both() -> None:
    moved = gathering().changed(later_plan(), ask_again=True, now=NOW)
    both = moved.changed(later_plan(place="School"), ask_again=False, now=NOW)

    assert both.changed_since(0) == (Aspect.TIME, Aspect.PLACE)
    assert both.changed_since(1) == (Aspect.PLACE,)
    assert both.asked_again_since(0)
    assert not both.asked_again_since(1)


def test_only_another_time_asks_for_another_answer() -> None:
    elsewhere = gathering().changed(party_plan(place="School"), ask_again=True, now=NOW)

    assert not elsewhere.asked_again_since(0)


def test_a_gathering_cannot_move_into_the_past() -> None:
    past = party_plan(starts=datetime(2026, 11, 1, 19, 30), ends=datetime(2026, 11, 1, 21, 30))

    with pytest.raises(InThePast):
        gathering().changed(past, ask_again=False, now=NOW)


def test_the_room_may_change_while_the_gathering_is_on() -> None:
    halfway = gathering().plan.starts_at + HOUR

    changed = gathering().changed(party_plan(place="Garden"), ask_again=False, now=halfway)

    assert changed.plan.place == "Garden"


def test_a_gathering_that_has_ended_stays_as_it_was() -> None:
    assert gathering().is_over(END)
    assert not gathering().is_over(END - MINUTE)
    with pytest.raises(IsOver):
        gathering().changed(party_plan(place="School"), ask_again=False, now=END)
    with pytest.raises(IsOver):
        gathering().cancelled(now=END)


def test_guests_are_told_of_a_cancellation() -> None:
    off = gathering().cancelled(now=NOW)

    assert (off.state, off.changed_since(0)) == (GatheringState.CANCELLED, (Aspect.CANCELLED,))


def test_nothing_revives_a_cancelled_gathering() -> None:
    off = gathering().cancelled(now=NOW)

    with pytest.raises(IsCancelled):
        off.changed(later_plan(), ask_again=False, now=NOW)
    with pytest.raises(IsCancelled):
        off.announced(now=NOW)


def test_guests_read_the_text_in_their_language_or_else_the_other() -> None:
    only_dutch = party_plan(text={Language.DUTCH: "Je bent welkom.", Language.ENGLISH: ""})

    assert party_plan().text_in(Language.ENGLISH) == "You are welcome."
    assert only_dutch.text_in(Language.ENGLISH) == "Je bent welkom."
    assert party_plan(text={}).text_in(Language.DUTCH) == ""


def test_a_gathering_knows_since_when_it_is_as_it_is() -> None:
    new = planned(party_plan())

    announced = new.announced(now=NOW + HOUR)
    moved = announced.changed(later_plan(), ask_again=False, now=NOW + 2 * HOUR)
    same = moved.changed(later_plan(), ask_again=False, now=NOW + 3 * HOUR)
    off = same.cancelled(now=NOW + 4 * HOUR)

    instants = [one.changed_at for one in (new, announced, moved, same, off)]
    assert instants == [NOW, NOW, NOW + 2 * HOUR, NOW + 2 * HOUR, NOW + 4 * HOUR]


@pytest.mark.parametrize("seats", [-1, MAX_SEATS + 1])
def test_a_gathering_has_no_such_number_of_seats(seats: int) -> None:
    with pytest.raises(NotANumberOfSeats):
        party_plan(seats=seats)


@pytest.mark.parametrize("hours", [0, MAX_ANSWER_HOURS + 1])
def test_no_place_is_kept_for_no_time_or_for_weeks(hours: int) -> None:
    with pytest.raises(NotATerm):
        party_plan(answer_within_hours=hours)


def test_what_comes_back_has_no_limited_number_of_seats() -> None:
    weekly = Recurrence(Pattern.WEEKLY, count=3)

    with pytest.raises(SeatsOfASeries):
        party_plan(seats=10, repeats=weekly)


def test_where_seats_are_not_counted_nobody_finds_it_full() -> None:
    assert party_plan().free_seats(taken=5_000) > 1_000_000
    assert party_plan(seats=10).free_seats(taken=12) == -2


def test_another_number_of_seats_is_nothing_to_tell_the_guests() -> None:
    changed = gathering().changed(party_plan(seats=10), ask_again=False, now=NOW)

    assert (changed.plan.seats, changed.revision) == (10, 0)


def test_no_seat_is_given_away_once_it_began() -> None:
    assert gathering().gives_places(NOW)
    assert not gathering().gives_places(party_plan().starts_at)
    assert not gathering().cancelled(now=NOW).gives_places(NOW)
