"""A nomination: what somebody wrote about another's effort, and where that thank-you stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.consent import Choice, shown_name
from chalicelib.domain.people import (
    MAX_NAME_LENGTH,
    MIN_NAME_LENGTH,
    EmailAddress,
    Language,
    Side,
    name_key,
    same_address,
)
from chalicelib.domain.private_numbers import masked
from chalicelib.domain.reading import MustRead, in_names, in_texts
from chalicelib.domain.spam_guard import Tripwire
from chalicelib.domain.text import check_name

MAX_CITATION_LENGTH = 100
MIN_WHAT_LENGTH = 10
MIN_WHY_LENGTH = 5
MAX_TEXT_LENGTH = 600
MAX_ORGANISATION_LENGTH = 120
MAX_LINE_LENGTH = 300
MAX_HONOUREES = 10

KEEP_UNCONFIRMED = timedelta(days=7)
KEEP_DECLINED = timedelta(days=30)
KEEP_READABLE = timedelta(days=7)
"""How long its nominator can read at least that it was declined or taken back, and why."""


class Appreciation(StrEnum):
    """The four forms of appreciation, lowest rung of the ladder first."""

    PAT_ON_THE_BACK = "pat_on_the_back"
    SHOUT_OUT = "shout_out"
    GIFT = "gift"
    GATHERING = "gathering"

    @property
    def may_be_shown(self) -> bool:
        """Whether the nominator was told that the honouree may put it on the wall.

        For a pat on the back the form promises that only the honouree and a coordinator read it.
        """
        return self is not Appreciation.PAT_ON_THE_BACK


class NominationState(StrEnum):
    """Where a nomination stands."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    QUESTION = "question"
    ANSWERED = "answered"
    APPROVED = "approved"
    THANKED = "thanked"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ReviewedBy(StrEnum):
    """Who decides about a nomination: a person, or the setting that its nominator is trusted."""

    PERSON = "person"
    SETTING = "setting"


class CannotMove(Exception):
    """A nomination in this state cannot make this move."""


class NeedsReading(Exception):
    """A person has to read this nomination before anybody else does; `why` says why."""

    def __init__(self, why: tuple[MustRead, ...]) -> None:
        super().__init__(", ".join(why))
        self.why = why


class DoesNotFit(ValueError):
    """Too little or too much for a nomination; names the part."""


class CannotNominateYourself(Exception):
    """The honouree's address is the nominator's own."""


class CannotReviewOwn(Exception):
    """A reviewer wrote this nomination, or is thanked in it."""


class NoSuchHonouree(LookupError):
    """Nobody with that id is thanked here, or no longer."""


class AlreadyThankedBack(Exception):
    """The honouree sent the nominator another line before."""


class NobodyToAnswer(Exception):
    """Whoever gave these thanks is erased, so a line back reaches nobody."""


class CannotBeShown(Exception):
    """This thank-you was given in private: it cannot go on the wall."""


@dataclass(frozen=True)
class Nominator:
    """Who writes. `show_name` is whether the name may stand beside the thank-you on the wall."""

    name: str
    address: EmailAddress
    side: Side
    show_name: bool
    language: Language = Language.DUTCH


@dataclass(frozen=True)
class Honouree:
    """Who is thanked: one person, or a whole party when `party` is set.

    `choice` is the newest line of their consent ledger; None while they have not chosen, which
    counts as private. `thanks_back` is the one line they wrote to the nominator,
    `led_to` what they told weeks later.
    """

    id: str
    name: str
    side: Side = Side.UNKNOWN
    address: EmailAddress | None = None
    party: str = ""
    language: Language = Language.DUTCH
    thanked_at: datetime | None = None
    choice: Choice | None = None
    thanks_back: str = ""
    removed_at: datetime | None = None
    led_to: str = ""

    @property
    def allows_showing(self) -> bool:
        """Whether this honouree said yes to being shown."""
        return self.choice is not None and self.choice.allows_showing and self.removed_at is None

    @property
    def needs_letter(self) -> bool:
        """Whether this honouree has no address and still has to get their letter."""
        return self.address is None and self.thanked_at is None and self.removed_at is None


