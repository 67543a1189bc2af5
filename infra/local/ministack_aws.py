"""AWS played by ministack, a process of its own in which a call costs the same with many rows."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.options import HOST, CannotStart

PROGRAM = Path(".venv-stack/bin/ministack")
"""In an environment of its own, because it asks for another boto3 than ours."""

_PATIENCE_SECONDS = 30


@contextmanager
def ministack_aws(*, log: Path) -> Iterator[str]:
    """Run ministack until the end of the block; gives its address. Raises `CannotStart`.

    It listens on this machine alone. What it says goes to the file `log`.
    """
    if not PROGRAM.exists():
        raise CannotStart(
            f"{PROGRAM} is missing: run bash infra/setup.sh .venv-stack requirements-stack.txt"
        )
    port = _free_port()
    address = f"http://{HOST}:{port}"
    with log.open("w") as out:
        child = subprocess.Popen(
            [str(PROGRAM)], env=_environment(port), stdout=out, stderr=out, start_new_session=True
        )
        try:
            _await(address, child, log=log)
            yield address
        finally:
            child.terminate()
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()


def _environment(port: int) -> dict[str, str]:
    return {
        **os.environ,
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        # Both would open ports to the whole network.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _await(address: str, child: subprocess.Popen[bytes], *, log: Path) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and child.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_ministack/health", timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise CannotStart(f"Ministack did not start; {log} says why.")
