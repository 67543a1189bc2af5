"""A mail's HTML as a page of ours shows it in a frame: the words as they came, and out of reach."""

from __future__ import annotations

import re
from enum import StrEnum

FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""What a mail may do in its frame: nothing from the network, since what it needs is in it."""


LOOKS = ("licht", "donker", "telefoon", "telefoon-donker", "tekst")
"""The ways to look at a mail: in a light or dark mail program, on a phone, or as plain text."""


class Scheme(StrEnum):
    """Whether the mail program of its reader is light or dark."""

    LIGHT = "light"
    DARK = "dark"


_HEAD = re.compile(r"<head[^>]*>")
_STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)
_WHEN_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_EITHER = re.compile(r"(color-scheme\s*:\s*)light dark")
_META = re.compile(r'(<meta name="(?:supported-)?color-schemes?" content=")light dark(")')


def framed(html: str, *, target: str, scheme: Scheme | None = None) -> str:
    """The HTML with its links opening in this `target`, and light or dark whatever its reader has.

    In a sandbox that allows no new windows, the target `_blank` makes that links do nothing.
    Without a `scheme` the browser decides, as a mail program does.
    """
    html = _HEAD.sub(lambda head: f'{head[0]}<base target="{target}">', html, count=1)
    if scheme is None:
        return html
    html = _META.sub(rf"\g<1>{scheme}\g<2>", html)
    return _STYLE.sub(lambda style: _decided(style[0], scheme), html, count=1)


def _decided(style: str, scheme: Scheme) -> str:
    """A style sheet in which the question for a dark reader has been answered."""
    answer = "@media all" if scheme is Scheme.DARK else "@media not all"
    return _EITHER.sub(rf"\g<1>{scheme}", _WHEN_DARK.sub(answer, style))
