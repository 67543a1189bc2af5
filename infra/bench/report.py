"""The page that the figures are written to: sections that each run renews by itself."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path("docs/performance.md")

SECTIONS = ("costs", "speed", "mails", "runner", "size", "stack", "crowd")
"""The sections in their order on the page; only some are renewed by one run.

One that was measured at several sizes stands there once for each: `stack_2000`, `stack_10000`.
"""


@dataclass(frozen=True)
class Table:
    """A table of figures, and what to say below it."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    below: Sequence[str] = ()

    def __str__(self) -> str:
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return "\n\n".join([table, *self.below])


def renew(page: Path, introduction: str, sections: Mapping[str, str]) -> str:
    """Write the page with these sections; those that are not given stay as they are on it."""
    known = _sections(page.read_text("utf-8")) if page.exists() else {}
    merged = {**known, **sections}
    written = [f"<!-- {name} -->\n{merged[name]}" for name in sorted(merged, key=_place)]
    text = "\n\n".join([introduction, *written]) + "\n"
    page.write_text(text, "utf-8")
    return text


def machine() -> str:
    """What kind of machine measured: how many cores, which Python, and how busy it was."""
    cores, busy = os.cpu_count(), os.getloadavg()[2]
    return f"Measured with Python {platform.python_version()} on {cores} cores, load {busy:.0f}."


def _place(section: str) -> tuple[int, int]:
    name, _, size = section.partition("_")
    return SECTIONS.index(name), int(size or 0)


def _sections(text: str) -> dict[str, str]:
    parts = re.split(r"^<!-- (\w+) -->\n", text, flags=re.MULTILINE)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
