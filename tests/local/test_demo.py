"""The village that a first `make run` starts with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import PartStat
from chalicelib.domain.nomination import NominationState
from chalicelib.domain.people import Side
from chalicelib.ports import BULK_SHARDS, SHARDS, DueRow, Listing
from infra.local import demo_story as story
from infra.local.demo import found_demo
from infra.local.demo_story import SLUG
from tests.town import NOON, Town, town


@pytest.fixture(scope="module")
def village(aws: boto3.Session) -> Iterator[Town]:
    """The demo partnership, told once for all of these tests, which only look."""
    with town(aws) as founded:
        found_demo(founded.world, now=NOON)
        yield founded


def test_every_work_list_has_something_on_it(village: Town) -> None:
    lists = [
        *(Listing.SUSPICIOUS, Listing.TO_REVIEW, Listing.ASKED, Listing.LETTERS),
        *(Listing.WALL, Listing.THANKED, Listing.PEOPLE, Listing.GATHERINGS),
    ]

    empty = [listing for listing in lists if not village.world.store.count(SLUG, listing)]

    assert empty == []


def test_the_wall_shows_both_sides(village: Town) -> None:
    shown = village.world.store.nominations(SLUG, Listing.WALL).items

    assert all(nomination.is_shown for nomination in shown)
    assert {h.side for nomination in shown for h in nomination.honourees} == {
        Side.CITIZENS,
        Side.PROFESSIONALS,
    }


def test_one_thank_you_waits_for_its_letter(village: Town) -> None:
    (letter,) = village.world.store.nominations(SLUG, Listing.LETTERS).items

    assert letter.state is NominationState.APPROVED
    assert letter.awaits_letter


def test_each_side_has_a_coordinator(village: Town) -> None:
    people = village.world.store.people(SLUG).items

    assert {person.side for person in people if person.coordinates} == {
        Side.CITIZENS,
        Side.PROFESSIONALS,
    }


def test_the_gathering_is_ahead_and_half_answered(village: Town) -> None:
    gathering = named(village, story.TITLE)
    tally = village.world.store.tally(SLUG, gathering.id)

    assert NOON + timedelta(days=14) <= gathering.plan.starts_at <= NOON + timedelta(days=21)
    assert (tally.accepted, tally.declined, tally.tentative) == (2, 1, 1)
    assert tally.silent == len(
        village.world.store.guests(SLUG, gathering.id, PartStat.NEEDS_ACTION).items
    )


def test_a_meal_is_full_and_two_guests_wait(village: Town) -> None:
    meal = named(village, story.MEAL_TITLE)
    tally = village.world.store.tally(SLUG, meal.id)

    assert tally.heads == meal.plan.seats
    assert (tally.waiting, tally.declined) == (2, 1)


def named(village: Town, title: str) -> Gathering:
    """The gathering of this title."""
    planned = village.world.store.gatherings(SLUG).items
    return next(gathering for gathering in planned if gathering.plan.title == title)


def test_a_series_is_planned_before_it(village: Town) -> None:
    gathering, series = named(village, story.TITLE), named(village, story.SERIES_TITLE)

    assert series.plan.repeats is not None
    assert NOON < series.plan.starts_at < series.last_ends_at < gathering.plan.starts_at


def test_a_few_new_mails_wait_and_those_of_the_past_have_left(village: Town) -> None:
    waiting = Counter(message_of(village, row) for row in waiting_rows(village))

    assert waiting == {
        "gathering_invite": 3,
        "nomination_receipt": 3,
        "nomination_verify": 1,
        "nomination_answer": 1,
        "thanks": 1,
    }
    assert village.world.store.count(SLUG, Listing.UNDELIVERED) == 0


def waiting_rows(village: Town) -> list[DueRow]:
    shards = (*SHARDS, *BULK_SHARDS)
    due = (row for shard in shards for row in village.world.store.due(shard=shard, now=NOON).items)
    return [row for row in due if row.partnership == SLUG]


def message_of(village: Town, row: DueRow) -> str:
    return village.world.store.message(row.partnership, row.id).kind.value
