"""A mail's HTML template with its styles on its elements, and its Jinja as it was.

css-inline reads HTML and writes it anew, so Jinja's tags travel through it as comments, or as plain
words where a comment would become text. Parts of a table travel under other names: half a table,
such as a macro with one row, would not survive otherwise.
"""

from __future__ import annotations

import re

from css_inline import CSSInliner

from infra.templates.stylesheet import Stylesheet

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)

_PROTECTED = re.compile(r"<!--jinja(\d+)-->|jinja(\d+)q")
_TABLE_PART = re.compile(r"(</?)(table|tbody|thead|tr|td|th)\b")
_DISGUISED_PART = re.compile(r"(</?)part-of-(table|tbody|thead|tr|td|th)\b")
_CLASS = re.compile(r' class="([^"]*)"')
_GROUND = re.compile(r'<(?:table|td|th)\b[^>]*style="[^"]*background-color:\s*(#\w+)[^>]*')


def inlined(source: str, stylesheet: Stylesheet) -> str:
    """A template with the declarations of its classes in `style`."""
    html, tags = _protected(source)
    html = _TABLE_PART.sub(r"\1part-of-\2", html)
    html = _whole(html, stylesheet) if "<html" in html else _fragment(html, stylesheet)
    html = _DISGUISED_PART.sub(r"\1\2", html)
    html = _CLASS.sub(lambda found: _only_kept(found[1], stylesheet), html)
    html = _GROUND.sub(r'\g<0> bgcolor="\1"', html)
    return _PROTECTED.sub(lambda found: tags[int(found[1] or found[2])], html)


def _protected(source: str) -> tuple[str, list[str]]:
    """The template as HTML alone, and the Jinja tags that were in it."""
    tags: list[str] = []
    html = ""
    end = 0
    for tag in JINJA.finditer(source):
        html += source[end : tag.start()]
        end = tag.end()
        number = len(tags)
        tags.append(tag[0])
        html += f"jinja{number}q" if _reads_as_text(html) else f"<!--jinja{number}-->"
    return html + source[end:], tags


def _reads_as_text(html: str) -> bool:
    """Whether a comment at the end of this would be no comment: in an attribute, or a title."""
    within = html.rfind("<title>") > html.rfind("</title>")
    return within or html.rfind("<") > html.rfind(">")


def _whole(html: str, stylesheet: Stylesheet) -> str:
    """A whole page, with what is for the head at the end of its own style sheet."""
    inliner = CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        minify_css=True,
        load_remote_stylesheets=False,
        extra_css=stylesheet.inlined,
    )
    written = inliner.inline(html.replace("</style>", f"{stylesheet.kept}\n</style>"))
    return written.replace("<!DOCTYPE html>", "<!DOCTYPE html>\n").replace("<head>", "\n<head>")


def _fragment(html: str, stylesheet: Stylesheet) -> str:
    inliner = CSSInliner(minify_css=True, load_remote_stylesheets=False)
    return inliner.inline_fragment(html, stylesheet.inlined)


def _only_kept(classes: str, stylesheet: Stylesheet) -> str:
    """A class attribute with what the head speaks of, and no attribute for nothing."""
    kept = " ".join(name for name in classes.split() if name in stylesheet.kept_classes)
    return f' class="{kept}"' if kept else ""
