"""Inviting a whole town: 2,000 guests through the coordinator's door, on ministack.

Moto copies its tables for each transaction, so it gets slower with every row. Ministack does not.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from chalicelib import bootstrap
from chalicelib.domain.access import Session, token_digest
from chalicelib.domain.people import EmailAddress, Person, Side
from chalicelib.entrypoints.cookies import SESSION, csrf_token, fresh_key
from chalicelib.entrypoints.http import FORM
from chalicelib.use_cases import founding
from infra.bench.report import Table
from infra.bench.runner import free_port, status_of
from infra.local import run
from infra.local.demo_story import SLUG
from infra.local.ministack_aws import PROGRAM
from infra.local.options import HOST
from infra.local.pump import Handler

HEADING = "## Inviting 2,000 guests"
GUESTS = 2_000
LONGEST_RUN_ALLOWED = 30
"""Seconds that no function may run longer than, however many guests there are."""

_PATIENCE_SECONDS = 540
_NAMES = ("work", "deliver_ordinary", "sweep", "events")


@dataclass
class Runs:
    """How long each run of a function took, and how often it called AWS."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def timed(self, name: str, handler: Handler) -> Handler:
        """The same handler, with each of its runs written down."""

        def run_it(event: dict[str, Any], context: Any) -> Any:
            began = time.monotonic()
            _running.name = name
            try:
                return handler(event, context)
            finally:
                _running.name = ""
                self.seconds.setdefault(name, []).append(time.monotonic() - began)

        return run_it

    def longest(self, name: str) -> float:
        """Seconds of the longest run of a function."""
        return max(self.seconds.get(name, [0.0]))


_running = threading.local()


class _Calls(logging.Handler):
    """Counts the requests that botocore says it makes, for the function that made them."""

    def __init__(self, runs: Runs) -> None:
        super().__init__()
        self._runs = runs

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line that tells of a request."""
        name = getattr(_running, "name", "")
        if name and str(record.msg).startswith("Making request for"):
            self._runs.calls[name] = self._runs.calls.get(name, 0) + 1


@dataclass
class _Result:
    """When the coordinator had their page back, all were invited, and all mails had left."""

    answered: float = 0.0
    invited: float = 0.0
    mailed: float = 0.0
    problem: str = ""


def stack_table() -> Table:
    """Run everything in this process on ministack, invite everybody, and stop it again."""
    if not PROGRAM.exists():
        subprocess.run(
            ["bash", "infra/setup.sh", ".venv-stack", "requirements-stack.txt"], check=True
        )
    runs, result = Runs(), _Result()
    with TemporaryDirectory() as data, _counting(runs):
        port = free_port()
        os.environ.update(LOCAL_AWS="ministack", PORT=str(port), DATA=data)
        coordinator = threading.Thread(
            target=_invite_everybody, args=(port, Path(data), result), daemon=True
        )
        coordinator.start()
        if run.main() != 0 or result.problem:
            raise RuntimeError(result.problem or "the local runner did not start")
    return _table(runs, result)


@contextmanager
def _counting(runs: Runs) -> Iterator[None]:
    """Time every function and count its calls, until the end of the block."""
    from app import app

    for name, handler in list(app.handler_map.items()):
        app.handler_map[name] = runs.timed(name, handler)
    log, counter = logging.getLogger("botocore.endpoint"), _Calls(runs)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.addHandler(counter)
    logging.getLogger("pluim").setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.removeHandler(counter)


def _invite_everybody(port: int, data: Path, result: _Result) -> None:
    """What a coordinator does, in a thread of its own; types Ctrl-C at the end, as people do."""
    try:
        _until(lambda: _answers(port), "the form did not answer")
        _add_people()
        _invite(port, data, result)
    except Exception as problem:
        result.problem = str(problem)
    finally:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _answers(port: int) -> bool:
    try:
        return status_of(port, "GET", f"/{SLUG}/bedank") == 200
    except ConnectionError:
        return False


def _add_people() -> None:
    world = bootstrap.pluim().world
    for number in range(GUESTS):
        address = EmailAddress(f"gast{number}@example.org")
        name = f"Gast {number:04}"
        person = Person(SLUG, f"gast-{number}", name, address, Side.CITIZENS)
        founding.add_person(world, person=person)


def _invite(port: int, data: Path, result: _Result) -> None:
    """Invite everybody on the list by the form, then wait until each of them has a mail."""
    world = bootstrap.pluim().world
    session = fresh_key()
    world.store.save(Session(SLUG, token_digest(session), "cleo", datetime.now(UTC)))
    gathering = world.store.gatherings(SLUG).items[0].id
    mails = data / "ministack" / "mail"
    fields = {"iedereen": "ja", "sleutel": fresh_key(), "csrf": csrf_token(session)}
    headers = {
        "Content-Type": FORM,
        "Origin": f"http://{HOST}:{port}",
        "Cookie": f"{SESSION}={session}",
    }
    path = f"/{SLUG}/beheer/bijeenkomsten/{gathering}/gasten"
    began = time.monotonic()
    status = status_of(port, "POST", path, urlencode(fields), **headers)
    result.answered = time.monotonic() - began
    if status != 303:
        raise RuntimeError(f"inviting was answered with status {status}")
    _until(
        lambda: world.store.tally(SLUG, gathering).invited >= GUESTS, "the guests were not invited"
    )
    result.invited = time.monotonic() - began
    _until(
        lambda: len(list(mails.glob("*-gathering_invite*.eml"))) >= GUESTS,
        "the mails did not leave",
    )
    result.mailed = time.monotonic() - began


def _until(is_so: Any, otherwise: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(0.25)
    raise RuntimeError(otherwise)


def _table(runs: Runs, result: _Result) -> Table:
    longest = max(runs.longest(name) for name in runs.seconds)
    calls = sum(runs.calls.get(name, 0) for name in _NAMES)
    verdict = "is below" if longest < LONGEST_RUN_ALLOWED else "is NOT below"
    return Table(
        head=("What", "Measured"),
        rows=(
            ("The coordinator has their page back", f"{result.answered:.2f} s"),
            ("Everybody is invited", f"{result.invited:.0f} s"),
            ("Every mail has left", f"{result.mailed:.0f} s"),
            *(
                (
                    f"Longest run of `{name}`, of {len(runs.seconds[name])}",
                    f"{runs.longest(name):.1f} s",
                )
                for name in _NAMES
                if name in runs.seconds
            ),
            ("Calls for each guest, to invite", f"{runs.calls.get('work', 0) / GUESTS:.2f}"),
            ("Calls for each guest, in all", f"{calls / GUESTS:.1f}"),
        ),
        below=(
            f"`python -m infra.bench --stack` measured this. The longest run of any function "
            f"{verdict} the {LONGEST_RUN_ALLOWED} s that we allow.",
            "Mails leave at ten a second at most, so that no guest list holds up other mail; with "
            "2,000 guests that alone is more than three minutes.",
        ),
    )
