"""A whole Pluim in one process: real store, real doors, a mailer that remembers, a clock to set."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache, partial
from typing import Any

import boto3
from moto import mock_aws

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.s3 import S3Inbox
from chalicelib.adapters.secretsmanager import ManagedSecrets
from chalicelib.adapters.ses import read_event
from chalicelib.adapters.ses_notices import read_notice
from chalicelib.adapters.sqs import read_hint
from chalicelib.domain.job import Job
from chalicelib.domain.message import Message, Urgency
from chalicelib.domain.partnership import Contact, Controller, Partnership, Party, Settings
from chalicelib.domain.people import EmailAddress, Language, Person, Role, Side
from chalicelib.messages.links import Links
from chalicelib.ports import Due, DueRow, Hint, World
from chalicelib.use_cases import founding
from chalicelib.use_cases.delivering import Letterhead
from infra.resources import INBOUND_BUCKET, provision_storage
from tests.permissions import acting_as, demand
from tests.remembering import RememberingMailer

BASE = "https://pluim.example.nl"
SLUG = "ons-dorp"
NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
CLEO = EmailAddress("cleo@gemeente.example")
CAS = EmailAddress("cas@buurthuis.example")


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """What time it is."""
        return self.now

    def wait(self, **span: float) -> None:
        """Let this much time pass (`minutes=10`)."""
        self.now += timedelta(**span)


@dataclass
class RememberingHints:
    """Hints that wait until the test looks after them."""

    rows: deque[tuple[DueRow, str]] = field(default_factory=deque)

    def message(self, message: Message) -> None:
        """Say that a message is due."""
        self._keep(Hint(DueRow(Due.MESSAGE, message.partnership, message.id), message.urgency))

    def job(self, job: Job) -> None:
        """Say that a job waits."""
        self._keep(Hint(DueRow(Due.JOB, job.partnership, job.id), Urgency.ORDINARY))

    def many(self, hints: Sequence[Hint]) -> None:
        """Say of many rows that they are due."""
        for hint in hints:
            self._keep(hint)

    def _keep(self, hint: Hint) -> None:
        queue, handler = _road(hint)
        demand(("sqs:SendMessage", queue))
        self.rows.append((hint.row, handler))


def _road(hint: Hint) -> tuple[str, str]:
    """The queue that a hint goes to, and the handler that takes it from there."""
    if hint.row.what is Due.JOB:
        return "WorkQueue", "work"
    if hint.urgency is Urgency.URGENT:
        return "UrgentQueue", "deliver_urgent"
    return "OrdinaryQueue", "deliver_ordinary"


@dataclass
class GivenBack:
    """Which records handlers handed back, and after how long they may come again."""

    after_seconds: list[int] = field(default_factory=list)

    def __call__(self, *, queue_arn: str, receipt_handle: str, after_seconds: int) -> None:
        """Remember one."""
        self.after_seconds.append(after_seconds)


@dataclass
class LambdaContext:
    """A run that has this much time left, always."""

    milliseconds_left: float = 300_000.0

    def get_remaining_time_in_millis(self) -> float:
        """The time left."""
        return self.milliseconds_left


@dataclass
class Town:
    """Ons Dorp: one partnership, two coordinators, and everything that happens there."""

    world: World
    clock: Clock
    mailer: RememberingMailer
    hints: RememberingHints
    given_back: GivenBack
    partnership: Partnership
    aws: boto3.Session

    def look_after_mail(self) -> None:
        """Let the queues run until they are empty, and the sweep once for what has no hint."""
        self.run_queues()
        self.sweep()
        self.run_queues()

    def run_queues(self) -> None:
        """Give every waiting hint to the handler that `app.py` registers for its queue."""
        while self.hints.rows:
            due, queue = self.hints.rows.popleft()
            body = json.dumps({"what": due.what, "partnership": due.partnership, "id": due.id})
            failed = self.handle(queue, body)
            assert not failed, f"{queue} handed back {body}"

    def sweep(self, *, milliseconds_left: float = 30_000.0) -> None:
        """Let a minute's sweep run."""
        from app import app

        with acting_as("sweep"):
            app.handler_map["sweep"](_SCHEDULED, LambdaContext(milliseconds_left))

    def strike(self) -> None:
        """Let the clock strike the hour, as often and as late as the test likes."""
        from app import app

        with acting_as("hourly"):
            app.handler_map["hourly"](_SCHEDULED, LambdaContext())

    def handle(
        self,
        handler: str,
        *bodies: str,
        milliseconds_left: float = 300_000.0,
        receives: int = 1,
    ) -> list[str]:
        """Call a queue handler with records of these bodies; returns the ids handed back."""
        from app import app

        records = [_record(body, number, receives) for number, body in enumerate(bodies)]
        context = LambdaContext(milliseconds_left)
        with acting_as(handler):
            answer = app.handler_map[handler]({"Records": records}, context)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def mails_to(self, address: str) -> list[EmailMessage]:
        """The mails that somebody got, oldest first."""
        return [mail for mail in self.mailer.mails if address in str(mail["To"])]

    def link_in(self, mail: EmailMessage, path: str) -> str:
        """The path of the first link in a mail that opens a page below `path`."""
        body = mail.get_body(("plain",))
        assert body is not None
        found = re.search(rf"{re.escape(BASE)}(\S*{re.escape(path)}\S*)", body.get_content())
        assert found, f"no link to {path} in {body.get_content()}"
        return found[1]

    def newest(self, address: str) -> EmailMessage:
        """The newest mail that somebody got."""
        mails = self.mails_to(address)
        assert mails, f"no mail to {address}"
        return mails[-1]


