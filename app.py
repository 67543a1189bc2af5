"""Every way in: pages, queues and clocks."""

from __future__ import annotations

import logging
from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Cron, Rate, SQSEvent

from chalicelib.entrypoints import (
    feeds,
    follow_up,
    honouree,
    http,
    logs,
    nominate,
    own_data,
    rsvp,
    static,
    status,
    triggers,
    unsubscribe,
    wall,
)
from chalicelib.entrypoints.coordinator import (
    data_requests,
    dates,
    desk,
    gatherings,
    guests,
    letters,
    mail_kinds,
    mail_texts,
    mails,
    replies,
    review,
    sheets,
    signin,
)

app = Chalice(app_name="pluim")
app.api.binary_types = []
app.log.setLevel(logging.INFO)
logs.write_json_lines(app.log)

app.register_middleware(http.humane, "http")
for pages in (
    *(static, wall, nominate, status, honouree, follow_up, rsvp, feeds, unsubscribe, own_data),
    *(signin, desk, review, letters, gatherings, dates, guests, sheets, replies),
    *(mail_kinds, mail_texts, mails, data_requests),
):
    app.register_blueprint(pages.pages)

_QUEUE = "arn:aws:sqs:eu-west-1:000000000000:placeholder-"


@app.on_sqs_message(queue_arn=f"{_QUEUE}urgent", batch_size=10, maximum_concurrency=2)
def deliver_urgent(event: SQSEvent) -> dict[str, Any]:
    """Sign-in codes, verification, confirmations."""
    return triggers.deliver(event)


@app.on_sqs_message(queue_arn=f"{_QUEUE}ordinary", batch_size=10, maximum_concurrency=2)
def deliver_ordinary(event: SQSEvent) -> dict[str, Any]:
    """All other mail."""
    return triggers.deliver(event)


@app.on_sqs_message(queue_arn=f"{_QUEUE}work", batch_size=1)
def work(event: SQSEvent) -> dict[str, Any]:
    """Inviting, telling and reminding many guests."""
    return triggers.work(event)


@app.on_sqs_message(queue_arn=f"{_QUEUE}ses-events", batch_size=10)
def events(event: SQSEvent) -> dict[str, Any]:
    """What SES tells about the mails it took."""
    return triggers.events(event)


@app.on_sqs_message(queue_arn=f"{_QUEUE}inbound", batch_size=1)
def receive(event: SQSEvent) -> dict[str, Any]:
    """Answers that calendar programs and people sent by mail."""
    return triggers.receive(event)


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep(event: CloudWatchEvent) -> None:
    """Look after everything that is due, stale or stalled."""
    triggers.sweep(event)


@app.schedule(Cron("0", "*", "*", "*", "?", "*"))
def hourly(event: CloudWatchEvent) -> None:
    """Begin what has come due by each partnership's own clock."""
    triggers.hourly(event)
