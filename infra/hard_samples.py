"""The same invented mails at their worst: what somebody malicious types, and all of it too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from chalicelib.domain.mail_text import Text
from chalicelib.domain.message import Kind
from chalicelib.domain.nomination import (
    MAX_CITATION_LENGTH,
    MAX_HONOUREES,
    MAX_LINE_LENGTH,
    MAX_TEXT_LENGTH,
)
from chalicelib.domain.people import MAX_NAME_LENGTH, Language
from chalicelib.messages.coordinator_mails import (
    CoordinatorDigestFacts,
    DeedPromptFacts,
    FailedMailFacts,
    ReviewPendingFacts,
)
from chalicelib.messages.drafts import Facts
from chalicelib.messages.gathering_mails import GatheringFacts, RsvpReplyFacts
from chalicelib.messages.mail_texts import EDITABLE
from chalicelib.messages.samples import Sample, sample_facts, sample_of, samples
from chalicelib.messages.thanks_mails import (
    ConsentReminderFacts,
    FollowUpFacts,
    NominationAnswerFacts,
    NominationReceiptFacts,
    ThanksBackFacts,
    ThanksFacts,
)
from infra.own_samples import own_texts

HARD = ("hostile", "longest")

_HOSTILE = (
    "<script>alert(\"1\")</script> & {{7*7}} {% raw %} 'quotes' 👩‍👩‍👧 🎉\r\n-- \r\n"
    "Win at https://evil.example/?a=1&b=2 or www.evil.example.\n\n"
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft\n"
    "שלום עולם, مرحبا"
)
_HOSTILE_NAME = 'דוד "<b>Bo</b>" {{7*7}} www.evil.example'


def all_samples() -> Iterator[Sample]:
    """Every invented mail: in the cases that it is sent for, at its worst, and in own texts."""
    yield from samples()
    for language in Language:
        for kind, cases in sample_facts(language).items():
            yield from _hard_samples(kind, language, cases)
    for kind in EDITABLE:
        for variant, texts in own_texts(kind):
            for language in Language:
                yield _in_own_text(kind, language, variant, texts[language])


def _hard_samples(kind: Kind, language: Language, cases: Mapping[str, Facts]) -> Iterator[Sample]:
    for variant, facts in zip(HARD, _hard(kind, cases), strict=False):
        name = _HOSTILE_NAME if variant == "hostile" else _long_name(0)
        yield sample_of(kind, language, variant, facts, recipient=name)


def _in_own_text(kind: Kind, language: Language, variant: str, own_text: Text) -> Sample:
    """An organisation's text, with facts that are as it is: ordinary, hostile or as long."""
    cases = sample_facts(language)[kind]
    ordinary = sample_of(kind, language, "", next(iter(cases.values())))
    alike = [
        hard for hard in _hard_samples(kind, language, cases) if variant.endswith(hard.variant)
    ]
    return replace(next(iter(alike), ordinary), variant=variant, own_text=own_text)


def _hard(kind: Kind, cases: Mapping[str, Facts]) -> tuple[Facts, ...]:
    """The hostile and the longest facts of a kind."""
    facts = cases[_HARDEST_CASE.get(kind, next(iter(cases)))]
    if kind is Kind.NOMINATION_VERIFY:  # It tells nothing, whoever asked for it.
        return (facts,)
    if kind is Kind.NOMINATION_ANSWER:
        return _hostile(cases["not_this_time"]), _longest(cases["question"])
    return _hostile(facts), _longest(facts)


_HARDEST_CASE = {Kind.GATHERING_UPDATE: "plain", Kind.PROMOTED: "offered"}
"""In which case a mail says most, where it is not the first."""


