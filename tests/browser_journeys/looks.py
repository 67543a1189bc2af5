"""What every page must be like, measured in the browser: a sentence for each thing that is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from playwright.sync_api import Page

NARROWEST = 320
"""CSS pixels in which a page has to fit without sideways scroll (WCAG 2.2, 1.4.10)."""

ENOUGH_CONTRAST = 4.5
"""Of text against what it stands on (WCAG 2.2, 1.4.3)."""

ENOUGH_TO_HIT = 44
"""CSS pixels that a link which stands alone is high (WCAG 2.2, 2.5.5)."""

_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def complaints(page: Page) -> Iterator[str]:
    """What is wrong with the page that is open."""
    yield from looks_wrong(page)
    yield from unseen_focus(page)


def looks_wrong(page: Page) -> Iterator[str]:
    """What is wrong with it before anybody touches it."""
    yield from misfits(page)
    yield from faint_text(page)


def misfits(page: Page) -> Iterator[str]:
    """What does not fit: on a phone, or in how a screen reader hears the page."""
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wider > 0:
        yield f"{wider} px too wide for a phone"
    if (headings := page.locator("h1").count()) != 1:
        yield f"{headings} main headings"
    for field in page.evaluate(_FIELDS_WITHOUT_LABEL):
        yield f"no label for {field}"


def faint_text(page: Page) -> Iterator[str]:
    """Text that is hard to read on what it stands on, in light and in dark."""
    for scheme in _SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for text, ratio in page.evaluate(_FAINT_TEXT, ENOUGH_CONTRAST):
            yield f'"{text}" has a contrast of {ratio:.1f} in {scheme}'


def small_targets(page: Page) -> Iterator[str]:
    """Links that a thumb misses; within a sentence a link is as high as its line."""
    for text, height in page.evaluate(_SMALL_TARGETS, ENOUGH_TO_HIT):
        yield f'"{text}" is {height:.0f} px high'


def unseen_focus(page: Page) -> Iterator[str]:
    """What looks the same with the focus as without it, going round the page once with Tab."""
    page.evaluate(_REMEMBER_LOOKS)
    while True:
        page.keyboard.press("Tab")
        seen = page.evaluate(_LOOK_AT_FOCUS)
        if seen["round"]:
            return
        if not seen["differs"]:
            yield f"no visible focus on {seen['what']}"


_FIELDS_WITHOUT_LABEL = """() =>
  [...document.querySelectorAll("input:not([type=hidden]), textarea, select")]
    .filter((field) => ![...field.labels].some((label) => label.textContent.trim()))
    .map((field) => field.outerHTML.slice(0, 80))
"""

_SMALL_TARGETS = """(enough) =>
  [...document.querySelectorAll("a[href]")]
    .filter((link) => getComputedStyle(link).display !== "inline")
    .map((link) => [link.textContent.trim().slice(0, 40), link.getBoundingClientRect().height])
    .filter(([, height]) => height < enough)
"""

_FAINT_TEXT = """(enough) => {
  const parse = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\\d.]+/g).map(Number);
    return { red, green, blue, alpha };
  };
  const over = (top, below) => Object.fromEntries(
    ["red", "green", "blue"].map((part) =>
      [part, top[part] * top.alpha + below[part] * (1 - top.alpha)]));
  const ground = (element) => {
    if (!element) return { red: 255, green: 255, blue: 255 };
    const own = parse(getComputedStyle(element).backgroundColor);
    return own.alpha === 1 ? own : over(own, ground(element.parentElement));
  };
  const luminance = ({ red, green, blue }) => {
    const [r, g, b] = [red, green, blue].map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = new Map();
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const element = texts.currentNode.parentElement;
    const { width, height } = element.getBoundingClientRect();
    if (!text || width <= 1 || height <= 1 || !element.checkVisibility()) continue;
    const behind = ground(element);
    const ratio = contrast(over(parse(getComputedStyle(element).color), behind), behind);
    if (ratio < enough) faint.set(text.slice(0, 40), ratio);
  }
  return [...faint];
}"""

_REMEMBER_LOOKS = """() => {
  window.look = (element) => {
    const style = getComputedStyle(element);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return (ring ? style.outline : "") + style.boxShadow;
  };
  document.activeElement.blur();
  window.looks = new Map([...document.querySelectorAll("*")].map((each) => [each, look(each)]));
  window.visited = new Set();
}"""

_LOOK_AT_FOCUS = """() => {
  const element = document.activeElement;
  const round = element === document.body || visited.has(element);
  visited.add(element);
  return {
    round,
    differs: look(element) !== looks.get(element),
    what: element.outerHTML.slice(0, 80),
  };
}"""
