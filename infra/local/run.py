"""`make run`: all of Pluim in one process on this machine."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from infra.local.environment import describe_installation, shut_out_aws
from infra.local.options import (
    Account,
    CannotStart,
    LocalAws,
    Options,
    check_start,
    holding,
    read_options,
)

# Whatever is slow to import is imported where it is used, so that a mistake is told at once.
if TYPE_CHECKING:
    from infra.local.maildrop import Maildrop
    from infra.local.pump import Bell
    from infra.local.receiving import Postbox
    from infra.local.state import State

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Start, serve until Ctrl-C or a signal to stop, and keep the state; gives the exit status."""
    logging.basicConfig(format="%(name)s: %(message)s", level=logging.WARNING)
    for stop in _STOPS:
        signal.signal(stop, _interrupt)
    try:
        options = read_options(os.environ)
        check_start(options)
        with holding(options.data):
            _run(options)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before it had started.")
    return 0


def _interrupt(*_: object) -> NoReturn:
    """Treat every signal to stop as Ctrl-C, the first time; what follows must not be cut short."""
    for stop in _STOPS:
        signal.signal(stop, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(options: Options) -> None:
    from infra.templates.build import ready_or_stop

    print("Starting Pluim ...", flush=True)
    ready_or_stop()
    shut_out_aws(os.environ)
    describe_installation(os.environ, options=options)
    with _aws(options) as bell, _pluim(options, bell):
        print(_welcome(options), flush=True)
        _wait_for_ctrl_c()
        with suppress(OSError):  # The terminal may be what went away.
            print("\nStopping ...", flush=True)


@contextmanager
def _aws(options: Options) -> Iterator[Bell]:
    """Play AWS until the end of the block; gives the bell that rings when something was queued."""
    from infra.local.pump import Bell

    if options.aws is LocalAws.MINISTACK:
        from infra.local.ministack_aws import ministack_aws

        print("  starting ministack; it keeps everything in memory, so nothing stays", flush=True)
        _folder(options).mkdir(exist_ok=True)
        with ministack_aws(log=_folder(options) / "ministack.log") as address:
            os.environ["AWS_ENDPOINT_URL"] = address
            # Nobody rings it from another process, so the pump has to look often.
            yield Bell(nap=timedelta(milliseconds=100))
    else:
        from infra.local.moto_aws import moto_aws

        bell = Bell(nap=timedelta(seconds=1))
        with moto_aws(queued=bell.ring):
            yield bell


@contextmanager
def _pluim(options: Options, bell: Bell) -> Iterator[None]:
    """All of Pluim over the AWS that is being played; filled at the start, kept at the end."""
    import boto3

    from infra.local.maildrop import Maildrop
    from infra.local.state import State
    from infra.resources import provision

    session: Any = boto3.Session()
    dynamodb, sqs = session.client("dynamodb"), session.client("sqs")
    secretsmanager = session.client("secretsmanager")
    s3 = session.client("s3")
    os.environ.update(provision(dynamodb=dynamodb, sqs=sqs, secretsmanager=secretsmanager, s3=s3))
    maildrop = Maildrop(_folder(options) / "mail")
    state = State(_folder(options) / "state.jsonl", dynamodb, secretsmanager)
    with _ses(maildrop, sqs, options.account):
        _set_clock(options)
        _fill(state, maildrop, reset=options.reset)
        _set(options)
        try:
            with _app(options, maildrop, _postbox(sqs, s3), sqs, bell):
                yield
        finally:
            if options.aws is LocalAws.MOTO:
                state.save()


def _set_clock(options: Options) -> None:
    """Let Pluim live at another time, if that was asked for, from which its clock goes on."""
    if options.starts_at is None:
        return
    from chalicelib import bootstrap
    from chalicelib.settings import Settings

    ahead = options.starts_at - datetime.now(UTC)
    settings = Settings.from_environment(os.environ)
    bootstrap.serve(bootstrap.build(settings, clock=lambda: datetime.now(UTC) + ahead))


def _folder(options: Options) -> Path:
    """Where mails and state are kept; apart for ministack, whose rows do not outlive a run."""
    return options.data / "ministack" if options.aws is LocalAws.MINISTACK else options.data


@contextmanager
def _ses(maildrop: Maildrop, sqs: Any, stands: Account) -> Iterator[None]:
    """Take mails until the end of the block, and tell what became of them through the queue."""
    from infra.local.functions import SES_EVENTS_QUEUE
    from infra.local.sink import Sink, serving

    queue = sqs.get_queue_url(QueueName=SES_EVENTS_QUEUE)["QueueUrl"]
    sink = Sink(
        maildrop=maildrop,
        configuration_sets=frozenset({os.environ["PLUIM_CONFIGURATION_SET"]}),
        tell=lambda event: sqs.send_message(QueueUrl=queue, MessageBody=event),
        stands=stands,
    )
    with serving(sink) as address:
        os.environ["AWS_ENDPOINT_URL_SESV2"] = address
        yield


def _fill(state: State, maildrop: Maildrop, *, reset: bool) -> None:
    """Bring back what an earlier run kept, or start with a demo; raises `CannotStart`."""
    from infra.local.state import UnreadableState

    if state.exists and not reset:
        try:
            state.restore()
        except UnreadableState:
            raise CannotStart(
                f"{state.file} is damaged, or another version of Pluim made it: "
                "make run RESET=1 throws it away and starts with fresh demo data."
            ) from None
        return
    from chalicelib import bootstrap
    from infra.local.demo import found_demo

    print("  building the demo partnership", flush=True)
    state.forget()
    maildrop.empty()
    pluim = bootstrap.pluim()
    found_demo(pluim.world, now=pluim.clock())


def _set(options: Options) -> None:
    """Change settings of the demo partnership; raises `CannotStart`."""
    from chalicelib import bootstrap
    from infra.admin import SETTINGS, CannotDo, change_setting
    from infra.local.demo_story import SLUG

    for name, value in options.settings:
        if name not in SETTINGS:
            raise CannotStart(f"There is no setting {name}: it is one of {', '.join(SETTINGS)}.")
        try:
            change_setting(bootstrap.pluim().world, slug=SLUG, name=name, value=value)
        except CannotDo as problem:
            raise CannotStart(str(problem)) from None


def _postbox(sqs: Any, s3: Any) -> Postbox:
    from infra.local.functions import INBOUND_QUEUE
    from infra.local.receiving import Postbox

    queue = sqs.get_queue_url(QueueName=INBOUND_QUEUE)["QueueUrl"]
    return Postbox(s3=s3, sqs=sqs, bucket=os.environ["PLUIM_INBOUND_BUCKET"], queue_url=queue)


@contextmanager
def _app(
    options: Options, maildrop: Maildrop, postbox: Postbox, sqs: Any, bell: Bell
) -> Iterator[None]:
    """Serve the pages, and run what queues and clocks start, until the end of the block."""
    from app import app

    app.log.setLevel(logging.WARNING)  # What goes well would bury what a developer looks for.
    from infra.local.demo_story import SLUG
    from infra.local.functions import pumping
    from infra.local.mailbox import Mailbox
    from infra.local.receiving import taking_from
    from infra.local.web import Site, error_page, serving_pages
    from infra.templates.watch import Watch

    site = Site(
        base_url=options.base_url,
        app=app,
        mailbox=Mailbox(maildrop, send=postbox.take),
        front_page=f"/{SLUG}",
        error_page=error_page,
        before_page=Watch(),
    )
    inbox = _folder(options) / "inbox"
    with (
        serving_pages(site, port=options.port),
        pumping(app, sqs, bell=bell),
        taking_from(inbox, postbox),
    ):
        yield


def _welcome(options: Options) -> str:
    from infra.local.demo_story import COORDINATOR, SLUG
    from infra.local.mailbox import ROOT

    pages = f"{options.base_url}/{SLUG}"
    return f"""
Pluim runs. Ctrl-C stops it{_stays(options)}

  the form       {pages}/bedank
  the wall       {pages}/muur
  the desk       {pages}/beheer
                 sign in as {COORDINATOR}; the code arrives in the mailbox
  the mailbox    {options.base_url}{ROOT}
  mail to Pluim  drop an .eml in {_folder(options) / "inbox"}

Every page is there in English too: {options.base_url}/en/{SLUG}/bedank"""


def _stays(options: Options) -> str:
    if options.aws is LocalAws.MINISTACK:
        return ", and nothing stays."
    return f"; what you did stays in {options.data} (make run RESET=1 starts over)."


def _wait_for_ctrl_c() -> None:
    never = threading.Event()
    try:
        while not never.wait(1):  # Wakes now and then, so that a signal to another thread is seen.
            pass
    except KeyboardInterrupt:
        return
