"""Reading: what a person has to have read before anybody else gets it, whoever wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

from chalicelib.domain.private_numbers import MASK, masked
from chalicelib.domain.text import NotAName, check_name


class MustRead(StrEnum):
    """Why a person reads a thank-you first, also when its nominator is trusted.

    A link, an e-mail address or an account's name, a telephone number, a number that is nobody
    else's business, or a name that holds what no name holds; a gift; something that the spam guard
    found; many thank-yous in a day; an honouree whose address somebody has to look up.
    """

    LINK = "link"
    ADDRESS = "address"
    TELEPHONE = "telephone"
    PRIVATE_NUMBER = "private_number"
    NAME = "name"
    GIFT = "gift"
    SPAM = "spam"
    MANY = "many"
    NO_ADDRESS = "no_address"


def in_texts(texts: Iterable[str]) -> Iterator[MustRead]:
    """What a person has to look at in what somebody wrote."""
    for text in texts:
        plain = _plain(text)
        if _LINK.search(plain):
            yield MustRead.LINK
        if "@" in plain:
            yield MustRead.ADDRESS
        if _TELEPHONE.search(plain):
            yield MustRead.TELEPHONE
        if MASK in text or masked(plain) != plain:
            yield MustRead.PRIVATE_NUMBER


def in_names(names: Iterable[str]) -> Iterator[MustRead]:
    """The same for what somebody gave as a name: no digit stands in it, nor an address."""
    for name in names:
        try:
            check_name(_plain(name))
        except NotAName:
            yield MustRead.NAME
        yield from in_texts([name])


_LINK = re.compile(
    r"""
      ://                              # a scheme
    | \bwww\.
    | [a-z][a-z0-9+.-]+:(?=[\w/])      # mailto:, tel: and the like, which need no slashes
    | [^\s.]\.[^\W\d_]{2}              # a host: mail programs make a link of any dot inside a word
    | \d+(?:\.\d+){3}                  # the address of a computer
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TELEPHONE = re.compile(r"\d(?:[\W_]*\d){4}")
"""Five digits with no letter between them. A date in digits is one too: it waits for a moment."""

_HIDDEN = {"Cc", "Cf", "Mn", "Mc", "Me"}
"""Kinds of characters that take no place of their own: they part what a reader sees as one."""
_FILLERS = "\u115f\u1160"
"""Letters that show nothing."""


def _plain(text: str) -> str:
    """The text as its reader sees it: without what hides in it, with plain digits and dots.

    White space stays what it is, because it parts words.
    """
    seen = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
    return "".join(_as_seen(char) for char in seen)


def _as_seen(char: str) -> str:
    hidden = char in _FILLERS or unicodedata.category(char) in _HIDDEN
    if hidden and not char.isspace():
        return ""
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)
