"""Seating: no seat is given twice, nobody who fits keeps waiting, and nobody is forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.invitation import (
    Invitation,
    Line,
    NotEnoughSeats,
    PartStat,
    Tally,
    Via,
)
from chalicelib.domain.message import Kind
from chalicelib.domain.plan import Plan
from chalicelib.ports import TallyChange, World
from chalicelib.use_cases import celebrating, responding
from chalicelib.use_cases.seating import MOVED_UP_AT_ONCE
from tests.domain.examples import DAY, invitation, later_plan, party_plan
from tests.town import SLUG, Town
from tests.use_cases.steps import answer, planned, while_saving

NO = PartStat.DECLINED


def invite(town: Town, *guests: str) -> None:
    for guest in guests:
        place = invitation(
            guest=guest, name=guest.title(), address=f"{guest}@example.nl", dtstamp=town.clock.now
        )
        town.world.save(place, TallyChange(SLUG, "g1", Tally(silent=1)))


def says(
    town: Town,
    guest: str,
    partstat: PartStat = PartStat.ACCEPTED,
    *,
    world: World | None = None,
    **changes: Any,
) -> Invitation:
    """A guest answers, a minute after whatever happened before."""
    town.clock.wait(minutes=1)
    return responding.record_rsvp(
        world or town.world,
        partnership=town.partnership,
        gathering_id="g1",
        guest=guest,
        answer=answer(town, partstat, **changes),
        now=town.clock.now,
    )


def place_of(town: Town, guest: str) -> Invitation:
    return town.world.store.invitation(SLUG, "g1", guest)


def line_of(town: Town, guest: str) -> Line | None:
    return place_of(town, guest).line


def tally(town: Town) -> Tally:
    return town.world.store.tally(SLUG, "g1")


def waiting(town: Town) -> list[str]:
    rows = [
        one
        for heads in range(1, 6)
        for one in town.world.store.waiting(SLUG, "g1", heads=heads, limit=50)
    ]
    return [one.guest for one in sorted(rows, key=lambda one: one.since)]


def change(town: Town, plan: Plan, *, ask_again: bool = False) -> None:
    celebrating.change(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        seen_version=town.world.store.gathering(SLUG, "g1").version,
        plan=plan,
        ask_again=ask_again,
        now=town.clock.now,
    )


def remove(town: Town, guest: str) -> None:
    celebrating.remove_guest(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        guest=guest,
        now=town.clock.now,
    )


def kinds_to(town: Town, guest: str) -> list[str]:
    town.look_after_mail()
    address = f"{guest}@example.nl"
    return [e.tags["kind"] for e in town.mailer.envelopes if e.recipient == address]


@pytest.fixture
def full(ons_dorp: Town) -> Town:
    """A celebration for two: Ada and Bo come, Dan and then Eva wait."""
    planned(ons_dorp, seats=2)
    invite(ons_dorp, "ada", "bo", "dan", "eva", "fay")
    for guest in ("ada", "bo", "dan", "eva"):
        says(ons_dorp, guest)
    return ons_dorp


def test_who_says_yes_when_it_is_full_waits_in_order_of_answering(full: Town) -> None:
    assert waiting(full) == ["dan", "eva"]
    assert tally(full) == Tally(silent=1, accepted=2, heads=2, waiting=2)
    assert kinds_to(full, "dan") == [Kind.WAITLIST]


def test_a_seat_that_comes_free_is_offered_to_the_first_who_waits(full: Town) -> None:
    full.look_after_mail()

    says(full, "ada", NO)

    offered = place_of(full, "dan")
    assert (offered.line, offered.offered_until) == (Line.OFFERED, full.clock.now + 2 * DAY)
    assert tally(full) == Tally(
        silent=1, accepted=1, declined=1, heads=2, waiting=1, offered=1, held=1
    )
    assert kinds_to(full, "dan") == [Kind.WAITLIST, Kind.PROMOTED]


def test_who_agreed_to_move_up_has_the_seat_at_once(full: Town) -> None:
    says(full, "dan", moves_up=True)

    says(full, "ada", NO)

    assert place_of(full, "dan").partstat is PartStat.ACCEPTED
    assert waiting(full) == ["eva"]


def test_somebody_else_cannot_take_a_seat_that_is_kept(full: Town) -> None:
    says(full, "ada", NO)

    assert says(full, "fay").line is Line.WAITING
    assert says(full, "dan").partstat is PartStat.ACCEPTED
    assert tally(full).heads == 2


def test_a_declined_offer_goes_to_the_next(full: Town) -> None:
    says(full, "ada", NO)
    says(full, "dan", NO)

    assert (line_of(full, "dan"), line_of(full, "eva")) == (None, Line.OFFERED)


def test_an_offer_that_lapses_goes_to_the_next(full: Town) -> None:
    says(full, "ada", NO)
    full.look_after_mail()

    full.clock.wait(hours=47)
    full.look_after_mail()
    assert line_of(full, "dan") is Line.OFFERED

    full.clock.wait(hours=1)
    full.look_after_mail()
    assert place_of(full, "dan").let_an_offer_lapse
    assert line_of(full, "eva") is Line.OFFERED
    assert tally(full).held == 1


def test_an_offer_that_was_taken_in_time_does_not_lapse(full: Town) -> None:
    says(full, "ada", NO)
    says(full, "dan")

    full.clock.wait(hours=49)
    full.look_after_mail()

    assert place_of(full, "dan").partstat is PartStat.ACCEPTED
    assert line_of(full, "eva") is Line.WAITING


def test_who_let_an_offer_lapse_can_still_say_yes_and_waits_again(full: Town) -> None:
    says(full, "ada", NO)
    full.clock.wait(hours=49)
    full.look_after_mail()

    assert says(full, "dan").line is Line.WAITING


def test_a_second_offer_does_not_lapse_with_the_first(full: Town) -> None:
    says(full, "ada", NO)
    says(full, "dan", NO)
    says(full, "dan")
    says(full, "eva", NO)
    second = place_of(full, "dan").offered_until
    assert second is not None

    full.clock.wait(hours=47, minutes=58)
    full.look_after_mail()

    assert place_of(full, "dan").offered_until == second


def test_a_removed_guest_makes_room(full: Town) -> None:
    remove(full, "bo")

    assert line_of(full, "dan") is Line.OFFERED


def test_a_removed_guest_waits_no_more(full: Town) -> None:
    remove(full, "dan")
    says(full, "ada", NO)

    assert (waiting(full), line_of(full, "eva")) == ([], Line.OFFERED)


def test_coming_with_fewer_makes_room_for_others(ons_dorp: Town) -> None:
    planned(ons_dorp, seats=4)
    invite(ons_dorp, "ada", "bo", "dan")
    says(ons_dorp, "ada", heads=4)
    says(ons_dorp, "bo", heads=3, moves_up=True)
    says(ons_dorp, "dan", heads=1, moves_up=True)

    says(ons_dorp, "ada", heads=2)

    assert (line_of(ons_dorp, "bo"), line_of(ons_dorp, "dan")) == (Line.WAITING, None)
    assert tally(ons_dorp).heads == 3


def test_who_asks_for_fewer_than_they_wait_for_may_fit_at_once(ons_dorp: Town) -> None:
    planned(ons_dorp, seats=2)
    invite(ons_dorp, "ada", "bo")
    says(ons_dorp, "ada")
    says(ons_dorp, "bo", heads=2)

    assert says(ons_dorp, "bo", heads=1).partstat is PartStat.ACCEPTED
    assert (waiting(ons_dorp), tally(ons_dorp).heads) == ([], 2)


def test_who_comes_cannot_bring_more_than_there_are_seats_for(full: Town) -> None:
    with pytest.raises(NotEnoughSeats):
        says(full, "ada", heads=2)

    assert place_of(full, "ada").seats == 1


def test_the_same_answer_twice_changes_nothing(full: Town) -> None:
    before = place_of(full, "dan")

    says(full, "dan")
    says(full, "dan", via=Via.MAIL)

    after = place_of(full, "dan")
    assert after.waiting == before.waiting
    assert not after.tells_more_than(before)
    assert kinds_to(full, "dan") == [Kind.WAITLIST]


def test_more_seats_go_to_who_waits_in_one_go(full: Town) -> None:
    change(full, party_plan(seats=3))

    assert (line_of(full, "dan"), line_of(full, "eva")) == (Line.OFFERED, Line.WAITING)
    assert kinds_to(full, "ada") == [Kind.RSVP_CONFIRMED]


def test_once_seats_are_not_counted_any_more_nobody_waits(full: Town) -> None:
    change(full, party_plan())

    assert waiting(full) == []
    assert tally(full).offered == 2


def test_many_who_wait_move_up_in_several_transactions(ons_dorp: Town) -> None:
    planned(ons_dorp, seats=1)
    many = [f"guest{number:02}" for number in range(2 * MOVED_UP_AT_ONCE + 3)]
    invite(ons_dorp, *many)
    for guest in many:
        says(ons_dorp, guest, moves_up=True)

    change(ons_dorp, party_plan(seats=len(many) - 1))
    assert tally(ons_dorp).accepted == 1 + MOVED_UP_AT_ONCE
    ons_dorp.look_after_mail()

    assert tally(ons_dorp) == Tally(accepted=len(many) - 1, heads=len(many) - 1, waiting=1)
    assert waiting(ons_dorp) == many[-1:]


def test_fewer_seats_take_nobodys_place_and_give_nobody_a_new_one(full: Town) -> None:
    change(full, party_plan(seats=1))
    assert tally(full).heads == 2

    says(full, "ada", NO)
    assert waiting(full) == ["dan", "eva"]

    says(full, "bo", NO)
    assert line_of(full, "dan") is Line.OFFERED


def test_a_seat_that_comes_free_after_the_start_stays_free(full: Town) -> None:
    full.clock.now = party_plan().starts_at

    says(full, "ada", NO)

    assert waiting(full) == ["dan", "eva"]


def test_after_it_is_over_answers_are_only_for_the_record(full: Town) -> None:
    full.clock.now = party_plan().ends_at + DAY

    assert says(full, "fay", via=Via.COORDINATOR).partstat is PartStat.ACCEPTED


def test_an_offer_of_a_gathering_that_is_off_goes_nowhere(full: Town) -> None:
    says(full, "ada", NO)
    celebrating.cancel(
        full.world,
        partnership=full.partnership,
        gathering_id="g1",
        seen_version=1,
        now=full.clock.now,
    )

    full.clock.wait(hours=49)
    full.look_after_mail()

    assert line_of(full, "eva") is Line.WAITING
    assert Kind.PROMOTED not in kinds_to(full, "eva")


def test_asking_again_empties_the_waiting_list_and_the_seats(full: Town) -> None:
    change(full, later_plan(seats=2), ask_again=True)
    full.look_after_mail()

    assert waiting(full) == []
    assert tally(full) == Tally(silent=5)


def test_who_answers_a_new_time_first_is_first_once_all_are_asked_again(full: Town) -> None:
    change(full, later_plan(seats=2), ask_again=True)
    assert says(full, "fay").line is Line.WAITING

    full.look_after_mail()

    assert line_of(full, "fay") is Line.OFFERED
    assert tally(full) == Tally(silent=4, offered=1, heads=1, held=1)


def test_an_answer_to_the_new_time_counts_where_the_old_one_still_stood(full: Town) -> None:
    change(full, later_plan(seats=2), ask_again=True)

    assert says(full, "ada").partstat is PartStat.ACCEPTED
    full.look_after_mail()

    assert place_of(full, "ada").partstat is PartStat.ACCEPTED


def test_of_two_who_want_the_last_seat_one_waits(ons_dorp: Town) -> None:
    planned(ons_dorp, seats=1)
    invite(ons_dorp, "ada", "bo")
    world = while_saving(ons_dorp.world, lambda: says(ons_dorp, "bo"))

    assert says(ons_dorp, "ada", world=world).line is Line.WAITING
    assert tally(ons_dorp) == Tally(accepted=1, heads=1, waiting=1)


def test_who_joins_while_a_seat_comes_free_does_not_wait_beside_it(full: Town) -> None:
    says(full, "dan", NO)
    says(full, "eva", NO)
    world = while_saving(full.world, lambda: says(full, "ada", NO))

    assert says(full, "fay", world=world).partstat is PartStat.ACCEPTED


def test_a_seat_is_not_left_free_for_who_joins_just_before(full: Town) -> None:
    says(full, "dan", NO)
    says(full, "eva", NO)
    world = while_saving(full.world, lambda: says(full, "fay"))

    says(full, "ada", NO, world=world)

    assert line_of(full, "fay") is Line.OFFERED


def test_two_seats_that_come_free_at_once_go_to_two(full: Town) -> None:
    world = while_saving(full.world, lambda: says(full, "bo", NO))

    says(full, "ada", NO, world=world)

    assert (line_of(full, "dan"), line_of(full, "eva")) == (Line.OFFERED, Line.OFFERED)
    assert tally(full).heads == 2


def test_an_offer_that_lapsed_before_its_mail_left_is_not_mailed(full: Town) -> None:
    says(full, "ada", NO)
    full.clock.wait(hours=49)
    full.sweep()
    full.look_after_mail()

    assert Kind.PROMOTED not in kinds_to(full, "dan")
