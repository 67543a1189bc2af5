"""Every answer that SES can give is sorted: sent, certainly not sent, never, or unknown."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.credentials import CredentialResolver
from botocore.exceptions import (
    ConnectTimeoutError,
    CredentialRetrievalError,
    HTTPClientError,
    ProxyConnectionError,
    SSLError,
)

from chalicelib.adapters.ses import SesMailer, UnreadableEvent, read_event, ses_client
from chalicelib.domain.delivery_event import Bounce, EventKind
from chalicelib.domain.people import EmailAddress
from chalicelib.ports import Accepted, Again, Envelope, Never, SendResult, Unknown

ENVELOPE = Envelope(
    sender="pluim@dorp.example",
    recipient=EmailAddress("bo@example.org"),
    content=b"From: <pluim@dorp.example>\r\nTo: <bo@example.org>\r\nSubject: Hoi\r\n\r\nHoi\r\n",
    tags={"message": "thanks-n1-h1-0", "attempt": "1", "partnership": "dorp"},
)
NOT_VERIFIED = (
    "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
)

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Ses:
    """A server on this machine that answers as it is told, and remembers what it was asked."""

    answer: Answer
    requests: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0


def says(status: int, body: object = None, *, error: str = "") -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        if error:
            request.send_header("x-amzn-ErrorType", error)
        request.end_headers()
        request.wfile.write(content)

    return answer


def refuses(error: str, message: str = "", *, status: int = 400) -> Answer:
    return says(status, {"message": message}, error=error)


def wait_for(event: threading.Event) -> None:
    event.wait(30)


def resets(request: BaseHTTPRequestHandler) -> None:
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


def hangs_up(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True


@contextmanager
def listening(answer: Answer) -> Iterator[tuple[Ses, str]]:
    ses = Ses(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            ses.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            ses.requests.append(json.loads(body))
            ses.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A connection that we broke ourselves is no news."""

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield ses, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def mailer(aws: boto3.Session, url: str, *, read_timeout: float = 5) -> SesMailer:
    client = ses_client(aws, read_timeout=read_timeout, endpoint_url=url)
    return SesMailer(client=client, configuration_set="pluim")


def sent_to(aws: boto3.Session, answer: Answer, envelope: Envelope = ENVELOPE) -> SendResult:
    with listening(answer) as (ses, url):
        result = mailer(aws, url).send(envelope)
    assert len(ses.requests) == 1
    return result


def raising(aws: boto3.Session, problem: Exception) -> SendResult:
    """Send through a client on which this goes wrong instead of an HTTP attempt."""

    def go_wrong(**_: object) -> None:
        raise problem

    client = ses_client(aws, endpoint_url="http://127.0.0.1:9")
    client.meta.events.register_first("before-send.sesv2.SendEmail", go_wrong)
    return SesMailer(client=client, configuration_set="pluim").send(ENVELOPE)


def test_an_accepted_mail_brings_its_id(aws: boto3.Session) -> None:
    assert sent_to(aws, says(200, {"MessageId": "0102-abc"})) == Accepted("0102-abc")


def test_the_request_names_one_recipient_the_tags_and_the_configuration_set(
    aws: boto3.Session,
) -> None:
    with listening(says(200, {"MessageId": "0102-abc"})) as (ses, url):
        mailer(aws, url).send(ENVELOPE)

    (request,) = ses.requests
    assert base64.b64decode(request.pop("Content")["Raw"]["Data"]) == ENVELOPE.content
    assert request == {
        "FromEmailAddress": "pluim@dorp.example",
        "Destination": {"ToAddresses": ["bo@example.org"]},
        "ConfigurationSetName": "pluim",
        "EmailTags": [
            {"Name": "message", "Value": "thanks-n1-h1-0"},
            {"Name": "attempt", "Value": "1"},
            {"Name": "partnership", "Value": "dorp"},
        ],
    }


def test_every_mail_has_a_connection_of_its_own(aws: boto3.Session) -> None:
    with listening(says(200, {"MessageId": "0102-abc"})) as (ses, url):
        one = mailer(aws, url)
        one.send(ENVELOPE)
        one.send(ENVELOPE)

    assert ses.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        says(200),
        says(200, {"MessageId": ""}),
        says(200, b"<html>"),
        says(200, b"[1]"),
        says(200, b"\xff\xfe"),
        says(204),
        says(302, error="Found"),
        says(500),
        refuses("InternalServiceErrorException", status=500),
        refuses("TooManyRequestsException", status=503),
        says(502, b"<html>Bad gateway</html>"),
        refuses("ConflictException", status=409),
        refuses("RequestTimeoutException", status=408),
        refuses("SomethingNewException"),
        says(400),
        resets,
        hangs_up,
    ],
)
def test_what_is_not_on_the_list_is_unknown(aws: boto3.Session, answer: Answer) -> None:
    assert isinstance(sent_to(aws, answer), Unknown)


