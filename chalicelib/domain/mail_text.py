"""The text of a kind of mail that an organisation wrote itself, version by version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

SHIPPED = 0
"""The number of the text that Pluim brings itself; it is no row."""


class CannotPublishOwn(Exception):
    """Somebody else than its writer publishes a text."""


class Form(StrEnum):
    """What a block of a text is."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    PIECE = "piece"


@dataclass(frozen=True)
class Part:
    """A run of words as typed; a link with them as its label; or the name of a fact to fill in."""

    text: str = ""
    url: str = ""
    fact: str = ""


@dataclass(frozen=True)
class Block:
    """One block of a text: its lines, or the `piece` that stands here.

    It is said only when the condition `when` holds, or with `unless` only when it does not.
    """

    form: Form
    lines: tuple[tuple[Part, ...], ...] = ()
    piece: str = ""
    when: str = ""
    unless: bool = False


@dataclass(frozen=True)
class Text:
    """A text in one language: as it was typed, and as it was understood."""

    subject: str
    body: str
    subject_parts: tuple[Part, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Publication:
    """That somebody put the version with this number into use."""

    number: int
    by: str
    at: datetime


@dataclass(frozen=True)
class MailText:
    """One version of the text of a kind of mail, in every language.

    It never changes; only what was done with it is added. Persons are named by their ids.
    """

    partnership: str
    kind: str
    number: int
    texts: Mapping[str, Text]
    written_by: str
    written_at: datetime
    publications: tuple[Publication, ...] = ()
    version: int = 0

    def may_be_published_by(self, person: str) -> bool:
        """Whether this coordinator may put it into use: a second pair of eyes, always."""
        return person != self.written_by

    def published(self, *, by: str, now: datetime) -> MailText:
        """The same version, put into use once more; raises `CannotPublishOwn`."""
        if not self.may_be_published_by(by):
            raise CannotPublishOwn
        return replace(self, publications=(*self.publications, Publication(self.number, by, now)))
