"""Following up: one reminder, one question, on their day, to whom they still concern."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from chalicelib.domain.consent import Choice
from chalicelib.domain.message import FULL, REMOVED, MessageState
from chalicelib.domain.nomination import Appreciation, Honouree, NoSuchHonouree
from chalicelib.domain.people import EmailAddress
from chalicelib.ports import Suppression
from chalicelib.use_cases import consenting, following_up, founding
from chalicelib.use_cases.delivering import Delivery
from tests.domain.examples import ADA, BO, DAN, approved
from tests.town import SLUG, Town
from tests.use_cases.steps import deliver, nomination_of, promise, promise_thanks

THE_14TH_DAY = datetime(2026, 12, 4, 11, tzinfo=UTC)
"""Two weeks after the thanks, at the same time of day: a Friday."""
THE_42ND_DAY = datetime(2027, 1, 1, 11, tzinfo=UTC)
"""New Year's Day, a Friday, so that the question waits for Monday."""
REMINDER, ASKED_BO, ASKED_ADA = "consent_reminder-n1-1", "follow_up-n1-1", "follow_up-n1"


def thank_bo(town: Town) -> None:
    deliver(town, promise_thanks(town).id)


def go_to(town: Town, at: datetime) -> None:
    town.clock.now = at
    town.look_after_mail()


def subjects(town: Town, address: str) -> list[str]:
    return [str(mail["Subject"]) for mail in town.mails_to(address)]


def state_of(town: Town, message_id: str) -> tuple[MessageState, str]:
    message = town.world.store.message(SLUG, message_id)
    return message.state, message.reason


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def tell(town: Town, text: str, *, honouree: str = "") -> None:
    following_up.tell(
        town.world,
        partnership=town.partnership,
        nomination_id="n1",
        honouree_id=honouree,
        text=text,
    )


def test_an_honouree_who_has_not_decided_is_reminded_once(ons_dorp: Town) -> None:
    thank_bo(ons_dorp)

    go_to(ons_dorp, THE_14TH_DAY - timedelta(minutes=1))
    assert len(ons_dorp.mails_to(BO)) == 1

    for hour in range(3):
        go_to(ons_dorp, THE_14TH_DAY + timedelta(hours=hour))

    assert subjects(ons_dorp, BO)[1:] == ["Wil je je bedankje delen?"]
    assert "Doe je niets, dan blijft het privé." in text_of(ons_dorp.newest(BO))
    assert ons_dorp.link_in(ons_dorp.newest(BO), "/voor-jou/")


@pytest.mark.parametrize("choice", Choice)
def test_who_decided_is_not_reminded(ons_dorp: Town, choice: Choice) -> None:
    thank_bo(ons_dorp)
    consenting.decide(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        nomination_id="n1",
        honouree_id="1",
        choice=choice,
        now=ons_dorp.clock.now,
    )

    go_to(ons_dorp, THE_14TH_DAY)

    assert state_of(ons_dorp, REMINDER) == (MessageState.SUPPRESSED, following_up.DECIDED)
    assert len(ons_dorp.mails_to(BO)) == 1


def test_a_partnership_chooses_after_how_many_days_it_reminds(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, consent_reminder_days=3)
    thank_bo(ons_dorp)

    # The third day is a Monday, because the thanks left on a Friday.
    go_to(ons_dorp, datetime(2026, 11, 23, 11, tzinfo=UTC))

    assert len(ons_dorp.mails_to(BO)) == 2


def test_a_pat_on_the_back_has_nothing_to_decide(ons_dorp: Town) -> None:
    nomination = approved(appreciation=Appreciation.PAT_ON_THE_BACK)
    ons_dorp.world.save(nomination)

    mails = following_up.promised(
        ons_dorp.world,
        nomination.thanked(honouree_id="1", now=ons_dorp.clock.now),
        honouree_id="1",
        now=ons_dorp.clock.now,
    )

    assert [mail.id for mail in mails] == [ASKED_BO, ASKED_ADA]


def test_six_weeks_later_both_sides_are_asked_and_never_on_a_holiday(ons_dorp: Town) -> None:
    thank_bo(ons_dorp)
    go_to(ons_dorp, THE_14TH_DAY)
    ons_dorp.mailer.envelopes.clear()

    go_to(ons_dorp, THE_42ND_DAY)
    assert not ons_dorp.mailer.mails

    go_to(ons_dorp, datetime(2027, 1, 4, 11, tzinfo=UTC))

    assert subjects(ons_dorp, BO) == ["Wat leverde jouw inzet op?"]
    assert subjects(ons_dorp, ADA) == ["Hoe ging het verder na je bedankje?"]


def test_thanks_late_at_night_are_followed_up_in_the_morning(ons_dorp: Town) -> None:
    ons_dorp.clock.now = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    thank_bo(ons_dorp)

    due = ons_dorp.world.store.message(SLUG, REMINDER).due_at

    # 23:30 on a Friday becomes 8:00, and not before Monday.
    assert due == datetime(2026, 12, 7, 7, tzinfo=UTC)


FRIDAY_NIGHT = datetime(2026, 12, 4, 20, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 5, tzinfo=UTC)
MONDAY_AT_8 = datetime(2026, 12, 7, 7, tzinfo=UTC)


