"""Moto is quicker, and says what it always says."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from infra.local.quick_moto import quick_moto
from tests.local.parts import client, table_with_an_index

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROW: dict[str, Any] = {
    "pk": {"S": "row"},
    "sk": {"S": "1"},
    "empty": {"S": ""},
    "number": {"N": "1.50"},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "nothing": {"NULL": True},
    "bytes": {"B": b"\x00\xffab"},
    "names": {"SS": ["Ada", "Bo"]},
    "numbers": {"NS": ["1", "2"]},
    "blobs": {"BS": [b"\x00", b"\x01"]},
    "list": {"L": [{"S": "x"}, {"L": []}, {"M": {"bytes": {"B": b"\xff"}}}]},
    "map": {"M": {"S": {"S": "a name that is also a type"}, "map": {"M": {}}}},
}


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws(), quick_moto():
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
    copies: list[object] = []
    table: Any = dynamodb_backends[ACCOUNT][REGION].tables["things"]
    table.stream_shard = Counting(copies)

    dynamodb.transact_write_items(TransactItems=[put(number) for number in range(20)])

    assert len(copies) == 1


def test_a_transaction_that_fails_leaves_all_as_it_was(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[put(1), put(2)])
    taken = put(2, ConditionExpression="attribute_not_exists(pk)")

    with pytest.raises(ClientError):
        dynamodb.transact_write_items(TransactItems=[put(3), put(4), taken])

    assert rows(dynamodb) == 2


def test_a_row_that_was_changed_before_the_failure_is_as_it_was(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[put(1), put(2)])
    changed = {
        "TableName": "things",
        "Key": {"pk": {"S": "row"}, "sk": {"S": "1"}},
        "UpdateExpression": "SET colour = :red ADD n :one",
        "ExpressionAttributeValues": {":red": {"S": "red"}, ":one": {"N": "1"}},
    }
    gone = {"TableName": "things", "Key": {"pk": {"S": "row"}, "sk": {"S": "2"}}}
    taken = put(3, ConditionExpression="attribute_exists(pk)")

    with pytest.raises(ClientError):
        dynamodb.transact_write_items(
            TransactItems=[{"Update": changed}, {"Delete": gone}, put(4), taken]
        )

    kept = dynamodb.scan(TableName="things")["Items"]
    assert kept == [{"pk": {"S": "row"}, "sk": {"S": number}} for number in ("1", "2")]


def test_rows_that_a_transaction_does_not_name_are_not_copied(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[put(number) for number in range(20)])
    table: Any = dynamodb_backends[ACCOUNT][REGION].tables["things"]
    copies: list[object] = []
    for rows_of in table.items.values():
        for item in rows_of.values():
            dict.__setitem__(item.attrs, "counting", Counting(copies))

    dynamodb.transact_write_items(TransactItems=[put(1), put(22)])
    made = len(copies)
    copy.deepcopy(table)

    assert (made, len(copies)) == (1, 20)


def test_each_transaction_goes_back_to_its_own_beginning(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=[put(1)])
    taken = put(1, ConditionExpression="attribute_not_exists(pk)")
    for number in (2, 3):
        with pytest.raises(ClientError):
            dynamodb.transact_write_items(TransactItems=[put(number), taken])
        dynamodb.transact_write_items(TransactItems=[put(number)])

    assert rows(dynamodb) == 3


def test_a_row_comes_back_as_it_went_in(dynamodb: Any) -> None:
    dynamodb.put_item(TableName="things", Item=ROW)

    key = {name: ROW[name] for name in ("pk", "sk")}
    assert dynamodb.get_item(TableName="things", Key=key)["Item"] == ROW
    assert dynamodb.scan(TableName="things")["Items"] == [ROW]


def test_a_transaction_that_fails_says_which_row_was_there(dynamodb: Any) -> None:
    dynamodb.put_item(TableName="things", Item=ROW)
    taken = {
        "TableName": "things",
        "Item": ROW,
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }

    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=[{"Put": taken}])

    (reason,) = refused.value.response["CancellationReasons"]
    assert reason["Item"] == ROW


def test_a_row_that_was_refused_comes_with_the_reason(dynamodb: Any) -> None:
    row = put(1)["Put"]["Item"]
    dynamodb.put_item(TableName="things", Item=row)

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as refused:
        dynamodb.put_item(
            TableName="things",
            Item=row,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    answer = refused.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Item"]) == (400, row)


def test_what_moto_does_not_know_is_refused_as_ever(dynamodb: Any) -> None:
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.get_item(TableName="nowhere", Key={"pk": {"S": "row"}})
    with pytest.raises(ClientError, match="Syntax error"):
        dynamodb.update_item(
            TableName="things", Key=put(1)["Put"]["Item"], UpdateExpression="SET n = = :n"
        )


def test_a_query_reads_its_own_rows_in_order_page_by_page(dynamodb: Any) -> None:
    for name in ("row", "neighbour"):
        for number in (3, 1, 2):
            key = {"pk": {"S": name}, "sk": {"S": f"{number}"}}
            dynamodb.put_item(TableName="things", Item=key | {"n": {"N": f"{number}"}})
    query = dynamodb.get_paginator("query").paginate(
        TableName="things",
        KeyConditionExpression="pk = :pk",
        FilterExpression="n < :three",
        ExpressionAttributeValues={":pk": {"S": "row"}, ":three": {"N": "3"}},
        ProjectionExpression="sk",
        PaginationConfig={"PageSize": 1},
    )

    pages = [[row["sk"]["S"] for row in page["Items"]] for page in query]

    assert pages == [["1"], ["2"], []]


def test_bytes_are_compared_as_bytes(dynamodb: Any) -> None:
    dynamodb.put_item(TableName="things", Item=ROW)

    def with_bytes(content: bytes) -> int:
        found = dynamodb.query(
            TableName="things",
            KeyConditionExpression="pk = :pk",
            FilterExpression="#bytes = :bytes",
            ExpressionAttributeNames={"#bytes": "bytes"},
            ExpressionAttributeValues={":pk": ROW["pk"], ":bytes": {"B": content}},
        )
        return int(found["Count"])

    assert (with_bytes(b"\x00\xffab"), with_bytes(b"ab")) == (1, 0)


def test_an_update_tells_what_it_left(dynamodb: Any) -> None:
    dynamodb.put_item(TableName="things", Item=ROW)

    answer = dynamodb.update_item(
        TableName="things",
        Key={name: ROW[name] for name in ("pk", "sk")},
        UpdateExpression="ADD visits :one SET colour = :red",
        ExpressionAttributeValues={":one": {"N": "1"}, ":red": {"S": "red"}},
        ReturnValues="ALL_NEW",
        ReturnConsumedCapacity="TOTAL",
    )

    assert answer["Attributes"] == ROW | {"visits": {"N": "1"}, "colour": {"S": "red"}}
    assert answer["ConsumedCapacity"]["TableName"] == "things"


def test_a_row_that_is_too_large_is_refused(dynamodb: Any) -> None:
    halves = {"one": {"S": "x" * 200_000}, "two": {"L": [{"S": "y" * 206_000}]}}
    most = {**ROW, "one": {"S": "x" * 300_000}}

    dynamodb.put_item(TableName="things", Item=most)
    with pytest.raises(ClientError, match="Item size"):
        dynamodb.put_item(TableName="things", Item={**ROW, **halves})


def test_a_row_that_grows_too_large_stays_as_it_was(dynamodb: Any) -> None:
    key = {name: ROW[name] for name in ("pk", "sk")}
    dynamodb.put_item(TableName="things", Item=ROW | {"one": {"S": "x" * 300_000}})

    with pytest.raises(ClientError, match="Item size"):
        dynamodb.update_item(
            TableName="things",
            Key=key,
            UpdateExpression="SET two = :two",
            ExpressionAttributeValues={":two": {"S": "y" * 200_000}},
        )

    assert "two" not in dynamodb.get_item(TableName="things", Key=key)["Item"]


def test_random_requests_get_the_answers_that_moto_gives_by_itself(quicker: ExitStack) -> None:
    requests = list(random_requests(Random(20261125), 250))

    with mock_aws():
        quick = answers(requests)
    quicker.close()
    try:
        with mock_aws():
            plain = answers(requests)
    finally:
        quicker.enter_context(quick_moto())

    assert quick == plain
    assert {"Error", "Item", "Items", "Attributes", "CancellationReasons"} <= set().union(*quick)


def random_requests(random: Random, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests about eight rows, of which about a quarter is refused."""

    def key() -> dict[str, Any]:
        return {"pk": {"S": random.choice("ab")}, "sk": {"S": random.choice("1234")}}

    def value() -> dict[str, Any]:
        return random.choice([ROW[name] for name in ("number", "list", "map", "names", "yes")])

    def row() -> dict[str, Any]:
        return key() | {"one": value(), "n": {"N": f"{random.randint(0, 3)}"}}

    def condition() -> dict[str, Any]:
        tests = ("attribute_exists(pk)", "attribute_not_exists(pk)", "n < :two", "#one = :held")
        test = random.choice(tests)
        values = {":two": {"N": "2"}, ":held": value()}
        return {
            "ConditionExpression": test,
            **({"ExpressionAttributeNames": {"#one": "one"}} if "#one" in test else {}),
            **given({name: held for name, held in values.items() if name in test}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def given(values: dict[str, Any]) -> dict[str, Any]:
        return {"ExpressionAttributeValues": values} if values else {}

    def change() -> dict[str, Any]:
        changes: list[tuple[str, dict[str, Any]]] = [
            ("SET one = :held", {":held": value()}),
            ("ADD n :more", {":more": {"N": "1"}}),
            ("REMOVE one", {}),
            ("SET n = n + :more, one = :held", {":more": {"N": "1"}, ":held": value()}),
            ("SET n = = :held", {":held": value()}),
        ]
        expression, values = random.choice(changes)
        return {"Key": key(), "UpdateExpression": expression, **given(values)}

    def write() -> dict[str, Any]:
        made = [
            {"Put": {"Item": row(), **condition()}},
            {"Put": {"Item": row()}},
            {"Delete": {"Key": key()}},
            {"Update": change()},
        ]
        ((kind, action),) = random.choice(made).items()
        return {kind: {"TableName": "things", **action}}

    for _ in range(count):
        made: list[tuple[str, dict[str, Any]]] = [
            ("get_item", {"Key": key()}),
            ("put_item", {"Item": row(), **condition()}),
            ("delete_item", {"Key": key(), "ReturnValues": "ALL_OLD", **condition()}),
            ("update_item", {"ReturnValues": "ALL_NEW", **change()}),
            (
                "query",
                {
                    "KeyConditionExpression": "pk = :pk AND sk > :sk",
                    **given({":pk": key()["pk"], ":sk": key()["sk"]}),
                    "ScanIndexForward": random.random() < 0.5,
                    "Limit": random.randint(1, 3),
                    "ReturnConsumedCapacity": "TOTAL",
                },
            ),
            ("scan", {"FilterExpression": "n < :two", **given({":two": {"N": "2"}})}),
            ("transact_write_items", {"TransactItems": [write() for _ in range(3)]}),
        ]
        name, request = random.choice(made)
        table = {} if name == "transact_write_items" else {"TableName": "things"}
        yield name, table | request


def answers(requests: Iterable[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """What an empty table answers to each request, without what differs at each try."""
    dynamodb = client("dynamodb")
    table_with_an_index(dynamodb, "things")
    return [answer(getattr(dynamodb, name), request) for name, request in requests]


def answer(ask: Callable[..., dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    """What one request is answered, or how it is refused."""
    try:
        told = ask(**request)
    except ClientError as refused:
        told = dict(refused.response)
    status = told.pop("ResponseMetadata")["HTTPStatusCode"]
    return told | {"status": status}


class Counting:
    """Something on a table or a row that tells when it is copied with it."""

    def __init__(self, copies: list[object]) -> None:
        self._copies = copies

    def __deepcopy__(self, memo: dict[int, Any]) -> Counting:
        self._copies.append(self)
        return copy.copy(self)

    def add(self, old: object, new: object) -> None:
        """What a table tells its stream."""
