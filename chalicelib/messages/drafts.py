"""A mail on its way from facts to words, and what stands around the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.mail_text import Text
from chalicelib.domain.message import Message
from chalicelib.domain.partnership import Partnership
from chalicelib.messages.mail_texts import OWN_TEXT, said
from chalicelib.messages.mime import CalendarPart
from chalicelib.messages.rendering import CannotRender, MailWords, defanged, render_mail
from chalicelib.messages.shortening import MAX_HTML_BYTES, ever_shorter


@dataclass(frozen=True)
class Facts:
    """What a message row keeps for its templates, each kind its own: `dataclasses.asdict` of it."""


@dataclass(frozen=True)
class Frame:
    """What stands around the words of every mail of one partnership.

    `rsvp_domain` receives the answers of calendar programs. An empty string is something the
    partnership does not have.
    """

    product: str
    partnership: str
    rsvp_domain: str
    sender_name: str
    contact_name: str
    contact_telephone: str
    contact_address: str
    controller_name: str
    controller_postal_address: str
    controller_address: str
    protection_officer: str
    legal_grounds: Mapping[str, str]

    @classmethod
    def of_partnership(cls, partnership: Partnership, *, rsvp_domain: str) -> Frame:
        """The frame of a partnership's mails."""
        contact, controller = partnership.contact, partnership.controller
        product = partnership.settings.product
        return cls(
            product=product,
            partnership=partnership.name,
            rsvp_domain=rsvp_domain,
            sender_name=f"{partnership.name} via {product}",
            contact_name=contact.name,
            contact_telephone=contact.telephone,
            contact_address=contact.address or "",
            controller_name=controller.name,
            controller_postal_address=controller.postal_address,
            controller_address=controller.address or "",
            protection_officer=controller.protection_officer,
            legal_grounds=controller.legal_grounds,
        )


@dataclass(frozen=True)
class Email:
    """One mail's words, and its calendar part if it has one.

    `organiser` is the address that mails about a gathering must come from, since calendar
    programs refuse a sender who is not the organiser; it is empty for other mails. `bulk` is for
    what everybody of a group gets at a fixed time.
    """

    subject: str
    text: str
    html: str
    calendar: CalendarPart | None = None
    organiser: str = ""
    bulk: bool = False


@dataclass(frozen=True)
class Draft:
    """A message that becomes a mail, with what stands around its words and where it leads.

    `own_text` is an organisation's own; without it the mail says what Pluim brings.
    """

    message: Message
    frame: Frame
    links: Mapping[str, str]
    own_text: Text | None = None

    def email(
        self,
        facts: Facts,
        *,
        calendar: CalendarPart | None = None,
        organiser: str = "",
        **more: object,
    ) -> Email:
        """Render the kind's templates over the facts, the frame, the links and `more`.

        Texts that make it too large are cut, and the mail says so and leads to all of them.
        """
        for told in ever_shorter(facts):
            words = self._rendered({"facts": told, "shortened": told is not facts, **more})
            if len(words.html.encode()) <= MAX_HTML_BYTES:
                return Email(words.subject, words.text, words.html, calendar, organiser)
        raise CannotRender(f"{self.message.kind}: too large")

    def _rendered(self, told: Mapping[str, object]) -> MailWords:
        kind, language = self.message.kind, self.message.language
        context: dict[str, object] = {
            "frame": self.frame,
            "recipient": defanged(self.message.recipient_name),
            **self.links,
            **told,
        }
        if self.own_text is None:
            return render_mail(kind.value, language=language, context=context)
        return render_mail(
            OWN_TEXT, language=language, context=context | said(self.own_text, kind, context)
        )
