"""Rendering: dates, names and typed text in two languages; nothing missing, nothing unescaped."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from chalicelib.domain.people import Language
from chalicelib.messages.rendering import (
    CannotRender,
    defanged,
    environment,
    list_in_words,
    render_mail,
)
from infra.templates.build import TEMPLATES, sources_of

EVENING = datetime(2026, 12, 12, 19, 30)


@pytest.mark.parametrize(
    ("expression", "dutch", "english"),
    [
        ("{{ it|date }}", "zaterdag 12 december 2026", "Saturday 12 December 2026"),
        ("{{ it|day }}", "zaterdag 12 december", "Saturday 12 December"),
        ("{{ it|time }}", "19.30 uur", "19:30"),
        (
            "{{ it|datetime }}",
            "zaterdag 12 december 2026, 19.30 uur",
            "Saturday 12 December 2026, 19:30",
        ),
    ],
)
def test_a_time_reads_as_its_language_says_it(expression: str, dutch: str, english: str) -> None:
    assert _html(expression, Language.DUTCH, it=EVENING) == dutch
    assert _html(expression, Language.ENGLISH, it=EVENING) == english


def test_an_aware_time_is_shown_as_it_stands() -> None:
    assert _html("{{ it|time }}", it=EVENING.replace(tzinfo=UTC)) == "19:30"


def test_a_date_needs_no_time() -> None:
    assert _html("{{ it|day }}", it=date(2026, 3, 29)) == "Sunday 29 March"


def test_what_a_template_misses_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        _html("{{ nobody.name }}")


def test_a_mail_that_misses_something_is_not_made() -> None:
    with pytest.raises(CannotRender):
        render_mail("thanks", language=Language.DUTCH, context={})


def test_a_mail_without_templates_is_not_made() -> None:
    with pytest.raises(CannotRender):
        render_mail("no_such_kind", language=Language.DUTCH, context={})


def test_typed_text_keeps_its_paragraphs_and_loses_its_markup() -> None:
    typed = "One <b>line</b>\nanother\n \n\nThe end "

    assert _html("{{ it|paragraphs }}", it=typed) == (
        "<p>One &lt;b&gt;line&lt;/b&gt;<br>another</p>\n<p>The end</p>"
    )


def test_a_name_keeps_its_direction_to_itself() -> None:
    assert _html("{{ it|person }}", it="<Bo>") == '<span dir="auto">&lt;Bo&gt;</span>'
    assert _text("{{ it|person }}", it="<Bo>") == "\u2068<Bo>\u2069"


def test_names_are_listed_as_a_sentence_lists_them() -> None:
    names = ["Ada", "Bo", "Cleo"]

    assert _text("{{ it|people }}", Language.DUTCH, it=names) == _isolated("Ada, Bo en Cleo")
    assert _text("{{ it|people }}", Language.ENGLISH, it=names) == _isolated("Ada, Bo, and Cleo")


@pytest.mark.parametrize(
    ("items", "dutch"), [(["1"], "1"), (["1", "2"], "1 en 2"), (["1", "2", "5"], "1, 2 en 5")]
)
def test_things_are_listed_in_words(items: list[str], dutch: str) -> None:
    assert list_in_words(items, Language.DUTCH) == dutch


def test_email_is_kept_whole_with_what_follows_it() -> None:
    typed = _html("{{ it|whole }}", Language.DUTCH, it="Je e-mailadres? & Ada")
    marked_up = _html("{{ it|whole }}", Language.DUTCH, it=Markup('<i id="e-mail">E-mails</i>'))

    assert typed == 'Je <span class="whole">e-mailadres?</span> &amp; Ada'
    assert marked_up == '<i id="e-mail"><span class="whole">E-mails</span></i>'


def test_a_name_inside_a_translated_sentence_is_escaped_once() -> None:
    html = _html('{{ _("Dear %(name)s,", name=it|person) }}', Language.DUTCH, it="B&o")

    assert html == 'Beste <span dir="auto">B&amp;o</span>,'


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Kijk op https://evil.example/a?b=c.", "Kijk op https: //evil. example/a?b=c."),
        ("www.evil.example", "www. evil. example"),
        ("mail bo@evil.example", "mail bo@evil. example"),
        ("xn--80ak6aa92e.xn--p1ai en пример.рф", "xn--80ak6aa92e. xn--p1ai en пример. рф"),
        ("Het is klaar.Toen gingen we.", "Het is klaar. Toen gingen we."),
        ("Om 19.30 uur, o.a. met J. Jansen, 3.500 mensen.", None),
        ("Eerst dit: dan dat... En / of.", None),
    ],
)
def test_what_strangers_type_is_no_link(typed: str, shown: str | None) -> None:
    assert defanged(typed) == (shown or typed)


@pytest.mark.parametrize("language", Language)
def test_every_template_was_built(language: Language) -> None:
    for name in sources_of(TEMPLATES):
        assert environment(language).get_template(name)


def _html(source: str, language: Language = Language.ENGLISH, **context: object) -> str:
    return environment(language).from_string(source).render(context)


def _text(source: str, language: Language = Language.ENGLISH, **context: object) -> str:
    return _html("{% autoescape false %}" + source + "{% endautoescape %}", language, **context)


def _isolated(sentence: str) -> str:
    for name in ("Ada", "Bo", "Cleo"):
        sentence = sentence.replace(name, f"\u2068{name}\u2069")
    return sentence