@contextmanager
def town(aws: boto3.Session) -> Iterator[Town]:
    """Ons Dorp, founded anew, served by the doors as long as this lasts."""
    with mock_aws():
        dynamodb, secretsmanager, s3 = _clients(aws)
        environment = provision_storage(dynamodb=dynamodb, secretsmanager=secretsmanager, s3=s3)
        clock, mailer, hints = Clock(), RememberingMailer(), RememberingHints()
        given_back = GivenBack()
        world = World(
            store=DynamoStore(
                client=dynamodb,
                table=environment["PLUIM_TABLE"],
                clock=clock,
                pause=lambda seconds: None,
            ),
            hints=hints,
            mailer=mailer,
            secrets=ManagedSecrets(
                client=secretsmanager,
                pepper=environment["PLUIM_PEPPER_SECRET"],
                signing_key=environment["PLUIM_SIGNING_SECRET"],
                clock=clock,
            ),
        )
        found_ons_dorp(world)
        bootstrap.serve(
            bootstrap.Pluim(
                world=world,
                letterhead=Letterhead(
                    sender="pluim@pluim.example.nl",
                    rsvp_domain="rsvp.pluim.example.nl",
                    links=Links(BASE),
                    ses_domain="eu-west-1.amazonses.com",
                ),
                clock=clock,
                read_event=read_event,
                read_hint=read_hint,
                read_notice=partial(read_notice, bucket=INBOUND_BUCKET),
                inbox=S3Inbox(client=s3, bucket=INBOUND_BUCKET),
                give_back=given_back,
            )
        )
        try:
            yield Town(world, clock, mailer, hints, given_back, world.store.partnership(SLUG), aws)
        finally:
            bootstrap.serve(None)


@cache
def _clients(aws: boto3.Session) -> tuple[Any, Any, Any]:
    """Clients that every town of a session shares: making them takes as long as founding one."""
    return aws.client("dynamodb"), aws.client("secretsmanager"), aws.client("s3")


def found_ons_dorp(world: World, *, slug: str = SLUG, undo_minutes: int = 0) -> None:
    """Found it, with Cleo coordinating for the municipality and Cas for the citizens."""
    founding.found_partnership(
        world,
        partnership=Partnership(
            slug=slug,
            name="Ons Dorp",
            contact=Contact("Cleo Jansen", "0123 456 789", CLEO),
            controller=Controller("Gemeente Ons Dorp", "Dorpsplein 1, 1234 AB Ons Dorp", CLEO),
            parties=(
                Party("gemeente", "Gemeente Ons Dorp", Side.PROFESSIONALS),
                Party("buurthuis", "Buurthuis De Brug", Side.CITIZENS),
            ),
            settings=Settings(undo_minutes=undo_minutes),
        ),
    )
    for id, name, address, side, party in (
        ("cleo", "Cleo Jansen", CLEO, Side.PROFESSIONALS, "gemeente"),
        ("cas", "Cas de Boer", CAS, Side.CITIZENS, "buurthuis"),
    ):
        founding.add_person(
            world,
            person=Person(
                partnership=slug,
                id=id,
                name=name,
                address=address,
                side=side,
                party=party,
                language=Language.DUTCH,
                roles=frozenset({Role.COORDINATOR}),
            ),
        )


def _record(body: str, number: int, receives: int) -> dict[str, Any]:
    return {
        "messageId": f"record-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue",
    }


_SCHEDULED = {
    "version": "0",
    "id": "sweep",
    "account": "123456789012",
    "region": "eu-west-1",
    "detail": {},
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2026-11-20T11:00:00Z",
    "resources": [],
}
