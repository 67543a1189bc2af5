"""A browser for tests: follows redirects, keeps cookies, fills in the forms it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree.ElementTree import Element

import html5lib
from chalice.config import Config
from chalice.local import LambdaEventConverter, LocalGateway

from tests.permissions import acting_as
from tests.town import BASE

FORM = "application/x-www-form-urlencoded"
Fields = dict[str, str | list[str]]


@dataclass
class Form:
    """A form on a page: where it goes, and what it sends unless it is filled in otherwise."""

    action: str
    fields: Fields
    buttons: list[dict[str, str]]


@dataclass
class Page:
    """What a browser got."""

    status: int
    headers: dict[str, Any]
    body: str
    path: str
    cookies: list[str] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        """The words on the page, without its markup."""
        return " ".join(" ".join(self._tree.itertext()).split())

    @cached_property
    def forms(self) -> list[Form]:
        """The forms on the page."""
        return [_form(element, self.path) for element in self._tree.iter("form")]

    @cached_property
    def _tree(self) -> Element:
        tree: Element = html5lib.parse(self.body, namespaceHTMLElements=False)
        return tree

    def form(self, action: str) -> Form:
        """The form that goes, or has a button that goes, to a path ending like this."""
        ways = [
            Form(way, form.fields, form.buttons)
            for form in self.forms
            for way in (form.action, *(b["formaction"] for b in form.buttons if "formaction" in b))
        ]
        for form in ways:
            if urlsplit(form.action).path.endswith(action):
                return form
        raise AssertionError(f"no form to {action} on {self.path}, only {[w.action for w in ways]}")


@dataclass
class Browser:
    """Somebody's browser, with their cookies.

    `address` is where the gateway sees it come from: by default this machine, as when Pluim is
    tried out, from which forms are not counted.
    """

    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "nl"
    address: str = LambdaEventConverter.LOCAL_SOURCE_IP

    def get(self, path: str, **headers: str) -> Page:
        """Open a page."""
        return self.request("GET", path, headers=headers)

    def post(self, path: str, fields: Fields, **headers: str) -> Page:
        """Send a form by hand, from a page of ours, and follow where it leads."""
        body = urlencode(fields, doseq=True, errors="surrogatepass").encode()
        sent = {"origin": BASE, "content-type": FORM, **headers}
        page = self.request("POST", path, body=body, headers=sent)
        return self.get(page.headers["Location"]) if page.status == 303 else page

    def send(self, page: Page, action: str, to: str = "", **filled: str | list[str]) -> Page:
        """Fill in and send the form on a page that goes to `action`, or with its button `to`."""
        form = page.form(action)
        return self.post(to or form.action, {**form.fields, **filled})

    def request(
        self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Page:
        """One request, without following anything."""
        from app import app

        sent = {"host": "pluim.example.nl", **(headers or {})}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        gateway = LocalGateway(app, Config())
        gateway.event_converter.LOCAL_SOURCE_IP = self.address
        with acting_as("api_handler"):
            answer = gateway.handle_request(method, path, sent, body)
        page = Page(
            status=answer["statusCode"], headers=answer["headers"], body=answer["body"], path=path
        )
        page.cookies = answer.get("multiValueHeaders", {}).get("Set-Cookie", [])
        self._keep_cookies(page)
        return page

    def _keep_cookies(self, page: Page) -> None:
        for header in page.cookies:
            pair, *attributes = header.split("; ")
            name, _, value = pair.partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in attributes:
                del self.cookies[name]


def _form(element: Element, path: str) -> Form:
    fields: Fields = {}
    for part in element.iter():
        name, value = part.get("name"), _value(part)
        if name is None or value is None:
            continue
        before = fields.get(name)
        if before is None:
            fields[name] = value
        else:
            fields[name] = [*(before if isinstance(before, list) else [before]), value]
    buttons = [dict(button.attrib) for button in element.iter("button")]
    return Form(element.get("action") or path, fields, buttons)


def _value(part: Element) -> str | None:
    """What a form's part sends when nobody touches it."""
    if part.tag == "textarea":
        return "".join(part.itertext()).removeprefix("\n")
    if part.tag == "select":
        options = list(part.iter("option"))
        chosen = [option for option in options if "selected" in option.attrib] or options[:1]
        return (chosen[0].get("value") or "") if chosen else None
    if part.tag != "input" or part.get("type") in {"submit", "image", "button"}:
        return None
    if part.get("type") in {"checkbox", "radio"} and "checked" not in part.attrib:
        return None
    return part.get("value") or ""
