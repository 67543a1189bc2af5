"""A transaction copies the rows that it names."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from infra.local.quick_moto.replacing import replaced


@contextmanager
def small_copies() -> Iterator[None]:
    """Let moto keep, for the case that a transaction fails, no more than that transaction changes.

    Moto copies the whole table for each row of a transaction, and takes all its copies before it
    writes anything. So the first one serves as well as the hundredth, and what no transaction
    changes, such as keys, indexes and the rows that this one does not name, needs no copy at all.
    """
    write = DynamoDBBackend.transact_write_items
    going_on: list[_Transaction] = []

    def write_with_small_copies(backend: DynamoDBBackend, actions: list[dict[str, Any]]) -> None:
        going_on.append(_Transaction(actions))
        try:
            write(backend, actions)
        finally:
            going_on.pop()

    def small_copy(table: Table, memo: dict[int, Any]) -> Table:
        transaction = going_on[-1] if going_on else None
        return transaction.copy_of(table) if transaction else _copied(table, memo)

    with (
        replaced(DynamoDBBackend, "transact_write_items", write_with_small_copies),
        replaced(Table, "__deepcopy__", small_copy),
    ):
        yield


class _Transaction:
    """The rows that one transaction names, and its one copy of each table."""

    def __init__(self, actions: Sequence[Mapping[str, Any]]) -> None:
        self._rows = [next(iter(action.values())) for action in actions]
        self._copies: dict[int, Table] = {}

    def copy_of(self, table: Table) -> Table:
        """The table as it is before the transaction writes anything."""
        if id(table) not in self._copies:
            self._copies[id(table)] = self._copied(table)
        return self._copies[id(table)]

    def _copied(self, table: Table) -> Table:
        if table.range_key_attr is None:
            return _copied(table, {})
        items: Any = table.items
        made: Table = object.__new__(type(table))
        made.__dict__.update(table.__dict__)
        made.stream_shard = copy.deepcopy(table.stream_shard)
        kept: Any = defaultdict(dict, {key: dict(rows) for key, rows in items.items()})
        made.items = kept
        for row in self._rows:
            if row.get("TableName") == table.name:
                key = row.get("Key") or row["Item"]
                hash_key = DynamoType(key[table.hash_key_attr])
                range_key = DynamoType(key[table.range_key_attr])
                if range_key in kept.get(hash_key, ()):
                    kept[hash_key][range_key] = copy.deepcopy(kept[hash_key][range_key])
        return made


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    """What `copy.deepcopy` makes of a table that says nothing about it."""
    made: Table = object.__new__(type(table))
    memo[id(table)] = made
    made.__dict__.update(copy.deepcopy(table.__dict__, memo))
    return made
