"""Building templates: styles land on elements, Jinja survives, and what is wrong is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.messages.rendering import COMPILED, environment
from infra.templates.build import STAMP, TEMPLATES, BadTemplates, build, make_ready, sources_of
from infra.templates.inlining import JINJA as TAGS
from infra.templates.inlining import inlined
from infra.templates.lint import (
    problems_of_kind,
    problems_of_page,
    problems_of_styles,
    unknown_words,
)
from infra.templates.stylesheet import Stylesheet
from infra.templates.watch import Watch

DARK = "@media (prefers-color-scheme: dark) {\n.text { color: #ffffff !important; }\n}"
SHEET = Stylesheet.of(
    f".big {{ font-size: 20px }}\n.text {{ color: #241c20 }}\n.wide {{ max-width: 600px }}\n"
    f".ground {{ background-color: #ffffff }}\n.roomy {{ padding: 12px }}\n{DARK}"
)
JINJA = environment(Language.ENGLISH)


def test_styles_land_on_elements_and_only_classes_for_the_dark_stay() -> None:
    assert inlined('<p class="big text">Hi</p>', SHEET) == (
        '<p class="text" style="font-size:20px;color:#241c20">Hi</p>'
    )


def test_jinja_between_and_inside_tags_is_as_it_was() -> None:
    template = (
        '{# why #}\n{% macro row(url) -%}\n<tr>\n<th scope="row"><a href="{{ url }}">'
        '{{ x|join("<br>"|safe) }}</a></th>\n{% if a < b %}<td>&nbsp;</td>{% endif %}\n</tr>\n'
        "{%- endmacro %}\n"
    )

    assert inlined(template, SHEET) == template


def test_a_ground_is_said_once_more_for_outlook() -> None:
    assert 'bgcolor="#ffffff"' in inlined('<td class="ground">x</td>', SHEET)


def test_a_whole_page_keeps_the_dark_in_its_head_and_jinja_in_its_title() -> None:
    page = (
        '{% import "m" as m %}\n<!DOCTYPE html>\n<html lang="{{ language }}">\n<head>\n'
        "<title>{{ subject }}</title>\n<style>\n</style>\n</head>\n"
        '<body class="text">{{ x }}</body>\n</html>\n'
    )

    made = inlined(page, SHEET)

    assert made.startswith('{% import "m" as m %}<!DOCTYPE html>\n<html lang="{{ language }}">\n')
    assert f"<title>{{{{ subject }}}}</title>\n<style>\n{DARK}\n</style>" in made
    assert '<body class="text" style="color:#241c20">{{ x }}' in made


def test_every_tag_of_every_mail_survives() -> None:
    sheet = Stylesheet.of((TEMPLATES / "mail" / "mail.css").read_text("utf-8"))
    for name, source in sources_of(TEMPLATES).items():
        if name.startswith("mail/") and name.endswith(".html"):
            assert TAGS.findall(inlined(source, sheet)) == TAGS.findall(source), name


@pytest.mark.parametrize(
    ("css", "problem"),
    [
        ("p { margin: 0 }", "is not one class"),
        (".a .b { margin: 0 }", "is not one class"),
        (".a { margin: 0 } stray", "is no rule"),
        (".a { display: flex }", "flex"),
        (".a { display: grid }", "grid"),
        (".a { color: var(--x) }", "a variable"),
        (".a { font-size: 2rem }", "rem"),
        (".a { color: rgb(0 0 0 / 1) }", "rgb"),
        (".a { background: url(https://x.example) }", "url("),
        (".a { margin: 0 } @font-face { font-family: x }", "web font"),
        (".a { margin: 0 } @media x { .a { color: #ffffff } }" + " " * 100, None),
        (".a { margin: 0 } @media x { " + ".a { color: #ffffff } " * 400 + "}", "more than"),
    ],
)
def test_a_style_sheet_says_nothing_that_mail_programs_refuse(
    css: str, problem: str | None
) -> None:
    found = list(Stylesheet.of(css).problems())

    assert any(problem in each for each in found) if problem else not found


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<p {% if x %}class="text"{% endif %}>x</p>', "a statement inside a tag"),
        ('<p class="{{ x }}">x</p>', "a class that is only known"),
        ('<p style="color:red">x</p>', "a style of its own"),
        ('<img src="https://x.example/x.png" alt="">', "an element that mail programs drop"),
        ("<svg></svg>", "an element that mail programs drop"),
        ("<form></form>", "an element that mail programs drop"),
        ("<p hidden>x</p>", "the attribute `hidden`"),
        ('<a href="data:text/html,x">x</a>', "data:"),
        ('<table role="presentation"><tr><td>x</td></tr></table>', "a table without tbody"),
        ("<table><tbody><tr><td>x</td></tr></tbody></table>", "a table for looks"),
        ("<table><tbody><tr><th>x</th></tr></tbody></table>", "a th without scope"),
        ('<p dir="auto">x</p>', "a paragraph that turns around"),
        ('<p class="text"><a href="{{ url }}">{{ x }}</a></p>', None),
    ],
)
def test_a_template_holds_nothing_that_mail_programs_refuse(html: str, problem: str | None) -> None:
    found = list(problems_of_page(html))

    assert any(problem in each for each in found) if problem else not found


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<p class="unheard">x</p>', "mail.css says nothing about the class unheard"),
        ('<p class="text">x</p>', "no template wears the class big"),
        ('<p class="wide">x</p>', "Outlook obeys max-width on a table alone, not on p.wide"),
        ('<p class="roomy">x</p>', "Outlook obeys padding in a cell alone, not on p.roomy"),
    ],
)
def test_templates_and_style_sheet_know_the_same_classes(html: str, problem: str) -> None:
    assert problem in problems_of_styles({"x.html": html}, SHEET)


@pytest.mark.parametrize(
    ("part", "source", "problem"),
    [
        ("body.html", "", "body.html missing"),
        ("body.html", "{{ m.button(status_url, x) }}", "verify_url leads somewhere from one body"),
        ("subject.txt", "{{ facts.nobody }}", "tells facts.nobody, which there is not"),
    ],
)
def test_a_kind_lacks_no_template_no_link_and_no_fact(part: str, source: str, problem: str) -> None:
    kind = Kind.NOMINATION_VERIFY
    folder = TEMPLATES / "mail" / kind
    sources = {f"mail/{kind}/{file.name}": file.read_text("utf-8") for file in folder.iterdir()}
    sources[f"mail/{kind}/{part}"] = source
    trees = {name: JINJA.parse(source) for name, source in sources.items() if source}

    found = list(problems_of_kind(kind, trees))

    assert any(problem in each for each in found)


def test_a_filter_that_nobody_has_is_told_before_a_mail_needs_it() -> None:
    found = unknown_words(JINJA.parse("{{ x|shouted }}"), JINJA)

    assert list(found) == ["no filter shouted"]


def test_what_is_wrong_stops_the_build_before_it_wrote_anything(tmp_path: Path) -> None:
    """A syntax error too, which Jinja would pass over unless it is asked not to."""
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates, ignore=shutil.ignore_patterns("static"))
    (templates / "pages" / "wall.html").write_text("{% if %}")

    with pytest.raises(BadTemplates, match=r"pages/wall\.html: line 1"):
        build(tmp_path / "built", templates)
    assert not (tmp_path / "built").exists()


def test_templates_are_built_again_only_when_something_changed(tmp_path: Path) -> None:
    target = tmp_path / "templates"
    shutil.copytree(COMPILED, target)
    (target / "tmpl_gone.py").touch()

    assert not make_ready(target)

    (target / STAMP).write_text("other templates")
    assert make_ready(target)
    assert not (target / "tmpl_gone.py").exists()


def test_a_template_that_was_just_spoilt_is_told_and_the_last_build_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates, ignore=shutil.ignore_patterns("static"))
    watch = Watch(tmp_path / "built", templates)

    watch()
    assert not caplog.messages

    (templates / "mail" / "thanks" / "body.html").write_text('<p class="gone">{{ facts.gone }}</p>')
    watch()
    assert "mail.css says nothing about the class gone" in caplog.text
