"""Texts of an organisation's own: the shipped one to begin with, and what becomes of others."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import html5lib
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.domain.compiling import compile_body, compile_subject
from chalicelib.domain.mail_text import Block, Form, Text
from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.messages.drafts import Email, Frame
from chalicelib.messages.emails import render
from chalicelib.messages.mail_texts import (
    EDITABLE,
    glossary,
    said,
    shipped_text,
    typed_names,
    vocabulary,
)
from chalicelib.messages.rendering import CannotRender, environment
from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN, Sample
from infra.hard_samples import all_samples

FRAME = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)
HOSTS = frozenset({"onsdorp.example"})
SAMPLES = tuple(
    sample
    for sample in all_samples()
    if sample.message.kind in EDITABLE and sample.own_text is None
)
LONGEST = tuple(sample for sample in all_samples() if sample.variant == "own_longest")
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def text(kind: Kind, language: Language, *, subject: str = "", body: str = "") -> Text:
    shipped = shipped_text(kind, language)
    subject, body = subject or shipped[0], body or shipped[1]
    words = vocabulary(kind, language, hosts=HOSTS)
    compiled, title = compile_body(body, words), compile_subject(subject, words)
    assert (*compiled.problems, *title.problems) == ()
    return Text(subject, body, title.parts, compiled.blocks)


def in_text(sample: Sample, own_text: Text | None) -> Email:
    return render(sample.message, frame=FRAME, links=sample.links, own_text=own_text)


def seen(email: Email) -> list[str]:
    tree = html5lib.parse(email.html, namespaceHTMLElements=False)
    return " ".join(tree.find("body").itertext()).split()


@every_sample
def test_the_text_to_begin_with_says_what_is_sent_now(sample: Sample) -> None:
    shipped, edited = (
        in_text(sample, own_text)
        for own_text in (None, text(sample.message.kind, sample.message.language))
    )

    assert seen(edited) == seen(shipped)
    assert edited.calendar == shipped.calendar
    assert _links(edited.text) == _links(shipped.text)
    assert edited.html.count("<h1") == 1
    assert len(edited.html) < 80_000
    assert "((" not in edited.text + edited.html
    assert "<script" not in edited.html


def _links(text: str) -> set[str]:
    return set(re.findall(r"^https?://\S+$", text, flags=re.MULTILINE))


@pytest.mark.parametrize("sample", LONGEST, ids=lambda sample: sample.name)
def test_the_longest_text_leaves_room_for_all_that_was_written(sample: Sample) -> None:
    facts = sample.message.facts
    written = str(facts.get("what") or facts.get("text") or facts.get("line"))

    assert " ".join(written.split()) in " ".join(in_text(sample, sample.own_text).text.split())


def test_words_of_their_own_stand_in_the_shipped_design() -> None:
    sample = next(s for s in SAMPLES if s.name == "thanks__nl__plain")
    body = (
        "# Wat fijn\n\n((aanhef))\n\n## Dit schreef ((gever))\n\n((woorden))\n((waarom))\n"
        "((afzender))\n\n- lees *het* & lach\n- vertel [het](https://onsdorp.example/x?a=1&b=2)\n\n"
        "((knop))\n\n((jouw gegevens))"
    )

    email = in_text(
        sample, text(Kind.THANKS, Language.DUTCH, subject="Goed nieuws voor je", body=body)
    )

    assert email.subject == "Goed nieuws voor je"
    assert "Wat fijn</h1>" in email.html
    assert 'href="https://onsdorp.example/x?a=1&amp;b=2"' in email.html
    assert "lees *het* &amp; lach" in email.html
    assert email.html.count("<li") == 2
    assert "Somebody saw what you did" not in email.html
    assert "\n- vertel het\n\nhttps://onsdorp.example/x?a=1&b=2\n" in email.text
    assert email.text.startswith("Wat fijn\n\nBeste")


def test_nothing_that_is_typed_ends_the_mail_before_its_signature() -> None:
    sample = next(s for s in SAMPLES if s.name == "thanks_back__nl__plain")
    _, shipped = shipped_text(Kind.THANKS_BACK, Language.DUTCH)
    body = f"-- \n\n{shipped}\n\nDag\n-- \n--   \n- -- \n"

    email = in_text(sample, text(Kind.THANKS_BACK, Language.DUTCH, body=body))

    lines = email.text.split("\n")
    assert lines.count("-- ") == 1
    assert lines.count("--") == 3


@settings(max_examples=40)
@given(st.text(st.sampled_from("ab \"'&<>;{}%[]()#-*_\\éש./@\n"), min_size=1, max_size=40))
def test_what_is_typed_is_shown_as_typed_and_is_never_markup(typed: str) -> None:
    words = vocabulary(Kind.THANKS_BACK, Language.DUTCH, hosts=HOSTS)
    subject, shipped = shipped_text(Kind.THANKS_BACK, Language.DUTCH)
    body = f"{shipped}\n\nx{typed}x"
    compiled = compile_body(body, words)
    assume(not compiled.problems)
    sample = next(s for s in SAMPLES if s.name == "thanks_back__nl__plain")

    email = in_text(
        sample, Text(subject, body, compile_subject(subject, words).parts, compiled.blocks)
    )

    shown = " ".join(seen(email))
    for line in f"x{typed}x".split("\n"):
        assert " ".join(re.sub(r"^(##?|-) (?=.*\S)", "", line).split()) in shown


def test_a_subject_holds_the_day_in_the_readers_words() -> None:
    sample = next(s for s in SAMPLES if s.name == "gathering_invite__nl__plain")

    email = in_text(sample, text(Kind.GATHERING_INVITE, Language.DUTCH, subject="Feest op ((dag))"))

    assert email.subject == "Feest op zaterdag 12 december"


def test_nothing_is_looked_up_that_a_text_does_not_say() -> None:
    known = SimpleNamespace(nominator="Ada", other_honourees=[])
    body = "((woorden))\n((waarom))\n((afzender))\n((knop))\n((jouw gegevens))\n\nDag ((gever))"
    words = text(
        Kind.THANKS,
        Language.DUTCH,
        body=f"{body}\n\n((als anderen))\nEn ((anderen))\n((einde))",
    )

    told: Any = said(words, Kind.THANKS, {"facts": known})

    assert set(told["values"]) == {"nominator"}


@pytest.mark.parametrize(
    "spoilt",
    [
        Block(Form.PIECE, piece="code"),
        Block(Form.PIECE, piece="__class__"),
        Block(Form.PIECE, piece="words", when="code"),
    ],
)
def test_a_stored_text_that_fits_no_more_is_not_sent(spoilt: Block) -> None:
    sample = next(s for s in SAMPLES if s.name == "thanks__nl__plain")
    words = text(Kind.THANKS, Language.DUTCH)

    with pytest.raises(CannotRender):
        in_text(sample, replace(words, blocks=(*words.blocks, spoilt)))
    with pytest.raises(CannotRender):
        in_text(sample, replace(words, blocks=()))


@pytest.mark.parametrize("language", Language)
def test_each_name_in_a_language_means_one_thing(language: Language) -> None:
    names = typed_names(language)

    assert len(set(names.values())) == len(names)
    for kind, editable in EDITABLE.items():
        assert editable.needed <= set(editable.pieces)
        assert {*editable.values, *editable.pieces, *editable.conditions} <= names.keys(), kind


def test_everything_in_double_brackets_is_explained_at_the_desk() -> None:
    said: Any = environment(Language.DUTCH).get_template("pages/_mail_names.html").module

    for kind in EDITABLE:
        for row in glossary(kind):
            meanings = {"piece": said.pieces, "fact": said.facts, "condition": said.conditions}
            assert meanings[row.sort][row.name], (kind, row.name)
