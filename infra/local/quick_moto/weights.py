"""A row is weighed once, without making anything."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

from infra.local.quick_moto.replacing import replaced
from infra.local.quick_moto.values import SETS


@contextmanager
def rows_weighed_once() -> Iterator[None]:
    """Let moto weigh a row against DynamoDB's limit when it is whole, not once for each attribute,
    and without making anything.

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

    with (
        replaced(Item, "__init__", begin),
        replaced(Item, "size", lambda item: _size_of_all(item.attrs)),
        replaced(LimitedSizeDict, "__deepcopy__", copied),
        replaced(DynamoType, "size", _size),
    ):
        yield


def _size(held: DynamoType) -> int:
    value = held.value
    if held.type == "S":
        return _octets(value)
    if held.type == "M":
        return _size_of_all(value)
    if held.type == "L":
        return sum(map(_size, value))
    if held.type in {"BOOL", "NULL"}:
        return 1
    return sum(map(_octets, value)) if held.type in SETS else _octets(value)


def _size_of_all(values: Mapping[str, DynamoType]) -> int:
    return sum(_octets(name) + _size(value) for name, value in values.items())


def _octets(text: str | bytes) -> int:
    return len(text) if isinstance(text, bytes) or text.isascii() else len(text.encode())
