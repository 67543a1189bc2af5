"""The mailbox page: every mail that the local SES accepted, as its reader would see it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage, MIMEPart
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.messages.framing import framed
from infra.local.calendar_card import CalendarCard, read_card
from infra.local.maildrop import KeptMail, Maildrop, NoSuchMail
from infra.local.receiving import NothingToAnswer, answer_to
from infra.local.ses_events import SIMULATED

ROOT = "/_local/mail"
NEWEST = 200
"""How many mails one page lists."""

REFRESH_SECONDS = 3

_LENGTHS = {24: "brief", 33: "short", 52: "long"}
"""How long a mail is called, by the lines of its text; what is longer is the longest."""

_HEADERS_SHOWN_FIRST = ("From", "To", "Subject", "Date")
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
"""A mail gets nothing from the network: what looks right here needs nothing from elsewhere."""


@dataclass(frozen=True)
class Reply:
    """An answer to a browser."""

    status: HTTPStatus
    body: bytes
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Attachment:
    """A part of a mail that can be fetched by itself, at `path`."""

    name: str
    content_type: str
    size: int
    path: str


@dataclass(frozen=True)
class Reading:
    """One mail, taken apart for the page.

    `length` is how high a frame shows all of it: no frame grows by itself without a script.
    """

    mail: KeptMail
    headers: tuple[tuple[str, str], ...]
    text: str
    length: str
    has_html: bool
    calendars: tuple[tuple[CalendarCard, str], ...]
    attachments: tuple[Attachment, ...]


ANSWERS = {
    "ACCEPTED": "Accept",
    "TENTATIVE": "Maybe",
    "DECLINED": "Decline",
    "COUNTER": "Propose an hour later",
}
"""The buttons that calendar programs have, by what they send."""


class Mailbox:
    """Answers what is asked below `/_local/`, and answers invitations as a calendar would.

    `send` takes a mail that somebody sends to Pluim.
    """

    def __init__(self, maildrop: Maildrop, send: Callable[[bytes], object]) -> None:
        self._maildrop = maildrop
        self._send = send
        folder = Path(__file__).parent / "templates"
        self._pages = Environment(
            loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._pages.filters["clock"] = _clock
        self._style = (folder / "mailbox.css").read_bytes()

    def answer(self, target: str) -> Reply:
        """Answer a GET of this path and query."""
        address = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        try:
            return self._route(address.path, query)
        except NoSuchMail:
            return self._page("absent.html", HTTPStatus.NOT_FOUND)

    def act(self, target: str, body: bytes) -> Reply:
        """Answer a POST: the button under one invitation was pressed."""
        named = re.fullmatch(rf"{ROOT}/(?P<id>[^/]+)/answer", urlsplit(target).path)
        answer = parse_qs(body.decode("utf-8", "replace")).get("answer", [""])[-1]
        if named is None or answer not in ANSWERS:
            return self._page("absent.html", HTTPStatus.NOT_FOUND)
        try:
            mail = self._maildrop.find(named["id"])
            self._send(answer_to(self._maildrop.content(mail), answer, now=datetime.now(UTC)))
        except (NoSuchMail, NothingToAnswer):
            return self._page("absent.html", HTTPStatus.NOT_FOUND)
        there = {"Location": f"{ROOT}/{mail.id}?answered={answer}"}
        return Reply(HTTPStatus.SEE_OTHER, b"", headers=there)

    def _route(self, path: str, query: Mapping[str, str]) -> Reply:
        if path.rstrip("/") == "/_local":
            return Reply(HTTPStatus.SEE_OTHER, b"", headers={"Location": ROOT})
        if path.rstrip("/") == ROOT:
            return self._list(query)
        if path == f"{ROOT}.json":
            return self._list_as_json()
        if path == "/_local/mailbox.css":
            return Reply(HTTPStatus.OK, self._style, "text/css; charset=utf-8")
        named = re.fullmatch(
            rf"{ROOT}/(?P<id>[^/]+)(?:/(?P<view>html|eml)|/part/(?P<part>\d{{1,3}}))?", path
        )
        if named is None:
            raise NoSuchMail(path)
        return self._one(named, answered=ANSWERS.get(query.get("answered", ""), ""))

    def _one(self, named: re.Match[str], *, answered: str) -> Reply:
        mail = self._maildrop.find(named["id"])
        if named["part"]:
            return _part(self._maildrop.content(mail), int(named["part"]))
        if named["view"] == "html":
            return _html_part(self._maildrop.content(mail))
        if named["view"] == "eml":
            return Reply(HTTPStatus.OK, mail.file.read_bytes(), "text/plain; charset=utf-8")
        reading = _read(mail, self._maildrop.content(mail))
        return self._page("mail.html", reading=reading, answers=ANSWERS, answered=answered)

    def _list(self, query: Mapping[str, str]) -> Reply:
        mails = self._maildrop.mails()
        older = query.get("older", "")
        wanted = [mail for mail in mails if not older or mail.id < older]
        shown = wanted[:NEWEST]
        return self._page(
            "list.html",
            mails=shown,
            total=len(mails),
            older=shown[-1].id if len(wanted) > NEWEST else "",
            fates=SIMULATED,
            refresh=REFRESH_SECONDS if query.get("refresh") else 0,
        )

    def _list_as_json(self) -> Reply:
        mails = [
            {
                "id": mail.id,
                "to": mail.to,
                "subject": mail.subject,
                "kind": mail.kind,
                "file": str(mail.file),
            }
            for mail in self._maildrop.mails()
        ]
        return Reply(HTTPStatus.OK, json.dumps(mails, indent=1).encode(), "application/json")

    def _page(self, template: str, status: HTTPStatus = HTTPStatus.OK, **facts: Any) -> Reply:
        page = self._pages.get_template(template).render(root=ROOT, **facts)
        return Reply(status, page.encode(), headers={"Content-Security-Policy": _PAGE_POLICY})


def _clock(moment: datetime) -> str:
    """A moment by the clock of this machine."""
    return f"{moment.astimezone():%d-%m-%Y %H:%M:%S}"


def _read(mail: KeptMail, content: EmailMessage) -> Reading:
    parts = list(enumerate(content.walk()))
    text = _text_of(content.get_body(("plain",)))
    return Reading(
        mail=mail,
        headers=_headers(content),
        text=text,
        length=_length(text),
        has_html=content.get_body(("html",)) is not None,
        calendars=tuple(
            (read_card(_bytes_of(part)), f"{ROOT}/{mail.id}/part/{number}")
            for number, part in parts
            if part.get_content_type() == "text/calendar"
        ),
        attachments=tuple(
            _attachment(part, f"{ROOT}/{mail.id}/part/{number}")
            for number, part in parts
            if part.get_filename()
        ),
    )


def _length(text: str) -> str:
    lines = text.count("\n")
    return next((name for most, name in _LENGTHS.items() if lines <= most), "longest")


def _headers(content: EmailMessage) -> tuple[tuple[str, str], ...]:
    first = [(name, str(content[name])) for name in _HEADERS_SHOWN_FIRST if name in content]
    others = [
        (name, str(value)) for name, value in content.items() if name not in _HEADERS_SHOWN_FIRST
    ]
    return (*first, *others)


def _attachment(part: MIMEPart, path: str) -> Attachment:
    return Attachment(
        name=part.get_filename() or "",
        content_type=part.get_content_type(),
        size=len(_bytes_of(part)),
        path=path,
    )


def _html_part(content: EmailMessage) -> Reply:
    """The HTML as it came, with every link opening in the whole window instead of the frame."""
    html = _text_of(content.get_body(("html",)))
    if not html:
        raise NoSuchMail("it has no HTML")
    opened = framed(html, target="_top")
    return Reply(HTTPStatus.OK, opened.encode(), headers={"Content-Security-Policy": _MAIL_POLICY})


def _part(content: EmailMessage, number: int) -> Reply:
    """One part: a calendar to read as text, anything else to download."""
    parts = list(content.walk())
    if number >= len(parts) or parts[number].is_multipart():
        raise NoSuchMail(f"part {number}")
    part = parts[number]
    if part.get_content_type() == "text/calendar":
        return Reply(HTTPStatus.OK, _bytes_of(part), "text/plain; charset=utf-8")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", part.get_filename() or f"part-{number}")
    return Reply(
        HTTPStatus.OK,
        _bytes_of(part),
        part.get_content_type(),
        {"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _text_of(part: MIMEPart | None) -> str:
    return "" if part is None else _bytes_of(part).decode("utf-8", "replace")


def _bytes_of(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
