"""One copy of a table is enough for a transaction to go back to."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from infra.local.moto_copies import one_copy_a_transaction
from tests.local.parts import client, table_with_an_index

ACCOUNT, REGION = "123456789012", "eu-west-1"


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws(), one_copy_a_transaction():
        made = client("dynamodb")
        table_with_an_index(made, "things")
        yield made


def put(number: int, **condition: str) -> dict[str, Any]:
    row = {"pk": {"S": "row"}, "sk": {"S": f"{number}"}}
    return {"Put": {"TableName": "things", "Item": row, **condition}}


def rows(dynamodb: Any) -> int:
    count: int = dynamodb.scan(TableName="things", Select="COUNT")["Count"]
    return count


def test_a_transaction_copies_its_table_once(dynamodb: Any) -> None:
    copies = Counting()
    table: Any = dynamodb_backends[ACCOUNT][REGION].tables["things"]
    table.counting = copies

    dynamodb.transact_write_items(TransactItems=[put(number) for number in range(20)])

    assert copies.made == 1


def test_a_transaction_that_fails_leaves_all_as_it_was(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[put(1), put(2)])
    taken = put(2, ConditionExpression="attribute_not_exists(pk)")

    with pytest.raises(ClientError):
        dynamodb.transact_write_items(TransactItems=[put(3), put(4), taken])

    assert rows(dynamodb) == 2


def test_each_transaction_goes_back_to_its_own_beginning(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[put(1)])
    taken = put(1, ConditionExpression="attribute_not_exists(pk)")
    for number in (2, 3):
        with pytest.raises(ClientError):
            dynamodb.transact_write_items(TransactItems=[put(number), taken])
        dynamodb.transact_write_items(TransactItems=[put(number)])

    assert rows(dynamodb) == 3


class Counting:
    """Something on a table that knows how often it was copied with it."""

    made = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Counting:
        type(self).made += 1
        return copy.copy(self)