@pytest.mark.parametrize(
    "answer",
    [
        refuses("TooManyRequestsException", status=429),
        says(429),
        refuses("ThrottlingException", "Maximum sending rate exceeded."),
    ],
)
def test_too_fast_is_tried_again(aws: boto3.Session, answer: Answer) -> None:
    result = sent_to(aws, answer)

    assert isinstance(result, Again)
    assert not result.account_fault


@pytest.mark.parametrize(
    "answer",
    [
        refuses("LimitExceededException"),
        refuses("SendingPausedException"),
        refuses("AccountSuspendedException"),
        refuses("MailFromDomainNotVerifiedException"),
        refuses("NotFoundException", status=404),
        refuses("AccessDeniedException", status=403),
        refuses("InvalidSignatureException", status=403),
        refuses("MessageRejected", NOT_VERIFIED + "pluim@dorp.example"),
        refuses("MessageRejected", NOT_VERIFIED + "bo@example.org, Pluim <pluim@DORP.example>"),
        refuses("MessageRejected", NOT_VERIFIED + "dorp.example"),
    ],
)
def test_a_fault_of_the_account_is_tried_again_and_told(aws: boto3.Session, answer: Answer) -> None:
    result = sent_to(aws, answer)

    assert isinstance(result, Again)
    assert result.account_fault


@pytest.mark.parametrize(
    "answer",
    [
        refuses("BadRequestException", "Invalid header"),
        refuses("BadRequestException", NOT_VERIFIED + "dorp.example"),
        refuses("MessageRejected", "Contains a virus"),
        refuses("MessageRejected", NOT_VERIFIED + "bo@example.org"),
        refuses("MessageRejected", NOT_VERIFIED + "bo@other-dorp.example"),
    ],
)
def test_a_mail_that_ses_will_never_take_is_not_tried_again(
    aws: boto3.Session, answer: Answer
) -> None:
    assert isinstance(sent_to(aws, answer), Never)


def test_reasons_hold_no_address(aws: boto3.Session) -> None:
    result = sent_to(aws, refuses("MessageRejected", NOT_VERIFIED + "bo@example.org"))

    assert result == Never("MessageRejected")


def test_a_mail_that_botocore_refuses_is_never_sent(aws: boto3.Session) -> None:
    broken = Envelope("pluim@dorp.example", EmailAddress("bo@example.org"), b"", {"message": 1})  # type: ignore[dict-item]

    with listening(says(200, {"MessageId": "0102-abc"})) as (ses, url):
        assert isinstance(mailer(aws, url).send(broken), Never)

    assert ses.requests == []


def test_no_answer_in_time_is_unknown(aws: boto3.Session) -> None:
    over = threading.Event()

    with listening(lambda _: wait_for(over)) as (ses, url):
        result = mailer(aws, url, read_timeout=0.2).send(ENVELOPE)
        over.set()

    assert result == Unknown("ReadTimeoutError")
    assert len(ses.requests) == 1


def test_a_refused_connection_is_tried_again(aws: boto3.Session) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        assert mailer(aws, url).send(ENVELOPE) == Again("EndpointConnectionError")


def test_without_credentials_nothing_was_sent() -> None:
    nobody = botocore.session.Session()
    nobody.register_component("credential_provider", CredentialResolver([]))
    stranger = boto3.Session(botocore_session=nobody, region_name="eu-west-1")

    with listening(says(200, {"MessageId": "0102-abc"})) as (ses, url):
        assert mailer(stranger, url).send(ENVELOPE) == Again("NoCredentialsError")

    assert ses.requests == []


@pytest.mark.parametrize(
    "problem",
    [
        ConnectTimeoutError(endpoint_url="https://ses"),
        CredentialRetrievalError(provider="role", error_msg="no"),
    ],
)
def test_what_fails_before_the_request_is_tried_again(
    aws: boto3.Session, problem: Exception
) -> None:
    assert raising(aws, problem) == Again(type(problem).__name__)


@pytest.mark.parametrize(
    "problem",
    [
        HTTPClientError(error="?"),
        SSLError(endpoint_url="https://ses", error=OSError("?")),
        ProxyConnectionError(proxy_url="http://proxy"),
        KeyError("?"),
    ],
)
def test_what_may_fail_after_the_request_is_unknown(aws: boto3.Session, problem: Exception) -> None:
    assert raising(aws, problem) == Unknown(type(problem).__name__)


MAIL = {
    "timestamp": "2026-11-20T09:00:00.000Z",
    "messageId": "0102-abc",
    "destination": ["bo@example.org"],
    "tags": {
        "ses:configuration-set": ["pluim"],
        "message": ["thanks-n1-h1-0"],
        "attempt": ["2"],
        "partnership": ["dorp"],
    },
}


def told(kind: str, mail: object = MAIL, **details: object) -> str:
    return json.dumps({"eventType": kind, "mail": mail, kind[0].lower() + kind[1:]: details})


