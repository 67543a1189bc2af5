"""The stylesheet, the script and the pictures of every page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from chalice.app import Response

from chalicelib.domain.people import Language
from chalicelib.entrypoints.http import ROUTES, Access, Pages, Refused, Reply, Route, answer

_FOLDER = Path(__file__).parents[2] / "templates" / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

pages = Pages(__name__)
ROUTES.append(Route("/static/{name}", ("GET", "HEAD"), Access.ANYBODY))


@pages.route("/static/{name}", methods=["GET", "HEAD"])
def serve(name: str) -> Response:
    """One file of ours, as text; a browser asks again only when it changed."""
    return answer(pages.current_request, Language.DUTCH, lambda: _file(name))


def _file(name: str) -> Reply:
    files = _files()
    if name not in files:
        raise Refused(404)
    return Reply(files[name], headers={"Content-Type": _TYPES[Path(name).suffix]})


@cache
def _files() -> dict[str, str]:
    return {
        path.name: path.read_text("utf-8") for path in _FOLDER.iterdir() if path.suffix in _TYPES
    }
