"""Hints hold keys only, go to the right queue, and get lost without harm."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.sqs import SqsHints, UnreadableHint, give_back, read_hint, sqs_client
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.message import Kind, Message, Urgency
from chalicelib.domain.people import EmailAddress, Language
from chalicelib.ports import Due, DueRow, Hint

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MESSAGE = Message(
    partnership="dorp",
    id="thanks-n1-h1-0",
    kind=Kind.THANKS,
    cause="n1/h1",
    recipient=EmailAddress("bo@example.org"),
    recipient_name="Bo",
    language=Language.DUTCH,
    facts={"why": "de brug"},
    queued_at=NOW,
    due_at=NOW,
    deadline=NOW + timedelta(hours=72),
    urgency=Urgency.URGENT,
)
JOB = Job(
    partnership="dorp",
    id="j1",
    kind=JobKind.INVITE,
    gathering="g1",
    started_at=NOW,
    due_at=NOW,
)


class Queues:
    """Three real queues, and what is on them."""

    def __init__(self, session: boto3.Session) -> None:
        self.client = sqs_client(session)
        self.urls = {
            name: self.client.create_queue(QueueName=name)["QueueUrl"]
            for name in ("urgent", "ordinary", "work")
        }

    def hints(self) -> SqsHints:
        return SqsHints(client=self.client, **self.urls)

    def waiting(self, name: str) -> list[str]:
        answer = self.client.receive_message(QueueUrl=self.urls[name], MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]


@pytest.fixture
def queues(aws: boto3.Session) -> Iterator[Queues]:
    with mock_aws():
        yield Queues(aws)


def test_an_urgent_message_goes_to_the_urgent_queue_and_reads_back(queues: Queues) -> None:
    queues.hints().message(MESSAGE)

    (body,) = queues.waiting("urgent")
    assert read_hint(body) == DueRow(Due.MESSAGE, "dorp", "thanks-n1-h1-0")
    assert queues.waiting("ordinary") == []


@pytest.mark.parametrize("urgency", [Urgency.ORDINARY, Urgency.BULK])
def test_all_other_messages_go_to_the_ordinary_queue(queues: Queues, urgency: Urgency) -> None:
    due = DueRow(Due.MESSAGE, "dorp", "invite-g1-bo")

    queues.hints().many([Hint(due, urgency)])

    (body,) = queues.waiting("ordinary")
    assert read_hint(body) == due


def test_a_job_goes_to_the_work_queue(queues: Queues) -> None:
    queues.hints().job(JOB)

    (body,) = queues.waiting("work")
    assert read_hint(body) == DueRow(Due.JOB, "dorp", "j1")


def test_a_stalled_job_goes_to_the_work_queue_whatever_the_urgency(queues: Queues) -> None:
    queues.hints().many([Hint(DueRow(Due.JOB, "dorp", "j1"), Urgency.URGENT)])

    assert len(queues.waiting("work")) == 1


def test_a_hint_holds_keys_and_nothing_about_people(queues: Queues) -> None:
    queues.hints().message(MESSAGE)

    (body,) = queues.waiting("urgent")
    assert json.loads(body) == {"what": "message", "partnership": "dorp", "id": "thanks-n1-h1-0"}


def test_a_delayed_hint_is_not_visible_yet(queues: Queues) -> None:
    (hint,) = due(1)

    queues.hints().many([hint, replace(hint, delay_seconds=900)])

    assert len(queues.waiting("ordinary")) == 1


def due(count: int, urgency: Urgency = Urgency.ORDINARY) -> list[Hint]:
    return [Hint(DueRow(Due.MESSAGE, "dorp", f"m{number}"), urgency) for number in range(count)]


def test_many_hints_take_a_call_for_every_ten_on_a_queue(queues: Queues) -> None:
    calls: list[str] = []
    queues.client.meta.events.register(
        "before-call.sqs", lambda model, **_: calls.append(model.name)
    )

    queues.hints().many([*due(25), *due(2, Urgency.URGENT)])

    assert calls == ["SendMessageBatch"] * 4
    assert [len(queues.waiting("ordinary")) for _ in range(3)] == [10, 10, 5]
    assert len(queues.waiting("urgent")) == 2


def test_of_many_hints_one_that_is_refused_loses_only_itself(
    queues: Queues, caplog: pytest.LogCaptureFixture
) -> None:
    class Picky:
        def send_message_batch(self, QueueUrl: str, Entries: list[Any]) -> Any:
            kept = [entry for entry in Entries if entry["Id"] != "1"]
            answer = queues.client.send_message_batch(QueueUrl=QueueUrl, Entries=kept)
            return {**answer, "Failed": [{"Id": "1", "Code": "InternalError"}]}

    picky: Any = Picky()
    with caplog.at_level(logging.WARNING, logger="pluim"):
        SqsHints(client=picky, **queues.urls).many(due(3))

    assert [read_hint(body).id for body in queues.waiting("ordinary")] == ["m0", "m2"]
    (lost,) = [json.loads(record.getMessage()) for record in caplog.records]
    assert (lost["event"], lost["id"], lost["type"]) == ("hint_lost", "m1", "InternalError")


def test_many_hints_to_a_missing_queue_leave_those_to_another_one_alone(
    queues: Queues, caplog: pytest.LogCaptureFixture
) -> None:
    hints = SqsHints(client=queues.client, **{**queues.urls, "ordinary": "https://sqs/nowhere"})

    calls: list[str] = []
    queues.client.meta.events.register(
        "before-call.sqs", lambda model, **_: calls.append(model.name)
    )

    with caplog.at_level(logging.WARNING, logger="pluim"):
        hints.many([*due(12), *due(1, Urgency.URGENT)])

    # Once each: who waits for a queue that does not answer keeps the others waiting.
    assert calls == ["SendMessageBatch"] * 2
    assert len(queues.waiting("urgent")) == 1
    assert len(caplog.records) == 12


def test_a_hint_to_a_missing_queue_is_lost_and_logged_by_its_keys(
    queues: Queues, caplog: pytest.LogCaptureFixture
) -> None:
    hints = SqsHints(client=queues.client, **dict.fromkeys(queues.urls, "https://sqs/nowhere"))

    with caplog.at_level(logging.WARNING, logger="pluim"):
        hints.message(MESSAGE)

    (record,) = caplog.records
    assert json.loads(record.getMessage()) == {
        "event": "hint_lost",
        "what": "message",
        "partnership": "dorp",
        "id": "thanks-n1-h1-0",
        "type": "QueueDoesNotExist",
    }
    assert "bo@example.org" not in caplog.text


def test_a_hint_to_nobody_at_home_is_lost_without_harm(
    aws: boto3.Session, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        client = sqs_client(aws, endpoint_url=url)

        SqsHints(client=client, urgent=url, ordinary=url, work=url).job(JOB)

    assert "EndpointConnectionError" in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "null",
        "[]",
        "{}",
        '{"what": "message", "partnership": "dorp"}',
        '{"what": "cake", "partnership": "dorp", "id": "m1"}',
        '{"what": "message", "partnership": "dorp", "id": 7}',
        '{"what": "message", "partnership": "", "id": "m1"}',
        '{"what": [], "partnership": "dorp", "id": "m1"}',
        "[" * 100_000,
    ],
)
def test_what_is_no_hint_is_refused(body: str) -> None:
    with pytest.raises(UnreadableHint):
        read_hint(body)


def test_a_record_that_is_given_back_comes_again_at_once(queues: Queues) -> None:
    queues.hints().message(MESSAGE)
    url = queues.urls["urgent"]
    arn = queues.client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    (received,) = queues.client.receive_message(QueueUrl=url)["Messages"]

    give_back(
        queues.client,
        queue_arn=arn["Attributes"]["QueueArn"],
        receipt_handle=received["ReceiptHandle"],
        after_seconds=0,
    )

    assert len(queues.waiting("urgent")) == 1


def test_a_record_that_cannot_be_given_back_is_left_to_its_queue(queues: Queues) -> None:
    arn = "arn:aws:sqs:eu-west-1:123456789012:gone"

    give_back(queues.client, queue_arn=arn, receipt_handle="handle", after_seconds=20)
