"""Mail that comes in: written as a calendar program would, and brought as SES brings it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from infra.resources import INBOUND_BUCKET

RSVP_DOMAIN = "rsvp.pluim.example.nl"
BO_TOKEN = "abcdefgh"
BO_RSVP = f"rsvp+{BO_TOKEN}@{RSVP_DOMAIN}"
ALL_WELL = dict.fromkeys(("spam", "virus", "spf", "dkim", "dmarc"), "PASS")


def reply(
    partstat: str = "ACCEPTED",
    *,
    method: str = "REPLY",
    uid: str = f"g1@{RSVP_DOMAIN}",
    attendee: str = "bo@example.nl",
    writer: str = "Bo de Vries <bo@example.nl>",
    lines: tuple[str, ...] = ("SEQUENCE:0", "DTSTAMP:20261120T100000Z"),
    message_id: str = "<1@mail.example.nl>",
    **headers: str,
) -> bytes:
    """A calendar program's answer."""
    calendar = "\r\n".join(
        (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"METHOD:{method}",
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"ATTENDEE;PARTSTAT={partstat}:mailto:{attendee}",
            *lines,
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        )
    )
    mail = words("Ik kom graag.", writer=writer, message_id=message_id, **headers)
    mail.make_mixed()
    part = EmailMessage()
    part.set_content(calendar, subtype="calendar", params={"method": method})
    mail.attach(part)
    return mail.as_bytes()


def words(
    text: str,
    *,
    writer: str = "Bo de Vries <bo@example.nl>",
    message_id: str = "<1@mail.example.nl>",
    **headers: str,
) -> EmailMessage:
    """Something that a person wrote."""
    mail = EmailMessage()
    mail["From"] = writer
    mail["To"] = BO_RSVP
    mail["Subject"] = "Re: Samen vieren"
    mail["Message-ID"] = message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


@dataclass
class Postman:
    """Puts mails where SES puts them, and writes its notices."""

    s3: Any
    count: int = 0
    notices: list[str] = field(default_factory=list)

    def bring(
        self,
        content: bytes,
        *,
        to: str = BO_RSVP,
        at: datetime = datetime(2026, 11, 20, 11, 0, tzinfo=UTC),
        source: str = "bo@example.nl",
        ses_id: str = "",
        **verdicts: str,
    ) -> str:
        """Keep a mail; gives the body of the notice about it."""
        self.count += 1
        ses_id = ses_id or f"mail{self.count}"
        raw = f"mail/{ses_id}"
        self.s3.put_object(Bucket=INBOUND_BUCKET, Key=raw, Body=content)
        notice = notice_about(raw, ses_id, to=to, at=at, source=source, **verdicts)
        self.notices.append(notice)
        return notice


def notice_about(
    raw: str, ses_id: str, *, to: str, at: datetime, source: str, **verdicts: str
) -> str:
    """What SES tells about a mail that came in."""
    found = {**ALL_WELL, **verdicts}
    at_ = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(
        {
            "notificationType": "Received",
            "receipt": {
                "timestamp": at_,
                "processingTimeMillis": 400,
                "recipients": [to],
                **{
                    f"{name}Verdict": {"status": status} for name, status in found.items() if status
                },
                "action": {
                    "type": "S3",
                    "topicArn": "arn:aws:sns:eu-west-1:123456789012:inbound",
                    "bucketName": INBOUND_BUCKET,
                    "objectKeyPrefix": "mail/",
                    "objectKey": raw,
                },
            },
            "mail": {
                "timestamp": at_,
                "messageId": ses_id,
                "source": source,
                "destination": [to],
                "headersTruncated": False,
                "headers": [],
                "commonHeaders": {"from": ["Bo de Vries <bo@example.nl>"], "subject": "Re: x"},
            },
        }
    )
