"""The demo village in this process, with its doors open: for whoever looks at it or measures it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

import boto3
from botocore import UNSIGNED
from chalice.config import Config
from chalice.local import ForbiddenError, LambdaEventConverter, LocalGateway

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.s3 import S3Inbox
from chalicelib.adapters.secretsmanager import ManagedSecrets
from chalicelib.adapters.ses import SesMailer, message_id_domain, read_event, ses_client
from chalicelib.adapters.ses_notices import read_notice
from chalicelib.adapters.sqs import SqsHints, give_back, read_hint, sqs_client
from chalicelib.domain.access import Purpose, Session, Token, token_digest
from chalicelib.domain.mail_account import MailAccount
from chalicelib.domain.message import Message
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Language
from chalicelib.entrypoints import http
from chalicelib.entrypoints.cookies import SESSION, cookie_name, csrf_token, fresh_key
from chalicelib.messages.links import Links, page_path
from chalicelib.ports import Envelope, Mailer, SendResult, World
from chalicelib.use_cases import stopping
from chalicelib.use_cases.delivering import Letterhead
from infra.local.demo import found_demo
from infra.local.demo_story import SLUG
from infra.local.moto_aws import moto_aws
from infra.resources import INBOUND_BUCKET, provision

LINKS = Links("https://pluim.example")
REGION = "eu-west-1"
SENDER_DOMAIN = "pluim.example"
RSVP_DOMAIN = "rsvp.pluim.example"
ELSEWHERE = "203.0.113.7"
"""An address in a network of somebody's own, from which forms are counted."""


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """What time it is."""
        return self.now

    def wait(self, span: timedelta) -> None:
        """Let this much time pass."""
        self.now += span


@dataclass
class KeepingMailer:
    """Passes every mail on to another mailer, and keeps it for who wants to read it."""

    mailer: Mailer
    kept: list[Envelope] = field(default_factory=list)

    def account(self, *, now: datetime) -> MailAccount | None:  # noqa: ARG002
        """Nothing limits what is only looked at."""
        return None

    def send(self, envelope: Envelope) -> SendResult:
        """Keep it, then let the other one send it."""
        self.kept.append(envelope)
        return self.mailer.send(envelope)


@dataclass(frozen=True)
class Page:
    """What a visitor got."""

    status: int
    html: str
    cookies: Mapping[str, str]


@dataclass(frozen=True)
class Visitor:
    """Somebody's browser at the doors, in one language; redirects are theirs to follow.

    `address` is where the gateway sees it come from: by default this machine.
    """

    language: Language = Language.DUTCH
    cookies: Mapping[str, str] = field(default_factory=dict)
    slug: str = SLUG
    address: str = LambdaEventConverter.LOCAL_SOURCE_IP

    @property
    def _session(self) -> str:
        return self.cookies.get(cookie_name(SESSION, LINKS), "")

    def reading(self, language: Language) -> Visitor:
        """The same visitor, in another language."""
        return replace(self, language=language)

    def path(self, path: str) -> str:
        """The whole path of a page below the partnership (`/muur`)."""
        return page_path(self.slug, self.language, path)

    def get(self, path: str) -> Page:
        """Open a page below the partnership."""
        return self._request("GET", path, b"", {})

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """Send a form from a page of ours."""
        body = urlencode({"csrf": csrf_token(self._session), **fields}).encode()
        sent = {"origin": LINKS.origin, "content-type": http.FORM}
        return self._request("POST", path, body, sent)

    def _request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Page:
        from app import app

        sent = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        gateway = LocalGateway(app, Config())
        gateway.event_converter.LOCAL_SOURCE_IP = self.address
        try:
            answer = gateway.handle_request(method, self.path(path), {**sent, **headers}, body)
        except ForbiddenError:
            reply = http.error_page(http.ErrorView(404), language=self.language)
            return Page(reply.status, reply.body, self.cookies)
        pairs = [
            cookie.partition(";")[0].partition("=")
            for cookie in answer["multiValueHeaders"].get("Set-Cookie", [])
        ]
        return Page(
            status=answer["statusCode"],
            html=answer["body"],
            cookies={**self.cookies, **{name: value for name, _, value in pairs}},
        )


