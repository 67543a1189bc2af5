"""Taking apart a mail that anybody may have written, at a cost that its writer cannot raise.

The standard library's parser looks at every line once for each part that it is in, and at every
header with care: a mail of 2 MB can keep it busy for half a minute. So parts are cut out by
searching for their boundaries, only at our own level, and only headers that we need are read.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from html import unescape

from chalicelib.domain.inbound import Unreadable
from chalicelib.domain.text import clean_line, clean_text

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 20
MAX_PARTS = 50
MAX_HEADER_BYTES = 2 * 1024
MAX_TEXT_CHARACTERS = 4_000
"""What a coordinator is shown of a mail: enough to know what somebody wants."""

_MAX_TEXT_BYTES = 64 * 1024
_MAX_BOUNDARY = 200
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_WANTED = re.compile(
    rb"^(from|message-id|subject|auto-submitted|content-type|content-transfer-encoding)[ \t]*:"
    rb"((?:[^\r\n]++|\r?\n[ \t])*+)",
    re.IGNORECASE | re.MULTILINE,
)
_SENDER = re.compile(
    r"\s*(?:(?P<name>\"(?:[^\"\\]|\\.)*\"|[^\"<>,;]*?)\s*<(?P<named>[^<>@\s\"(),:;\\]+@[^<>@\s\"(),:;\\]+)>"
    r"|(?P<bare>[^<>@\s\"(),:;\\]+@[^<>@\s\"(),:;\\]+))\s*"
)
_TAG = re.compile(r"<(?:style|script)\b.*?(?:</(?:style|script)[^<>]*+>|\Z)|<[^<>]*+>", re.I | re.S)
_LINE_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]*+>", re.I)
_CHARSET = re.compile(r"(?:us-ascii|utf-?(?:8|16)|iso-8859-\d{1,2}|(?:windows-|cp)\d{3,4})", re.I)
"""Character sets that are decoded in time that grows with the text, unlike some that Python has."""

_REPORT = "multipart/report"
_PLAIN_ENCODINGS = {"", "7bit", "8bit", "binary"}


class CannotRead(Exception):
    """A mail that nobody may guess about; `problem` says why."""

    def __init__(self, problem: Unreadable) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True)
class Headers:
    """The few headers that we read, each cut to `MAX_HEADER_BYTES`."""

    values: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a header, as it stands in the mail."""
        return [value for known, value in self.values if known == name]

    def first(self, name: str) -> str:
        """The first value of a header, or the empty string."""
        return next(iter(self.all(name)), "")


@dataclass(frozen=True)
class Part:
    """One part of a mail: what it says it is, and its bytes as they came."""

    content_type: str
    parameters: dict[str, str]
    encoding: str
    raw: bytes

    def content(self, *, at_most: int) -> bytes:
        """The bytes that were meant. Raises `CannotRead` when they are too many or broken off."""
        if len(self.raw) > 4 * at_most:
            raise CannotRead(Unreadable.TOO_LARGE)
        decoded = self._decoded()
        if len(decoded) > at_most:
            raise CannotRead(Unreadable.TOO_LARGE)
        return decoded

    def _decoded(self) -> bytes:
        if self.encoding == "base64":
            try:
                return base64.b64decode(self.raw)
            except binascii.Error:
                raise CannotRead(Unreadable.TRUNCATED) from None
        if self.encoding == "quoted-printable":
            return quopri.decodestring(self.raw)
        if self.encoding not in _PLAIN_ENCODINGS:
            raise CannotRead(Unreadable.STRANGE_LETTERS)
        return self.raw


@dataclass(frozen=True)
class OpenedMail:
    """A mail with its parts, those inside other mails and delivery reports left closed."""

    headers: Headers
    parts: tuple[Part, ...]
    is_report: bool

    @property
    def text(self) -> str:
        """What a person reads, cleaned and cut; empty where there is nothing to read."""
        for wanted in ("text/plain", "text/html"):
            for part in self.parts:
                if part.content_type == wanted and (text := _readable(part)):
                    return text
        return ""


def open_mail(content: bytes) -> OpenedMail:
    """Take a mail apart. Raises `CannotRead` when it is larger or deeper than any honest one."""
    if len(content) > MAX_BYTES:
        raise CannotRead(Unreadable.TOO_LARGE)
    headers, _ = _split(content)
    parts: list[Part] = []
    for part in _parts(content, depth=0):
        parts.append(part)
        if len(parts) > MAX_PARTS:
            raise CannotRead(Unreadable.TOO_MANY_PARTS)
    outermost, _ = _content_type(headers)
    return OpenedMail(headers, tuple(parts), is_report=outermost == _REPORT)


