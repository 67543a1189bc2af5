"""Consenting: the honouree decides, answers, corrects their name, or has themselves removed."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.consent import Choice, ConsentLine, Way
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import Partnership
from chalicelib.ports import World
from chalicelib.use_cases import promising

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
    nomination = world.store.nomination(partnership.slug, nomination_id)
    if nomination.honouree(honouree_id).choice is choice:
        return nomination
    chosen = nomination.chosen(honouree_id=honouree_id, choice=choice)
    world.save(chosen, _line(nomination, honouree_id, choice, way=Way.PAGE, now=now))
    return chosen


def correct_name(
    world: World, *, partnership: Partnership, nomination_id: str, honouree_id: str, name: str
) -> Nomination:
    """The honouree's own spelling of their name. Raises `NoSuchHonouree` after removal."""
    nomination = world.store.nomination(partnership.slug, nomination_id)
    corrected = nomination.with_name(honouree_id=honouree_id, name=name)
    if corrected != nomination:
        world.save(corrected)
    return corrected


def thank_back(
    world: World,
    *,
    partnership: Partnership,
    nomination_id: str,
    honouree_id: str,
    line: str,
    now: datetime,
) -> Nomination:
    """Bring one line from the honouree to the nominator, once; a second line changes nothing.

    Raises `NoSuchHonouree` after removal.
    """
    nomination = world.store.nomination(partnership.slug, nomination_id)
    thanked = nomination.thanked_back(honouree_id=honouree_id, line=line)
    if thanked == nomination:
        return nomination
    mail = promising.thanks_back(thanked, thanked.honouree(honouree_id), now=now)
    world.save(thanked, outbox=[mail])
    return thanked


def remove(
    world: World, *, partnership: Partnership, nomination_id: str, honouree_id: str, now: datetime
) -> Nomination:
    """The honouree has themselves removed: from the wall at once, and from what we keep.

    Raises `NoSuchHonouree` when they were removed before.
    """
    nomination = world.store.nomination(partnership.slug, nomination_id)
    gone = nomination.without(honouree_id=honouree_id, now=now)
    world.save(gone, _line(nomination, honouree_id, Choice.PRIVATE, way=Way.REMOVED, now=now))
    return gone


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
