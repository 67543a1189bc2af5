"""SQS: hints that something is due. They hold keys only, and losing one costs a minute."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.config import Config

from chalicelib.domain.job import Job
from chalicelib.domain.message import Message, Urgency
from chalicelib.ports import Due, DueRow, Hint

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MAX_BATCH = 10
"""SQS takes no more messages at once."""

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
        self._send(Hint(_row(Due.MESSAGE, message), message.urgency))

    def job(self, job: Job) -> None:
        """Say that a job waits."""
        self._send(Hint(_row(Due.JOB, job), Urgency.ORDINARY))

    def many(self, hints: Sequence[Hint]) -> None:
        """Say of many rows that they are due, ten in a call; what is refused loses only itself.

        A queue that does not answer is asked no more: waiting for it ten times takes longer than
        the next sweep is away.
        """
        queued: defaultdict[str, list[Hint]] = defaultdict(list)
        for hint in hints:
            queued[self._queue(hint)].append(hint)
        for queue, waiting in queued.items():
            self._send_in_batches(queue, waiting)

    def _send(self, hint: Hint) -> None:
        try:
            self._client.send_message(
                QueueUrl=self._queue(hint), MessageBody=json.dumps(_body(hint))
            )
        except Exception as error:  # Nothing that goes wrong here may undo what is kept.
            _log_lost(hint, type(error).__name__)

    def _send_in_batches(self, queue: str, hints: Sequence[Hint]) -> None:
        for start in range(0, len(hints), MAX_BATCH):
            try:
                self._send_batch(queue, hints[start : start + MAX_BATCH])
            except Exception as error:  # The rows are kept, and the next sweep hints at them again.
                for hint in hints[start:]:
                    _log_lost(hint, type(error).__name__)
                return

    def _send_batch(self, queue: str, hints: Sequence[Hint]) -> None:
        entries = [_entry(number, hint) for number, hint in enumerate(hints)]
        answer = self._client.send_message_batch(QueueUrl=queue, Entries=entries)
        for failure in answer.get("Failed", []):
            _log_lost(hints[int(failure["Id"])], failure["Code"])

    def _queue(self, hint: Hint) -> str:
        return self._work if hint.row.what is Due.JOB else self._messages[hint.urgency]


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


def _entry(number: int, hint: Hint) -> SendMessageBatchRequestEntryTypeDef:
    return {
        "Id": str(number),
        "MessageBody": json.dumps(_body(hint)),
        "DelaySeconds": hint.delay_seconds,
    }


def _body(hint: Hint) -> dict[str, str]:
    row = hint.row
    return {"what": row.what.value, "partnership": row.partnership, "id": row.id}


def _log_lost(hint: Hint, why: str) -> None:
    _log.warning(json.dumps({"event": "hint_lost", **_body(hint), "type": why}))


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
