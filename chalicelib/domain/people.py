"""Who takes part: a person, their side, the addresses we write to."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

EmailAddress = NewType("EmailAddress", str)
"""An address that passed `messages.addresses.parse_address`: one mailbox, ready to write to."""

MIN_NAME_LENGTH = 2
MAX_NAME_LENGTH = 120


class Side(StrEnum):
    """The side of a partnership that a person or party is on."""

    CITIZENS = "citizens"
    PROFESSIONALS = "professionals"
    UNKNOWN = "unknown"


class Language(StrEnum):
    """A language that Pluim speaks; Dutch is the default."""

    DUTCH = "nl"
    ENGLISH = "en"


class Role(StrEnum):
    """What somebody on the people list may do beyond being thanked."""

    COORDINATOR = "coordinator"


@dataclass(frozen=True)
class Person:
    """Somebody on a partnership's people list.

    `first_thanked_at` is when the first thanks by mail left for them; None until then.
    """

    partnership: str
    id: str
    name: str
    address: EmailAddress | None
    side: Side
    party: str = ""
    language: Language = Language.DUTCH
    roles: frozenset[Role] = frozenset()
    first_thanked_at: datetime | None = None
    version: int = 0

    @property
    def coordinates(self) -> bool:
        """Whether this person may sign in at the coordinators' desk."""
        return Role.COORDINATOR in self.roles

    def with_role(self, role: Role) -> Person:
        """The same person, who may also do what `role` allows."""
        return replace(self, roles=self.roles | {role})


def same_address(one: str | None, other: str | None) -> bool:
    """Whether two addresses reach one mailbox; no address equals nothing."""
    return bool(one and other) and canonical_address(str(one)) == canonical_address(str(other))


def canonical_address(address: str) -> str:
    """The form of an address for counting and recognising, never for writing to.

    Lower case, without quotes and `+tag` in the local part, the domain in its ASCII form (IDNA
    2008, as UTS 46 reads what people type) and without a trailing dot, so that one mailbox counts
    once. Mail goes to the address as typed.
    """
    local, _, domain = address.strip().lower().rpartition("@")
    bare = local.strip('"')
    return f"{bare.partition('+')[0] or bare}@{_ascii_domain(domain).rstrip('.')}"


def name_key(name: str) -> str:
    """A name as lists sort it: without case, accents and superfluous spaces."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    # Imported here because nearly all domains are plain. Not Python's own codec: by its rules of
    # 2003 straße.de is strasse.de, which is somebody else's.
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain
