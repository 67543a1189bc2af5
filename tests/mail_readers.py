"""Readers of whole mails that share no line: what one takes for granted, the others do not."""

from __future__ import annotations

import email
import email.policy
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.message import EmailMessage, Message
from email.utils import getaddresses

import dkim
import mailparse

from chalicelib.messages.mime import Mail, Mailbox


@dataclass(frozen=True)
class Part:
    """What a part is, and what it holds: a text in LF, the bytes of a file, nothing for others."""

    kind: str
    content: str | bytes = b""
    filename: str = ""


@dataclass(frozen=True)
class Reading:
    """What a reader finds in a mail; a mailbox is a name and an address."""

    headers: Sequence[str]
    senders: Sequence[tuple[str, str]]
    recipients: Sequence[tuple[str, str]]
    subject: str
    parts: Sequence[Part]


Reader = Callable[[bytes], Reading]


def meant(mail: Mail, *, headers: Sequence[str]) -> Reading:
    """What every reader must find in this mail."""
    calendar = mail.calendar
    parts = [
        Part("multipart/alternative"),
        Part("text/plain", in_lf(mail.text)),
        Part("text/html", in_lf(mail.html)),
    ]
    if calendar:
        attached = Part("application/ics", calendar.content, calendar.filename)
        parts = [Part("multipart/mixed"), *parts, Part("text/calendar", calendar.content), attached]
    return Reading(headers, [_shown(mail.sender)], [_shown(mail.recipient)], mail.subject, parts)


def readings(content: bytes) -> Mapping[str, Reading]:
    """What each reader finds; on Intel Macs, for which the one in Rust has no build, two do."""
    return {name: read(content) for name, read in READERS.items()}


def headers_for_verifiers(content: bytes) -> list[str]:
    """The headers as they are found by those who check a mail's signature."""
    headers, _ = dkim.rfc822_parse(content)
    return [name.decode("ascii") for name, _ in headers]


def in_lf(text: str) -> str:
    """A text with LF for every line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def modern(content: bytes) -> EmailMessage:
    """A mail as Python reads it since it has policies."""
    return email.message_from_bytes(content, policy=email.policy.default)


def classic(content: bytes) -> Message:
    """A mail as Python read it before, with headers as they stand."""
    return email.message_from_bytes(content, policy=email.policy.compat32)


def unfolded(value: str) -> str:
    """A header on one line."""
    return re.sub(r"\r?\n(?=[ \t])", "", value)


def _shown(mailbox: Mailbox) -> tuple[str, str]:
    return " ".join(mailbox.name.split()), mailbox.address


def _by_python(content: bytes) -> Reading:
    """Python's own reader, twice: what its newer and its older half both see."""
    read, older = modern(content), classic(content)
    subject = str(read["Subject"])
    assert subject == _decoded(older["Subject"])
    parts = [_part_by_python(part) for part in read.walk()]
    senders, recipients = (_mailboxes_by_python(read[name], older[name]) for name in ("From", "To"))
    return Reading(read.keys(), senders, recipients, subject, parts)


def _mailboxes_by_python(newer: AddressHeader, older: str) -> list[tuple[str, str]]:
    # The newer half shows the space between two encoded words, which RFC 2047 section 6.2 drops,
    # so that it is believed about addresses alone.
    found = getaddresses([unfolded(older)])
    assert [mailbox.addr_spec for mailbox in newer.addresses] == [address for _, address in found]
    return [(_decoded(name), address) for name, address in found]


def _decoded(value: str) -> str:
    return str(make_header(decode_header(unfolded(value))))


def _part_by_python(part: EmailMessage) -> Part:
    kind, filename = part.get_content_type(), part.get_filename() or ""
    if kind in {"text/plain", "text/html"}:
        return Part(kind, in_lf(part.get_content()), filename)
    held = part.get_payload(decode=True)
    return Part(kind, held if isinstance(held, bytes) else b"", filename)


def _by_rust(content: bytes) -> Reading:
    """A reader in Rust."""
    from fast_mail_parser import parse_email, parse_email_tree, walk

    read = parse_email(content)
    assert not read.warnings
    # The tree gives a text's bytes; its characters stand apart, in the order of the tree.
    texts = {"text/plain": iter(read.text_plain), "text/html": iter(read.text_html)}
    parts = []
    for part in walk(parse_email_tree(content)):
        kind = part.content_type
        held = in_lf(next(texts[kind])) if kind in texts else part.content or b""
        parts.append(Part(kind, held, part.filename))
    headers = [name for name, values in read.headers.items() for _ in values]
    senders, recipients = (
        [(found.display_name or "", found.address) for found in mailboxes if found]
        for mailboxes in ([read.from_], read.to)
    )
    return Reading(headers, senders, recipients, read.subject, parts)


def _by_mailkite(content: bytes) -> Reading:
    """A reader translated from TypeScript, with lines, words and bodies decoded by itself."""
    nodes: list[tuple[mailparse.PartMeta, bytearray]] = []
    mailparse.split_mime(
        content,
        mailparse.SplitHandlers(
            on_node_start=lambda node: nodes.append((node, bytearray())),
            on_body=lambda _, chunk: nodes[-1][1].extend(chunk),
            on_diagnostic=_refuse,
        ),
    )
    headers = nodes[0][0].headers
    senders, recipients = (
        [(found.name or "", found.address) for found in mailparse.parse_address_list(value)]
        for value in (mailparse.get_header(headers, name) for name in ("From", "To"))
    )
    return Reading(
        [header["key"] for header in headers],
        senders,
        recipients,
        mailparse.decode_encoded_words(mailparse.get_header(headers, "Subject")),
        [_part_by_mailkite(node, bytes(body)) for node, body in nodes],
    )


def _part_by_mailkite(node: mailparse.PartMeta, body: bytes) -> Part:
    held = mailparse.decode_transfer(body, node.encoding)
    if node.contentType in {"text/plain", "text/html"}:
        text, known, _ = mailparse.decode_charset(held, node.charset)
        assert known
        return Part(node.contentType, in_lf(text), node.filename or "")
    return Part(node.contentType, held, node.filename or "")


def _refuse(diagnostic: object) -> None:
    raise AssertionError(diagnostic)


READERS: dict[str, Reader] = {"python": _by_python, "mailkite": _by_mailkite}
if (sys.platform, platform.machine()) != ("darwin", "x86_64"):
    READERS["rust"] = _by_rust
