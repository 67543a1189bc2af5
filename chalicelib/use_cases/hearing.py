"""Hearing: what SES tells about the mails it took, in any order, and any number of times."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from chalicelib.domain.delivery_event import EventKind, SesEvent
from chalicelib.domain.message import REJECTED, CannotMove, Message, Outcome
from chalicelib.domain.people import EmailAddress
from chalicelib.ports import Conflict, Move, NotFound, Suppression, World
from chalicelib.use_cases.delivering import letter_instead, record_sent
from chalicelib.use_cases.retrying import until_saved

_OUTCOMES = {
    EventKind.DELAY: Outcome.DELAYED,
    EventKind.DELIVERY: Outcome.DELIVERED,
    EventKind.BOUNCE: Outcome.BOUNCED,
    EventKind.COMPLAINT: Outcome.COMPLAINED,
}


def hear(world: World, *, event: SesEvent, now: datetime) -> bool:
    """Write down one event; False when no message of ours is meant.

    An event proves that SES has the mail, so a message in doubt counts as sent. A permanent bounce
    or a complaint also stops further mail to that address, whether or not we find the message. A
    thank-you that came back for good, or was refused after all, becomes a letter.
    """
    if event.kind is EventKind.UNKNOWN:
        return False
    _suppress(world, event, now=now)
    if not (event.partnership and event.message):
        return False
    try:
        message = world.store.message(event.partnership, event.message)
    except NotFound:
        return False
    if event.kind is EventKind.REJECT:
        until_saved(lambda: _reject(world, message, now=now))
        return True
    record_sent(world, message, ses_id=event.ses_id, now=now)
    until_saved(lambda: _note_outcome(world, message, event))
    return True


def _suppress(world: World, event: SesEvent, *, now: datetime) -> None:
    reason = _reason(event)
    if not reason:
        return
    for recipient in event.recipients:
        key = world.secrets.address_key(EmailAddress(recipient))
        try:
            world.save(Suppression(key, reason, now))
        except Conflict:
            continue


def _reason(event: SesEvent) -> str:
    if event.kind is EventKind.BOUNCE and event.permanent:
        return "bounce"
    if event.kind is EventKind.COMPLAINT and not event.not_spam:
        return "complaint"
    return ""


def _reject(world: World, message: Message, *, now: datetime) -> None:
    """SES refused what it had accepted, because it found a virus; nothing tells that again."""
    newest = world.store.message(message.partnership, message.id)
    with suppress(CannotMove):
        rejected = newest.failed(reason=REJECTED, now=now)
        if rejected != newest:
            world.save(*letter_instead(world, newest), moves=[Move(newest, rejected)])


def _note_outcome(world: World, message: Message, event: SesEvent) -> None:
    """Keep the gravest outcome, whatever order the events come in."""
    newest = world.store.message(message.partnership, message.id)
    heard = newest.heard(_OUTCOMES.get(event.kind, Outcome.NONE))
    came_back = event.kind is EventKind.BOUNCE and event.permanent
    letter = letter_instead(world, newest) if came_back else ()
    if letter or heard != newest:
        world.save(*letter, moves=[Move(newest, heard)])
