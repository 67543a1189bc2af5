"""Building the templates: read, look over, write styles onto elements, compile."""

from __future__ import annotations

import compileall
import fcntl
import hashlib
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory

from jinja2 import DictLoader, Environment, TemplateSyntaxError

from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.messages import rendering
from infra import translations
from infra.templates.inlining import inlined
from infra.templates.lint import (
    problems_of_kind,
    problems_of_page,
    problems_of_styles,
    unknown_words,
)
from infra.templates.stylesheet import Stylesheet

TEMPLATES = Path(__file__).parents[2] / "templates"
STAMP = "made-from"
"""The file beside what was built that tells from what."""

_STYLESHEET = "mail/mail.css"
_MAKERS = (*sorted(Path(__file__).parent.glob("*.py")), Path(rendering.__file__))


class BadTemplates(Exception):
    """Templates that cannot be built; says what is wrong with them, a line each."""


def make_ready(target: Path = rendering.COMPILED, templates: Path = TEMPLATES) -> bool:
    """Build unless the last build still holds, and tell whether it was needed.

    Several may ask at once: one builds, the others wait for it. Raises `BadTemplates`, and leaves
    the last build as it was.
    """
    made_from = fingerprint(templates)
    if _made_from(target) == made_from:
        return False
    with _alone(target):
        if _made_from(target) == made_from:
            return False
        with TemporaryDirectory(dir=target.parent) as folder:
            build(Path(folder), templates)
            _move_into(target, Path(folder))
        (target / STAMP).write_text(made_from)
    rendering.forget_templates()
    return True


def ready_or_stop() -> None:
    """Make the templates ready for a command, or end it by saying what is wrong with them.

    It ends as well when a sentence of theirs, or of the code's, has no Dutch.
    """
    try:
        make_ready()
    except BadTemplates as problem:
        raise SystemExit(str(problem)) from None
    if problems := translations.find_new_problems():
        raise SystemExit("\n".join(problems))


def build(target: Path, templates: Path = TEMPLATES) -> None:
    """Compile every template, with byte code, into a folder. Raises `BadTemplates`.

    One build serves all languages: words are looked up when a template is rendered.
    """
    sources = sources_of(templates)
    stylesheet = Stylesheet.of((templates / _STYLESHEET).read_text("utf-8"))
    jinja = rendering.environment(Language.ENGLISH)
    if problems := sorted(set(find_problems(sources, stylesheet))):
        raise BadTemplates("\n".join(problems))
    ready = {name: _ready(name, source, stylesheet) for name, source in sources.items()}
    jinja = _jinja().overlay(loader=DictLoader(ready))
    jinja.compile_templates(target, zip=None, ignore_errors=False)
    compileall.compile_dir(
        target, quiet=2, stripdir=target, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )


def sources_of(templates: Path) -> dict[str, str]:
    """Every template by the name that others call it by."""
    return {
        file.relative_to(templates).as_posix(): file.read_text("utf-8")
        for file in _files(templates)
    }


def find_problems(sources: Mapping[str, str], stylesheet: Stylesheet) -> Iterator[str]:
    """What is wrong with the templates, a sentence each."""
    jinja = _jinja()
    trees = {}
    for name, source in sources.items():
        try:
            trees[name] = jinja.parse(source)
        except TemplateSyntaxError as error:
            yield f"{name}: line {error.lineno}: {error.message}"
    pages = {name: source for name, source in sources.items() if _is_mail(name)}
    for problem in stylesheet.problems():
        yield f"{_STYLESHEET}: {problem}"
    for problem in problems_of_styles(pages, stylesheet):
        yield f"templates/mail: {problem}"
    for name, page in pages.items():
        for problem in problems_of_page(page):
            yield f"{name}: {problem}"
    for kind in Kind:
        for problem in problems_of_kind(kind, trees):
            yield f"mail/{kind}: {problem}"
    for name, tree in trees.items():
        for problem in unknown_words(tree, jinja):
            yield f"{name}: {problem}"


def fingerprint(templates: Path) -> str:
    """What a build was made from, and by what: another one of these asks for another build."""
    seen = hashlib.sha256(f"{version('jinja2')} {version('css-inline')} {sys.version}".encode())
    for file in (*_files(templates), templates / _STYLESHEET, *_MAKERS):
        seen.update(f"\n{file}\n".encode())
        seen.update(file.read_bytes())
    return seen.hexdigest()


def _files(templates: Path) -> list[Path]:
    return sorted(path for kind in ("html", "txt") for path in templates.rglob(f"*.{kind}"))


def _jinja() -> Environment:
    """Jinja as it renders; in which language does not matter to what is compiled."""
    return rendering.environment(Language.ENGLISH)


def _ready(name: str, source: str, stylesheet: Stylesheet) -> str:
    return inlined(source, stylesheet) if _is_mail(name) else source


def _is_mail(name: str) -> bool:
    """Whether it is HTML of a mail."""
    return name.startswith("mail/") and name.endswith(".html")


def _made_from(target: Path) -> str:
    stamp = target / STAMP
    return stamp.read_text() if stamp.exists() else ""


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    target.mkdir(parents=True, exist_ok=True)
    with (target.parent / f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _move_into(target: Path, made: Path) -> None:
    """Put new files in the place of old ones, one by one: nobody ever finds a template missing."""
    new = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    for file in new:
        (target / file).parent.mkdir(exist_ok=True)
        os.replace(made / file, target / file)
    for file in sorted(path for path in target.rglob("*") if path.is_file()):
        if file.relative_to(target) not in new:
            file.unlink()
    importlib.invalidate_caches()