@dataclass(frozen=True)
class Village:
    """Everything that runs in it. `aws` makes clients whose calls are answered in this process."""

    world: World
    clock: Clock
    mails: list[Envelope]
    aws: boto3.Session
    environment: Mapping[str, str]

    @property
    def partnership(self) -> Partnership:
        """The demo partnership as it is now."""
        return self.world.store.partnership(SLUG)

    def coordinator(self, person_id: str, *, slug: str = SLUG) -> Visitor:
        """The browser of a coordinator who has just signed in."""
        token = fresh_key()
        self.world.store.save(Session(slug, token_digest(token), person_id, self.clock()))
        return Visitor(cookies={cookie_name(SESSION, LINKS): token}, slug=slug)

    def key(self, purpose: Purpose, subject: str) -> str:
        """The token of a private link, as a mail would have brought it."""
        token = self.world.secrets.token()
        expires = self.clock() + timedelta(days=365)
        self.world.store.save(Token(SLUG, token_digest(token), purpose, subject, expires))
        return token

    def stop_key(self, mail: Message) -> str:
        """The token of the link at the foot of a mail."""
        return stopping.stop_token(self.world, mail, now=self.clock())


@contextmanager
def village(aws: boto3.Session, *, now: datetime) -> Iterator[Village]:
    """Found the demo village, and open its doors until the end of the block."""
    # Moto reads no signature, and making one takes a while.
    aws.events.register("choose-signer.dynamodb", lambda **_: UNSIGNED)
    with moto_aws():
        environment = provision(
            dynamodb=aws.client("dynamodb"),
            sqs=aws.client("sqs"),
            secretsmanager=aws.client("secretsmanager"),
            s3=aws.client("s3"),
        )
        for domain in (SENDER_DOMAIN, RSVP_DOMAIN):
            aws.client("sesv2").create_email_identity(EmailIdentity=domain)
        clock = Clock(now)
        world, mails = _world(aws, environment, clock)
        bootstrap.serve(_pluim(aws, world, clock))
        try:
            found_demo(world, now=now)
            yield Village(world, clock, mails, aws, environment)
        finally:
            bootstrap.serve(None)


def _world(
    aws: boto3.Session, environment: Mapping[str, str], clock: Clock
) -> tuple[World, list[Envelope]]:
    """The real adapters on a session of ours, so that whoever counts can listen to its calls."""
    mailer = KeepingMailer(
        SesMailer(client=ses_client(aws), configuration_set=environment["PLUIM_CONFIGURATION_SET"])
    )
    world = World(
        store=DynamoStore(
            client=aws.client("dynamodb"), table=environment["PLUIM_TABLE"], clock=clock
        ),
        hints=SqsHints(
            client=sqs_client(aws),
            urgent=environment["PLUIM_URGENT_QUEUE"],
            ordinary=environment["PLUIM_ORDINARY_QUEUE"],
            work=environment["PLUIM_WORK_QUEUE"],
        ),
        mailer=mailer,
        secrets=ManagedSecrets(
            client=aws.client("secretsmanager"),
            pepper=environment["PLUIM_PEPPER_SECRET"],
            signing_key=environment["PLUIM_SIGNING_SECRET"],
            clock=clock,
        ),
    )
    return world, mailer.kept


def _pluim(aws: boto3.Session, world: World, clock: Clock) -> bootstrap.Pluim:
    letterhead = Letterhead(
        sender=f"pluim@{SENDER_DOMAIN}",
        rsvp_domain=RSVP_DOMAIN,
        links=LINKS,
        ses_domain=message_id_domain(REGION),
    )
    return bootstrap.Pluim(
        world=world,
        letterhead=letterhead,
        clock=clock,
        read_event=read_event,
        read_hint=read_hint,
        read_notice=partial(read_notice, bucket=INBOUND_BUCKET),
        inbox=S3Inbox(client=aws.client("s3"), bucket=INBOUND_BUCKET),
        give_back=partial(give_back, sqs_client(aws)),
    )
