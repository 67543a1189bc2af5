"""Mail headers that cannot be injected, and that every reader unfolds to what was meant.

Python's own generator is not used for them: while folding, it drops the quotes of display names,
turns long URLs and message ids into encoded words, and joins encoded words without a space.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LINE_END = "\r\n"

_LINE = 78
_WORD = 64
"""Quoted names and encoded words this long fit behind any header's name; RFC 2047 allows 75."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*")
_LITERAL_IN_ENCODED_WORD = re.compile(rb"[A-Za-z0-9!*+/-]")
_BIDI_OVERRIDES = "\u202a\u202b\u202c\u202d\u202e"
_HIDDEN_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")


class CannotAssemble(ValueError):
    """This mail cannot be written so that every reader sees what was meant; it must not leave."""


@dataclass(frozen=True)
class Mailbox:
    """One address with the name people see; white space in `name` counts as single spaces."""

    address: str
    name: str = ""


def mailbox_header(name: str, mailbox: Mailbox) -> str:
    """A header that holds one mailbox, its display name quoted or encoded as a whole.

    Raises `CannotAssemble` for a hidden character in the name, or an address that is not one
    plain ASCII address.
    """
    return _folded(name, _mailbox_words(mailbox))


def prose_header(name: str, text: str) -> str:
    """A header that holds a line for people to read, as it is or in encoded words.

    Raises `CannotAssemble` for a hidden character, or when there is nothing to read.
    """
    return _folded(name, _prose_words(text))


def token_header(name: str, value: str) -> str:
    """A header for machines, never encoded: a URL, a message id, a keyword.

    Raises `CannotAssemble` for anything but printable ASCII.
    """
    if not value or not _is_literal(value):
        raise CannotAssemble(f"{name} is for printable ASCII")
    return _folded(name, value.split(" "))


def _mailbox_words(mailbox: Mailbox) -> Iterator[str]:
    _refuse_hidden(mailbox.name)
    name = " ".join(mailbox.name.split())
    quoted = f'"{name}"'
    if name and _is_quotable(name) and len(quoted) <= _WORD:
        yield quoted
    elif name:
        yield from _encoded_words(name)
    if not _ADDRESS.fullmatch(mailbox.address):
        raise CannotAssemble("an address is malformed")
    yield f"<{mailbox.address}>"


def _prose_words(text: str) -> Iterable[str]:
    _refuse_hidden(text)
    if not text.strip():
        raise CannotAssemble("there is nothing to read")
    words = text.split(" ")
    if _is_literal(text) and all(0 < len(word) <= _WORD for word in words):
        return words
    return _encoded_words(text)


def _refuse_hidden(text: str) -> None:
    """Refuse what would break a header or mislead its reader."""
    for char in text:
        hidden = unicodedata.category(char) in _HIDDEN_CATEGORIES
        if hidden or char in _BIDI_OVERRIDES:
            raise CannotAssemble(f"U+{ord(char):04X} in a header")


def _is_literal(text: str) -> bool:
    """Whether every reader takes it as it stands."""
    return text.isascii() and text.isprintable() and "=?" not in text


def _is_quotable(name: str) -> bool:
    """Whether quotes around it are enough; readers that forget a backslash find two recipients."""
    return _is_literal(name) and not set(name) & set('"\\')


def _encoded_words(text: str) -> Iterator[str]:
    """RFC 2047 words of whole characters; readers drop the space between two of them."""
    word = ""
    for char in text:
        if len(_encoded_word(word + char)) > _WORD:
            yield _encoded_word(word)
            word = ""
        word += char
    yield _encoded_word(word)


def _encoded_word(text: str) -> str:
    data = text.encode()
    readable = "".join(_readable(byte) for byte in data)
    compact = base64.b64encode(data).decode()
    if len(readable) <= len(compact):
        return f"=?utf-8?q?{readable}?="
    return f"=?utf-8?b?{compact}?="


def _readable(byte: int) -> str:
    if byte == ord(" "):
        return "_"
    return chr(byte) if _LITERAL_IN_ENCODED_WORD.match(bytes([byte])) else f"={byte:02X}"


def _folded(name: str, words: Iterable[str]) -> str:
    """One header, broken at spaces only, and never before the first word."""
    lines = [f"{name}:"]
    for count, word in enumerate(words):
        if count and len(lines[-1]) + len(" ") + len(word) > _LINE:
            lines.append("")
        lines[-1] += f" {word}"
    return LINE_END.join(lines)
