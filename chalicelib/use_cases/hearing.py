"""Hearing: what SES tells about the mails it took, in any order, and any number of times."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from chalicelib.domain.delivery_event import Bounce, EventKind, SesEvent
from chalicelib.domain.message import Message, Outcome
from chalicelib.domain.people import EmailAddress
from chalicelib.ports import Conflict, Move, NotFound, Suppression, World
from chalicelib.use_cases.delivering import letter_instead, record_sent
from chalicelib.use_cases.retrying import TRIES_IN_A_CROWD, until_saved

GIVEN_UP = "bounces"
"""Why an address is mailed no more from which too many mails came back for now."""

_OUTCOMES = {
    EventKind.DELAY: Outcome.DELAYED,
    EventKind.DELIVERY: Outcome.DELIVERED,
    EventKind.BOUNCE: Outcome.BOUNCED,
    EventKind.COMPLAINT: Outcome.COMPLAINED,
}


def hear(world: World, *, event: SesEvent, now: datetime) -> bool:
    """Write down one event; False when no message of ours is meant.

    An event proves that SES has the mail, so a message in doubt counts as sent. A permanent bounce
    or a complaint also stops further mail to that address, whether or not we find the message, and
    so do many bounces that may pass, while no mail arrives. A thank-you that surely did not arrive,
    or was refused after all, becomes a letter.
    """
    if event.kind is EventKind.UNKNOWN:
        return False
    # Before all else, and apart from the row: it holds for a mail too that is forgotten or newer.
    _suppress(world, event, now=now)
    if not (event.partnership and event.message):
        return False
    try:
        message = world.store.message(event.partnership, event.message)
    except NotFound:
        return False
    if event.kind is EventKind.REJECT:
        until_saved(lambda: _reject(world, message, ses_id=event.ses_id, now=now))
        return True
    record_sent(world, message, ses_id=event.ses_id, now=now)
    until_saved(lambda: _note_outcome(world, message, event, now=now))
    return True


def _suppress(world: World, event: SesEvent, *, now: datetime) -> None:
    """Stop mail to the addresses that an event is about, when it says that none will arrive."""
    for recipient in event.recipients:
        key = world.secrets.address_key(EmailAddress(recipient))
        if reason := _reason(event):
            _give_up(world, Suppression(key, reason, now), event)
        elif reason := _count(world, event, key):
            with suppress(Conflict):
                world.save(Suppression(key, reason, now))


def _give_up(world: World, stopped: Suppression, event: SesEvent) -> None:
    """Stop mail to an address, and count that against us: once, however often it is told.

    The count is one row of the whole installation, so whoever comes between gets a turn.
    """
    gone = event.bounce is Bounce.GONE
    # Whoever passes a complaint on dates it by their own clock, which may run years ahead.
    at = min(event.occurred_at, stopped.at)

    def give_up() -> None:
        if world.store.suppression(stopped.address_key) is None:
            reputation = world.store.reputation()
            counted = reputation.after(at=at, bounces=int(gone), complaints=int(not gone))
            world.save(stopped, counted)

    until_saved(give_up, pause=world.pause, tries=TRIES_IN_A_CROWD)


def _reason(event: SesEvent) -> str:
    if event.bounce is Bounce.GONE:
        return "bounce"
    if event.kind is EventKind.COMPLAINT and not event.not_spam:
        return "complaint"
    return ""


def _count(world: World, event: SesEvent, address_key: str) -> str:
    """Count what came back for now, and start again once a mail arrived.

    Gives the reason to stop mail to this address, once enough came back.
    """

    def count() -> str:
        known = world.store.passing_bounces(address_key)
        counted = known
        if event.bounce.may_pass:
            counted = known.bounced(event.ses_id, at=event.occurred_at)
        elif known.bounces:
            counted = known.delivered(at=event.occurred_at)
        if counted != known:
            world.save(counted)
        return GIVEN_UP if counted.are_enough else ""

    counts = event.bounce.may_pass or event.kind is EventKind.DELIVERY
    return until_saved(count) if counts else ""


def _reject(world: World, message: Message, *, ses_id: str, now: datetime) -> None:
    """SES refused what it had accepted, because it found a virus; nothing tells that again."""
    newest = world.store.message(message.partnership, message.id)
    rejected = newest.rejected(ses_id=ses_id, now=now)
    if rejected != newest:
        world.save(*letter_instead(world, newest), moves=[Move(newest, rejected)])


def _note_outcome(world: World, message: Message, event: SesEvent, *, now: datetime) -> None:
    """Keep the gravest outcome, whatever order the events come in."""
    newest = world.store.message(message.partnership, message.id)
    heard = newest.heard(_outcome(event), event.bounce, now=now)
    letter = letter_instead(world, newest) if event.bounce.is_sure else ()
    if letter or heard != newest:
        world.save(*letter, moves=[Move(newest, heard)])


def _outcome(event: SesEvent) -> Outcome:
    """What an event says became of a mail: who took it out of their spam folder has it."""
    if event.kind is EventKind.COMPLAINT and event.not_spam:
        return Outcome.DELIVERED
    return _OUTCOMES.get(event.kind, Outcome.NONE)
