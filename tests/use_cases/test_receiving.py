"""Receiving: a mail has its effect once, and what nobody may guess waits for a coordinator."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from chalicelib import bootstrap
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.inbound import Why
from chalicelib.domain.invitation import Invitation, PartStat, Tally, Via
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.ports import Listing
from chalicelib.use_cases import celebrating, receiving, responding
from chalicelib.use_cases.receiving import Receipt
from infra.resources import INBOUND_BUCKET
from tests.domain.examples import BO, later_plan
from tests.inbound import BO_RSVP, RSVP_DOMAIN, Postman, reply, words
from tests.town import SLUG, Town
from tests.use_cases.steps import answer, go_on, guests, invited, planned, start_inviting

REPLIES = Path(__file__).parents[1] / "messages" / "replies"


@pytest.fixture
def postman(ons_dorp: Town) -> Postman:
    """Whoever brings mail to the celebration that Bo is invited to."""
    planned(ons_dorp)
    invited(ons_dorp)
    ons_dorp.clock.wait(minutes=5)
    return Postman(ons_dorp.aws.client("s3"))


def receive(town: Town, notice: str) -> Receipt:
    pluim = bootstrap.pluim()
    return receiving.receive(
        pluim.world,
        inbox=pluim.inbox,
        notice=pluim.read_notice(notice),
        rsvp_domain=RSVP_DOMAIN,
        now=town.clock.now,
    )


def place(town: Town) -> Invitation:
    return town.world.store.invitation(SLUG, "g1", "bo")


def held(town: Town) -> HeldReply:
    (only,) = town.world.store.held_replies(SLUG).items
    return only


def test_a_guests_own_answer_is_recorded_and_confirmed(ons_dorp: Town, postman: Postman) -> None:
    assert receive(ons_dorp, postman.bring(reply())) is Receipt.APPLIED
    ons_dorp.look_after_mail()

    recorded = place(ons_dorp).answer
    assert recorded is not None
    assert (recorded.partstat, recorded.via) == (PartStat.ACCEPTED, Via.MAIL)
    assert ons_dorp.world.store.tally(SLUG, "g1") == Tally(accepted=1, heads=1)
    assert len(ons_dorp.mails_to(BO)) == 1


def test_words_wait_for_a_coordinator(ons_dorp: Town, postman: Postman) -> None:
    assert receive(ons_dorp, postman.bring(words("Mag mijn zus mee?").as_bytes())) is Receipt.HELD

    assert (held(ons_dorp).why, held(ons_dorp).text) == (Why.WORDS, "Mag mijn zus mee?")


def test_a_notice_that_comes_twice_has_its_effect_once(ons_dorp: Town, postman: Postman) -> None:
    notice = postman.bring(reply())

    assert [receive(ons_dorp, notice) for _ in range(2)] == [Receipt.APPLIED, Receipt.REPEATED]
    ons_dorp.look_after_mail()
    assert len(ons_dorp.mails_to(BO)) == 1


def test_a_mail_that_was_sent_twice_is_recognised_by_its_message_id(
    ons_dorp: Town, postman: Postman
) -> None:
    receive(ons_dorp, postman.bring(reply()))
    again = reply("DECLINED", lines=("DTSTAMP:20261120T103000Z",))

    assert receive(ons_dorp, postman.bring(again)) is Receipt.REPEATED
    assert place(ons_dorp).partstat is PartStat.ACCEPTED


def test_a_late_repeat_does_not_answer_the_new_time(ons_dorp: Town, postman: Postman) -> None:
    notice = postman.bring(reply(lines=()))
    receive(ons_dorp, notice)
    move(ons_dorp, ask_again=True)

    assert receive(ons_dorp, notice) is Receipt.REPEATED
    assert place(ons_dorp).answer is None


def test_an_answer_to_the_time_before_waits_for_a_coordinator(
    ons_dorp: Town, postman: Postman
) -> None:
    move(ons_dorp, ask_again=False)

    assert receive(ons_dorp, postman.bring(reply())) is Receipt.HELD
    assert held(ons_dorp).why is Why.EARLIER_TIME
    assert held(ons_dorp).partstat is PartStat.ACCEPTED


@pytest.mark.parametrize("stamp", ["DTSTAMP:20261120T103000Z", "DTSTAMP:20271120T103000Z", "X:"])
def test_the_newest_answer_counts_whichever_way_it_came(
    ons_dorp: Town, postman: Postman, stamp: str
) -> None:
    responding.record_rsvp(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        gathering_id="g1",
        guest="bo",
        answer=answer(ons_dorp, PartStat.DECLINED),
        now=ons_dorp.clock.now,
    )
    at = ons_dorp.clock.now + timedelta(minutes=1)
    became = receive(ons_dorp, postman.bring(reply(lines=(stamp,)), at=at))

    # Stamped before the click on the page, in the future, and not at all.
    late = stamp == "DTSTAMP:20261120T103000Z"
    assert became is (Receipt.UNCHANGED if late else Receipt.APPLIED)
    assert place(ons_dorp).partstat is (PartStat.DECLINED if late else PartStat.ACCEPTED)


def test_an_answer_for_one_date_never_answers_for_all(ons_dorp: Town, postman: Postman) -> None:
    repeats = Recurrence(Pattern.WEEKLY, count=3)
    seen = ons_dorp.world.store.gathering(SLUG, "g1")
    ons_dorp.world.save(replace(seen, plan=replace(seen.plan, repeats=repeats)))
    second = ("RECURRENCE-ID:20261219T183000Z", "SEQUENCE:0", "DTSTAMP:20261120T100000Z")

    assert receive(ons_dorp, postman.bring(reply("DECLINED", lines=second))) is Receipt.APPLIED

    assert place(ons_dorp).partstat is PartStat.NEEDS_ACTION
    assert {day: said.partstat for day, said in place(ons_dorp).answers.items()} == {
        date(2026, 12, 19): PartStat.DECLINED
    }


def test_a_machine_gets_no_mail_back(ons_dorp: Town, postman: Postman) -> None:
    automatic = reply(Auto_Submitted="auto-generated")

    assert receive(ons_dorp, postman.bring(automatic)) is Receipt.APPLIED
    ons_dorp.look_after_mail()
    assert not ons_dorp.mails_to(BO)


def test_an_invitation_is_sent_again_to_the_address_we_know_a_few_times_a_day(
    ons_dorp: Town, postman: Postman
) -> None:
    asked = [
        receive(ons_dorp, postman.bring(reply(method="REFRESH", message_id=f"<{n}@x>")))
        for n in range(5)
    ]
    ons_dorp.look_after_mail()

    assert asked == [Receipt.RESENT] * 3 + [Receipt.NOTHING] * 2
    assert ons_dorp.mails_to(BO)


def test_without_a_token_uid_and_sender_lead_to_the_guest(ons_dorp: Town, postman: Postman) -> None:
    by_address = ons_dorp.world.secrets.address_key(BO)
    invited(ons_dorp, guest=by_address)

    became = receive(ons_dorp, postman.bring(reply(), to=f"rsvp@{RSVP_DOMAIN}"))

    assert became is Receipt.APPLIED
    assert ons_dorp.world.store.invitation(SLUG, "g1", by_address).partstat is PartStat.ACCEPTED
    assert place(ons_dorp).partstat is PartStat.NEEDS_ACTION


@pytest.mark.parametrize(
    ("to", "dmarc", "why"),
    [
        (f"rsvp@{RSVP_DOMAIN}", "GRAY", Why.UNPROVEN),
        (f"rsvp+zzzzzzzz@{RSVP_DOMAIN}", "PASS", Why.UNKNOWN_GUEST),
        (BO_RSVP, "FAIL", Why.UNTRUSTED),
    ],
)
def test_who_is_not_surely_the_guest_changes_nothing(
    ons_dorp: Town, postman: Postman, to: str, dmarc: str, why: Why
) -> None:
    invited(ons_dorp, guest=ons_dorp.world.secrets.address_key(BO))

    assert receive(ons_dorp, postman.bring(reply(), to=to, dmarc=dmarc)) is Receipt.HELD
    assert held(ons_dorp).why is why
    assert ons_dorp.world.store.tally(SLUG, "g1").accepted == 0


def test_mail_about_nothing_of_ours_stands_at_nobodys_desk(
    ons_dorp: Town, postman: Postman
) -> None:
    for content, to in (
        (words("Koop nu!").as_bytes(), f"rsvp@{RSVP_DOMAIN}"),
        (reply(uid="g1@elsewhere.example"), "rsvp@elsewhere.example"),
    ):
        assert receive(ons_dorp, postman.bring(content, to=to)) is Receipt.NOBODYS
    assert not ons_dorp.world.store.held_replies(SLUG).items


def test_a_virus_is_not_even_opened(ons_dorp: Town, postman: Postman) -> None:
    assert receive(ons_dorp, postman.bring(reply(), virus="FAIL")) is Receipt.VIRUS


def test_a_mail_that_came_back_is_shown_among_the_undelivered(
    ons_dorp: Town, postman: Postman
) -> None:
    go_on(ons_dorp, start_inviting(ons_dorp, guests(1)))
    ons_dorp.look_after_mail()
    guest = ons_dorp.world.store.invitation(SLUG, "g1", "guest-000")
    bounce = (REPLIES / "bounce.eml").read_bytes()

    came = postman.bring(bounce, to=f"rsvp+{guest.reply_token}@{RSVP_DOMAIN}", source="")

    assert receive(ons_dorp, came) is Receipt.CAME_BACK
    (shown,) = ons_dorp.world.store.messages(SLUG, Listing.UNDELIVERED).items
    assert shown.recipient == guest.address


def test_what_is_too_large_or_gone_is_held_unopened(ons_dorp: Town, postman: Postman) -> None:
    large = postman.bring(b"From: bo@example.nl\r\n\r\n" + b"x" * (2 * 1024 * 1024))
    gone = postman.bring(reply())
    postman.s3.delete_object(Bucket=INBOUND_BUCKET, Key="mail/mail2")

    assert [receive(ons_dorp, notice) for notice in (large, gone)] == [Receipt.HELD] * 2
    problems = {item.problem for item in ons_dorp.world.store.held_replies(SLUG).items}
    assert problems == {"too_large", "gone"}


def test_what_kills_the_function_each_time_is_held_unopened(
    ons_dorp: Town, postman: Postman
) -> None:
    notice = postman.bring(reply())
    bootstrap.serve(replace(bootstrap.pluim(), inbox=Deadly()))
    with pytest.raises(SystemExit):
        ons_dorp.handle("receive", notice, receives=4)

    assert ons_dorp.handle("receive", notice, receives=5) == []

    assert (held(ons_dorp).problem, held(ons_dorp).raw) == ("tried_too_often", "mail/mail1")


def test_what_had_its_effect_before_the_function_died_is_not_held(
    ons_dorp: Town, postman: Postman
) -> None:
    notice = postman.bring(reply())
    ons_dorp.handle("receive", notice)

    assert ons_dorp.handle("receive", notice, receives=5) == []

    assert not ons_dorp.world.store.held_replies(SLUG).items


def test_what_fails_time_after_time_is_held_as_it_is(ons_dorp: Town, postman: Postman) -> None:
    notice = postman.bring(reply())
    bootstrap.serve(replace(bootstrap.pluim(), inbox=Broken()))

    failed = [ons_dorp.handle("receive", notice, receives=times) for times in (1, 4, 5)]

    assert failed == [["record-0"], ["record-0"], []]
    assert 4 * timedelta(seconds=max(ons_dorp.given_back.after_seconds)) < timedelta(minutes=5)
    assert (held(ons_dorp).problem, held(ons_dorp).raw) == ("tried_too_often", "mail/mail1")


class Deadly:
    """A bucket with a mail that takes more memory than there is."""

    def read(self, raw: str, *, at_most: int) -> bytes:
        raise SystemExit(raw)

    def forget(self, raw: str) -> None:
        raise SystemExit(raw)


class Broken:
    """A bucket that nobody can read."""

    def read(self, raw: str, *, at_most: int) -> bytes:
        raise OSError(raw)

    def forget(self, raw: str) -> None:
        raise OSError(raw)


def move(town: Town, *, ask_again: bool) -> None:
    """Cleo moves the celebration by a day, and everybody is told."""
    seen = town.world.store.gathering(SLUG, "g1").version
    celebrating.change(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        seen_version=seen,
        plan=later_plan(),
        ask_again=ask_again,
        now=town.clock.now,
    )
    town.look_after_mail()
