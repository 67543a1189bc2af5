"""What is too long for a mail: it says the beginning, and leads to all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TypeVar

MAX_HTML_BYTES = 80_000
"""Gmail cuts off what is beyond 102 KB, and with it the link that stops a kind of mail."""

_LENGTHS = (5_000, 2_000, 1_000, 500, 250, 125)
"""The most characters of one text, tried in this order: a paragraph of one letter weighs much."""

AnyFacts = TypeVar("AnyFacts")


def ever_shorter(facts: AnyFacts) -> Iterator[AnyFacts]:
    """The facts themselves unless a text in them is very long, then with their texts cut ever more.

    What is the same as before is not given again.
    """
    before = None
    for length in _LENGTHS:
        shorter = _with_texts_of(facts, length)
        if shorter != before:
            yield shorter
        before = shorter


def _with_texts_of(facts: AnyFacts, length: int) -> AnyFacts:
    texts = {fact.name: getattr(facts, fact.name) for fact in fields(facts)}  # type: ignore[arg-type]
    cut = {
        name: _cut(text, length)
        for name, text in texts.items()
        if isinstance(text, str) and len(text) > length
    }
    return replace(facts, **cut) if cut else facts  # type: ignore[type-var]


def _cut(text: str, length: int) -> str:
    """The beginning of a text, up to a space if there is one near, and a sign that it goes on."""
    kept = text[: length - 1]
    words = kept.rsplit(maxsplit=1)[0]
    return f"{words if len(words) > length // 2 else kept}…"
