"""Celebrating: plans that many people follow, changed by one hand at a time."""

from __future__ import annotations

import pytest

from chalicelib.domain.gathering import Gathering, GatheringState, InThePast
from chalicelib.domain.invitation import PartStat, Tally
from chalicelib.domain.plan import Plan
from chalicelib.ports import NotFound
from chalicelib.use_cases import celebrating
from chalicelib.use_cases.celebrating import MAX_GUESTS_AT_ONCE, AlreadyChanged, TooManyGuests
from tests.domain.examples import BO, later_plan, party_plan
from tests.town import CLEO, SLUG, Town
from tests.use_cases.steps import (
    answer,
    go_on,
    guests,
    invited,
    planned,
    start_inviting,
    while_saving,
)


def plan(town: Town, some: Plan, *, id: str = "g1") -> Gathering:
    return celebrating.plan(
        town.world,
        partnership=town.partnership,
        plan=some,
        organiser="cleo",
        gathering_id=id,
        now=town.clock.now,
    )


def change(town: Town, some: Plan, *, seen: int, ask_again: bool = False) -> Gathering:
    return celebrating.change(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        seen_version=seen,
        plan=some,
        ask_again=ask_again,
        now=town.clock.now,
    )


def cancel(town: Town, *, seen: int = 1) -> Gathering:
    return celebrating.cancel(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        seen_version=seen,
        now=town.clock.now,
    )


def remove_bo(town: Town) -> None:
    celebrating.remove_guest(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        guest="bo",
        now=town.clock.now,
    )


def kinds_to(town: Town, address: str) -> list[str]:
    envelopes = town.mailer.envelopes
    return [envelope.tags["kind"] for envelope in envelopes if envelope.recipient == address]


def test_a_form_sent_twice_plans_one_gathering_and_tells_nobody(ons_dorp: Town) -> None:
    first, again = (plan(ons_dorp, party_plan()) for _ in range(2))
    ons_dorp.look_after_mail()

    assert (first.id, again.state) == (again.id, GatheringState.DRAFT)
    assert not ons_dorp.mailer.mails


def test_a_gathering_in_the_past_is_not_planned(ons_dorp: Town) -> None:
    ons_dorp.clock.now = party_plan().starts_at

    with pytest.raises(InThePast):
        plan(ons_dorp, party_plan())
    with pytest.raises(NotFound):
        ons_dorp.world.store.gathering(SLUG, "g1")


def test_a_plan_that_nobody_knows_yet_is_changed_in_silence(ons_dorp: Town) -> None:
    plan(ons_dorp, party_plan())

    change(ons_dorp, party_plan(place="The old church"), seen=1)
    ons_dorp.look_after_mail()

    assert not ons_dorp.mailer.mails


def test_another_time_is_told_to_every_guest_who_may_be_asked_again(ons_dorp: Town) -> None:
    planned(ons_dorp)
    invited(ons_dorp, answer=answer(ons_dorp))

    change(ons_dorp, later_plan(), seen=1, ask_again=True)
    ons_dorp.look_after_mail()

    place = ons_dorp.world.store.invitation(SLUG, "g1", "bo")
    assert (place.partstat, place.sequence) == (PartStat.NEEDS_ACTION, 1)
    assert kinds_to(ons_dorp, BO) == ["gathering_update"]


def test_the_same_plan_again_changes_and_tells_nothing(ons_dorp: Town) -> None:
    planned(ons_dorp)
    invited(ons_dorp)

    assert change(ons_dorp, party_plan(), seen=1).version == 1
    ons_dorp.look_after_mail()

    assert not ons_dorp.mailer.mails


def test_of_two_coordinators_who_change_it_the_second_sees_the_first(ons_dorp: Town) -> None:
    planned(ons_dorp)
    change(ons_dorp, party_plan(place="The old church"), seen=1)

    with pytest.raises(AlreadyChanged) as changed:
        change(ons_dorp, party_plan(place="The new church"), seen=1)

    assert changed.value.gathering.plan.place == "The old church"


def test_two_changes_in_the_same_second_are_noticed_too(ons_dorp: Town) -> None:
    planned(ons_dorp)
    world = while_saving(
        ons_dorp.world, lambda: change(ons_dorp, party_plan(place="The old church"), seen=1)
    )

    with pytest.raises(AlreadyChanged) as changed:
        celebrating.cancel(
            world,
            partnership=ons_dorp.partnership,
            gathering_id="g1",
            seen_version=1,
            now=ons_dorp.clock.now,
        )

    assert changed.value.gathering.state is GatheringState.ANNOUNCED


def test_cancelling_twice_tells_every_guest_once(ons_dorp: Town) -> None:
    planned(ons_dorp)
    invited(ons_dorp)

    for _ in range(2):
        cancel(ons_dorp)
        ons_dorp.look_after_mail()

    assert kinds_to(ons_dorp, BO) == ["gathering_cancel"]


def test_a_removed_guest_is_told_once_and_the_others_are_not(ons_dorp: Town) -> None:
    planned(ons_dorp)
    invited(ons_dorp)
    go_on(ons_dorp, start_inviting(ons_dorp, guests(1)))
    ons_dorp.look_after_mail()

    for _ in range(2):
        remove_bo(ons_dorp)
    ons_dorp.look_after_mail()

    assert kinds_to(ons_dorp, BO) == ["gathering_cancel"]
    assert kinds_to(ons_dorp, "g0@example.nl") == ["gathering_invite"]
    assert ons_dorp.world.store.tally(SLUG, "g1") == Tally(silent=1)


def test_more_guests_than_fit_in_a_form_are_refused(ons_dorp: Town) -> None:
    planned(ons_dorp)

    with pytest.raises(TooManyGuests):
        start_inviting(ons_dorp, guests(MAX_GUESTS_AT_ONCE + 1))


def test_two_spellings_of_one_address_are_one_guest(ons_dorp: Town) -> None:
    def guest(address: str) -> str:
        return celebrating.guest_by_address(
            ons_dorp.world,
            partnership=ons_dorp.partnership,
            name="",
            address=address,  # type: ignore[arg-type]
            language=ons_dorp.partnership.settings.language,
        ).id

    assert guest("Bo@Example.nl") == guest("bo+feest@example.nl")
    assert guest(CLEO.upper()) == "cleo"
