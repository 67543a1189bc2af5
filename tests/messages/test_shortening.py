"""Mails that would grow too large: they say the beginning, and lead to the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.messages.drafts import Email, Frame
from chalicelib.messages.emails import link_names, render
from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN, Sample, samples
from chalicelib.messages.shortening import MAX_HTML_BYTES, ever_shorter

FRAME = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)
LONG = 50_000
TYPED = {
    Kind.NOMINATION_RECEIPT: "why",
    Kind.NOMINATION_ANSWER: "text",
    Kind.THANKS: "what",
    Kind.THANKS_BACK: "line",
    Kind.CONSENT_REMINDER: "what",
    Kind.FOLLOW_UP: "what",
    Kind.GATHERING_INVITE: "text",
    Kind.GATHERING_UPDATE: "text",
    Kind.RSVP_CONFIRMED: "remark",
    Kind.RSVP_REPLY: "text",
}


@dataclass(frozen=True)
class Words:
    """Facts like those of a mail."""

    text: str
    name: str = "Bo"
    count: int = 1


@pytest.mark.parametrize("kind", TYPED)
@pytest.mark.parametrize("typed", ["x\n\n", "<&> ", "word "], ids=["lines", "marks", "words"])
def test_a_text_of_50_000_characters_becomes_a_beginning_and_a_link(kind: Kind, typed: str) -> None:
    sample = _sample(kind)
    facts = {**sample.message.facts, TYPED[kind]: (typed * LONG)[:LONG]}

    email = _made(replace(sample, message=replace(sample.message, facts=facts)))

    assert len(email.html.encode()) <= MAX_HTML_BYTES
    for body in (email.html, email.text):
        assert "This was too long for an email." in " ".join(body.split())
        if link_names(kind):
            assert body.count(sample.links[link_names(kind)[0]]) == 2
    assert "Read all of it" in email.html or not link_names(kind)


def test_the_longest_gathering_in_the_shortest_paragraphs_stays_small() -> None:
    sample = _sample(Kind.GATHERING_INVITE)
    facts = {**sample.message.facts, "text": "x\n\n" * 666}

    email = _made(replace(sample, message=replace(sample.message, facts=facts)))

    assert len(email.html.encode()) <= MAX_HTML_BYTES
    assert "This was too long for an email." in email.html


@pytest.mark.parametrize("kind", TYPED)
def test_a_mail_that_fits_says_nothing_of_it(kind: Kind) -> None:
    assert "too long for an email" not in _made(_sample(kind)).text


def test_a_text_is_cut_between_words() -> None:
    first = next(ever_shorter(Words("seven  words\n" * 1_000)))

    assert len(first.text) <= 5_000
    assert re.search(r"(words|seven)…$", first.text)
    assert (first.name, first.count) == ("Bo", 1)


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    assert next(ever_shorter(Words("x" * LONG))).text == "x" * 4_999 + "…"


def test_facts_that_are_short_enough_are_given_once_as_they_are() -> None:
    words = Words("short")

    assert [given is words for given in ever_shorter(words)] == [True]


def _sample(kind: Kind) -> Sample:
    return next(
        sample
        for sample in samples()
        if sample.message.kind is kind and sample.message.language is Language.ENGLISH
    )


def _made(sample: Sample) -> Email:
    return render(sample.message, frame=FRAME, links=sample.links)
