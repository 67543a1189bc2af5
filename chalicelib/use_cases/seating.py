"""Seating: who gets the seats of a gathering that has a limited number, and who waits for them.

Whatever frees a seat gives it away in the same transaction. Whoever takes one insists that it is
free; whoever joins the waiting list, that none is; whoever frees one, that nobody joined or left
that list since it was read. So no seat is given twice, and nobody who fits keeps waiting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.invitation import MAX_HEADS, Invitation, Tally
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.message import Message
from chalicelib.domain.plan import NO_LIMIT
from chalicelib.domain.waiting_list import Waiting, first_who_fit
from chalicelib.ports import Fact, LineChange, NotFound, TallyChange, World
from chalicelib.use_cases import naming, promising_gatherings

MOVED_UP_AT_ONCE = 10
"""How many guests get a seat in one transaction: four rows each, beside those of the change."""


@dataclass(frozen=True)
class Reseating:
    """What is written and promised beside a change, so that the seats stay right.

    `more` when others fit too, for whom there is no room in this transaction.
    """

    facts: tuple[Fact, ...] = ()
    mails: tuple[Message, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class _MovingUp:
    """Guests who leave the waiting list for a seat, as they were and as they will be."""

    pairs: tuple[tuple[Invitation, Invitation], ...] = ()
    more: bool = False

    @property
    def change(self) -> Tally:
        """What they add to the tally."""
        return sum((after.tally - before.tally for before, after in self.pairs), start=Tally())


@dataclass(frozen=True)
class Seats:
    """The seats of one gathering, and how they were taken when that was read."""

    world: World
    gathering: Gathering
    tally: Tally
    now: datetime

    @classmethod
    def read(cls, world: World, gathering: Gathering, *, now: datetime) -> Seats:
        """How a gathering's seats are taken."""
        return cls(world, gathering, world.store.tally(gathering.partnership, gathering.id), now)

    @classmethod
    def for_answer(cls, world: World, gathering: Gathering, *, now: datetime) -> Seats:
        """The same, without a look at the tally where seats are not counted."""
        if gathering.plan.seats:
            return cls.read(world, gathering, now=now)
        return cls(world, gathering, Tally(), now)

    @property
    def free(self) -> int:
        """How many seats are free; once the gathering is over, answers are only for the record."""
        if not self._count:
            return NO_LIMIT
        return self.gathering.plan.free_seats(taken=self.tally.heads)

    def reseat(self, before: Invitation, after: Invitation) -> Reseating:
        """What goes with one guest's change; whoever fits into the seats it frees moves up."""
        line = line_change(before, after)
        freed = before.seats - after.seats
        if freed <= 0 or not self._count:
            return Reseating((*line, self._guarded(before, after)))
        up = self._move_up(free=self.free + freed)
        changed = self._as_read(after.tally - before.tally + up.change)
        return self._reseating(up, *line, changed)

    def fill(self) -> Reseating:
        """Give the free seats to whoever waits."""
        up = self._move_up(free=self.free)
        return self._reseating(up, self._as_read(up.change)) if up.pairs else Reseating()

    def _move_up(self, *, free: int) -> _MovingUp:
        if not self.tally.waiting or not self.gathering.gives_places(self.now):
            return _MovingUp()
        fitting = first_who_fit(self._heads_of_lines(free=free), free=free)
        places = [self._place(one) for one in fitting[:MOVED_UP_AT_ONCE]]
        # Who was asked to answer again waits no more; the job that tells them comes by.
        waiting = [p for p in places if not self.gathering.asked_again_since(p.told)]
        pairs = tuple((one, one.moved_up(self.gathering, now=self.now)) for one in waiting)
        return _MovingUp(pairs, more=bool(pairs) and len(fitting) > MOVED_UP_AT_ONCE)

    def _heads_of_lines(self, *, free: int) -> list[Waiting]:
        """The first of every number of people that fits."""
        gathering = (self.gathering.partnership, self.gathering.id)
        return [
            one
            for heads in range(1, min(free, MAX_HEADS) + 1)
            for one in self.world.store.waiting(*gathering, heads=heads, limit=MOVED_UP_AT_ONCE + 1)
        ]

    def _place(self, one: Waiting) -> Invitation:
        return self.world.store.invitation(one.partnership, one.gathering, one.guest)

    def _reseating(self, up: _MovingUp, *facts: Fact) -> Reseating:
        if not up.pairs:
            return Reseating(facts)
        shown = naming.as_named_now(self.world, self.gathering)
        return Reseating(
            facts=(*facts, *(fact for pair in up.pairs for fact in self._moves_up(*pair))),
            mails=tuple(
                promising_gatherings.promotion(shown, after, now=self.now) for _, after in up.pairs
            ),
            more=up.more,
        )

    def _moves_up(self, before: Invitation, after: Invitation) -> tuple[Fact, ...]:
        """One guest's new place; with an offer comes the job that passes it on when it lapses."""
        moved: tuple[Fact, ...] = (after, *line_change(before, after))
        if after.offered_until is None:
            return moved
        key = f"{after.guest}-{int(after.dtstamp.timestamp())}"
        job = seat_job(self.gathering, key=key, now=self.now)
        lapses = after.offered_until
        return (*moved, replace(job, guest=after.guest, planned_for=lapses, due_at=lapses))

    def _guarded(self, before: Invitation, after: Invitation) -> TallyChange:
        """One guest's change of the tally, which insists on the room that it was decided for."""
        change = self._change(after.tally - before.tally)
        wanted = after.seats - before.seats
        if self._count and wanted > 0:
            return replace(change, at_most=self.gathering.plan.seats - wanted)
        if after.waiting is not None and after.waiting != before.waiting:
            return replace(change, above=self.gathering.plan.seats - after.waiting.heads)
        return change

    def _as_read(self, change: Tally) -> TallyChange:
        return replace(self._change(change), as_read=self.tally)

    def _change(self, change: Tally) -> TallyChange:
        return TallyChange(self.gathering.partnership, self.gathering.id, change)

    @property
    def _count(self) -> bool:
        """Whether the number of seats binds."""
        return bool(self.gathering.plan.seats) and not self.gathering.is_over(self.now)


