"""Inviting a whole town: thousands of guests through the coordinator's door, on ministack.

Moto answers one request at a time, in this same process. Ministack has a process of its own.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import subprocess
import sys
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

LONGEST_RUN_ALLOWED = 30
"""Seconds that no function may run longer than, however many guests there are."""

_PATIENCE_SECONDS = 540
_PATIENCE_FOR_EACH = 0.5
_MEASURED_AT = (0.2, 0.4, 0.6, 0.8, 1.0)
"""After which shares of the mails it is asked how much memory was taken at most."""
_MAILING = ("deliver_ordinary", "sweep", "events")
_NAMES = ("work", *_MAILING)


class StoppedEarly(Exception):
    """Somebody stopped it before everything was measured."""


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
    mailed: float | None = None
    peak_before: float = 0.0
    peaks: dict[int, float] = field(default_factory=dict)
    problem: str = ""


def stack_table(guests: int, *, mails: int) -> Table:
    """Run everything in this process on ministack, invite everybody, and stop it again.

    It stops when so many mails have left: the later ones are like the earlier ones. Raises
    `StoppedEarly` after Ctrl-C, because what was seen until then says nothing of the rest.
    """
    mails = min(mails or guests, guests)
    if not PROGRAM.exists():
        subprocess.run(
            ["bash", "infra/setup.sh", ".venv-stack", "requirements-stack.txt"], check=True
        )
    runs, result = Runs(), _Result()
    with TemporaryDirectory() as data, _counting(runs):
        port = free_port()
        os.environ.update(LOCAL_AWS="ministack", PORT=str(port), DATA=data)
        coordinator = threading.Thread(
            target=_invite_everybody, args=(port, Path(data), guests, mails, result), daemon=True
        )
        coordinator.start()
        if run.main() != 0 or result.problem:
            raise RuntimeError(result.problem or "the local runner did not start")
    if result.mailed is None:
        raise StoppedEarly
    return _table(runs, result, guests, mails)


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


def _invite_everybody(port: int, data: Path, guests: int, mails: int, result: _Result) -> None:
    """What a coordinator does, in a thread of its own; types Ctrl-C at the end, as people do."""
    try:
        _until(lambda: _answers(port), "the form did not answer")
        _add_people(guests)
        _invite(port, data, guests, mails, result)
    except Exception as problem:
        result.problem = str(problem)
    finally:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _answers(port: int) -> bool:
    try:
        return status_of(port, "GET", f"/{SLUG}/bedank") == 200
    except ConnectionError:
        return False


def _add_people(guests: int) -> None:
    world = bootstrap.pluim().world
    for number in range(guests):
        address = EmailAddress(f"gast{number}@example.org")
        name = f"Gast {number:05}"
        person = Person(SLUG, f"gast-{number}", name, address, Side.CITIZENS)
        founding.add_person(world, person=person)


def _invite(port: int, data: Path, guests: int, mails: int, result: _Result) -> None:
    """Invite everybody on the list by the form, then wait until each of them has a mail."""
    world = bootstrap.pluim().world
    session = fresh_key()
    world.store.save(Session(SLUG, token_digest(session), "cleo", datetime.now(UTC)))
    gathering = world.store.gatherings(SLUG).items[0].id
    folder = data / "ministack" / "mail"
    fields = {"iedereen": "ja", "sleutel": fresh_key(), "csrf": csrf_token(session)}
    headers = {
        "Content-Type": FORM,
        "Origin": f"http://{HOST}:{port}",
        "Cookie": f"{SESSION}={session}",
    }
    path = f"/{SLUG}/beheer/bijeenkomsten/{gathering}/gasten"
    patience = _PATIENCE_SECONDS + guests * _PATIENCE_FOR_EACH
    result.peak_before = _peak()
    began = time.monotonic()
    status = status_of(port, "POST", path, urlencode(fields), **headers)
    result.answered = time.monotonic() - began
    if status != 303:
        raise RuntimeError(f"inviting was answered with status {status}")
    _until(
        lambda: world.store.tally(SLUG, gathering).invited >= guests,
        "the guests were not invited",
        patience=patience,
    )
    result.invited = time.monotonic() - began
    for left in (int(mails * share) for share in _MEASURED_AT):
        _until(
            lambda left=left: sum(1 for _ in folder.glob("*-gathering_invite*.eml")) >= left,
            "the mails did not leave",
            patience=patience,
        )
        result.peaks[left] = _peak()
        print(f"{left:,} mails have left; at most {_peak():.0f} MB were held.", flush=True)
    result.mailed = time.monotonic() - began


def _peak() -> float:
    """The most memory that this process ever held, in MB; macOS counts bytes, Linux kilobytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


def _until(is_so: Any, otherwise: str, *, patience: float = _PATIENCE_SECONDS) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(0.25)
    raise RuntimeError(otherwise)


def _table(runs: Runs, result: _Result, guests: int, mails: int) -> Table:
    longest = max(runs.longest(name) for name in runs.seconds)
    inviting, mailing = runs.calls.get("work", 0), sum(runs.calls.get(n, 0) for n in _MAILING)
    all_or_so_many = "Every mail has left" if mails == guests else f"{mails:,} mails have left"
    verdict = "is below" if longest < LONGEST_RUN_ALLOWED else "is NOT below"
    return Table(
        head=("What", "Measured"),
        rows=(
            ("The coordinator has their page back", f"{result.answered:.2f} s"),
            ("Everybody is invited", f"{result.invited:.0f} s"),
            (all_or_so_many, f"{result.mailed:.0f} s"),
            *(
                (
                    f"Longest run of `{name}`, of {len(runs.seconds[name])}",
                    f"{runs.longest(name):.1f} s",
                )
                for name in _NAMES
                if name in runs.seconds
            ),
            ("Calls for each guest, to invite", f"{inviting / guests:.2f}"),
            ("Calls for each mail, until it is known to have arrived", f"{mailing / mails:.1f}"),
            ("Most memory held, before the button", f"{result.peak_before:.0f} MB"),
            *(
                (f"Most memory held, until {left:,} mails had left", f"{peak:.0f} MB")
                for left, peak in result.peaks.items()
            ),
        ),
        below=(
            "`python -m infra.bench --stack` measured this; on a machine whose load is above its "
            f"cores its seconds are long. The longest run of any function {verdict} the "
            f"{LONGEST_RUN_ALLOWED} s that we allow.",
            "Mails leave at ten a second at most, so that no guest list holds up other mail; that "
            f"alone takes {guests / 10:,.0f} s. Memory is that of the one process in which the "
            "local runner has the pages, the clock and all functions; ministack has its own. For "
            "every query ministack sorts all that stands on that list or shard, which DynamoDB "
            "does not: the more guests, the longer `work` and `sweep` wait for it.",
        ),
    )
