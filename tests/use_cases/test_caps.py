"""Caps: nobody gets more mail in a day than they can bear, and nothing is lost over that."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.allowance import (
    TO_STRANGERS,
    Allowance,
    Limits,
    stranger_allowances,
    unapproved_allowances,
)
from chalicelib.domain.gathering import Aspect, Change
from chalicelib.domain.message import FULL, UNAPPROVED, UNPROVEN, Message, MessageState
from chalicelib.domain.people import Language
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.ports import Again, Suppression
from chalicelib.use_cases import (
    founding,
    nominating,
    overseeing,
    promising_gatherings,
    promising_thanks,
    settling,
    signing_in,
)
from chalicelib.use_cases.delivering import Delivery
from tests.domain.examples import ADA, DAN, NOW, gathering, invitation, submitted
from tests.town import CLEO, SLUG, Town
from tests.use_cases.steps import deliver, invited, planned, promise


def promise_eleven(town: Town) -> list[Message]:
    """Eleven mails to Ada, however she writes her address."""
    spellings = (ADA, "ADA@example.nl", "ada+pluim@example.nl")
    return [promise(town, f"n{number}", recipient=spellings[number % 3]) for number in range(11)]


def stored(town: Town, mail: Message) -> Message:
    return town.world.store.message(SLUG, mail.id)


def test_of_eleven_mails_in_a_day_the_last_waits_for_the_next(ons_dorp: Town) -> None:
    mails = promise_eleven(ons_dorp)

    ended = [deliver(ons_dorp, mail.id) for mail in mails]

    assert ended == [Delivery.SENT] * 10 + [Delivery.WAITS]
    waiting = stored(ons_dorp, mails[-1])
    assert waiting.state is MessageState.QUEUED
    assert waiting.due_at is not None
    ons_dorp.clock.now = waiting.due_at
    assert deliver(ons_dorp, mails[-1].id) is Delivery.SENT


def test_a_waiting_mail_is_shown_until_it_left(ons_dorp: Town) -> None:
    mails = promise_eleven(ons_dorp)
    for mail in mails:
        deliver(ons_dorp, mail.id)

    def shown() -> list[tuple[str, str]]:
        now = ons_dorp.clock.now
        view = overseeing.undelivered(ons_dorp.world, partnership=ons_dorp.partnership, now=now)
        return [(row.id, row.leaves_at.isoformat()) for row in view.rows if row.leaves_at]

    assert shown() == [(mails[-1].id, "2026-11-21T01:00:00+01:00")]
    ons_dorp.clock.wait(days=1)
    ons_dorp.look_after_mail()
    assert not shown()


def test_somebody_elses_mail_does_not_wait_for_it(ons_dorp: Town) -> None:
    for mail in promise_eleven(ons_dorp):
        deliver(ons_dorp, mail.id)

    assert deliver(ons_dorp, promise(ons_dorp, "n99", recipient=DAN).id) is Delivery.SENT


def test_a_mail_that_is_tried_again_counts_once(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=1)
    mail = promise(ons_dorp)
    ons_dorp.mailer.answer(Again("TooManyRequestsException"), times=3)

    ended = []
    for _ in range(4):
        ended.append(deliver(ons_dorp, mail.id))
        ons_dorp.clock.now = stored(ons_dorp, mail).due_at or ons_dorp.clock.now

    assert ended == [Delivery.AGAIN] * 3 + [Delivery.SENT]
    assert deliver(ons_dorp, promise(ons_dorp, "n2").id) is Delivery.WAITS


def test_a_cancellation_and_a_code_never_wait(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=1)
    gathering, place = planned(ons_dorp), invited(ons_dorp, address=CLEO)
    now = ons_dorp.clock.now
    mails = [
        promising_gatherings.reminder(gathering, place, now=now),
        promising_gatherings.confirmation(gathering, place, now=now),
        promising_gatherings.cancel_mail(gathering, place, now=now),
    ]
    ons_dorp.world.save(outbox=mails)

    ended = [deliver(ons_dorp, mail.id) for mail in mails]
    signing_in.request_code(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        address=CLEO,
        browser="browser",
        known_browser="",
        language=Language.DUTCH,
        now=now,
    )
    ons_dorp.run_queues()

    assert ended == [Delivery.SENT, Delivery.WAITS, Delivery.SENT]
    assert "code" in str(ons_dorp.newest(CLEO)["Subject"])


def test_what_is_about_tonight_does_not_wait_for_tomorrow(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=1)
    gathering, place = planned(ons_dorp), invited(ons_dorp, address=CLEO)
    ons_dorp.clock.now = gathering.plan.starts_at - timedelta(hours=3)
    deliver(ons_dorp, promise(ons_dorp, recipient=CLEO).id)
    update = promising_gatherings.update_mail(
        gathering, place, before=place, now=ons_dorp.clock.now
    )
    ons_dorp.world.save(outbox=[update])

    assert deliver(ons_dorp, update.id) is Delivery.SENT


def test_in_a_series_the_next_date_says_how_long_a_mail_can_wait() -> None:
    weekly = gathering(repeats=Recurrence(Pattern.WEEKLY, count=9))
    another_place = replace(weekly, history=(Change((Aspect.PLACE,)),))
    place = invitation()
    tonight = weekly.plan.starts_at + timedelta(days=7)
    before = tonight - timedelta(hours=3)

    for mail in (
        promising_gatherings.update_mail(another_place, place, before=place, now=before),
        promising_gatherings.invitation_mail(weekly, place, now=before),
        promising_gatherings.reminder(weekly, place, now=before),
    ):
        assert not mail.would_mislead(until=tonight - timedelta(hours=1)), mail.kind
        assert mail.would_mislead(until=tonight), mail.kind
        assert mail.deadline == weekly.last_starts_at, "the later dates still need it"


@pytest.mark.parametrize("aspect", [Aspect.TIME, Aspect.DATES])
def test_another_time_is_told_at_once_because_the_old_one_may_be_today(aspect: Aspect) -> None:
    moved = replace(gathering(), history=(Change((aspect,)),))
    place = invitation()

    mail = promising_gatherings.update_mail(moved, place, before=place, now=NOW)

    assert mail.would_mislead(until=NOW)


def test_a_mail_that_cannot_wait_so_long_is_given_up_and_shown(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=1)
    deliver(ons_dorp, promise(ons_dorp).id)
    late = promise(ons_dorp, "n2", deadline=ons_dorp.clock.now + timedelta(hours=1))

    assert deliver(ons_dorp, late.id) is Delivery.WAITS
    ons_dorp.clock.wait(hours=1)
    ons_dorp.look_after_mail()

    assert (stored(ons_dorp, late).state, stored(ons_dorp, late).reason) == (
        MessageState.FAILED,
        FULL,
    )


def test_a_partnership_may_have_no_limit(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=0)

    ended = {deliver(ons_dorp, mail.id) for mail in promise_eleven(ons_dorp)}

    assert ended == {Delivery.SENT}


def unasked(town: Town, cause: str, *, to: str = ADA, **changes: Any) -> Message:
    """A mail that somebody who is nobody yet gets because their address was typed into a form."""
    return promise(town, cause, recipient=to, vouched=False, **changes)


def test_a_stranger_gets_one_mail_a_week_that_they_did_not_ask_for(ons_dorp: Town) -> None:
    first, second = unasked(ons_dorp, "n1"), unasked(ons_dorp, "n2", to="ADA+x@example.nl")

    ended = [deliver(ons_dorp, mail.id) for mail in (first, second)]

    assert ended == [Delivery.SENT, Delivery.WAITS]
    assert stored(ons_dorp, second).reason == UNPROVEN
    (row,) = overseeing.undelivered(
        ons_dorp.world, partnership=ons_dorp.partnership, now=ons_dorp.clock.now
    ).rows
    assert (row.waits_for_somebody, row.may_send_again, row.leaves_at) == (True, True, None)


def test_a_stranger_is_left_alone_for_a_whole_week_whenever_it_began(ons_dorp: Town) -> None:
    weeks = timedelta(days=7)
    thursday = Allowance("", "any", weeks, 1).ends_at(ons_dorp.clock.now)
    ons_dorp.clock.now = thursday - timedelta(minutes=1)
    deliver(ons_dorp, unasked(ons_dorp, "n1").id)
    ons_dorp.clock.wait(minutes=2)
    later = ons_dorp.clock.now + timedelta(days=30)
    second = unasked(ons_dorp, "n2", deadline=later)

    too_soon = deliver(ons_dorp, second.id)
    ons_dorp.clock.now = thursday - timedelta(minutes=1) + weeks

    assert too_soon is Delivery.WAITS
    assert stored(ons_dorp, second).reason == UNPROVEN
    assert deliver(ons_dorp, second.id) is Delivery.SENT


def test_at_the_turn_of_the_week_the_same_form_is_still_mailed_again(ons_dorp: Town) -> None:
    ons_dorp.clock.now = Allowance("", "any", timedelta(days=7), 1).ends_at(ons_dorp.clock.now)
    ons_dorp.clock.wait(minutes=-1)
    deliver(ons_dorp, unasked(ons_dorp, "n1").id)
    ons_dorp.clock.wait(minutes=2)
    again = promising_thanks.verification(submitted(), now=ons_dorp.clock.now, again=1)
    ons_dorp.world.save(outbox=[again])

    assert deliver(ons_dorp, again.id) is Delivery.SENT


def test_whoever_sent_the_form_has_it_mailed_again_twice(ons_dorp: Town) -> None:
    nomination = submitted()
    ons_dorp.world.save(nomination)
    deliver(ons_dorp, unasked(ons_dorp, "n1").id)

    for _ in range(5):
        nominating.mail_again(
            ons_dorp.world,
            partnership=ons_dorp.partnership,
            nomination_id="n1",
            now=ons_dorp.clock.now,
        )
        ons_dorp.run_queues()

    assert len(ons_dorp.mails_to(ADA)) == 3


def test_a_mail_that_waits_for_a_proof_leaves_once_there_is_one(ons_dorp: Town) -> None:
    ons_dorp.world.save(submitted())
    deliver(ons_dorp, unasked(ons_dorp, "n1").id)
    second = unasked(ons_dorp, "n2")
    assert deliver(ons_dorp, second.id) is Delivery.WAITS

    nominating.verify_nomination(
        ons_dorp.world, partnership=ons_dorp.partnership, nomination_id="n1", now=ons_dorp.clock.now
    )
    ons_dorp.clock.wait(minutes=15)

    assert deliver(ons_dorp, second.id) is Delivery.SENT
    assert deliver(ons_dorp, unasked(ons_dorp, "n3").id) is Delivery.SENT


def test_a_coordinator_may_send_it_all_the_same(ons_dorp: Town) -> None:
    deliver(ons_dorp, unasked(ons_dorp, "n1").id)
    second = unasked(ons_dorp, "n2")
    deliver(ons_dorp, second.id)

    settling.send_again(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        message_id=second.id,
        seen_attempt=0,
        now=ons_dorp.clock.now,
    )

    assert deliver(ons_dorp, second.id) is Delivery.SENT


def test_who_is_on_the_people_list_is_no_stranger(ons_dorp: Town) -> None:
    ended = [deliver(ons_dorp, unasked(ons_dorp, f"n{n}", to=CLEO).id) for n in range(3)]

    assert ended == [Delivery.SENT] * 3


def test_the_one_too_many_to_strangers_waits_for_a_coordinator(
    ons_dorp: Town, caplog: pytest.LogCaptureFixture
) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, strangers_an_hour=2)
    later = ons_dorp.clock.now + timedelta(days=1)
    mails = [
        unasked(ons_dorp, f"n{n}", to=f"stranger{n}@example.nl", deadline=later) for n in range(3)
    ]

    with caplog.at_level(logging.ERROR, logger="pluim"):
        ons_dorp.run_queues()

    (line,) = [json.loads(record.getMessage()) for record in caplog.records]
    assert (line["event"], line["partnership"]) == ("too_many_strangers", SLUG)
    held = stored(ons_dorp, mails[-1])
    assert (held.state, held.reason, held.due_at) == (MessageState.QUEUED, UNAPPROVED, later)


def test_a_neighbour_does_not_use_up_what_may_go_to_strangers(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, strangers_an_hour=1)
    theirs = Allowance("buurdorp", TO_STRANGERS, timedelta(hours=1), 1)
    ons_dorp.world.store.spend(theirs, now=ons_dorp.clock.now)
    mails = [unasked(ons_dorp, f"n{n}", to=f"stranger{n}@example.nl") for n in range(2)]

    ended = [deliver(ons_dorp, mail.id) for mail in mails]

    assert ended == [Delivery.SENT, Delivery.UNAPPROVED]


def test_all_partnerships_together_mail_no_more_strangers_than_the_installation_allows(
    ons_dorp: Town,
) -> None:
    careful = replace(ons_dorp.world, limits=Limits(strangers_an_hour=2))
    theirs = Allowance("", TO_STRANGERS, timedelta(hours=1), 2)
    ons_dorp.world.store.spend(theirs, now=ons_dorp.clock.now)
    mails = [unasked(ons_dorp, f"n{n}", to=f"stranger{n}@example.nl") for n in range(2)]

    ended = [deliver(ons_dorp, mail.id, world=careful) for mail in mails]

    assert ended == [Delivery.SENT, Delivery.UNAPPROVED]
    assert stored(ons_dorp, mails[1]).waits_for_somebody


@pytest.mark.parametrize(("here", "together"), [(0, 20), (20, 0), (0, 0)])
def test_either_limit_for_strangers_may_be_none(here: int, together: int) -> None:
    limits = Limits(strangers_an_hour=together)

    allowed = unapproved_allowances("ons-dorp", an_hour=here, limits=limits)

    assert [one.limit for one in allowed] == [limit for limit in (here, together) if limit]


def test_an_installation_may_do_without_the_week_of_rest() -> None:
    assert not stranger_allowances("key", cause="n1", limits=Limits(unasked_days=0))


def test_an_installation_says_for_how_long_a_stranger_is_left_alone(ons_dorp: Town) -> None:
    brief = replace(ons_dorp.world, limits=Limits(unasked_days=1))
    first, second = unasked(ons_dorp, "n1"), unasked(ons_dorp, "n2")
    deliver(ons_dorp, first.id, world=brief)
    ons_dorp.clock.wait(days=1)

    assert deliver(ons_dorp, second.id, world=brief) is Delivery.SENT


def test_mail_about_a_gathering_counts_as_approved(ons_dorp: Town) -> None:
    gathering, place = planned(ons_dorp), invited(ons_dorp)
    now = ons_dorp.clock.now
    mails = [
        promising_gatherings.reminder(gathering, place, now=now),
        promising_gatherings.cancel_mail(gathering, place, now=now),
    ]
    ons_dorp.world.save(outbox=mails)

    assert [deliver(ons_dorp, mail.id) for mail in mails] == [Delivery.SENT] * 2


def test_a_code_to_an_address_that_bounced_is_held_back_and_shown(ons_dorp: Town) -> None:
    key = ons_dorp.world.secrets.address_key(CLEO)
    ons_dorp.world.save(Suppression(key, "bounce", ons_dorp.clock.now))

    signing_in.request_code(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        address=CLEO,
        browser="browser",
        known_browser="",
        language=Language.DUTCH,
        now=ons_dorp.clock.now,
    )
    ons_dorp.run_queues()

    (row,) = overseeing.undelivered(
        ons_dorp.world, partnership=ons_dorp.partnership, now=ons_dorp.clock.now
    ).rows
    assert (row.kind, row.to, row.reason) == ("signin_code", CLEO, "suppressed")
