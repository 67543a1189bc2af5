"""The whole of Pluim in a process of its own, as `make run` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Site:
    """Where it can be visited."""

    base: str

    def url(self, path: str) -> str:
        """The address of a page."""
        return path if path.startswith("http") else self.base + path


@contextmanager
def running_site(data: Path, **chosen: str) -> Iterator[Site]:
    """Run it on a free port until the end of the block, and stop it as Ctrl-C does.

    `chosen` is what one may choose at `make run` beside that.
    """
    port = _free_port()
    environment = {**os.environ, "PORT": str(port), "DATA": str(data), "RESET": "", **chosen}
    with (data / "errors.txt").open("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            _wait_until_it_runs(process, data / "errors.txt")
            yield Site(f"http://127.0.0.1:{port}")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def _wait_until_it_runs(process: subprocess.Popen[str], errors: Path) -> None:
    assert process.stdout
    for line in process.stdout:
        if line.startswith("Pluim runs."):
            return
    raise AssertionError(f"Pluim did not start: {errors.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
