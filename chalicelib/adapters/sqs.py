"""SQS: hints that something is due. They hold keys only, and losing one costs a minute."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from botocore.config import Config

from chalicelib.domain.job import Job
from chalicelib.domain.message import Message, Urgency
from chalicelib.ports import Due, DueRow

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_sqs import SQSClient

_log = logging.getLogger("pluim")


class UnreadableHint(ValueError):
    """This is no hint of ours."""


def sqs_client(session: Session, *, endpoint_url: str | None = None) -> SQSClient:
    """A client that gives up soon, and after one attempt: somebody waits for their page."""
    config = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    return session.client("sqs", config=config, endpoint_url=endpoint_url)


class SqsHints:
    """Puts hints on three queues, given by URL: two for messages, one for jobs.

    A hint follows a transaction that is already kept, so none of its methods raises: a hint that
    gets lost is logged, and the sweep finds the row.
    """

    def __init__(self, *, client: SQSClient, urgent: str, ordinary: str, work: str) -> None:
        self._client = client
        self._messages = {
            Urgency.URGENT: urgent,
            Urgency.ORDINARY: ordinary,
            Urgency.BULK: ordinary,
        }
        self._work = work

    def message(self, message: Message) -> None:
        """Say that a message is due."""
        self.row(_row(Due.MESSAGE, message), urgency=message.urgency)

    def job(self, job: Job) -> None:
        """Say that a job waits."""
        self.row(_row(Due.JOB, job), urgency=Urgency.ORDINARY)

    def row(self, due: DueRow, *, urgency: Urgency, delay_seconds: int = 0) -> None:
        """Say that this row is due, not before `delay_seconds` (0 to 900)."""
        queue = self._work if due.what is Due.JOB else self._messages[urgency]
        body = {"what": due.what.value, "partnership": due.partnership, "id": due.id}
        try:
            self._client.send_message(
                QueueUrl=queue, MessageBody=json.dumps(body), DelaySeconds=delay_seconds
            )
        except Exception as error:  # Nothing that goes wrong here may undo what is kept.
            _log.warning(json.dumps({"event": "hint_lost", **body, "type": type(error).__name__}))


def give_back(
    client: SQSClient, *, queue_arn: str, receipt_handle: str, after_seconds: int
) -> None:
    """Let a record that was not handled come back after this long, not when its visibility ends.

    Never raises: without it the record comes back all the same, only later.
    """
    _, _, _, region, account, name = queue_arn.split(":")
    url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    try:
        client.change_message_visibility(
            QueueUrl=url, ReceiptHandle=receipt_handle, VisibilityTimeout=after_seconds
        )
    except Exception as error:  # The record is the queue's own to bring back.
        _log.warning(json.dumps({"event": "not_given_back", "type": type(error).__name__}))


def _row(what: Due, owner: Message | Job) -> DueRow:
    return DueRow(what, owner.partnership, owner.id)


def read_hint(body: str) -> DueRow:
    """Read a hint back from its queue. Raises `UnreadableHint` for anything else."""
    try:
        hint = json.loads(body)
        what, keys = Due(hint["what"]), (hint["partnership"], hint["id"])
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise UnreadableHint(type(error).__name__) from None
    if not all(isinstance(key, str) and key for key in keys):
        raise UnreadableHint("keys are text")
    return DueRow(what, *keys)
