"""The mailer that remembers: stands in for SES in tests, and is stricter than SES."""

from __future__ import annotations

import email
import email.policy
import re
from collections import deque
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import lru_cache

from chalicelib.domain.mail_account import MailAccount
from chalicelib.ports import Accepted, Envelope, SendResult
from tests.permissions import demand

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MAILBOX = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_ONCE = ("From", "To", "Subject")
_HEADERS: BytesHeaderParser[EmailMessage] = BytesHeaderParser(policy=email.policy.default)


class NotAnEnvelope(AssertionError):
    """No mailer may be handed this: the test found a fault in whoever wrote it."""


class RememberingMailer:
    """Keeps what it accepts in `envelopes`, counts `tries`, and answers as it was told to.

    Takes exactly one recipient, tags that SES accepts, and headers that agree with the envelope;
    raises `NotAnEnvelope` for anything else. Nothing limits it but what the test says it `allows`.
    """

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.tries = 0
        self.allows: MailAccount | None = None
        self._answers: deque[SendResult] = deque()

    @property
    def mails(self) -> tuple[EmailMessage, ...]:
        """The accepted mails, oldest first, as a reader sees them."""
        return tuple(as_read(envelope) for envelope in self.envelopes)

    def answer(self, result: SendResult, *, times: int = 1) -> None:
        """Answer the next sends with this result instead of accepting them."""
        self._answers.extend([result] * times)

    def account(self, *, now: datetime) -> MailAccount | None:
        """What the test says that SES allows, as of now."""
        demand(("ses:GetAccount", "*"))
        return replace(self.allows, read_at=now) if self.allows else None

    def send(self, envelope: Envelope) -> SendResult:
        """Remember the mail and accept it, unless told to answer otherwise."""
        _check(envelope)
        self.tries += 1
        result = self._answers.popleft() if self._answers else self._next_acceptance()
        if isinstance(result, Accepted):
            self.envelopes.append(envelope)
        return result

    def _next_acceptance(self) -> Accepted:
        return Accepted(ses_id=f"ses-{len(self.envelopes) + 1}")


def as_read(envelope: Envelope) -> EmailMessage:
    """The mail in an envelope, as a reader sees it. Nobody changes it: others read it too."""
    return _read(envelope.content)


@lru_cache(maxsize=200)
def _read(content: bytes) -> EmailMessage:
    """Read it once: a test asks for its newest mail again and again."""
    return email.message_from_bytes(content, policy=email.policy.default)


def _check(envelope: Envelope) -> None:
    _must(bool(_MAILBOX.fullmatch(envelope.sender)), "one sender")
    _must(bool(_MAILBOX.fullmatch(envelope.recipient)), "one recipient")
    _must({"message", "attempt", "partnership"} <= envelope.tags.keys(), "tags that find the row")
    for tag in (*envelope.tags.keys(), *envelope.tags.values()):
        _must(bool(_TAG.fullmatch(tag)), "tags of letters, digits, _ and -")
    _must(b"\n" not in envelope.content.replace(b"\r\n", b""), "CRLF line ends")
    _check_headers(envelope)


def _check_headers(envelope: Envelope) -> None:
    mail: EmailMessage = _HEADERS.parsebytes(envelope.content)
    for name in _ONCE:
        _must(len(mail.get_all(name, [])) == 1, f"one {name}")
    for name in ("Cc", "Bcc", "Message-ID", "Date"):
        _must(name not in mail, f"no {name}")
    _must(_addresses(mail, "From") == [envelope.sender], "a From that is the sender")
    _must(_addresses(mail, "To") == [envelope.recipient], "a To that is the recipient")


def _addresses(mail: EmailMessage, name: str) -> list[str]:
    return [address.addr_spec for address in mail[name].addresses]


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise NotAnEnvelope(f"a mail needs {what}")
