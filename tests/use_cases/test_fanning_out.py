"""Fanning out: every guest is told once, whatever happens on the way."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.invitation import Tally
from chalicelib.domain.job import Guest
from chalicelib.domain.people import EmailAddress, Language, Person, Side
from chalicelib.ports import Listing
from chalicelib.use_cases import celebrating, founding, responding
from chalicelib.use_cases.delivering import Delivery
from chalicelib.use_cases.fanning_out import GUESTS_PER_CHUNK
from tests.domain.examples import BO, later_plan, party_plan
from tests.town import CAS, CLEO, SLUG, Town
from tests.use_cases.steps import (
    answer,
    deliver,
    go_on,
    guests,
    planned,
    start_inviting,
    while_saving,
)

MANY = GUESTS_PER_CHUNK + 5
ELSEWHERE = "The old church"


def told(town: Town) -> list[int]:
    """Which revision of the plan each guest knows."""
    page = town.world.store.invitations(SLUG, "g1", limit=100)
    return [place.told for place in page.items]


def move_elsewhere(town: Town) -> None:
    gathering = town.world.store.gathering(SLUG, "g1")
    celebrating.change(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        seen_version=gathering.version,
        plan=party_plan(place=ELSEWHERE),
        ask_again=False,
        now=town.clock.now,
    )


def cancel(town: Town) -> None:
    gathering = town.world.store.gathering(SLUG, "g1")
    celebrating.cancel(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        seen_version=gathering.version,
        now=town.clock.now,
    )


def test_each_guest_is_invited_and_counted_once(ons_dorp: Town) -> None:
    planned(ons_dorp)
    job = start_inviting(ons_dorp, guests(3))

    for _ in range(3):
        go_on(ons_dorp, job)
    ons_dorp.look_after_mail()

    assert ons_dorp.world.store.tally(SLUG, "g1") == Tally(silent=3)
    assert len(ons_dorp.mailer.mails) == 3


def test_a_job_that_was_cut_short_goes_on_where_it_was(ons_dorp: Town) -> None:
    planned(ons_dorp)
    job = start_inviting(ons_dorp, guests(MANY))

    first = go_on(ons_dorp, job, chunks=1)
    last = go_on(ons_dorp, job)

    assert (first.done, first.finished) == (GUESTS_PER_CHUNK, False)
    assert (last.done, last.finished) == (MANY, True)
    assert ons_dorp.world.store.tally(SLUG, "g1").invited == MANY


def test_two_workers_on_one_job_do_each_chunk_once(ons_dorp: Town) -> None:
    planned(ons_dorp)
    job = start_inviting(ons_dorp, guests(MANY))
    world = while_saving(ons_dorp.world, lambda: go_on(ons_dorp, job))

    go_on(ons_dorp, job, world=world)

    assert ons_dorp.world.store.job(SLUG, job.id).done == MANY
    assert ons_dorp.world.store.tally(SLUG, "g1").invited == MANY


def test_who_has_an_invitation_gets_no_second_one(ons_dorp: Town) -> None:
    planned(ons_dorp)
    go_on(ons_dorp, start_inviting(ons_dorp, guests(2)))

    go_on(ons_dorp, start_inviting(ons_dorp, [*guests(3), *guests(3)], key="k2"))
    ons_dorp.look_after_mail()

    assert ons_dorp.world.store.tally(SLUG, "g1").invited == 3
    assert len(ons_dorp.mailer.mails) == 3


def test_the_same_form_sent_twice_starts_one_job(ons_dorp: Town) -> None:
    planned(ons_dorp)

    first, second = (start_inviting(ons_dorp, guests(2)) for _ in range(2))
    ons_dorp.look_after_mail()

    assert first.id == second.id
    assert len(ons_dorp.mailer.mails) == 2


def test_a_change_during_inviting_reaches_every_guest(ons_dorp: Town) -> None:
    planned(ons_dorp)
    job = start_inviting(ons_dorp, guests(MANY))
    go_on(ons_dorp, job, chunks=1)

    move_elsewhere(ons_dorp)
    go_on(ons_dorp, job)
    go_on(ons_dorp, ons_dorp.world.store.job(SLUG, "tell-g1-1"))

    assert told(ons_dorp) == [1] * MANY
    assert deliver(ons_dorp, "invite-g1-guest-000") is Delivery.SUPPRESSED
    assert deliver(ons_dorp, "update-g1-guest-000-1") is Delivery.SENT
    assert deliver(ons_dorp, f"invite-g1-guest-{MANY - 1:03}") is Delivery.SENT


def test_a_change_at_the_very_moment_of_inviting_is_in_the_invitation(ons_dorp: Town) -> None:
    planned(ons_dorp)
    job = start_inviting(ons_dorp, guests(2))
    world = while_saving(ons_dorp.world, lambda: move_elsewhere(ons_dorp))

    go_on(ons_dorp, job, world=world)
    ons_dorp.look_after_mail()

    assert told(ons_dorp) == [1, 1]
    assert len(ons_dorp.mailer.mails) == 2


def test_once_it_is_cancelled_nobody_else_is_invited(ons_dorp: Town) -> None:
    planned(ons_dorp)
    job = start_inviting(ons_dorp, guests(MANY))
    go_on(ons_dorp, job, chunks=1)

    cancel(ons_dorp)
    go_on(ons_dorp, job)

    assert ons_dorp.world.store.job(SLUG, job.id).finished
    assert ons_dorp.world.store.tally(SLUG, "g1").invited == GUESTS_PER_CHUNK


def test_everybody_means_all_people_with_an_address_after_the_named_ones(ons_dorp: Town) -> None:
    planned(ons_dorp)
    dan = Person(SLUG, "dan", "Dan", None, Side.CITIZENS)
    founding.add_person(ons_dorp.world, person=dan)
    bo = Guest("bo", "Bo", BO, Language.DUTCH)

    go_on(ons_dorp, start_inviting(ons_dorp, [bo], everybody=True))

    page = ons_dorp.world.store.invitations(SLUG, "g1")
    assert {place.address for place in page.items} == {BO, CAS, CLEO}


def test_only_the_silent_are_reminded(ons_dorp: Town) -> None:
    planned(ons_dorp)
    go_on(ons_dorp, start_inviting(ons_dorp, guests(2)))
    ons_dorp.look_after_mail()
    responding.record_rsvp(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        gathering_id="g1",
        guest="guest-000",
        answer=answer(ons_dorp),
        now=ons_dorp.clock.now,
    )

    celebrating.remind_silent(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        gathering_id="g1",
        send_key="k1",
        now=ons_dorp.clock.now,
    )
    ons_dorp.look_after_mail()

    kinds = [(envelope.tags["kind"], envelope.recipient) for envelope in ons_dorp.mailer.envelopes]
    reminded = [address for kind, address in kinds if kind == "gathering_reminder"]
    assert reminded == [EmailAddress("g1@example.nl")]


def test_a_reminder_that_was_cut_short_goes_on_under_its_own_subject(ons_dorp: Town) -> None:
    planned(ons_dorp)
    go_on(ons_dorp, start_inviting(ons_dorp, guests(MANY)))
    job = celebrating.remind_silent(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        gathering_id="g1",
        send_key="k1",
        subject="The cook would like to know",
        now=ons_dorp.clock.now,
    )

    assert not go_on(ons_dorp, job, chunks=1).finished
    go_on(ons_dorp, job)
    ons_dorp.look_after_mail()

    subjects = [mail["Subject"] for mail in ons_dorp.mailer.mails]
    assert subjects.count("The cook would like to know") == MANY


def test_after_the_gathering_a_late_job_just_ends(ons_dorp: Town) -> None:
    planned(ons_dorp)
    job = start_inviting(ons_dorp, guests(2))
    ons_dorp.clock.now = later_plan().ends_at + timedelta(days=1)

    assert go_on(ons_dorp, job).finished

    assert ons_dorp.world.store.tally(SLUG, "g1") == Tally()


def test_a_guest_who_was_removed_is_told_nothing_more(ons_dorp: Town) -> None:
    planned(ons_dorp)
    go_on(ons_dorp, start_inviting(ons_dorp, guests(2)))
    celebrating.remove_guest(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        gathering_id="g1",
        guest="guest-000",
        now=ons_dorp.clock.now,
    )

    move_elsewhere(ons_dorp)
    ons_dorp.look_after_mail()

    updates = [e.recipient for e in ons_dorp.mailer.envelopes if "update" in e.tags["kind"]]
    assert updates == [EmailAddress("g1@example.nl")]
    assert not ons_dorp.world.store.messages(SLUG, Listing.UNDELIVERED).items
