"""Writing: a coordinator writes a mail's text, another publishes it, it is sent as promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.compiling import Problem, compile_body, compile_subject
from chalicelib.domain.mail_text import SHIPPED, MailText, Publication, Text
from chalicelib.domain.message import Kind, Message
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Language, Person
from chalicelib.messages.links import Links
from chalicelib.messages.mail_texts import EDITABLE, shipped_text, vocabulary
from chalicelib.messages.rendering import CannotRender
from chalicelib.ports import NotFound, World
from chalicelib.use_cases.retrying import until_saved


@dataclass(frozen=True)
class Typed:
    """What somebody typed for one language."""

    subject: str
    body: str


@dataclass(frozen=True)
class Place:
    """A text among others: one field of one language."""

    language: Language
    is_subject: bool


class CannotUnderstand(Exception):
    """A text is not in the language that we understand; tells where, for each of its fields."""

    def __init__(self, problems: Mapping[Place, tuple[Problem, ...]]) -> None:
        super().__init__(len(problems))
        self.problems = problems


class WrittenMeanwhile(Exception):
    """The version that its writer saw is not the newest; None when there is no version at all."""

    def __init__(self, newest: MailText | None) -> None:
        super().__init__(newest.number if newest else 0)
        self.newest = newest


class PublishedMeanwhile(Exception):
    """Somebody else put another text into use."""


FITS_NO_MORE = (CannotRender, KeyError, ValueError)
"""What goes wrong with a text that was kept when a mail could still be made of it."""


Made = TypeVar("Made")


@dataclass(frozen=True)
class InItsText(Generic[Made]):
    """What was made of a mail; `as_promised` is False when its text failed, and ours stands."""

    made: Made
    as_promised: bool


def in_its_text(
    world: World, message: Message, make: Callable[[Text | None], Made]
) -> InItsText[Made]:
    """Make something of a mail in the text that it was promised in, or else in Pluim's own, None.

    Raises what `make` raises when that fails too.
    """
    failed = False
    if message.text_number != SHIPPED:
        try:
            return InItsText(make(_own_text_of(world, message)), True)
        except (NotFound, *FITS_NO_MORE):
            failed = True
    return InItsText(make(None), not failed)


def _own_text_of(world: World, message: Message) -> Text:
    kept = world.store.mail_text(message.partnership, message.kind.value, message.text_number)
    return kept.texts[message.language.value]


def editable(kind: str) -> Kind:
    """The kind of mail with this name, if an organisation may write its text; raises `NotFound`."""
    for known in EDITABLE:
        if known.value == kind:
            return known
    raise NotFound(kind)


def may_link_to(partnership: Partnership, links: Links) -> frozenset[str]:
    """The hosts that its texts may link to: our own, and those it was set up with."""
    return partnership.settings.linkable | {links.host}


def typed_in(text: MailText | None, kind: Kind) -> Mapping[Language, Typed]:
    """What was typed for a version, or would be for the text that Pluim brings."""
    if text is None:
        return {language: Typed(*shipped_text(kind, language)) for language in Language}
    kept = {language: text.texts[language.value] for language in Language}
    return {language: Typed(text.subject, text.body) for language, text in kept.items()}


def understand(
    kind: Kind, typed: Mapping[Language, Typed], *, hosts: frozenset[str]
) -> Mapping[str, Text]:
    """What these texts mean; raises `CannotUnderstand`."""
    problems: dict[Place, tuple[Problem, ...]] = {}
    texts = {}
    for language in Language:
        words, text = vocabulary(kind, language, hosts=hosts), typed[language]
        subject, body = compile_subject(text.subject, words), compile_body(text.body, words)
        if subject.problems:
            problems[Place(language, is_subject=True)] = subject.problems
        if body.problems:
            problems[Place(language, is_subject=False)] = body.problems
        texts[language.value] = Text(text.subject, text.body, subject.parts, body.blocks)
    if problems:
        raise CannotUnderstand(problems)
    return texts


def keep(
    world: World,
    *,
    partnership: Partnership,
    kind: Kind,
    texts: Mapping[str, Text],
    seen: int,
    writer: Person,
    now: datetime,
) -> MailText:
    """Keep a new version after the newest that its writer saw; sending it twice keeps one.

    It is not in use before somebody else publishes it. Raises `WrittenMeanwhile` for anything but
    the number of the newest one, or 0 when there is none.
    """

    def change() -> MailText:
        newest = newest_version(world, partnership, kind)
        made = MailText(partnership.slug, kind.value, seen + 1, texts, writer.id, now)
        if newest is not None and _is_same(newest, made):
            return newest
        if seen != (newest.number if newest else 0):
            raise WrittenMeanwhile(newest)
        world.save(made)
        return made

    return until_saved(change)


def _is_same(kept: MailText, made: MailText) -> bool:
    """Whether somebody sends once more what they kept."""
    return (kept.number, kept.texts, kept.written_by) == (made.number, made.texts, made.written_by)


def newest_version(world: World, partnership: Partnership, kind: Kind) -> MailText | None:
    """The version that was written last, if there is any."""
    return next(iter(world.store.mail_texts(partnership.slug, kind.value, limit=1).items), None)


def publish(
    world: World,
    *,
    partnership: Partnership,
    kind: Kind,
    number: int,
    seen: int,
    publisher: Person,
    links: Links,
    now: datetime,
) -> None:
    """Put a version into use, an older one or `SHIPPED` too; mail already promised keeps its own.

    `seen` is the number that was in use when its publisher looked. Raises `CannotPublishOwn`,
    `PublishedMeanwhile`, `CannotUnderstand` for what was allowed when it was kept, and, for a
    version that there is not, `NotFound`.
    """

    def change() -> None:
        newest = world.store.partnership(partnership.slug)
        if newest.in_use(kind.value) == number:
            return
        if newest.in_use(kind.value) != seen:
            raise PublishedMeanwhile
        if number == SHIPPED:
            publication = Publication(SHIPPED, publisher.id, now)
            world.save(newest.with_text(kind.value, publication))
            return
        text = world.store.mail_text(partnership.slug, kind.value, number)
        understand(kind, typed_in(text, kind), hosts=may_link_to(newest, links))
        published = text.published(by=publisher.id, now=now)
        world.save(published, newest.with_text(kind.value, published.publications[-1]))

    until_saved(change)


@dataclass(frozen=True)
class VersionRow:
    """One version in a list: who wrote it when, and who put it into use last, in local times."""

    number: int
    writer: str
    written_at: datetime
    publisher: str
    published_at: datetime | None
    in_use: bool
    may_publish: bool


@dataclass(frozen=True)
class Versions:
    """The text of a kind of mail as it stands: which version is in use, and the others."""

    in_use: int
    rows: tuple[VersionRow, ...]
    next: str


def versions(
    world: World, *, partnership: Partnership, kind: Kind, reader: Person, after: str = ""
) -> Versions:
    """The newest versions of the text of a kind of mail."""
    page = world.store.mail_texts(partnership.slug, kind.value, after=after)
    names = _names(world, partnership, page.items)
    rows = tuple(_row(one, partnership, names, reader=reader) for one in page.items)
    return Versions(partnership.in_use(kind.value), rows, page.next)


def version(
    world: World, *, partnership: Partnership, kind: Kind, reader: Person, number: int
) -> VersionRow:
    """One version of the text of a kind of mail; raises `NotFound`."""
    text = world.store.mail_text(partnership.slug, kind.value, number)
    names = _names(world, partnership, (text,))
    return _row(text, partnership, names, reader=reader)


def _row(
    text: MailText, partnership: Partnership, names: Mapping[str, str], *, reader: Person
) -> VersionRow:
    last = text.publications[-1] if text.publications else None
    in_use = text.number == partnership.in_use(text.kind)
    zone = partnership.settings.time_zone
    return VersionRow(
        number=text.number,
        writer=names[text.written_by],
        written_at=local_time(text.written_at, time_zone=zone),
        publisher=names[last.by] if last else "",
        published_at=local_time(last.at, time_zone=zone) if last else None,
        in_use=in_use,
        may_publish=not in_use and text.may_be_published_by(reader.id),
    )


def _names(world: World, partnership: Partnership, kept: tuple[MailText, ...]) -> Mapping[str, str]:
    """What those who wrote and published are called; who is gone has no name any more."""
    people = {one.written_by for one in kept}
    people |= {one.publications[-1].by for one in kept if one.publications}
    return {person: _name(world, partnership, person) for person in people}


def _name(world: World, partnership: Partnership, person: str) -> str:
    try:
        return world.store.person(partnership.slug, person).name
    except NotFound:
        return ""
