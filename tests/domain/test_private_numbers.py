"""Private numbers: what is one is left out, and what is none stays as it was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.private_numbers import masked


@pytest.mark.parametrize(
    "number",
    [
        "111222333",
        "1112.22.333",
        "111 222 333",
        "NL91ABNA0417164300",
        "nl91 abna 0417 1643 00",
        "BE68 5390 0754 7034",
        "DE89.3704.0044.0532.0130.00",
    ],
)
@pytest.mark.parametrize("around", ["%s", "Mijn nummer is %s.", "(%s)", "nr:%s, van mij", "é %s é"])
def test_a_private_number_is_left_out(number: str, around: str) -> None:
    assert masked(around % number) == around % "•••"


@pytest.mark.parametrize(
    "text",
    [
        "111222334",  # The check says that it is no BSN.
        "000000000",
        "06-12345678",
        "0612345678",
        "+31 6 12345678",
        "+31612345678",
        "010 111222333",  # Part of a longer number.
        "111222333 44",
        "x111222333",
        "111222333x",
        "NL92ABNA0417164300",
        "NL91ABNA04171643001",
        "NL91ABNA041716430",
        "XX91ABNA0417164300",
        "Op 12.12.2026 om 19.30 uur kwamen er 120 mensen.",
        "١١١٢٢٢٣٣٤",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text


def test_each_of_several_is_left_out() -> None:
    assert masked("111222333 of NL91ABNA0417164300 of 06-12345678") == "••• of ••• of 06-12345678"


@given(st.text())
def test_what_is_masked_is_masked(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(st.text(st.characters(categories=["Ll", "Lu", "Zs", "Po"])))
def test_words_stay_as_they_are(text: str) -> None:
    assert masked(text) == text
