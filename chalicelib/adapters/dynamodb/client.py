"""How we speak to DynamoDB: the calls we use, conditions, and expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chalicelib.adapters.dynamodb.codec import Attribute

_NAME = re.compile(r"\{(\w+)\}")


class Client(Protocol):
    """What we use of `boto3.client("dynamodb")`."""

    @property
    def exceptions(self) -> Any: ...
    @property
    def get_item(self) -> Any: ...
    @property
    def batch_get_item(self) -> Any: ...
    @property
    def query(self) -> Any: ...
    @property
    def delete_item(self) -> Any: ...
    @property
    def transact_write_items(self) -> Any: ...


@dataclass(frozen=True)
class Condition:
    """What must be true of a row; in its text `{name}` is an attribute, `:name` a value."""

    text: str
    values: Mapping[str, Attribute] = field(default_factory=dict)


ABSENT = Condition("attribute_not_exists({pk})")
PRESENT = Condition("attribute_exists({pk})")


def holds(**values: Attribute) -> Condition:
    """The row still holds these values."""
    return Condition(" AND ".join(f"{{{name}}} = :{name}" for name in values), values)


def expressions(texts: Mapping[str, str], values: Mapping[str, Attribute]) -> dict[str, Any]:
    """These expressions as a request wants them: every name through an alias, reserved or not."""
    names = {name for text in texts.values() for name in _NAME.findall(text)}
    request: dict[str, Any] = {kind: _NAME.sub(r"#\1", text) for kind, text in texts.items()}
    request["ExpressionAttributeNames"] = {f"#{name}": name for name in sorted(names)}
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": values[name] for name in values}
    return request
