"""A condition or an update is taken apart once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]

from infra.local.quick_moto.replacing import replaced


@contextmanager
def expressions_read_once() -> Iterator[None]:
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
        replaced(ConditionExpressionParser, "parse", parse),
        replaced(
            UpdateExpressionParser, "make", staticmethod(lru_cache(maxsize=_MOST_KNOWN)(make))
        ),
        replaced(DepthFirstTraverser, "nodes_to_be_processed", kinds),
    ):
        yield


_MOST_KNOWN = 1_000
