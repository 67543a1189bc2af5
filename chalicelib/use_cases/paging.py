"""Paging: a list is read to its end, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from chalicelib.ports import Page

Row = TypeVar("Row")


def all_of(page_after: Callable[[str], Page[Row]]) -> Iterator[Row]:
    """Every row of a list; each next page is read once somebody asks for what is on it."""
    after = ""
    while True:
        page = page_after(after)
        yield from page.items
        if not page.next:
            return
        after = page.next
