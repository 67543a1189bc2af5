"""What each action asks of AWS: calls, and rows of the table read and written."""

from __future__ import annotations

import email
import email.policy
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from chalicelib.domain.access import Purpose, Token, token_digest
from chalicelib.entrypoints.cookies import fresh_key
from chalicelib.ports import Envelope
from infra.bench.meter import Cost, Meter
from infra.bench.neighbours import fill, put
from infra.bench.report import Table
from infra.local.demo_story import SLUG
from infra.local.pump import Function
from infra.local.ses_events import AcceptedMail, events_about
from infra.resources import queue_name
from infra.village import ELSEWHERE, REGION, Page, Village, Visitor, village

FEW, MANY = 100, 5_000
"""How many other rows the partnership has, in two rounds that must cost the same."""

GUESTS = 90
"""Three chunks of guests, invited in one run."""

_WRITTEN = f"{GUESTS} invitations, written in the background"
NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
THANKS = {
    "wie": "Bo van den Berg",
    "email_ander": "bo@example.org",
    "kant": "professionals",
    "organisatie": "Politie Ons Dorp",
    "wat": "Bo hield het plein veilig tijdens de intocht.",
    "waarom": "We durfden weer met de kinderen naar buiten.",
    "vorm": "shout_out",
    "naam": "Ada Bakker",
    "kant_zelf": "citizens",
    "email": "ada.bakker@example.org",
    "naam_tonen": "ja",
}


def cost_table() -> Table:
    """Every action's cost, in a partnership with few rows and in one with many."""
    few, many = costs(others=FEW), costs(others=MANY)
    growing = [one.action for one, other in zip(few, many, strict=True) if one.calls != other.calls]
    verdict = (
        f"With {FEW:,} other rows in the partnership or with {MANY:,}, the calls are the same."
        if not growing
        else f"With {MANY:,} other rows instead of {FEW:,}, these call more: {', '.join(growing)}."
    )
    pages = "Rows are those among the many, where every page is full; there are never more of them."
    return Table(
        head=("Action", "Calls", "Rows read", "Rows written", "Which calls"),
        rows=tuple(_row(cost) for cost in many),
        below=(f"{verdict} {pages}", _per_guest(many)),
    )


def costs(*, others: int) -> list[Cost]:
    """Walk through the main job beside this many other rows, and count each action."""
    aws = boto3.Session("bench", "bench", region_name=REGION)
    meter = Meter(aws)
    with village(aws, now=NOW) as place:
        walk = _Walk(place, meter, place.coordinator("cleo"))
        fill(place, others)
        walk.walk()
        walk.invite_many()
    return meter.costs


