"""The lock round moto: many threads, one AWS."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from infra.local.moto_aws import moto_aws
from tests.local.parts import client, table_with_an_index

THREADS = 8
WRITES_EACH = 20


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with moto_aws():
        yield


def test_parallel_transactions_all_count() -> None:
    dynamodb = client("dynamodb")
    table_with_an_index(dynamodb, "things")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda thread: _write(dynamodb, thread), range(THREADS)))

    total = dynamodb.get_item(TableName="things", Key={"pk": {"S": "sum"}, "sk": {"S": "sum"}})
    assert total["Item"]["n"] == {"N": str(THREADS * WRITES_EACH)}


def _write(dynamodb: Any, thread: int) -> None:
    for number in range(WRITES_EACH):
        row = {"pk": {"S": f"{thread}"}, "sk": {"S": f"{number}"}}
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "things", "Item": row}},
                {
                    "Update": {
                        "TableName": "things",
                        "Key": {"pk": {"S": "sum"}, "sk": {"S": "sum"}},
                        "UpdateExpression": "ADD n :one",
                        "ExpressionAttributeValues": {":one": {"N": "1"}},
                    }
                },
            ]
        )
