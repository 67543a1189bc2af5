"""A value that moto hands on as it is, is the value that moto would have looked for."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local.moto_values import values_as_they_are
from tests.local.parts import client, table_with_an_index

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


@pytest.fixture(params=["looked for", "as they are"])
def dynamodb(request: pytest.FixtureRequest) -> Any:
    with mock_aws():
        made = client("dynamodb")
        table_with_an_index(made, "things")
        if request.param == "looked for":
            yield made
        else:
            with values_as_they_are():
                yield made


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
