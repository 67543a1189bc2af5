"""What becomes of a mail in the local SES, and how SES tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from enum import StrEnum
from typing import Any

from infra.resources import ACCOUNT

REGION = "eu-west-1"


class Fate(StrEnum):
    """What happens to a mail. Each value but the first is also the name of a mailbox.

    A mail to `bounce@simulator.example` bounces, and so on, in any domain and with any `+tag`;
    Amazon's own mailbox simulator uses the same names where it has them.
    """

    DELIVERED = "delivered"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    REJECT = "reject"
    REFUSED = "refused"
    BUSY = "busy"
    LOST = "lost"


SIMULATED = {
    Fate.BOUNCE: "it comes back, because there is no such mailbox",
    Fate.COMPLAINT: "it arrives, and its reader calls it spam",
    Fate.REJECT: "SES takes it, and then finds a virus in it",
    Fate.REFUSED: "SES does not take it, now or ever",
    Fate.BUSY: "SES is too busy, so it is tried again later",
    Fate.LOST: "SES does not answer, so nobody can know: parked after a quarter of an hour",
}
"""What happens to mail for each of these mailboxes, in words for the mailbox page."""


@dataclass(frozen=True)
class AcceptedMail:
    """A mail that SES took. `content` is what leaves, with SES's own Message-ID and Date."""

    ses_id: str
    sender: str
    recipient: str
    content: bytes
    configuration_set: str
    tags: Mapping[str, str]
    at: datetime


def fate_of(address: str) -> Fate:
    """What will happen to a mail to this address."""
    mailbox = address.partition("@")[0].partition("+")[0].lower()
    return Fate(mailbox) if mailbox in set(Fate) else Fate.DELIVERED


def events_about(mail: AcceptedMail) -> Iterator[dict[str, Any]]:
    """What SES tells about an accepted mail, oldest first, as its events come out of a queue."""
    fate = fate_of(mail.recipient)
    if fate is Fate.REJECT:
        yield _event(mail, "Reject", {"reason": "Bad content"})
        return
    yield _event(mail, "Send", {})
    if fate is Fate.BOUNCE:
        yield _event(mail, "Bounce", _bounce(mail))
        return
    yield _event(mail, "Delivery", _delivery(mail))
    if fate is Fate.COMPLAINT:
        yield _event(mail, "Complaint", _complaint(mail))


def timestamp(moment: datetime) -> str:
    """A moment as SES writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _event(mail: AcceptedMail, kind: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"eventType": kind, "mail": _mail(mail), kind.lower(): details}


def _mail(mail: AcceptedMail) -> dict[str, Any]:
    head = message_from_bytes(mail.content, policy=policy.default)
    domain = mail.sender.rpartition("@")[2].rstrip(">")
    own_tags = {name: [value] for name, value in mail.tags.items()}
    return {
        "timestamp": timestamp(mail.at),
        "source": mail.sender,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{domain}",
        "sendingAccountId": ACCOUNT,
        "messageId": mail.ses_id,
        "destination": [mail.recipient],
        "headersTruncated": False,
        "headers": [{"name": name, "value": str(value)} for name, value in head.items()],
        "commonHeaders": {
            "from": [str(head.get("From", ""))],
            "to": [str(head.get("To", ""))],
            "messageId": mail.ses_id,
            "subject": str(head.get("Subject", "")),
        },
        "tags": {
            "ses:configuration-set": [mail.configuration_set],
            "ses:from-domain": [domain],
            **own_tags,
        },
    }


def _delivery(mail: AcceptedMail) -> dict[str, Any]:
    return {
        "timestamp": timestamp(mail.at),
        "processingTimeMillis": 12,
        "recipients": [mail.recipient],
        "smtpResponse": "250 2.0.0 OK",
        "reportingMTA": f"a1-23.smtp-out.{REGION}.amazonses.com",
    }


def _bounce(mail: AcceptedMail) -> dict[str, Any]:
    refused = {
        "emailAddress": mail.recipient,
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    }
    return {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [refused],
        "timestamp": timestamp(mail.at),
        "feedbackId": f"{mail.ses_id}-bounce",
        "reportingMTA": f"dsn; a1-23.smtp-out.{REGION}.amazonses.com",
    }


def _complaint(mail: AcceptedMail) -> dict[str, Any]:
    return {
        "complainedRecipients": [{"emailAddress": mail.recipient}],
        "timestamp": timestamp(mail.at),
        "feedbackId": f"{mail.ses_id}-complaint",
        "complaintSubType": None,
        "complaintFeedbackType": "abuse",
        "arrivalDate": timestamp(mail.at),
    }
