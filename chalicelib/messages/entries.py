"""What one kind of mail needs, and who words it: a line of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Generic, TypeVar, get_type_hints

from chalicelib.domain.mail_text import Text
from chalicelib.domain.message import Kind, Message, Urgency
from chalicelib.messages.drafts import Draft, Email, Facts, Frame
from chalicelib.messages.rendering import CannotRender

STOP_URL = "stop_url"
"""The name of the link that stops a kind of mail; a mail without one does not speak of stopping."""

_WHOLE_URL = "whole_url"
"""Where all of a mail is to be read that was too long to send: the first page that it leads to."""

AnyFacts = TypeVar("AnyFacts", bound=Facts)


@dataclass(frozen=True)
class Entry(Generic[AnyFacts]):
    """One kind of mail: the facts and links it needs, and the function that finds its words.

    `stops` is which kind its reader may stop with it; None for what follows an own act or a duty.
    `for_coordinators` tells that nobody else gets it, so that nobody else is asked about it.
    """

    facts_type: type[AnyFacts]
    words: Callable[[AnyFacts, Draft], Email]
    links: tuple[str, ...]
    stops: Kind | None
    urgency: Urgency = Urgency.ORDINARY
    for_coordinators: bool = False

    def render(
        self,
        message: Message,
        *,
        frame: Frame,
        links: Mapping[str, str],
        own_text: Text | None = None,
    ) -> Email:
        """Check everything, then find the words; raises `CannotRender`."""
        facts = _rebuilt(self.facts_type, message)
        missing = [name for name in self.links if not links.get(name)]
        if missing:
            raise CannotRender(f"{message.kind}: no link {', '.join(missing)}")
        needed = {name: links[name] for name in self.links}
        needed[_WHOLE_URL] = next((needed[name] for name in needed if name.endswith("_url")), "")
        needed[STOP_URL] = links.get(STOP_URL, "") if self.stops else ""
        try:
            return self.words(facts, Draft(message, frame, needed, own_text))
        except ValueError as error:
            raise CannotRender(f"{message.kind}: unreadable fact") from error


def _rebuilt(facts_type: type[AnyFacts], message: Message) -> AnyFacts:
    """The facts of a row; one written before a fact with a default was added has it not."""
    hints = get_type_hints(facts_type)
    stored: Any = message.facts
    needed = {
        fact.name
        for fact in fields(facts_type)
        if fact.default is MISSING and fact.default_factory is MISSING
    }
    wrong = (needed - stored.keys()) | (stored.keys() - hints.keys())
    wrong |= {name for name in stored.keys() & hints.keys() if not _fits(stored[name], hints[name])}
    if wrong:
        raise CannotRender(f"{message.kind}: wrong facts {', '.join(sorted(wrong))}")
    return facts_type(**stored)


def _fits(value: object, hint: object) -> bool:
    if hint == list[str]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if hint == dict[str, str]:
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    return type(value) is hint
