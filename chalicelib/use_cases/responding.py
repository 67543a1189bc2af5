"""Responding: one function for every answer to an invitation, whichever way it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import datetime

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Answer, Invitation
from chalicelib.domain.message import Message
from chalicelib.domain.partnership import Partnership
from chalicelib.ports import Fact, World
from chalicelib.use_cases import naming, promising_gatherings
from chalicelib.use_cases.retrying import TRIES_IN_A_CROWD, until_saved
from chalicelib.use_cases.seating import Seats, follow_up


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
    said = _Said({date: answer})
    return until_saved(
        lambda: _record(
            world, partnership, gathering_id, guest, said, now=now, beside=beside, quietly=quietly
        ),
        pause=world.pause,
        tries=TRIES_IN_A_CROWD,
    )


def record_dates(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    guest: str,
    answers: Mapping[str, Answer],
    now: datetime,
) -> Invitation:
    """Record a guest's answers to single dates of a series, and confirm them in one mail.

    Dates are named as in `record_rsvp`. Raises `IsCancelled`, `NotInvited` or `NoSuchDate`.
    """
    said = _Said(answers)
    return until_saved(
        lambda: _record(
            world, partnership, gathering_id, guest, said, now=now, beside=(), quietly=False
        )
    )


@dataclass(frozen=True)
class _Said:
    """What a guest says, by date; the empty date is the whole gathering."""

    answers: Mapping[str, Answer]

    def days(self, gathering: Gathering) -> tuple[Day, ...]:
        """The single days it is about."""
        return tuple(gathering.day_of(start) for start in self.answers if start)

    def recorded(self, before: Invitation, *, gathering: Gathering, now: datetime) -> Invitation:
        """The invitation with all of it; the same value when it comes too late."""
        after = before
        for start, said in self.answers.items():
            answer = said.without_private_numbers
            after = (
                after.answered_on(gathering.day_of(start), answer, gathering=gathering, now=now)
                if start
                else after.answered(answer, gathering=gathering, now=now)
            )
        return after


def _record(
    world: World,
    partnership: Partnership,
    gathering_id: str,
    guest: str,
    said: _Said,
    *,
    now: datetime,
    beside: Sequence[Fact],
    quietly: bool,
) -> Invitation:
    gathering = world.store.gathering(partnership.slug, gathering_id)
    before = world.store.invitation(partnership.slug, gathering_id, guest)
    answered = said.recorded(before, gathering=gathering, now=now)
    if not answered.tells_more_than(before):
        return _kept(world, gathering, before, answered, beside)
    seats = Seats.for_answer(world, gathering, now=now)
    after = answered.placed(free=seats.free, had=before.seats, now=now)
    # A mail that still waits tells the guest more than their own answer: it must not be overtaken.
    unheard = quietly and after.told == before.told
    if unheard:
        after = replace(after, dtstamp=before.dtstamp)
    silent = unheard or gathering.is_over(now)
    reseating = seats.reseat(before, after)
    days = said.days(gathering)
    world.save(
        after,
        *reseating.facts,
        *follow_up(reseating, gathering, place=after, now=now),
        *beside,
        outbox=[
            *([] if silent else [_confirmation(world, gathering, after, days, now=now)]),
            *reseating.mails,
        ],
        unchanged=[gathering],
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
