"""Parts that several tests of the local runner build with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.local.maildrop import Maildrop
from infra.local.options import Account
from infra.local.sink import Sink, serving

CALENDAR = b"""BEGIN:VCALENDAR\r
PRODID:-//Pluim//Gatherings//NL\r
VERSION:2.0\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:harvest@rsvp.example.nl\r
DTSTAMP:20261120T090000Z\r
SEQUENCE:1\r
DTSTART;TZID=Europe/Amsterdam:20261212T193000\r
DTEND;TZID=Europe/Amsterdam:20261212T213000\r
SUMMARY:Samen vieren\r
LOCATION:Dorpshuis\r
STATUS:CONFIRMED\r
ORGANIZER;CN="Ons Dorp":mailto:rsvp+abc@rsvp.example.nl\r
ATTENDEE;CN=Bo;PARTSTAT=ACCEPTED:mailto:bo@example.org\r
END:VEVENT\r
END:VCALENDAR\r
"""

MAIL = (
    b'From: "Pluim" <pluim@ons-dorp.example>\r\n'
    b"To: Bo <bo@example.org>\r\n"
    b"Subject: Er is een bedankje\r\n voor je\r\n"
    b"Message-ID: <ours@pluim>\r\n"
    b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="m"\r\n'
    b"\r\n"
    b"--m\r\n"
    b'Content-Type: multipart/alternative; boundary="a"\r\n'
    b"\r\n"
    b"--a\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Lees het op http://127.0.0.1:8000/demo/voor-jou/abc\r\n"
    b"--a\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"\r\n"
    b'<html lang="nl"><head><title>x</title></head><body><a href="/demo">Lees</a></body></html>\r\n'
    b"--a\r\n"
    b"Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n"
    b"\r\n" + CALENDAR + b"--a--\r\n"
    b"--m\r\n"
    b'Content-Type: application/ics; name="uitnodiging.ics"\r\n'
    b'Content-Disposition: attachment; filename="uitnodiging.ics"\r\n'
    b"\r\n" + CALENDAR + b"--m--\r\n"
)


def client(service: str, **options: Any) -> Any:
    """A boto3 client that gives up at once instead of trying again."""
    session: Any = _session()
    return session.client(
        service,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        **options,
    )


@cache
def _session() -> boto3.Session:
    """One for all tests, because a session reads long descriptions of AWS's services."""
    return boto3.Session(
        region_name="eu-west-1", aws_access_key_id="local", aws_secret_access_key="local"
    )


def table_with_an_index(dynamodb: Any, name: str, *, index: str = "due") -> None:
    """A table with the shape of ours: two keys and one index."""
    names = ("pk", "sk", "due_shard")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in names],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [{"AttributeName": "due_shard", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


@dataclass(frozen=True)
class Queues:
    """A queue and the one where its hopeless records end."""

    url: str
    arn: str
    dead_url: str


def queue_with_dead_letters(sqs: Any, *, receives: int) -> Queues:
    """A queue that gives up on a record after so many receives."""
    dead_url = sqs.create_queue(QueueName="hopeless")["QueueUrl"]
    redrive = {"deadLetterTargetArn": _arn(sqs, dead_url), "maxReceiveCount": receives}
    url = sqs.create_queue(QueueName="ordinary", Attributes={"RedrivePolicy": json.dumps(redrive)})[
        "QueueUrl"
    ]
    return Queues(url, _arn(sqs, url), dead_url)


def _arn(sqs: Any, url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def at_once(receives: int) -> timedelta:
    """A back-off that lets no test wait."""
    return timedelta()


@dataclass(frozen=True)
class LocalSes:
    """A running local SES, its boto3 client, and what it told."""

    client: Any
    maildrop: Maildrop
    told: list[dict[str, Any]]

    def send(self, *, to: str = "bo@example.org", **changes: Any) -> Any:
        """Send the mail of these tests, with some of the request changed."""
        request = {
            "FromEmailAddress": "pluim@ons-dorp.example",
            "Destination": {"ToAddresses": [to]},
            "Content": {"Raw": {"Data": MAIL}},
            "ConfigurationSetName": "pluim",
            "EmailTags": [
                {"Name": "message", "Value": "thanks-1"},
                {"Name": "kind", "Value": "thanks"},
            ],
        }
        return self.client.send_email(**(request | changes))


@contextmanager
def local_ses(folder: Path, stands: Account = Account.USUAL) -> Iterator[LocalSes]:
    """A local SES that keeps its mails in a folder."""
    maildrop = Maildrop(folder)
    told: list[dict[str, Any]] = []
    sink = Sink(
        maildrop=maildrop,
        configuration_sets=frozenset({"pluim"}),
        tell=lambda event: told.append(json.loads(event)),
        stands=stands,
    )
    with serving(sink) as address:
        yield LocalSes(client("sesv2", endpoint_url=address), maildrop, told)
