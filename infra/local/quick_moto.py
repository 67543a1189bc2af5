"""Moto, quicker: it copies, searches and weighs no more of a row than its answer needs, and a
request about rows takes no detour.

All of this replaces inner methods of moto, which is why moto is pinned and why tests look at its
answers.
"""

from __future__ import annotations

import base64
import copy
import json
from calendar import timegm
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache, lru_cache
from inspect import signature
from typing import Any

from botocore import xform_name
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import BaseResponse
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.responses import DynamoHandler, DynamoResult
from werkzeug.exceptions import HTTPException


@contextmanager
def quick_moto() -> Iterator[None]:
    """Let moto's DynamoDB take a fifth of the time, and give the same answers.

    Threads need `one_request_at_a_time` round it.
    """
    with ExitStack() as quicker:
        for way in (
            _answered_at_once,
            _small_copies,
            _values_as_they_are,
            _values_shared_by_copies,
            _rows_weighed_once,
            _texts_compared_as_text,
            _only_the_rows_asked_for,
            _expressions_read_once,
        ):
            quicker.enter_context(way())
        yield


_AT_ONCE = {
    *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
    *("TransactGetItems", "TransactWriteItems", "UpdateItem"),
    *("CreateTable", "DeleteTable", "DescribeTable"),
}
_BLOBS = (b'"B":', b'"BS":')


@contextmanager
def _answered_at_once() -> Iterator[None]:
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
        _replaced(BotocoreStubber, "process_request", process_request),
        _replaced(DynamoResult, "__init__", keep),
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


@cache
def _method(operation: str) -> str:
    return xform_name(operation)


@cache
def _region(url: str) -> str:
    """The region in `https://dynamodb.eu-west-1.amazonaws.com/`, with or without an account."""
    found = BaseResponse.region_regex.search(url)
    return found[1] if found else BaseResponse.default_region


@contextmanager
def _small_copies() -> Iterator[None]:
    """Let moto keep, for the case that a transaction fails, no more than that transaction changes.

    Moto copies the whole table for each row of a transaction, and takes all its copies before it
    writes anything. So the first one serves as well as the hundredth, and what no transaction
    changes, such as keys, indexes and the rows that this one does not name, needs no copy at all.
    """
    write = DynamoDBBackend.transact_write_items
    going_on: list[_Transaction] = []

    def write_with_small_copies(backend: DynamoDBBackend, actions: list[dict[str, Any]]) -> None:
        going_on.append(_Transaction(actions))
        try:
            write(backend, actions)
        finally:
            going_on.pop()

    def small_copy(table: Table, memo: dict[int, Any]) -> Table:
        transaction = going_on[-1] if going_on else None
        return transaction.copy_of(table) if transaction else _copied(table, memo)

    with (
        _replaced(DynamoDBBackend, "transact_write_items", write_with_small_copies),
        _replaced(Table, "__deepcopy__", small_copy),
    ):
        yield


class _Transaction:
    """The rows that one transaction names, and its one copy of each table."""

    def __init__(self, actions: Sequence[Mapping[str, Any]]) -> None:
        self._rows = [next(iter(action.values())) for action in actions]
        self._copies: dict[int, Table] = {}

    def copy_of(self, table: Table) -> Table:
        """The table as it is before the transaction writes anything."""
        if id(table) not in self._copies:
            self._copies[id(table)] = self._copied(table)
        return self._copies[id(table)]

    def _copied(self, table: Table) -> Table:
        if table.range_key_attr is None:
            return _copied(table, {})
        items: Any = table.items
        made: Table = object.__new__(type(table))
        made.__dict__.update(table.__dict__)
        made.stream_shard = copy.deepcopy(table.stream_shard)
        kept: Any = defaultdict(dict, {key: dict(rows) for key, rows in items.items()})
        made.items = kept
        for row in self._rows:
            if row.get("TableName") == table.name:
                key = row.get("Key") or row["Item"]
                hash_key = DynamoType(key[table.hash_key_attr])
                range_key = DynamoType(key[table.range_key_attr])
                if range_key in kept.get(hash_key, ()):
                    kept[hash_key][range_key] = copy.deepcopy(kept[hash_key][range_key])
        return made


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    """What `copy.deepcopy` makes of a table that says nothing about it."""
    made: Table = object.__new__(type(table))
    memo[id(table)] = made
    made.__dict__.update(copy.deepcopy(table.__dict__, memo))
    return made


