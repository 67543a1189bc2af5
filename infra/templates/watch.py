"""Templates that somebody is editing: built anew before the next page shows them."""

from __future__ import annotations

import logging
from pathlib import Path

from chalicelib.messages.rendering import COMPILED
from infra.templates.build import TEMPLATES, BadTemplates, make_ready

log = logging.getLogger(__name__)


class Watch:
    """Called before each page, it builds the templates when one of them was saved since.

    What is wrong with them goes to the log, and pages are made from the last build that was right.
    """

    def __init__(self, target: Path = COMPILED, templates: Path = TEMPLATES) -> None:
        self._target, self._templates = target, templates
        self._seen = _saved(templates)

    def __call__(self) -> None:
        """Build, if there is anything new."""
        if (saved := _saved(self._templates)) != self._seen:
            self._seen = saved
            try:
                make_ready(self._target, self._templates)
            except BadTemplates as problem:
                log.error("%s", problem)


def _saved(templates: Path) -> dict[str, int]:
    """When each file was last saved."""
    return {str(file): file.stat().st_mtime_ns for file in templates.rglob("*.*")}