def headers_of(content: bytes) -> Headers:
    """The headers of a mail that may be too strange to open."""
    return _split(content)[0]


def sender_of(headers: Headers) -> tuple[str, str]:
    """The address and the name in From; the address is empty unless there is exactly one.

    What readers could take for two addresses is none: SES judged one of them, and we must not
    believe the other.
    """
    values = headers.all("from")
    found = _SENDER.fullmatch(_unfolded(values[0])) if len(values) == 1 else None
    if found is None:
        return "", decoded(values[0]) if values else ""
    return found["named"] or found["bare"], decoded((found["name"] or "").strip().strip('"'))


def decoded(value: str) -> str:
    """A header's value as people read it, on one clean line."""
    try:
        text = str(make_header(decode_header(_unfolded(value))))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        text = value
    return clean_line(text.encode("utf-8", "replace").decode())[:200]


def _split(block: bytes) -> tuple[Headers, int]:
    """The headers of a mail or part, and where its body begins."""
    if block.startswith((b"\r\n", b"\n")):
        return Headers(()), block.index(b"\n") + 1
    end = _END_OF_HEADERS.search(block)
    head = block[: end.start()] if end else block
    values = tuple(
        (found[1].decode("ascii").lower(), found[2][:MAX_HEADER_BYTES].decode("latin-1"))
        for found in _WANTED.finditer(head)
    )
    return Headers(values[:50]), end.end() if end else len(block)


def _parts(block: bytes, *, depth: int) -> Iterator[Part]:
    """The parts at our own level; what is a mail or a report itself comes whole, and is not opened.

    The outermost multipart is opened in any case: the parts of a report say that it is one.
    """
    if depth > MAX_DEPTH:
        raise CannotRead(Unreadable.TOO_NESTED)
    headers, start = _split(block)
    content_type, parameters = _content_type(headers)
    closed = content_type.startswith("message/") or (depth > 0 and content_type == _REPORT)
    if not content_type.startswith("multipart/") or closed:
        encoding = headers.first("content-transfer-encoding").strip().lower()
        yield Part(content_type, parameters, encoding, block[start:])
        return
    for piece in _pieces(block[start:], parameters.get("boundary", "")):
        yield from _parts(piece, depth=depth + 1)


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    """What stands between the boundaries. Raises `CannotRead` when the last one never came."""
    if not 0 < len(boundary) <= _MAX_BOUNDARY:
        raise CannotRead(Unreadable.CONTRADICTS_ITSELF)
    line = rb"(?:^|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace"))
    begins = -1
    for count, found in enumerate(re.finditer(line + rb"(--)?[ \t]*(?=\r?\n|\Z)", body)):
        if begins >= 0:
            yield body[begins : found.start()]
        if found[1]:
            return
        if count > MAX_PARTS:
            raise CannotRead(Unreadable.TOO_MANY_PARTS)
        begins = body.find(b"\n", found.end()) + 1 or len(body)
    raise CannotRead(Unreadable.TRUNCATED)


def _content_type(headers: Headers) -> tuple[str, dict[str, str]]:
    """The type of a part and its parameters, in lower case; text when it does not say."""
    holder = Message()
    holder["Content-Type"] = _unfolded(headers.first("content-type")) or "text/plain"
    parameters: dict[str, str] = {}
    for name, value in holder.get_params([], unquote=True) or []:
        text = value[2] if isinstance(value, tuple) else value
        parameters.setdefault(name.lower(), text)
    return holder.get_content_type(), parameters


def _unfolded(value: str) -> str:
    return re.sub(r"\r?\n[ \t]", " ", value).strip()


def _readable(part: Part) -> str:
    try:
        content = part.content(at_most=_MAX_TEXT_BYTES)
    except CannotRead:
        return ""
    charset = part.parameters.get("charset", "utf-8")
    try:
        text = content.decode(charset if _CHARSET.fullmatch(charset) else "utf-8", "replace")
    except LookupError:
        text = content.decode("latin-1")
    if part.content_type == "text/html":
        text = unescape(_TAG.sub(" ", _LINE_BREAK.sub("\n", text)))
        text = "\n".join(" ".join(line.split()) for line in text.splitlines())
    cut = text[: 2 * MAX_TEXT_CHARACTERS].encode("utf-8", "replace").decode()
    return clean_text(cut)[:MAX_TEXT_CHARACTERS]