def _hostile(facts: Facts) -> Facts:
    match facts:
        case NominationReceiptFacts():
            return replace(facts, honourees=[_HOSTILE_NAME], what=_HOSTILE, why=_HOSTILE)
        case NominationAnswerFacts():
            return replace(facts, honourees=[_HOSTILE_NAME], text=_HOSTILE)
        case ThanksFacts():
            return replace(
                facts,
                nominator=_HOSTILE_NAME,
                what=_HOSTILE,
                why=_HOSTILE,
                citation="<b>{{7*7}}</b> evil.example",
                organisation=_HOSTILE_NAME,
                other_honourees=[_HOSTILE_NAME],
            )
        case ThanksBackFacts():
            return replace(facts, honouree=_HOSTILE_NAME, line=_HOSTILE)
        case ConsentReminderFacts() | FollowUpFacts():
            return replace(facts, nominator=_HOSTILE_NAME, what=_HOSTILE)
        case GatheringFacts():
            return replace(
                facts,
                title="<b>{{7*7}}</b>; DTSTART:1, \\n",
                place=_HOSTILE_NAME,
                text=_HOSTILE,
                hosts=[_HOSTILE_NAME],
                honourees=[_HOSTILE_NAME],
                remark=_HOSTILE if facts.remark else "",
            )
        case RsvpReplyFacts():
            return replace(facts, text=_HOSTILE, title=_HOSTILE_NAME)
        case CoordinatorDigestFacts():
            return replace(facts, gathering="<b>{{7*7}}</b>; evil.example")
        case DeedPromptFacts():
            return DeedPromptFacts([_HOSTILE_NAME], years=1)
        case FailedMailFacts():
            return replace(facts, count=3)
        case ReviewPendingFacts():
            return ReviewPendingFacts(waiting=1, days=1, term=1)
    return facts


def _longest(facts: Facts) -> Facts:
    words = _long(MAX_TEXT_LENGTH)
    match facts:
        case NominationReceiptFacts():
            return replace(facts, honourees=_long_names(), what=words, why=words)
        case NominationAnswerFacts():
            return replace(facts, honourees=_long_names(), text=words)
        case ThanksFacts():
            return replace(
                facts,
                nominator=_long_name(1),
                what=words,
                why=words,
                citation=_long(MAX_CITATION_LENGTH),
                organisation=_long_name(2),
                other_honourees=_long_names()[1:],
            )
        case ThanksBackFacts():
            return replace(facts, honouree=_long_name(0), line=_long(MAX_LINE_LENGTH))
        case ConsentReminderFacts() | FollowUpFacts():
            return replace(facts, nominator=_long_name(1), what=words)
        case GatheringFacts():
            return replace(
                facts,
                title=_long(120),
                place=_long(200),
                starts="2026-09-30T19:30:00",
                ends="2026-10-01T01:30:00",
                text=_long(2000),
                hosts=_long_names(),
                honourees=_long_names(),
                heads=5 if facts.remark else 1,
                remark=_long(300) if facts.remark else "",
            )
        case RsvpReplyFacts():
            return replace(facts, text=_long(1_000), written_by=_long_name(0))
        case CoordinatorDigestFacts():
            return CoordinatorDigestFacts(100, 100, 100, 100, 340, gathering=_long(120))
        case DeedPromptFacts():
            return DeedPromptFacts(_long_names()[:5], years=25)
        case FailedMailFacts():
            kinds = [kind.value for kind in list(Kind)[:5]]
            endings = ["failed", "bounced", "complained", "parked", "failed"]
            return FailedMailFacts(kinds, endings, count=23)
        case ReviewPendingFacts():
            return ReviewPendingFacts(waiting=100, days=365, term=365)
    return facts


def _long(length: int) -> str:
    words = "Gemeenschapsgeld, buurtcoördinator en vrijwilligersvergoeding "
    return (words * 40)[:length].strip()


def _long_name(number: int) -> str:
    name = f"Prof. dr. {number} Wilhelmina-Alexandra van Oldenbarneveldt tot Zuid-Scharwoude "
    return (name * 2)[:MAX_NAME_LENGTH].strip()


def _long_names() -> list[str]:
    return [_long_name(number) for number in range(MAX_HONOUREES)]
