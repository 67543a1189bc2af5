"""What the pump does with records that succeed, fail and never will succeed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.moto_aws import moto_aws
from infra.local.pump import Clock, Function, QueuePump
from tests.local.parts import Queues, at_once, client, queue_with_dead_letters

RECEIVES = 3


class Worker:
    """A function that fails on some bodies, and remembers every event it got."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.events: list[dict[str, Any]] = []
        self.seconds_left: list[float] = []

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        self.events.append(event)
        self.seconds_left.append(context.get_remaining_time_in_millis() / 1000)
        failed = [
            record["messageId"] for record in event["Records"] if record["body"] in self.failing
        ]
        return {"batchItemFailures": [{"itemIdentifier": failure} for failure in failed]}

    def bodies(self) -> list[str]:
        return [record["body"] for event in self.events for record in event["Records"]]


@pytest.fixture
def sqs() -> Iterator[Any]:
    with moto_aws():
        yield client("sqs")


@pytest.fixture
def queues(sqs: Any) -> Queues:
    return queue_with_dead_letters(sqs, receives=RECEIVES)


def pump(sqs: Any, queues: Queues, handler: Any) -> QueuePump:
    function = Function("deliver_ordinary", handler, timeout=timedelta(seconds=60))
    return QueuePump(
        sqs=sqs, queue_url=queues.url, queue_arn=queues.arn, function=function, back_off=at_once
    )


def send(sqs: Any, queues: Queues, *bodies: str) -> None:
    for body in bodies:
        sqs.send_message(QueueUrl=queues.url, MessageBody=body)


def test_a_record_arrives_as_aws_would_hand_it_over(sqs: Any, queues: Queues) -> None:
    worker = Worker()
    send(sqs, queues, "hint")

    pump(sqs, queues, worker).carry()

    (record,) = worker.events[0]["Records"]
    assert record["body"] == "hint"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == queues.arn
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageId"]
    assert record["receiptHandle"]
    assert 59 < worker.seconds_left[0] <= 60


def test_what_succeeded_does_not_come_again(sqs: Any, queues: Queues) -> None:
    worker = Worker()
    send(sqs, queues, "one", "two")

    assert pump(sqs, queues, worker).carry() == 2
    assert pump(sqs, queues, worker).carry() == 0


def test_only_what_failed_comes_again(sqs: Any, queues: Queues) -> None:
    worker = Worker("two")
    send(sqs, queues, "one", "two", "three")

    pump(sqs, queues, worker).carry()
    pump(sqs, queues, worker).carry()

    assert sorted(worker.bodies()) == ["one", "three", "two", "two"]
    assert worker.events[1]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"


def test_a_function_that_raises_failed_on_the_whole_batch(sqs: Any, queues: Queues) -> None:
    seen: list[int] = []

    def breaks(event: dict[str, Any], context: Any) -> None:
        seen.append(len(event["Records"]))
        raise RuntimeError

    send(sqs, queues, "one", "two")

    pump(sqs, queues, breaks).carry()
    pump(sqs, queues, breaks).carry()

    assert seen == [2, 2]


def test_naming_an_unknown_record_as_failed_fails_the_whole_batch(sqs: Any, queues: Queues) -> None:
    def confused(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return {"batchItemFailures": [{"itemIdentifier": "never heard of"}]}

    send(sqs, queues, "one")

    pump(sqs, queues, confused).carry()

    assert pump(sqs, queues, confused).carry() == 1


def test_a_hopeless_record_is_put_aside_and_its_neighbours_are_not(
    sqs: Any, queues: Queues
) -> None:
    worker = Worker("poison")
    send(sqs, queues, "poison", "sound")

    for _ in range(RECEIVES + 1):
        pump(sqs, queues, worker).carry()

    assert worker.bodies().count("poison") == RECEIVES
    assert worker.bodies().count("sound") == 1
    put_aside = sqs.receive_message(QueueUrl=queues.dead_url)["Messages"]
    assert [message["Body"] for message in put_aside] == ["poison"]


def test_a_failed_record_rests_before_it_comes_again(sqs: Any, queues: Queues) -> None:
    worker = Worker("tired")
    send(sqs, queues, "tired")
    patient = QueuePump(
        sqs=sqs, queue_url=queues.url, queue_arn=queues.arn,
        function=Function("deliver_ordinary", worker, timeout=timedelta(seconds=60)),
    )  # fmt: skip

    patient.carry()

    assert patient.carry() == 0


def test_a_clock_hands_over_the_moment_it_ticks() -> None:
    worker: list[dict[str, Any]] = []
    moment = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    sweep = Function(
        "sweep", lambda event, context: worker.append(event), timeout=timedelta(seconds=30)
    )

    Clock(sweep, every=timedelta(minutes=1), now=lambda: moment).tick()

    assert worker[0]["time"] == "2026-11-23T12:30:00Z"
    assert worker[0]["detail-type"] == "Scheduled Event"


def test_a_clock_survives_a_function_that_raises() -> None:
    def breaks(event: dict[str, Any], context: Any) -> None:
        raise RuntimeError

    Clock(
        Function("sweep", breaks, timeout=timedelta(seconds=30)), every=timedelta(minutes=1)
    ).tick()
