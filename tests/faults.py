"""Faults: Ons Dorp on a day when any call to AWS, and any mail, can be the one that goes wrong.

Nothing is patched. Clients carry their requests through one handler of botocore's `before-send`
event, which runs at every attempt the SDK makes, and the mailer counts as one more call.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb.items import Row, to_item
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.s3 import S3Inbox
from chalicelib.adapters.secretsmanager import ManagedSecrets
from chalicelib.adapters.ses import read_event
from chalicelib.adapters.ses_notices import read_notice
from chalicelib.adapters.sqs import MAX_BATCH, read_hint
from chalicelib.domain.job import Job
from chalicelib.domain.message import Message, MessageState
from chalicelib.messages.links import Links
from chalicelib.ports import Again, Envelope, Hint, Never, SendResult, Unknown, World
from chalicelib.use_cases.delivering import Letterhead
from infra.resources import INBOUND_BUCKET, provision
from tests.browser import FORM, Browser, Fields
from tests.remembering import RememberingMailer
from tests.rows import every_row, messages
from tests.ses_events import ses_event
from tests.town import BASE, SLUG, Clock, GivenBack, RememberingHints, Town, found_ons_dorp

TABLE = "pluim"
MAIL, HINT = "Mail", "Hint"
_SERVICES = ("dynamodb", "secretsmanager", "s3")
READS = {
    *("GetItem", "BatchGetItem", "Query"),
    *("GetSecretValue", "ListSecretVersionIds"),
    *("HeadObject", "GetObject"),
}
"""The operations that change nothing."""
_SDK_TRIES = 3


class Fault(StrEnum):
    """What goes wrong at one attempt.

    *Lost* is carried out, but its answer never comes; *unheard* is that for every try of the SDK;
    *silent* is that, and nothing gets through for the rest of the run. *Late error* is carried out
    and answered 500. *Killed* ends the function before the attempt, *killed after* once it was
    carried out. *Paused* is SES taking nothing from anybody.
    """

    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    KILLED = "killed"
    LOST = "lost"
    UNHEARD = "unheard"
    SILENT = "silent"
    LATE_ERROR = "late error"
    KILLED_AFTER = "killed after"
    REFUSED = "refused"
    PAUSED = "paused"


_ENDS_BEFORE = (Fault.KILLED, Fault.UNREACHABLE)
_ENDS_AFTER = (Fault.KILLED_AFTER, Fault.SILENT)
REPEATED = (Fault.LOST, Fault.LATE_ERROR, Fault.THROTTLED)
"""A call that the SDK sends once more, so that nobody ever notices."""
_OF_WRITES = (*_ENDS_BEFORE, *_ENDS_AFTER, *REPEATED, Fault.UNHEARD)
_OF_FIRST_WRITES = (_ENDS_BEFORE, _ENDS_AFTER, REPEATED, (Fault.UNHEARD,))
_OF_LATER_WRITES = (
    _ENDS_AFTER,
    (Fault.UNHEARD, Fault.LOST, Fault.UNHEARD, Fault.LATE_ERROR, Fault.THROTTLED),
)
_OF_MAILS = (
    (Fault.KILLED, Fault.KILLED_AFTER),
    (Fault.LATE_ERROR, Fault.PAUSED, Fault.LOST, Fault.REFUSED, Fault.THROTTLED),
)
_OF_HINTS = ((Fault.UNREACHABLE,),)


def telling_faults(attempts: Sequence[str], *, turn: int) -> Iterator[tuple[int, Fault]]:
    """The attempts of a clean run, counted from 1, with one fault for each way to end or fail.

    Each write and each mail ends the function once and fails once, and each hint fails. Faults that
    differ only for the code that catches them are met in turn: by one call after the other, from
    another one on in each `turn`. Reads change nothing, and a run that ends before a write or a
    hint leaves what one does that ends after the write before, so only the first write meets that.
    """
    calls: Counter[object] = Counter()
    for number, operation in enumerate(attempts, start=1):
        ways = _ways_of(operation, calls)
        calls[ways] += 1
        for way in ways:
            yield number, way[(turn + calls[ways]) % len(way)]


def _ways_of(operation: str, calls: Counter[object]) -> tuple[tuple[Fault, ...], ...]:
    if operation in READS:
        return ()
    if operation == MAIL:
        return _OF_MAILS
    if operation == HINT:
        return _OF_HINTS
    return _OF_LATER_WRITES if calls[_OF_FIRST_WRITES] else _OF_FIRST_WRITES


def every_fault(attempts: Sequence[str], **_: int) -> Iterator[tuple[int, Fault]]:
    """Every attempt of a clean run with every fault that it can meet."""
    for number, operation in enumerate(attempts, start=1):
        if operation == MAIL:
            faults: Sequence[Fault] = tuple(Fault)
        elif operation == HINT:
            faults = (*_ENDS_BEFORE, Fault.KILLED_AFTER)
        else:
            faults = _ENDS_BEFORE if operation in READS else _OF_WRITES
        yield from ((number, fault) for fault in faults)


class Killed(BaseException):
    """The function's process ended; nothing in it can catch that, or do anything afterwards."""


