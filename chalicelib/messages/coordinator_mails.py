"""The words of mails to coordinators: to sign in, and about what waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.access import CODE_LIVES
from chalicelib.domain.message import Kind, Urgency
from chalicelib.messages.drafts import Draft, Email, Facts
from chalicelib.messages.entries import Entry
from chalicelib.messages.rendering import CannotRender, all_defanged, defanged


@dataclass(frozen=True)
class SigninCodeFacts(Facts):
    """Nothing: the code is minted at each attempt to send, and is nowhere kept."""


@dataclass(frozen=True)
class SigninNewDeviceFacts(Facts):
    """When somebody signed in: a naive ISO time where the partnership lives."""

    signed_in: str


@dataclass(frozen=True)
class CoordinatorDigestFacts(Facts):
    """What waits at the desk, as counts; `silent` guests have not answered for `gathering`.

    Counts stop at 100. An empty `gathering` is none.
    """

    to_review: int
    letters: int
    undelivered: int
    suspicious: int
    silent: int
    gathering: str


@dataclass(frozen=True)
class ReviewPendingFacts(Facts):
    """How many thank-yous wait, for how many days the oldest does, and how many were promised."""

    waiting: int
    days: int
    term: int


@dataclass(frozen=True)
class FailedMailFacts(Facts):
    """Mails that did not arrive: their kinds and, for each, how it ended; never to whom.

    An ending is `parked`, `bounced`, `complained` or `failed`. `count` may be more than are named.
    """

    kinds: list[str]
    endings: list[str]
    count: int


@dataclass(frozen=True)
class DeedPromptFacts(Facts):
    """Who was thanked for the first time, and for how many years the sides work together today.

    No names, or 0 years, is nothing to tell of that.
    """

    first_thanked: list[str]
    years: int


def _signin_code(facts: SigninCodeFacts, draft: Draft) -> Email:
    return draft.email(facts, minutes=CODE_LIVES // timedelta(minutes=1))


def _signin_new_device(facts: SigninNewDeviceFacts, draft: Draft) -> Email:
    return draft.email(facts, signed_in=datetime.fromisoformat(facts.signed_in))


def _coordinator_digest(facts: CoordinatorDigestFacts, draft: Draft) -> Email:
    harmless = replace(facts, gathering=defanged(facts.gathering))
    return replace(draft.email(harmless), bulk=True)


def _review_pending(facts: ReviewPendingFacts, draft: Draft) -> Email:
    return draft.email(facts)


def _failed_mail(facts: FailedMailFacts, draft: Draft) -> Email:
    if len(facts.kinds) != len(facts.endings) or not set(facts.kinds) <= set(Kind):
        raise CannotRender(f"{draft.message.kind}: unknown mails")
    return draft.email(facts, mails=tuple(zip(facts.kinds, facts.endings, strict=True)))


def _deed_prompt(facts: DeedPromptFacts, draft: Draft) -> Email:
    return draft.email(replace(facts, first_thanked=all_defanged(facts.first_thanked)))


_DESK = ("review_url", "letters_url", "undelivered_url", "suspicious_url", "gathering_url")

ENTRIES: Mapping[Kind, Entry[Any]] = {
    Kind.SIGNIN_CODE: Entry(
        SigninCodeFacts, _signin_code, ("code", "signin_url"), None, Urgency.URGENT
    ),
    Kind.REVIEW_PENDING: Entry(
        ReviewPendingFacts,
        _review_pending,
        ("review_url",),
        Kind.REVIEW_PENDING,
        Urgency.BULK,
        for_coordinators=True,
    ),
    Kind.FAILED_MAIL: Entry(
        FailedMailFacts, _failed_mail, ("undelivered_url",), None, Urgency.BULK
    ),
    Kind.DEED_PROMPT: Entry(
        DeedPromptFacts,
        _deed_prompt,
        ("plan_url",),
        Kind.DEED_PROMPT,
        Urgency.BULK,
        for_coordinators=True,
    ),
    Kind.COORDINATOR_DIGEST: Entry(
        CoordinatorDigestFacts,
        _coordinator_digest,
        _DESK,
        Kind.COORDINATOR_DIGEST,
        Urgency.BULK,
        for_coordinators=True,
    ),
    Kind.SIGNIN_NEW_DEVICE: Entry(SigninNewDeviceFacts, _signin_new_device, (), None),
}
