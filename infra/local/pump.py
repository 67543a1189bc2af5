"""What calls the functions that nobody's browser calls: queues and clocks.

On AWS that is the work of SQS, EventBridge and Lambda.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chalice.local import LambdaContext

BATCH = 10
Handler = Callable[[dict[str, Any], Any], Any]
"""A function as Lambda starts it: with an event and a context."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Function:
    """One function of the app, and how long it may take."""

    name: str
    handler: Handler
    timeout: timedelta

    def call(self, event: dict[str, Any]) -> Any:
        """Run it as Lambda would."""
        context = LambdaContext(
            function_name=self.name,
            memory_size=512,
            max_runtime_ms=int(self.timeout.total_seconds() * 1000),
        )
        return self.handler(event, context)


def patient_back_off(receives: int) -> timedelta:
    """How long a failed record rests: a second, then twice as long each time, 20 s at most."""
    return timedelta(seconds=min(2 ** (receives - 1), 20))


@dataclass(frozen=True)
class QueuePump:
    """Carries records from one queue to one function.

    What the function handled is deleted. What it handed back, or all of it when it raised, comes
    again after `back_off`; after the tenth time the queue's own redrive policy puts it aside.
    `afterwards` is called after every batch.
    """

    sqs: Any
    queue_url: str
    queue_arn: str
    function: Function
    batch: int = BATCH
    back_off: Callable[[int], timedelta] = patient_back_off
    afterwards: Callable[[], None] = lambda: None

    def carry(self) -> int:
        """Carry one batch, if there is one; gives the number of records received."""
        answer = self.sqs.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=self.batch,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        received = answer.get("Messages", [])
        if received:
            self._handle(received)
            self.afterwards()
        return len(received)

    def _handle(self, received: Sequence[dict[str, Any]]) -> None:
        failed = self._failures_of(received)
        for message in received:
            if message["MessageId"] in failed:
                self._give_back(message)
            else:
                self.sqs.delete_message(
                    QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
                )

    def _failures_of(self, received: Sequence[dict[str, Any]]) -> set[str]:
        """The ids that failed, by the rules of ReportBatchItemFailures: an unknown id fails all."""
        everything = {str(message["MessageId"]) for message in received}
        event = {"Records": [_record(message, arn=self.queue_arn) for message in received]}
        try:
            answer = self.function.call(event)
        except Exception:
            log.exception("%s failed; its records come again", self.function.name)
            return everything
        failed = {str(failure.get("itemIdentifier")) for failure in _failures(answer)}
        return failed if failed <= everything else everything

    def _give_back(self, message: dict[str, Any]) -> None:
        rest = self.back_off(int(message["Attributes"]["ApproximateReceiveCount"]))
        self.sqs.change_message_visibility(
            QueueUrl=self.queue_url,
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=int(rest.total_seconds()),
        )


@dataclass(frozen=True)
class Clock:
    """Calls a function at once, then every so often, and in between when it is nudged."""

    function: Function
    every: timedelta
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _nudged: threading.Event = field(default_factory=threading.Event)

    def nudge(self) -> None:
        """Let it tick now instead of later."""
        self._nudged.set()

    def wait(self) -> None:
        """Wait for the next tick, or for a nudge."""
        self._nudged.wait(self.every.total_seconds())
        self._nudged.clear()

    def tick(self) -> None:
        """Call it; a failure is logged, and the next tick comes all the same."""
        try:
            self.function.call(_tick(self.function.name, now=self.now()))
        except Exception:
            log.exception("%s failed; it runs again later", self.function.name)


class Bell:
    """Wakes everybody who waits for work; nobody sleeps longer than `nap` without it."""

    def __init__(self, *, nap: timedelta) -> None:
        self.nap = nap
        self._ears: list[threading.Event] = []

    def listen(self) -> threading.Event:
        """An event that is set by every ring; clear it to hear the next one."""
        ear = threading.Event()
        self._ears.append(ear)
        return ear

    def ring(self) -> None:
        """Wake everybody who listens."""
        for ear in self._ears:
            ear.set()


class Pump:
    """All queues and clocks, each in a thread of its own, until it is stopped.

    A queue found empty is looked at again when `bell` rings, and at the latest after its nap.
    There are no long polls: they would wait under moto's lock, and everything else with them.
    """

    def __init__(
        self,
        *,
        queues: Sequence[QueuePump],
        clocks: Sequence[Clock],
        bell: Bell,
    ) -> None:
        self._stopping = threading.Event()
        self._clocks = clocks
        self._bell = bell
        self._threads = [
            *(threading.Thread(target=self._serve, args=(queue,), daemon=True) for queue in queues),
            *(
                threading.Thread(target=self._keep_time, args=(clock,), daemon=True)
                for clock in clocks
            ),
        ]

    def start(self) -> None:
        """Start carrying and ticking."""
        for thread in self._threads:
            thread.start()

    def stop(self, *, patience: timedelta = timedelta(seconds=5)) -> None:
        """Let what runs finish, for as long as patience lasts, and start nothing new."""
        self._stopping.set()
        self._bell.ring()
        for clock in self._clocks:
            clock.nudge()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(patience.total_seconds())

    def _serve(self, queue: QueuePump) -> None:
        heard = self._bell.listen()
        while not self._stopping.is_set():
            try:
                carried = queue.carry()
            except Exception:
                log.exception("the queue of %s could not be read", queue.function.name)
                carried = 0
            if not carried:
                heard.wait(self._bell.nap.total_seconds())
                heard.clear()

    def _keep_time(self, clock: Clock) -> None:
        while not self._stopping.is_set():
            clock.tick()
            clock.wait()


def _failures(answer: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(answer, Mapping):
        return ()
    return answer.get("batchItemFailures") or ()


def _record(message: Mapping[str, Any], *, arn: str) -> dict[str, Any]:
    """A received message as Lambda's event source mapping hands it over."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message["Attributes"]),
        "messageAttributes": message.get("MessageAttributes", {}),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }


def _tick(name: str, *, now: datetime) -> dict[str, Any]:
    """A tick as EventBridge hands it over."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "eu-west-1",
        "resources": [f"arn:aws:events:eu-west-1:123456789012:rule/{name}"],
        "detail": {},
    }
