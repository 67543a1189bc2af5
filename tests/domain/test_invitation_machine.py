"""Three guests, one coordinator and a fan-out that comes late: what each calendar is told.

The gathering is on four Saturdays, of which one can be dropped, restored, taken back from one
guest, or answered by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain.gathering import GatheringState, IsCancelled, NoSuchDate, OnlyDateLeft
from chalicelib.domain.invitation import (
    Answer,
    Invitation,
    NotInvited,
    PartStat,
    Tally,
    Via,
)
from chalicelib.domain.recurrence import Pattern, Recurrence
from tests.domain.examples import NOW, gathering, invitation, party_plan

GUESTS = ("ada", "bo", "dan")
WHO = st.sampled_from(GUESTS)
PLACES = st.sampled_from(["Village hall", "School", "Garden"])
DAYS = st.sampled_from([12, 13, 14])
SAYS = st.sampled_from(PartStat)
HEADS = st.integers(min_value=1, max_value=5)
WEEKLY = Recurrence(Pattern.WEEKLY, count=4)
WEEKS = st.integers(min_value=0, max_value=3)
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
    dates: dict[date, tuple[PartStat, datetime, int]] = field(default_factory=dict)
    uninvited: set[date] = field(default_factory=set)

    def is_told(self) -> None:
        self.sequence += self.moved
        if self.asked_again:
            self.says, self.heads, self.answered_at = PartStat.NEEDS_ACTION, 0, None
            self.dates = {}
        self.news = self.moved = self.asked_again = False


class InvitationLife(RuleBasedStateMachine):
    @initialize()
    def invite(self) -> None:
        self.now: datetime = NOW
        self.gathering = gathering(repeats=WEEKLY)
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
            repeats=WEEKLY,
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
        if not self._counts(answer, after=guest.answered_at):
            return
        if self._is_news(guest, answer):
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
    @rule(week=WEEKS)
    def drop_or_restore_a_date(self, week: int) -> None:
        day = self.gathering.plan.dates[week].day
        if day in self.gathering.dropped:
            self.gathering = self.gathering.with_date_restored(day, now=self.now)
        elif len(self.gathering.dates) == 1:
            with pytest.raises(OnlyDateLeft):
                self.gathering.with_date_dropped(day, now=self.now)
            return
        else:
            self.gathering = self.gathering.with_date_dropped(day, now=self.now)
        for guest in self.model.values():
            guest.news = guest.moved = True

    @rule(who=WHO, week=WEEKS, says=SAYS, heads=HEADS, late=st.sampled_from([0, 60]))
    def answer_for_one_date(
        self, who: str, week: int, says: PartStat, heads: int, late: int
    ) -> None:
        guest, day = self.model[who], self.gathering.plan.dates[week].day
        answer = Answer(says, self.now - timedelta(seconds=late), Via.PAGE, heads=heads)
        if not self._is_on or guest.removed or not self._stands(day, guest):
            with pytest.raises((IsCancelled, NotInvited, NoSuchDate)):
                self._answered_on(who, day, answer)
            return
        self._becomes(who, self._answered_on(who, day, answer))
        known = {} if guest.asked_again else guest.dates
        of_all = PartStat.NEEDS_ACTION if guest.asked_again else guest.says
        before, at, came = known.get(day, (of_all, None, guest.heads))
        if self._counts(answer, after=at):
            if says is not before or (says is PartStat.ACCEPTED and heads != came):
                guest.is_told()
            guest.dates = {**guest.dates, day: (says, answer.at, heads)}

    @rule(who=WHO, week=WEEKS)
    def uninvite_from_one_date(self, who: str, week: int) -> None:
        guest, day = self.model[who], self.gathering.plan.dates[week].day
        left = [one for one in self.gathering.dates if one.day not in guest.uninvited]
        if day in guest.uninvited and self._is_on and not guest.removed:
            assert self._without_date(who, day) == self.places[who]
            return
        alone = [one.day for one in left] == [day]
        if not self._is_on or guest.removed or not self._stands(day, guest) or alone:
            with pytest.raises((IsCancelled, NotInvited, NoSuchDate, OnlyDateLeft)):
                self._without_date(who, day)
            return
        self._becomes(who, self._without_date(who, day))
        guest.moved = True
        guest.is_told()
        guest.uninvited.add(day)

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
    def a_date_has_its_own_answer_or_that_of_the_series(self) -> None:
        for who, guest in self.model.items():
            place = self.places[who]
            said = {day: answer.partstat for day, answer in place.answers.items()}
            assert said == {day: partstat for day, (partstat, _, _) in guest.dates.items()}
            assert set(place.dropped) == guest.uninvited
            for one in self.gathering.dates:
                says, _, heads = guest.dates.get(one.day, (guest.says, None, guest.heads))
                assert place.partstat_on(one.day) is says
                assert place.heads_on(one.day) == (heads if says is PartStat.ACCEPTED else 0)

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

    def _stands(self, day: date, guest: Guest) -> bool:
        """Whether the guest has this date."""
        return day not in guest.uninvited and day in {one.day for one in self.gathering.dates}

    def _answered_on(self, who: str, day: date, answer: Answer) -> Invitation:
        return self.places[who].answered_on(day, answer, gathering=self.gathering, now=self.now)

    def _without_date(self, who: str, day: date) -> Invitation:
        return self.places[who].without_date(day, gathering=self.gathering, now=self.now)

    @property
    def _is_on(self) -> bool:
        return self.gathering.state is GatheringState.ANNOUNCED

    @staticmethod
    def _counts(answer: Answer, *, after: datetime | None) -> bool:
        return answer.partstat in REAL_ANSWERS and (after is None or answer.at > after)

    @staticmethod
    def _is_news(guest: Guest, answer: Answer) -> bool:
        same = guest.says is answer.partstat and (
            guest.says is PartStat.DECLINED or guest.heads == answer.heads
        )
        return guest.asked_again or not same

    def _becomes(self, who: str, after: Invitation) -> None:
        """What changes carries a later DTSTAMP; the same said again is not another version."""
        before, self.places[who] = self.places[who], after
        if not after.tells_more_than(before):
            assert after.says_the_same_as(before)
            assert after.tally == before.tally
            assert after == replace(before, answer=after.answer, answers=after.answers)
        else:
            assert after.dtstamp >= before.dtstamp + timedelta(seconds=1)
        assert after.sequence - before.sequence in {0, 1}
        assert after.reply_token == before.reply_token


TestInvitationLife = InvitationLife.TestCase
TestInvitationLife.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
