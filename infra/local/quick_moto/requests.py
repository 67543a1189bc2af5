"""A request about rows takes no detour."""

from __future__ import annotations

import base64
import json
from calendar import timegm
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from botocore import xform_name
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import BaseResponse
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler, DynamoResult
from werkzeug.exceptions import HTTPException

from infra.local.quick_moto.replacing import replaced

_AT_ONCE = {
    *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
    *("TransactGetItems", "TransactWriteItems", "UpdateItem"),
    *("CreateTable", "DeleteTable", "DescribeTable"),
}
_BLOBS = (b'"B":', b'"BS":')


@contextmanager
def answered_at_once() -> Iterator[None]:
    """Let a request about rows or tables go to moto's DynamoDB without a detour.

    Moto looks up the service, makes a web request, parses it by its model, looks up the method, and
    serializes the answer by its model. A request in DynamoDB's JSON is what that method wants, and
    the SDK reads out of a JSON answer what the model names, unless there are bytes in it.
    """
    inner, begin = BotocoreStubber.process_request, DynamoResult.__init__
    at_once: list[str] = []

    def process_request(stubber: BotocoreStubber, request: Any) -> Any:
        operation = _operation_at_once(request)
        if not operation or any(blob in request.body for blob in _BLOBS):
            return inner(stubber, request)
        at_once.append(operation)
        try:
            return _answer_at_once(operation, request)
        finally:
            at_once.pop()

    def keep(result: Any, held: object) -> None:
        if at_once:
            result._result = held
        else:
            begin(result, held)

    with (
        replaced(BotocoreStubber, "process_request", process_request),
        replaced(DynamoResult, "__init__", keep),
    ):
        yield


def _operation_at_once(request: Any) -> str:
    target = request.headers.get("X-Amz-Target", "")
    service, _, operation = (target.decode() if isinstance(target, bytes) else target).partition(
        "."
    )
    return operation if service == "DynamoDB_20120810" and operation in _AT_ONCE else ""


def _answer_at_once(operation: str, request: Any) -> tuple[int, dict[str, str], str]:
    handler: Any = DynamoHandler()
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, _region(request.url)
    handler.params = handler.body = json.loads(request.body)
    headers = {"content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "quick"}
    try:
        result = getattr(handler, _method(operation))().result
    except HTTPException as refused:
        return refused.code or 400, headers | dict(refused.get_headers()), refused.get_body()
    return 200, headers, json.dumps(result, default=_in_json)


def _in_json(held: Any) -> Any:
    if isinstance(held, DynamoType):
        return held.to_json()
    return timegm(held.timetuple()) if isinstance(held, datetime) else _base64(held)


def _base64(held: str | bytes) -> str:
    return base64.b64encode(held.encode() if isinstance(held, str) else held).decode()


@cache
def _method(operation: str) -> str:
    return xform_name(operation)


@cache
def _region(url: str) -> str:
    """The region in `https://dynamodb.eu-west-1.amazonaws.com/`, with or without an account."""
    found = BaseResponse.region_regex.search(url)
    return found[1] if found else BaseResponse.default_region