@contextmanager
def _values_as_they_are() -> Iterator[None]:
    """Let moto write a DynamoDB value, such as `{"S": "Bo"}`, into its answer without searching.

    Moto serializes a value as it does any structure: it looks in it for all ten types that a value
    can have, under several spellings of each, which takes half of the time that a request does. A
    value has one type, and is in its wire form already, but for moto's own objects inside a list
    or a map.
    """
    inner = BaseJSONSerializer._serialize_type_structure

    def serialize(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key:
            serialized[key] = _wire(value)
        else:
            inner(self, serialized, value, shape, key)

    with _replaced(BaseJSONSerializer, "_serialize_type_structure", serialize):
        yield


def _wire(value: Any) -> dict[str, Any]:
    ((kind, held),) = (value.to_json() if isinstance(value, DynamoType) else value).items()
    if kind == "M":
        held = {name: _wire(inner) for name, inner in held.items()}
    elif kind == "L":
        held = [_wire(inner) for inner in held]
    elif kind == "B":
        held = _base64(held)
    elif kind == "BS":
        held = [_base64(one) for one in held]
    return {kind: held}


def _base64(held: str | bytes) -> str:
    return base64.b64encode(held.encode() if isinstance(held, str) else held).decode()


@contextmanager
def _values_shared_by_copies() -> Iterator[None]:
    """Let copies of a row have that row's very texts and numbers, which nothing ever changes."""
    inner = DynamoType.__deepcopy__

    def copied(value: DynamoType, memo: dict[int, Any]) -> DynamoType:
        return inner(value, memo) if value.type in {"M", "L", *_SETS} else value

    with _replaced(DynamoType, "__deepcopy__", copied):
        yield


@contextmanager
def _rows_weighed_once() -> Iterator[None]:
    """Let moto weigh a row against DynamoDB's limit when it is whole, not once for each attribute,
    and without making anything.

    What a row weighs when its last attribute is set is all that the limit is about. A copy weighs
    what the row did.
    """

    def begin(item: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: Any) -> None:
        item.hash_key, item.range_key, item.attrs = hash_key, range_key, LimitedSizeDict()
        typed = {name: DynamoType(value) for name, value in attrs.items()}
        dict.update(item.attrs, typed)
        for name, value in list(typed.items())[-1:]:
            del item.attrs[name]
            item.attrs[name] = value

    def copied(attrs: LimitedSizeDict, memo: dict[int, Any]) -> LimitedSizeDict:
        made = LimitedSizeDict()
        dict.update(made, {name: copy.deepcopy(value, memo) for name, value in attrs.items()})
        return made

    with (
        _replaced(Item, "__init__", begin),
        _replaced(Item, "size", lambda item: _size_of_all(item.attrs)),
        _replaced(LimitedSizeDict, "__deepcopy__", copied),
        _replaced(DynamoType, "size", _size),
    ):
        yield


def _size(held: DynamoType) -> int:
    value = held.value
    if held.type == "S":
        return _octets(value)
    if held.type == "M":
        return _size_of_all(value)
    if held.type == "L":
        return sum(map(_size, value))
    if held.type in {"BOOL", "NULL"}:
        return 1
    return sum(map(_octets, value)) if held.type in _SETS else _octets(value)


def _size_of_all(values: Mapping[str, DynamoType]) -> int:
    return sum(_octets(name) + _size(value) for name, value in values.items())


def _octets(text: str | bytes) -> int:
    return len(text) if isinstance(text, bytes) or text.isascii() else len(text.encode())


_SETS = {"SS", "NS", "BS"}


@contextmanager
def _texts_compared_as_text() -> Iterator[None]:
    """Let moto take a text for what it is, before it asks of every other type whether it is that.

    Moto sorts all rows of a table for each query, by keys that are texts.
    """
    cast: Any = vars(DynamoType)["cast_value"]

    def cast_value(value: DynamoType) -> Any:
        return value.value if value.type == "S" else cast.fget(value)

    with _replaced(DynamoType, "cast_value", property(cast_value)):
        yield


_INDEX_NAME = list(signature(Table.query).parameters).index("index_name") - 2
"""Its place among what a query is called with, after the table and the hash key."""


@contextmanager
def _only_the_rows_asked_for() -> Iterator[None]:
    """Let a query look at the rows of its own partition, and put rows in order by plain texts.

    Moto sorts all rows of a table for each query, comparing its own objects, and then looks which
    rows have the key asked for.
    """
    query = Table.query
    going_on: list[DynamoType | None] = []

    def query_one(table: Table, hash_key: Any, *args: Any, **options: Any) -> Any:
        index_name = args[_INDEX_NAME]
        going_on.append(None if index_name else hash_key)
        try:
            return query(table, hash_key, *args, **options)
        finally:
            going_on.pop()

    def rows_of(table: Table) -> list[Any]:
        if not table.range_key_attr:
            rows: list[Any] = list(table.items.values())
            return sorted(rows, key=lambda row: row.hash_key.cast_value)
        asked_for = going_on[-1] if going_on else None
        if asked_for is not None:
            parts = [table.items[asked_for]] if asked_for in table.items else []
        else:
            parts = list(table.items.values())
        rows = [row for part in parts for row in part.values()]
        rows.sort(key=lambda row: (row.hash_key.cast_value, row.range_key.cast_value))
        return rows

    with _replaced(Table, "query", query_one), _replaced(Table, "all_items", rows_of):
        yield


@contextmanager
def _expressions_read_once() -> Iterator[None]:
    """Let moto take a condition or an update apart once, not anew at each step of a write.

    What checks an update's parts works on a copy of them.
    """
    inner, make = ConditionExpressionParser.parse, UpdateExpressionParser.make
    kinds_of = DepthFirstTraverser.nodes_to_be_processed
    kinds_known: dict[type, Any] = {}

    known: dict[str, tuple[Any, list[str], list[str]]] = {}

    def parse(parser: ConditionExpressionParser) -> Any:
        names, values = parser.expr_attr_names_found, parser.expr_attr_values_found
        given = (parser.expression_attribute_names, parser.expression_attribute_values)
        asked = repr((parser.condition_expression, *given))
        if asked in known:
            made, names_found, values_found = known[asked]
            names.extend(names_found)
            values.extend(values_found)
            return made
        if len(known) == _MOST_KNOWN:
            known.clear()
        made = inner(parser)
        known[asked] = (made, [*names], [*values])
        return made

    def kinds(checks: DepthFirstTraverser) -> Any:
        if type(checks) not in kinds_known:
            kinds_known[type(checks)] = kinds_of(checks)
        return kinds_known[type(checks)]

    with (
        _replaced(ConditionExpressionParser, "parse", parse),
        _replaced(
            UpdateExpressionParser, "make", staticmethod(lru_cache(maxsize=_MOST_KNOWN)(make))
        ),
        _replaced(DepthFirstTraverser, "nodes_to_be_processed", kinds),
    ):
        yield


_MOST_KNOWN = 1_000


@contextmanager
def _replaced(kind: type, name: str, method: Any) -> Iterator[None]:
    """Give a class another method for as long as this lasts."""
    own = vars(kind).get(name)
    setattr(kind, name, method)
    try:
        yield
    finally:
        if own is None:
            delattr(kind, name)
        else:
            setattr(kind, name, own)
