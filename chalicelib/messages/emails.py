"""The catalogue of mails: what each kind says, how it travels, and who may stop it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.access import CODE_LIVES
from chalicelib.domain.mail_text import Text
from chalicelib.domain.message import Kind, Message, Urgency
from chalicelib.messages import coordinator_mails, gathering_mails, own_data_mails, thanks_mails
from chalicelib.messages.drafts import Email, Facts, Frame
from chalicelib.messages.entries import Entry
from chalicelib.messages.mime import Mail, Mailbox

_WORTH_SENDING = timedelta(hours=72)
_WORTH_KEEPING_AN_ADDRESS = timedelta(hours=24)
_WORTH_SENDING_LATE = timedelta(hours=1)

_CATALOGUE: Mapping[Kind, Entry[Any]] = {
    **thanks_mails.ENTRIES,
    **gathering_mails.ENTRIES,
    **coordinator_mails.ENTRIES,
    **own_data_mails.ENTRIES,
}


def render(
    message: Message, *, frame: Frame, links: Mapping[str, str], own_text: Text | None = None
) -> Email:
    """The mail that a message promises, in its reader's language, and in an organisation's text.

    `links` holds a URL under the name of each of the kind's links, for a sign-in the `code`
    itself, and under `STOP_URL` where to stop this kind of mail. Raises `CannotRender` when a
    fact or link is missing, or a fact is not what it should be: such a mail is not sent, rather
    than sent with a hole.
    """
    return _CATALOGUE[message.kind].render(message, frame=frame, links=links, own_text=own_text)


def addressed(
    email: Email,
    message: Message,
    *,
    frame: Frame,
    sender: str,
    thread: str = "",
    unsubscribe_url: str = "",
) -> Mail:
    """The mail with these words, ready to be written down: from whom, to whom, and what answers it.

    A mail about a gathering comes from the address that answers to it go to, and has no other;
    all others come from `sender`, and are answered by a mailbox that somebody reads.
    """
    answers_go_to = None if email.organiser else frame.contact_address
    return Mail(
        sender=Mailbox(email.organiser or sender, frame.sender_name),
        recipient=Mailbox(message.recipient, message.recipient_name),
        reply_to=Mailbox(answers_go_to, frame.contact_name) if answers_go_to else None,
        subject=email.subject,
        text=email.text,
        html=email.html,
        calendar=email.calendar,
        bulk=email.bulk,
        language=message.language.value,
        thread=thread,
        unsubscribe_url=unsubscribe_url,
    )


def facts_type(kind: Kind) -> type[Facts]:
    """The dataclass of facts that this kind of mail needs."""
    return _CATALOGUE[kind].facts_type


def link_names(kind: Kind) -> tuple[str, ...]:
    """The names of the links that this kind of mail needs."""
    return _CATALOGUE[kind].links


def urgency(kind: Kind) -> Urgency:
    """The road that this kind of mail takes: somebody waits for it, or many get it at once."""
    return _CATALOGUE[kind].urgency


def stops(kind: Kind) -> Kind | None:
    """The kind of mail that the link at the foot of this kind stops; None where there is no link.

    Mostly its own. A cancel cannot be stopped, since a stale calendar misleads: its link stops
    invitations.
    """
    return _CATALOGUE[kind].stops


def stoppable(*, by_coordinator: bool = True) -> tuple[Kind, ...]:
    """Every kind of mail that somebody may stop; only coordinators get all of them."""
    return tuple(
        kind
        for kind in Kind
        if stops(kind) is kind and (by_coordinator or not _CATALOGUE[kind].for_coordinators)
    )


def deadline(kind: Kind, *, now: datetime, starts_at: datetime | None = None) -> datetime:
    """Until when sending this kind of mail is worth it.

    A code as long as it works, that data are erased for a day, because its address stays as long as
    it waits; mail about a gathering until that starts (or an hour, for what
    is said once it has begun), other mail 72 hours.
    """
    if kind in {Kind.SIGNIN_CODE, Kind.ACCESS_CODE}:
        return now + CODE_LIVES
    if kind is Kind.ERASURE_DONE:
        return now + _WORTH_KEEPING_AN_ADDRESS
    if starts_at is not None:
        return max(starts_at, now + _WORTH_SENDING_LATE)
    return now + _WORTH_SENDING
