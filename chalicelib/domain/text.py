"""What people type, brought into one clean form before anything else sees it."""

from __future__ import annotations

import re
import unicodedata

from chalicelib.domain.people import MAX_NAME_LENGTH, MIN_NAME_LENGTH

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_MAX_STACKED_MARKS = 8

LINK_SCHEME = re.compile(r"\b([a-z][a-z0-9+.-]*):(?=//)", re.IGNORECASE)
INNER_DOT = re.compile(r"(?<=[^\W_])\.(?=(?:[\w-]+\.)*[^\W\d_]{2,}\b)")
"""What mail programs make a link of by themselves: a scheme, and a dot in what may be a host."""

_INNER_DOT = r"(?<=[^\W_])\.(?=(?:[\w-]+\.)*[^\W\d_]{2,})"
_IN_NO_NAME = re.compile(rf"[\d/@:]|\bwww\.|{_INNER_DOT}", re.IGNORECASE)


class NotText(ValueError):
    """A lone surrogate: half a character, which no mail, page or calendar can hold."""


class NotAName(ValueError):
    """What is typed for a name holds something that no name holds."""


def clean_text(typed: str) -> str:
    """Several lines of text as we keep them: what is stored is what is shown.

    Composed characters (NFC), LF line ends, no control characters, no characters that turn the
    reading direction for whatever follows, at most eight marks stacked on one letter, no white
    space around it. Raises `NotText`.
    """
    try:
        typed.encode("utf-8")
    except UnicodeEncodeError as lone:
        raise NotText from lone
    kept = "".join(char for char in _LINE_END.sub("\n", typed) if _belongs(char))
    return _with_fewer_marks(unicodedata.normalize("NFC", kept)).strip()


def clean_line(typed: str) -> str:
    """One line of text as we keep it: `clean_text` with every run of white space as one space."""
    return " ".join(clean_text(typed).split())


def check_name(name: str) -> None:
    """Refuse what is no name, or more than one, where it shows before anybody else read it.

    That is fewer than `MIN_NAME_LENGTH` or more than `MAX_NAME_LENGTH` characters, a telephone
    number, or an address of any kind: anything with a digit, one of `/@:`, or a dot inside a word,
    but not initials such as J.P. Raises `NotAName`.
    """
    if not MIN_NAME_LENGTH <= len(name) <= MAX_NAME_LENGTH or _IN_NO_NAME.search(name):
        raise NotAName


def _belongs(char: str) -> bool:
    if char in "\n\t":
        return True
    return unicodedata.category(char) != "Cc" and char not in _BIDI_CONTROLS


def _with_fewer_marks(text: str) -> str:
    kept: list[str] = []
    stacked = 0
    for char in text:
        stacked = stacked + 1 if unicodedata.combining(char) else 0
        if stacked <= _MAX_STACKED_MARKS:
            kept.append(char)
    return "".join(kept)