@dataclass(frozen=True)
class _Walk:
    """The main job, one action after the other."""

    place: Village
    meter: Meter
    cleo: Visitor

    def walk(self) -> None:
        """Do each action once, as warm functions do: with their keys read."""
        self.place.world.secrets.address_key("warm")
        self.place.world.secrets.code_digest(sign_in="warm", code="000000")
        self._nominate()
        self._sign_in()
        self._celebrate()

    def invite_many(self) -> None:
        """Invite so many guests that it takes more than one chunk."""
        gathering = self.place.world.store.gatherings(SLUG).items[0]
        addresses = "\n".join(f"gast{number}@example.org" for number in range(GUESTS))
        form = {"adressen": addresses, "sleutel": fresh_key()}
        with self.meter.of(f"{GUESTS} guests, invited by address"):
            _well(self.cleo.post(f"/beheer/bijeenkomsten/{gathering.id}/gasten", form))
        job = self._hint("WorkQueue", about="invite-")
        with self.meter.of(_WRITTEN):
            self._run("work", job)

    def _nominate(self) -> None:
        ada, cleo, of = Visitor(address=ELSEWHERE), self.cleo, self.meter.of
        key = fresh_key()
        with of("Form, opened"):
            _well(ada.get("/bedank"))
        with of("Form, checked"):
            _well(ada.post("/bedank/controle", THANKS))
        with of("Form, sent"):
            _well(ada.post("/bedank", {**THANKS, "sleutel": key}))
        self._deliver("Mail to confirm, delivered", queue="UrgentQueue")
        self._hear()
        subject = self._subject(key)
        link = f"/bevestig/{self._key(Purpose.VERIFY, subject)}"
        with of("Address, confirmed"):
            _well(ada.post(link, {}))
        review = f"/beheer/lezen/{subject}"
        with of("Thank-you, read at the desk"):
            _well(cleo.get(review))
        seen = self.place.world.store.nomination(SLUG, subject).version
        with of("Thank-you, approved"):
            _well(
                cleo.post(
                    f"{review}/goedkeuren", {"versie": str(seen), "email_1": "bo@example.org"}
                )
            )
        self._deliver("Thanks, delivered", queue="OrdinaryQueue", about=f"thanks-{subject}")
        link = f"/voor-jou/{self._key(Purpose.HONOUREE, f'{subject}/1')}"
        with of("Honouree's page, opened"):
            _well(ada.get(link))
        with of("Honouree's choice, sent"):
            _well(ada.post(link, {"besluit": "named"}))
        with of("Wall, opened"):
            _well(ada.get("/muur"))

    def _sign_in(self) -> None:
        cleo, of = Visitor(address=ELSEWHERE), self.meter.of
        with of("Sign-in code, asked for"):
            asked = _well(cleo.post("/beheer/aanmelden", {"email": "cleo@example.org"}))
        self._deliver("Sign-in code, delivered", queue="UrgentQueue", about="code-")
        code = _code_in(self.place.mails[-1])
        cleo = Visitor(cookies=asked.cookies, address=ELSEWHERE)
        with of("Sign-in code, entered"):
            entered = _well(cleo.post("/beheer/code", {"code": code}))
        desk = Visitor(cookies=entered.cookies)
        with of("Desk, opened"):
            _well(desk.get("/beheer"))

    def _celebrate(self) -> None:
        cleo, of = self.cleo, self.meter.of
        gathering = self.place.world.store.gatherings(SLUG).items[0]
        path = f"/beheer/bijeenkomsten/{gathering.id}"
        with of("Gathering, opened at the desk"):
            _well(cleo.get(path))
        waiting = {"what": "message", "partnership": SLUG, "id": f"invite-{gathering.id}-ada"}
        with of("Invitation, delivered"):
            self._run("deliver_ordinary", json.dumps(waiting))
        link = f"/uitnodiging/{self._key(Purpose.RSVP, f'{gathering.id}/ada')}"
        with of("Invitation's page, opened"):
            _well(Visitor().get(link))
        answer = {"komt": "ACCEPTED", "aantal": "2", "versie": str(gathering.revision)}
        with of("Invitation, answered"):
            _well(Visitor(address=ELSEWHERE).post(link, answer))
        self._deliver("Confirmation of an answer, delivered", queue="UrgentQueue", about="rsvp-")
        # Before the village's first thank-you, nothing was due.
        self.place.clock.wait(-timedelta(days=60))
        with of("Sweep, when nothing is due"):
            Function("sweep", _handler("sweep"), timedelta(minutes=1)).call(_TICK)
        self.place.clock.wait(timedelta(days=60))

    def _deliver(self, action: str, *, queue: str, about: str = "") -> None:
        hint = self._hint(queue, about=about)
        with self.meter.of(action):
            self._run("deliver_urgent" if queue == "UrgentQueue" else "deliver_ordinary", hint)

    def _hear(self) -> None:
        """What SES tells of the mail that left last."""
        envelope = self.place.mails[-1]
        mail = AcceptedMail(
            ses_id="bench",
            sender=envelope.sender,
            recipient=envelope.recipient,
            content=envelope.content,
            configuration_set="pluim",
            tags=envelope.tags,
            at=self.place.clock(),
        )
        for event in events_about(mail):
            with self.meter.of(f'Event "{event["eventType"]}" of a mail, heard'):
                self._run("events", json.dumps(event))

    def _key(self, purpose: Purpose, subject: str) -> str:
        """The token of a private link, as a mail would have brought it."""
        token = fresh_key()
        until = self.place.clock() + timedelta(days=1)
        put(self.place, [Token(SLUG, token_digest(token), purpose, subject, until)])
        return token

    def _subject(self, send_key: str) -> str:
        return self.place.world.store.token(SLUG, token_digest(send_key)).subject

    def _hint(self, queue: str, *, about: str) -> str:
        """Take hints from a queue until one is about this message or job."""
        # With a client of its own: on AWS it is not our functions that read the queues.
        sqs = boto3.client("sqs", REGION, aws_access_key_id="-", aws_secret_access_key="-")  # noqa: S106
        url = sqs.get_queue_url(QueueName=queue_name(queue))["QueueUrl"]
        while True:
            (record,) = sqs.receive_message(QueueUrl=url)["Messages"]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=record["ReceiptHandle"])
            if str(json.loads(record["Body"])["id"]).startswith(about):
                return str(record["Body"])

    def _run(self, name: str, body: str) -> None:
        answer = Function(name, _handler(name), timedelta(hours=1)).call(
            {"Records": [{**_RECORD, "body": body}]}
        )
        if answer["batchItemFailures"]:
            raise RuntimeError(f"{name} handed back {body}")


def _well(page: Page) -> Page:
    """The same page; a refusal would be counted as something that it is not."""
    if page.status >= 400:
        raise RuntimeError(f"an action was refused with status {page.status}")
    return page


def _handler(name: str) -> Any:
    from app import app

    return app.handler_map[name]


def _row(cost: Cost) -> tuple[str, ...]:
    which = ", ".join(
        f"{number} {name}" if number > 1 else name for name, number in sorted(cost.calls.items())
    )
    return (cost.action, str(cost.calls.total()), str(cost.read), str(cost.written), which)


def _per_guest(costs: list[Cost]) -> str:
    by_action = {cost.action: cost.calls.total() for cost in costs}
    written = by_action[_WRITTEN] / GUESTS
    fed = 0.12  # The sweep finds and reads a hundred messages at once, and hints at ten at once.
    mailed = by_action["Invitation, delivered"]
    heard = sum(calls for action, calls in by_action.items() if action.startswith("Event"))
    total = written + fed + mailed + heard
    return (
        f"Inviting costs {written:.2f} calls a guest. With the mail that follows ({fed} to feed "
        f"it, {mailed} to deliver it, {heard} to hear what became of it) that is {total:.1f}."
    )


def _code_in(envelope: Envelope) -> str:
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    body = mail.get_body(("plain",))
    found = re.search(r"[?&]code=(\d{6})", body.get_content() if body else "")
    if found is None:
        raise RuntimeError("the mail holds no code")
    return found[1]


_RECORD = {
    "messageId": "bench",
    "receiptHandle": "bench",
    "attributes": {"ApproximateReceiveCount": "1"},
    "messageAttributes": {},
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:bench",
    "awsRegion": REGION,
}
_TICK = {
    "version": "0",
    "id": "bench",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-20T11:00:00Z",
    "region": REGION,
    "resources": [],
    "detail": {},
}
