"""What somebody wants to be mailed, and in which language, kept without their address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language


class NotAStopLink(ValueError):
    """No link to stop mail has this subject."""


@dataclass(frozen=True)
class Preferences:
    """Which kinds of mail one address stopped in one partnership, and the language it asked for.

    `address_key` is a keyed digest of the address, so that this also works for people on no list.
    `stopped` holds the values of kinds, also of those that only newer code knows. `language` is
    None for whoever did not choose one here, or is on the people list, which knows it then.
    """

    partnership: str
    address_key: str
    stopped: frozenset[str] = frozenset()
    language: Language | None = None
    version: int = 0

    def stops(self, kind: Kind) -> bool:
        """Whether this kind of mail was stopped."""
        return kind.value in self.stopped

    def without(self, kind: Kind) -> Preferences:
        """The same, with this kind of mail stopped too."""
        return replace(self, stopped=self.stopped | {kind.value})

    def chosen(self, wanted: Iterable[Kind], *, among: Iterable[Kind]) -> Preferences:
        """The same, where of `among` only the wanted kinds come; all others stay as they are."""
        asked = {kind.value for kind in among}
        refused = asked - {kind.value for kind in wanted}
        return replace(self, stopped=self.stopped - asked | refused)


@dataclass(frozen=True)
class StopLink:
    """What the link at the foot of a mail is about: whose mail, and which kind it stops.

    `person` is who had the address on the people list when the mail left, or empty.
    """

    address_key: str
    kind: Kind
    person: str = ""

    @property
    def subject(self) -> str:
        """As a token's subject."""
        return f"{self.address_key}/{self.kind}/{self.person}"

    @classmethod
    def of_subject(cls, subject: str) -> StopLink:
        """The link with this subject. Raises `NotAStopLink`, also for a kind that is gone."""
        address_key, _, rest = subject.partition("/")
        kind, _, person = rest.partition("/")
        if not address_key or kind not in set(Kind):
            raise NotAStopLink
        return cls(address_key, Kind(kind), person)
