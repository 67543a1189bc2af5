"""Rules that the sources keep: pure insides, bounded reads, words and templates that belong."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.messages.emails import stoppable

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "chalicelib").rglob("*.py"))
INSIDE = [path for path in SOURCES if path.parent.name in {"domain", "use_cases", "messages"}]
DOORS = [path for path in SOURCES if "entrypoints" in path.parts]
PAGES = {path.stem for path in (ROOT / "templates" / "pages").glob("*.html")}
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic"}
CHANCE_AND_ENVIRONMENT = {"random", "secrets", "os", "uuid", "time", "socket", "subprocess"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def imported(path: Path) -> set[str]:
    """The packages that a module takes something from."""
    modules = [node.module or "" for node in nodes(path) if isinstance(node, ast.ImportFrom)]
    for node in nodes(path):
        if isinstance(node, ast.Import):
            modules += [each.name for each in node.names]
    return {module.partition(".")[0] for module in modules}


def asked(path: Path) -> set[str]:
    """What a module asks of clocks and calendars."""
    return {
        node.func.attr
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) in {"datetime", "date", "time", "datetime.datetime"}
    }


def test_nothing_inside_asks_the_clock_chance_or_the_environment() -> None:
    for path in INSIDE:
        assert not imported(path) & CHANCE_AND_ENVIRONMENT, name_of(path)
        assert not asked(path) & CLOCKS, name_of(path)


def test_nothing_reads_a_whole_table() -> None:
    scans = re.compile(r"""\bscan\(|["']scan["']|dynamodb:Scan""", re.IGNORECASE)
    policies = sorted((ROOT / "infra" / "policies").glob("*.json"))

    found = [name_of(path) for path in [*SOURCES, *policies] if scans.search(path.read_text())]

    assert not found


def test_every_page_that_a_door_shows_exists_and_every_page_is_shown() -> None:
    calls = [
        node for path in DOORS for node in nodes(path) if isinstance(node, ast.Call) and node.args
    ]
    shown = {
        argument.value
        for call in calls
        if isinstance(call.func, (ast.Attribute, ast.Name))
        and ast.unparse(call.func).rpartition(".")[2] in {"page", "render_page"}
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant)
    }
    named = {
        node.value
        for path in DOORS
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert shown <= PAGES
    assert {page for page in PAGES if not page.startswith("_")} <= named


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_mail_has_its_templates_and_its_golden_copies(kind: Kind) -> None:
    templates = {path.name for path in (ROOT / "templates" / "mail" / kind).iterdir()}
    golden = {path.name for path in (ROOT / "tests" / "golden" / "mail").glob(f"{kind}__*")}
    languages = {name.split("__")[1] for name in golden}

    assert {"subject.txt", "body.txt", "body.html"} <= templates
    assert languages == {language.value for language in Language}


def test_every_handler_is_a_function_of_app_that_says_what_it_is_for() -> None:
    chalice: Any = app.app
    sources = [*chalice.event_sources, *chalice.pure_lambda_functions]

    for source in sources:
        module, _, name = source.handler_string.partition(".")
        assert (module, source.name) == ("app", name)
        assert inspect.getdoc(chalice.handler_map[name].func), name
    assert {source.name for source in sources} <= set(vars(app))


def test_every_kind_of_mail_that_may_be_stopped_has_its_words() -> None:
    words = (ROOT / "templates" / "pages" / "_kinds.html").read_text("utf-8")

    assert re.findall(r'^  \("(\w+)"', words, re.MULTILINE) == [*stoppable()]
