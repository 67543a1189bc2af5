"""The texts of an organisation's own: which kinds have one, and what it may and must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chalicelib.domain.compiling import Vocabulary, is_linked_alone
from chalicelib.domain.mail_text import Block, Part, Text
from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.messages.catalogues import translate
from chalicelib.messages.rendering import CannotRender, environment

Context = Mapping[str, Any]
"""What the shipped templates of a kind get too: its facts, links, frame and reader."""
Shape = Literal["person", "people", "date", "day", "plain"]
"""How a fact is written: a name keeps its own direction, a day is written in the reader's words."""


@dataclass(frozen=True)
class Value:
    """A fact that a sentence may hold. `in_subject` is how many characters of a subject it takes.

    Nobody's name stands in a subject, since lock screens show it to everybody.
    """

    shape: Shape
    of: Callable[[Context], Any]
    in_subject: int = 0


@dataclass(frozen=True)
class Editable:
    """What the text of a kind is made of, by our own names.

    Its pieces are macros in `_pieces.html` and `_pieces.txt` beside its templates, and
    `shipped_text.txt` there writes down the text that Pluim brings.
    """

    values: Mapping[str, Value]
    pieces: tuple[str, ...]
    needed: frozenset[str]
    conditions: Mapping[str, Callable[[Context], Any]] = field(default_factory=dict)


OWN_TEXT = "_own_text"
"""Where the templates are that say an organisation's text instead of ours."""


@dataclass(frozen=True)
class Told:
    """What stands for a fact in one mail, and how it is written."""

    shape: Shape
    what: Any


def said(text: Text, kind: Kind, context: Context) -> dict[str, object]:
    """What `OWN_TEXT` says of a text in one mail: its blocks whose condition holds.

    Raises `CannotRender` for a text that speaks of what this kind of mail does not know, and for
    one that was kept when mail programs were still allowed to make links of it.
    """
    editable = EDITABLE.get(kind)
    if editable is None or not _is_known(text, editable) or _is_linked_alone(text):
        raise CannotRender(f"{kind}: a text that does not fit")
    blocks = tuple(
        block
        for block in text.blocks
        if not block.when or bool(editable.conditions[block.when](context)) != block.unless
    )
    named = {part.fact for part in _parts(text.subject_parts, blocks) if part.fact}
    return {
        "kind": kind.value,
        "said_subject": text.subject_parts,
        "said": blocks,
        "values": {
            name: Told(value.shape, value.of(context))
            for name, value in editable.values.items()
            if name in named
        },
    }


def _parts(subject: tuple[Part, ...], blocks: tuple[Block, ...]) -> Iterator[Part]:
    yield from subject
    yield from (part for block in blocks for line in block.lines for part in line)


def _is_known(text: Text, editable: Editable) -> bool:
    """Whether a text that was stored names only what there is, and says what it must."""
    parts = _parts(text.subject_parts, text.blocks)
    pieces = {block.piece for block in text.blocks if block.piece}
    always = {block.piece for block in text.blocks if not block.when}
    return (
        {part.fact for part in parts if part.fact} <= editable.values.keys()
        and pieces <= set(editable.pieces)
        and editable.needed <= always
        and {block.when for block in text.blocks if block.when} <= editable.conditions.keys()
    )


def _is_linked_alone(text: Text) -> bool:
    lines = (line for block in text.blocks for line in block.lines)
    return any(map(is_linked_alone, (text.subject_parts, *lines)))


_PARTNERSHIP = {"partnership": Value("plain", lambda told: told["frame"].partnership)}
_NOMINATOR = {"nominator": Value("person", lambda told: told["facts"].nominator)}
_REFERENCE = {"reference": Value("plain", lambda told: told["facts"].reference, in_subject=9)}

