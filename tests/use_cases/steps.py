"""Steps and helpers that many tests of use cases share."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib import bootstrap
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Answer, Invitation, PartStat, Tally, Via
from chalicelib.domain.job import Guest, Job
from chalicelib.domain.message import Message
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.people import EmailAddress, Language, Person
from chalicelib.ports import Claim, TallyChange, World
from chalicelib.use_cases import celebrating, delivering, fanning_out, promising_thanks
from chalicelib.use_cases.delivering import Delivery
from chalicelib.use_cases.reviewing import Review
from tests.domain.examples import approved, gathering, invitation, submitted
from tests.town import SLUG, Town


class Meanwhile:
    """A store before whose next `save` something else happens, once."""

    def __init__(self, store: Any, happens: Callable[[], object]) -> None:
        self._store = store
        self._happens: Callable[[], object] | None = happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def save(self, *facts: Any, **rest: Any) -> None:
        happens, self._happens = self._happens, None
        if happens is not None:
            happens()
        self._store.save(*facts, **rest)


def while_saving(world: World, happens: Callable[[], object]) -> World:
    """The same world, in which somebody else is just ahead of the next save."""
    return replace(world, store=Meanwhile(world.store, happens))


class _Alarms(logging.Handler):
    """Keeps what an operator must see."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(record.getMessage()))


@contextmanager
def alarms() -> Iterator[list[object]]:
    """The error lines that are logged as long as this lasts, whoever set the logger up before."""
    heard, logger = _Alarms(), logging.getLogger("pluim")
    logger.addHandler(heard)
    try:
        yield heard.lines
    finally:
        logger.removeHandler(heard)


def promise(town: Town, nomination_id: str = "n1", **changes: Any) -> Message:
    """A mail that asks Ada to confirm her address, promised and due; a coordinator let it go."""
    nomination = submitted(id=nomination_id)
    mail = promising_thanks.verification(nomination, now=town.clock.now)
    message = replace(mail, **{"vouched": True} | changes)
    town.world.save(outbox=[message])
    return message


def promise_thanks(town: Town, **changes: Any) -> Message:
    """The mail that thanks Bo, promised and due; Cleo let it go on."""
    nomination = approved(**changes)
    (mail,) = promising_thanks.thanks(
        nomination, time_zone="Europe/Amsterdam", now=town.clock.now, undo=timedelta()
    )
    town.world.save(nomination, outbox=[mail])
    return mail


def deliver(town: Town, message_id: str, *, world: World | None = None) -> Delivery:
    """Try to keep one promise."""
    return delivering.deliver(
        world or town.world,
        letterhead=bootstrap.pluim().letterhead,
        partnership=SLUG,
        message_id=message_id,
        clock=town.clock,
    )


def claim(town: Town, message: Message, *, token: str = "worker") -> Message:
    """Take a message as a worker does who is about to send it."""
    claimed = message.claimed(token=token, now=town.clock.now)
    key = town.world.secrets.address_key(message.recipient)
    assert town.world.store.claim(message, claimed, address_key=key, minted=()) is Claim.MINE
    return claimed


def cleo(town: Town) -> Person:
    """The coordinator for the municipality."""
    return town.world.store.person(SLUG, "cleo")


def review(
    town: Town, nomination: Nomination, *, reviewer: Person | None = None, undo_minutes: int = 0
) -> Review:
    """Somebody before this nomination, as it was shown to them."""
    settings = replace(town.partnership.settings, undo_minutes=undo_minutes)
    return Review(
        town.world,
        partnership=town.partnership.with_settings(settings),
        nomination_id=nomination.id,
        seen_version=nomination.version,
        reviewer=reviewer or cleo(town),
        now=town.clock.now,
    )


def kept(town: Town, nomination: Nomination) -> Nomination:
    """This nomination, once it is in the table."""
    town.world.save(nomination)
    return nomination_of(town, nomination.id)


def nomination_of(town: Town, nomination_id: str = "n1") -> Nomination:
    """The nomination as it stands."""
    return town.world.store.nomination(SLUG, nomination_id)


def planned(town: Town, **changes: Any) -> Gathering:
    """A celebration that is kept and announced, and to which nobody is invited yet."""
    town.world.save(gathering(**changes))
    return town.world.store.gathering(SLUG, "g1")


def invited(town: Town, **changes: Any) -> Invitation:
    """Bo's place at the celebration, kept and counted."""
    place = invitation(dtstamp=town.clock.now, **changes)
    town.world.save(place, TallyChange(SLUG, "g1", Tally(silent=1)))
    return town.world.store.invitation(SLUG, "g1", place.guest)


def guests(count: int) -> list[Guest]:
    """So many guests, by name."""
    return [
        Guest(
            f"guest-{number:03}",
            f"Guest {number}",
            EmailAddress(f"g{number}@example.nl"),
            Language.DUTCH,
        )
        for number in range(count)
    ]


def start_inviting(
    town: Town, some: list[Guest], *, key: str = "k1", everybody: bool = False
) -> Job:
    """A coordinator presses the button that invites these guests."""
    return celebrating.invite(
        town.world,
        partnership=town.partnership,
        gathering_id="g1",
        guests=some,
        everybody=everybody,
        send_key=key,
        now=town.clock.now,
    )


def go_on(town: Town, job: Job, *, chunks: int = 100, world: World | None = None) -> Job:
    """Let the work function do at most so many chunks of a job."""
    left = iter(range(chunks))
    return fanning_out.continue_job(
        world or town.world,
        partnership=SLUG,
        job_id=job.id,
        clock=town.clock,
        may_go_on=lambda: next(left, None) is not None,
    )


def answer(town: Town, partstat: PartStat = PartStat.ACCEPTED, **changes: Any) -> Answer:
    """An answer given now, on the page."""
    return replace(Answer(partstat, at=town.clock.now, via=Via.PAGE), **changes)


SECOND = timedelta(seconds=1)