@dataclass
class Weather:
    """What happens to each attempt: `fault` at attempt number `at` (from 1), else nothing."""

    fault: Fault | None = None
    at: int = 0
    attempts: list[str] = field(default_factory=list)
    _aftermath: Fault | None = None

    def forecast(self, fault: Fault | None = None, *, at: int = 0) -> None:
        """From now on, count attempts anew, and let this happen."""
        self.fault, self.at, self._aftermath = fault, at, None
        self.attempts.clear()

    def clear_up(self) -> None:
        """A new run begins: what was down is up, who was killed is replaced."""
        self._aftermath = None

    def strike(self, operation: str) -> Fault | None:
        """Count an attempt, and say what goes wrong with it. Raises `Killed` to a dead function."""
        self.attempts.append(operation)
        if self._aftermath is Fault.KILLED:
            raise Killed
        if self._aftermath is not None:
            return self._aftermath
        lasts = _SDK_TRIES if self.fault is Fault.UNHEARD and operation != MAIL else 1
        return self._begin() if 0 <= len(self.attempts) - self.at < lasts else None

    def _begin(self) -> Fault | None:
        if self.fault in {Fault.KILLED, Fault.KILLED_AFTER}:
            self._aftermath = Fault.KILLED
        if self.fault in {Fault.UNREACHABLE, Fault.SILENT}:
            self._aftermath = Fault.UNREACHABLE
        if self.fault is Fault.KILLED:
            raise Killed
        return self.fault

    def client(self, aws: boto3.Session, service: str) -> Any:
        """A client in this weather, whose SDK tries three times as ours do, but never waits."""
        config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
        client: Any = aws.client(service, config=config)  # type: ignore[call-overload]
        client.meta.events.unregister("before-send", botocore_stubber)
        client.meta.events.register("before-send", self._carry)
        client.meta.events.register_first("needs-retry", _try_again)
        return client

    def _carry(self, request: Any, event_name: str, **_: object) -> Any:
        fault = self.strike(event_name.rpartition(".")[2])
        if fault is Fault.UNREACHABLE:
            raise EndpointConnectionError(endpoint_url=request.url)
        if fault is Fault.THROTTLED:
            return _answer(request, 400, "ThrottlingException")
        answer = botocore_stubber(event_name, request)
        if fault is Fault.KILLED_AFTER:
            raise Killed
        if fault in {Fault.LOST, Fault.UNHEARD, Fault.SILENT}:
            raise ReadTimeoutError(endpoint_url=request.url)
        return _answer(request, 500, "InternalServerError") if fault else answer


class StormyMailer(RememberingMailer):
    """The mailer that remembers, in this weather: it answers what SES and the network would."""

    def __init__(self, weather: Weather) -> None:
        super().__init__()
        self._weather = weather

    def send(self, envelope: Envelope) -> SendResult:
        """Accept the mail, unless the weather prevents that or hides it."""
        fault = self._weather.strike(MAIL)
        if fault is Fault.UNREACHABLE:
            return Again("EndpointConnectionError")
        if fault is Fault.THROTTLED:
            return Again("TooManyRequestsException")
        if fault is Fault.PAUSED:
            return Again("SendingPausedException", account_fault=True)
        if fault is Fault.REFUSED:
            return Never("MessageRejected")
        if fault is Fault.LATE_ERROR:
            return Unknown("InternalServerError")
        accepted = super().send(envelope)
        if fault is Fault.KILLED_AFTER:
            raise Killed
        return Unknown("ReadTimeoutError") if fault else accepted


