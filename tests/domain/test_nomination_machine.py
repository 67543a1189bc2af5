"""A nomination's whole life, in any order that people may try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain.consent import Choice
from chalicelib.domain.nomination import (
    Appreciation,
    CannotBeShown,
    CannotMove,
    Nomination,
    NominationState,
    NoSuchHonouree,
)
from tests.domain.examples import BO_AND_DAN, NOW, submitted

SUBMITTED, VERIFIED, QUESTION, ANSWERED, APPROVED, THANKED, DECLINED, WITHDRAWN = (
    NominationState.SUBMITTED,
    NominationState.VERIFIED,
    NominationState.QUESTION,
    NominationState.ANSWERED,
    NominationState.APPROVED,
    NominationState.THANKED,
    NominationState.DECLINED,
    NominationState.WITHDRAWN,
)
REVIEWABLE = {VERIFIED, QUESTION, ANSWERED}
DECISIONS = {"ask", "approve", "decline"}

MOVES: dict[str, tuple[set[NominationState], NominationState]] = {
    "verify": ({SUBMITTED}, VERIFIED),
    "ask": (REVIEWABLE, QUESTION),
    "answer": ({QUESTION}, ANSWERED),
    "approve": (REVIEWABLE, APPROVED),
    "decline": (REVIEWABLE, DECLINED),
    "withdraw": ({SUBMITTED} | REVIEWABLE, WITHDRAWN),
}
"""Which step leaves which states, and where it leads."""

STEPS: dict[str, Callable[[Nomination], Nomination]] = {
    "verify": lambda it: it.verified(now=NOW),
    "ask": lambda it: it.asked(question="Which square?", reviewer="cleo", now=NOW),
    "answer": lambda it: it.answered(answer="That one."),
    "approve": lambda it: it.approved(reviewer="cleo", now=NOW),
    "decline": lambda it: it.declined(reason="Too little.", reviewer="cleo", now=NOW),
    "withdraw": lambda it: it.withdrawn(now=NOW),
}

WHO = st.sampled_from([honouree.id for honouree in BO_AND_DAN])


@dataclass
class Model:
    """What a person with a notebook would have written down."""

    state: NominationState = SUBMITTED
    found: NominationState = SUBMITTED
    decisions: int = 0
    was_answered: bool = False
    thanked: set[str] = field(default_factory=set)
    choices: dict[str, Choice] = field(default_factory=dict)
    present: set[str] = field(default_factory=lambda: {"1", "2"})

    def settle(self) -> None:
        if self.state is APPROVED and self.present and self.present <= self.thanked:
            self.state = THANKED


class NominationLife(RuleBasedStateMachine):
    @initialize(appreciation=st.sampled_from(Appreciation))
    def submit(self, appreciation: Appreciation) -> None:
        self.nomination = submitted(honourees=BO_AND_DAN, appreciation=appreciation)
        self.model = Model()

    @rule(move=st.sampled_from(sorted(MOVES)))
    def move(self, move: str) -> None:
        leaves, leads_to = MOVES[move]
        if self.model.state not in leaves:
            with pytest.raises(CannotMove):
                STEPS[move](self.nomination)
            return
        self.nomination = STEPS[move](self.nomination)
        if move in DECISIONS:
            self.model.found = self.model.state
            self.model.decisions += 1
        self.model.was_answered |= move == "answer"
        self.model.state = leads_to

    @rule()
    def undo(self) -> None:
        asking = self.model.state is QUESTION
        if self.model.state not in {QUESTION, APPROVED, DECLINED} or self.model.thanked:
            with pytest.raises(CannotMove):
                self.nomination.reopened()
            return
        self.nomination = self.nomination.reopened()
        unasked = ANSWERED if self.model.was_answered else VERIFIED
        self.model.state = unasked if asking or self.model.was_answered else self.model.found

    @rule(who=WHO)
    def thank(self, who: str) -> None:
        if self.model.state not in {APPROVED, THANKED}:
            assert self.nomination.thanked(honouree_id=who, now=NOW) == self.nomination
        elif who not in self.model.present:
            with pytest.raises(NoSuchHonouree):
                self.nomination.thanked(honouree_id=who, now=NOW)
        else:
            self.nomination = self.nomination.thanked(honouree_id=who, now=NOW)
            self.model.thanked.add(who)
            self.model.settle()

    @rule(who=WHO)
    def bounce(self, who: str) -> None:
        told = self.model.state in {APPROVED, THANKED}
        if not told or who not in self.model.present or who in self.model.choices:
            assert self.nomination.unreachable(honouree_id=who) == self.nomination
            return
        self.nomination = self.nomination.unreachable(honouree_id=who)
        self.model.thanked.discard(who)
        self.model.state = APPROVED
        assert self.nomination.awaits_letter

    @rule(who=WHO, choice=st.sampled_from(Choice))
    def choose(self, who: str, choice: Choice) -> None:
        allowed = (
            self.model.state in {APPROVED, THANKED}
            and who in self.model.present
            and (self.nomination.appreciation.may_be_shown or choice is Choice.PRIVATE)
        )
        if not allowed:
            with pytest.raises((CannotMove, CannotBeShown, NoSuchHonouree)):
                self.nomination.chosen(honouree_id=who, choice=choice)
            return
        self.nomination = self.nomination.chosen(honouree_id=who, choice=choice)
        self.model.choices[who] = choice

    @precondition(lambda self: self.model.state in {APPROVED, THANKED})
    @rule(who=WHO)
    def leave(self, who: str) -> None:
        if who not in self.model.present:
            with pytest.raises(NoSuchHonouree):
                self.nomination.without(honouree_id=who, now=NOW)
            return
        self.nomination = self.nomination.without(honouree_id=who, now=NOW)
        self.model.present.discard(who)
        self.model.settle()

    @invariant()
    def it_stands_where_the_notebook_says(self) -> None:
        assert self.nomination.state is self.model.state
        assert self.nomination.awaits_review == (self.model.state in REVIEWABLE)
        assert self.nomination.round == self.model.decisions

    @invariant()
    def nothing_is_shown_without_every_honourees_yes(self) -> None:
        yes = {who for who, choice in self.model.choices.items() if choice is not Choice.PRIVATE}
        everybody_said_yes = yes & self.model.present == {"1", "2"}

        assert self.nomination.is_shown == (
            self.model.state is THANKED
            and everybody_said_yes
            and self.nomination.appreciation is not Appreciation.PAT_ON_THE_BACK
        )
        assert bool(self.nomination.shown_names) == self.nomination.is_shown

    @invariant()
    def a_first_name_shows_no_last_name(self) -> None:
        for honouree, name in zip(
            self.nomination.honourees, self.nomination.shown_names, strict=False
        ):
            assert (name == honouree.name) == (honouree.choice is Choice.NAMED)

    @invariant()
    def nobody_who_left_can_be_found_in_it(self) -> None:
        gone = [
            person for person in self.nomination.honourees if person.id not in self.model.present
        ]

        assert all(not person.name and person.address is None for person in gone)
        assert bool(self.nomination.words.what) == bool(self.model.present)


TestNominationLife = NominationLife.TestCase
TestNominationLife.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
