"""How `make run` feels: how soon it is there, and how soon a form is answered."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from chalicelib.entrypoints.cookies import fresh_key
from chalicelib.entrypoints.http import FORM
from infra.bench.costs import THANKS
from infra.bench.report import Table
from infra.local.demo_story import SLUG
from infra.local.options import HOST

POSTS = 40
_PATIENCE_SECONDS = 30


def runner_table() -> Table:
    """Start it twice, and send the form some dozens of times, one after the other."""
    with TemporaryDirectory() as data:
        with _running(Path(data)) as (first, _):
            pass
        with _running(Path(data)) as (second, port):
            took = sorted(_post_seconds(port) for _ in range(POSTS))
    return Table(
        head=("What", "Seconds"),
        rows=(
            ("First start, with demo data", f"{first:.1f}"),
            ("Second start", f"{second:.1f}"),
            ("POST of the form, half of them within", f"{statistics.median(took):.3f}"),
            ("POST of the form, nine in ten within", f"{took[POSTS * 9 // 10]:.3f}"),
        ),
        below=(
            f"{POSTS} thank-yous were sent, each with a send key of its own, while the mails "
            "they caused were delivered in the same process.",
        ),
    )


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def status_of(port: int, method: str, path: str, body: str = "", **headers: str) -> int:
    """The status of one request to the local runner."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@contextmanager
def _running(data: Path) -> Iterator[tuple[float, int]]:
    """Run it until the end of the block; gives the seconds until it answered, and its port."""
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "DATA": str(data)}
    began = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "infra.local"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _await(port, child)
        yield time.monotonic() - began, port
    finally:
        _stop(child)


def _await(port: int, child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and child.poll() is None:
        try:
            if status_of(port, "GET", f"/{SLUG}/bedank") == 200:
                return
        except ConnectionError:
            time.sleep(0.05)
    raise RuntimeError("the local runner did not answer")


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Stop it as Ctrl-C does, and leave nothing behind that did not hear it."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _post_seconds(port: int) -> float:
    body = urlencode({**THANKS, "sleutel": fresh_key()})
    headers = {"Content-Type": FORM, "Origin": f"http://{HOST}:{port}"}
    began = time.monotonic()
    status = status_of(port, "POST", f"/{SLUG}/bedank", body, **headers)
    if status != 303:
        raise RuntimeError(f"the form was answered with status {status}")
    return time.monotonic() - began
