"""SES: one attempt to send, with every answer sorted, and the events that SES sends back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from chalicelib.domain.delivery_event import Bounce, EventKind, SesEvent
from chalicelib.domain.mail_account import MailAccount
from chalicelib.ports import Accepted, Again, Envelope, Never, SendResult, Unknown

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import SendEmailRequestTypeDef

# These lists are closed. SES does not recognise a mail that it got before, so whatever is not known
# to have failed before SES took the mail is unknown, and never tried again.
_NEVER_LEFT = (
    EndpointConnectionError,
    ConnectTimeoutError,
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
)
_TOO_FAST = ("TooManyRequestsException", "ThrottlingException")
_ACCOUNT_FAULTS = (
    "LimitExceededException",
    "SendingPausedException",
    "AccountSuspendedException",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
)
_NOT_ACCEPTABLE = ("BadRequestException", "MessageRejected")

_EVENTS = {
    "Send": EventKind.SEND,
    "Delivery": EventKind.DELIVERY,
    "DeliveryDelay": EventKind.DELAY,
    "Bounce": EventKind.BOUNCE,
    "Complaint": EventKind.COMPLAINT,
    "Reject": EventKind.REJECT,
}

_SET_UP = "Successfully validated SNS topic for Amazon SES event publishing."
"""What SES writes, as bare text, each time it is told where events go."""

_ABOUT_NO_MAIL = SesEvent(
    kind=EventKind.UNKNOWN,
    message="",
    attempt="",
    partnership="",
    ses_id="",
    recipients=(),
    occurred_at=datetime.fromtimestamp(0, UTC),
)

_PASSING_BOUNCES = {
    "MailboxFull": Bounce.FULL,
    "MessageTooLarge": Bounce.TOO_LARGE,
    "ContentRejected": Bounce.UNWANTED,
    "AttachmentRejected": Bounce.UNWANTED,
}


class UnreadableEvent(ValueError):
    """This is no event that SES sends about a mail of ours."""


def message_id_domain(region: str) -> str:
    """What SES puts behind the @ of the Message-IDs it writes in a region."""
    return "email.amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"


def ses_client(
    session: Session, *, read_timeout: float = 10, endpoint_url: str | None = None
) -> SESV2Client:
    """A client that tries once, and says within `read_timeout` seconds that it does not know."""
    config = Config(connect_timeout=3, read_timeout=read_timeout, retries={"total_max_attempts": 1})
    client = session.client("sesv2", config=config, endpoint_url=endpoint_url)
    client.meta.events.register("before-send.sesv2.SendEmail", _close_afterwards)
    return client


def _close_afterwards(request: Any, **_: object) -> None:
    # A function that slept may wake up with a connection that died meanwhile. A mail written to it
    # would be in doubt, and without retries every such mail would wait for a coordinator.
    request.headers["Connection"] = "close"


class SesMailer:
    """Sends through SES v2, under one configuration set."""

    def __init__(self, *, client: SESV2Client, configuration_set: str) -> None:
        """Use a client of `ses_client`: another one may retry, and so send a mail twice."""
        self._client = client
        self._configuration_set = configuration_set

    def account(self, *, now: datetime) -> MailAccount:
        """What SES lets us send: read with one call, which raises what stands in its way."""
        told = self._client.get_account()
        quota = told["SendQuota"]
        per_day = int(quota["Max24HourSend"])
        return MailAccount(
            in_sandbox=not told["ProductionAccessEnabled"],
            sends=told["SendingEnabled"] and told["EnforcementStatus"] != "SHUTDOWN",
            per_minute=int(quota["MaxSendRate"] * 60),
            per_day=None if per_day < 0 else per_day,
            sent=int(quota["SentLast24Hours"]),
            read_at=now,
        )

    def send(self, envelope: Envelope) -> SendResult:
        """Hand over one mail, in one attempt; every failure is sorted, none raised."""
        try:
            answer = self._client.send_email(**self._request(envelope))
        except ClientError as error:
            return _refused(error, sender=envelope.sender)
        except _NEVER_LEFT as error:
            return Again(type(error).__name__)
        except ParamValidationError as error:
            return Never(type(error).__name__)
        except Exception as error:  # Whatever it was, SES may have the mail.
            return Unknown(type(error).__name__)
        ses_id = answer.get("MessageId")
        return Accepted(ses_id) if ses_id else Unknown("UnreadableAnswer")

    def _request(self, envelope: Envelope) -> SendEmailRequestTypeDef:
        return {
            "FromEmailAddress": envelope.sender,
            "Destination": {"ToAddresses": [envelope.recipient]},
            "Content": {"Raw": {"Data": envelope.content}},
            "ConfigurationSetName": self._configuration_set,
            "EmailTags": [{"Name": name, "Value": value} for name, value in envelope.tags.items()],
        }


def _refused(error: ClientError, *, sender: str) -> SendResult:
    """What an error answer means. Reasons are names only: SES's sentences hold addresses."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    details = error.response.get("Error", {})
    code, sentence = str(details.get("Code", "")), str(details.get("Message", ""))
    if not 400 <= status < 500:
        return Unknown(code)
    if status == 429 or code in _TOO_FAST:
        return Again(code)
    if status == 403 or code in _ACCOUNT_FAULTS:
        return Again(code, account_fault=True)
    if code == "MessageRejected" and _names_domain_of(sender, sentence):
        return Again(code, account_fault=True)
    return Never(code) if code in _NOT_ACCEPTABLE else Unknown(code)


