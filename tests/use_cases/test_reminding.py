"""Reminders by themselves: on their morning, once, to the right people, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import PartStat
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.plan import Plan
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.use_cases import celebrating, responding
from tests.domain.examples import party_plan
from tests.town import SLUG, Town
from tests.use_cases.steps import answer, go_on, guests, planned, start_inviting

SILENT_MORNING = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)
COMING_MORNING = datetime(2026, 12, 11, 8, 0, tzinfo=UTC)
SILENT, COMING = JobKind.REMIND, JobKind.REMIND_COMING


def job(town: Town, kind: JobKind) -> Job:
    return town.world.store.job(SLUG, f"reminder-g1-{kind}")


def celebration(town: Town, **changes: Any) -> None:
    """Three guests are invited: the first comes, the second declines, the third says nothing."""
    planned(town, **changes)
    go_on(town, start_inviting(town, guests(3)))
    town.look_after_mail()
    for number, partstat in enumerate((PartStat.ACCEPTED, PartStat.DECLINED)):
        says(town, number, partstat)
    town.look_after_mail()
    town.mailer.envelopes.clear()


def says(town: Town, number: int, partstat: PartStat) -> None:
    responding.record_rsvp(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        guest=f"guest-{number:03}",
        answer=answer(town, partstat),
        now=town.clock.now,
    )


def change(town: Town, plan: Plan) -> Gathering:
    changed = celebrating.change(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        seen_version=town.world.store.gathering(SLUG, "g1").version,
        plan=plan,
        ask_again=False,
        now=town.clock.now,
    )
    town.run_queues()
    return changed


def cancel(town: Town) -> None:
    celebrating.cancel(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        seen_version=town.world.store.gathering(SLUG, "g1").version,
        now=town.clock.now,
    )
    town.look_after_mail()


def at(town: Town, now: datetime, *, sweeps: int = 1) -> list[str]:
    """Whom the sweeps of this moment remind."""
    town.clock.now = now
    before = len(reminded(town))
    for _ in range(sweeps):
        town.look_after_mail()
    return reminded(town)[before:]


def reminded(town: Town) -> list[str]:
    return [
        str(envelope.recipient)
        for envelope in town.mailer.envelopes
        if envelope.tags["kind"] == "gathering_reminder"
    ]


def test_each_is_reminded_on_their_own_morning(ons_dorp: Town) -> None:
    celebration(ons_dorp)

    assert at(ons_dorp, SILENT_MORNING - timedelta(minutes=1)) == []
    assert at(ons_dorp, SILENT_MORNING) == ["g2@example.nl"]
    assert at(ons_dorp, COMING_MORNING - timedelta(minutes=1)) == []
    assert at(ons_dorp, COMING_MORNING) == ["g0@example.nl"]


def test_a_sweep_that_runs_twice_or_late_reminds_once(ons_dorp: Town) -> None:
    celebration(ons_dorp)

    assert at(ons_dorp, SILENT_MORNING + timedelta(days=2), sweeps=3) == ["g2@example.nl"]
    assert at(ons_dorp, SILENT_MORNING + timedelta(days=3)) == []


def test_a_sweep_that_comes_after_the_start_reminds_nobody(ons_dorp: Town) -> None:
    celebration(ons_dorp)

    assert at(ons_dorp, party_plan().starts_at + timedelta(minutes=1)) == []
    assert job(ons_dorp, SILENT).finished
    assert job(ons_dorp, COMING).finished


def test_the_mails_are_different_and_stand_under_the_invitation(ons_dorp: Town) -> None:
    celebration(ons_dorp)
    at(ons_dorp, SILENT_MORNING)
    at(ons_dorp, COMING_MORNING)

    silent, coming = ons_dorp.mails_to("g2@example.nl")[-1], ons_dorp.mails_to("g0@example.nl")[-1]

    assert silent["Subject"] == "Kom je op zaterdag 12 december?"
    assert coming["Subject"] == "Tot zaterdag 12 december"
    assert silent["In-Reply-To"]
    assert coming["In-Reply-To"]


def test_a_morning_that_had_passed_when_guests_were_invited_is_skipped(ons_dorp: Town) -> None:
    ons_dorp.clock.now = SILENT_MORNING + timedelta(hours=1)
    celebration(ons_dorp)

    assert at(ons_dorp, SILENT_MORNING + timedelta(hours=2)) == []
    assert at(ons_dorp, COMING_MORNING) == ["g0@example.nl"]


def test_a_gathering_that_moves_takes_its_reminders_along(ons_dorp: Town) -> None:
    celebration(ons_dorp)
    later = timedelta(days=3)

    change(ons_dorp, party_plan(starts=datetime(2026, 12, 15, 19), ends=datetime(2026, 12, 15, 21)))

    assert at(ons_dorp, SILENT_MORNING) == []
    assert at(ons_dorp, SILENT_MORNING + later) == ["g2@example.nl"]
    assert at(ons_dorp, COMING_MORNING) == []
    assert at(ons_dorp, COMING_MORNING + later) == ["g0@example.nl"]


def test_who_was_reminded_of_one_day_is_reminded_of_the_day_it_moved_to(ons_dorp: Town) -> None:
    celebration(ons_dorp, remind_silent_days=0)
    at(ons_dorp, COMING_MORNING)

    a_week_later = party_plan(
        starts=datetime(2026, 12, 19, 19), ends=datetime(2026, 12, 19, 21), remind_silent_days=0
    )
    change(ons_dorp, a_week_later)

    assert at(ons_dorp, COMING_MORNING + timedelta(days=7)) == ["g0@example.nl"]


def test_a_hint_of_before_the_move_reminds_nobody_early(ons_dorp: Town) -> None:
    celebration(ons_dorp)
    early = job(ons_dorp, SILENT)
    ons_dorp.clock.now = SILENT_MORNING
    change(ons_dorp, party_plan(starts=datetime(2026, 12, 19, 19), ends=datetime(2026, 12, 19, 21)))

    ons_dorp.hints.job(early)

    assert at(ons_dorp, SILENT_MORNING + timedelta(minutes=1)) == []
    assert not job(ons_dorp, SILENT).finished


def test_a_change_on_the_very_morning_does_not_stop_it(ons_dorp: Town) -> None:
    celebration(ons_dorp)
    ons_dorp.clock.now = COMING_MORNING

    change(ons_dorp, party_plan(place="Elsewhere"))

    assert "g0@example.nl" in at(ons_dorp, COMING_MORNING + timedelta(minutes=1))
    assert job(ons_dorp, COMING).finished


def test_the_silent_who_heard_of_a_change_this_morning_are_not_mailed_again(
    ons_dorp: Town,
) -> None:
    celebration(ons_dorp)
    ons_dorp.clock.now = SILENT_MORNING - timedelta(minutes=1)

    change(ons_dorp, party_plan(place="Elsewhere"))

    assert at(ons_dorp, SILENT_MORNING) == []


@pytest.mark.parametrize("days", [{"remind_silent_days": 0}, {"remind_silent_days": 3}])
def test_other_days_are_kept_without_telling_anybody(ons_dorp: Town, days: dict[str, int]) -> None:
    celebration(ons_dorp)

    changed = change(ons_dorp, party_plan(**days))

    assert changed.revision == 0
    assert ons_dorp.mailer.envelopes == []
    assert at(ons_dorp, SILENT_MORNING) == []
    wanted = ["g2@example.nl"] if days["remind_silent_days"] else []
    assert at(ons_dorp, SILENT_MORNING + timedelta(days=4)) == wanted


def test_never_can_be_taken_back(ons_dorp: Town) -> None:
    celebration(ons_dorp)

    change(ons_dorp, party_plan(remind_silent_days=0))
    change(ons_dorp, party_plan())

    assert at(ons_dorp, SILENT_MORNING) == ["g2@example.nl"]


def test_of_a_cancelled_gathering_nobody_is_reminded(ons_dorp: Town) -> None:
    celebration(ons_dorp)

    cancel(ons_dorp)

    assert job(ons_dorp, SILENT).finished
    assert at(ons_dorp, SILENT_MORNING) == []
    assert at(ons_dorp, COMING_MORNING) == []


def test_who_answers_in_between_gets_the_other_reminder(ons_dorp: Town) -> None:
    celebration(ons_dorp)
    at(ons_dorp, SILENT_MORNING)

    says(ons_dorp, 2, PartStat.ACCEPTED)

    assert sorted(at(ons_dorp, COMING_MORNING)) == ["g0@example.nl", "g2@example.nl"]


def test_a_draft_has_no_reminders(ons_dorp: Town) -> None:
    celebrating.plan(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        plan=party_plan(),
        organiser="cleo",
        gathering_id="draft",
        now=ons_dorp.clock.now,
    )

    assert at(ons_dorp, SILENT_MORNING) == []


def test_those_who_come_to_a_series_are_reminded_before_each_date(ons_dorp: Town) -> None:
    celebration(ons_dorp, repeats=Recurrence(Pattern.WEEKLY, count=3))

    mornings = [COMING_MORNING + timedelta(weeks=weeks) for weeks in range(3)]
    seen = [at(ons_dorp, morning, sweeps=2) for morning in mornings]

    assert [[who for who in some if who != "g2@example.nl"] for some in seen] == [
        ["g0@example.nl"]
    ] * 3
    assert [str(mail["Subject"]) for mail in ons_dorp.mails_to("g0@example.nl")[-3:]] == [
        "Tot zaterdag 12 december",
        "Tot zaterdag 19 december",
        "Tot zaterdag 26 december",
    ]
    assert job(ons_dorp, COMING).finished


def test_a_sweep_that_missed_a_date_goes_on_with_the_next(ons_dorp: Town) -> None:
    celebration(ons_dorp, repeats=Recurrence(Pattern.WEEKLY, count=3), remind_silent_days=0)

    assert at(ons_dorp, COMING_MORNING + timedelta(days=3)) == []
    assert at(ons_dorp, COMING_MORNING + timedelta(days=7)) == ["g0@example.nl"]
