"""A message between delivery, the sweep, SES and a coordinator, in any order."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chalicelib.domain.message import (
    PARKED_AFTER,
    CannotMove,
    Message,
    MessageState,
    Outcome,
)
from tests.domain.examples import DAY, MINUTE, NOW, message

QUEUED, SENDING, SENT, PARKED, FAILED, SUPPRESSED = (
    MessageState.QUEUED,
    MessageState.SENDING,
    MessageState.SENT,
    MessageState.PARKED,
    MessageState.FAILED,
    MessageState.SUPPRESSED,
)

MOVES: dict[str, tuple[set[MessageState], MessageState]] = {
    "claim": ({QUEUED}, SENDING),
    "accepted": (set(MessageState), SENT),
    "again": ({SENDING}, QUEUED),
    "hold": ({SENDING}, QUEUED),
    "never": ({QUEUED, SENDING, PARKED, SENT, FAILED}, FAILED),
    "park": ({SENDING, PARKED}, PARKED),
    "suppress": ({QUEUED}, SUPPRESSED),
    "send again": ({SENDING, PARKED, FAILED}, QUEUED),
    "leave it": ({SENDING, PARKED}, FAILED),
}
"""Which step leaves which states, and where it leads; a stale claim counts as parked."""

ONLY_WHEN_STALE = {"park", "send again", "leave it"}


class MessageLife(RuleBasedStateMachine):
    @initialize(wait=st.sampled_from([timedelta(), 10 * MINUTE]))
    def promise(self, wait: timedelta) -> None:
        self.now: datetime = NOW
        self.message = message(due_at=NOW + wait)
        self.model: dict[str, object] = {"state": QUEUED, "due": NOW + wait, "virus": False}
        self.gravest = Outcome.NONE
        self.claims = self.held = 0

    @rule(minutes=st.sampled_from([1, 5, 15, 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(move=st.sampled_from(sorted(MOVES)))
    def move(self, move: str) -> None:
        if not self._may(move):
            with pytest.raises(CannotMove):
                self._step(move)
            return
        stays = (move == "accepted" and self.model["virus"]) or (
            MOVES[move][1] is self.model["state"] and move not in {"send again"}
        )
        before, self.message = self.message, self._step(move)
        if stays:
            assert self.message == before
            return
        self.model["state"] = MOVES[move][1]
        self.model["virus"] = False
        self.claims += move == "claim"
        self.held += move == "hold"

    @rule()
    def virus(self) -> None:
        self.message = self.message.rejected(ses_id="ses-1", now=self.now)
        self.model["state"] = FAILED
        self.model["virus"] = True

    @rule(outcome=st.sampled_from(Outcome))
    def hear(self, outcome: Outcome) -> None:
        self.message = self.message.heard(outcome, now=self.now)
        self.gravest = max(self.gravest, outcome, key=list(Outcome).index)

    @rule()
    def put_away(self) -> None:
        if self.message.did_not_arrive:
            self.message = self.message.put_away()
            return
        with pytest.raises(CannotMove):
            self.message.put_away()

    @invariant()
    def nobody_has_seen_what_came_later(self) -> None:
        seen = self.message if self.message.seen else None

        assert seen is None or seen.did_not_arrive

    @invariant()
    def it_stands_where_the_table_says(self) -> None:
        assert self.message.state is self.model["state"]

    @invariant()
    def only_what_goes_on_waits_for_a_time(self) -> None:
        goes_on = self.message.state in {QUEUED, SENDING}

        assert (self.message.due_at is not None) == goes_on
        assert (self.message.finished_at is None) == goes_on

    @invariant()
    def outcomes_only_grow_graver(self) -> None:
        assert self.message.outcome is self.gravest

    @invariant()
    def each_claim_is_one_attempt(self) -> None:
        assert (self.message.attempt, self.message.probes) == (self.claims, self.held)
        assert bool(self.message.claim) or self.message.state is not SENDING

    @invariant()
    def doubt_is_a_matter_of_the_clock(self) -> None:
        stale = (
            self.message.state is SENDING
            and self.message.claimed_at is not None
            and self.now - self.message.claimed_at >= PARKED_AFTER
        )

        assert self.message.in_doubt(self.now) == (stale or self.message.state is PARKED)

    def _may(self, move: str) -> bool:
        state = self.model["state"]
        if state not in MOVES[move][0]:
            return False
        if move == "claim":
            return self.message.due_at is not None and self.message.due_at <= self.now
        if move in ONLY_WHEN_STALE and state is SENDING:
            return self.message.in_doubt(self.now)
        return True

    def _step(self, move: str) -> Message:
        it, now = self.message, self.now
        match move:
            case "claim":
                return it.claimed(token=f"t{self.claims}", now=now)
            case "accepted":
                return it.sent(ses_id="ses-1", now=now)
            case "again":
                return it.again(now=now, jitter=timedelta(seconds=3), reason="throttled")
            case "hold":
                return it.held(until=now + MINUTE, reason="paused")
            case "never":
                return it.failed(reason="bad_request", now=now)
            case "park":
                return it.parked(now=now)
            case "suppress":
                return it.suppressed(reason="undone", now=now)
            case "send again":
                return it.queued_again(now=now, deadline=now + DAY)
            case _:
                return it.left(now=now)


TestMessageLife = MessageLife.TestCase
TestMessageLife.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
