"""Settling: a coordinator decides about a mail that failed, or may not have left."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.message import CannotMove, Message
from chalicelib.domain.partnership import Partnership
from chalicelib.messages import emails
from chalicelib.ports import Move, World
from chalicelib.use_cases.delivering import honouree_left, letter_instead
from chalicelib.use_cases.retrying import until_saved


def send_again(
    world: World, *, partnership: Partnership, message_id: str, seen_attempt: int, now: datetime
) -> Message:
    """Queue a parked or failed message once more; it may then arrive twice.

    Raises `CannotMove` when `Message.may_be_sent_again` says no, when its honouree had themselves
    removed, or when it was tried again since the coordinator saw it (`seen_attempt`), and
    `Conflict` when somebody else settled it first.
    """
    message = _seen(world, partnership, message_id, seen_attempt)
    if honouree_left(world, message):
        raise CannotMove("its honouree had themselves removed")
    deadline = emails.deadline(message.kind, now=now, starts_at=message.starts_at)
    queued = message.queued_again(now=now, deadline=deadline)
    world.save(moves=[Move(message, queued)])
    world.hints.message(queued)
    return queued


def leave(
    world: World, *, partnership: Partnership, message_id: str, seen_attempt: int, now: datetime
) -> Message:
    """Leave a parked message as it is: it counts as not sent, and a thank-you becomes a letter.

    Raises as `send_again` does.
    """

    def change() -> Message:
        message = _seen(world, partnership, message_id, seen_attempt)
        left = message.left(now=now)
        world.save(*letter_instead(world, message), moves=[Move(message, left)])
        return left

    return until_saved(change)


def put_away(
    world: World,
    *,
    partnership: Partnership,
    message_id: str,
    seen_attempt: int,
    seen_standing: str,
) -> Message:
    """Take a mail that did not arrive off the list: a coordinator has seen it.

    Raises `CannotMove` when it stands otherwise than the coordinator saw (`seen_attempt`,
    `seen_standing` by `standing`), and `Conflict` when that changes at this moment.
    """
    message = _seen(world, partnership, message_id, seen_attempt)
    if standing(message) != seen_standing:
        raise CannotMove(f"stands as {standing(message)}, seen {seen_standing}")
    away = message.put_away()
    if away != message:
        world.save(moves=[Move(message, away)])
    return away


def standing(message: Message) -> str:
    """How a mail stands, as a form remembers what its page showed: `sent/bounced`."""
    return f"{message.state}/{message.outcome}"


def _seen(world: World, partnership: Partnership, message_id: str, seen_attempt: int) -> Message:
    message = world.store.message(partnership.slug, message_id)
    if message.attempt != seen_attempt:
        raise CannotMove(f"attempt {message.attempt}, seen {seen_attempt}")
    return message
