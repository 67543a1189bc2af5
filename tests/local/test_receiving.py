"""Mail that comes in on this machine goes the way that it goes on AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chalicelib.adapters.ses_notices import read_notice
from chalicelib.domain.inbound import Verdict
from infra.local.receiving import Postbox, take_all
from tests.inbound import BO_RSVP, reply


class Remembering:
    """S3 and SQS, as far as the postbox needs them."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.bodies: list[str] = []

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:
        self.objects[Key] = Body

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:
        self.bodies.append(MessageBody)


def test_a_dropped_file_is_taken_once_as_ses_would(tmp_path: Path) -> None:
    aws: Any = Remembering()
    postbox = Postbox(s3=aws, sqs=aws, bucket="b", queue_url="q")
    (tmp_path / "taken").mkdir()
    (tmp_path / "answer.eml").write_bytes(reply())

    take_all(tmp_path, postbox)
    take_all(tmp_path, postbox)

    (body,) = aws.bodies
    notice = read_notice(body, bucket="b")
    assert aws.objects[notice.raw] == reply_of(tmp_path)
    assert notice.recipients == (BO_RSVP,)
    assert notice.verdicts.dmarc is Verdict.PASS
    assert not notice.empty_sender


def reply_of(folder: Path) -> bytes:
    return (folder / "taken" / "answer.eml").read_bytes()
