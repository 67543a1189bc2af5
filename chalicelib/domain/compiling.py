"""Compiling what an organisation types for a mail: a closed language, refused by line and column.

A text has paragraphs, `# titles` and `## headings`, lists of lines that begin with `- `, links as
`[words](https://…)`, and names in double brackets: facts within a sentence, pieces on a line of
their own, and sections that are said only under a condition. It has nothing else: whatever could be
code or markup is refused, not cleaned.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit

from chalicelib.domain.mail_text import Block, Form, Part
from chalicelib.domain.text import INNER_DOT, LINK_SCHEME

MAX_BODY_LENGTH = 4_000
MAX_LINES = 100
"""Lines with something on them: each takes 200 bytes of HTML or more, and a mail has few."""
MOST_TIMES = 10
"""How often a fact is named: one may stand for ten long names."""
MAX_SUBJECT_LENGTH = 60
MIN_SUBJECT_LENGTH = 10
MAX_SUBJECT_SOURCE = 500
"""As it is typed, with the names of facts; nothing longer is read at all."""
MOST_PROBLEMS = 10
"""After so many, a reader mends what they have read first."""


class Fault(StrEnum):
    """What is wrong at a place in a text."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BRACES = "braces"
    HTML = "html"
    UNCLOSED = "unclosed"
    TOO_MANY_LINES = "too_many_lines"
    TOO_OFTEN = "too_often"
    UNKNOWN_NAME = "unknown_name"
    NOT_IN_SUBJECT = "not_in_subject"
    PIECE_NOT_ALONE = "piece_not_alone"
    TWICE = "twice"
    MISSING = "missing"
    MAYBE_MISSING = "maybe_missing"
    SECTION_IN_SECTION = "section_in_section"
    SECTION_NOT_ENDED = "section_not_ended"
    NO_SECTION = "no_section"
    SECOND_TITLE = "second_title"
    BAD_LINK = "bad_link"
    BARE_LINK = "bare_link"
    FOREIGN_LINK = "foreign_link"