EDITABLE: Mapping[Kind, Editable] = {
    Kind.NOMINATION_RECEIPT: Editable(
        values={
            "honourees": Value("people", lambda told: told["facts"].honourees),
            "day": Value("date", lambda told: told["read_by"], in_subject=26),
            **_REFERENCE,
            **_PARTNERSHIP,
        },
        pieces=("greeting", "words", "why", "button"),
        needed=frozenset({"words", "why", "button"}),
        conditions={"several": lambda told: len(told["facts"].honourees) > 1},
    ),
    Kind.THANKS: Editable(
        values={
            **_NOMINATOR,
            "day": Value("date", lambda told: told["submitted_on"], in_subject=26),
            "organisation": Value("person", lambda told: told["facts"].organisation),
            "others": Value("people", lambda told: told["facts"].other_honourees),
            **_PARTNERSHIP,
        },
        pieces=("words", "why", "signature", "greeting", "citation", "button", "notice"),
        needed=frozenset({"words", "why", "signature", "button", "notice"}),
        conditions={
            "organisation": lambda told: told["facts"].organisation,
            "others": lambda told: told["facts"].other_honourees,
            "wall": lambda told: told["may_be_shown"],
        },
    ),
    Kind.THANKS_BACK: Editable(
        values={
            "honouree": Value("person", lambda told: told["facts"].honouree),
            **_REFERENCE,
            **_PARTNERSHIP,
        },
        pieces=("words", "signature", "greeting", "button"),
        needed=frozenset({"words", "signature", "button"}),
    ),
    Kind.CONSENT_REMINDER: Editable(
        values={**_NOMINATOR, **_PARTNERSHIP},
        pieces=("words", "signature", "greeting", "button"),
        needed=frozenset({"words", "signature", "button"}),
    ),
    Kind.FOLLOW_UP: Editable(
        values={**_NOMINATOR, **_PARTNERSHIP},
        pieces=("greeting", "words", "button"),
        needed=frozenset({"words", "button"}),
        conditions={"thanked": lambda told: told["facts"].nominator},
    ),
    Kind.GATHERING_INVITE: Editable(
        values={
            "title": Value("plain", lambda told: told["facts"].title),
            "day": Value("day", lambda told: told["starts"], in_subject=21),
            "hosts": Value("people", lambda told: told["facts"].hosts),
            **_PARTNERSHIP,
        },
        pieces=("greeting", "words", "details", "button"),
        needed=frozenset({"words", "details", "button"}),
        conditions={"series": lambda told: told["when"].pattern},
    ),
}
"""A text for each, which says the same thing to everybody.

The others say what only the moment knows (what changed, whether there is a seat), carry words that
a coordinator wrote for this one reader, or keep the desk safe.
"""


def vocabulary(kind: Kind, language: Language, *, hosts: frozenset[str]) -> Vocabulary:
    """What may stand in a text of this kind, in the words of its language."""
    editable, typed = EDITABLE[kind], typed_names(language)
    return Vocabulary(
        facts={typed[name]: name for name in editable.values},
        pieces={typed[name]: name for name in editable.pieces},
        conditions={typed[name]: name for name in editable.conditions},
        needed=editable.needed,
        subject_facts={
            name: value.in_subject for name, value in editable.values.items() if value.in_subject
        },
        when=typed["when"],
        unless=typed["unless"],
        end=typed["end"],
        hosts=hosts,
    )


@dataclass(frozen=True)
class NamedRow:
    """One thing that may stand in double brackets: what it is, and what it is called where.

    `sort` is `piece`, `fact` or `condition`; `needed` that a text must have it.
    """

    name: str
    sort: str
    typed: Mapping[str, str]
    needed: bool
    in_subject: bool


def glossary(kind: Kind) -> tuple[NamedRow, ...]:
    """Everything that may stand in double brackets in a text of this kind."""
    editable = EDITABLE[kind]
    typed = {language.value: typed_names(language) for language in Language}

    def row(name: str, sort: str) -> NamedRow:
        shown = {language: names[name] for language, names in typed.items()}
        if sort == "condition":
            shown = {language: f"{typed[language]['when']} {shown[language]}" for language in shown}
        value = editable.values.get(name)
        in_subject = sort == "fact" and value is not None and value.in_subject > 0
        return NamedRow(name, sort, shown, name in editable.needed, in_subject)

    return (
        *(row(name, "piece") for name in editable.pieces),
        *(row(name, "fact") for name in editable.values),
        *(row(name, "condition") for name in editable.conditions),
    )


def shipped_text(kind: Kind, language: Language) -> tuple[str, str]:
    """The subject and the body that Pluim brings, as an organisation would type them."""
    typed = typed_names(language)
    written = (
        environment(language).get_template(f"mail/{kind}/shipped_text.txt").render(named=typed)
    )
    subject, _, body = written.strip().partition("\n")
    return subject.strip(), body.strip()


def typed_names(language: Language) -> Mapping[str, str]:
    """What everything in double brackets is called in a language, by our own names."""
    pgettext = translate(language).pgettext
    return {
        "when": pgettext("mail text", "if"),
        "unless": pgettext("mail text", "if not"),
        "end": pgettext("mail text", "end"),
        "greeting": pgettext("mail text", "greeting"),
        "words": pgettext("mail text", "words"),
        "why": pgettext("mail text", "why"),
        "signature": pgettext("mail text", "signature"),
        "citation": pgettext("mail text", "citation"),
        "button": pgettext("mail text", "button"),
        "notice": pgettext("mail text", "your data"),
        "details": pgettext("mail text", "when and where"),
        "nominator": pgettext("mail text", "giver"),
        "honouree": pgettext("mail text", "receiver"),
        "honourees": pgettext("mail text", "receivers"),
        "others": pgettext("mail text", "others"),
        "organisation": pgettext("mail text", "organisation"),
        "partnership": pgettext("mail text", "partnership"),
        "reference": pgettext("mail text", "reference"),
        "title": pgettext("mail text", "title"),
        "hosts": pgettext("mail text", "hosts"),
        "day": pgettext("mail text", "day"),
        "several": pgettext("mail text", "several receivers"),
        "wall": pgettext("mail text", "wall"),
        "thanked": pgettext("mail text", "thanked"),
        "series": pgettext("mail text", "series"),
    }
