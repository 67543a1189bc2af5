"""What goes over the wire to AWS while an action goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3

_ONE_ROW_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


@dataclass
class Cost:
    """What one action cost. Every row that DynamoDB looked at counts as read, found or not."""

    action: str
    calls: Counter[str] = field(default_factory=Counter)
    read: int = 0
    written: int = 0


class Meter:
    """Counts what the clients of one session ask of AWS while an action goes on."""

    def __init__(self, aws: boto3.Session) -> None:
        self.costs: list[Cost] = []
        self._current: Cost | None = None
        aws.events.register("before-parameter-build", self._asked)
        aws.events.register("after-call", self._answered)

    @contextmanager
    def of(self, action: str) -> Iterator[None]:
        """Count what happens in this block as one action."""
        self._current = Cost(action)
        try:
            yield
        finally:
            self.costs.append(self._current)
            self._current = None

    def _asked(self, *, params: Mapping[str, Any], model: Any, **_: object) -> None:
        if self._current is None:
            return
        self._current.calls[model.name] += 1
        self._current.read += _rows_asked_for(model.name, params)
        self._current.written += _rows_written(model.name, params)

    def _answered(self, *, parsed: Mapping[str, Any], **_: object) -> None:
        if self._current is not None:
            self._current.read += parsed.get("ScannedCount", 0)


def _rows_asked_for(operation: str, params: Mapping[str, Any]) -> int:
    if operation == "BatchGetItem":
        return sum(len(table["Keys"]) for table in params["RequestItems"].values())
    return 1 if operation == "GetItem" else 0


def _rows_written(operation: str, params: Mapping[str, Any]) -> int:
    if operation == "TransactWriteItems":
        return sum("ConditionCheck" not in action for action in params["TransactItems"])
    return 1 if operation in _ONE_ROW_WRITES else 0