def test_what_could_not_leave_by_day_comes_on_the_next_working_day(ons_dorp: Town) -> None:
    thank_bo(ons_dorp)
    go_to(ons_dorp, FRIDAY_NIGHT)
    assert len(ons_dorp.mails_to(BO)) == 1
    assert ons_dorp.world.store.message(SLUG, REMINDER).due_at == MONDAY_AT_8

    # Its 72 hours would be over by then; those in which it may not come do not count.
    go_to(ons_dorp, MONDAY_AT_8 + timedelta(hours=5))

    assert len(ons_dorp.mails_to(BO)) == 2


def test_what_waits_for_room_waits_for_the_morning_too(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, mails_a_day=1)
    thank_bo(ons_dorp)
    ons_dorp.clock.now = THE_14TH_DAY
    deliver(ons_dorp, promise(ons_dorp, "n2", recipient=BO).id)

    assert deliver(ons_dorp, REMINDER) is Delivery.WAITS

    waiting = ons_dorp.world.store.message(SLUG, REMINDER)
    assert (waiting.due_at, waiting.reason) == (MONDAY_AT_8, FULL)
    # It waits for room until midnight; the rest of the weekend costs it none of its 72 hours.
    assert waiting.deadline == THE_14TH_DAY + timedelta(hours=72) + (MONDAY_AT_8 - MIDNIGHT)


def test_what_waits_is_forgotten_when_its_honouree_has_themselves_removed(ons_dorp: Town) -> None:
    thank_bo(ons_dorp)

    consenting.remove(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        nomination_id="n1",
        honouree_id="1",
        now=ons_dorp.clock.now,
    )
    go_to(ons_dorp, datetime(2027, 1, 4, 11, tzinfo=UTC))

    for message_id in (REMINDER, ASKED_BO, ASKED_ADA):
        message = ons_dorp.world.store.message(SLUG, message_id)
        assert (message.state, message.reason) == (MessageState.SUPPRESSED, REMOVED)
        assert not message.facts
    assert len(ons_dorp.mails_to(BO)) == 1
    assert not ons_dorp.mails_to(ADA)


def test_who_turned_out_to_be_unreachable_is_asked_nothing(ons_dorp: Town) -> None:
    thank_bo(ons_dorp)
    ons_dorp.world.save(nomination_of(ons_dorp).unreachable(honouree_id="1"))

    go_to(ons_dorp, datetime(2027, 1, 4, 11, tzinfo=UTC))

    assert state_of(ons_dorp, ASKED_BO) == (MessageState.SUPPRESSED, following_up.UNREACHABLE)
    assert len(ons_dorp.mails_to(BO)) == 1


def test_a_suppressed_address_gets_nothing(ons_dorp: Town) -> None:
    thank_bo(ons_dorp)
    key = ons_dorp.world.secrets.address_key(BO)
    ons_dorp.world.save(Suppression(key, "bounce", ons_dorp.clock.now))

    go_to(ons_dorp, THE_14TH_DAY)

    assert state_of(ons_dorp, REMINDER)[0] is MessageState.SUPPRESSED
    assert len(ons_dorp.mails_to(BO)) == 1


def test_a_nomination_that_is_gone_is_not_asked_about(ons_dorp: Town) -> None:
    thank_bo(ons_dorp)
    key = {"pk": {"S": f"{SLUG}#nomination#n1"}, "sk": {"S": "nomination"}}
    ons_dorp.aws.client("dynamodb").delete_item(TableName="pluim", Key=key)

    go_to(ons_dorp, THE_14TH_DAY)

    assert state_of(ons_dorp, REMINDER) == (MessageState.SUPPRESSED, REMOVED)


def test_two_honourees_make_one_question_to_who_thanked_them(ons_dorp: Town) -> None:
    both = (Honouree("1", "Bo", address=BO), Honouree("2", "Dan", address=EmailAddress(DAN)))
    nomination = approved(honourees=both)
    ons_dorp.world.save(nomination)
    now = ons_dorp.clock.now

    for honouree in both:
        mails = following_up.promised(ons_dorp.world, nomination, honouree_id=honouree.id, now=now)
        ons_dorp.world.save(outbox=mails)
    again = following_up.promised(ons_dorp.world, nomination, honouree_id="1", now=now)

    assert ons_dorp.world.store.message(SLUG, ASKED_ADA).recipient == ADA
    assert ons_dorp.world.store.message(SLUG, "follow_up-n1-2").recipient == DAN
    assert again == ()


def test_both_sides_tell_and_may_tell_it_better(ons_dorp: Town) -> None:
    thank_bo(ons_dorp)

    tell(ons_dorp, "De straat speelt weer buiten.")
    tell(ons_dorp, "We doen het elk jaar.", honouree="1")
    tell(ons_dorp, "We doen het elke maand.", honouree="1")

    told = nomination_of(ons_dorp)
    assert told.led_to == "De straat speelt weer buiten."
    assert told.honourees[0].led_to == "We doen het elke maand."


def test_what_was_told_goes_with_who_has_themselves_removed(ons_dorp: Town) -> None:
    thank_bo(ons_dorp)
    tell(ons_dorp, "Bo doet het nu elk jaar.")
    tell(ons_dorp, "Graag gedaan.", honouree="1")

    gone = nomination_of(ons_dorp).without(honouree_id="1", now=ons_dorp.clock.now)

    assert gone.led_to == gone.honourees[0].led_to == ""
    ons_dorp.world.save(gone)
    with pytest.raises(NoSuchHonouree):
        tell(ons_dorp, "Toch nog iets.", honouree="1")
