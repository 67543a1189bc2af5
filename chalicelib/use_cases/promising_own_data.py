"""The mails that are promised to somebody who asked about their own data."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.access import EXPORT_LIVES, Purpose, SignIn
from chalicelib.domain.data_request import DataRequest
from chalicelib.domain.export import Export
from chalicelib.domain.message import Kind, LinkRequest, Message
from chalicelib.messages.own_data_mails import (
    AccessCodeFacts,
    AccessReadyFacts,
    ErasureDoneFacts,
)
from chalicelib.use_cases.promising import Nameless, promised
from chalicelib.use_cases.promising_coordinators import CODE


def erasure_done(request: DataRequest, *, now: datetime) -> Message:
    """Tell somebody that they are erased: the last mail to an address that is kept nowhere else."""
    return promised(
        Kind.ERASURE_DONE,
        partnership=request.partnership,
        id=f"erasure_done-{request.id}",
        cause=request.id,
        reader=_whoever_asked(request),
        facts=ErasureDoneFacts(never_again=request.never_again),
        now=now,
    )


def access_ready(request: DataRequest, *, now: datetime) -> Message:
    """Bring somebody a link to what is kept about them."""
    link = LinkRequest("data_url", Purpose.EXPORT, request.id, "/gegevens", now + EXPORT_LIVES)
    return promised(
        Kind.ACCESS_READY,
        partnership=request.partnership,
        id=f"access_ready-{request.id}",
        cause=request.id,
        reader=_whoever_asked(request),
        facts=AccessReadyFacts(),
        links=(link,),
        now=now,
    )


def code(export: Export, sign_in: SignIn, *, now: datetime) -> Message:
    """Mail the code that opens what is kept about its reader, for one browser."""
    link = LinkRequest("code", CODE, sign_in.id, "/gegevens", sign_in.expires_at)
    return promised(
        Kind.ACCESS_CODE,
        partnership=export.partnership,
        id=f"code-{sign_in.id}",
        cause=export.request,
        reader=_whoever_asked(export),
        facts=AccessCodeFacts(),
        links=(link,),
        now=now,
    )


def _whoever_asked(asked: DataRequest | Export) -> Nameless:
    """Nobody knows under which name: an address is all that was asked about."""
    return Nameless(asked.address, asked.language)
