"""The bytes of a mail, read back before anybody may send them."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from enum import StrEnum

from chalicelib.messages.headers import (
    LINE_END,
    CannotAssemble,
    Mailbox,
    mailbox_header,
    prose_header,
    token_header,
)

__all__ = ["CalendarPart", "CannotAssemble", "Mail", "Mailbox", "assemble"]

MAX_BYTES = 5_000_000
"""Receivers refuse mails not much larger than this; what is larger belongs on a page."""

_LONGEST_LINE = 998
_CRLF = LINE_END.encode("ascii")
_ASCII = bytes(range(128))
_TEXTS = ("text/plain", "text/html")

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[A-Za-z0-9.-]+>")
_HTTPS_URL = re.compile(r"https://[!-;=?-~]+")
_METHOD = re.compile(r"[A-Z]+")
_FILENAME = re.compile(r"[A-Za-z0-9_-]+\.[a-z]+")


@dataclass(frozen=True)
class CalendarPart:
    """An iCalendar object; `method` equals its METHOD, `filename` names the attached copy."""

    content: bytes
    method: str
    filename: str


@dataclass(frozen=True)
class Mail:
    """One mail to one recipient, before it is written down.

    `thread` is the complete Message-ID of the conversation's first mail, angle brackets included:
    `<id@eu-west-1.amazonses.com>`. `unsubscribe_url` must take a one-click POST (RFC 8058). A mail
    with a calendar part has no `reply_to`: answers go to its sender, the ORGANIZER. A `bulk` mail
    says that it is one of many, so that no absent reader's machine answers it.
    """

    sender: Mailbox
    recipient: Mailbox
    subject: str
    text: str
    html: str
    language: str
    reply_to: Mailbox | None = None
    calendar: CalendarPart | None = None
    thread: str = ""
    unsubscribe_url: str = ""
    bulk: bool = False


def assemble(mail: Mail) -> bytes:
    """Write a mail down in ASCII with CRLF line ends; the same mail always gives the same bytes.

    They hold no Message-ID and no Date, since SES sets both. Raises `CannotAssemble` for anything
    that would not arrive as it was meant: a hidden character in a header, an address that is not
    one, a calendar part that contradicts the mail, too many bytes.
    """
    headers = _headers(mail)
    body = _body(mail)
    written = [_written(name, value) for name, value in headers.items()]
    content = bytes(_Part((*written, *body.headers), body.content))
    _read_back(mail, headers, content)
    return content


class _Name(StrEnum):
    """Every header that stands above the body; no name comes from outside."""

    FROM = "From"
    TO = "To"
    REPLY_TO = "Reply-To"
    SUBJECT = "Subject"
    MIME_VERSION = "MIME-Version"
    CONTENT_LANGUAGE = "Content-Language"
    AUTO_SUBMITTED = "Auto-Submitted"
    AUTO_RESPONSE_SUPPRESS = "X-Auto-Response-Suppress"
    PRECEDENCE = "Precedence"
    LIST_UNSUBSCRIBE = "List-Unsubscribe"
    LIST_UNSUBSCRIBE_POST = "List-Unsubscribe-Post"
    IN_REPLY_TO = "In-Reply-To"
    REFERENCES = "References"


def _headers(mail: Mail) -> Mapping[_Name, Mailbox | str]:
    """What each header says, in the order in which they are written."""
    headers: dict[_Name, Mailbox | str] = {_Name.FROM: mail.sender, _Name.TO: mail.recipient}
    if mail.reply_to:
        headers[_Name.REPLY_TO] = mail.reply_to
    headers |= {
        _Name.SUBJECT: mail.subject,
        _Name.MIME_VERSION: "1.0",
        _Name.CONTENT_LANGUAGE: _checked(_LANGUAGE, mail.language, "language"),
        _Name.AUTO_SUBMITTED: "auto-generated",
        _Name.AUTO_RESPONSE_SUPPRESS: "All",
    }
    if mail.bulk:
        headers[_Name.PRECEDENCE] = "bulk"
    if mail.unsubscribe_url:
        url = _checked(_HTTPS_URL, mail.unsubscribe_url, "unsubscribe URL")
        headers[_Name.LIST_UNSUBSCRIBE] = f"<{url}>"
        headers[_Name.LIST_UNSUBSCRIBE_POST] = "List-Unsubscribe=One-Click"
    if mail.thread:
        first = _checked(_MESSAGE_ID, mail.thread, "thread")
        headers |= {_Name.IN_REPLY_TO: first, _Name.REFERENCES: first}
    return headers


def _written(name: _Name, value: Mailbox | str) -> str:
    if isinstance(value, Mailbox):
        return mailbox_header(name, value)
    return prose_header(name, value) if name is _Name.SUBJECT else token_header(name, value)


@dataclass(frozen=True)
class _Part:
    headers: tuple[str, ...]
    content: bytes

    def __bytes__(self) -> bytes:
        return LINE_END.join(self.headers).encode("ascii") + _CRLF + _CRLF + self.content


def _body(mail: Mail) -> _Part:
    texts = _text_part("plain", mail.text), _text_part("html", mail.html)
    if mail.calendar is None:
        return _multipart("alternative", *texts)
    _refuse_contradictions(mail, mail.calendar)
    alternative = _multipart("alternative", *texts, _calendar_part(mail.calendar))
    return _multipart("mixed", alternative, _attachment(mail.calendar))


def _refuse_contradictions(mail: Mail, calendar: CalendarPart) -> None:
    if mail.reply_to:
        raise CannotAssemble("answers to an invitation go to its sender: no Reply-To")
    methods = [line for line in calendar.content.split(_CRLF) if line.startswith(b"METHOD:")]
    if methods != [f"METHOD:{_checked(_METHOD, calendar.method, 'method')}".encode("ascii")]:
        raise CannotAssemble("the calendar part says another METHOD")


def _text_part(subtype: str, text: str) -> _Part:
    """Quoted-printable, which people and filters can read; base64 for mainly non-Latin text."""
    content_type = f"Content-Type: text/{subtype}; charset=utf-8"
    content = _text_bytes(text)
    if 2 * len(content.translate(None, delete=_ASCII)) > len(content):
        return _base64_part(content_type, content=content.replace(b"\n", _CRLF))
    lines = quopri.encodestring(content).replace(b"\n", _CRLF)
    return _Part((content_type, "Content-Transfer-Encoding: quoted-printable"), lines)


def _calendar_part(calendar: CalendarPart) -> _Part:
    """The part that gets buttons: with a name or a disposition it would be shown as a file."""
    content_type = f"Content-Type: text/calendar; charset=utf-8; method={calendar.method}"
    return _base64_part(content_type, content=calendar.content)


def _attachment(calendar: CalendarPart) -> _Part:
    """The same object again, as a file for readers without buttons."""
    filename = _checked(_FILENAME, calendar.filename, "filename")
    return _base64_part(
        f'Content-Type: application/ics; name="{filename}"',
        f'Content-Disposition: attachment; filename="{filename}"',
        content=calendar.content,
    )


def _base64_part(*headers: str, content: bytes) -> _Part:
    lines = base64.encodebytes(content).replace(b"\n", _CRLF)
    return _Part((*headers, "Content-Transfer-Encoding: base64"), lines)


def _multipart(subtype: str, *parts: _Part) -> _Part:
    # Neither quoted-printable nor base64 can contain `=_`, so no body holds its own boundary. An
    # outer boundary is a digest of the inner one too, so they differ.
    written = [bytes(part) for part in parts]
    boundary = "=_" + hashlib.sha256(b"".join(written)).hexdigest()[:32]
    delimiter = f"--{boundary}".encode("ascii")
    content = b"".join(delimiter + _CRLF + part + _CRLF for part in written)
    content_type = f'Content-Type: multipart/{subtype};{LINE_END} boundary="{boundary}"'
    return _Part((content_type,), content + delimiter + b"--" + _CRLF)


def _read_back(mail: Mail, headers: Mapping[_Name, Mailbox | str], content: bytes) -> None:
    """Refuse bytes in which a reader finds anything but the mail that was meant."""
    if len(content) > MAX_BYTES:
        raise CannotAssemble("the mail is too large")
    if any(len(line) > _LONGEST_LINE for line in content.split(_CRLF)):
        raise CannotAssemble("a line is too long")
    read = email.message_from_bytes(content, policy=email.policy.default)
    if read.keys() != [*headers, "Content-Type"]:
        raise CannotAssemble("other headers are read than were written")
    for name, value in headers.items():
        if not _reads_as(value, read[name]):
            raise CannotAssemble(f"{name} reads differently")
    if list(_parts_read(read)) != list(_parts_meant(mail)):
        raise CannotAssemble("the parts read differently")


def _reads_as(value: Mailbox | str, header: object) -> bool:
    if isinstance(value, str):
        return str(header) == value
    if not isinstance(header, AddressHeader):
        return False
    read = [(_letters(found.display_name), found.addr_spec) for found in header.addresses]
    return read == [(_letters(value.name), value.address)]


def _letters(name: str) -> str:
    # Python shows the space between two encoded words of a name, which readers must drop.
    return "".join(name.split())


def _parts_read(read: EmailMessage) -> Iterator[tuple[str, bytes]]:
    for part in read.walk():
        kind = part.get_content_type()
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        yield kind, content.replace(_CRLF, b"\n") if kind in _TEXTS else content


def _parts_meant(mail: Mail) -> Iterator[tuple[str, bytes]]:
    if mail.calendar:
        yield "multipart/mixed", b""
    yield "multipart/alternative", b""
    yield "text/plain", _text_bytes(mail.text)
    yield "text/html", _text_bytes(mail.html)
    if mail.calendar:
        yield "text/calendar", mail.calendar.content
        yield "application/ics", mail.calendar.content


def _text_bytes(text: str) -> bytes:
    """A body in UTF-8 with LF for every line end."""
    try:
        return text.replace("\r\n", "\n").replace("\r", "\n").encode()
    except UnicodeEncodeError:
        raise CannotAssemble("a lone surrogate is not text") from None


def _checked(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise CannotAssemble(f"the {what} is malformed")
    return value
