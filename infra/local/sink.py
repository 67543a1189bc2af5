"""The local SES: takes mails over SES's own protocol, and keeps them instead of sending them."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.local.maildrop import Maildrop
from infra.local.options import HOST, Account
from infra.local.ses_events import REGION, AcceptedMail, Fate, events_about, fate_of

_POLL_SECONDS = 0.05
"""How soon the server notices that it should stop."""

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Refused(Exception):
    """SES says no, in the shape in which its SDK expects it: a status and the error's name."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error


class Silence(Exception):
    """SES does not answer at all."""


@dataclass(frozen=True)
class Sink:
    """What the local SES does with mail.

    `configuration_sets` are the ones it knows. `tell` gets every event about a mail, as JSON.
    `stands` is how the account stands. In the sandbox it takes mail to everybody all the same.
    """

    maildrop: Maildrop
    configuration_sets: frozenset[str]
    tell: Callable[[str], object]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    stands: Account = Account.USUAL

    def accept(self, request: Mapping[str, Any]) -> AcceptedMail:
        """Take one SendEmail request, or raise `Refused` or `Silence`."""
        if self.stands is Account.PAUSED:
            raise Refused(400, "SendingPausedException", "Sending is paused for this account.")
        recipient = _only_recipient(request)
        mail = AcceptedMail(
            ses_id=_new_ses_id(),
            sender=_sender(request),
            recipient=recipient,
            content=_content(request),
            configuration_set=self._configuration_set(request),
            tags=_tags(request),
            at=self.now(),
        )
        _refuse_where_asked(recipient)
        return mail

    def keep(self, mail: AcceptedMail) -> None:
        """Put an accepted mail in the folder."""
        kind = mail.tags.get("kind", "mail")
        self.maildrop.keep(as_sent(mail), kind=kind, now=mail.at)

    def tell_about(self, mail: AcceptedMail) -> None:
        """Tell what became of an accepted mail."""
        for event in events_about(mail):
            self.tell(json.dumps(event))

    def account(self) -> dict[str, Any]:
        """The answer to GetAccount: as usual healthy and fast, with nothing sent yet."""
        in_sandbox = self.stands is Account.SANDBOX
        per_day, rate = (200.0, 1.0) if in_sandbox else (50000.0, 500.0)
        return {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": not in_sandbox,
            "SendingEnabled": self.stands is not Account.PAUSED,
            "SendQuota": {
                "Max24HourSend": per_day,
                "MaxSendRate": rate,
                "SentLast24Hours": per_day * 0.9 if self.stands is Account.NEARLY_USED else 0.0,
            },
            "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        }

    def _configuration_set(self, request: Mapping[str, Any]) -> str:
        name = str(request.get("ConfigurationSetName", ""))
        if not name:
            raise Refused(
                400, "BadRequestException", "Without a configuration set no event comes back."
            )
        if name not in self.configuration_sets:
            raise Refused(404, "NotFoundException", f"Configuration set <{name}> does not exist.")
        return name


@contextmanager
def serving(sink: Sink) -> Iterator[str]:
    """Serve the local SES on a free port of this machine; gives its address."""
    server = ThreadingHTTPServer((HOST, 0), _handler_of(sink))
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def as_sent(mail: AcceptedMail) -> bytes:
    """The bytes that leave: SES puts its own Message-ID and Date in place of ours."""
    head, blank, body = mail.content.partition(b"\r\n\r\n")
    kept = [
        field for field in _fields(head) if not field.lower().startswith((b"message-id:", b"date:"))
    ]
    kept.append(b"Message-ID: <%s@%s.amazonses.com>" % (mail.ses_id.encode(), REGION.encode()))
    kept.append(b"Date: " + format_datetime(mail.at).encode())
    return b"\r\n".join(kept) + blank + body


def _fields(head: bytes) -> list[bytes]:
    return re.split(rb"\r\n(?![ \t])", head)


def _only_recipient(request: Mapping[str, Any]) -> str:
    destination = request.get("Destination") or {}
    everybody = [
        address
        for way in ("ToAddresses", "CcAddresses", "BccAddresses")
        for address in destination.get(way) or []
    ]
    if len(everybody) != 1:
        raise Refused(
            400,
            "BadRequestException",
            f"One recipient in each call, please: this one has {len(everybody)}.",
        )
    return str(everybody[0])


def _sender(request: Mapping[str, Any]) -> str:
    sender = str(request.get("FromEmailAddress", ""))
    if not sender:
        raise Refused(400, "BadRequestException", "FromEmailAddress is missing.")
    return sender


def _content(request: Mapping[str, Any]) -> bytes:
    raw = (request.get("Content") or {}).get("Raw") or {}
    try:
        content = base64.b64decode(raw["Data"], validate=True)
    except (KeyError, TypeError, binascii.Error):
        raise Refused(
            400, "BadRequestException", "Only Content.Raw.Data is understood here."
        ) from None
    if b"\r\n\r\n" not in content:
        raise Refused(400, "BadRequestException", "The mail has no end of headers (CR LF CR LF).")
    return content


def _tags(request: Mapping[str, Any]) -> dict[str, str]:
    tags = {str(tag.get("Name")): str(tag.get("Value")) for tag in request.get("EmailTags") or []}
    for name, value in tags.items():
        if not (_TAG.fullmatch(name) and _TAG.fullmatch(value)):
            raise Refused(400, "BadRequestException", f"Invalid tag {name}={value}.")
    return tags


def _refuse_where_asked(recipient: str) -> None:
    match fate_of(recipient):
        case Fate.REFUSED:
            raise Refused(400, "MessageRejected", "This address is here to have its mail refused.")
        case Fate.BUSY:
            raise Refused(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
        case Fate.LOST:
            raise Silence


def _new_ses_id() -> str:
    """An id in the shape of SES's own, such as `0102018f…-8-4-4-4-12-000000`."""
    groups = "-".join(secrets.token_hex(size) for size in (4, 2, 2, 2, 6))
    return f"0102{secrets.token_hex(6)}-{groups}-000000"


def _handler_of(sink: Sink) -> type[BaseHTTPRequestHandler]:
    class SesHandler(BaseHTTPRequestHandler):
        """The part of SES's protocol that Pluim speaks; anything else is a clear 400."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        server_version = "LocalSES"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.path != "/v2/email/outbound-emails":
                self._answer_unknown()
                return
            try:
                mail = sink.accept(_json(body))
            except Refused as refusal:
                self._answer(refusal.status, {"message": str(refusal)}, error=refusal.error)
            except Silence:
                self.close_connection = True
            else:
                # Before the answer: whoever got one finds the mail, and its events in the queue.
                sink.keep(mail)
                sink.tell_about(mail)
                self._answer(200, {"MessageId": mail.ses_id})

        def do_GET(self) -> None:
            if self.path == "/v2/email/account":
                self._answer(200, sink.account())
            else:
                self._answer_unknown()

        do_PUT = do_DELETE = do_PATCH = do_GET

        def _answer_unknown(self) -> None:
            self.close_connection = True
            message = f"The local SES does not know {self.command} {self.path}."
            self._answer(400, {"message": message}, error="BadRequestException")

        def _answer(self, status: int, answer: dict[str, Any], *, error: str = "") -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: whoever watches sees the mails themselves."""

    return SesHandler


def _json(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError:
        raise Refused(400, "BadRequestException", "The body is not JSON.") from None
    if not isinstance(request, dict):
        raise Refused(400, "BadRequestException", "The body is not a JSON object.")
    return request
