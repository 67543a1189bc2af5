"""Rendering: the one Jinja environment behind pages and mails, strict, escaping and translated.

Templates were compiled ahead by `infra.templates`; nothing here reads their sources.
Jinja and Babel take 100 ms to import, so only a function that renders pays for them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from chalicelib.domain.people import Language
from chalicelib.domain.text import INNER_DOT, LINK_SCHEME
from chalicelib.messages.catalogues import translate

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.nodes import EvalContext

_ROOT = Path(__file__).parents[2]

COMPILED = _ROOT / "build" / "templates"
"""Where the build leaves the templates as modules, on a laptop and in Lambda alike."""

_TEXT_WIDTH = 76
_EMAIL = re.compile(r'\be-mail[^\s<>&"]{0,20}+(?![^<]*>)', re.IGNORECASE)
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


class CannotRender(Exception):
    """A mail lacks something it must say, so it is not sent; the reason names no person."""


@dataclass(frozen=True)
class MailWords:
    """What a mail says: one line of subject, and the same words as text and as HTML."""

    subject: str
    text: str
    html: str


def render_page(name: str, *, language: Language, context: Mapping[str, object]) -> str:
    """The HTML of `templates/pages/<name>.html` in a language.

    Raises `jinja2.TemplateNotFound`, and `jinja2.UndefinedError` for anything the context lacks.
    """
    return environment(language).get_template(f"pages/{name}.html").render(context)


def render_mail(kind: str, *, language: Language, context: Mapping[str, object]) -> MailWords:
    """The words of `templates/mail/<kind>/` in a language; the bodies also get their `subject`.

    Raises `CannotRender` for a template that is missing, and for anything the context lacks.
    """
    from jinja2 import TemplateError

    try:
        return _mail_words(environment(language), kind, dict(context))
    except TemplateError as error:
        raise CannotRender(f"{kind}: {type(error).__name__}") from error


def defanged(text: str) -> str:
    """Text in which mail programs find no address to link: `voorbeeld. nl`, `https: //…`.

    For words of people whom nobody vouches for. A space reads better than brackets, and mends
    the sentence of somebody who forgot one after a full stop.
    """
    return INNER_DOT.sub(". ", LINK_SCHEME.sub(r"\1: ", text))


def all_defanged(texts: Iterable[str]) -> list[str]:
    """Each of the texts, defanged."""
    return [defanged(text) for text in texts]


def _mail_words(jinja: Environment, kind: str, context: dict[str, object]) -> MailWords:
    subject = jinja.get_template(f"mail/{kind}/subject.txt").render(context)
    context["subject"] = subject = " ".join(subject.split())
    return MailWords(
        subject=subject,
        text=_laid_out(jinja.get_template(f"mail/{kind}/body.txt").render(context)),
        html=jinja.get_template(f"mail/{kind}/body.html").render(context),
    )


@cache
def environment(language: Language) -> Environment:
    """The Jinja environment of a language, with the filters that templates may use."""
    from jinja2 import (
        Environment,
        ModuleLoader,
        StrictUndefined,
        pass_eval_context,
        select_autoescape,
    )

    jinja = Environment(
        loader=ModuleLoader(COMPILED),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.policies["ext.i18n.trimmed"] = True
    jinja.install_gettext_translations(  # type: ignore[attr-defined]
        translate(language), newstyle=True
    )
    jinja.globals["language"] = language.value
    nobody = translate(language).gettext("Anonymous")  # Whose name was erased.
    jinja.filters.update(
        date=lambda value: date_in_words(value, language),
        day=lambda value: _day(value, language),
        weekday=lambda value: _formatted(value, "EEEE", language),
        time=lambda value: _time(value, language),
        datetime=lambda value: _datetime(value, language),
        person=pass_eval_context(lambda eval_ctx, name: _person(eval_ctx, name or nobody)),
        people=pass_eval_context(lambda eval_ctx, names: _people(eval_ctx, names, language)),
        whole=_whole,
        blocks=_blocks,
        paragraphs=_paragraphs,
        indented=_indented,
    )
    return jinja


def forget_templates() -> None:
    """Let go of templates that were loaded, because they were built anew."""
    environment.cache_clear()


def date_in_words(value: date, language: Language) -> str:
    """A day with its weekday and year, as a sentence has it."""
    return _formatted(value, translate(language).pgettext("date", "EEEE d MMMM y"), language)


def list_in_words(items: Sequence[str], language: Language) -> str:
    """Several things as a sentence has them: "1, 2 en 5"."""
    from babel.lists import format_list

    return format_list(items, locale=language.value)


def _day(value: date, language: Language) -> str:
    return _formatted(value, translate(language).pgettext("day", "EEEE d MMMM"), language)


def _time(value: datetime, language: Language) -> str:
    return _formatted(value, translate(language).pgettext("time", "HH:mm"), language)


def _datetime(value: datetime, language: Language) -> str:
    return f"{date_in_words(value, language)}, {_time(value, language)}"


def _formatted(value: date, pattern: str, language: Language) -> str:
    """A date or local time by a CLDR pattern; an aware time must be local already."""
    from babel.dates import format_date, format_datetime

    if isinstance(value, datetime):
        return format_datetime(value.replace(tzinfo=None), pattern, locale=language.value)
    return format_date(value, pattern, locale=language.value)


def _person(eval_ctx: EvalContext, name: str) -> str:
    """A name that keeps its own direction, so that it cannot turn the sentence around it."""
    if eval_ctx.autoescape:
        return Markup('<span dir="auto">{}</span>').format(name)
    return f"{_FIRST_STRONG_ISOLATE}{name}{_POP_ISOLATE}"


def _people(eval_ctx: EvalContext, names: Sequence[str], language: Language) -> str:
    """Names as a sentence lists them: "Bo, Dan en Eva"."""
    listed = list_in_words([str(_person(eval_ctx, name)) for name in names], language)
    return Markup(listed) if eval_ctx.autoescape else listed  # noqa: S704


def _whole(words: str) -> Markup:
    """Words on a page of which "e-mail" is not broken after its hyphen, and can still be found.

    Browsers break there, which hurts where there is little room: in headings, labels and menus.
    """
    return Markup(_EMAIL.sub(r'<span class="whole">\g<0></span>', str(escape(words))))  # noqa: S704


def _blocks(text: str) -> list[list[str]]:
    """What somebody typed, as paragraphs of lines."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return [[line.strip() for line in paragraph.splitlines()] for paragraph in paragraphs]


def _paragraphs(text: str) -> Markup:
    """What somebody typed, as escaped `<p>` and `<br>`."""
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in lines))
        for lines in _blocks(text)
    )


def _indented(text: str) -> str:
    """What somebody typed, set in from our own words, so that no line of it passes for ours."""
    paragraphs = ("\n".join(f"    {line}" for line in lines) for lines in _blocks(text))
    return "\n\n".join(paragraphs)


def _laid_out(text: str) -> str:
    """Text with its lines wrapped at spaces and its gaps at most one line high."""
    lines = "\n".join(line if line == "-- " else _wrapped(line) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"


def _wrapped(line: str) -> str:
    words = line.lstrip()
    indent = line[: len(line) - len(words)]
    hanging = "  " if words.startswith("- ") else ""
    return textwrap.fill(
        words,
        _TEXT_WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
