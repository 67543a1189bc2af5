"""Responding: one function for every answer to an invitation, whichever way it came."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import datetime

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Answer, Invitation, PartStat, Via
from chalicelib.domain.message import Message
from chalicelib.domain.partnership import Partnership
from chalicelib.ports import Fact, World
from chalicelib.use_cases import naming, promising_gatherings
from chalicelib.use_cases.proving import proof
from chalicelib.use_cases.retrying import TRIES_IN_A_CROWD, until_saved
from chalicelib.use_cases.seating import Seats, follow_up

_Said = Collection[tuple[Day | None, Answer]]
"""What a guest says, by day; None is the whole gathering."""


def record_rsvp(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    guest: str,
    answer: Answer,
    now: datetime,
    date: str = "",
    beside: Sequence[Fact] = (),
    quietly: bool = False,
) -> Invitation:
    """Record a guest's answer, count it, and confirm it by mail, in one transaction.

    `date` is the start by its rule of one date of a series, as local ISO time, when the answer is
    for that date alone.

    An answer older than the stored one changes nothing, and the same one again is kept for its
    instant, without a mail. A yes for which there are no seats waits for them; seats that an answer
    frees go to whoever waits, in the same transaction. After the gathering it is recorded, and no
    mail is sent. A remark loses its private numbers, because it is mailed back and printed.
    `beside` is kept with it in any case; `quietly` is for an answer that a machine gave, which
    nobody confirms.

    Raises `IsCancelled`, `NotInvited`, `NoSuchDate`, `NotEnoughSeats` when somebody who comes wants
    to bring more than fit, or `Conflict` when what stands beside it cannot be kept.
    """

    def read(gathering: Gathering, _: Invitation) -> _Said:
        return [(gathering.day_of(date) if date else None, answer)]

    reply = _Reply(partnership.slug, gathering_id, guest, read, tuple(beside), quietly)
    return until_saved(
        lambda: _record(world, reply, now=now), pause=world.pause, tries=TRIES_IN_A_CROWD
    )


def record_dates(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    guest: str,
    said: Mapping[Day, PartStat | None],
    via: Via,
    now: datetime,
) -> Invitation:
    """Record what differs in a guest's answers to single dates of a series, and confirm it.

    A date is named by the day that the rule gives it; None is an answer that is the same as the
    rest. All that is new is confirmed in one mail. Raises `IsCancelled`, `NotInvited` or
    `NoSuchDate`.
    """

    def read(gathering: Gathering, before: Invitation) -> _Said:
        current = before.updated(gathering, now=now)
        return current.said_apart(said, at=now, via=via).items()

    reply = _Reply(partnership.slug, gathering_id, guest, read)
    return until_saved(lambda: _record(world, reply, now=now))


@dataclass(frozen=True)
class _Reply:
    """What one guest replied, to be read against the gathering and the invitation as they are."""

    partnership: str
    gathering: str
    guest: str
    read: Callable[[Gathering, Invitation], _Said]
    beside: tuple[Fact, ...] = ()
    quietly: bool = False


def _record(world: World, reply: _Reply, *, now: datetime) -> Invitation:
    gathering = world.store.gathering(reply.partnership, reply.gathering)
    before = world.store.invitation(reply.partnership, reply.gathering, reply.guest)
    said = reply.read(gathering, before)
    answered = _answered(before, said, gathering=gathering, now=now)
    if not answered.tells_more_than(before):
        return _kept(world, gathering, before, answered, reply.beside)
    seats = Seats.for_answer(world, gathering, now=now)
    after = answered.placed(free=seats.free, had=before.seats, now=now)
    # A mail that still waits tells the guest more than their own answer: it must not be overtaken.
    unheard = reply.quietly and after.told == before.told
    if unheard:
        after = replace(after, dtstamp=before.dtstamp)
    silent = unheard or gathering.is_over(now)
    reseating = seats.reseat(before, after)
    days = [day for day, _ in said if day]
    in_person = any(given.via is Via.PAGE for _, given in said)
    proven = proof(world, partnership=reply.partnership, address=before.address, now=now)
    world.save(
        after,
        *(proven if in_person else ()),
        *reseating.facts,
        *follow_up(reseating, gathering, place=after, now=now),
        *reply.beside,
        outbox=[
            *([] if silent else [_confirmation(world, gathering, after, days, now=now)]),
            *reseating.mails,
        ],
        unchanged=[gathering],
    )
    return after


def _answered(
    before: Invitation, said: _Said, *, gathering: Gathering, now: datetime
) -> Invitation:
    """The invitation with all that was said; the same value when it comes too late."""
    after = before
    for day, given in said:
        answer = given.without_private_numbers
        after = (
            after.answered_on(day, answer, gathering=gathering, now=now)
            if day
            else after.answered(answer, gathering=gathering, now=now)
        )
    return after


def _kept(
    world: World,
    gathering: Gathering,
    before: Invitation,
    repeated: Invitation,
    beside: Sequence[Fact],
) -> Invitation:
    """Keep when the guest said the same again, which nobody needs to be told."""
    renewed = (repeated,) if repeated != before else ()
    if renewed or beside:
        world.save(*renewed, *beside, unchanged=[gathering] if renewed else [])
    return repeated


def _confirmation(
    world: World,
    gathering: Gathering,
    invitation: Invitation,
    days: Sequence[Day],
    *,
    now: datetime,
) -> Message:
    shown = naming.as_named_now(world, gathering)
    return promising_gatherings.confirmation(shown, invitation, now=now, days=days)
