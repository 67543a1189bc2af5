"""Mail that comes in on this machine: from a button of the mailbox page, or dropped in a folder."""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Any

from infra.local.ses_events import REGION, timestamp
from infra.resources import ACCOUNT

_LOOK_EVERY_SECONDS = 1.0

log = logging.getLogger(__name__)


class NothingToAnswer(ValueError):
    """This mail has no calendar entry that a program could answer."""


@dataclass(frozen=True)
class Postbox:
    """Takes mail as SES would that found nothing wrong with it: into the bucket, with a notice."""

    s3: Any
    sqs: Any
    bucket: str
    queue_url: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def take(self, content: bytes) -> str:
        """Take one mail, to whatever addresses its headers name; gives SES's id of it."""
        ses_id = secrets.token_hex(20)
        raw = f"mail/{ses_id}"
        self.s3.put_object(Bucket=self.bucket, Key=raw, Body=content)
        notice = self._notice(content, ses_id, raw)
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(notice))
        return ses_id

    def _notice(self, content: bytes, ses_id: str, raw: str) -> dict[str, Any]:
        head = message_from_bytes(content, policy=policy.default)
        told = [str(value) for name in ("To", "Cc") for value in head.get_all(name, [])]
        recipients = [address for _, address in getaddresses(told) if address]
        writers = [address for _, address in getaddresses([str(head.get("From", ""))])]
        at = timestamp(self.now())
        found_well = {"status": "PASS"}
        verdicts = ("spam", "virus", "spf", "dkim", "dmarc")
        return {
            "notificationType": "Received",
            "receipt": {
                "timestamp": at,
                "processingTimeMillis": 12,
                "recipients": recipients,
                **{f"{name}Verdict": found_well for name in verdicts},
                "action": {
                    "type": "S3",
                    "topicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:pluim-inbound",
                    "bucketName": self.bucket,
                    "objectKeyPrefix": "mail/",
                    "objectKey": raw,
                },
            },
            "mail": {
                "timestamp": at,
                "messageId": ses_id,
                "source": writers[0] if writers else "",
                "destination": recipients,
                "headersTruncated": False,
                "headers": [],
                "commonHeaders": {
                    "from": [str(head.get("From", ""))],
                    "subject": str(head.get("Subject", "")),
                },
            },
        }


@contextmanager
def taking_from(folder: Path, postbox: Postbox) -> Iterator[None]:
    """Take every .eml that is dropped into a folder, and move it to `taken`, until the end."""
    (folder / "taken").mkdir(parents=True, exist_ok=True)
    stopping = threading.Event()

    def look() -> None:
        while not stopping.wait(_LOOK_EVERY_SECONDS):
            try:
                take_all(folder, postbox)
            except Exception:
                log.exception("%s could not be read", folder)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(timeout=5)


def take_all(folder: Path, postbox: Postbox) -> None:
    """Take every .eml that lies in a folder now. It is moved first, so that none is taken twice."""
    for file in sorted(folder.glob("*.eml")):
        moved = folder / "taken" / file.name
        file.replace(moved)
        postbox.take(moved.read_bytes())


def answer_to(mail: EmailMessage, answer: str, *, now: datetime) -> bytes:
    """What a calendar program sends when its user presses a button under this mail.

    `answer` is a PARTSTAT, or COUNTER, which proposes the gathering an hour later. Raises
    `NothingToAnswer`.
    """
    # Reading calendars is slow to import, and most mails have none.
    import icalendar

    invitation: Any = icalendar.Calendar.from_ical(_calendar_in(mail))
    (asked, *_) = invitation.walk("VEVENT")
    is_counter = answer == "COUNTER"
    event: Any = icalendar.Event()
    for name in ("UID", "SEQUENCE", "SUMMARY", "ORGANIZER"):
        if name in asked:
            event[name] = asked[name]
    event.add("dtstamp", now.astimezone(UTC))
    later = timedelta(hours=1) if is_counter else timedelta()
    for name in ("dtstart", "dtend"):
        if name.upper() in asked:
            event.add(name, asked[name.upper()].dt + later)
    attendee = icalendar.vCalAddress(f"mailto:{_recipient(mail)}")
    attendee.params["PARTSTAT"] = "TENTATIVE" if is_counter else answer
    event.add("attendee", attendee)
    reply: Any = icalendar.Calendar()
    method = "COUNTER" if is_counter else "REPLY"
    for name, value in (("prodid", "-//Pluim//Local//EN"), ("version", "2.0"), ("method", method)):
        reply.add(name, value)
    reply.add_component(event)
    return _as_mail(mail, reply.to_ical(), method=method, now=now)


def _as_mail(mail: EmailMessage, calendar: bytes, *, method: str, now: datetime) -> bytes:
    sent = EmailMessage()
    sent["From"] = str(mail["To"])
    sent["To"] = str(mail["From"])
    sent["Subject"] = f"{method.capitalize()}: {mail['Subject']}"
    sent["Message-ID"] = f"<{secrets.token_hex(12)}@mailbox.local>"
    sent["Date"] = now
    sent.set_content("An answer of a calendar program.")
    part = EmailMessage(policy=policy.default)
    part.set_content(calendar, "text", "calendar", cte="base64", params={"method": method})
    sent.make_alternative()
    sent.attach(part)
    return sent.as_bytes()


def _calendar_in(mail: EmailMessage) -> bytes:
    for part in mail.walk():
        if part.get_content_type() == "text/calendar" and part.get_param("method") == "REQUEST":
            content = part.get_payload(decode=True)
            return content if isinstance(content, bytes) else b""
    raise NothingToAnswer("no invitation in it")


def _recipient(mail: EmailMessage) -> str:
    return getaddresses([str(mail["To"])])[0][1]