def line_change(before: Invitation, after: Invitation) -> tuple[LineChange, ...]:
    """What one guest's change does to the waiting list, if anything."""
    left, taken = before.waiting, after.waiting
    return () if left == taken else (LineChange(left, taken),)


def has_more_room(gathering: Gathering, before: Gathering) -> bool:
    """Whether a change left more seats than there were."""
    return gathering.plan.free_seats(taken=0) > before.plan.free_seats(taken=0)


def seat_job(gathering: Gathering, *, key: str, now: datetime) -> Job:
    """Give the free seats of a gathering to whoever waits."""
    return Job(
        partnership=gathering.partnership,
        id=f"seat-{gathering.id}-{key}",
        kind=JobKind.SEAT,
        gathering=gathering.id,
        started_at=now,
        due_at=now,
    )


def follow_up(
    reseating: Reseating, gathering: Gathering, *, place: Invitation, now: datetime
) -> tuple[Job, ...]:
    """The job that goes on with what one guest's change left to do."""
    key = f"{place.guest}-{int(place.dtstamp.timestamp())}-more"
    return (seat_job(gathering, key=key, now=now),) if reseating.more else ()


def give_seats(world: World, job: Job, *, now: datetime) -> None:
    """One step of a SEAT job, in one transaction: pass on the offer that lapsed, fill what is free.

    Nothing is given once the gathering is off or began.
    """
    gathering = world.store.gathering(job.partnership, job.gathering)
    if gathering.state is GatheringState.CANCELLED:
        world.save(job.completed(done=0))
        return
    lapsed, reseating = _pass_on(Seats.read(world, gathering, now=now), job)
    moved = len(reseating.mails)
    done = (
        job.advanced(cursor="more", done=moved, now=now)
        if reseating.more
        else job.completed(done=moved)
    )
    world.save(done, *lapsed, *reseating.facts, outbox=reseating.mails, unchanged=[gathering])


def _pass_on(seats: Seats, job: Job) -> tuple[tuple[Invitation, ...], Reseating]:
    """The guest whose offer lapsed, if that is what the job is about, and who moves up."""
    if not job.guest:
        return (), seats.fill()
    try:
        before = seats.world.store.invitation(job.partnership, job.gathering, job.guest)
    except NotFound:  # Their data were erased, and the seats given away with that.
        return (), seats.fill()
    after = before.offer_lapsed(now=seats.now)
    return ((after,), seats.reseat(before, after)) if after != before else ((), seats.fill())
