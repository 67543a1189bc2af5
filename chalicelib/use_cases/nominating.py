"""Nominating: sending a thank-you, proving the address, answering a question, taking it back."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.access import SENT_LIVES, Purpose, Token, token_digest
from chalicelib.domain.allowance import nomination_allowance
from chalicelib.domain.message import Message
from chalicelib.domain.nomination import (
    Appreciation,
    CannotMove,
    Honouree,
    Nomination,
    NominationState,
    Nominator,
    ReviewedBy,
    Words,
    submit,
)
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Person, Side, same_address
from chalicelib.domain.puzzle import SolvedPuzzle
from chalicelib.domain.spam_guard import Filling, Tripwire
from chalicelib.ports import AllowanceSpent, Conflict, Move, Use, World
from chalicelib.use_cases import promising_thanks, puzzling, reviewing, trusting
from chalicelib.use_cases.proving import proof
from chalicelib.use_cases.retrying import until_saved

_REFERENCE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class SendKeyUsed(Exception):
    """This form was sent before with other words; `nomination` is what was kept then."""

    def __init__(self, nomination: Nomination) -> None:
        super().__init__(nomination.id)
        self.nomination = nomination


@dataclass(frozen=True)
class Named:
    """Somebody to be thanked, as the nominator named them."""

    name: str
    address: EmailAddress | None = None


@dataclass(frozen=True)
class Draft:
    """A nomination as its form gives it, checked for form but not yet sent."""

    nominator: Nominator
    named: tuple[Named, ...]
    side: Side
    words: Words
    appreciation: Appreciation


def submit_nomination(
    world: World,
    *,
    partnership: Partnership,
    draft: Draft,
    send_key: str,
    signed_in: Person | None,
    filling: Filling,
    now: datetime,
) -> Nomination:
    """Keep a nomination together with the mail it promises, once per `send_key`.

    The key also opens the page that says so, for whoever sent the form. A nominator signed in
    under the address they give is verified at once, and where they are trusted the thanks go on
    with it. One whose `filling` trips the spam guard or leaves a puzzle unsolved, or whose address
    sent too many today, gets no mail until a coordinator releases it; too many from a proven
    address are read first. The same key with the same words returns what was kept; with other words
    it raises `SendKeyUsed`. Raises `CannotNominateYourself` and `DoesNotFit`.
    """
    is_own = signed_in is not None and same_address(signed_in.address, draft.nominator.address)
    nomination = submit(_drafted(partnership, draft, send_key=send_key, filling=filling, now=now))
    solved = None
    if is_own:
        nomination = nomination.verified(now=now)
    elif partnership.settings.puzzle:
        solved = puzzling.solved(world, partnership, filling.solution, now=now)
        nomination = nomination if solved else nomination.held_back(Tripwire.PUZZLE)
    sent = Token(
        partnership.slug, token_digest(send_key), Purpose.SENT, nomination.id, now + SENT_LIVES
    )
    try:
        return _keep(world, partnership, nomination, sent, solved, now=now)
    except Conflict:
        if solved is None:
            return _sent_before(world, nomination)
    return _unless_sent_before(world, partnership, nomination, sent, now=now)


def verify_nomination(
    world: World, *, partnership: Partnership, nomination_id: str, now: datetime
) -> Nomination:
    """The nominator's address is proven, and where they are trusted the thanks go on with it.

    Repeating it changes nothing. Raises `CannotMove`.
    """

    def verify() -> Nomination:
        nomination = world.store.nomination(partnership.slug, nomination_id)
        if nomination.verified_at is not None:
            return nomination
        verified = trusting.approved_unread(
            world, nomination.verified(now=now), partnership=partnership, now=now
        )
        proven = proof(
            world, partnership=partnership.slug, address=verified.nominator.address, now=now
        )
        world.save(verified, *proven, outbox=_promises(verified, partnership, now=now))
        return verified

    return until_saved(verify)


def mail_again(
    world: World, *, partnership: Partnership, nomination_id: str, now: datetime
) -> None:
    """Mail once more that an address wants to be confirmed: twice at most, then nothing happens.

    Whoever asks is at the page that says that it was sent. That page is the same for a nomination
    that the spam guard holds back, whose nominator gets no mail.
    """
    nomination = world.store.nomination(partnership.slug, nomination_id)
    if nomination.state is not NominationState.SUBMITTED or nomination.suspicious:
        return
    for number in promising_thanks.MAILED_AGAIN:
        with suppress(Conflict):
            world.save(outbox=[promising_thanks.verification(nomination, now=now, again=number)])
            return


def take_back_unconfirmed(
    world: World, *, partnership: Partnership, nomination_id: str, now: datetime
) -> Nomination:
    """Whoever sent the form takes it back, once or twice, while nobody has proven its address.

    After that only the owner of the address may: raises `CannotMove`.
    """

    def take_back() -> Nomination:
        nomination = world.store.nomination(partnership.slug, nomination_id)
        if nomination.verified_at is not None:
            raise CannotMove("its nominator has confirmed it")
        return _withdraw(world, nomination, now=now)

    return until_saved(take_back)


def withdraw_nomination(
    world: World, *, partnership: Partnership, nomination_id: str, now: datetime
) -> Nomination:
    """The nominator takes it back, once or twice; a question that still waits is not asked.

    Thanks that went on unread stay, as long as their mails wait. Raises `CannotMove` when it was
    sent.
    """

    def withdraw() -> Nomination:
        nomination = world.store.nomination(partnership.slug, nomination_id)
        return _withdraw(world, nomination, now=now)

    return until_saved(withdraw)


def answer_question(
    world: World, *, partnership: Partnership, nomination_id: str, answer: str
) -> Nomination:
    """The nominator explains; the nomination goes back to the reviewers.

    The same answer again changes nothing; another one raises `CannotMove`.
    """

    def answer_it() -> Nomination:
        nomination = world.store.nomination(partnership.slug, nomination_id)
        answered = nomination.answered(answer=answer)
        if answered != nomination:
            world.save(answered)
        return answered

    return until_saved(answer_it)


def _withdraw(world: World, nomination: Nomination, *, now: datetime) -> Nomination:
    if nomination.state is NominationState.WITHDRAWN:
        return nomination
    withdrawn = nomination.withdrawn(now=now)
    world.save(withdrawn, moves=_taken_back(world, nomination, now=now))
    return withdrawn


def _taken_back(world: World, nomination: Nomination, *, now: datetime) -> list[Move]:
    """The moves that keep what was promised from leaving. Raises `CannotMove`."""
    if nomination.state is not NominationState.APPROVED:
        return reviewing.called_off(world, nomination, reason="withdrawn", now=now)
    try:
        return reviewing.withheld(world, nomination, reason="withdrawn", now=now)
    except reviewing.TooLateToUndo as left:
        raise CannotMove("its thanks have left") from left


def _unless_sent_before(
    world: World, partnership: Partnership, nomination: Nomination, sent: Token, *, now: datetime
) -> Nomination:
    """This form came before, or another one came with the same number: then it counts no more."""
    try:
        return _keep(world, partnership, nomination.held_back(Tripwire.PUZZLE), sent, None, now=now)
    except Conflict:
        return _sent_before(world, nomination)


def _keep(
    world: World,
    partnership: Partnership,
    nomination: Nomination,
    sent: Token,
    solved: SolvedPuzzle | None,
    *,
    now: datetime,
) -> Nomination:
    """Keep it and count it, together; held back when its address was typed too often today."""
    kept = nomination
    if nomination.verified_at is not None:
        kept = trusting.approved_unread(world, nomination, partnership=partnership, now=now)
    beside = (sent, solved) if solved else (sent,)
    counted = _use(world, partnership, kept, now=now)
    try:
        world.save(kept, *beside, *counted, outbox=_promises(kept, partnership, now=now))
    except AllowanceSpent:
        held_back = nomination.held_back(Tripwire.MANY)
        world.save(held_back, *beside, outbox=_promises(held_back, partnership, now=now))
        return held_back
    return kept


def _use(
    world: World, partnership: Partnership, nomination: Nomination, *, now: datetime
) -> tuple[Use, ...]:
    """What a nomination takes from its address today; nothing when its owner is known to send it
    and somebody reads it anyway.
    """
    a_day = partnership.settings.nominations_a_day
    is_read = nomination.verified_at is not None and nomination.reviewed_by is ReviewedBy.PERSON
    if not a_day or is_read:
        return ()
    key = world.secrets.address_key(nomination.nominator.address)
    return (Use(nomination_allowance(partnership.slug, key, a_day=a_day), now),)


def _drafted(
    partnership: Partnership, draft: Draft, *, send_key: str, filling: Filling, now: datetime
) -> Nomination:
    tripped = filling.trips(least_seconds=partnership.settings.least_seconds, now=now)
    digest = hashlib.sha256(f"nomination:{partnership.slug}:{send_key}".encode()).digest()
    return Nomination(
        partnership=partnership.slug,
        id=base64.b32encode(digest).decode().lower()[:26],
        reference="PL-" + "".join(_REFERENCE_LETTERS[byte % 32] for byte in digest[-6:]),
        nominator=draft.nominator,
        honourees=tuple(
            _honouree(partnership, draft, named, number=number)
            for number, named in enumerate(draft.named, start=1)
        ),
        words=draft.words,
        appreciation=draft.appreciation,
        submitted_at=now,
        suspicious=bool(tripped),
        tripped=tripped,
    )


def _honouree(partnership: Partnership, draft: Draft, named: Named, *, number: int) -> Honouree:
    party = partnership.party_named(named.name)
    return Honouree(
        id=str(number),
        name=party.name if party else named.name,
        side=party.side if party else draft.side,
        address=named.address,
        party=party.id if party else "",
        language=partnership.settings.language,
    )


def _promises(nomination: Nomination, partnership: Partnership, *, now: datetime) -> list[Message]:
    if nomination.suspicious:
        return []
    if nomination.verified_at is None:
        return [promising_thanks.verification(nomination, now=now)]
    receipt = promising_thanks.receipt(nomination, settings=partnership.settings, now=now)
    approved = nomination.state is NominationState.APPROVED
    thanks = reviewing.thanks(nomination, partnership, now=now) if approved else ()
    return [partnership.in_its_text(receipt), *thanks]


def _sent_before(world: World, nomination: Nomination) -> Nomination:
    kept = world.store.nomination(nomination.partnership, nomination.id)
    if _as_typed(kept) != _as_typed(nomination):
        raise SendKeyUsed(kept)
    return kept


def _as_typed(nomination: Nomination) -> tuple[object, ...]:
    thanked = tuple((one.name, one.address, one.side) for one in nomination.honourees)
    return nomination.nominator, thanked, nomination.words, nomination.appreciation
