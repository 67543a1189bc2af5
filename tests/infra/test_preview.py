"""The preview: whatever can be sent lies in one folder, and the index leads to all of it."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import pytest

from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from infra.hard_samples import all_samples
from infra.preview import write_golden, write_preview


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a preview with one page, made where something of an earlier one was left."""
    folder = tmp_path_factory.mktemp("preview")
    (folder / "mail").mkdir()
    (folder / "mail" / "leftover.eml").touch()
    write_preview(folder, pages=[lambda: [("wall__nl", "<p>Bedankt!</p>")]])
    return folder


def test_the_preview_holds_every_kind_in_every_language(preview: Path) -> None:
    for kind in Kind:
        for language in Language:
            assert list((preview / "mail").glob(f"{kind}__{language}__*.eml"))
    assert list((preview / "calendar").glob("gathering_cancel__nl__*.ics"))


@pytest.mark.parametrize("language", Language)
def test_every_kind_shows_light_and_dark_wide_and_narrow(preview: Path, language: Language) -> None:
    for kind in Kind:
        page = next((preview / "mail").glob(f"{kind}__{language}__*.looks.html"))
        looks = re.findall(r'title="(\w+, \d+ px)"', page.read_text(encoding="utf-8"))
        assert looks == ["light, 640 px", "dark, 640 px", "light, 320 px", "dark, 320 px"]


def test_the_index_leads_to_every_file(preview: Path) -> None:
    files = {
        file.relative_to(preview).as_posix()
        for folder in ("mail", "calendar", "pages")
        for file in (preview / folder).iterdir()
    }

    index = (preview / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'href="(.*?)"', index)) == files


def test_the_preview_holds_nothing_of_an_earlier_one(preview: Path) -> None:
    assert not (preview / "mail" / "leftover.eml").exists()


def test_golden_copies_of_mails_that_are_gone_go_too(tmp_path: Path) -> None:
    leftover = tmp_path / "leftover.txt"
    leftover.touch()

    assert write_golden(tmp_path, islice(all_samples(), 3)) == len(list(tmp_path.iterdir())) == 3
    assert not leftover.exists()
