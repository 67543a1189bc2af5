"""What the store's tests look through: calls that are counted, repeated, or stood in the way of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.store import DynamoStore
from tests.conftest import TABLE

Row = dict[str, Any]


class Repeating:
    """A client whose every transaction is sent twice, as after an answer that got lost."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        self._client.transact_write_items(**request)
        return self._client.transact_write_items(**request)


class Silent:
    """A client whose transactions get no answer, whether or not they were carried out."""

    def __init__(self, client: Any, *, carries_out: bool, error: Exception) -> None:
        self._client = client
        self._carries_out = carries_out
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        if self._carries_out:
            self._client.transact_write_items(**request)
        raise self._error


class Busy:
    """A client that has others in its way a number of times before a transaction gets through."""

    def __init__(self, client: Any, *, times: int, code: str = "TransactionConflict") -> None:
        self._client = client
        self._times = times
        self._code = code
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        self.calls += 1
        if self.calls > self._times:
            return self._client.transact_write_items(**request)
        reasons = [{"Code": self._code} for _ in request["TransactItems"]]
        answer = {"Error": {"Code": "Canceled"}, "CancellationReasons": reasons}
        raise self._client.exceptions.TransactionCanceledException(answer, "TransactWriteItems")


class HoldingBack:
    """A client that gives one row of a batch at a time, and at times none."""

    def __init__(self, client: Any, *, at_a_time: int) -> None:
        self._client = client
        self._at_a_time = at_a_time

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Any:
        ((table, asked),) = RequestItems.items()
        now, later = asked["Keys"][: self._at_a_time], asked["Keys"][self._at_a_time :]
        answer: Any = {"Responses": {}}
        if now:
            answer = self._client.batch_get_item(RequestItems={table: {**asked, "Keys": now}})
        if later:
            answer["UnprocessedKeys"] = {table: {**asked, "Keys": later}}
        return answer


@pytest.fixture
def calls(dynamodb: Any) -> Counter[str]:
    """How often each DynamoDB operation was called."""
    counted: Counter[str] = Counter()

    def count(model: Any, **rest: Any) -> None:
        counted[model.name] += 1

    dynamodb.meta.events.register("before-call.dynamodb", count)
    return counted


@pytest.fixture
def row(dynamodb: Any) -> Callable[..., Row]:
    """A row as it stands in the table; empty when there is none."""

    def read(pk: str, sk: str) -> Row:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        found: Row = dynamodb.get_item(TableName=TABLE, Key=key).get("Item", {})
        return found

    return read


@pytest.fixture
def store_of(dynamodb: Any) -> Callable[[Any], DynamoStore]:
    """A store on the same table, through another client."""
    return lambda client: DynamoStore(client=client, table=TABLE, pause=lambda seconds: None)