@dataclass(frozen=True, order=True)
class Problem:
    """A fault and where it is, counted from one; `about` is the name or host, or by how many."""

    line: int
    column: int
    fault: Fault
    about: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """What may stand in double brackets, as it is typed, with what that means to us.

    `subject_facts` are the facts that a subject may hold, with how many characters each takes. A
    text must have all the pieces that are `needed`. `hosts` are where its links may lead.
    """

    facts: Mapping[str, str]
    pieces: Mapping[str, str]
    conditions: Mapping[str, str]
    needed: frozenset[str]
    subject_facts: Mapping[str, int]
    when: str
    unless: str
    end: str
    hosts: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that may stand in double brackets."""
        sections = [
            f"{word} {name}" for name in self.conditions for word in (self.when, self.unless)
        ]
        return (*self.facts, *self.pieces, *sections, self.end)


@dataclass(frozen=True)
class Compiled:
    """What a text means, or why it means nothing; with `problems` there are no `blocks`."""

    blocks: tuple[Block, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class CompiledSubject:
    """The same for a subject."""

    parts: tuple[Part, ...] = ()
    problems: tuple[Problem, ...] = ()


def compile_body(source: str, vocabulary: Vocabulary) -> Compiled:
    """Understand the body of a text. Never raises: what is wrong is in `problems`, in order."""
    if not source.strip():
        return Compiled(problems=(Problem(1, 1, Fault.EMPTY),))
    if (over := len(source) - MAX_BODY_LENGTH) > 0:
        place = _place(source, MAX_BODY_LENGTH)
        return Compiled(problems=(Problem(*place, Fault.TOO_LONG, str(over)),))
    reader = _Reader(vocabulary)
    lines = source.split("\n")
    for number, line in enumerate(lines, start=1):
        reader.read(line.rstrip(), number)
    reader.end(len(lines), len(lines[-1]) + 1)
    if reader.problems:
        return Compiled(problems=tuple(sorted(reader.problems)[:MOST_PROBLEMS]))
    return Compiled(tuple(reader.blocks))


def compile_subject(source: str, vocabulary: Vocabulary) -> CompiledSubject:
    """Understand a subject: one line, of which lock screens show all. Never raises."""
    if not source.strip():
        return CompiledSubject(problems=(Problem(1, 1, Fault.EMPTY),))
    if (over := len(source) - MAX_SUBJECT_SOURCE) > 0:
        problem = Problem(1, MAX_SUBJECT_SOURCE + 1, Fault.TOO_LONG, str(over))
        return CompiledSubject(problems=(problem,))
    reader = _Reader(vocabulary)
    parts = tuple(reader.parts(source, 1, 0, in_subject=True))
    length = sum(vocabulary.subject_facts.get(part.fact, len(part.text)) for part in parts)
    if length > MAX_SUBJECT_LENGTH:
        reader.refuse(1, len(source), Fault.TOO_LONG, str(length - MAX_SUBJECT_LENGTH))
    if length < MIN_SUBJECT_LENGTH:
        reader.refuse(1, len(source), Fault.TOO_SHORT)
    if reader.problems:
        return CompiledSubject(problems=tuple(sorted(reader.problems)[:MOST_PROBLEMS]))
    return CompiledSubject(parts)


_TOKEN = re.compile(
    r"(?P<brackets>\(\((?P<name>[^()\n]*)\)\))"
    r"|(?P<unclosed>\(\((?!\()|\)\))"
    r"|(?P<braces>\{[{%#](?:[^\n{]*?[}%#]\})?|[}%#]\})"
    r"|(?P<html><[A-Za-z/!?])"
    r"|(?P<link>\[(?P<label>[^\[\]\n]*)\]\((?P<url>[^()\n]*)\))"
)
_LINKED_ALONE = re.compile(r"\bwww\.|\bmailto:", re.IGNORECASE)
_SOME_FACT = "fact"
"""Stands for what is filled in, of which nobody knows now with what it ends up side by side."""
_ALONE = re.compile(r"\s*\(\(([^()\n]*)\)\)\s*")
_MARKS = (("# ", Form.TITLE), ("## ", Form.HEADING), ("- ", Form.LIST))
_URL = re.compile(r"https://[!-;=?-Z\\^-~]+")


@dataclass
class _Reader:
    """Reads a text line by line, and remembers what it found and what it did not like."""

    vocabulary: Vocabulary
    blocks: list[Block] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    used: dict[str, bool] = field(default_factory=dict)
    named: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    section: Block | None = None
    section_at: tuple[int, int] = (1, 1)
    open: Form | None = None
    has_title: bool = False

    def refuse(self, line: int, column: int, fault: Fault, about: str = "") -> None:
        """Remember what is wrong, and where."""
        self.problems.append(Problem(line, column, fault, about))

    def read(self, line: str, number: int) -> None:
        """One line: a marker in brackets, or words of a block."""
        alone = _ALONE.fullmatch(line)
        if not line.strip():
            self.open = None
            return
        self.lines += 1
        if self.lines == MAX_LINES + 1:
            self.refuse(number, 1, Fault.TOO_MANY_LINES)
        if alone is None or not self._marker(_tidy(alone[1]), number, line.index("((") + 1):
            self._words(line, number)

    def end(self, line: int, column: int) -> None:
        """After the last line: everything that should have come has."""
        if self.section is not None:
            self.refuse(*self.section_at, Fault.SECTION_NOT_ENDED)
        for typed, piece in self.vocabulary.pieces.items():
            if piece in self.vocabulary.needed and not self.used.get(piece):
                fault = Fault.MAYBE_MISSING if piece in self.used else Fault.MISSING
                self.refuse(line, column, fault, typed)

    def _marker(self, name: str, line: int, column: int) -> bool:
        """A piece, or where a section begins or ends; False for anything else."""
        words = self.vocabulary
        if name == words.end:
            if self.section is None:
                self.refuse(line, column, Fault.NO_SECTION)
            self.section = None
        elif name in words.pieces:
            self._piece(words.pieces[name], name, line, column)
        elif (opened := self._opened(name)) is not None:
            if self.section is not None:
                self.refuse(line, column, Fault.SECTION_IN_SECTION)
            self.section, self.section_at = opened, (line, column)
        else:
            return False
        self.open = None
        return True

    def _opened(self, name: str) -> Block | None:
        """The condition under which the blocks of a section are said."""
        words = self.vocabulary
        for word, unless in ((words.unless, True), (words.when, False)):
            condition = name.removeprefix(f"{word} ")
            if name.startswith(f"{word} ") and condition in words.conditions:
                return Block(Form.PIECE, when=words.conditions[condition], unless=unless)
        return None

    def _piece(self, piece: str, name: str, line: int, column: int) -> None:
        if piece in self.used:
            self.refuse(line, column, Fault.TWICE, name)
        self.used[piece] = self.section is None
        self._add(Block(Form.PIECE, piece=piece))

    def _words(self, line: str, number: int) -> None:
        """A line of words: it begins a block, or goes on with the one before it."""
        form, indent = _form(line)
        parts = tuple(self.parts(line[indent:], number, indent))
        if form is Form.TITLE and self.has_title:
            self.refuse(number, 1, Fault.SECOND_TITLE)
        self.has_title |= form is Form.TITLE
        if form is self.open and form in {Form.LIST, Form.PARAGRAPH}:
            self.blocks[-1] = replace(self.blocks[-1], lines=(*self.blocks[-1].lines, parts))
        else:
            self._add(Block(form, lines=(parts,)))
        self.open = form

    def _add(self, block: Block) -> None:
        if self.section is not None:
            block = replace(block, when=self.section.when, unless=self.section.unless)
        self.blocks.append(block)

    def parts(
        self, text: str, line: int, before: int, *, in_subject: bool = False
    ) -> Iterator[Part]:
        """The runs of words, links and facts of a line, of which `before` characters were read."""
        at = 0
        shown: list[tuple[int, str]] = []
        for token in _TOKEN.finditer(text):
            if token.start() > at:
                shown.append((before + at + 1, text[at : token.start()]))
                yield Part(text=text[at : token.start()])
            column = before + token.start() + 1
            if token["brackets"] is not None:
                shown.append((column, _SOME_FACT))
                yield from self._fact(_tidy(token["name"]), line, column, in_subject=in_subject)
            elif token["link"] is not None:
                label = token["label"].lstrip()
                shown.append((before + token.end("label") + 1 - len(label), label.rstrip()))
                yield from self._link(token, line, column, in_subject=in_subject)
            else:
                self.refuse(line, column, _FAULTS[str(token.lastgroup)])
            at = token.end()
        if at < len(text):
            shown.append((before + at + 1, text[at:]))
            yield Part(text=text[at:])
        self._addresses(shown, line)

    def _addresses(self, shown: list[tuple[int, str]], line: int) -> None:
        """Refuse what a mail program would link by itself, also across the seams of a line."""
        columns = [column + n for column, text in shown for n in range(len(text))]
        seen = "".join(text for _, text in shown)
        if starts := _linked_alone(seen):
            word = seen.rfind(" ", 0, min(starts)) + 1
            self.refuse(line, columns[word], Fault.BARE_LINK)

    def _fact(self, name: str, line: int, column: int, *, in_subject: bool) -> Iterator[Part]:
        words = self.vocabulary
        fact = words.facts.get(name, "")
        self.named[fact] += 1
        if fact and in_subject and fact not in words.subject_facts:
            self.refuse(line, column, Fault.NOT_IN_SUBJECT, name)
        elif fact and self.named[fact] > MOST_TIMES:
            self.refuse(line, column, Fault.TOO_OFTEN, name)
        elif fact:
            yield Part(fact=fact)
        elif name in words.names:
            fault = Fault.NOT_IN_SUBJECT if in_subject else Fault.PIECE_NOT_ALONE
            self.refuse(line, column, fault, name)
        else:
            self.refuse(line, column, Fault.UNKNOWN_NAME, name)

    def _link(
        self, token: re.Match[str], line: int, column: int, *, in_subject: bool
    ) -> Iterator[Part]:
        label, url = token["label"].strip(), token["url"].strip()
        in_label = _TOKEN.search(label)
        host = _link_host(url)
        if in_subject or not label or in_label or not host:
            self.refuse(line, column, Fault.BAD_LINK)
        elif host not in self.vocabulary.hosts:
            self.refuse(line, column, Fault.FOREIGN_LINK, host)
        else:
            yield Part(text=label, url=url)


_FAULTS = {
    "unclosed": Fault.UNCLOSED,
    "braces": Fault.BRACES,
    "html": Fault.HTML,
}


def _form(line: str) -> tuple[Form, int]:
    """What a line of words is, and how many characters say so."""
    for mark, form in _MARKS:
        if line.startswith(mark) and line[len(mark) :].strip():
            return form, len(mark)
    return Form.PARAGRAPH, 0


def _link_host(url: str) -> str:
    """The host of an address that a link may have; empty for any other address."""
    if not _URL.fullmatch(url):
        return ""
    try:
        parts = urlsplit(url)
        plain = parts.port is None and "@" not in parts.netloc and "\\" not in url
    except ValueError:
        return ""
    return (parts.hostname or "") if plain else ""


def is_linked_alone(line: Sequence[Part]) -> bool:
    """Whether mail programs would make a link of something in a line that is none of its links."""
    return bool(_linked_alone("".join(_SOME_FACT if part.fact else part.text for part in line)))


def _linked_alone(seen: str) -> list[int]:
    """Where something begins that mail programs link by themselves."""
    found = [pattern.search(seen) for pattern in (_LINKED_ALONE, LINK_SCHEME, INNER_DOT)]
    return [match.start() for match in found if match]


def _tidy(name: str) -> str:
    return " ".join(name.lower().split())


def _place(source: str, index: int) -> tuple[int, int]:
    """The line and column of a character."""
    before = source[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1
