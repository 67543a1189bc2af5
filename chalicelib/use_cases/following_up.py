"""Following up: what both sides are asked long after a thank-you, and what they tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from chalicelib.domain.message import REMOVED, Kind, Message
from chalicelib.domain.nomination import Honouree, Nomination, NoSuchHonouree
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.schedule import later
from chalicelib.ports import NotFound, World
from chalicelib.use_cases import promising_thanks
from chalicelib.use_cases.retrying import until_saved

FOLLOW_UP_DAYS = 42

DECIDED = "decided"
"""Why a reminder is held back: its honouree decided meanwhile."""
UNREACHABLE = "unreachable"
"""Why it is held back: the thanks themselves turned out not to arrive."""


def promised(
    world: World, nomination: Nomination, *, honouree_id: str, now: datetime
) -> tuple[Message, ...]:
    """The mails that one honouree's thanks promise for later, to be kept together with them.

    A reminder for who may decide, and the same question for both sides while both are there. What
    was promised before is left out: thanks may be sent once more.
    """
    partnership = world.store.partnership(nomination.partnership)
    settings = partnership.settings
    honouree = nomination.honouree(honouree_id)

    def after(days: int) -> datetime:
        return later(now, days=days, time_zone=settings.time_zone, quiet=settings.quiet)

    reminder, asked = after(settings.consent_reminder_days), after(FOLLOW_UP_DAYS)
    mails = (
        *_reminders(nomination, honouree, due_at=reminder, now=now),
        *_questions(nomination, honouree, due_at=asked, now=now),
    )
    return tuple(partnership.in_its_text(mail) for mail in mails if not _exists(world, mail))


def _reminders(
    nomination: Nomination, honouree: Honouree, *, due_at: datetime, now: datetime
) -> Iterator[Message]:
    if nomination.appreciation.may_be_shown:
        yield promising_thanks.consent_reminder(nomination, honouree, due_at=due_at, now=now)


def _questions(
    nomination: Nomination, honouree: Honouree, *, due_at: datetime, now: datetime
) -> Iterator[Message]:
    if not nomination.is_anonymous:
        yield promising_thanks.follow_up(nomination, honouree, due_at=due_at, now=now)
        yield promising_thanks.follow_up(nomination, due_at=due_at, now=now)


def _exists(world: World, mail: Message) -> bool:
    with suppress(NotFound):
        world.store.message(mail.partnership, mail.id)
        return True
    return False


def no_longer_wanted(world: World, message: Message) -> str:
    """Why a mail that waited for weeks must not leave any more; empty when it may."""
    if message.kind not in {Kind.CONSENT_REMINDER, Kind.FOLLOW_UP}:
        return ""
    nomination_id, _, honouree_id = message.cause.partition("/")
    try:
        nomination = world.store.nomination(message.partnership, nomination_id)
        if not honouree_id:
            return "" if all(h.removed_at is None for h in nomination.honourees) else REMOVED
        honouree = nomination.honouree(honouree_id)
    except (NotFound, NoSuchHonouree):
        return REMOVED
    if honouree.address != message.recipient:
        return UNREACHABLE
    decided = message.kind is Kind.CONSENT_REMINDER and honouree.choice is not None
    return DECIDED if decided else ""


def tell(
    world: World, *, partnership: Partnership, nomination_id: str, honouree_id: str, text: str
) -> Nomination:
    """Keep what it led to, as an honouree tells it, or the nominator when no id is given.

    Telling it again replaces it. Raises `NoSuchHonouree` after removal.
    """

    def change() -> Nomination:
        nomination = world.store.nomination(partnership.slug, nomination_id)
        told = nomination.came_of_it(text=text, honouree_id=honouree_id)
        if told != nomination:
            world.save(told)
        return told

    return until_saved(change)
