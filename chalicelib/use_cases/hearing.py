"""Hearing: what SES tells about the mails it took, in any order, and any number of times."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.delivery_event import EventKind, SesEvent
from chalicelib.domain.message import REJECTED, CannotMove, Message, Outcome
from chalicelib.domain.people import EmailAddress
from chalicelib.ports import Conflict, Move, NotFound, Suppression, World
from chalicelib.use_cases.delivering import record_sent

_OUTCOMES = {
    EventKind.DELAY: Outcome.DELAYED,
    EventKind.DELIVERY: Outcome.DELIVERED,
    EventKind.BOUNCE: Outcome.BOUNCED,
    EventKind.COMPLAINT: Outcome.COMPLAINED,
}
_TRIES = 5


def hear(world: World, *, event: SesEvent, now: datetime) -> bool:
    """Write down one event; False when no message of ours is meant.

    An event proves that SES has the mail, so a message in doubt counts as sent. A permanent bounce
    or a complaint also stops further mail to that address, whether or not we find the message.
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
        _reject(world, message, now=now)
        return True
    record_sent(world, message, ses_id=event.ses_id, now=now)
    _note_outcome(world, message, _OUTCOMES.get(event.kind, Outcome.NONE))
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
    for attempt in range(_TRIES):
        newest = world.store.message(message.partnership, message.id)
        try:
            world.save(moves=[Move(newest, newest.failed(reason=REJECTED, now=now))])
        except CannotMove:
            return
        except Conflict:
            if attempt == _TRIES - 1:
                raise
        else:
            return


def _note_outcome(world: World, message: Message, outcome: Outcome) -> None:
    """Keep the gravest outcome, whatever order the events come in."""
    for attempt in range(_TRIES):
        newest = world.store.message(message.partnership, message.id)
        heard = newest.heard(outcome)
        if heard == newest:
            return
        try:
            world.save(moves=[Move(newest, heard)])
        except Conflict:
            if attempt == _TRIES - 1:
                raise
        else:
            return