def test_an_event_finds_the_message_by_its_tags() -> None:
    event = read_event(told("Send"))

    assert (event.partnership, event.message, event.attempt) == ("dorp", "thanks-n1-h1-0", "2")
    assert event.ses_id == "0102-abc"
    assert event.recipients == ("bo@example.org",)
    assert event.occurred_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Send", EventKind.SEND),
        ("Delivery", EventKind.DELIVERY),
        ("DeliveryDelay", EventKind.DELAY),
        ("Bounce", EventKind.BOUNCE),
        ("Complaint", EventKind.COMPLAINT),
        ("Reject", EventKind.REJECT),
        ("Open", EventKind.UNKNOWN),
        ("Rendering Failure", EventKind.UNKNOWN),
        ("Teleportation", EventKind.UNKNOWN),
    ],
)
def test_every_kind_of_event_is_known_or_called_unknown(name: str, kind: EventKind) -> None:
    assert read_event(told(name)).kind is kind


@pytest.mark.parametrize(
    ("kind", "why", "bounce"),
    [
        ("Permanent", "NoEmail", Bounce.GONE),
        ("Permanent", "SomethingNew", Bounce.GONE),
        ("Transient", "General", Bounce.FOR_NOW),
        ("Transient", "MailboxFull", Bounce.FULL),
        ("Transient", "MessageTooLarge", Bounce.TOO_LARGE),
        ("Transient", "ContentRejected", Bounce.UNWANTED),
        ("Transient", "SomethingNew", Bounce.FOR_NOW),
        ("Undetermined", "Undetermined", Bounce.UNCLEAR),
        ("SomethingNew", "MailboxFull", Bounce.UNCLEAR),
    ],
)
def test_every_bounce_is_told_apart(kind: str, why: str, bounce: Bounce) -> None:
    bounced = [{"emailAddress": "bo@example.org", "status": "5.1.1"}]

    event = read_event(
        told(
            "Bounce",
            bounceType=kind,
            bounceSubType=why,
            bouncedRecipients=bounced,
            timestamp="2026-11-20T09:00:05Z",
        )
    )

    assert event.bounce is bounce
    assert event.recipients == ("bo@example.org",)
    assert event.occurred_at == datetime(2026, 11, 20, 9, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(("feedback", "not_spam"), [("abuse", False), ("not-spam", True)])
def test_a_complaint_that_was_none_is_recognised(feedback: str, not_spam: bool) -> None:
    complained = [{"emailAddress": "bo@example.org"}]

    event = read_event(
        told("Complaint", complainedRecipients=complained, complaintFeedbackType=feedback)
    )

    assert event.not_spam is not_spam
    assert event.recipients == ("bo@example.org",)


def test_a_delay_names_whom_it_concerns() -> None:
    delayed = [{"emailAddress": "bo@example.org", "status": "4.4.1"}]

    event = read_event(told("DeliveryDelay", delayType="MailboxFull", delayedRecipients=delayed))

    assert event.recipients == ("bo@example.org",)


def test_feedback_of_an_identity_is_read_too_but_has_no_tags() -> None:
    mail = {name: value for name, value in MAIL.items() if name != "tags"}
    body = {"notificationType": "Bounce", "mail": mail, "bounce": {"bounceType": "Permanent"}}

    event = read_event(json.dumps(body), configuration_set="pluim")

    assert event.kind is EventKind.BOUNCE
    assert (event.partnership, event.message, event.attempt) == ("", "", "")


def test_fields_that_came_later_do_no_harm() -> None:
    event = read_event(told("Delivery", mail={**MAIL, "mood": ["sunny"]}, smell="roses"))

    assert event.kind is EventKind.DELIVERY


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "[]",
        "null",
        "{}",
        '{"eventType": "Send"}',
        '{"eventType": "", "mail": {}}',
        '{"Type": "SubscriptionConfirmation"}',
        "[" * 100_000,
        told("Send", mail={**MAIL, "timestamp": "yesterday"}),
        told("Send", mail={**MAIL, "timestamp": "2026-11-20T09:00:00"}),
        told("Send", mail={**MAIL, "tags": ["message"]}),
        told("Send", mail={**MAIL, "tags": {"message": []}}),
        told("Bounce", bouncedRecipients=["bo@example.org"]),
    ],
)
def test_what_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(UnreadableEvent):
        read_event(body)


@pytest.mark.parametrize(
    "body",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.\n",
        '{"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have subscribed."}',
        '{"eventType": "SomethingNew"}',
    ],
)
def test_what_ses_says_about_no_mail_is_taken_and_means_nothing(body: str) -> None:
    event = read_event(body, configuration_set="pluim", account="123456789012")

    assert (event.kind, event.message, event.recipients) == (EventKind.UNKNOWN, "", ())


def test_events_of_another_configuration_set_are_refused() -> None:
    assert read_event(told("Send"), configuration_set="pluim").message == "thanks-n1-h1-0"

    with pytest.raises(UnreadableEvent):
        read_event(told("Send"), configuration_set="somebody-elses")


def test_events_of_another_account_are_refused() -> None:
    ours = {**MAIL, "sendingAccountId": "123456789012"}
    assert read_event(told("Send", mail=ours), account="123456789012").ses_id == "0102-abc"
    assert read_event(told("Send"), account="123456789012").ses_id == "0102-abc"

    with pytest.raises(UnreadableEvent):
        read_event(told("Send", mail=ours), account="210987654321")
