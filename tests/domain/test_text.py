"""Typed text: what is kept is what is shown, and nothing else than what was meant."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.text import NotAName, NotText, check_name, clean_line, clean_text
from chalicelib.messages.rendering import defanged

TYPED = st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_line_end_is_one_line_end(end: str) -> None:
    assert clean_text(f"Thank{end}you") == "Thank\nyou"


def test_what_cannot_be_seen_is_left_out() -> None:
    assert clean_text("Bo\x00 de\x1b[1m\u202e Vries\x7f") == "Bo de[1m Vries"


def test_emoji_and_every_script_stay() -> None:
    words = "🏳️‍🌈 Ζωή שלום مرحبا 你好 \U0001fae8"

    assert clean_text(words) == words


def test_markup_is_only_text() -> None:
    assert clean_text("<b>{{7*7}}</b>") == "<b>{{7*7}}</b>"


def test_one_spelling_of_an_accent_is_kept() -> None:
    assert clean_text("Zoe\u0308") == "Zoë"


def test_marks_do_not_pile_up() -> None:
    assert clean_text("z" + "\u0335" * 50) == "z" + "\u0335" * 8


def test_a_line_is_one_line_with_single_spaces() -> None:
    assert clean_line("  Bo\r\n de\t\u00a0 Vries ") == "Bo de Vries"


@pytest.mark.parametrize("half", ["\ud83d", "Bo \udc80"])
def test_half_a_character_is_refused(half: str) -> None:
    with pytest.raises(NotText):
        clean_text(half)


@given(TYPED)
def test_clean_text_is_clean(typed: str) -> None:
    clean = clean_text(typed)

    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert not any(unicodedata.category(char) == "Cc" for char in clean if char not in "\n\t")


@given(TYPED)
def test_a_clean_line_is_clean(typed: str) -> None:
    line = clean_line(typed)

    assert clean_line(line) == line
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
    "name",
    [
        "Bo de Vries",
        "J.P. van 't Hof-Smit",
        "Zoë Ζωή 你好",
        "Stichting De Brug (Noord)",
        "Mr. Bo, MA",
    ],
)
def test_names_are_names(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "typed",
    [
        "Bo 06-12345678",
        "Bo ٠١٢",
        "kijk op https://evil.example",
        "bo@evil",
        "evil.example",
        "www.x",
        "tel: nul zes",
        "b" * 121,
        "B",
        "",
    ],
)
def test_more_than_a_name_is_not_a_name(typed: str) -> None:
    with pytest.raises(NotAName):
        check_name(typed)


@given(st.text(st.sampled_from("abB_-. é:/w"), max_size=30))
def test_no_name_holds_what_mails_would_break_up(typed: str) -> None:
    try:
        check_name(typed)
    except NotAName:
        return
    assert defanged(typed) == typed