class StormyHints(RememberingHints):
    """The hints that wait, in this weather: one that gets lost is lost without a word."""

    def __init__(self, weather: Weather) -> None:
        super().__init__()
        self._weather = weather

    def message(self, message: Message) -> None:
        """Say that a message is due."""
        self._strike(lambda: super(StormyHints, self).message(message))

    def job(self, job: Job) -> None:
        """Say that a job waits."""
        self._strike(lambda: super(StormyHints, self).job(job))

    def many(self, hints: Sequence[Hint]) -> None:
        """Say of many rows that they are due, in one call for every ten."""
        for start in range(0, len(hints), MAX_BATCH):
            batch = hints[start : start + MAX_BATCH]
            self._strike(lambda batch=batch: super(StormyHints, self).many(batch))  # type: ignore[misc]

    def _strike(self, hint: Callable[[], None]) -> None:
        fault = self._weather.strike(HINT)
        if fault is not Fault.UNREACHABLE:
            hint()
        if fault is Fault.KILLED_AFTER:
            raise Killed


@dataclass
class StormyTown:
    """Ons Dorp, its weather, and people who try again until a page says that it is done.

    Hints wait in the town's own queues. `calm` is the same world, through clients that nothing
    happens to.
    """

    town: Town
    calm: World
    weather: Weather
    dynamodb: Any

    def insist(self, step: Callable[[], bool]) -> None:
        """Do this the way people do: once more, until it says that it is done."""
        for _ in range(3):
            if self._run(step):
                return
        raise AssertionError("the fault lasted longer than one run")

    def send_form(self, path: str, fields: Fields) -> None:
        """Send a form from a page of ours until it is acknowledged, with a 303."""
        body = urlencode(fields, doseq=True).encode()
        headers = {"origin": BASE, "content-type": FORM}
        self.insist(
            lambda: Browser().request("POST", path, body=body, headers=headers).status == 303
        )

    def until_still(self) -> None:
        """Let queues and sweep run, and the clock go on, until nothing is left to be done."""
        for _ in range(60):
            self._run_queues()
            waiting = self._open_rows()
            if not waiting:
                return
            self._wait_until(datetime.fromisoformat(min(waiting)))
            self._run(self.town.sweep)
        raise AssertionError("it never becomes still")

    def _wait_until(self, soonest: datetime) -> None:
        """Let the clock go on to when something comes due, and may leave."""
        brake = self.calm.store.brake()
        soonest = max(soonest, brake.probe_at) if brake else soonest
        self.town.clock.now = max(self.town.clock.now, soonest) + timedelta(seconds=1)

    def hear_from_ses(self, known: dict[str, dict[str, str]]) -> list[Envelope]:
        """Bring the Send event, late as it is, of every mail that does not count as sent yet.

        `known` is what is known of the messages. Returns the mails that SES told of.
        """
        self.weather.forecast()
        told = [
            envelope
            for envelope in self.town.mailer.envelopes
            if known[envelope.tags["message"]]["state"] != MessageState.SENT
        ]
        for envelope in told:
            self.town.handle("events", ses_event("Send", envelope))
        return told

    def messages(self) -> dict[str, dict[str, str]]:
        """Every message by its id: its state, kind, reason and outcome."""
        return messages(every_row(self.dynamodb))

    def accepted(self) -> Counter[str]:
        """How often the mailer accepted each message, by its id."""
        return Counter(envelope.tags["message"] for envelope in self.town.mailer.envelopes)

    def _open_rows(self) -> list[str]:
        """When each row that somebody still has to look at comes due."""
        found = self.dynamodb.scan(TableName=TABLE, IndexName="due")
        return [row["due_at"]["S"] for row in found["Items"]]

    def _run_queues(self) -> None:
        """Give every hint to its handler. What it hands back, or dies over, comes once more."""
        for _ in range(50):
            if not self.town.hints.rows:
                return
            due, queue = self.town.hints.rows.popleft()
            body = json.dumps({"what": due.what, "partnership": due.partnership, "id": due.id})
            if self._run(partial(self.town.handle, queue, body)) != []:
                self.town.hints.rows.append((due, queue))
        raise AssertionError("the queues never become empty")

    def _run(self, step: Callable[[], Any]) -> Any:
        """One run of a function of ours, which an outage or a kill may end early: then None."""
        try:
            return step()
        except (Exception, Killed):
            return None
        finally:
            self.weather.clear_up()


Prepare = Callable[[StormyTown], None]


