"""The notices of SES about mail that came in, as its receipt rule publishes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.adapters.s3 import PREFIX
from chalicelib.domain.inbound import Verdict, Verdicts
from chalicelib.ports import Notice


class UnreadableNotice(ValueError):
    """This is no notice about a mail of ours."""


def read_notice(body: str, *, bucket: str) -> Notice:
    """Read a notice as SNS hands it over, unwrapped, through SQS.

    An absent verdict, and one that we do not know, counts as GRAY. Raises `UnreadableNotice` for
    anything else than mail that lies where our receipt rule puts it.
    """
    try:
        notice = json.loads(body)
        if notice["notificationType"] != "Received":
            raise ValueError("no mail that came in")
        return _notice(notice["mail"], notice["receipt"], bucket)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableNotice(type(error).__name__) from None


def _notice(mail: Mapping[str, Any], receipt: Mapping[str, Any], bucket: str) -> Notice:
    lies = receipt["action"]
    raw = str(lies["objectKey"])
    if lies["bucketName"] != bucket or not raw.startswith(PREFIX):
        raise ValueError("it lies elsewhere")
    common = mail.get("commonHeaders") or {}
    return Notice(
        ses_id=str(mail["messageId"]),
        raw=raw,
        recipients=tuple(str(recipient) for recipient in receipt["recipients"]),
        received_at=_moment(mail["timestamp"]),
        verdicts=_verdicts(receipt),
        writer=", ".join(str(writer) for writer in common.get("from") or ())[:300],
        subject=str(common.get("subject") or "")[:200],
        empty_sender=str(mail.get("source") or "").strip() in {"", "<>"},
    )


def _verdicts(receipt: Mapping[str, Any]) -> Verdicts:
    names = ("spam", "virus", "spf", "dkim", "dmarc")
    return Verdicts(**{name: _verdict(receipt.get(f"{name}Verdict")) for name in names})


def _verdict(told: Any) -> Verdict:
    status = str((told or {}).get("status", "")).upper()
    return Verdict(status) if status in set(Verdict) else Verdict.GRAY


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)
