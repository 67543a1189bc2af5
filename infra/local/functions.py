"""Which function of `app.py` listens to which queue or clock, and for how long it may run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from chalice.app import Chalice

from infra.local.pump import Bell, Clock, Function, Pump, QueuePump
from infra.resources import queue_name

SES_EVENTS_QUEUE = queue_name("SesEventsQueue")
INBOUND_QUEUE = queue_name("InboundQueue")

_CHALICE_CONFIG = Path(__file__).parents[2] / ".chalice" / "config.json"
_QUEUES = {
    "deliver_urgent": queue_name("UrgentQueue"),
    "deliver_ordinary": queue_name("OrdinaryQueue"),
    "work": queue_name("WorkQueue"),
    "events": SES_EVENTS_QUEUE,
    "receive": INBOUND_QUEUE,
}


@contextmanager
def pumping(app: Chalice, sqs: Any, *, bell: Bell) -> Iterator[None]:
    """Carry records and tick clocks until the end of the block."""
    timeouts = _timeouts()

    def function(name: str) -> Function:
        return Function(name, app.handler_map[name], timeouts[name])

    sweep = Clock(function("sweep"), every=timedelta(minutes=1))
    hourly = Clock(function("hourly"), every=timedelta(hours=1))
    queues = [_queue(sqs, function(name), sweep) for name in _QUEUES]
    pump = Pump(queues=queues, clocks=[sweep, hourly], bell=bell)
    pump.start()
    try:
        yield
    finally:
        pump.stop()


def _queue(sqs: Any, function: Function, sweep: Clock) -> QueuePump:
    url = sqs.get_queue_url(QueueName=_QUEUES[function.name])["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    pump = QueuePump(sqs, url, answer["Attributes"]["QueueArn"], function)
    if function.name == "receive":
        return replace(pump, batch=1)
    if function.name != "work":
        return pump
    # What a job leaves behind is fed by the sweep. On AWS that is within the minute; whoever has
    # just invited people here would rather see it at once.
    return replace(pump, batch=1, afterwards=sweep.nudge)


def _timeouts() -> dict[str, timedelta]:
    functions = json.loads(_CHALICE_CONFIG.read_text("utf-8"))["lambda_functions"]
    return {
        name: timedelta(seconds=options["lambda_timeout"]) for name, options in functions.items()
    }
