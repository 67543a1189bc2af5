"""Three guests, one coordinator and a fan-out that comes late: what each calendar is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain.gathering import GatheringState, IsCancelled
from chalicelib.domain.invitation import (
    Answer,
    Invitation,
    NotInvited,
    PartStat,
    Tally,
    Via,
)
from tests.domain.examples import NOW, gathering, invitation, party_plan

GUESTS = ("ada", "bo", "dan")
WHO = st.sampled_from(GUESTS)
PLACES = st.sampled_from(["Village hall", "School", "Garden"])
DAYS = st.sampled_from([12, 13, 14])
SAYS = st.sampled_from(PartStat)
HEADS = st.integers(min_value=1, max_value=5)
REAL_ANSWERS = {PartStat.ACCEPTED, PartStat.DECLINED, PartStat.TENTATIVE}


@dataclass
class Guest:
    """What a person with a notebook would have written down about one guest."""

    says: PartStat = PartStat.NEEDS_ACTION
    heads: int = 0
    answered_at: datetime | None = None
    sequence: int = 0
    removed: bool = False
    news: bool = False
    moved: bool = False
    asked_again: bool = False

    def is_told(self) -> None:
        self.sequence += self.moved
        if self.asked_again:
            self.says, self.heads, self.answered_at = PartStat.NEEDS_ACTION, 0, None
        self.news = self.moved = self.asked_again = False


class InvitationLife(RuleBasedStateMachine):
    @initialize()
    def invite(self) -> None:
        self.now: datetime = NOW
        self.gathering = gathering()
        self.places = {who: invitation(guest=who) for who in GUESTS}
        self.model = {who: Guest() for who in GUESTS}

    @rule(seconds=st.sampled_from([-30, 0, 1, 60, 3600]))
    def time_passes_or_a_clock_is_behind(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self._is_on)
    @rule(place=PLACES, day=DAYS, ask_again=st.booleans())
    def change(self, place: str, day: int, ask_again: bool) -> None:
        plan = party_plan(
            place=place,
            starts=datetime(2026, 12, day, 19, 30),
            ends=datetime(2026, 12, day, 21, 30),
        )
        moved = plan.starts != self.gathering.plan.starts
        news = plan != self.gathering.plan
        self.gathering = self.gathering.changed(plan, ask_again=ask_again, now=self.now)
        for guest in self.model.values():
            guest.news |= news
            guest.moved |= moved
            guest.asked_again |= moved and ask_again

    @rule(who=WHO, says=SAYS, heads=HEADS, late=st.sampled_from([0, 60]))
    def answer(self, who: str, says: PartStat, heads: int, late: int) -> None:
        answer = Answer(says, self.now - timedelta(seconds=late), Via.PAGE, heads=heads)
        guest = self.model[who]
        if not self._is_on or guest.removed:
            with pytest.raises((IsCancelled, NotInvited)):
                self.places[who].answered(answer, gathering=self.gathering, now=self.now)
            return
        self._becomes(
            who, self.places[who].answered(answer, gathering=self.gathering, now=self.now)
        )
        if self._is_new(guest, answer):
            guest.is_told()
            guest.says, guest.heads, guest.answered_at = says, heads, answer.at

    @rule(who=WHO)
    def tell(self, who: str) -> None:
        guest, place = self.model[who], self.places[who]
        if guest.removed:
            return
        if self._is_on:
            self._becomes(who, place.updated(self.gathering, now=self.now))
            guest.is_told()
        else:
            self._becomes(who, place.cancelled(self.gathering, now=self.now))
            guest.sequence += guest.news
            guest.news = False

    @precondition(lambda self: self._is_on)
    @rule()
    def cancel(self) -> None:
        self.gathering = self.gathering.cancelled(now=self.now)
        for guest in self.model.values():
            guest.news = True

    @rule(who=WHO)
    def remove(self, who: str) -> None:
        guest = self.model[who]
        self._becomes(who, self.places[who].without_guest(now=self.now))
        guest.sequence += not guest.removed
        guest.removed = True

    @invariant()
    def the_newest_answer_counts(self) -> None:
        for who, guest in self.model.items():
            assert self.places[who].partstat is guest.says
            assert self.places[who].removed is guest.removed

    @invariant()
    def the_sequence_counts_moves_told_the_cancellation_and_the_removal(self) -> None:
        for who, guest in self.model.items():
            assert self.places[who].sequence == guest.sequence

    @invariant()
    def everybody_who_is_invited_is_counted_once(self) -> None:
        total = reduce(Tally.__add__, (place.tally for place in self.places.values()), Tally())
        invited = [guest for guest in self.model.values() if not guest.removed]

        assert total.invited == len(invited)
        assert total.accepted == sum(guest.says is PartStat.ACCEPTED for guest in invited)
        assert total.heads == sum(
            guest.heads for guest in invited if guest.says is PartStat.ACCEPTED
        )

    @property
    def _is_on(self) -> bool:
        return self.gathering.state is GatheringState.ANNOUNCED

    @staticmethod
    def _is_new(guest: Guest, answer: Answer) -> bool:
        if answer.partstat not in REAL_ANSWERS:
            return False
        if guest.answered_at is not None and answer.at <= guest.answered_at:
            return False
        same = guest.says is answer.partstat and (
            guest.says is PartStat.DECLINED or guest.heads == answer.heads
        )
        return guest.asked_again or not same

    def _becomes(self, who: str, after: Invitation) -> None:
        """What changes carries a later DTSTAMP; what is the same is not another version."""
        before, self.places[who] = self.places[who], after
        assert after == before or after.dtstamp >= before.dtstamp + timedelta(seconds=1)
        assert after.sequence - before.sequence in {0, 1}
        assert after.reply_token == before.reply_token


TestInvitationLife = InvitationLife.TestCase
TestInvitationLife.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
