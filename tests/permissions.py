"""What AWS would refuse: calls of a function that its hand-written policy does not allow.

No emulator we run enforces policies, so a missing right would show up first on AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import boto3

_POLICIES = Path(__file__).parents[1] / "infra" / "policies"
_acting: ContextVar[str] = ContextVar("acting", default="")

Right = tuple[str, str]
"""An action on a resource of the template: `("dynamodb:Query", "Table/index/due")`."""

_TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


class AccessDenied(AssertionError):
    """A function did what its policy does not allow."""


@contextmanager
def acting_as(function: str) -> Iterator[None]:
    """Give whatever runs in this block the rights of `infra/policies/<function>.json` only."""
    token = _acting.set(function)
    try:
        yield
    finally:
        _acting.reset(token)


def enforce(session: boto3.Session, used: set[tuple[str, Right]] | None = None) -> None:
    """Make clients of this session, from now on, refuse what the acting function may not do.

    Adds to `used` which function used which right. Calls outside `acting_as` may do anything.
    """

    def before(params: dict[str, Any], model: Any, **_: object) -> None:
        function = _acting.get()
        for right in _rights_needed(model.service_model.service_name, model.name, params):
            if used is not None and function:
                used.add((function, right))
            demand(right)

    session.events.register("provide-client-params", before)


def demand(right: Right) -> None:
    """Raise `AccessDenied` unless the acting function has this right, or nobody is acting."""
    function = _acting.get()
    if function and not any(_covers(granted, right) for granted in rights_of(function)):
        raise AccessDenied(f"{function} may not {right[0]} on {right[1]}")


@cache
def rights_of(function: str) -> frozenset[Right]:
    """Every right that the policy of a function grants."""
    statements = json.loads((_POLICIES / f"{function}.json").read_text("utf-8"))["Statement"]
    return frozenset(
        (action, _logical(resource))
        for statement in statements
        for action in _as_list(statement["Action"])
        for resource in _as_list(statement["Resource"])
    )


def _covers(granted: Right, needed: Right) -> bool:
    return granted[0] == needed[0] and fnmatchcase(needed[1], granted[1])


def _rights_needed(service: str, operation: str, params: dict[str, Any]) -> Iterator[Right]:
    """What IAM asks for one call. A transaction needs the right of each of its actions."""
    if "TransactItems" in params:
        for action in params["TransactItems"]:
            yield f"dynamodb:{_TRANSACTED[next(iter(action))]}", "Table"
    elif service == "dynamodb":
        index = params.get("IndexName")
        yield f"dynamodb:{operation}", f"Table/index/{index}" if index else "Table"
    elif service == "s3":
        reads = operation in {"HeadObject", "GetObject"}
        yield f"s3:{'GetObject' if reads else operation}", f"InboundBucket/{params.get('Key', '')}"
    elif service == "secretsmanager":
        name = re.search(r"pluim/(\w+)", params.get("SecretId", ""))
        yield f"secretsmanager:{operation}", name[1] if name else "*"


def _logical(resource: Any) -> str:
    """A policy's resource by its name in the template: `{"Fn::GetAtt": ["Table", "Arn"]}`."""
    match resource:
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return str(name)
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text)
    return str(resource)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
