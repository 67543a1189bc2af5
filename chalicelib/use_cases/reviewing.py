"""Reviewing: a coordinator approves, declines, asks, mends, and may undo it for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.message import CannotMove as CannotMoveMessage
from chalicelib.domain.message import Kind, Message, MessageState
from chalicelib.domain.nomination import CannotMove, Nomination, NominationState, check_reviewer
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Person
from chalicelib.ports import Conflict, Move, NotFound, World
from chalicelib.use_cases import promising_thanks


class AlreadyReviewed(Exception):
    """Somebody changed it since this page was shown; `nomination` is how it is now."""

    def __init__(self, nomination: Nomination) -> None:
        super().__init__(nomination.id)
        self.nomination = nomination


class TextChanged(Exception):
    """Another text of the mail was put into use since the reviewer saw what would go out."""


class TooLateToUndo(Exception):
    """A mail of this decision has left, so it cannot be undone any more."""


class Review:
    """One reviewer before one nomination, as the page showed it to them.

    Every method raises `AlreadyReviewed` when `seen_version` is not the newest version any more,
    `CannotReviewOwn` when the reviewer wrote it or is thanked in it, and `CannotMove` when its
    state does not allow the step.
    """

    def __init__(
        self,
        world: World,
        *,
        partnership: Partnership,
        nomination_id: str,
        seen_version: int,
        reviewer: Person,
        now: datetime,
    ) -> None:
        self._world = world
        self._partnership = partnership
        self._reviewer = reviewer
        self._now = now
        self._seen = self._nomination = world.store.nomination(partnership.slug, nomination_id)
        if self._nomination.version != seen_version:
            raise AlreadyReviewed(self._nomination)
        self._check_reviewer(self._nomination)

    def approve(self, *, seen_text: int | None = None) -> Nomination:
        """Let the thanks go out: by mail to whoever has an address, on paper to the others.

        `seen_text` is the version in which the page showed the mail, None when it showed none. The
        mail is promised in that version; raises `TextChanged` when another one is in use by now.
        """
        if seen_text not in {None, self._partnership.in_use(Kind.THANKS)}:
            raise TextChanged
        spoken = in_their_languages(self._world, self._nomination)
        approved = spoken.approved(reviewer=self._reviewer.id, now=self._now)
        return self._decide(approved, thanks(approved, self._partnership, now=self._now))

    def decline(self, *, reason: str) -> Nomination:
        """Tell the nominator, and nobody else, that it does not go on, and why."""
        declined = self._nomination.declined(
            reason=reason, reviewer=self._reviewer.id, now=self._now
        )
        mail = promising_thanks.not_this_time(declined, now=self._now, undo=self._undo)
        return self._decide(declined, (mail,))

    def ask(self, *, question: str) -> Nomination:
        """Ask the nominator something first. A second question replaces the first."""
        asked = self._nomination.asked(question=question, reviewer=self._reviewer.id, now=self._now)
        return self._decide(
            asked, (promising_thanks.question(asked, now=self._now, undo=self._undo),)
        )

    def mend(self, *, citation: str, addresses: Mapping[str, EmailAddress | None]) -> None:
        """Set the citation, and the honourees' addresses that the reviewer found.

        Kept together with the decision that follows, or by `keep`. Raises `CannotNominateYourself`
        when an address is the nominator's own, and `NoSuchHonouree`.
        """
        mended = self._nomination.with_citation(citation)
        for honouree_id, address in addresses.items():
            mended = mended.with_address(honouree_id=honouree_id, address=address)
        self._check_reviewer(mended)
        self._nomination = mended

    def keep(self) -> Nomination:
        """Keep what was mended, and decide later."""
        return self._save(self._nomination)

    def hand_over(self, *, honouree_id: str) -> Nomination:
        """An honouree without an address got their letter. Raises `NoSuchHonouree`."""
        honouree = self._nomination.honouree(honouree_id)
        if not (self._nomination.awaits_letter and honouree.needs_letter):
            raise CannotMove(f"no letter waits for honouree {honouree_id}")
        return self._save(self._nomination.thanked(honouree_id=honouree_id, now=self._now))

    def release(self) -> Nomination:
        """Let a nomination that the spam guard held back go on: its nominator gets a mail."""
        released = self._nomination.released(now=self._now)
        mail = promising_thanks.verification(released, now=self._now)
        return self._save(released, outbox=(replace(mail, vouched=True),))

    def undo(self) -> Nomination:
        """Take a decision back while its mails still wait; raises `TooLateToUndo` afterwards.

        A decision that promised nobody a mail, such as thanks on paper alone, can always be undone
        until the first letter was handed over.
        """
        reopened = self._nomination.reopened()
        moves = withheld(self._world, self._nomination, reason="undone", now=self._now)
        try:
            self._world.save(reopened, moves=moves)
        except Conflict as conflict:
            raise TooLateToUndo from conflict
        return reopened

    def _check_reviewer(self, nomination: Nomination) -> None:
        check_reviewer(nomination, name=self._reviewer.name, address=self._reviewer.address)

    @property
    def _undo(self) -> timedelta:
        return timedelta(minutes=self._partnership.settings.undo_minutes)

    def _decide(self, nomination: Nomination, mails: tuple[Message, ...]) -> Nomination:
        """Keep a decision with its mails, which take the place of those that still wait."""
        overtaken = called_off(self._world, self._seen, reason="overtaken", now=self._now)
        return self._save(nomination, outbox=mails, moves=overtaken)

    def _save(
        self,
        nomination: Nomination,
        *,
        outbox: Sequence[Message] = (),
        moves: Sequence[Move] = (),
    ) -> Nomination:
        try:
            self._world.save(nomination, outbox=outbox, moves=moves)
        except Conflict as conflict:
            newest = self._world.store.nomination(nomination.partnership, nomination.id)
            raise AlreadyReviewed(newest) from conflict
        return nomination


def in_their_languages(world: World, nomination: Nomination) -> Nomination:
    """The nomination with each honouree's own language, as far as the people list knows it."""
    for honouree in nomination.honourees:
        if honouree.address is None:
            continue
        person = world.store.person_by_address(nomination.partnership, honouree.address)
        if person is not None:
            nomination = nomination.in_language(honouree_id=honouree.id, language=person.language)
    return nomination


