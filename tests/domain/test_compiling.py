"""The language of an organisation's texts: closed, and what is refused says where it stands."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.compiling import (
    MAX_BODY_LENGTH,
    Fault,
    Vocabulary,
    compile_body,
    compile_subject,
)
from chalicelib.domain.mail_text import Block, Form, Part
from chalicelib.messages.rendering import defanged

WORDS = Vocabulary(
    facts={"gever": "nominator", "dag": "day"},
    pieces={"woorden": "words", "knop": "button"},
    conditions={"muur": "wall"},
    needed=frozenset({"words"}),
    subject_facts={"day": 20},
    when="als",
    unless="als niet",
    end="einde",
    hosts=frozenset({"onsdorp.example"}),
)
PIECES = "\n\n((woorden))"


def faults(body: str) -> list[tuple[int, int, Fault]]:
    return [(p.line, p.column, p.fault) for p in compile_body(body, WORDS).problems]


def blocks(body: str) -> tuple[Block, ...]:
    compiled = compile_body(body, WORDS)
    assert not compiled.problems
    return compiled.blocks


def said(text: str) -> tuple[Part, ...]:
    return (Part(text=text),)


def test_a_text_has_as_many_lines_and_names_as_a_mail_has_room_for() -> None:
    lines, names = "\n\n".join("x" * 99), "((gever))" * 10

    assert faults(f"{lines}{PIECES}") == faults(f"{names}{PIECES}") == []
    assert faults(f"{lines}\n\ny{PIECES}") == [(201, 1, Fault.TOO_MANY_LINES)]
    assert faults(f"{names}((dag))((gever)){PIECES}") == [(1, 98, Fault.TOO_OFTEN)]


def test_a_text_becomes_its_blocks() -> None:
    body = "# Dag\n\nEen regel\nen nog een\n\n## Wat\n- soep\n- muziek\n((woorden))"

    assert blocks(body) == (
        Block(Form.TITLE, (said("Dag"),)),
        Block(Form.PARAGRAPH, (said("Een regel"), said("en nog een"))),
        Block(Form.HEADING, (said("Wat"),)),
        Block(Form.LIST, (said("soep"), said("muziek"))),
        Block(Form.PIECE, piece="words"),
    )


def test_a_sentence_holds_facts_and_links() -> None:
    body = "Dag (((Gever))), lees [dit](https://onsdorp.example/a?b=1)." + PIECES

    assert blocks(body)[0].lines[0] == (
        Part(text="Dag ("),
        Part(fact="nominator"),
        Part(text="), lees "),
        Part(text="dit", url="https://onsdorp.example/a?b=1"),
        Part(text="."),
    )


def test_a_section_is_said_under_its_condition() -> None:
    body = "((als muur))\nJa\n((einde))\n((als  niet muur))\nNee\n((einde))" + PIECES

    yes, no, _ = blocks(body)

    assert (yes.when, yes.unless) == ("wall", False)
    assert (no.when, no.unless) == ("wall", True)


@pytest.mark.parametrize(
    ("body", "line", "column", "fault"),
    [
        ("Dag\n\n{{7*7}}", 3, 1, Fault.BRACES),
        ("Dag {% raw %}", 1, 5, Fault.BRACES),
        ("Dag %}", 1, 5, Fault.BRACES),
        ("Dag\n <script>alert(1)</script>", 2, 2, Fault.HTML),
        ("Dag <!-- x", 1, 5, Fault.HTML),
        ("Kijk op [dit](https://evil.example/x)", 1, 9, Fault.FOREIGN_LINK),
        ("[dit](https://onsdorp.example.evil.example)", 1, 1, Fault.FOREIGN_LINK),
        ("[dit](https://onsdorp.example@evil.example)", 1, 1, Fault.BAD_LINK),
        ("[dit](https://onsdorp.example:81/)", 1, 1, Fault.BAD_LINK),
        ("[dit](http://onsdorp.example)", 1, 1, Fault.BAD_LINK),
        ("[dit](javascript:alert)", 1, 1, Fault.BAD_LINK),
        ("[dit](https://[::1)", 1, 1, Fault.BAD_LINK),
        ("[](https://onsdorp.example)", 1, 1, Fault.BAD_LINK),
        ("[<b>x](https://onsdorp.example)", 1, 1, Fault.BAD_LINK),
        ("zie https://onsdorp.example", 1, 5, Fault.BARE_LINK),
        ("zie www.evil.example", 1, 5, Fault.BARE_LINK),
        ("Dag\n- Ga naar kwaad.nl/inloggen", 2, 11, Fault.BARE_LINK),
        ("mail x@evil.example", 1, 6, Fault.BARE_LINK),
        ("mailto:x", 1, 1, Fault.BARE_LINK),
        ("op ftp.evil.example", 1, 4, Fault.BARE_LINK),
        ("//evil.example", 1, 1, Fault.BARE_LINK),
        ("xhttps://evil.example", 1, 1, Fault.BARE_LINK),
        ("_https://evil.example", 1, 1, Fault.BARE_LINK),
        ("Zie [uwbank.nl](https://onsdorp.example/x)", 1, 6, Fault.BARE_LINK),
        ("Zie uwbank.[nl](https://onsdorp.example/x)", 1, 5, Fault.BARE_LINK),
        ("Zie uwbank.[ nl ](https://onsdorp.example/x)", 1, 5, Fault.BARE_LINK),
        ("Zie [ uwbank.nl](https://onsdorp.example/x)", 1, 7, Fault.BARE_LINK),
        ("Dag ((gever)).nl", 1, 5, Fault.BARE_LINK),
        ("- a\n- ((naam))", 2, 3, Fault.UNKNOWN_NAME),
        ("((naam))", 1, 1, Fault.UNKNOWN_NAME),
        ("Dag ((gever", 1, 5, Fault.UNCLOSED),
        ("Dag gever))", 1, 10, Fault.UNCLOSED),
        ("Dag ((woorden)), dag", 1, 5, Fault.PIECE_NOT_ALONE),
        ("((als muur)) Ja", 1, 1, Fault.PIECE_NOT_ALONE),
        ("((woorden))", 3, 1, Fault.TWICE),
        ("# Een\n\n# Twee", 3, 1, Fault.SECOND_TITLE),
        ("((als muur))\nJa", 1, 1, Fault.SECTION_NOT_ENDED),
        ("Ja\n((einde))", 2, 1, Fault.NO_SECTION),
        ("((als muur))\n((als muur))\n((einde))", 2, 1, Fault.SECTION_IN_SECTION),
    ],
)
def test_what_is_refused_says_where(body: str, line: int, column: int, fault: Fault) -> None:
    assert (line, column, fault) in faults(body + PIECES)


@pytest.mark.parametrize(
    "sentence",
    [
        "Het is 3.5 km lopen, om 12.30 uur.",
        "Antwoord a.u.b. op tijd. Je kunt mailen.",
        "Dr. A.B. de Vries (o.a. van de buurt) komt...",
        "Kom je? Dag ((gever)). Tot ((dag))!",
        "Let op: neem iets mee: bijvoorbeeld soep.",
    ],
)
def test_ordinary_sentences_hold_no_address(sentence: str) -> None:
    assert faults(sentence + PIECES) == []


def test_what_must_be_there_is_missed_at_the_end() -> None:
    assert faults("Dag\n\nBo") == [(3, 3, Fault.MISSING)]
    assert faults("((als muur))\n((woorden))\n((einde))") == [(3, 10, Fault.MAYBE_MISSING)]
    assert faults(" \n") == [(1, 1, Fault.EMPTY)]


def test_a_text_has_a_length() -> None:
    too_long = "((woorden))\n" + "a" * MAX_BODY_LENGTH

    assert faults(too_long) == [(2, MAX_BODY_LENGTH - 11, Fault.TOO_LONG)]


@pytest.mark.parametrize("unit", ["{%x", "# a\n", "a.", "[a](", "((", "a:"])
def test_however_long_a_text_is_it_is_soon_understood(unit: str) -> None:
    began = process_time()

    for size in (MAX_BODY_LENGTH, 60_000):
        compile_body(unit * (size // len(unit)), WORDS)
        compile_subject(unit * (size // len(unit)), WORDS)

    assert process_time() - began < 2


def test_white_space_at_the_end_of_a_line_is_not_kept() -> None:
    assert blocks("--  \n-- \xa0\nDag " + PIECES)[0].lines == (said("--"), said("--"), said("Dag"))


@pytest.mark.parametrize(
    ("subject", "fault"),
    [
        ("", Fault.EMPTY),
        ("Dag ((gever)), dank je wel", Fault.NOT_IN_SUBJECT),
        ("Dag ((knop)), dank je wel", Fault.NOT_IN_SUBJECT),
        ("Dag ((naam)), dank je wel", Fault.UNKNOWN_NAME),
        ("Hoi", Fault.TOO_SHORT),
        ("a" * 61, Fault.TOO_LONG),
        ("Kom je ook op deze mooie dag, het is ((dag))?", None),
        ("Kom je ook op deze heel erg mooie dag, het is ((dag))?", Fault.TOO_LONG),
        ("[Kom je ook](https://onsdorp.example)?", Fault.BAD_LINK),
        ("Kom je ook {{7*7}}?", Fault.BRACES),
    ],
)
def test_a_subject_is_short_and_names_nobody(subject: str, fault: Fault | None) -> None:
    found = [problem.fault for problem in compile_subject(subject, WORDS).problems]

    assert found[:1] == ([fault] if fault else [])


PIECES_OF_TEXT = st.sampled_from(
    ["((", "))", "((gever))", "((woorden))", "((als muur))", "((einde))", "{{", "%}", "<b", "[a](",
     "https://onsdorp.example", ")", "evil", ".", "nl", "//",
     "# ", "- ", "\n", "\n\n", "é", "\U0001f380", " ", "dag"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES_OF_TEXT, max_size=20).map("".join))


@given(TEXTS)
def test_any_text_is_understood_or_refused_inside_itself(body: str) -> None:
    compiled = compile_body(body, WORDS)
    lines = body.split("\n")

    assert bool(compiled.blocks) != bool(compiled.problems)
    for problem in compiled.problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


@given(TEXTS)
def test_what_is_understood_holds_no_markup_and_no_code(body: str) -> None:
    for block in compile_body(body + PIECES, WORDS).blocks:
        for part in (part for line in block.lines for part in line):
            assert not any(mark in part.text for mark in ("{{", "{%", "<b", "((", "))"))
            assert defanged(part.text) == part.text
            assert not part.url or part.url.startswith("https://onsdorp.example")


@given(TEXTS)
def test_any_subject_is_understood_or_refused(subject: str) -> None:
    compiled = compile_subject(subject, WORDS)

    assert bool(compiled.parts) != bool(compiled.problems)
