"""Moto copies a table once for a transaction, instead of once for each row that it writes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table


@contextmanager
def one_copy_a_transaction() -> Iterator[None]:
    """Let moto take one copy of each table before a transaction, to go back to if it fails.

    It takes all its copies before it writes anything, so the first one serves as well as the
    hundredth. It wraps two inner methods of moto, which is why moto is pinned and a test counts
    the copies. Threads need `one_request_at_a_time` round it.
    """
    write, copied = DynamoDBBackend.transact_write_items, vars(Table).get("__deepcopy__")
    taken: list[dict[int, Table]] = []

    def write_with_one_copy(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
        taken.append({})
        try:
            write(backend, items)
        finally:
            taken.pop()

    def copied_once(table: Table, memo: dict[int, Any]) -> Table:
        copies = taken[-1] if taken else {}
        if id(table) not in copies:
            copies[id(table)] = _copied(table, memo)
        return copies[id(table)]

    setattr(DynamoDBBackend, "transact_write_items", write_with_one_copy)  # noqa: B010
    setattr(Table, "__deepcopy__", copied_once)  # noqa: B010
    try:
        yield
    finally:
        setattr(DynamoDBBackend, "transact_write_items", write)  # noqa: B010
        if copied is None:
            delattr(Table, "__deepcopy__")
        else:
            setattr(Table, "__deepcopy__", copied)  # noqa: B010


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    """What `copy.deepcopy` makes of a table that says nothing about it."""
    made: Table = object.__new__(type(table))
    memo[id(table)] = made
    made.__dict__.update(copy.deepcopy(table.__dict__, memo))
    return made
