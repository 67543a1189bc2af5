"""Moto, quicker: it copies, searches and weighs no more of a row than its answer needs, and a
request about rows takes no detour.

All of this replaces inner methods of moto, which is why moto is pinned and why tests look at its
answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from infra.local.quick_moto.copies import small_copies
from infra.local.quick_moto.expressions import expressions_read_once
from infra.local.quick_moto.queries import only_the_rows_asked_for
from infra.local.quick_moto.requests import answered_at_once
from infra.local.quick_moto.values import texts_compared_as_text, values_shared_by_copies
from infra.local.quick_moto.weights import rows_weighed_once


@contextmanager
def quick_moto() -> Iterator[None]:
    """Let moto's DynamoDB take a fifth of the time, and give the same answers.

    Threads need `one_request_at_a_time` round it.
    """
    with ExitStack() as quicker:
        for way in (
            answered_at_once,
            small_copies,
            values_shared_by_copies,
            rows_weighed_once,
            texts_compared_as_text,
            only_the_rows_asked_for,
            expressions_read_once,
        ):
            quicker.enter_context(way())
        yield