def thanks(approved: Nomination, partnership: Partnership, *, now: datetime) -> tuple[Message, ...]:
    """The mails that an approval promises, which leave once it cannot be undone any more."""
    settings = partnership.settings
    undo = timedelta(minutes=settings.undo_minutes)
    mails = promising_thanks.thanks(approved, time_zone=settings.time_zone, now=now, undo=undo)
    return tuple(map(partnership.in_its_text, mails))


def decision_mails(world: World, nomination: Nomination) -> tuple[Message, ...]:
    """The mails of the newest decision: to the honourees, or to the nominator.

    Mails are forgotten after some months, so an old decision can have fewer than it promised.
    """
    found = (_found(world, nomination, message_id) for message_id in _mail_ids(nomination))
    return tuple(message for message in found if message)


def called_off(world: World, nomination: Nomination, *, reason: str, now: datetime) -> list[Move]:
    """The moves that keep mails of the newest decision from leaving, as far as they still wait."""
    return [
        Move(mail, mail.suppressed(reason=reason, now=now))
        for mail in decision_mails(world, nomination)
        if mail.state is MessageState.QUEUED
    ]


def withheld(world: World, nomination: Nomination, *, reason: str, now: datetime) -> list[Move]:
    """The moves that keep all mails of the newest decision from leaving.

    Raises `TooLateToUndo` when one of them has left.
    """
    mails = decision_mails(world, nomination)
    if _promised(nomination) - {mail.id for mail in mails}:
        raise TooLateToUndo("a mail of this decision is so old that it was forgotten")
    try:
        return [Move(mail, mail.suppressed(reason=reason, now=now)) for mail in mails]
    except CannotMoveMessage as left:
        raise TooLateToUndo from left


def may_undo(nomination: Nomination, mails: tuple[Message, ...], *, now: datetime) -> bool:
    """Whether the newest decision can still be taken back: each of its mails waits for later."""
    try:
        nomination.reopened()
    except CannotMove:
        return False
    return bool(mails) and all(
        mail.due_at and mail.due_at > now and not mail.attempt for mail in mails
    )


def _mail_ids(nomination: Nomination) -> list[str]:
    """The ids of the mails that the newest decision can have promised."""
    if nomination.state in {NominationState.APPROVED, NominationState.THANKED}:
        return [
            promising_thanks.thanks_id(nomination, honouree) for honouree in nomination.honourees
        ]
    if nomination.state in {NominationState.DECLINED, NominationState.QUESTION}:
        return [promising_thanks.answer_id(nomination)]
    return []


def _promised(nomination: Nomination) -> set[str]:
    """The ids of the mails that the newest decision promised for certain."""
    on_paper = (honouree for honouree in nomination.honourees if honouree.address is None)
    never = {promising_thanks.thanks_id(nomination, honouree) for honouree in on_paper}
    return set(_mail_ids(nomination)) - never


def _found(world: World, nomination: Nomination, message_id: str) -> Message | None:
    try:
        return world.store.message(nomination.partnership, message_id)
    except NotFound:
        return None
