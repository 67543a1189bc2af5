"""Each queue and clock reaches its function, without anybody having to wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from queue import SimpleQueue
from typing import Any

import pytest
from chalice.app import Chalice

from infra.local.functions import pumping
from infra.local.moto_aws import moto_aws
from infra.local.pump import Bell
from infra.resources import provision, queue_name
from tests.local.parts import client

FUNCTIONS = ("deliver_urgent", "deliver_ordinary", "work", "events", "receive", "sweep", "hourly")
PATIENCE = 5
"""Seconds after which a call that should have come counts as missing."""


class Calls:
    """Which functions were called, in order, with the bodies of their records."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[str, list[str]]] = SimpleQueue()

    def app(self) -> Chalice:
        """An app whose every function only remembers that it was called."""
        app = Chalice(app_name="remembering")
        for name in FUNCTIONS:
            app.handler_map[name] = self._remember(name)
        return app

    def next(self) -> tuple[str, list[str]]:
        return self._calls.get(timeout=PATIENCE)

    def _remember(self, name: str) -> Any:
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            bodies = [record["body"] for record in event.get("Records", [])]
            self._calls.put((context.function_name, bodies))
            return {"batchItemFailures": []}

        return handler


@pytest.fixture
def bell() -> Bell:
    """What wakes the pump; without it, it would sleep for an hour."""
    return Bell(nap=timedelta(hours=1))


@pytest.fixture
def sqs(bell: Bell) -> Iterator[Any]:
    """The queues of the template."""
    with moto_aws(queued=bell.ring):
        made = client("sqs")
        provision(
            dynamodb=client("dynamodb"),
            sqs=made,
            secretsmanager=client("secretsmanager"),
            s3=client("s3"),
        )
        yield made


@pytest.fixture
def calls(sqs: Any, bell: Bell) -> Iterator[Calls]:
    """A running pump, after its clocks have ticked for the first time."""
    remembered = Calls()
    with pumping(remembered.app(), sqs, bell=bell):
        assert {remembered.next()[0], remembered.next()[0]} == {"sweep", "hourly"}
        yield remembered


@pytest.mark.parametrize(
    ("queue", "function"),
    [
        ("UrgentQueue", "deliver_urgent"),
        ("OrdinaryQueue", "deliver_ordinary"),
        ("SesEventsQueue", "events"),
        ("InboundQueue", "receive"),
    ],
)
def test_what_is_queued_wakes_its_function(
    sqs: Any, calls: Calls, queue: str, function: str
) -> None:
    url = sqs.get_queue_url(QueueName=queue_name(queue))["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="hint")

    assert calls.next() == (function, ["hint"])


def test_after_work_the_sweep_feeds_what_it_left_behind(sqs: Any, calls: Calls) -> None:
    url = sqs.get_queue_url(QueueName=queue_name("WorkQueue"))["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="job")

    assert calls.next() == ("work", ["job"])
    assert calls.next() == ("sweep", [])
