"""Codes, sessions and allowances: counted in the table, so that nobody can race them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.domain.access import CODE_TRIES, Session
from chalicelib.domain.allowance import Allowance, code_allowances
from chalicelib.ports import AllowanceSpent, Conflict, NotFound
from tests.adapters.conftest import Repeating, Row
from tests.adapters.facts import BO_KEY, TOWN, VILLAGE, sign_in, token
from tests.domain.examples import HOUR, MINUTE, NOW

TWICE_AN_HOUR = Allowance(VILLAGE, "posts-1", HOUR, 2)
THREE_A_DAY = Allowance(VILLAGE, "posts-day-1", timedelta(days=1), 3)
WITH_CODE = sign_in(code_digest="digest")
AT_THE_DESK = Session(VILLAGE, "c" * 64, "cleo", NOW)


def test_an_allowance_is_spent_when_its_window_is_full(store: DynamoStore) -> None:
    store.spend(TWICE_AN_HOUR, now=NOW)
    store.spend(TWICE_AN_HOUR, now=NOW + MINUTE)

    with pytest.raises(AllowanceSpent):
        store.spend(TWICE_AN_HOUR, now=NOW + 2 * MINUTE)


def test_a_new_window_starts_anew(store: DynamoStore) -> None:
    for minutes in (0, 1, 60, 61):
        store.spend(TWICE_AN_HOUR, now=NOW + minutes * MINUTE)

    with pytest.raises(AllowanceSpent):
        store.spend(TWICE_AN_HOUR, now=NOW + 62 * MINUTE)


def test_of_two_allowances_both_are_counted_or_neither(store: DynamoStore) -> None:
    store.spend(TWICE_AN_HOUR, THREE_A_DAY, now=NOW)
    store.spend(TWICE_AN_HOUR, THREE_A_DAY, now=NOW)
    with pytest.raises(AllowanceSpent):
        store.spend(TWICE_AN_HOUR, THREE_A_DAY, now=NOW)

    store.spend(THREE_A_DAY, now=NOW)

    with pytest.raises(AllowanceSpent):
        store.spend(THREE_A_DAY, now=NOW)


def test_callers_and_partnerships_have_allowances_of_their_own(store: DynamoStore) -> None:
    once = replace(TWICE_AN_HOUR, limit=1)

    for other in (once, replace(once, name="posts-2"), replace(once, partnership=TOWN)):
        store.spend(other, now=NOW)

    with pytest.raises(AllowanceSpent):
        store.spend(once, now=NOW)


def test_a_use_whose_answer_got_lost_counts_once(
    store_of: Callable[[Any], DynamoStore], dynamodb: Any
) -> None:
    store = store_of(Repeating(dynamodb))

    store.spend(TWICE_AN_HOUR, now=NOW)
    store.spend(TWICE_AN_HOUR, now=NOW)

    with pytest.raises(AllowanceSpent):
        store.spend(TWICE_AN_HOUR, now=NOW)


def test_an_allowance_is_forgotten_with_its_window(
    store: DynamoStore, row: Callable[..., Row]
) -> None:
    store.spend(TWICE_AN_HOUR, now=NOW + MINUTE)

    kept = row(f"{VILLAGE}#allowance#posts-1", "2026-11-20T09:00:00.000000Z")

    assert kept["used"] == {"N": "1"}
    assert kept["expires"] == {"N": str(int((NOW + HOUR).timestamp()))}


def test_spending_is_one_call(store: DynamoStore, calls: Counter[str]) -> None:
    store.spend(*code_allowances(VILLAGE, BO_KEY, a_quarter=3, a_day=10), now=NOW)

    assert calls == {"TransactWriteItems": 1}


def test_a_code_may_be_tried_so_often_and_no_more(store: DynamoStore) -> None:
    store.save(WITH_CODE)
    for _ in range(CODE_TRIES):
        store.try_code(WITH_CODE)

    with pytest.raises(Conflict):
        store.try_code(WITH_CODE)

    assert store.sign_in(VILLAGE, WITH_CODE.id).tries == CODE_TRIES


def test_nobody_can_try_a_code_that_nobody_asked_for(store: DynamoStore) -> None:
    with pytest.raises(Conflict):
        store.try_code(WITH_CODE)

    with pytest.raises(NotFound):
        store.sign_in(VILLAGE, WITH_CODE.id)


def test_a_try_whose_answer_got_lost_counts_once(
    store_of: Callable[[Any], DynamoStore], dynamodb: Any
) -> None:
    store = store_of(Repeating(dynamodb))
    store.save(WITH_CODE)

    store.try_code(WITH_CODE)

    assert store.sign_in(VILLAGE, WITH_CODE.id).tries == 1


def test_a_code_starts_one_session(store: DynamoStore) -> None:
    store.save(WITH_CODE)
    store.use_sign_in(WITH_CODE, AT_THE_DESK)

    with pytest.raises(Conflict):
        store.use_sign_in(WITH_CODE, replace(AT_THE_DESK, id="e" * 64))

    assert store.session(VILLAGE, AT_THE_DESK.id) == AT_THE_DESK
    with pytest.raises(NotFound):
        store.session(VILLAGE, "e" * 64)


def test_a_used_code_cannot_be_tried(store: DynamoStore) -> None:
    store.save(WITH_CODE)
    store.use_sign_in(WITH_CODE, AT_THE_DESK)

    with pytest.raises(Conflict):
        store.try_code(WITH_CODE)


def test_an_older_code_starts_nothing_once_a_newer_one_was_mailed(store: DynamoStore) -> None:
    store.save(sign_in(code_digest="newer"))

    with pytest.raises(Conflict):
        store.use_sign_in(WITH_CODE, AT_THE_DESK)


def test_a_session_of_another_partnership_is_not_found(store: DynamoStore) -> None:
    store.save(AT_THE_DESK)

    with pytest.raises(NotFound):
        store.session(TOWN, AT_THE_DESK.id)


def test_a_session_can_be_ended_twice(store: DynamoStore) -> None:
    store.save(AT_THE_DESK)

    store.end_session(AT_THE_DESK)
    store.end_session(AT_THE_DESK)

    with pytest.raises(NotFound):
        store.session(VILLAGE, AT_THE_DESK.id)


@pytest.mark.parametrize(
    ("fact", "pk", "ends"),
    [
        (token(), f"{VILLAGE}#token#{token().digest}", token().expires_at),
        (sign_in(), f"{VILLAGE}#sign_in#{sign_in().id}", sign_in().expires_at),
        (AT_THE_DESK, f"{VILLAGE}#session#{AT_THE_DESK.id}", AT_THE_DESK.ends_at),
    ],
)
def test_what_lets_somebody_in_is_forgotten_when_it_ends(
    store: DynamoStore, row: Callable[..., Row], fact: Any, pk: str, ends: Any
) -> None:
    store.save(fact)

    assert row(pk, pk.split("#")[1])["expires"] == {"N": str(int(ends.timestamp()))}
