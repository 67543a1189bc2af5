"""A value is copied and compared as what it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType

from infra.local.quick_moto.replacing import replaced

SETS = {"SS", "NS", "BS"}


@contextmanager
def values_shared_by_copies() -> Iterator[None]:
    """Let copies of a row have that row's very texts and numbers, which nothing ever changes."""
    inner = DynamoType.__deepcopy__

    def copied(value: DynamoType, memo: dict[int, Any]) -> DynamoType:
        return inner(value, memo) if value.type in {"M", "L", *SETS} else value

    with replaced(DynamoType, "__deepcopy__", copied):
        yield


@contextmanager
def texts_compared_as_text() -> Iterator[None]:
    """Let moto take a text for what it is, before it asks of every other type whether it is that.

    Moto sorts all rows of a table for each query, by keys that are texts.
    """
    cast: Any = vars(DynamoType)["cast_value"]

    def cast_value(value: DynamoType) -> Any:
        return value.value if value.type == "S" else cast.fget(value)

    with replaced(DynamoType, "cast_value", property(cast_value)):
        yield