@dataclass(frozen=True)
class Words:
    """What the nominator wrote: the deed, why it mattered, and the organisation's name if given."""

    what: str
    why: str
    organisation: str = ""

    @property
    def without_private_numbers(self) -> Words:
        """The same words as they may be kept and mailed: without anybody's BSN or bank account."""
        return Words(masked(self.what), masked(self.why), masked(self.organisation))


@dataclass(frozen=True)
class Nomination:
    """Somebody's thanks for somebody else's effort, on its way to them.

    Build one with `submit`, which refuses a nomination of oneself. Every change returns a new
    value. `version` counts the saved changes, so that two people cannot overwrite each other.
    `suspicious` is whether the spam guard holds it back now, and `tripped` is why it did.
    `reviewer` is who decided, and nobody where `reviewed_by` says that the setting did.
    `round` counts the decisions, so that each decision's mails have ids of their own.
    `led_to` is what the nominator told weeks later.
    """

    partnership: str
    id: str
    reference: str
    nominator: Nominator
    honourees: tuple[Honouree, ...]
    words: Words
    appreciation: Appreciation
    submitted_at: datetime
    state: NominationState = NominationState.SUBMITTED
    suspicious: bool = False
    tripped: tuple[Tripwire, ...] = ()
    released_at: datetime | None = None
    verified_at: datetime | None = None
    citation: str = ""
    question: str = ""
    answer: str = ""
    reason: str = ""
    reviewer: str = ""
    reviewed_by: ReviewedBy = ReviewedBy.PERSON
    decided_at: datetime | None = None
    round: int = 0
    led_to: str = ""
    version: int = 0

    @property
    def awaits_review(self) -> bool:
        """Whether a coordinator can decide on it now."""
        return self.state in _REVIEWABLE

    @property
    def must_be_read(self) -> tuple[MustRead, ...]:
        """Why a person has to read it before an honouree does, however much its nominator is
        trusted; nothing when its mails would hold only what may go on unread.
        """
        words = self.words
        names = [self.nominator.name, *(honouree.name for honouree in self.honourees)]
        found = {
            *in_texts([words.what, words.why, self.citation]),
            *in_names([*names, *filter(None, [words.organisation])]),
        }
        if self.appreciation is Appreciation.GIFT:
            found.add(MustRead.GIFT)
        if Tripwire.MANY in self.tripped:
            found.add(MustRead.MANY)
        if {*self.tripped} - {Tripwire.MANY}:
            found.add(MustRead.SPAM)
        if any(honouree.address is None for honouree in self.honourees):
            found.add(MustRead.NO_ADDRESS)
        return tuple(why for why in MustRead if why in found)

    @property
    def awaits_letter(self) -> bool:
        """Whether an approved thank-you still has to be handed over on paper."""
        return self.state is NominationState.APPROVED and any(
            h.needs_letter for h in self.honourees
        )

    @property
    def may_be_withdrawn(self) -> bool:
        """Whether the nominator can still take it back: nothing has been sent to the honouree.

        One that goes on unread is taken back while its mails wait. Whoever calls this has made
        sure that they do; when a letter takes the place of one, they do not.
        """
        unread = self.reviewed_by is ReviewedBy.SETTING
        sent = self.awaits_letter or any(honouree.thanked_at for honouree in self.honourees)
        waits = self.state is NominationState.APPROVED and not sent
        return self.state in _WITHDRAWABLE or (unread and waits)

    @property
    def forget_at(self) -> datetime | None:
        """When it is deleted: one that was never confirmed, declined or taken back; else None.

        One that the spam guard held back counts from its release, as the mailed link does. Whoever
        was named in a declined nomination is not told, so it stays no longer than the month in
        which they would have to be (GDPR article 14(3)(a)), or a week when it was decided late.
        """
        if self.state is NominationState.SUBMITTED:
            return (self.released_at or self.submitted_at) + KEEP_UNCONFIRMED
        if self.state in {NominationState.DECLINED, NominationState.WITHDRAWN}:
            readable = (self.decided_at or self.submitted_at) + KEEP_READABLE
            return max(self.submitted_at + KEEP_DECLINED, readable)
        return None

    @property
    def is_shown(self) -> bool:
        """Whether it stands on the wall: given in the open, and every honouree said yes.

        Every one of them, because the words are about all of them.
        """
        return (
            self.state is NominationState.THANKED
            and self.appreciation.may_be_shown
            and bool(self.honourees)
            and all(honouree.allows_showing for honouree in self.honourees)
        )

    @property
    def is_empty(self) -> bool:
        """Whether nobody is left who is thanked in it."""
        return all(honouree.removed_at is not None for honouree in self.honourees)

    @property
    def is_anonymous(self) -> bool:
        """Whether its nominator is erased."""
        return not self.nominator.address

    @property
    def shown_names(self) -> tuple[str, ...]:
        """The honourees' names as the wall may show them; empty when it is not shown."""
        if not self.is_shown:
            return ()
        return tuple(shown_name(h.name, h.choice or Choice.PRIVATE) for h in self.honourees)

    @property
    def shown_nominator(self) -> str:
        """The nominator's name as the wall may show it; empty when they would rather not."""
        return self.nominator.name if self.nominator.show_name else ""

    @property
    def headline(self) -> str:
        """The citation, or the deed in the nominator's own words when nobody made one."""
        return self.citation or self.words.what

    def submitted_on(self, *, time_zone: str) -> date:
        """The day on which its nominator wrote it, where they live."""
        return local_time(self.submitted_at, time_zone=time_zone).date()

    def read_by(self, *, response_days: int, time_zone: str) -> date:
        """The day by which a coordinator reads it."""
        came = local_time(self.verified_at or self.submitted_at, time_zone=time_zone).date()
        return came + timedelta(days=response_days)

    def inform_by(self, *, time_zone: str) -> date:
        """The last day to tell the honouree: thirty days after submission.

        GDPR article 14(3)(a) allows a month, which at the end of January is shorter than that.
        """
        submitted = self.submitted_on(time_zone=time_zone)
        last = submitted + timedelta(days=30)
        skips_february = (submitted.month, last.month) == (1, 3)
        return last.replace(day=1) - timedelta(days=1) if skips_february else last

    def honouree(self, honouree_id: str) -> Honouree:
        """The honouree with this id; raises `NoSuchHonouree`, also once they were removed."""
        for honouree in self.honourees:
            if honouree.id == honouree_id and honouree.removed_at is None:
                return honouree
        raise NoSuchHonouree(honouree_id)

    def verified(self, *, now: datetime) -> Nomination:
        """submitted → verified: the nominator's address is proven."""
        self._only_from(NominationState.SUBMITTED)
        return replace(self, state=NominationState.VERIFIED, verified_at=now, suspicious=False)

    def held_back(self, tripwire: Tripwire) -> Nomination:
        """The same nomination, held back by the spam guard for one more reason.

        One whose nominator proved their address waits with all others that are to be read.
        """
        self._only_from(NominationState.SUBMITTED, NominationState.VERIFIED)
        unproven = self.state is NominationState.SUBMITTED
        return replace(self, suspicious=unproven, tripped=(*self.tripped, tripwire))

    def released(self, *, now: datetime) -> Nomination:
        """The same nomination, no longer held back by the spam guard."""
        self._only_from(NominationState.SUBMITTED)
        return replace(self, suspicious=False, released_at=self.released_at or now)

    def asked(self, *, question: str, reviewer: str, now: datetime) -> Nomination:
        """verified, answered or question → question: the reviewer wants to know something first.

        A new question replaces the one before; an earlier answer stays until there is a new one.
        """
        asked = self._decided(NominationState.QUESTION, reviewer=reviewer, now=now)
        return replace(asked, question=question)

    def answered(self, *, answer: str) -> Nomination:
        """question → answered: the nominator explained, without anybody's private numbers.

        The same answer again changes nothing.
        """
        kept = masked(answer)
        if self.state is NominationState.ANSWERED and self.answer == kept:
            return self
        self._only_from(NominationState.QUESTION)
        return replace(self, state=NominationState.ANSWERED, answer=kept)

    def approved(self, *, reviewer: str, now: datetime) -> Nomination:
        """verified, answered or question → approved: the thanks go out."""
        return self._decided(NominationState.APPROVED, reviewer=reviewer, now=now)

    def approved_unread(self, *, now: datetime) -> Nomination:
        """verified → approved by the setting: thanks of somebody who is trusted go out.

        Raises `NeedsReading` when a person has to read it all the same.
        """
        self._only_from(NominationState.VERIFIED)
        if self.must_be_read:
            raise NeedsReading(self.must_be_read)
        approved = self._decided(NominationState.APPROVED, reviewer="", now=now)
        return replace(approved, reviewed_by=ReviewedBy.SETTING)

    def declined(self, *, reason: str, reviewer: str, now: datetime) -> Nomination:
        """verified, answered or question → declined: only the nominator hears why."""
        declined = self._decided(NominationState.DECLINED, reviewer=reviewer, now=now)
        return replace(declined, reason=reason)

    def reopened(self) -> Nomination:
        """question, approved or declined → back where the reviewer found it: a decision undone.

        Whoever calls this has made sure that none of the decision's mails left.
        """
        self._only_from(
            NominationState.QUESTION, NominationState.APPROVED, NominationState.DECLINED
        )
        if any(honouree.thanked_at for honouree in self.honourees):
            raise CannotMove("somebody has their thanks already")
        asking = self.state is NominationState.QUESTION and not self.answer
        question = "" if asking else self.question
        return replace(
            self,
            state=_found(question=question, answer=self.answer),
            question=question,
            reason="",
            reviewer="",
            reviewed_by=ReviewedBy.PERSON,
            decided_at=None,
        )

    def withdrawn(self, *, now: datetime) -> Nomination:
        """Any state before a person approved it → withdrawn: the nominator took it back."""
        if not self.may_be_withdrawn:
            raise CannotMove(f"{self.state} nomination cannot be withdrawn")
        return replace(self, state=NominationState.WITHDRAWN, decided_at=now)

    def was_decided(self, state: NominationState, *, by: str, after: int) -> bool:
        """Whether the one change since version `after` is that this reviewer decided so."""
        return (self.state, self.reviewer, self.version) == (state, by, after + 1)

    def with_citation(self, citation: str) -> Nomination:
        """The same nomination under another citation, until it is decided."""
        self._only_from(*_REVIEWABLE)
        return replace(self, citation=citation[:MAX_CITATION_LENGTH])

    def with_address(self, *, honouree_id: str, address: EmailAddress | None) -> Nomination:
        """The same nomination, with the address a reviewer found.

        Raises `CannotNominateYourself` when that is the nominator's own.
        """
        self._only_from(*_REVIEWABLE)
        if same_address(address, self.nominator.address):
            raise CannotNominateYourself
        return self._changed(honouree_id, lambda honouree: replace(honouree, address=address))

    def thanked(self, *, honouree_id: str, now: datetime) -> Nomination:
        """One honouree has their thanks; approved → thanked once all of them have.

        Repeating it changes nothing: the first time stays.
        """
        if self.state not in _TOLD:
            return self
        return self._changed(
            honouree_id, lambda honouree: replace(honouree, thanked_at=honouree.thanked_at or now)
        )._settled()

    def unreachable(self, *, honouree_id: str) -> Nomination:
        """One honouree's mail did not arrive: they get a letter; thanked → approved.

        Nothing changes once they were removed, or chose or answered: that proves that it came.
        """
        unread = {
            honouree.id
            for honouree in self.honourees
            if honouree.removed_at is None and honouree.choice is None and not honouree.thanks_back
        }
        if self.state not in _TOLD or honouree_id not in unread:
            return self
        unthanked = self._changed(
            honouree_id, lambda honouree: replace(honouree, address=None, thanked_at=None)
        )
        return replace(unthanked, state=NominationState.APPROVED)

    def in_language(self, *, honouree_id: str, language: Language) -> Nomination:
        """The same nomination, with the language that this honouree reads."""
        return self._changed(honouree_id, lambda honouree: replace(honouree, language=language))

    def chosen(self, *, honouree_id: str, choice: Choice) -> Nomination:
        """The honouree, once told, decides what may be shown, as often as they like.

        Raises `CannotBeShown` for a form of thanks that was promised to stay private.
        """
        self._only_from(*_TOLD)
        if choice.allows_showing and not self.appreciation.may_be_shown:
            raise CannotBeShown
        return self._changed(honouree_id, lambda honouree: replace(honouree, choice=choice))

    def with_name(self, *, honouree_id: str, name: str) -> Nomination:
        """The honouree corrects their own name; raises `text.NotAName` for anything else."""
        check_name(name)
        return self._changed(honouree_id, lambda honouree: replace(honouree, name=name))

    def thanked_back(self, *, honouree_id: str, line: str) -> Nomination:
        """The honouree answers with one line, once; raises `AlreadyThankedBack` for another one.

        It is kept without anybody's private numbers. Raises `NobodyToAnswer` too.
        """
        self._only_from(*_TOLD)
        if self.is_anonymous:
            raise NobodyToAnswer
        kept = masked(line)
        if self.honouree(honouree_id).thanks_back not in {"", kept}:
            raise AlreadyThankedBack
        return self._changed(honouree_id, lambda honouree: replace(honouree, thanks_back=kept))

    def came_of_it(self, *, text: str, honouree_id: str = "") -> Nomination:
        """Somebody tells what it led to: an honouree, or the nominator when no id is given.

        They may tell it in other words later. It is kept without anybody's private numbers. Raises
        `NoSuchHonouree` after removal.
        """
        self._only_from(*_TOLD)
        kept = masked(text)
        if not honouree_id and self.is_anonymous:
            raise CannotMove("its nominator is erased")
        if not honouree_id:
            return replace(self, led_to=kept)
        return self._changed(honouree_id, lambda honouree: replace(honouree, led_to=kept))

    def without(self, *, honouree_id: str, now: datetime) -> Nomination:
        """The honouree had themselves removed; the words go with the last of them.

        Who remains keeps their thanks, but it is never shown again: the words are also about the
        one who left.
        """
        gone = self._changed(honouree_id, lambda honouree: _erased(honouree, now=now))
        if not gone.is_empty:
            return gone._settled()
        return replace(
            gone, words=Words(what="", why=""), citation="", question="", answer="", led_to=""
        )

    def without_nominator(self, *, now: datetime) -> Nomination:
        """Its nominator is erased: what was passed on stays, from nobody; the rest is taken back.

        With the name goes what only the coordinators read.
        """
        nobody = Nominator("", EmailAddress(""), self.nominator.side, show_name=False)
        left = replace(self, nominator=nobody, question="", answer="", reason="", led_to="")
        if left.state in _TOLD:
            return left
        ended = left.withdrawn(now=now) if left.may_be_withdrawn else left
        return replace(ended, words=Words(what="", why=""), citation="")

    def without_erased(self, *, honouree_id: str, now: datetime) -> Nomination:
        """The honouree is erased, whatever their thanks had come to.

        With the last of them ends what nobody was told of yet.
        """
        gone = self.without(honouree_id=honouree_id, now=now)
        if gone.is_empty and gone.may_be_withdrawn:
            return gone.withdrawn(now=now)
        return gone

    def _decided(self, state: NominationState, *, reviewer: str, now: datetime) -> Nomination:
        self._only_from(*_REVIEWABLE)
        return replace(
            self, state=state, reviewer=reviewer, decided_at=now, reason="", round=self.round + 1
        )

    def _settled(self) -> Nomination:
        remaining = [honouree for honouree in self.honourees if honouree.removed_at is None]
        everybody = all(honouree.thanked_at for honouree in remaining)
        if self.state is NominationState.APPROVED and everybody:
            return replace(self, state=NominationState.THANKED)
        return self

    def _changed(self, honouree_id: str, change: Callable[[Honouree], Honouree]) -> Nomination:
        self.honouree(honouree_id)
        changed = tuple(change(h) if h.id == honouree_id else h for h in self.honourees)
        return replace(self, honourees=changed)

    def _only_from(self, *states: NominationState) -> None:
        if self.state not in states:
            raise CannotMove(f"{self.state} nomination, expected {', '.join(states)}")


