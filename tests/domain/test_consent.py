"""Consent: silence is private, and a choice shows no more than it says."""

from __future__ import annotations

import pytest

from chalicelib.domain.consent import Choice, shown_name


def test_private_shows_no_name() -> None:
    assert not Choice.PRIVATE.allows_showing
    assert shown_name("Bo de Vries", Choice.PRIVATE) == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Bo de Vries", "Bo"), ("Bo", "Bo"), ("  Anne-Marie  Bakker", "Anne-Marie"), ("", "")],
)
def test_first_name_only_shows_the_first_word(name: str, shown: str) -> None:
    assert shown_name(name, Choice.FIRST_NAME) == shown


def test_named_shows_the_whole_name() -> None:
    assert shown_name("Bo de Vries", Choice.NAMED) == "Bo de Vries"
