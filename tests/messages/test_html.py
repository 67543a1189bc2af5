"""The HTML of mails: what Outlook, Gmail, webmail, a phone and a screen reader need it to be.

Each rule looks at every invented mail, read once. What only a browser can see, such as a line that
is too wide, is left to `make test-browser`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree

import html5lib
import pytest

from chalicelib.domain.message import Kind
from chalicelib.messages.drafts import Email
from chalicelib.messages.samples import Sample
from infra.hard_samples import all_samples
from infra.preview import rendered

Element = ElementTree.Element
Style = Mapping[str, str]

REFUSED = re.compile(
    r"\b(flex|grid|position|url|svg|webp|data:|@import|@font-face)\b|var\(|--\w|\drem\b|rgba?\("
)
"""What some mail program does not know, or drops a whole style for."""
FOR_OUTLOOK = re.compile(r"<!--\[if mso\]>(.*?)<!\[endif\]-->")
INHERITED = {
    "color",
    "background-color",  # Not inherited, but seen through whatever has none.
    "font-family",
    "font-size",
    "line-height",
    "word-break",
}
HIDDEN = {"display": "none", "max-height": "0", "overflow": "hidden", "mso-hide": "all"}


@dataclass(frozen=True)
class Words:
    """Words that stand in one element, with the looks that it has or inherits."""

    element: Element
    said: str
    light: Style
    dark: Style


@dataclass(frozen=True)
class Shown:
    """A mail with its HTML, read strictly."""

    sample: Sample
    email: Email
    tree: Element
    words: tuple[Words, ...]

    @property
    def name(self) -> str:
        return self.sample.name

    @property
    def preheader(self) -> Element:
        """The line that an inbox shows under the subject."""
        return self.tree.findall("body/div")[0]

    def all(self, *tags: str) -> list[Element]:
        """Every such element, from the first to the last."""
        return [element for element in self.tree.iter() if element.tag in tags]

    def parents(self) -> Mapping[Element, Element]:
        """Each element's own."""
        return {child: parent for parent in self.tree.iter() for child in parent}


@cache
def mails() -> tuple[Shown, ...]:
    return tuple(_shown(sample) for sample in all_samples())


def test_the_html_parses_strictly_and_stays_small() -> None:
    assert len(mails()) > 100
    for mail in mails():
        assert len(mail.email.html.encode()) < 80_000, mail.name
        assert len(_head(mail).encode()) < 8_000


def test_outlook_gets_a_card_of_600_pixels_as_others_do() -> None:
    """It obeys a width alone, which would be too wide for a phone; so it has a table of its own."""
    for mail in _one_of_each_kind():
        html = FOR_OUTLOOK.sub(r"\1", mail.email.html)
        (ghost,) = (t for t in _read(html).iter("table") if t.get("width") == "600")
        (card,) = ghost.findall("tbody/tr/td/*")

        assert card.tag == "table"
        assert card.get("width") == "100%"
        assert _style(card)["max-width"] == "600px"


def test_outlook_finds_room_and_width_only_where_it_obeys_them() -> None:
    for mail in mails():
        for element in mail.tree.iter():
            style = _style(element)
            if style.get("padding", "0") != "0":
                assert element.tag in {"td", "th", "a"}, mail.name
            if "max-width" in style:
                assert element.tag == "table", mail.name


def test_a_ground_is_said_twice_and_a_button_is_a_roomy_link_in_a_cell_with_one() -> None:
    for mail in mails():
        parents = mail.parents()
        for element in mail.all("table", "td", "th"):
            assert element.get("bgcolor") == _style(element).get("background-color"), mail.name
        for link in mail.all("a"):
            if _sides(_style(link).get("padding", "0"))[1]:
                assert parents[link].tag == "td", mail.name
                assert parents[link].get("bgcolor"), mail.name


