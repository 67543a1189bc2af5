"""The mails that are promised to somebody who asked about their own data."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from chalicelib.domain.data_request import DataRequest
from chalicelib.domain.message import Kind, Message
from chalicelib.messages import emails
from chalicelib.messages.own_data_mails import ErasureDoneFacts


def erasure_done(request: DataRequest, *, now: datetime) -> Message:
    """Tell somebody that they are erased: the last mail to an address that is kept nowhere else."""
    return Message(
        partnership=request.partnership,
        id=f"erasure_done-{request.id}",
        kind=Kind.ERASURE_DONE,
        cause=request.id,
        recipient=request.address,
        recipient_name="",
        language=request.language,
        facts=asdict(ErasureDoneFacts(never_again=request.never_again)),
        queued_at=now,
        due_at=now,
        deadline=emails.deadline(Kind.ERASURE_DONE, now=now),
        urgency=emails.urgency(Kind.ERASURE_DONE),
    )
