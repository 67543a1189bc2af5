"""The preview: whatever can be sent lies in one folder, and the index leads to all of it."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from infra.preview import write_golden, write_preview


def test_the_preview_holds_every_kind_in_every_language(tmp_path: Path) -> None:
    write_preview(tmp_path, pages=())

    for kind in Kind:
        for language in Language:
            assert list((tmp_path / "mail").glob(f"{kind}__{language}__*.eml"))
    assert list((tmp_path / "calendar").glob("gathering_cancel__nl__*.ics"))


def test_the_index_leads_to_every_file(tmp_path: Path) -> None:
    index = write_preview(tmp_path, pages=[lambda: [("wall__nl", "<p>Bedankt!</p>")]])
    folders = ("mail", "calendar", "pages")
    files = {
        file.relative_to(tmp_path).as_posix()
        for folder in folders
        for file in (tmp_path / folder).iterdir()
    }

    assert set(re.findall(r'href="(.*?)"', index.read_text(encoding="utf-8"))) == files


def test_the_preview_holds_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    leftover = tmp_path / "mail" / "leftover.eml"
    leftover.parent.mkdir()
    leftover.touch()

    write_preview(tmp_path, pages=())

    assert not leftover.exists()


def test_golden_copies_of_mails_that_are_gone_go_too(tmp_path: Path) -> None:
    leftover = tmp_path / "leftover.txt"
    leftover.touch()

    assert write_golden(tmp_path) == len(list(tmp_path.iterdir()))
    assert not leftover.exists()