def test_without_the_head_only_the_dark_is_lost() -> None:
    """Some readers of Gmail get none, so all that matters stands on the elements."""
    for mail in mails():
        light, dark = _head(mail).split("@media (prefers-color-scheme: dark) {")
        assert re.fullmatch(r"\s*:root \{[^}]*color-scheme: light dark;[^}]*\}\s*", light)
        for rule in re.findall(r"\{([^}]*)\}", dark):
            for name, value in _declarations(rule).items():
                assert name in {"color", "background-color", "border-color"}
                assert value.endswith("!important")
        for words in mail.words:
            assert words.light.keys() >= INHERITED, (mail.name, words.said)


def test_every_text_says_its_own_colour() -> None:
    """A mail program that turns colours around does so element by element."""
    for mail in mails():
        for words in mail.words:
            if words.element.tag in {"p", "h1", "h2", "li", "td", "th", "a"}:
                assert "color" in _style(words.element), (mail.name, words.said)


def test_nothing_is_said_that_some_mail_program_refuses() -> None:
    for mail in mails():
        styles = {element.get("style", "") for element in mail.tree.iter()}
        assert not [style for style in (*styles, _head(mail)) if REFUSED.search(style)], mail.name
        assert not mail.all(
            "img", "link", "script", "form", "input", "button", "iframe", "video", "audio", "object"
        )
        assert not [element for element in mail.tree.iter() if element.get("hidden") is not None]


def test_the_line_under_the_subject_is_a_sentence_of_its_own() -> None:
    for mail in mails():
        line = " ".join("".join(mail.preheader.itertext()).split())

        assert 40 <= len(line) <= 130, mail.name
        assert not re.search(r"\b(Bo|Ada|Eva|Winter)\b", line), mail.name
        assert line != mail.email.subject
        assert _style(mail.preheader) == HIDDEN
        assert line[-1] in ".?!", mail.name
        if mail.sample.message.kind is Kind.SIGNIN_CODE:
            assert mail.sample.links["code"] not in line


def test_a_mail_says_its_language_also_where_webmail_drops_the_outside() -> None:
    for mail in mails():
        language = mail.sample.message.language.value
        wrapper = mail.tree.findall("body/div")[1]

        assert (wrapper.get("lang"), wrapper.get("dir")) == (language, "ltr")
        assert mail.email.html.startswith(f'<!DOCTYPE html>\n<html lang="{language}" dir="ltr">')


def test_a_name_turns_around_by_itself_and_never_a_sentence() -> None:
    for mail in mails():
        turning = {element.tag for element in mail.tree.iter() if element.get("dir") == "auto"}
        assert turning <= {"span"}, mail.name
        for line in (mail.email.subject, *re.split(r"\n\n+", mail.email.text)):
            assert not re.sub("\u2068[^\u2068\u2069]*\u2069", "", line).count("\u2068"), mail.name
            assert line.count("\u2068") == line.count("\u2069"), mail.name


def test_a_mail_says_that_it_can_be_light_and_dark() -> None:
    for mail in mails():
        said = {meta.get("name"): meta.get("content") for meta in mail.all("meta")}
        assert said["color-scheme"] == said["supported-color-schemes"] == "light dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_stands_out_even_when_a_mail_program_inverts_it(scheme: str) -> None:
    looks = [words.light if scheme == "light" else words.dark for m in mails() for words in m.words]
    pairs = {(look["color"], look["background-color"]) for look in looks}

    assert len(pairs) > 5
    for text, background in pairs:
        assert _contrast(text, background) >= 4.5
        assert _contrast(_inverted(text), _inverted(background)) >= 4.5


def test_a_mail_reads_well_aloud() -> None:
    """A table for looks says so, a heading of a row says of what, and a link where it leads."""
    for mail in mails():
        assert len(mail.all("h1")) == 1
        for table in mail.all("table"):
            assert table.get("role") == "presentation" or list(table.iter("th"))
        assert all(th.get("scope") == "row" for th in mail.all("th"))
        for a in mail.all("a"):
            words = "".join(a.itertext()).split()
            assert len(words) > 1 or a.get("href") == f"mailto:{words[0]}", mail.name


def test_letters_are_large_enough() -> None:
    for mail in mails():
        foot = set(mail.tree.findall("body/div/table/tbody/tr/td/table/tbody/tr")[2].iter())
        for words in mail.words:
            smallest = 14 if words.element in foot else 16
            assert _pixels(words.light["font-size"]) >= smallest, (mail.name, words.said)


