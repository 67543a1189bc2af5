"""Moto, quicker: it copies, searches and weighs no more of a row than its answer needs.

All of this replaces inner methods of moto, which is why moto is pinned and why tests look at its
answers.
"""

from __future__ import annotations

import base64
import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table


@contextmanager
def quick_moto() -> Iterator[None]:
    """Let moto's DynamoDB take a third of the time, and give the same answers.

    Threads need `one_request_at_a_time` round it.
    """
    with _small_copies(), _values_as_they_are(), _rows_weighed_once(), _texts_compared_as_text():
        yield


@contextmanager
def _small_copies() -> Iterator[None]:
    """Let moto keep, for the case that a transaction fails, no more than that transaction changes.

    Moto copies the whole table for each row of a transaction, and takes all its copies before it
    writes anything. So the first one serves as well as the hundredth, and rows that the transaction
    does not name need no copy at all.
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
        _replaced(DynamoDBBackend, "transact_write_items", write_with_small_copies),
        _replaced(Table, "__deepcopy__", small_copy),
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
        made = _copied(table, {id(items): defaultdict(dict)})
        kept: Any = made.items
        kept.update({hash_key: dict(rows) for hash_key, rows in items.items()})
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


@contextmanager
def _values_as_they_are() -> Iterator[None]:
    """Let moto write a DynamoDB value, such as `{"S": "Bo"}`, into its answer without searching.

    Moto serializes a value as it does any structure: it looks in it for all ten types that a value
    can have, under several spellings of each, which takes half of the time that a request does. A
    value has one type, and is in its wire form already, but for moto's own objects inside a list
    or a map.
    """
    inner = BaseJSONSerializer._serialize_type_structure

    def serialize(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key:
            serialized[key] = _wire(value)
        else:
            inner(self, serialized, value, shape, key)

    with _replaced(BaseJSONSerializer, "_serialize_type_structure", serialize):
        yield


def _wire(value: Any) -> dict[str, Any]:
    ((kind, held),) = (value.to_json() if isinstance(value, DynamoType) else value).items()
    if kind == "M":
        held = {name: _wire(inner) for name, inner in held.items()}
    elif kind == "L":
        held = [_wire(inner) for inner in held]
    elif kind == "B":
        held = _base64(held)
    elif kind == "BS":
        held = [_base64(one) for one in held]
    return {kind: held}


def _base64(held: str | bytes) -> str:
    return base64.b64encode(held.encode() if isinstance(held, str) else held).decode()


@contextmanager
def _rows_weighed_once() -> Iterator[None]:
    """Let moto weigh a row against DynamoDB's limit when it is whole, not once for each attribute.

    What a row weighs when its last attribute is set is all that the limit is about. A copy weighs
    what the row did.
    """

    def begin(item: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: Any) -> None:
        item.hash_key, item.range_key, item.attrs = hash_key, range_key, LimitedSizeDict()
        typed = {name: DynamoType(value) for name, value in attrs.items()}
        dict.update(item.attrs, typed)
        for name, value in list(typed.items())[-1:]:
            del item.attrs[name]
            item.attrs[name] = value

    def copied(attrs: LimitedSizeDict, memo: dict[int, Any]) -> LimitedSizeDict:
        made = LimitedSizeDict()
        dict.update(made, {name: copy.deepcopy(value, memo) for name, value in attrs.items()})
        return made

    with _replaced(Item, "__init__", begin), _replaced(LimitedSizeDict, "__deepcopy__", copied):
        yield


@contextmanager
def _texts_compared_as_text() -> Iterator[None]:
    """Let moto take a text for what it is, before it asks of every other type whether it is that.

    Moto sorts all rows of a table for each query, by keys that are texts.
    """
    cast: Any = vars(DynamoType)["cast_value"]

    def cast_value(value: DynamoType) -> Any:
        return value.value if value.type == "S" else cast.fget(value)

    with _replaced(DynamoType, "cast_value", property(cast_value)):
        yield


@contextmanager
def _replaced(kind: type, name: str, method: Any) -> Iterator[None]:
    """Give a class another method for as long as this lasts."""
    own = vars(kind).get(name)
    setattr(kind, name, method)
    try:
        yield
    finally:
        if own is None:
            delattr(kind, name)
        else:
            setattr(kind, name, own)
