"""What is wrong with a mail's templates, said before anybody gets such a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from jinja2 import Environment, nodes

from chalicelib.domain.message import Kind
from chalicelib.messages.emails import facts_type
from infra.templates.inlining import JINJA
from infra.templates.stylesheet import Stylesheet

PARTS = ("subject.txt", "body.txt", "body.html")

_REFUSED = {
    "an element that mail programs drop, or that asks the network": re.compile(
        r"<(img|link|script|form|input|button|iframe|video|audio|object|embed|svg|base)\b"
    ),
    "the attribute `hidden`, which does nothing in Gmail, Outlook and Yahoo": re.compile(
        r"<[^>]*\shidden\b"
    ),
    "data:": re.compile(r"=\"data:"),
    "a style of its own, which belongs in mail.css": re.compile(r"<[^>]*\sstyle="),
    "a ground of its own, which the build takes from mail.css": re.compile(r"<[^>]*\sbgcolor="),
    "a table without tbody, which a parser then puts where it likes": re.compile(
        r"<table\b[^>]*>(?!\s*<tbody>)(?!<tr><td><!\[endif\])"
    ),
    "a th without scope": re.compile(r"<th\b(?![^>]*\sscope=)"),
    "a paragraph that turns around with its first word": re.compile(r"<(p|td|div)\b[^>]*dir=.auto"),
}
_STATEMENT_IN_TAG = re.compile(r"<[a-z][^<>]*\{[%#]")
_JINJA_IN_CLASS = re.compile(r"class=\"[^\"]*\{")
_TABLE = re.compile(r"<table\b[^>]*>")
_CLASS = re.compile(r'\bclass="([^"{]*)"')
_ELEMENT = re.compile(r'<(\w+)\b[^>]*?\sclass="([^"{]*)"')


def problems_of_page(source: str) -> Iterator[str]:
    """What the HTML of one template may not hold."""
    if _STATEMENT_IN_TAG.search(source):
        yield "a statement inside a tag, which cannot be kept apart from its attributes"
    if _JINJA_IN_CLASS.search(source):
        yield "a class that is only known when the mail is sent"
    html = JINJA.sub("", source)
    for what, pattern in _REFUSED.items():
        if pattern.search(html):
            yield what
    for table in _TABLE.findall(html):
        if 'role="presentation"' not in table and "<th" not in html:
            yield "a table for looks that does not say so with role"


def problems_of_styles(pages: Mapping[str, str], stylesheet: Stylesheet) -> Iterator[str]:
    """What templates and mail.css do not agree about, and what Outlook would not obey."""
    worn = {name for page in pages.values() for name in _classes(page)}
    for name in sorted(worn - stylesheet.classes):
        yield f"mail.css says nothing about the class {name}"
    for name in sorted(stylesheet.classes - worn):
        yield f"no template wears the class {name}"
    said = stylesheet.declarations()
    for page in pages.values():
        for element, classes in _ELEMENT.findall(page):
            for name in classes.split():
                declared = said.get(name, {})
                if "max-width" in declared and element != "table":
                    yield f"Outlook obeys max-width on a table alone, not on {element}.{name}"
                roomy = declared.get("padding", "0") != "0"
                if roomy and element not in {"td", "th", "a"}:
                    yield f"Outlook obeys padding in a cell alone, not on {element}.{name}"


def problems_of_kind(kind: Kind, trees: Mapping[str, nodes.Template]) -> Iterator[str]:
    """What a kind of mail lacks: a template, a link in one of its bodies, or a fact."""
    missing = [part for part in PARTS if f"mail/{kind}/{part}" not in trees]
    if missing:
        yield f"{', '.join(missing)} missing"
        return
    links = [_links(trees[f"mail/{kind}/{part}"]) for part in PARTS[1:]]
    for name in sorted(links[0] ^ links[1]):
        yield f"{name} leads somewhere from one body, and not from the other"
    known = {fact.name for fact in fields(facts_type(kind))}
    for name, tree in trees.items():
        if name.startswith(f"mail/{kind}/"):
            for fact in sorted(_facts(tree) - known):
                yield f"{name} tells facts.{fact}, which there is not"


def unknown_words(tree: nodes.Template, jinja: Environment) -> Iterator[str]:
    """Filters and tests that a template uses and nobody has; Jinja would only say so at night."""
    for found in tree.find_all(nodes.Filter):
        if found.name not in jinja.filters:
            yield f"no filter {found.name}"
    for test in tree.find_all(nodes.Test):
        if test.name not in jinja.tests:
            yield f"no test {test.name}"


def _classes(page: str) -> Iterator[str]:
    for classes in _CLASS.findall(page):
        yield from classes.split()


def _links(tree: nodes.Template) -> set[str]:
    return {name.name for name in tree.find_all(nodes.Name) if name.name.endswith("_url")}


def _facts(tree: nodes.Template) -> set[str]:
    """The facts by name that a template asks for."""
    return {
        found.attr
        for found in tree.find_all(nodes.Getattr)
        if isinstance(found.node, nodes.Name) and found.node.name == "facts"
    }
