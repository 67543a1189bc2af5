"""A query looks at the rows of its own partition."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from infra.local.quick_moto.replacing import replaced

_INDEX_NAME = list(signature(Table.query).parameters).index("index_name") - 2
"""Its place among what a query is called with, after the table and the hash key."""


@contextmanager
def only_the_rows_asked_for() -> Iterator[None]:
    """Let a query look at the rows of its own partition, and put rows in order by plain texts.

    Moto sorts all rows of a table for each query, comparing its own objects, and then looks which
    rows have the key asked for.
    """
    query = Table.query
    going_on: list[DynamoType | None] = []

    def query_one(table: Table, hash_key: Any, *args: Any, **options: Any) -> Any:
        index_name = args[_INDEX_NAME]
        going_on.append(None if index_name else hash_key)
        try:
            return query(table, hash_key, *args, **options)
        finally:
            going_on.pop()

    def rows_of(table: Table) -> list[Any]:
        if not table.range_key_attr:
            rows: list[Any] = list(table.items.values())
            return sorted(rows, key=lambda row: row.hash_key.cast_value)
        asked_for = going_on[-1] if going_on else None
        if asked_for is not None:
            parts = [table.items[asked_for]] if asked_for in table.items else []
        else:
            parts = list(table.items.values())
        rows = [row for part in parts for row in part.values()]
        rows.sort(key=lambda row: (row.hash_key.cast_value, row.range_key.cast_value))
        return rows

    with replaced(Table, "query", query_one), replaced(Table, "all_items", rows_of):
        yield