def submit(nomination: Nomination) -> Nomination:
    """A new nomination, whose words hold nobody's private numbers.

    Raises `CannotNominateYourself` when an honouree is its nominator, and `DoesNotFit` for texts,
    names or honourees outside of the limits of this module.
    """
    _check_sizes(nomination)
    for honouree in nomination.honourees:
        if same_address(honouree.address, nomination.nominator.address):
            raise CannotNominateYourself
    return replace(nomination, words=nomination.words.without_private_numbers)


def _check_sizes(nomination: Nomination) -> None:
    words = nomination.words
    names = [nomination.nominator.name, *(honouree.name for honouree in nomination.honourees)]
    fits = {
        "what": MIN_WHAT_LENGTH <= len(words.what) <= MAX_TEXT_LENGTH,
        "why": MIN_WHY_LENGTH <= len(words.why) <= MAX_TEXT_LENGTH,
        "organisation": len(words.organisation) <= MAX_ORGANISATION_LENGTH,
        "names": all(MIN_NAME_LENGTH <= len(name) <= MAX_NAME_LENGTH for name in names),
        "honourees": 1 <= len(nomination.honourees) <= MAX_HONOUREES,
    }
    for part, does_fit in fits.items():
        if not does_fit:
            raise DoesNotFit(part)