class Storm:
    """Makes Ons Dorp, as often as it is asked to, for one set of clients."""

    def __init__(self, aws: boto3.Session) -> None:
        self._aws = aws
        self._weather = Weather()
        self._calm: dict[str, Any] = {name: aws.client(name) for name in (*_SERVICES, "sqs")}  # type: ignore[call-overload]
        self._stormy = {name: self._weather.client(aws, name) for name in _SERVICES}
        self._environment = provision(**self._calm)
        self._table = _table(self._dynamodb.describe_table(TableName=TABLE)["Table"])
        found_ons_dorp(self._world(self._calm, RememberingHints(), RememberingMailer(), Clock()))
        self._rows: dict[Prepare | None, list[Any]] = {None: every_row(self._dynamodb)}

    def founded(self, prepare: Prepare | None = None) -> StormyTown:
        """Ons Dorp on its first day: only the partnership is there, and functions start cold.

        `prepare` adds to that in calm weather. It does so once: later, its rows are put back.
        """
        if prepare and prepare not in self._rows:
            prepare(self.founded())
            self._rows[prepare] = every_row(self._dynamodb)
        self._begin_anew(self._rows[prepare])
        clock, mailer, hints = Clock(), StormyMailer(self._weather), StormyHints(self._weather)
        world = self._world(self._stormy, hints, mailer, clock)
        calm = self._world(self._calm, hints, mailer, clock)
        given_back = GivenBack()
        inbox = S3Inbox(client=self._stormy["s3"], bucket=INBOUND_BUCKET)
        bootstrap.serve(_pluim(world, clock, given_back, inbox))
        return StormyTown(
            town=Town(
                world=world,
                clock=clock,
                mailer=mailer,
                hints=hints,
                given_back=given_back,
                partnership=calm.store.partnership(SLUG),
                aws=self._aws,
            ),
            calm=calm,
            weather=self._weather,
            dynamodb=self._dynamodb,
        )

    @property
    def _dynamodb(self) -> Any:
        return self._calm["dynamodb"]

    def _begin_anew(self, rows: Sequence[Any]) -> None:
        self._weather.forecast()
        self._dynamodb.delete_table(TableName=TABLE)
        self._dynamodb.create_table(TableName=TABLE, **self._table)
        _put(self._dynamodb, rows)

    def _world(
        self,
        clients: dict[str, Any],
        hints: RememberingHints,
        mailer: RememberingMailer,
        clock: Clock,
    ) -> World:
        return World(
            store=DynamoStore(
                client=clients["dynamodb"], table=TABLE, clock=clock, pause=lambda seconds: None
            ),
            hints=hints,
            mailer=mailer,
            secrets=ManagedSecrets(
                client=clients["secretsmanager"],
                pepper=self._environment["PLUIM_PEPPER_SECRET"],
                signing_key=self._environment["PLUIM_SIGNING_SECRET"],
                clock=clock,
            ),
        )


def fill(town: StormyTown, rows: Sequence[Row]) -> None:
    """Put these rows into the table, the quick way."""
    _put(town.dynamodb, [to_item(row) for row in rows])


def _put(dynamodb: Any, items: Sequence[Any]) -> None:
    puts = [{"PutRequest": {"Item": item}} for item in items]
    for start in range(0, len(puts), 25):
        dynamodb.batch_write_item(RequestItems={TABLE: puts[start : start + 25]})


@contextmanager
def storm(aws: boto3.Session) -> Iterator[Storm]:
    """Weather for Ons Dorp; the doors serve the town that was founded last."""
    with mock_aws():
        try:
            yield Storm(aws)
        finally:
            bootstrap.serve(None)


def _pluim(world: World, clock: Clock, given_back: GivenBack, inbox: S3Inbox) -> bootstrap.Pluim:
    return bootstrap.Pluim(
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
        inbox=inbox,
        give_back=given_back,
    )


def _table(described: dict[str, Any]) -> dict[str, Any]:
    """What `create_table` wants, to make the table anew as it was."""
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in described["GlobalSecondaryIndexes"]
    ]
    return {
        "AttributeDefinitions": described["AttributeDefinitions"],
        "KeySchema": described["KeySchema"],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": indexes,
    }


def _try_again(attempts: int, response: Any, caught_exception: Any, **_: object) -> int | None:
    """Decide as the SDK does whether to try once more, but without any delay."""
    failed = caught_exception is not None or (
        response[0].status_code >= 500
        or response[1].get("Error", {}).get("Code") == "ThrottlingException"
    )
    return 0 if failed and attempts < _SDK_TRIES else None


def _answer(request: Any, status: int, code: str) -> AWSResponse:
    body = MockRawResponse(json.dumps({"__type": code, "message": ""}))
    return AWSResponse(request.url, status, {}, body)  # type: ignore[arg-type]
