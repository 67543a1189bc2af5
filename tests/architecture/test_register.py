"""The register of processing names every attribute that is kept, and no other."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from chalicelib.adapters.dynamodb.items import Row

_REGISTER = (Path(__file__).parents[2] / "docs" / "register.md").read_text("utf-8")
_NAMED = re.compile(r"`(\w+)`")

NOUNS = {noun.__name__: noun for noun in get_args(Row)}
LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in _REGISTER.splitlines()
    if line.startswith("| ")
]
CLASSES = {cells[0] for cells in LINES if len(cells) == 4} - {"Class"}
KEPT = [cells for cells in LINES if len(cells) == 6 and cells[0] != "Row"]


def test_every_row_is_in_the_register() -> None:
    assert {cells[0] for cells in KEPT} == NOUNS.keys()


@pytest.mark.parametrize("noun", NOUNS)
def test_every_attribute_of_a_row_is_named_once(noun: str) -> None:
    named = Counter(name for cells in KEPT if cells[0] == noun for name in _NAMED.findall(cells[1]))

    assert named == Counter(field.name for field in fields(NOUNS[noun]))


def test_what_is_about_people_says_what_for_how_long_and_how_it_is_erased() -> None:
    about_people = [cells for cells in KEPT if cells[2] != "machinery"]

    assert {cells[2] for cells in KEPT} == CLASSES
    unsaid = [cells[:2] for cells in about_people if not (cells[3] and cells[4])]
    assert not unsaid
