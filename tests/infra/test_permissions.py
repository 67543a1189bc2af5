"""Each queue and clock does its work with no more rights than its own policy grants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from chalicelib.domain.invitation import Line, Tally
from chalicelib.domain.message import Message, MessageState
from chalicelib.domain.people import Language
from chalicelib.domain.plan import Plan
from chalicelib.ports import Due, TallyChange
from chalicelib.use_cases import celebrating, erasing, signing_in
from tests.domain.examples import gathering, invitation
from tests.inbound import BO_RSVP, RSVP_DOMAIN, Postman, reply, words
from tests.permissions import AccessDenied, acting_as, demand, enforce, rights_of
from tests.town import CAS, CLEO, NOON, SLUG, Town, town

QUEUES = {
    "deliver_urgent": "UrgentQueue",
    "deliver_ordinary": "OrdinaryQueue",
    "work": "WorkQueue",
}
PLAN = Plan(
    title="Samen vieren",
    place="Het dorpshuis",
    starts=datetime(2026, 12, 4, 19, 30),
    ends=datetime(2026, 12, 4, 21, 30),
    time_zone="Europe/Amsterdam",
)
FUNCTIONS = ("api_handler", *QUEUES, "events", "receive", "sweep", "hourly")
MONDAY_AT_9 = datetime(2026, 11, 23, 8, tzinfo=UTC)
EVENTS = ("Send", "Delivery", "Complaint", "Reject", "Bounce")
ROWS = {
    f"dynamodb:{operation}"
    for operation in (
        *("GetItem", "BatchGetItem", "Query", "ConditionCheckItem"),
        *("PutItem", "UpdateItem", "DeleteItem"),
    )
}


@pytest.fixture
def village() -> Iterator[Town]:
    """Ons Dorp, where AWS refuses what the policy of the acting function refuses."""
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    enforce(session)
    with town(session) as founded:
        yield founded


def test_deliver_may_send_codes_and_invitations(village: Town) -> None:
    ask_for_a_code(village)
    start_jobs(village)

    run_queues(village)

    assert [len(village.mails_to(coordinator)) for coordinator in (CLEO, CAS)] == [3, 2]


def test_work_may_invite_everybody_and_tell_and_remind_them(village: Town) -> None:
    start_jobs(village)

    run_queues(village)

    assert village.mails_to(CAS)
    assert not waiting(village)


def test_work_may_erase_somebody_and_the_mail_that_they_sent(village: Town) -> None:
    place = invitation(dtstamp=village.clock.now)
    village.world.save(gathering(), place, TallyChange(SLUG, "g1", Tally(silent=1)))
    postman = Postman(village.aws.client("s3"))
    village.handle("receive", postman.bring(reply(), to=BO_RSVP))
    with hints_demanded(village), acting_as("api_handler"):
        erasing.ask(
            village.world,
            partnership=village.partnership,
            address=place.address,
            never_again=True,
            coordinator=village.world.store.person(SLUG, "cleo"),
            send_key="a" * 32,
            now=village.clock.now,
        )

    run_queues(village)
    village.clock.wait(minutes=20)
    sweep(village)
    run_queues(village)

    assert [mail["Subject"] for mail in village.mails_to(place.address)][-1:] == [
        "Je gegevens zijn gewist"
    ]


def test_sweep_may_park_what_is_in_doubt_and_wake_what_stalled(village: Town) -> None:
    ask_for_a_code(village)
    start_jobs(village)
    message = in_doubt(village)
    village.hints.rows.clear()
    village.clock.wait(minutes=20)

    sweep(village)

    assert village.world.store.message(SLUG, message.id).state is MessageState.PARKED
    assert {Due.JOB} == {row.what for row, _ in village.hints.rows}


def test_events_may_keep_outcomes_and_suppress_an_address(village: Town) -> None:
    ask_for_a_code(village)
    run_queues(village)

    with acting_as("events"):
        handed_back = [village.handle("events", event(village, kind)) for kind in EVENTS]

    assert handed_back == [[]] * len(EVENTS)
    assert village.world.store.suppression(village.world.secrets.address_key(CLEO))


@pytest.mark.parametrize(
    ("content", "dmarc"),
    [
        (reply(), "PASS"),
        (reply(method="REFRESH"), "PASS"),
        (words("Mag de hond mee?").as_bytes(), "PASS"),
        (reply(), "FAIL"),
    ],
)
def test_receive_may_record_resend_and_hold(village: Town, content: bytes, dmarc: str) -> None:
    place = invitation(dtstamp=village.clock.now)
    village.world.save(gathering(), place, TallyChange(SLUG, "g1", Tally(silent=1)))
    by_uid = Postman(village.aws.client("s3"))
    for to in (BO_RSVP, f"rsvp@{RSVP_DOMAIN}"):
        with hints_demanded(village):
            assert not village.handle("receive", by_uid.bring(content, to=to, dmarc=dmarc))


def test_receive_may_give_a_seat_that_a_mail_frees_to_who_waits(village: Town) -> None:
    party = gathering(seats=1)
    bo = invitation(dtstamp=village.clock.now)
    dan = invitation(guest="dan", address="dan@example.nl", dtstamp=village.clock.now)
    village.world.save(party, bo, dan, TallyChange(SLUG, "g1", Tally(silent=2)))
    postman = Postman(village.aws.client("s3"))
    dans = f"rsvp+dan@{RSVP_DOMAIN}"
    told = [
        postman.bring(reply()),
        postman.bring(
            reply(writer="dan@example.nl", attendee="dan@example.nl", message_id="<2@x>"), to=dans
        ),
        postman.bring(reply("DECLINED", lines=("DTSTAMP:20261120T103000Z",), message_id="<3@x>")),
    ]

    for notice in told:
        with hints_demanded(village):
            assert village.handle("receive", notice) == []
        village.clock.wait(minutes=1)

    assert village.world.store.tally(SLUG, "g1").declined == 1
    assert village.world.store.invitation(SLUG, "g1", "dan").line is Line.OFFERED


def test_hourly_may_begin_what_is_due_and_nothing_more(village: Town) -> None:
    village.clock.now = MONDAY_AT_9
    ask_for_a_code(village)
    run_queues(village)

    with hints_demanded(village):
        village.strike()
    run_queues(village)

    for kind in ("digest", "daily"):
        assert village.world.store.job(SLUG, f"{kind}-2026-11-23").finished
    assert {action for action, _ in rights_of("hourly") if action.startswith("sqs:")} == {
        "sqs:SendMessage"
    }


def test_only_delivery_may_send_mail() -> None:
    may = {name for name in FUNCTIONS if any(a.startswith("ses:Send") for a, _ in rights_of(name))}

    assert may == {"deliver_urgent", "deliver_ordinary"}


def test_only_the_sweep_may_ask_what_we_may_send() -> None:
    may = {name for name in FUNCTIONS if ("ses:GetAccount", "*") in rights_of(name)}

    assert may == {"sweep"}


def test_nobody_may_scan_or_change_the_table_itself() -> None:
    used = {action for name in FUNCTIONS for action, _ in rights_of(name)}

    assert {action for action in used if action.startswith("dynamodb:")} <= ROWS


def test_what_no_policy_grants_is_refused(village: Town) -> None:
    with acting_as("events"), pytest.raises(AccessDenied, match="dynamodb:Query on Table/index"):
        village.world.store.due(shard=0, now=NOON)


def sweep(village: Town) -> None:
    with acting_as("sweep"), hints_demanded(village):
        village.sweep()


def run_queues(village: Town) -> None:
    """Give every hint to its function, which may do what its own policy allows."""
    while village.hints.rows:
        due, function = village.hints.rows.popleft()
        body = json.dumps({"what": due.what, "partnership": due.partnership, "id": due.id})
        with acting_as(function), hints_demanded(village):
            assert not village.handle(function, body), f"{function} handed back {body}"


@contextmanager
def hints_demanded(village: Town) -> Iterator[None]:
    """Whoever leaves a hint must have the right to send it."""
    before = len(village.hints.rows)
    yield
    for _, queue in list(village.hints.rows)[before:]:
        demand(("sqs:SendMessage", QUEUES[queue]))


def ask_for_a_code(village: Town) -> None:
    signing_in.request_code(
        village.world,
        partnership=village.partnership,
        address=CLEO,
        browser="browser",
        known_browser="",
        language=Language.DUTCH,
        now=village.clock(),
    )


def start_jobs(village: Town) -> None:
    """Plan a gathering, invite everybody, move it a day and remind: the three kinds of job."""
    world, partnership, now = village.world, village.partnership, village.clock()
    gathering = celebrating.plan(
        world,
        partnership=partnership,
        plan=PLAN,
        organiser="cleo",
        gathering_id="feast",
        now=now,
    )
    celebrating.invite(
        world,
        partnership=partnership,
        gathering_id=gathering.id,
        guests=[],
        everybody=True,
        send_key="once",
        now=now,
    )
    announced = world.store.gathering(SLUG, gathering.id)
    day = timedelta(days=1)
    celebrating.change(
        world,
        partnership=partnership,
        gathering_id=gathering.id,
        seen_version=announced.version,
        plan=replace(PLAN, starts=PLAN.starts + day, ends=PLAN.ends + day),
        ask_again=True,
        now=now,
    )
    celebrating.remind_silent(
        world, partnership=partnership, gathering_id=gathering.id, send_key="once", now=now
    )


def waiting(village: Town) -> bool:
    sweep(village)
    return bool(village.hints.rows)


def in_doubt(village: Town) -> Message:
    """A message that a worker took, and never came back from."""
    sweep(village)
    due, _ = next(entry for entry in village.hints.rows if entry[0].what is Due.MESSAGE)
    message = village.world.store.message(due.partnership, due.id)
    village.world.store.claim(
        message,
        message.claimed(token="lost", now=village.clock()),
        address_key=village.world.secrets.address_key(message.recipient),
        minted=(),
    )
    return message


def event(village: Town, kind: str) -> str:
    """What SES says about the first mail that left."""
    envelope = village.mailer.envelopes[0]
    now = village.clock().isoformat()
    tags = {name: [value] for name, value in envelope.tags.items()}
    details = {"timestamp": now, "bounceType": "Permanent"}
    mail = {
        "messageId": "ses-1",
        "timestamp": now,
        "destination": [envelope.recipient],
        "tags": tags,
    }
    return json.dumps({"eventType": kind, "mail": mail, kind.lower(): details})
