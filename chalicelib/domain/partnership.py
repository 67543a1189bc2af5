"""Two sides who work together: their parties and their settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from chalicelib.domain.mail_text import SHIPPED, Publication
from chalicelib.domain.message import Message
from chalicelib.domain.people import EmailAddress, Language, Side, name_key
from chalicelib.domain.schedule import QuietHours, Schedule

RESERVED_SLUGS = frozenset({"en", "static", "_local"})
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class NotASlug(ValueError):
    """A partnership's short name must be 1 to 40 of `a-z`, `0-9` and `-`, and not reserved."""


class UnknownParty(LookupError):
    """No party of this partnership has that id."""


@dataclass(frozen=True)
class Party:
    """A collective or a public organisation, on one side."""

    id: str
    name: str
    side: Side


@dataclass(frozen=True)
class Contact:
    """Whom people can turn to with a question: shown at the foot of pages and mails."""

    name: str
    telephone: str = ""
    address: EmailAddress | None = None


@dataclass(frozen=True)
class Controller:
    """Who answers for the personal data (GDPR articles 13, 14 and 26).

    `legal_ground` is a sentence in Dutch, and `legal_ground_en` says the same in English.
    """

    name: str
    postal_address: str
    address: EmailAddress | None = None
    protection_officer: str = ""
    legal_ground: str = ""
    legal_ground_en: str = ""

    @property
    def legal_grounds(self) -> dict[str, str]:
        """The legal ground by the language of who reads it; untranslated rather than another."""
        by_language = {language.value: self.legal_ground for language in Language}
        return by_language | {Language.ENGLISH.value: self.legal_ground_en or self.legal_ground}


class ReviewSetting(StrEnum):
    """Which thank-yous a coordinator reads before they go on: all, or those of people whom we do
    not know; whoever is on the people list is trusted then.
    """

    ALWAYS = "always"
    TRUSTED = "trusted"


@dataclass(frozen=True)
class Settings:
    """What a partnership may choose; every value has a sensible default.

    `codes_a_quarter` and `codes_a_day` are how many codes to sign in one address may ask for, in 15
    minutes and in a day. `strangers_an_hour` is how many mails that nobody approved leave to
    strangers.
    `forms_per_network` is how many forms people who share a network may send in ten minutes without
    signing in. `puzzle` is how many numbers a browser may have to try before it sends a thank-you;
    0 asks nothing. `digest_weekday` is 1 (Monday) to 5 (Friday). Coordinators' daily mails are
    looked at in the digest's hour too. `since` is the ISO date on which the sides began to work
    together. `link_hosts` are the hosts that texts of their own may link to, with commas between
    them.
    """

    product: str = "Pluim"
    time_zone: str = "Europe/Amsterdam"
    language: Language = Language.DUTCH
    review: ReviewSetting = ReviewSetting.ALWAYS
    response_days: int = 7
    undo_minutes: int = 10
    least_seconds: int = 3
    mails_a_day: int = 10
    codes_a_quarter: int = 3
    codes_a_day: int = 10
    strangers_an_hour: int = 20
    nominations_a_day: int = 5
    forms_per_network: int = 30
    puzzle: int = 0
    digest_weekday: int = 1
    digest_hour: int = 9
    quiet_from: int = 20
    quiet_until: int = 8
    consent_reminder_days: int = 14
    since: str = ""
    link_hosts: str = ""

    @property
    def trusts(self) -> bool:
        """Whether thank-yous of people on the people list go on unread."""
        return self.review is ReviewSetting.TRUSTED

    @property
    def linkable(self) -> frozenset[str]:
        """The hosts that texts of their own may link to."""
        return frozenset(filter(None, self.link_hosts.lower().replace(",", " ").split()))

    @property
    def quiet(self) -> QuietHours:
        """When mail that can wait, waits."""
        return QuietHours(self.quiet_from, self.quiet_until)

    @property
    def digest(self) -> Schedule:
        """When coordinators hear what waits for them."""
        return Schedule(self.digest_hour, self.digest_weekday, patience=timedelta(days=4))

    @property
    def daily(self) -> Schedule:
        """When it is looked whether coordinators must know something today."""
        return Schedule(self.digest_hour)

    @property
    def began_on(self) -> date | None:
        """When the sides began to work together, if that is known."""
        return date.fromisoformat(self.since) if self.since else None


@dataclass(frozen=True)
class Partnership:
    """The tenant: every row belongs to exactly one partnership.

    `slug` is its name in addresses (`/{slug}/bedank`) and never changes. `texts_in_use` tells by
    kind of mail which text of its own that is; where it names none, mail says what Pluim brings.
    """

    slug: str
    name: str
    contact: Contact
    controller: Controller
    parties: tuple[Party, ...] = ()
    settings: Settings = field(default_factory=Settings)
    version: int = 0
    texts_in_use: Mapping[str, Publication] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug) or self.slug in RESERVED_SLUGS:
            raise NotASlug(self.slug)

    def party(self, party_id: str) -> Party:
        """The party with this id; raises `UnknownParty`."""
        for party in self.parties:
            if party.id == party_id:
                return party
        raise UnknownParty(party_id)

    def in_use(self, kind: str) -> int:
        """The number of the text that this kind of mail is promised in now."""
        publication = self.texts_in_use.get(kind)
        return publication.number if publication else SHIPPED

    def in_its_text(self, message: Message) -> Message:
        """A message that is promised in the text that is in use now, whatever comes after."""
        return replace(message, text_number=self.in_use(message.kind.value))

    def with_text(self, kind: str, publication: Publication) -> Partnership:
        """The same partnership, with another text of this kind in use."""
        return replace(self, texts_in_use={**self.texts_in_use, kind: publication})

    @property
    def sides_are_parties(self) -> bool:
        """Whether each side is one party, so that whoever names the side has named the party."""
        return sorted(party.side for party in self.parties) == [Side.CITIZENS, Side.PROFESSIONALS]

    def party_named(self, name: str) -> Party | None:
        """The party with this name, whatever its case and accents, or None."""
        wanted = name_key(name)
        return next((party for party in self.parties if name_key(party.name) == wanted), None)

    def with_party(self, party: Party) -> Partnership:
        """The same partnership with this party added, or replaced where its id is known."""
        by_id = {known.id: known for known in self.parties} | {party.id: party}
        return replace(self, parties=tuple(by_id.values()))

    def with_settings(self, settings: Settings) -> Partnership:
        """The same partnership under other settings."""
        return replace(self, settings=settings)
