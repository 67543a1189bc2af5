"""Stopping: the link at the foot of a mail stops that kind, for people on a list and on none."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.domain.access import UNSUBSCRIBE_LIVES, Purpose, Token, token_digest
from chalicelib.domain.message import Kind, Message
from chalicelib.domain.people import Language, Person
from chalicelib.domain.preferences import NotAStopLink, Preferences, StopLink
from chalicelib.messages import emails
from chalicelib.ports import NotFound, Signature, World
from chalicelib.use_cases.retrying import until_saved

_MAX_LINK = 1000
_SEPARATOR = "/"


def stop_token(world: World, message: Message, *, now: datetime) -> str:
    """The token of the link that stops this kind of mail; empty when it cannot be stopped.

    It needs no row: all that it opens is signed. It holds a keyed digest of the address, never
    the address.
    """
    stops = emails.stops(message.kind)
    if stops is None:
        return ""
    person = world.store.person_by_address(message.partnership, message.recipient)
    link = StopLink(
        world.secrets.address_key(message.recipient), stops, person.id if person else ""
    )
    return _signed(world, message.partnership, link, expires_at=now + UNSUBSCRIBE_LIVES)


def open_link(world: World, *, partnership: str, text: str) -> Token:
    """The private link that a signed token stands for, in the partnership that it was made for.

    Raises `NotFound` for anything that we did not sign as it is.
    """
    key, digest, expires, subject = _taken_apart(text)
    if not world.secrets.signed(Signature(key, digest), *_said(partnership, expires, subject)):
        raise NotFound
    try:
        StopLink.of_subject(subject)
    except NotAStopLink:
        raise NotFound from None
    return Token(
        partnership=partnership,
        digest=token_digest(text),
        purpose=Purpose.UNSUBSCRIBE,
        subject=subject,
        expires_at=datetime.fromtimestamp(int(expires), tz=UTC),
    )


def stop(world: World, *, partnership: str, link: StopLink) -> Preferences:
    """Stop the kind of mail that a link is about; stopping it twice changes nothing."""

    def change() -> Preferences:
        known = world.store.preferences(partnership, link.address_key)
        stopped = known.without(link.kind)
        if stopped != known:
            world.save(stopped)
        return stopped

    return until_saved(change)


def choose(
    world: World,
    *,
    partnership: str,
    link: StopLink,
    wanted: Iterable[Kind],
    shown: Iterable[Kind],
    language: Language | None,
) -> Preferences:
    """Keep which of the kinds `shown` somebody wants, and the language in which.

    That of who is on the people list is kept there, where coordinators see it.
    """
    wanted, shown = frozenset(wanted), frozenset(shown)

    def change() -> Preferences:
        known = world.store.preferences(partnership, link.address_key)
        person = reader(world, partnership=partnership, link=link)
        here = None if person else language or known.language
        chosen = replace(known.chosen(wanted, among=shown), language=here)
        facts: list[Preferences | Person] = [] if chosen == known else [chosen]
        if person and language and person.language is not language:
            facts.append(replace(person, language=language))
        world.save(*facts)
        return chosen

    return until_saved(change)


def reader(world: World, *, partnership: str, link: StopLink) -> Person | None:
    """Who on the people list has the address that a link was mailed to, still."""
    if not link.person:
        return None
    try:
        person = world.store.person(partnership, link.person)
    except NotFound:
        return None
    own = person.address and world.secrets.address_key(person.address) == link.address_key
    return person if own else None


def in_its_language(world: World, message: Message) -> Message:
    """The same mail, in the language that its reader asked for meanwhile.

    An answer to what somebody does is in the language in which they did it.
    """
    if emails.stops(message.kind) is None:
        return message
    key = world.secrets.address_key(message.recipient)
    asked = world.store.preferences(message.partnership, key).language
    return replace(message, language=asked) if asked else message


def _signed(world: World, partnership: str, link: StopLink, *, expires_at: datetime) -> str:
    expires = str(int(expires_at.timestamp()))
    signature = world.secrets.sign(*_said(partnership, expires, link.subject))
    parts = (signature.key, signature.digest, expires, link.subject)
    return _as_token(_SEPARATOR.join(parts).encode())


def _said(partnership: str, expires: str, subject: str) -> tuple[str, ...]:
    """What is signed: a token of one purpose and partnership is of no use for another."""
    return Purpose.UNSUBSCRIBE.value, partnership, expires, subject


def _taken_apart(text: str) -> tuple[str, str, str, str]:
    """Key, digest, expiry and subject, of the only spelling that a token has."""
    try:
        data = base64.urlsafe_b64decode(text[:_MAX_LINK] + "=" * (-len(text) % 4))
        key, digest, expires, subject = data.decode().split(_SEPARATOR, maxsplit=3)
    except (binascii.Error, ValueError):
        raise NotFound from None
    if _as_token(data) != text:
        raise NotFound
    return key, digest, expires, subject


def _as_token(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
