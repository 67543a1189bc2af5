"""`mail.css`, read: what goes onto every element of a class, and what stays in the head."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_HEAD_BYTES = 8_000
"""Gmail drops a style sheet above 16 KB; half of that is room enough."""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_ONE_CLASS = re.compile(r"\.([a-z][a-z-]*)")
_KEPT_CLASS = re.compile(r"^\.([a-z-]+) \{", re.MULTILINE)
_REFUSED = {
    "flex": r"\bflex\b",
    "grid": r"\bgrid\b",
    "a variable": r"var\(|--\w",
    "rem": r"\drem\b",
    "url(": r"url\(",
    "svg": r"\bsvg\b",
    "webp": r"\bwebp\b",
    "data:": r"data:",
    "a web font": r"@font-face",
    "@import": r"@import",
    "rgb()": r"\brgba?\(",
    "position": r"\bposition\s*:",
}


@dataclass(frozen=True)
class Stylesheet:
    """`inlined` is CSS with only rules for one class; `kept` is what the head says besides it."""

    inlined: str
    kept: str

    @classmethod
    def of(cls, text: str) -> Stylesheet:
        """The two parts: from the first `@` on, it is for the head."""
        bare = _COMMENT.sub("", text)
        inlined, at, kept = bare.partition("@")
        return cls(inlined, (at + kept).strip())

    @property
    def classes(self) -> frozenset[str]:
        """Every class that it says something about."""
        return frozenset(_ONE_CLASS.findall(self.inlined)) | self.kept_classes

    @property
    def kept_classes(self) -> frozenset[str]:
        """The classes that the head speaks of, which elements must therefore go on bearing."""
        return frozenset(_KEPT_CLASS.findall(self.kept))

    def problems(self) -> Iterator[str]:
        """What mail programs would make of it that is not meant, a sentence each."""
        for selector, _ in self._rules():
            if not _ONE_CLASS.fullmatch(selector):
                yield f"{selector!r} is not one class"
        if stray := _RULE.sub("", self.inlined).strip():
            yield f"{stray!r} is no rule, and silences the one after it"
        for what, pattern in _REFUSED.items():
            if re.search(pattern, self.inlined + self.kept):
                yield f"mail programs do not know, or refuse, {what}"
        if len(self.kept.encode()) > MAX_HEAD_BYTES:
            yield f"the head holds more than {MAX_HEAD_BYTES} bytes"

    def declarations(self) -> Mapping[str, Mapping[str, str]]:
        """What it says about each class, without the head."""
        said: dict[str, dict[str, str]] = {}
        for selector, block in self._rules():
            pairs = (part.split(":", 1) for part in block.split(";") if ":" in part)
            said.setdefault(selector.lstrip("."), {}).update(
                {name.strip(): value.strip() for name, value in pairs}
            )
        return said

    def _rules(self) -> Iterator[tuple[str, str]]:
        for selectors, block in _RULE.findall(self.inlined):
            for selector in selectors.split(","):
                yield selector.strip(), block
