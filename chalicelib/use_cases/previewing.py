"""Previewing: what a mail of each kind looks like when it arrives, with invented facts."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, replace

from chalicelib.domain.mail_text import Text
from chalicelib.domain.message import Kind
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Language
from chalicelib.messages import emails, mime
from chalicelib.messages.drafts import Frame
from chalicelib.messages.samples import sample_facts, sample_links, sample_of
from chalicelib.ports import NotFound
from chalicelib.use_cases.delivering import Letterhead


@dataclass(frozen=True)
class Specimen:
    """An invented mail as its reader gets it, read back from its bytes.

    `case` is what it is sent for, one of `cases`; `calendar` tells that a file for the reader's
    calendar comes with it.
    """

    kind: str
    case: str
    cases: tuple[str, ...]
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    calendar: bool


def specimen(
    *,
    partnership: Partnership,
    letterhead: Letterhead,
    kind: str,
    case: str,
    language: Language,
    own_text: Text | None = None,
) -> Specimen:
    """The mail of this kind that the partnership sends in this case, or in the first.

    It is said in this text of its own, or as Pluim brings it.

    Raises `NotFound` for a kind or a case that there is not.
    """
    facts = sample_facts(language)
    if kind not in facts:
        raise NotFound(kind)
    cases = facts[Kind(kind)]
    case = case or next(iter(cases))
    if case not in cases:
        raise NotFound(case)
    sample = sample_of(Kind(kind), language, case, cases[case])
    message = replace(sample.message, partnership=partnership.slug)
    frame = Frame.of_partnership(partnership, rsvp_domain=letterhead.rsvp_domain)
    links = sample_links(message, letterhead.links)
    rendered = emails.render(message, frame=frame, links=links, own_text=own_text)
    mail = emails.addressed(rendered, message, frame=frame, sender=letterhead.sender)
    read = email.message_from_bytes(mime.assemble(mail), policy=email.policy.default)
    return Specimen(
        kind=kind,
        case=case,
        cases=tuple(cases),
        sender=str(read["From"]),
        recipient=str(read["To"]),
        subject=str(read["Subject"]),
        text=_part(read, "plain"),
        html=_part(read, "html"),
        calendar=rendered.calendar is not None,
    )


def _part(read: email.message.EmailMessage, subtype: str) -> str:
    part = read.get_body((subtype,))
    return part.get_content().replace("\r\n", "\n") if part else ""
