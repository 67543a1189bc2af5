"""The mails that are promised to somebody who asked about their own data."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.data_request import DataRequest
from chalicelib.domain.message import Kind, Message
from chalicelib.messages.own_data_mails import ErasureDoneFacts
from chalicelib.use_cases.promising import Nameless, promised


def erasure_done(request: DataRequest, *, now: datetime) -> Message:
    """Tell somebody that they are erased: the last mail to an address that is kept nowhere else."""
    return promised(
        Kind.ERASURE_DONE,
        partnership=request.partnership,
        id=f"erasure_done-{request.id}",
        cause=request.id,
        reader=Nameless(request.address, request.language),
        facts=ErasureDoneFacts(never_again=request.never_again),
        now=now,
    )
