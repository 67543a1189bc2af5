"""Events as SES publishes them about the mails that the mailer remembers."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.ports import Envelope

_DETAILS: dict[str, dict[str, Any]] = {
    "Bounce": {"bounceType": "Permanent"},
    "Complaint": {"complaintFeedbackType": "abuse"},
}
_RECIPIENTS = {
    "Bounce": "bouncedRecipients",
    "Complaint": "complainedRecipients",
    "DeliveryDelay": "delayedRecipients",
}


def ses_event(name: str, envelope: Envelope, *, ses_id: str = "ses-1", **details: Any) -> str:
    """The body of one event (`Send`, `Delivery`, `Bounce`, …); `details` as SES names them."""
    about: dict[str, Any] = {"timestamp": "2026-11-20T11:00:05.000Z", **_DETAILS.get(name, {})}
    if name in _RECIPIENTS:
        about[_RECIPIENTS[name]] = [{"emailAddress": envelope.recipient}]
    mail = {
        "timestamp": "2026-11-20T11:00:00.000Z",
        "messageId": ses_id,
        "destination": [envelope.recipient],
        "tags": {tag: [value] for tag, value in envelope.tags.items()},
    }
    details_name = name[0].lower() + name[1:]
    return json.dumps({"eventType": name, "mail": mail, details_name: about | details})
