"""Responding: one answer per guest, whichever way and however often it comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.gathering import IsCancelled
from chalicelib.domain.invitation import Answer, Invitation, NotInvited, PartStat, Tally, Via
from chalicelib.ports import World
from chalicelib.use_cases import celebrating, responding
from tests.domain.examples import BO, later_plan
from tests.town import SLUG, Town
from tests.use_cases.steps import SECOND, answer, invited, planned, while_saving


def respond(town: Town, given: Answer, *, world: World | None = None) -> Invitation:
    return responding.record_rsvp(
        world or town.world,
        partnership=town.partnership,
        gathering_id="g1",
        guest="bo",
        answer=given,
        now=town.clock.now,
    )


def tally(town: Town) -> Tally:
    return town.world.store.tally(SLUG, "g1")


@pytest.fixture(autouse=True)
def _bo_is_invited(ons_dorp: Town) -> None:
    planned(ons_dorp)
    invited(ons_dorp)


def test_an_answer_is_counted_and_confirmed(ons_dorp: Town) -> None:
    respond(ons_dorp, answer(ons_dorp, heads=3))
    ons_dorp.look_after_mail()

    assert tally(ons_dorp) == Tally(accepted=1, heads=3)
    assert len(ons_dorp.mails_to(BO)) == 1


def test_the_same_answer_again_is_not_confirmed_again(ons_dorp: Town) -> None:
    for _ in range(2):
        respond(ons_dorp, answer(ons_dorp))
        ons_dorp.clock.wait(minutes=1)
    ons_dorp.look_after_mail()

    assert tally(ons_dorp) == Tally(accepted=1, heads=1)
    assert len(ons_dorp.mails_to(BO)) == 1


def test_a_private_number_in_a_remark_is_neither_kept_nor_mailed(ons_dorp: Town) -> None:
    respond(ons_dorp, answer(ons_dorp, remark="Ik eet geen noten. Mijn nummer is 111222333."))
    ons_dorp.look_after_mail()

    kept = ons_dorp.world.store.invitation(SLUG, "g1", "bo").answer
    (mail,) = ons_dorp.mails_to(BO)
    assert kept
    assert kept.remark == "Ik eet geen noten. Mijn nummer is •••."
    assert b"111222333" not in mail.as_bytes()


def test_the_same_answer_again_outlives_another_one_given_in_between(ons_dorp: Town) -> None:
    respond(ons_dorp, answer(ons_dorp, heads=2))
    in_between = answer(
        ons_dorp, PartStat.DECLINED, at=ons_dorp.clock.now + timedelta(minutes=1), via=Via.MAIL
    )
    ons_dorp.clock.wait(minutes=2)
    respond(ons_dorp, answer(ons_dorp, heads=2))
    told = ons_dorp.world.store.invitation(SLUG, "g1", "bo").dtstamp
    ons_dorp.clock.wait(minutes=3)

    late = respond(ons_dorp, in_between)
    ons_dorp.look_after_mail()

    assert (late.partstat, late.dtstamp) == (PartStat.ACCEPTED, told)
    assert tally(ons_dorp) == Tally(accepted=1, heads=2)
    assert len(ons_dorp.mails_to(BO)) == 1


def test_a_changed_answer_replaces_the_confirmation_that_still_waits(ons_dorp: Town) -> None:
    respond(ons_dorp, answer(ons_dorp))
    ons_dorp.clock.wait(seconds=5)
    respond(ons_dorp, answer(ons_dorp, PartStat.DECLINED))
    ons_dorp.look_after_mail()

    assert tally(ons_dorp) == Tally(declined=1)
    (mail,) = ons_dorp.mails_to(BO)
    (calendar,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert "PARTSTAT=DECLINED" in calendar.get_content().replace("\r\n ", "")


def test_an_answer_that_came_by_a_slower_way_does_not_replace_a_newer_one(ons_dorp: Town) -> None:
    newest = answer(ons_dorp)
    respond(ons_dorp, newest)

    older = answer(ons_dorp, PartStat.DECLINED, at=ons_dorp.clock.now - SECOND, via=Via.MAIL)

    assert respond(ons_dorp, older).answer == newest
    assert tally(ons_dorp) == Tally(accepted=1, heads=1)


@pytest.mark.parametrize("first_later", [True, False])
def test_of_two_answers_at_once_the_later_one_stays_and_counts_once(
    ons_dorp: Town, first_later: bool
) -> None:
    early = answer(ons_dorp, PartStat.DECLINED)
    late = answer(ons_dorp, heads=2, at=ons_dorp.clock.now + SECOND)
    mine, theirs = (late, early) if first_later else (early, late)

    respond(ons_dorp, mine, world=while_saving(ons_dorp.world, lambda: respond(ons_dorp, theirs)))

    assert ons_dorp.world.store.invitation(SLUG, "g1", "bo").answer == late
    assert tally(ons_dorp) == Tally(accepted=1, heads=2)


def test_an_answer_at_the_very_moment_of_a_change_is_about_the_new_plan(ons_dorp: Town) -> None:
    def move() -> None:
        seen = ons_dorp.world.store.gathering(SLUG, "g1").version
        celebrating.change(
            ons_dorp.world,
            partnership=ons_dorp.partnership,
            gathering_id="g1",
            seen_version=seen,
            plan=later_plan(),
            ask_again=False,
            now=ons_dorp.clock.now,
        )

    place = respond(ons_dorp, answer(ons_dorp), world=while_saving(ons_dorp.world, move))

    assert (place.told, place.sequence) == (1, 1)


def test_after_the_gathering_an_answer_is_kept_and_nobody_is_mailed(ons_dorp: Town) -> None:
    ons_dorp.clock.now = later_plan().ends_at + timedelta(days=1)

    respond(ons_dorp, answer(ons_dorp, via=Via.COORDINATOR))
    ons_dorp.look_after_mail()

    assert tally(ons_dorp) == Tally(accepted=1, heads=1)
    assert not ons_dorp.mails_to(BO)


def test_a_cancelled_gathering_takes_no_answers(ons_dorp: Town) -> None:
    celebrating.cancel(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        gathering_id="g1",
        seen_version=1,
        now=ons_dorp.clock.now,
    )

    with pytest.raises(IsCancelled):
        respond(ons_dorp, answer(ons_dorp))


def test_a_guest_who_was_removed_cannot_answer(ons_dorp: Town) -> None:
    celebrating.remove_guest(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        gathering_id="g1",
        guest="bo",
        now=ons_dorp.clock.now,
    )

    with pytest.raises(NotInvited):
        respond(ons_dorp, answer(ons_dorp))
    assert tally(ons_dorp) == Tally()