def _names_domain_of(sender: str, sentence: str) -> bool:
    """Whether SES complains about our own domain: "… failed the check in region X: one, two"."""
    domain = sender.rpartition("@")[2].lower()
    identities = re.findall(r"[^\s,<>]+", sentence.partition(":")[2].lower())
    return domain in {identity.rpartition("@")[2] for identity in identities}


def read_event(body: str, *, configuration_set: str = "", account: str = "") -> SesEvent:
    """Read an event as SES publishes it, unwrapped, through SNS (raw delivery) to SQS.

    Takes events of a configuration set (`eventType`) and of an identity (`notificationType`,
    without tags), with fields and kinds that came later, and what SES says about no mail at all
    when events are set up. Raises `UnreadableEvent` for anything else, and for a mail sent under
    another configuration set or by another account than given.
    """
    if body.strip() == _SET_UP:
        return _ABOUT_NO_MAIL
    try:
        event = json.loads(body)
        if "mail" not in event and _name(event) not in _EVENTS:
            return _ABOUT_NO_MAIL
        sent_under = _tag(event["mail"], "ses:configuration-set")
        if configuration_set and sent_under not in ("", configuration_set):
            raise ValueError("sent under another configuration set")
        if account and event["mail"].get("sendingAccountId", account) != account:
            raise ValueError("sent by another account")
        return _event(event)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableEvent(type(error).__name__) from None


def _name(event: Mapping[str, Any]) -> str:
    return str(event.get("eventType") or event["notificationType"])


def _event(event: Mapping[str, Any]) -> SesEvent:
    name = _name(event)
    mail = event["mail"]
    details = event.get(name[0].lower() + name[1:]) or {}
    return SesEvent(
        kind=_EVENTS.get(name, EventKind.UNKNOWN),
        message=_tag(mail, "message"),
        attempt=_tag(mail, "attempt"),
        partnership=_tag(mail, "partnership"),
        ses_id=str(mail["messageId"]),
        recipients=_recipients(mail, details),
        occurred_at=_moment(details.get("timestamp") or mail["timestamp"]),
        bounce=_bounce(details),
        not_spam=details.get("complaintFeedbackType") == "not-spam",
    )


def _bounce(details: Mapping[str, Any]) -> Bounce:
    kind = details.get("bounceType")
    if kind == "Permanent":
        return Bounce.GONE
    if kind == "Transient":
        return _PASSING_BOUNCES.get(str(details.get("bounceSubType")), Bounce.FOR_NOW)
    return Bounce.NONE if kind is None else Bounce.UNCLEAR


def _tag(mail: Mapping[str, Any], name: str) -> str:
    values = mail.get("tags", {}).get(name, [""])
    return str(values[0])


def _recipients(mail: Mapping[str, Any], details: Mapping[str, Any]) -> tuple[str, ...]:
    for group in ("bouncedRecipients", "complainedRecipients", "delayedRecipients"):
        if group in details:
            return tuple(str(recipient["emailAddress"]) for recipient in details[group])
    return tuple(str(recipient) for recipient in mail["destination"])


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)
