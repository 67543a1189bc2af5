"""The pages of the preview: all there is to see, and it can be looked at from a folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.domain.people import Language
from infra.preview_pages import pages

TEMPLATES = Path("templates/pages")


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    """All pages by file name, made once because that takes a while."""
    return dict(pages())


def test_every_page_is_shown_in_every_language(shown: dict[str, str]) -> None:
    seen = {tuple(name.split("__")[:2]) for name in shown}

    assert seen == {
        (template.stem, language.value)
        for template in TEMPLATES.glob("[!_]*.html")
        for language in Language
    }


def test_every_page_is_in_the_language_that_its_name_says(shown: dict[str, str]) -> None:
    for name, html in shown.items():
        assert f'<html lang="{name.split("__")[1]}"' in html, name


def test_pages_open_from_a_folder(shown: dict[str, str]) -> None:
    for name, html in shown.items():
        for target in re.findall(r'(?:href|src)="([^"#:?]+)"', html):
            file = target.partition("../static/")[2]
            assert not target.startswith("/static/"), name
            assert not file or Path("templates/static", file).exists(), target


def test_links_lead_to_other_pages_of_the_preview(shown: dict[str, str]) -> None:
    assert 'href="wall__nl.html"' in shown["home__nl"]
    assert 'href="home__en.html"' in shown["home__nl"]
