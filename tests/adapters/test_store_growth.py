"""A table that grows: every read costs as much among 5,000 rows as among 100."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.items import Row, to_item
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.domain.invitation import PartStat
from chalicelib.domain.people import EmailAddress
from chalicelib.domain.waiting_list import Waiting
from chalicelib.ports import SHARDS, Listing
from tests.adapters.facts import VILLAGE, person
from tests.conftest import TABLE
from tests.domain.examples import BO, MINUTE, NOW, invitation, message, verified

Read = Callable[[DynamoStore], Any]
READS: dict[str, Read] = {
    "nomination": lambda store: store.nomination(VILLAGE, "n3"),
    "person_by_address": lambda store: store.person_by_address(VILLAGE, BO),
    "people": lambda store: store.people(VILLAGE, limit=10),
    "nominations": lambda store: store.nominations(VILLAGE, Listing.TO_REVIEW, limit=10),
    "wall": lambda store: store.nominations(VILLAGE, Listing.WALL, newest_first=True),
    "guests": lambda store: store.guests(VILLAGE, "g1", PartStat.NEEDS_ACTION, limit=10),
    "invitations": lambda store: store.invitations(VILLAGE, "g1", limit=10),
    "not_to_invite": lambda store: store.not_to_invite(
        VILLAGE, "g1", ["guest-1", "guest-x"], asked_at=NOW
    ),
    "about": lambda store: store.about(VILLAGE, BO, limit=10),
    "tally": lambda store: store.tally(VILLAGE, "g1"),
    "waiting": lambda store: store.waiting(VILLAGE, "g1", heads=2, limit=10),
    "messages": lambda store: store.messages(VILLAGE, Listing.UNDELIVERED, limit=10),
    "count": lambda store: store.count(VILLAGE, Listing.UNDELIVERED, at_most=10),
    "due": lambda store: [store.due(shard=shard, now=NOW, limit=2) for shard in SHARDS],
}


@pytest.fixture
def work(dynamodb: Any) -> Counter[str]:
    """What DynamoDB was asked to do: calls per operation, and rows looked at."""
    counted: Counter[str] = Counter()

    def count(parsed: dict[str, Any], model: Any, **rest: Any) -> None:
        counted[model.name] += 1
        counted["rows"] += parsed.get("ScannedCount", 0)
        counted["rows"] += sum(len(rows) for rows in parsed.get("Responses", {}).values())

    dynamodb.meta.events.register("after-call.dynamodb", count)
    return counted


def test_every_read_costs_the_same_among_many_rows(
    store: DynamoStore, dynamodb: Any, work: Counter[str]
) -> None:
    store.save(person())
    fill(dynamodb, rows(range(20)))
    among_few = cost_of_reads(store, work)

    fill(dynamodb, rows(range(20, 1000)))

    assert cost_of_reads(store, work) == among_few


def test_a_write_looks_at_no_other_rows(
    store: DynamoStore, dynamodb: Any, work: Counter[str]
) -> None:
    fill(dynamodb, rows(range(20)))
    work.clear()

    store.save(verified(id="new"), outbox=[message()])
    store.save(person())
    store.save(person(version=1, address=EmailAddress("b@example.nl")))

    assert work == Counter(TransactWriteItems=3, GetItem=1)


def cost_of_reads(store: DynamoStore, work: Counter[str]) -> dict[str, Counter[str]]:
    costs = {}
    for name, read in READS.items():
        work.clear()
        read(store)
        costs[name] = Counter(work)
    return costs


def rows(numbers: Iterable[int]) -> list[Row]:
    """Six rows for each number: a person, a nomination, a guest who waits, two mails."""
    return [row for number in numbers for row in rows_of(number)]


def rows_of(number: int) -> list[Row]:
    at = NOW + number * MINUTE
    return [
        person(id=f"p{number}", name=f"Bo {number:04}", address=None),
        verified(id=f"n{number}", submitted_at=at),
        invitation(guest=f"guest-{number}", name=f"Bo {number:04}"),
        Waiting(VILLAGE, "g1", f"guest-{number}", heads=2, since=at),
        message(id=f"waits-{number}"),
        message(id=f"failed-{number}").failed(reason="deadline", now=at),
    ]


def fill(dynamodb: Any, some: list[Row]) -> None:
    """Put rows into the table the quick way."""
    for start in range(0, len(some), 25):
        puts = [{"PutRequest": {"Item": to_item(row)}} for row in some[start : start + 25]]
        dynamodb.batch_write_item(RequestItems={TABLE: puts})
