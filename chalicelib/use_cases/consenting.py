"""Consenting: the honouree decides, answers, corrects their name, or has themselves removed.

Whatever else is saved at the same moment, each of these is made again on top of it: who takes a
yes back may not lose that to a mail that is just being recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from chalicelib.domain.consent import KEEP_PROOF, Choice, ConsentLine, Way
from chalicelib.domain.message import REMOVED, Message
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import Partnership
from chalicelib.ports import Fact, LedgerEnds, Move, NotFound, World
from chalicelib.use_cases import promising_thanks
from chalicelib.use_cases.proving import proof
from chalicelib.use_cases.retrying import until_saved

_LINES_THAT_END = 20

TEXT_VERSION = "2026-11"
"""The wording of the decision on the honouree's page; raise it whenever those words change."""


def decide(
    world: World,
    *,
    partnership: Partnership,
    nomination_id: str,
    honouree_id: str,
    choice: Choice,
    now: datetime,
) -> Nomination:
    """Record what may be shown; the wall follows at once, and every choice can be changed.

    The same choice again writes nothing. Raises `NoSuchHonouree` after removal, `CannotBeShown`
    for a thank-you that was given in private.
    """

    def change() -> Nomination:
        nomination = world.store.nomination(partnership.slug, nomination_id)
        if nomination.honouree(honouree_id).choice is choice:
            return nomination
        chosen = nomination.chosen(honouree_id=honouree_id, choice=choice)
        line = _line(nomination, honouree_id, choice, way=Way.PAGE, now=now)
        address = chosen.honouree(honouree_id).address
        proven = proof(world, partnership=partnership.slug, address=address, now=now)
        world.save(chosen, line, *proven)
        return chosen

    return until_saved(change)


def correct_name(
    world: World, *, partnership: Partnership, nomination_id: str, honouree_id: str, name: str
) -> Nomination:
    """The honouree's own spelling of their name.

    Raises `text.NotAName`, and `NoSuchHonouree` after removal.
    """

    def change() -> Nomination:
        nomination = world.store.nomination(partnership.slug, nomination_id)
        corrected = nomination.with_name(honouree_id=honouree_id, name=name)
        if corrected != nomination:
            world.save(corrected)
        return corrected

    return until_saved(change)


def thank_back(
    world: World,
    *,
    partnership: Partnership,
    nomination_id: str,
    honouree_id: str,
    line: str,
    now: datetime,
) -> Nomination:
    """Bring one line from the honouree to the nominator; the same line again changes nothing.

    Raises `AlreadyThankedBack` for another line, `NobodyToAnswer` when the nominator is erased, and
    `NoSuchHonouree` after removal.
    """

    def change() -> Nomination:
        nomination = world.store.nomination(partnership.slug, nomination_id)
        thanked = nomination.thanked_back(honouree_id=honouree_id, line=line)
        if thanked == nomination:
            return nomination
        mail = promising_thanks.thanks_back(thanked, thanked.honouree(honouree_id), now=now)
        world.save(thanked, outbox=[partnership.in_its_text(mail)])
        return thanked

    return until_saved(change)


def remove(
    world: World, *, partnership: Partnership, nomination_id: str, honouree_id: str, now: datetime
) -> Nomination:
    """The honouree has themselves removed: from the wall at once, and from what we keep.

    Mails with their words that still wait are not sent; of those that left, only what became of
    them is kept. Raises `NoSuchHonouree` when they were removed before.
    """

    def change() -> Nomination:
        nomination = world.store.nomination(partnership.slug, nomination_id)
        gone = nomination.without(honouree_id=honouree_id, now=now)
        world.save(
            gone,
            *end_of_ledger(world, nomination, honouree_id, now=now),
            moves=[
                Move(mail, mail.erased(reason=REMOVED, now=now))
                for mail in _mails_about(world, nomination, honouree_id)
                if not mail.is_in_hand(now)
            ],
        )
        return gone

    return until_saved(change)


def _mails_about(world: World, nomination: Nomination, honouree_id: str) -> Iterator[Message]:
    """The mails with words to or from this honouree, wherever they stand."""
    for mail_id in promising_thanks.ids_about(nomination, nomination.honouree(honouree_id)):
        with suppress(NotFound):
            yield world.store.message(nomination.partnership, mail_id)


def end_of_ledger(
    world: World, nomination: Nomination, honouree_id: str, *, now: datetime
) -> tuple[Fact, ...]:
    """The last line about an honouree who goes, and that earlier ones need not stay for good.

    Only the newest of those, since a transaction holds no more: going never fails on how often
    somebody changed their mind.
    """
    known = world.store.consent_lines(nomination.partnership, nomination.id)
    theirs = [line for line in known if line.honouree == honouree_id][-_LINES_THAT_END:]
    last = _line(nomination, honouree_id, Choice.PRIVATE, way=Way.REMOVED, now=now)
    return (last, *(LedgerEnds(line, now + KEEP_PROOF) for line in theirs))


def _line(
    nomination: Nomination, honouree_id: str, choice: Choice, *, way: Way, now: datetime
) -> ConsentLine:
    return ConsentLine(
        partnership=nomination.partnership,
        nomination=nomination.id,
        honouree=honouree_id,
        choice=choice,
        text_version=TEXT_VERSION,
        at=now,
        way=way,
    )
