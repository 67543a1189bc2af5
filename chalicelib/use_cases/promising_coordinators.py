"""The mails that are promised to coordinators: codes to sign in, and what waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.domain.access import SignIn
from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.message import Kind, LinkRequest, Message
from chalicelib.domain.people import Language, Person
from chalicelib.messages.coordinator_mails import (
    CoordinatorDigestFacts,
    DeedPromptFacts,
    FailedMailFacts,
    ReviewPendingFacts,
    SigninCodeFacts,
    SigninNewDeviceFacts,
)
from chalicelib.messages.drafts import Facts
from chalicelib.use_cases.promising import Nameless, promised

CODE = "code"
"""The purpose of a link request that asks for a sign-in code instead of a private link."""
PAGE = "page"
"""The purpose of a link request for a page that asks who comes in: it needs no token."""


def signin_code(
    sign_in: SignIn, person: Person | None, *, language: Language, now: datetime
) -> Message:
    """Mail a sign-in code to a coordinator; for anybody else the same row, which is never sent."""
    link = LinkRequest("code", CODE, sign_in.id, "/beheer/code", sign_in.expires_at)
    message = promised(
        Kind.SIGNIN_CODE,
        partnership=sign_in.partnership,
        id=f"code-{sign_in.id}",
        cause=sign_in.id,
        reader=person or Nameless(None, language),
        facts=SigninCodeFacts(),
        links=[link],
        now=now,
    )
    return message if person else message.suppressed(reason="nobody", now=now)


def digest(
    person: Person,
    facts: CoordinatorDigestFacts,
    *,
    gathering: str,
    day: str,
    now: datetime,
) -> Message:
    """Tell one coordinator what waits at the desk, each line with a link to where it waits.

    `gathering` is the id of the one that guests have not answered for, or empty.
    """
    return _to_coordinator(
        person,
        Kind.COORDINATOR_DIGEST,
        facts=facts,
        pages={
            "review_url": "/beheer/lezen",
            "letters_url": "/beheer/brieven",
            "undelivered_url": "/beheer/mails/mislukt",
            "suspicious_url": "/beheer/lezen/verdacht",
            "gathering_url": f"/beheer/bijeenkomsten/{gathering}".rstrip("/"),
        },
        id=f"digest-{day}-{person.id}",
        now=now,
    )


def new_device(
    sign_in: SignIn, person: Person, *, time_zone: str, now: datetime
) -> tuple[Message, ...]:
    """Tell a coordinator that a browser we did not know signed in as them.

    Says when, and nothing about the browser: what we do not keep cannot leak.
    """
    if person.address is None:
        return ()
    signed_in = local_time(now, time_zone=time_zone).replace(tzinfo=None, microsecond=0)
    notice = _to_coordinator(
        person,
        Kind.SIGNIN_NEW_DEVICE,
        facts=SigninNewDeviceFacts(signed_in.isoformat()),
        pages={},
        id=f"device-{sign_in.id}",
        now=now,
    )
    return (notice,)


def review_pending(
    person: Person, facts: ReviewPendingFacts, *, day: str, now: datetime
) -> Message:
    """Tell one coordinator that thank-yous wait for longer than was promised."""
    return _to_coordinator(
        person,
        Kind.REVIEW_PENDING,
        facts=facts,
        pages={"review_url": "/beheer/lezen"},
        id=f"review_pending-{day}-{person.id}",
        now=now,
    )


def failed_mail(person: Person, facts: FailedMailFacts, *, day: str, now: datetime) -> Message:
    """Tell one coordinator which mails did not arrive since this was told last."""
    return _to_coordinator(
        person,
        Kind.FAILED_MAIL,
        facts=facts,
        pages={"undelivered_url": "/beheer/mails/mislukt"},
        id=f"failed_mail-{day}-{person.id}",
        now=now,
    )


def deed_prompt(person: Person, facts: DeedPromptFacts, *, day: str, now: datetime) -> Message:
    """Hint to one coordinator that there is something to celebrate."""
    return _to_coordinator(
        person,
        Kind.DEED_PROMPT,
        facts=facts,
        pages={"plan_url": "/beheer/bijeenkomsten/nieuw"},
        id=f"deed_prompt-{day}-{person.id}",
        now=now,
    )


def _to_coordinator(
    person: Person,
    kind: Kind,
    *,
    facts: Facts,
    pages: Mapping[str, str],
    id: str,
    now: datetime,
) -> Message:
    """A mail to somebody who signs in to act on it: its links hold no secret."""
    return promised(
        kind,
        partnership=person.partnership,
        id=id,
        cause=person.id,
        reader=person,
        facts=facts,
        links=[LinkRequest(name, PAGE, "", path, now) for name, path in pages.items()],
        now=now,
    )
