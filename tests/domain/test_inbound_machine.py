"""Answers on the page and by mail, late, twice and out of order: the newest valid one counts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from chalicelib.domain.gathering import GatheringState, IsCancelled
from chalicelib.domain.inbound import (
    Effect,
    InboundMail,
    MailedAnswer,
    Says,
    Verdict,
    Verdicts,
    decide,
)
from chalicelib.domain.invitation import Answer, NotInvited, PartStat, Tally, Via
from tests.domain.examples import BO, NOW, gathering, invitation, party_plan

DOMAIN = "rsvp.example.nl"
SAYS = st.sampled_from([PartStat.ACCEPTED, PartStat.DECLINED, PartStat.TENTATIVE])
SECONDS = st.sampled_from([0, 1, 60])
VOUCHED_FOR = Verdicts(*[Verdict.PASS] * 5)


@dataclass(frozen=True)
class Letter:
    """A mail on its way: what Bo's calendar program said, and when; it may lack both numbers."""

    number: int
    says: PartStat
    stamped_at: datetime | None
    received_at: datetime
    sequence: int | None
    about: int


class Answers(RuleBasedStateMachine):
    """Bo answers on two ways, Cleo moves and cancels, and the post takes its time.

    The notebook follows the rules of order by itself: what Bo said last, how many come, and when.
    """

    letters: Bundle[Letter] = Bundle("letters")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW + timedelta(hours=1)
        self.gathering, self.place = gathering(), invitation()
        self.received: set[int] = set()
        self.written = self.moves = self.told = 0
        self.says, self.heads = PartStat.NEEDS_ACTION, 1
        self.at: datetime | None = None
        self.asked_again = self.ended = False

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(says=SAYS, heads=st.integers(1, 3))
    def answer_on_the_page(self, says: PartStat, heads: int) -> None:
        answer = Answer(says, at=self.now, via=Via.PAGE, heads=heads)
        with suppress(IsCancelled, NotInvited):
            self.place = self.place.answered(answer, gathering=self.gathering, now=self.now)
        if not self.ended:
            self._note(says, heads, self.now)

    @rule(target=letters, says=SAYS, age=SECONDS, stamped=st.booleans(), numbered=st.booleans())
    def write(self, says: PartStat, age: int, stamped: bool, numbered: bool) -> Letter:
        """Bo pressed a button, now or a while ago, under the newest mail that he got."""
        self.written += 1
        at = (self.now - timedelta(seconds=age)).replace(microsecond=0)
        return Letter(
            self.written,
            says,
            at if stamped else None,
            self.now,
            self.told if numbered else None,
            self.told,
        )

    @rule(letter=letters)
    def deliver(self, letter: Letter) -> None:
        """The notice comes, for the first time or once more."""
        said = MailedAnswer(
            self.gathering.uid(domain=DOMAIN),
            BO,
            letter.says,
            sequence=letter.sequence,
            stamped_at=letter.stamped_at,
        )
        decision = decide(
            InboundMail(Says.REPLY, writer=BO, answers=(said,)),
            VOUCHED_FOR,
            knows_token=True,
            invitation=self.place,
            gathering=self.gathering,
            uid_domain=DOMAIN,
            now=self.now,
        )
        at = min(letter.stamped_at or letter.received_at, letter.received_at)
        first = letter.number not in self.received
        if first and decision.effect is Effect.APPLY:
            answer = Answer(letter.says, at=at, via=Via.MAIL)
            self.place = self.place.answered(answer, gathering=self.gathering, now=self.now)
            self.received.add(letter.number)
        valid = letter.sequence is None or letter.about == self.moves
        assert (decision.effect is Effect.APPLY) == (valid and not self.ended)
        if first and valid and not self.ended:
            known = self.says in {PartStat.ACCEPTED, PartStat.TENTATIVE} and not self.asked_again
            self._note(letter.says, self.heads if known else 1, at)

    @precondition(lambda self: not self.ended and self.moves < 3)
    @rule(ask_again=st.booleans())
    def move(self, ask_again: bool) -> None:
        self.moves += 1
        day = 12 + self.moves
        plan = party_plan(
            starts=datetime(2026, 12, day, 19, 30), ends=datetime(2026, 12, day, 21, 30)
        )
        self.gathering = self.gathering.changed(plan, ask_again=ask_again, now=self.now)
        self.asked_again |= ask_again
        self.tell()

    def tell(self) -> None:
        """The fan-out reaches Bo."""
        self.place = self.place.updated(self.gathering, now=self.now)
        self.told = self.moves
        if self.asked_again:
            self.says, self.heads, self.at = PartStat.NEEDS_ACTION, 1, None
        self.asked_again = False

    @precondition(lambda self: len(self.received) > 3)
    @rule(removed=st.booleans())
    def end(self, removed: bool) -> None:
        self.ended = True
        if removed:
            self.place = self.place.without_guest(now=self.now)
        elif self.gathering.state is not GatheringState.CANCELLED:
            self.gathering = self.gathering.cancelled(now=self.now)

    @invariant()
    def the_newest_valid_answer_counts(self) -> None:
        assert self.place.partstat is self.says

    @invariant()
    def the_seats_add_up(self) -> None:
        tally, comes = self.place.tally, self.says is PartStat.ACCEPTED
        if self.place.removed:
            assert tally == Tally()
        else:
            assert (tally.invited, tally.heads) == (1, self.heads if comes else 0)

    def _note(self, says: PartStat, heads: int, at: datetime) -> None:
        """What is later than the last answer is the answer, also when it says the same."""
        if self.at is None or at > self.at:
            self.says, self.heads, self.at = says, heads, at


TestAnswers = Answers.TestCase
TestAnswers.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
