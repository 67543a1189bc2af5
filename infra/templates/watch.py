"""Templates that somebody is editing: built anew before the next page shows them."""

from __future__ import annotations

import logging
from pathlib import Path

from infra.templates.build import TEMPLATES, BadTemplates, make_ready

log = logging.getLogger(__name__)


class Watch:
    """Called before each page, it builds the templates when one of them was saved since.

    What is wrong with them goes to the log, and pages are made from the last build that was right.
    """

    def __init__(self) -> None:
        self._seen = _saved(TEMPLATES)

    def __call__(self) -> None:
        """Build, if there is anything new."""
        if (saved := _saved(TEMPLATES)) != self._seen:
            self._seen = saved
            try:
                make_ready()
            except BadTemplates as problem:
                log.error("%s", problem)


def _saved(templates: Path) -> dict[str, int]:
    """When each file was last saved."""
    return {str(file): file.stat().st_mtime_ns for file in templates.rglob("*.*")}
