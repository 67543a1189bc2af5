"""Somebody with a browser, who reads mail in the mailbox and sees all that goes wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    StorageState,
)

from tests.browser_journeys.site import Site

_PATIENCE = 15_000
"""Milliseconds in which a mail has to arrive, or a page to open, on a busy machine."""

CLEO = "cleo@example.org"


@dataclass
class Person:
    """One visitor with a browser of their own."""

    page: Page
    site: Site
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def visit(
        cls,
        chromium: Browser,
        site: Site,
        *,
        javascript: bool = True,
        cookies: StorageState | None = None,
    ) -> Person:
        """Somebody new; with the cookies of an earlier visit, if there was one."""
        context = chromium.new_context(
            java_script_enabled=javascript, reduced_motion="reduce", storage_state=cookies
        )
        context.set_default_timeout(_PATIENCE)
        person = cls(context.new_page(), site)
        person._listen()
        return person

    def leave(self) -> list[str]:
        """Close the browser; gives what went wrong behind the pages."""
        self.page.context.close()
        return self.complaints

    def open(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.site.url(path))

    def fill(self, **typed: str) -> None:
        """Type into fields, by their names."""
        for name, text in typed.items():
            self.page.fill(f"#{name}", text)

    def choose(self, **chosen: str) -> None:
        """Click a choice of each group, as people do: anywhere on its card."""
        for name, value in chosen.items():
            self.page.locator(f".choice:has(input[name='{name}'][value='{value}'])").click()

    def press(self, button: str) -> None:
        """Use the button of the page itself that has this text."""
        with self.page.expect_navigation():
            self.button(button).click()

    def button(self, text: str) -> Locator:
        """The button of the page itself that has this text."""
        return self.page.locator("main").get_by_role("button", name=text)

    def follow(self, link: str) -> None:
        """Use the first link of the page itself whose text has these words."""
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("link", name=link).first.click()

    def open_mail(self, to: str, subject: str) -> None:
        """Look into the mailbox until there is such a mail, and open the newest."""
        self.open("/_local/mail?refresh=1")
        row = self.page.locator("tr", has=self.page.get_by_text(to, exact=True))
        row.get_by_role("link", name=subject).first.click()
        self.page.wait_for_url(re.compile(r"/_local/mail/\d"))

    def follow_mail(self, to: str, subject: str, page: str) -> None:
        """Open a mail, and the page that its text links to."""
        self.open_mail(to, subject)
        self.page.locator("pre a", has_text=page).click()
        self.page.wait_for_url(re.compile(page))

    def calendar(self, name: str) -> str:
        """What the open mail's calendar part says about this."""
        term = self.page.locator(".calendar dt", has_text=re.compile(f"^{name}$"))
        # Part of the card is folded; what it says is there all the same.
        said: str = term.locator("xpath=following-sibling::dd").text_content()
        return said

    @property
    def text(self) -> str:
        """The words of the page itself."""
        return " ".join(self.page.inner_text("main").split())

    @property
    def path(self) -> str:
        """Where they are."""
        return str(urlsplit(self.page.url).path)

    def _listen(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.context.on("request", self._asked)
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        # A page that is refused with 422 is also told in the console; `_answered` judges those.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(f"console at {self.page.url}: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            self.complaints.append(f"asked the network for {request.url}")

    def _answered(self, response: Response) -> None:
        page = response.request.resource_type == "document"
        if response.status >= (500 if page else 400):
            self.complaints.append(f"{response.status} for {response.url}")


def sign_in(person: Person) -> None:
    """Sign in at the desk as Cleo, with the code from her mail."""
    person.open("/demo/beheer")
    person.fill(email=CLEO)
    person.press("Stuur mij een code")
    person.follow_mail(CLEO, "Je code", "/beheer/code")
    person.press("Aanmelden")
    assert person.path == "/demo/beheer", person.text
