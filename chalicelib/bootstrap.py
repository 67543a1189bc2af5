"""The composition root: real parts put together, on first use."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from chalicelib.domain.allowance import Limits
from chalicelib.domain.delivery_event import SesEvent
from chalicelib.messages.links import Links
from chalicelib.ports import DueRow, Inbox, Notice, World
from chalicelib.settings import Settings
from chalicelib.use_cases.delivering import Letterhead
from chalicelib.use_cases.pacing import Pacing

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.config import Config
    from mypy_boto3_sqs import SQSClient


class GiveBack(Protocol):
    """Lets a queue's record come back after a while."""

    def __call__(self, *, queue_arn: str, receipt_handle: str, after_seconds: int) -> None:
        """Hand back one record that was received under this handle."""


@dataclass(frozen=True)
class Pluim:
    """One running Pluim: its world, letterhead and clock, how it reads its queues, its pace."""

    world: World
    letterhead: Letterhead
    clock: Callable[[], datetime]
    read_event: Callable[[str], SesEvent]
    read_hint: Callable[[str], DueRow]
    read_notice: Callable[[str], Notice]
    inbox: Inbox
    give_back: GiveBack
    pacing: Pacing = field(default_factory=Pacing)

    @property
    def links(self) -> Links:
        """Where links point."""
        return self.letterhead.links


_running: list[Pluim] = []


def pluim() -> Pluim:
    """The running Pluim, built when first asked for. Raises `MissingSettings`."""
    if not _running:
        _running.append(build(Settings.from_environment(os.environ)))
    return _running[0]


def serve(other: Pluim | None) -> None:
    """Run this Pluim from now on, for tests that bring their own parts; None builds a new one."""
    _running[:] = [other] if other else []


def build(settings: Settings, *, clock: Callable[[], datetime] | None = None) -> Pluim:
    """Put the real adapters together. Imports them only now, so that importing the app is quick.

    Whoever wants another time than it is brings a `clock`.
    """
    import boto3

    from chalicelib.adapters.s3 import S3Inbox
    from chalicelib.adapters.ses import read_event
    from chalicelib.adapters.ses_notices import read_notice
    from chalicelib.adapters.sqs import give_back, read_hint, sqs_client

    tell_time = clock or _now
    session = boto3.Session()
    queues = sqs_client(session)
    return Pluim(
        world=_world(settings, session, queues=queues, clock=tell_time),
        letterhead=_letterhead(settings, region=session.region_name),
        clock=tell_time,
        read_event=partial(
            read_event, configuration_set=settings.configuration_set, account=settings.account
        ),
        read_hint=read_hint,
        read_notice=partial(read_notice, bucket=settings.inbound_bucket),
        inbox=S3Inbox(
            client=session.client("s3", config=_patience()), bucket=settings.inbound_bucket
        ),
        give_back=partial(give_back, queues),
        pacing=Pacing(wait=time.sleep),
    )


def _world(
    settings: Settings, session: Session, *, queues: SQSClient, clock: Callable[[], datetime]
) -> World:
    from chalicelib.adapters.dynamodb.store import DynamoStore
    from chalicelib.adapters.secretsmanager import ManagedSecrets
    from chalicelib.adapters.ses import SesMailer, ses_client
    from chalicelib.adapters.sqs import SqsHints

    return World(
        store=DynamoStore(
            client=session.client("dynamodb", config=_patience()), table=settings.table, clock=clock
        ),
        hints=SqsHints(
            client=queues,
            urgent=settings.urgent_queue,
            ordinary=settings.ordinary_queue,
            work=settings.work_queue,
        ),
        mailer=SesMailer(client=ses_client(session), configuration_set=settings.configuration_set),
        secrets=ManagedSecrets(
            client=session.client("secretsmanager", config=_patience()),
            pepper=settings.pepper_secret,
            signing_key=settings.signing_secret,
            clock=clock,
        ),
        limits=Limits(settings.strangers_an_hour, settings.unasked_days),
        pause=wait_a_while,
    )


def _letterhead(settings: Settings, *, region: str) -> Letterhead:
    from chalicelib.adapters.ses import message_id_domain

    return Letterhead(
        sender=settings.sender,
        rsvp_domain=settings.rsvp_domain,
        links=Links(settings.base_url),
        ses_domain=message_id_domain(region),
    )


def _patience() -> Config:
    """Three attempts of three seconds, which the client makes by itself."""
    from botocore.config import Config

    return Config(
        connect_timeout=3, read_timeout=3, retries={"total_max_attempts": 3, "mode": "standard"}
    )


def wait_a_while(attempt: int) -> None:
    """Wait for a moment by chance, which may be longer at each attempt; for a second at most."""
    time.sleep(random.uniform(0, min(1.0, 0.05 * 2**attempt)))  # noqa: S311 - spreads load


def _now() -> datetime:
    return datetime.now(UTC)
