"""One transaction: what it writes, under which conditions, and how it ended."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.codec import Attribute, Attributes
from chalicelib.adapters.dynamodb.conditions import Condition, expressions
from chalicelib.adapters.dynamodb.items import Item, key_attributes, key_in
from chalicelib.adapters.dynamodb.keys import Key
from chalicelib.ports import Unanswered

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ACTIONS = 100
"""DynamoDB takes no more in one transaction."""

_TRIES = 5
_FIRST_PAUSE = 0.05
_TRANSIENT = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class Refused(Exception):
    """A condition did not hold, so nothing was written; `rows` are the ones that refused."""

    def __init__(self, rows: Mapping[Key, Item]) -> None:
        super().__init__(f"{len(rows)} conditions did not hold")
        self.rows = rows


class Transaction:
    """Writes that happen together or not at all.

    Every row it writes bears its id. DynamoDB recognises a repeated request by itself, for ten
    minutes; the id on the row also tells those who ask later, and works where that is not so.
    """

    def __init__(self, table: str) -> None:
        self._table = table
        self._id = uuid4().hex
        self._actions: list[Any] = []
        self._keys: list[Key] = []

    def put(self, item: Attributes, condition: Condition) -> None:
        """Write a whole row."""
        signed = {**item, keys.WRITE_ID: self._mark}
        self._add("Put", key_in(item), condition, Item=signed)

    def update(
        self,
        key: Key,
        condition: Condition | None = None,
        *,
        sets: Attributes | None = None,
        keeps: Attributes | None = None,
        adds: Attributes | None = None,
    ) -> None:
        """Change a row, or begin it.

        `sets` replaces, `keeps` fills in only what is not there yet, `adds` counts.
        """
        sets, keeps, adds = {**(sets or {}), keys.WRITE_ID: self._mark}, keeps or {}, adds or {}
        changes = [f"{{{name}}} = :new_{name}" for name in sets]
        changes += [f"{{{name}}} = if_not_exists({{{name}}}, :new_{name})" for name in keeps]
        counts = [f"{{{name}}} :new_{name}" for name in adds]
        expression = f"SET {', '.join(changes)}" + (f" ADD {', '.join(counts)}" if counts else "")
        values = {f"new_{name}": value for name, value in {**sets, **keeps, **adds}.items()}
        once = _not_yet(condition)
        guarded = Condition(once.text, {**once.values, **values})
        self._add("Update", key, guarded, Key=key_attributes(key), UpdateExpression=expression)

    def check(self, key: Key, condition: Condition) -> None:
        """Write nothing, but insist that this holds."""
        self._add("ConditionCheck", key, condition, Key=key_attributes(key))

    def delete(self, key: Key, condition: Condition) -> None:
        """Take a row away."""
        self._add("Delete", key, condition, Key=key_attributes(key))

    def commit(self, client: DynamoDBClient, *, pause: Callable[[float], None]) -> None:
        """Write it all. Raises `Refused`, `ValueError` when it is too large for one transaction,
        and `Unanswered` when no attempt of the SDK got an answer.

        What stood in the way for a moment is tried again, a few times, and then raised.
        """
        if len(self._actions) > MAX_ACTIONS:
            raise ValueError(f"{len(self._actions)} rows, of at most {MAX_ACTIONS}")
        if not self._actions:
            return
        for attempt in range(_TRIES - 1):
            if self._attempt(client, is_last=False):
                return
            pause(random.uniform(0, _FIRST_PAUSE * 2**attempt))  # noqa: S311 - spreads load, hides nothing
        self._attempt(client, is_last=True)

    def _attempt(self, client: DynamoDBClient, *, is_last: bool) -> bool:
        """Try once: True when it is written, False when it is worth another attempt."""
        try:
            client.transact_write_items(TransactItems=self._actions, ClientRequestToken=self._id)
        except client.exceptions.TransactionCanceledException as cancelled:
            reasons: Any = cancelled.response.get("CancellationReasons", [])
            if self._is_mine(reasons):
                return True
            self._check_refused(reasons)
            if is_last or not any(reason.get("Code") in _TRANSIENT for reason in reasons):
                raise
            return False
        except client.exceptions.TransactionInProgressException:
            if is_last:
                raise
            return False
        except (ClientError, ConnectionError, HTTPClientError) as error:
            if isinstance(error, ClientError) and not _is_fault(error):
                raise
            raise Unanswered(type(error).__name__) from error
        return True

    def _is_mine(self, reasons: Any) -> bool:
        """Whether this transaction was written before: one row that bears its id proves all."""
        return any(reason.get("Item", {}).get(keys.WRITE_ID) == self._mark for reason in reasons)

    def _check_refused(self, reasons: Any) -> None:
        refused = {
            key: reason.get("Item", {})
            for key, reason in zip(self._keys, reasons, strict=True)
            if reason.get("Code") == "ConditionalCheckFailed"
        }
        if refused:
            raise Refused(refused)

    @property
    def _mark(self) -> Attribute:
        return {"S": self._id}

    def _add(self, kind: str, key: Key, condition: Condition, **rest: Any) -> None:
        texts = {"ConditionExpression": condition.text}
        if "UpdateExpression" in rest:
            texts["UpdateExpression"] = rest.pop("UpdateExpression")
        action = {
            "TableName": self._table,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **rest,
            **expressions(texts, condition.values),
        }
        if key in self._keys:
            raise ValueError(f"two writes of one row: {key.sk}")
        self._actions.append({kind: action})
        self._keys.append(key)


def _is_fault(error: ClientError) -> bool:
    """Whether DynamoDB failed, rather than said no: then it may have written all the same."""
    status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status >= 500


def _not_yet(condition: Condition | None) -> Condition:
    """The condition, and that the row was not left as it is by this very transaction."""
    not_mine = f"(attribute_not_exists({{pk}}) OR {{{keys.WRITE_ID}}} <> :new_{keys.WRITE_ID})"
    if condition is None:
        return Condition(not_mine)
    return Condition(f"{not_mine} AND ({condition.text})", condition.values)
