"""How conditions on a row are put to DynamoDB."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.adapters.dynamodb.codec import Attribute

_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Condition:
    """What must be true of a row; in its text `{name}` is an attribute, `:name` a value."""

    text: str
    values: Mapping[str, Attribute] = field(default_factory=dict)


ABSENT = Condition("attribute_not_exists({pk})")
PRESENT = Condition("attribute_exists({pk})")
EITHER_WAY = Condition(f"{ABSENT.text} OR {PRESENT.text}")
"""Whether there is such a row or not."""


def holds(**values: Attribute) -> Condition:
    """The row still holds these values."""
    return Condition(" AND ".join(f"{{{name}}} = :{name}" for name in values), values)


def lacks(name: str, *values: str) -> Condition:
    """There is no such row, or none of these texts is in the list that it has under this name."""
    wanted = {f"not_{number}": {"S": value} for number, value in enumerate(values)}
    absent = " AND ".join(f"NOT contains({{{name}}}, :{alias})" for alias in wanted)
    return Condition(f"{ABSENT.text} OR ({absent})", wanted)


def expressions(texts: Mapping[str, str], values: Mapping[str, Attribute]) -> dict[str, Any]:
    """These expressions as a request wants them: every name through an alias, reserved or not."""
    names = {name for text in texts.values() for name in _NAME.findall(text)}
    request: dict[str, Any] = {kind: _NAME.sub(r"#\1", text) for kind, text in texts.items()}
    request["ExpressionAttributeNames"] = {f"#{name}": name for name in sorted(names)}
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": values[name] for name in values}
    return request