def check_reviewer(nomination: Nomination, *, name: str, address: EmailAddress | None) -> None:
    """Refuse a reviewer who wrote this nomination or is thanked in it; raises `CannotReviewOwn`.

    Recognised by address, and by name for an honouree whose address nobody knows yet.
    """
    if same_address(nomination.nominator.address, address):
        raise CannotReviewOwn
    for honouree in nomination.honourees:
        if same_address(honouree.address, address):
            raise CannotReviewOwn
        unknown = honouree.address is None and honouree.removed_at is None
        if unknown and name_key(honouree.name) == name_key(name):
            raise CannotReviewOwn


_REVIEWABLE = (NominationState.VERIFIED, NominationState.ANSWERED, NominationState.QUESTION)
_WITHDRAWABLE = (NominationState.SUBMITTED, *_REVIEWABLE)
_TOLD = (NominationState.APPROVED, NominationState.THANKED)


def _found(*, question: str, answer: str) -> NominationState:
    if answer:
        return NominationState.ANSWERED
    return NominationState.QUESTION if question else NominationState.VERIFIED


def _erased(honouree: Honouree, *, now: datetime) -> Honouree:
    return Honouree(
        id=honouree.id,
        name="",
        side=honouree.side,
        thanked_at=honouree.thanked_at,
        choice=Choice.PRIVATE,
        removed_at=now,
    )
