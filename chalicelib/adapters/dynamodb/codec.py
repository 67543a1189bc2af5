"""Values as DynamoDB keeps them, and back: by their declared types, and strict both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Generic, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from chalicelib.adapters.dynamodb.keys import instant
from chalicelib.domain.plan import Plan
from chalicelib.domain.recurrence import Occurrence

Noun = TypeVar("Noun")
Attribute = Mapping[str, Any]
"""One value as DynamoDB writes it: `{"S": "text"}`."""
Attributes = dict[str, Attribute]


class Unreadable(ValueError):
    """A stored value is not what its noun says it is; names the noun and the attribute."""


@dataclass(frozen=True)
class Codec(Generic[Noun]):
    """How values of one type are kept."""

    encode: Callable[[Noun], Attribute]
    decode: Callable[[Attribute], Noun]


def encode(noun: object) -> Attributes:
    """The attributes of a noun, one for each field; a field that is None has none."""
    declared: Any = type(noun)
    return dict(_codec(declared).encode(noun)["M"])


def decode(noun: type[Noun], attributes: Mapping[str, Attribute]) -> Noun:
    """The noun that has these attributes.

    A field with a default may be absent, so that rows outlive the adding of one. Raises
    `Unreadable` for any other absence, an attribute that is no field, or a value that does not fit.
    """
    declared: Any = noun
    decoded: Noun = _codec(declared).decode({"M": attributes})
    return decoded


@cache
def _codec(declared: Any) -> Codec[Any]:
    """The codec of a declared type; raises `TypeError` for a type that rows cannot hold."""
    if declared in _SIMPLE:
        return _SIMPLE[declared]
    if isinstance(declared, NewType):
        return _codec(declared.__supertype__)
    if get_origin(declared) in {Union, UnionType}:
        return _codec(_only_option(declared))
    if get_origin(declared) in {tuple, frozenset}:
        return _sequence(get_origin(declared), _codec(get_args(declared)[0]))
    if get_origin(declared) is Mapping:
        return _mapping(*(_codec(part) for part in get_args(declared)))
    if isinstance(declared, type) and issubclass(declared, StrEnum):
        return Codec(lambda member: {"S": member.value}, lambda kept: declared(_take("S", kept)))
    if isinstance(declared, type) and is_dataclass(declared):
        return _fields(declared)
    raise TypeError(f"rows cannot hold {declared}")


def _only_option(declared: Any) -> Any:
    """The type beside None: an absent attribute says None."""
    options = [option for option in get_args(declared) if option is not NoneType]
    if len(options) != 1:
        raise TypeError(f"rows cannot hold {declared}")
    return options[0]


def _sequence(kind: Any, item: Codec[Any]) -> Codec[Any]:
    """A list; a set is kept in order, so that equal sets are equal rows."""

    def encoded(values: Any) -> Attribute:
        ordered = sorted(values) if kind is frozenset else values
        return {"L": [item.encode(value) for value in ordered]}

    return Codec(encoded, lambda kept: kind(item.decode(value) for value in _take("L", kept)))


def _mapping(key: Codec[Any], value: Codec[Any]) -> Codec[Any]:
    def encoded(values: Mapping[Any, Any]) -> Attribute:
        return {"M": {key.encode(name)["S"]: value.encode(held) for name, held in values.items()}}

    def decoded(kept: Attribute) -> Mapping[Any, Any]:
        held = _take("M", kept)
        return {key.decode({"S": name}): value.decode(held[name]) for name in held}

    return Codec(encoded, decoded)


def _fields(noun: type[Any]) -> Codec[Any]:
    """A dataclass: its fields by name."""
    declared = get_type_hints(noun)
    codecs = {field.name: _codec(declared[field.name]) for field in fields(noun)}
    codecs |= dict.fromkeys(_WALL_CLOCK_TIMES.get(noun, ()), _WALL_CLOCK)
    nones = {name: None for name in codecs if NoneType in get_args(declared[name])}
    required = {
        field.name
        for field in fields(noun)
        if field.default is MISSING and field.default_factory is MISSING
    } - nones.keys()

    def encoded(value: Any) -> Attribute:
        held = {name: getattr(value, name) for name in codecs}
        return {
            "M": {name: codecs[name].encode(one) for name, one in held.items() if one is not None}
        }

    def decoded(kept: Attribute) -> Any:
        held: Mapping[str, Attribute] = _take("M", kept)
        for name in (held.keys() - codecs.keys()) | (required - held.keys()):
            raise Unreadable(f"{noun.__name__}.{name}")
        return noun(**nones | {name: _field(noun, name, codecs[name], held[name]) for name in held})

    return Codec(encoded, decoded)


def _field(noun: type[Any], name: str, codec: Codec[Any], kept: Attribute) -> Any:
    try:
        return codec.decode(kept)
    except Unreadable:
        raise
    except (ValueError, TypeError, KeyError) as problem:
        raise Unreadable(f"{noun.__name__}.{name}") from problem


def _take(kind: str, kept: Attribute) -> Any:
    """The value inside an attribute of this kind, and of no other."""
    if kept.keys() != {kind}:
        raise ValueError(f"expected {kind}")
    return kept[kind]


def _instant(kept: Attribute) -> datetime:
    at = datetime.fromisoformat(_take("S", kept))
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC)


def _wall_clock(kept: Attribute) -> datetime:
    at = datetime.fromisoformat(_take("S", kept))
    if at.tzinfo is not None:
        raise ValueError("a wall-clock time has no time zone")
    return at


def _encoded_wall_clock(at: datetime) -> Attribute:
    if at.tzinfo is not None:
        raise ValueError("a wall-clock time has no time zone")
    return {"S": at.isoformat(timespec="microseconds")}


def _encoded_json(value: object) -> Attribute:
    """A plain JSON value; fractions are refused, because DynamoDB would change them."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": str(value)}
        case list() | tuple():
            return {"L": [_encoded_json(one) for one in value]}
        case Mapping():
            return {"M": {str(name): _encoded_json(one) for name, one in value.items()}}
    raise TypeError(f"rows cannot hold {type(value).__name__}")


def _decoded_json(kept: Attribute) -> object:
    match dict(kept):
        case {"NULL": True}:
            return None
        case {"BOOL": value} | {"S": value}:
            return value
        case {"N": digits}:
            return int(digits)
        case {"L": values}:
            return [_decoded_json(one) for one in values]
        case {"M": values}:
            return {name: _decoded_json(one) for name, one in values.items()}
    raise ValueError("expected a plain JSON value")


_WALL_CLOCK = Codec(_encoded_wall_clock, _wall_clock)
_WALL_CLOCK_TIMES: dict[type, tuple[str, ...]] = {
    Plan: ("starts", "ends"),
    Occurrence: ("starts", "ends"),
}
"""The fields that hold wall-clock times; every other time is an instant."""

_SIMPLE: dict[Any, Codec[Any]] = {
    str: Codec(lambda value: {"S": value}, lambda kept: _take("S", kept)),
    bool: Codec(lambda value: {"BOOL": value}, lambda kept: _take("BOOL", kept)),
    int: Codec(lambda value: {"N": str(value)}, lambda kept: int(_take("N", kept))),
    date: Codec(
        lambda day: {"S": day.isoformat()}, lambda kept: date.fromisoformat(_take("S", kept))
    ),
    datetime: Codec(lambda at: {"S": instant(at)}, _instant),
    object: Codec(_encoded_json, _decoded_json),
}