def test_a_link_that_stands_alone_is_as_high_as_a_thumb() -> None:
    for mail in mails():
        parents = mail.parents()
        among_words = {words.element for words in mail.words}
        for words in mail.words:
            link, look = words.element, _style(words.element)
            alone = look.get("display") == "inline-block" or parents[link] not in among_words
            if link.tag == "a" and alone:
                above, _, below, _ = _sides(look.get("padding", "0"))
                assert above + _pixels(words.light["line-height"]) + below >= 44, words.said


def test_a_long_word_breaks_wherever_it_stands() -> None:
    for mail in mails():
        for words in mail.words:
            assert words.light["word-break"] == "break-word", (mail.name, words.said)


def test_text_and_html_hold_the_same_links() -> None:
    for mail in mails():
        in_html = {a.get("href", "") for a in mail.all("a")}
        in_text = set(re.findall(r"^https?://\S+$", mail.email.text, flags=re.MULTILINE))

        assert {link for link in in_html if not link.startswith("mailto:")} == in_text, mail.name


def test_a_mail_leads_nowhere_but_to_its_own_page() -> None:
    allowed = re.compile(r"https://pluim\.example/|mailto:\w+@onsdorp\.example$")
    for mail in mails():
        assert all(allowed.match(a.get("href", "")) for a in mail.all("a")), mail.name


def test_a_mail_is_built_alike_in_every_language() -> None:
    built: dict[tuple[Kind, str], set[tuple[str, ...]]] = {}
    for mail in mails():
        tags = tuple(str(element.tag) for element in mail.tree.iter())
        built.setdefault((mail.sample.message.kind, mail.sample.variant), set()).add(tags)

    assert {variant for variant, ways in built.items() if len(ways) > 1} == set()


def _shown(sample: Sample) -> Shown:
    email = rendered(sample)
    tree = _read(email.html)
    (sheet,), (body,) = tree.iter("style"), tree.iter("body")
    found = re.findall(r"\.([\w-]+) \{(.*?)\}", sheet.text or "")
    overrides = {name: _declarations(rule.replace("!important", "")) for name, rule in found}
    return Shown(sample, email, tree, tuple(_words(body, {}, {}, overrides)))


def _read(html: str) -> Element:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(html)
    return tree


def _words(
    element: Element, light: Style, dark: Style, overrides: Mapping[str, Style]
) -> Iterator[Words]:
    """Everything that is read in an element, with its looks in light and in dark."""
    own = _style(element)
    if own.get("display") == "none":
        return
    light, dark = {**light, **own}, {**dark, **own}
    for name in element.get("class", "").split():
        dark |= overrides.get(name, {})
    said = " ".join([element.text or "", *(child.tail or "" for child in element)]).split()
    if said:
        yield Words(element, " ".join(said), light, dark)
    for child in element:
        if isinstance(child.tag, str):  # What is no comment.
            yield from _words(child, _passed_on(light), _passed_on(dark), overrides)


def _passed_on(style: Style) -> Style:
    return {name: value for name, value in style.items() if name in INHERITED}


def _style(element: Element) -> Style:
    return _declarations(element.get("style", ""))


@cache
def _declarations(block: str) -> Style:
    pairs = (part.partition(":") for part in block.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _head(mail: Shown) -> str:
    (sheet,) = mail.all("style")
    return sheet.text or ""


def _one_of_each_kind() -> Iterator[Shown]:
    yield from {mail.sample.message.kind: mail for mail in mails()}.values()


def _sides(padding: str) -> tuple[float, float, float, float]:
    """Above, right, below and left, as CSS reads one to four of them."""
    given = [_pixels(part) for part in padding.split()]
    top, right, bottom, left = (given * 4)[:4] if len(given) != 3 else (*given, given[1])
    return top, right, bottom, left


def _pixels(length: str) -> float:
    return float(length.removesuffix("px"))


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [value / 255 for value in bytes.fromhex(colour[1:])]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _inverted(colour: str) -> str:
    return "#" + bytes(255 - value for value in bytes.fromhex(colour[1:])).hex()
