"""Translations: what a catalogue lacks, says wrong or says for nobody is named."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from chalicelib.messages.catalogues import sentence_id
from infra.translations import find_new_problems, named, problems_of

SAID = {("", "Hello %(name)s"): "pages/wall.html:3", ("day", "May"): "rendering.py:7"}


def dutch(*entries: str) -> Catalog:
    return read_po(StringIO("\n\n".join(entries)), locale="nl")


HELLO = 'msgid "Hello %(name)s"\nmsgstr "Dag %(name)s"'
MAY = 'msgctxt "day"\nmsgid "May"\nmsgstr "mei"'


def test_a_catalogue_that_says_it_all_has_no_problems() -> None:
    assert not list(problems_of(dutch(HELLO, MAY), SAID))


def test_a_sentence_that_is_missing_unused_unseen_or_wrong_is_named() -> None:
    wrong = {
        (HELLO,): "rendering.py:7: no Dutch for 'May'",
        (HELLO, MAY, 'msgid "Bye"\nmsgstr "Dag"'): "nobody says 'Bye' any more",
        (f"#, fuzzy\n{HELLO}", MAY): "nobody looked at the Dutch for 'Hello %(name)s' yet",
        (HELLO.replace("Dag %(name)s", ""), MAY): "no Dutch for 'Hello %(name)s'",
        (HELLO.replace("Dag %(name)s", "Dag"), MAY): "other placeholders",
    }

    for entries, told in wrong.items():
        (problem,) = problems_of(dutch(*entries), SAID)
        assert told in problem


def test_a_sentence_in_the_log_is_found_again() -> None:
    called = sentence_id("May", "day")

    assert list(named([called], SAID)) == [("May", "rendering.py:7")]
    assert not list(named([sentence_id("May")], SAID))


def test_what_was_right_is_looked_at_again_only_when_something_changed(tmp_path: Path) -> None:
    seen, wrong = tmp_path / "build" / "seen", ["no Dutch for 'May'"]

    assert find_new_problems(seen, look=lambda: wrong) == wrong
    assert find_new_problems(seen, look=list) == []
    assert find_new_problems(seen, look=lambda: wrong) == []

    seen.write_text("other sentences")
    assert find_new_problems(seen, look=lambda: wrong) == wrong
