"""The words of mails about a thank-you, to its nominator and its honourees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from chalicelib.domain.message import Kind, Urgency
from chalicelib.domain.nomination import Appreciation
from chalicelib.messages.drafts import Draft, Email, Facts
from chalicelib.messages.entries import Entry
from chalicelib.messages.rendering import CannotRender, all_defanged, defanged


@dataclass(frozen=True)
class NominationVerifyFacts(Facts):
    """Nothing: until the address is proven, no mail may hold what was typed in the form."""


@dataclass(frozen=True)
class NominationReceiptFacts(Facts):
    """The nominator's own words, and the ISO date by which a coordinator reads them.

    `read_by` is empty for words that go on unread.
    """

    reference: str
    honourees: list[str]
    what: str
    why: str
    read_by: str


@dataclass(frozen=True)
class NominationAnswerFacts(Facts):
    """What a coordinator says: `answer` is `question` or `not_this_time`, `text` their words."""

    answer: str
    reference: str
    honourees: list[str]
    text: str


@dataclass(frozen=True)
class ThanksFacts(Facts):
    """The nominator's words for one honouree.

    `organisation` is where the honouree belongs, and `citation` what the wall would show; both
    may be empty. `submitted_on` is an ISO date, `appreciation` a value of `Appreciation`.
    """

    nominator: str
    what: str
    why: str
    citation: str
    organisation: str
    appreciation: str
    submitted_on: str
    other_honourees: list[str]


@dataclass(frozen=True)
class ThanksBackFacts(Facts):
    """The one line with which an honouree answers."""

    honouree: str
    line: str
    reference: str


@dataclass(frozen=True)
class ConsentReminderFacts(Facts):
    """The nominator's words once more, for an honouree who has not decided."""

    nominator: str
    what: str


@dataclass(frozen=True)
class FollowUpFacts(Facts):
    """The words that were given six weeks ago. `nominator` is empty for who wrote them."""

    nominator: str
    what: str


def _nomination_verify(facts: NominationVerifyFacts, draft: Draft) -> Email:
    return draft.email(facts, recipient="")


def _nomination_receipt(facts: NominationReceiptFacts, draft: Draft) -> Email:
    harmless = replace(
        facts,
        honourees=all_defanged(facts.honourees),
        what=defanged(facts.what),
        why=defanged(facts.why),
    )
    if not facts.read_by:
        # An organisation's own text tells on which day a coordinator reads it. Here nobody does.
        return replace(draft, own_text=None).email(harmless, read_by=None)
    return draft.email(harmless, read_by=date.fromisoformat(facts.read_by))


def _nomination_answer(facts: NominationAnswerFacts, draft: Draft) -> Email:
    if facts.answer not in {"question", "not_this_time"}:
        raise CannotRender(f"{draft.message.kind}: unknown answer")
    return draft.email(replace(facts, honourees=all_defanged(facts.honourees)))


def _thanks(facts: ThanksFacts, draft: Draft) -> Email:
    harmless = replace(
        facts,
        nominator=defanged(facts.nominator),
        what=defanged(facts.what),
        why=defanged(facts.why),
        citation=defanged(facts.citation),
        organisation=defanged(facts.organisation),
        other_honourees=all_defanged(facts.other_honourees),
    )
    return draft.email(
        harmless,
        may_be_shown=Appreciation(facts.appreciation).may_be_shown,
        submitted_on=date.fromisoformat(facts.submitted_on),
    )


def _thanks_back(facts: ThanksBackFacts, draft: Draft) -> Email:
    return draft.email(replace(facts, honouree=defanged(facts.honouree), line=defanged(facts.line)))


def _consent_reminder(facts: ConsentReminderFacts, draft: Draft) -> Email:
    return draft.email(
        replace(facts, nominator=defanged(facts.nominator), what=defanged(facts.what))
    )


def _follow_up(facts: FollowUpFacts, draft: Draft) -> Email:
    return draft.email(
        replace(facts, nominator=defanged(facts.nominator), what=defanged(facts.what))
    )


ENTRIES: Mapping[Kind, Entry[Any]] = {
    Kind.NOMINATION_VERIFY: Entry(
        NominationVerifyFacts, _nomination_verify, ("verify_url",), None, Urgency.URGENT
    ),
    Kind.NOMINATION_RECEIPT: Entry(
        NominationReceiptFacts, _nomination_receipt, ("status_url",), None
    ),
    Kind.NOMINATION_ANSWER: Entry(NominationAnswerFacts, _nomination_answer, ("page_url",), None),
    Kind.THANKS: Entry(ThanksFacts, _thanks, ("honouree_url",), Kind.THANKS),
    Kind.THANKS_BACK: Entry(ThanksBackFacts, _thanks_back, ("status_url",), Kind.THANKS_BACK),
    Kind.CONSENT_REMINDER: Entry(
        ConsentReminderFacts, _consent_reminder, ("honouree_url",), Kind.CONSENT_REMINDER
    ),
    Kind.FOLLOW_UP: Entry(FollowUpFacts, _follow_up, ("follow_up_url",), Kind.FOLLOW_UP),
}
