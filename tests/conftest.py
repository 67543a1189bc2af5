"""What every test may ask for: the real store, on a table of its own, inside this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.dynamodb.store import DynamoStore

TABLE = "pluim"


@pytest.fixture(scope="session")
def aws() -> boto3.Session:
    """A session with credentials that open nothing; shared, because building one takes a while."""
    return boto3.Session("testing", "testing", region_name="eu-west-1")


@pytest.fixture
def dynamodb(aws: boto3.Session) -> Iterator[Any]:
    """A client of an empty table; nothing leaves this process."""
    with mock_aws():
        client = aws.client("dynamodb")
        _create_table(client)
        yield client


@pytest.fixture
def store(dynamodb: Any) -> DynamoStore:
    """The real store, which never waits."""
    return DynamoStore(client=dynamodb, table=TABLE, pause=lambda seconds: None)


def _create_table(client: Any) -> None:
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "due_shard", "AttributeType": "N"},
            {"AttributeName": "due_at", "AttributeType": "S"},
            {"AttributeName": "list_key", "AttributeType": "S"},
            {"AttributeName": "list_order", "AttributeType": "S"},
        ],
        KeySchema=_key("pk", "sk"),
        GlobalSecondaryIndexes=[
            _index("due", "due_shard", "due_at"),
            _index("lists", "list_key", "list_order"),
        ],
    )


def _index(name: str, hash_key: str, range_key: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": _key(hash_key, range_key),
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }


def _key(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]
