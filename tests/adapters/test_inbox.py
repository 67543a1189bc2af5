"""The inbox: notices as SES writes them, and mails only from where its rule puts them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.s3 import S3Inbox
from chalicelib.adapters.ses_notices import UnreadableNotice, read_notice
from chalicelib.domain.inbound import Verdict
from chalicelib.ports import MailGone, MailTooLarge
from tests.inbound import notice_about

BUCKET = "pluim-inbound"
AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@pytest.fixture
def s3(aws: boto3.Session) -> Iterator[Any]:
    with mock_aws():
        client = aws.client("s3")
        where: Any = {"LocationConstraint": "eu-west-1"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        yield client


def notice(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        notice_about("mail/m1", "m1", to="rsvp+a@x.example", at=AT, source="bo@example.nl")
    )
    for path, value in changes.items():
        *above, name = path.split("__")
        part = told
        for step in above:
            part = part[step]
        part[name] = value
    return told


def test_a_notice_says_where_the_mail_lies_and_how_it_was_checked() -> None:
    read = read_notice(json.dumps(notice()), bucket=BUCKET)

    assert (read.ses_id, read.raw, read.recipients) == ("m1", "mail/m1", ("rsvp+a@x.example",))
    assert read.received_at == AT
    assert read.verdicts.dmarc is Verdict.PASS


@pytest.mark.parametrize("told", [None, {}, {"status": "DISABLED"}, {"status": "NEWER"}])
def test_a_verdict_that_is_absent_or_unknown_is_gray(told: object) -> None:
    read = read_notice(json.dumps(notice(receipt__dmarcVerdict=told)), bucket=BUCKET)

    assert read.verdicts.dmarc is Verdict.GRAY


@pytest.mark.parametrize("source", ["", "<>", None])
def test_an_empty_return_path_is_told(source: str | None) -> None:
    assert read_notice(json.dumps(notice(mail__source=source)), bucket=BUCKET).empty_sender


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(notice(receipt__action={"bucketName": "other", "objectKey": "mail/m1"})),
        json.dumps(notice(receipt__action={"bucketName": BUCKET, "objectKey": "journal/m1"})),
        json.dumps(notice(notificationType="Bounce")),
        json.dumps(notice(mail__timestamp="yesterday")),
        json.dumps(notice(mail__timestamp="2026-11-20T11:00:00")),
        json.dumps(notice(receipt=None)),
        "[" * 100_000,
        "Successfully validated SNS topic",
        "null",
        "",
    ],
)
def test_anything_else_is_no_notice_of_ours(body: str) -> None:
    with pytest.raises(UnreadableNotice):
        read_notice(body, bucket=BUCKET)


def test_a_mail_is_read_whole(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="mail/m1", Body=b"hello")

    assert S3Inbox(client=s3, bucket=BUCKET).read("mail/m1", at_most=5) == b"hello"


def test_a_mail_that_is_too_large_is_never_fetched(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="mail/m1", Body=b"hello")
    fetched: list[object] = []
    s3.meta.events.register("before-call.s3.GetObject", lambda **call: fetched.append(call))

    with pytest.raises(MailTooLarge):
        S3Inbox(client=s3, bucket=BUCKET).read("mail/m1", at_most=4)
    assert not fetched


@pytest.mark.parametrize("raw", ["mail/absent", "journal/m1", ""])
def test_what_is_not_there_or_not_ours_is_gone(s3: Any, raw: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="journal/m1", Body=b"hello")

    with pytest.raises(MailGone):
        S3Inbox(client=s3, bucket=BUCKET).read(raw, at_most=5)
