"""Where links point: every address of a page is built here, from configuration alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from chalicelib.domain.people import Language


@dataclass(frozen=True)
class Links:
    """Builds addresses below one base, such as `https://pluim.example.nl` or `http://127.0.0.1:8000`.

    The base comes from the settings, never from a request, so that nobody's Host header reaches a
    link. It may have a path, such as the stage prefix of an API Gateway.
    """

    base: str

    @property
    def prefix(self) -> str:
        """The base's path, without a closing slash: the empty string or, say, `/api`."""
        return urlsplit(self.base).path.rstrip("/")

    @property
    def origin(self) -> str:
        """The base's scheme and host, as browsers write it in an Origin header."""
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """The base's host alone, in lower case."""
        return urlsplit(self.base).hostname or ""

    @property
    def secure(self) -> bool:
        """Whether pages are served over TLS, so that cookies can insist on it."""
        return urlsplit(self.base).scheme == "https"

    def to(self, slug: str, language: Language) -> Callable[[str], str]:
        """A function from a page's path (`/bedank`) to its whole address in a language."""
        return lambda path: self.base.rstrip("/") + page_path(slug, language, path)


def page_path(slug: str, language: Language, path: str) -> str:
    """A page's path on its host: Dutch at `/{slug}/…`, every other language below its own code."""
    start = "" if language is Language.DUTCH else f"/{language.value}"
    return f"{start}/{slug}{path}"
