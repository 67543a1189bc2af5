"""Moto hands a row's values on as they are, instead of looking for every type in each of them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models.dynamo_type import DynamoType


@contextmanager
def values_as_they_are() -> Iterator[None]:
    """Let moto write a DynamoDB value, such as `{"S": "Bo"}`, into its answer without searching.

    Moto serializes a value as it does any structure: it looks in it for all ten types that a value
    can have, under several spellings of each, which takes half of the time that a request does. A
    value has one type, and is in its wire form already, but for moto's own objects inside a list
    or a map. It wraps an inner method of moto, which is why moto is pinned and a test looks at the
    answers.
    """
    inner = BaseJSONSerializer._serialize_type_structure

    def serialize(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key:
            serialized[key] = _wire(value)
        else:
            inner(self, serialized, value, shape, key)

    setattr(BaseJSONSerializer, "_serialize_type_structure", serialize)  # noqa: B010
    try:
        yield
    finally:
        setattr(BaseJSONSerializer, "_serialize_type_structure", inner)  # noqa: B010


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
