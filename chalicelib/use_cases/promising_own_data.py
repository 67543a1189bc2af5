"""The mails that are promised to somebody who asked about their own data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from chalicelib.domain.access import EXPORT_LIVES, Purpose, SignIn
from chalicelib.domain.data_request import DataRequest
from chalicelib.domain.export import Export
from chalicelib.domain.message import Kind, LinkRequest, Message
from chalicelib.messages import emails
from chalicelib.messages.drafts import Facts
from chalicelib.messages.own_data_mails import (
    AccessCodeFacts,
    AccessReadyFacts,
    ErasureDoneFacts,
)
from chalicelib.use_cases.promising_coordinators import CODE


def erasure_done(request: DataRequest, *, now: datetime) -> Message:
    """Tell somebody that they are erased: the last mail to an address that is kept nowhere else."""
    facts = ErasureDoneFacts(never_again=request.never_again)
    id = f"erasure_done-{request.id}"
    return _to_asker(request, request.id, Kind.ERASURE_DONE, facts=facts, id=id, now=now)


def access_ready(request: DataRequest, *, now: datetime) -> Message:
    """Bring somebody a link to what is kept about them."""
    link = LinkRequest("data_url", Purpose.EXPORT, request.id, "/gegevens", now + EXPORT_LIVES)
    return _to_asker(
        request,
        request.id,
        Kind.ACCESS_READY,
        facts=AccessReadyFacts(),
        id=f"access_ready-{request.id}",
        links=(link,),
        now=now,
    )


def code(export: Export, sign_in: SignIn, *, now: datetime) -> Message:
    """Mail the code that opens what is kept about its reader, for one browser."""
    link = LinkRequest("code", CODE, sign_in.id, "/gegevens", sign_in.expires_at)
    return _to_asker(
        export,
        export.request,
        Kind.ACCESS_CODE,
        facts=AccessCodeFacts(),
        id=f"code-{sign_in.id}",
        links=(link,),
        now=now,
    )


def _to_asker(
    whose: DataRequest | Export,
    request: str,
    kind: Kind,
    *,
    facts: Facts,
    id: str,
    now: datetime,
    links: Sequence[LinkRequest] = (),
) -> Message:
    return Message(
        partnership=whose.partnership,
        id=id,
        kind=kind,
        cause=request,
        recipient=whose.address,
        recipient_name="",
        language=whose.language,
        facts=asdict(facts),
        queued_at=now,
        due_at=now,
        deadline=emails.deadline(kind, now=now),
        urgency=emails.urgency(kind),
        links=tuple(links),
    )
