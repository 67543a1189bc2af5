"""Five guests, four seats and a clock: however they answer, the seats add up and nobody is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.domain.invitation import (
    Answer,
    Invitation,
    Line,
    NotEnoughSeats,
    NotInvited,
    PartStat,
    Tally,
    Via,
)
from chalicelib.domain.waiting_list import Waiting
from chalicelib.ports import TallyChange
from chalicelib.use_cases import celebrating, responding
from tests.domain.examples import invitation, party_plan
from tests.faults import Storm
from tests.town import SLUG, Town
from tests.use_cases.steps import planned

GUESTS = ("ada", "bo", "dan", "eva", "fay")
WHO = st.sampled_from(GUESTS)
SAYS = st.sampled_from(
    [PartStat.ACCEPTED, PartStat.ACCEPTED, PartStat.DECLINED, PartStat.TENTATIVE]
)
HEADS = st.integers(1, 3)
TOO_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
LAST_DAYS = party_plan().starts_at - timedelta(hours=50)


class Seating(RuleBasedStateMachine):
    """What guests, a coordinator and the clock do; every step goes through the use cases."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self.town = town
        self.seats = self.most = 4
        self.newest: dict[str, Answer] = {}
        self.removed: set[str] = set()
        planned(town, seats=self.seats)
        for guest in GUESTS:
            place = invitation(guest=guest, name=guest.title(), reply_token=f"token-{guest}")
            town.world.save(place, TallyChange(SLUG, "g1", Tally(silent=1)))

    @rule(who=WHO, says=SAYS, heads=HEADS, moves_up=st.booleans(), late=st.sampled_from([0, 0, 90]))
    def answer(self, who: str, says: PartStat, heads: int, moves_up: bool, late: int) -> None:
        """On the page, or by a way so slow that a newer answer may be there already."""
        at = self._later() - timedelta(seconds=late)
        self._record(who, Answer(says, at, Via.PAGE, heads=heads, moves_up=moves_up))

    @rule(who=WHO, says=SAYS)
    def answer_by_mail(self, who: str, says: PartStat) -> None:
        """A calendar program, which knows no number of people."""
        self._record(who, Answer(says, self._later(), Via.MAIL))

    @precondition(lambda self: self.newest)
    @rule(data=st.data())
    def say_it_again(self, data: st.DataObject) -> None:
        """The same answer a second time, as double clicks and queues bring it."""
        who = data.draw(st.sampled_from(sorted(self.newest)))
        before = self._place(who)
        self._record(who, self.newest[who])
        assert self._place(who) == before

    @rule(who=WHO)
    def remove(self, who: str) -> None:
        """A coordinator takes a guest off."""
        self._later()
        celebrating.remove_guest(
            self.town.world,
            partnership=self.town.partnership,
            gathering_id="g1",
            guest=who,
            now=self.town.clock.now,
        )
        self.removed.add(who)

    @rule(seats=st.integers(1, 7))
    def change_the_room(self, seats: int) -> None:
        """More seats, or fewer: who has one keeps it."""
        self._later()
        before = {place.guest: place.seats for place in self._places()}
        gathering = self.town.world.store.gathering(SLUG, "g1")
        celebrating.change(
            self.town.world,
            partnership=self.town.partnership,
            gathering_id="g1",
            seen_version=gathering.version,
            plan=party_plan(seats=seats),
            ask_again=False,
            now=self.town.clock.now,
        )
        self.seats = seats
        assert all(place.seats >= before[place.guest] for place in self._places())

    @precondition(lambda self: self.town.clock.now < LAST_DAYS)
    @rule(hours=st.sampled_from([1, 30, 49]))
    def time_passes(self, hours: int) -> None:
        """Long enough for some offers to lapse; the sweep looks after them."""
        self.town.clock.wait(hours=hours)
        self.town.sweep()
        self.town.run_queues()

    @invariant()
    def the_books_are_right(self) -> None:
        """Read once, and looked at from all sides."""
        places = self._places()
        tally = self.town.world.store.tally(SLUG, "g1")
        waiting = self._waiting()
        self._seats_add_up(places, tally)
        self._nobody_who_fits_keeps_waiting(waiting, tally)
        self._nobody_is_lost_from_the_list(places, waiting)
        self._the_newest_answer_counts(places)

    def _seats_add_up(self, places: list[Invitation], tally: Tally) -> None:
        assert tally == reduce(Tally.__add__, (one.tally for one in places), Tally())
        assert tally.heads == sum(place.seats for place in places)
        # More come than there are seats for only since these became fewer.
        self.most = max(self.seats, min(self.most, tally.heads))
        assert tally.heads <= self.most

    def _nobody_who_fits_keeps_waiting(self, waiting: list[Waiting], tally: Tally) -> None:
        assert all(one.heads > self.seats - tally.heads for one in waiting)

    @staticmethod
    def _nobody_is_lost_from_the_list(places: list[Invitation], waiting: list[Waiting]) -> None:
        waits = [place.waiting for place in places if place.line is Line.WAITING]
        assert sorted(waiting, key=str) == sorted(filter(None, waits), key=str)

    def _the_newest_answer_counts(self, places: list[Invitation]) -> None:
        for place in places:
            newest = self.newest.get(place.guest)
            if newest is None or place.removed or place.let_an_offer_lapse:
                continue
            assert newest.says_the_same_as(place.answer)

    def _record(self, who: str, answer: Answer) -> None:
        before = self._place(who)
        try:
            after = responding.record_rsvp(
                self.town.world,
                partnership=self.town.partnership,
                gathering_id="g1",
                guest=who,
                answer=answer,
                now=self.town.clock.now,
            )
        except NotInvited:
            assert who in self.removed
        except NotEnoughSeats:
            assert before.seats > 0
        else:
            if after != before and after.answer is not None:
                self.newest[who] = after.answer

    def _later(self) -> datetime:
        self.town.clock.wait(minutes=1)
        return self.town.clock.now

    def _place(self, who: str) -> Invitation:
        return self.town.world.store.invitation(SLUG, "g1", who)

    def _places(self) -> list[Invitation]:
        return list(self.town.world.store.invitations(SLUG, "g1").items)

    def _waiting(self) -> list[Waiting]:
        return [
            one
            for heads in (1, 2, 3)
            for one in self.town.world.store.waiting(SLUG, "g1", heads=heads, limit=50)
        ]


def test_whatever_happens_the_seats_add_up_and_nobody_is_lost(weather: Storm) -> None:
    run_state_machine_as_test(
        lambda: Seating(weather.founded().town),  # type: ignore[arg-type]
        settings=settings(
            max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=TOO_SLOW
        ),
    )
