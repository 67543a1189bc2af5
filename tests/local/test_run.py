"""`make run` itself, as a program of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Running:
    """A started Pluim, and what it said when it was ready."""

    process: subprocess.Popen[str]
    base_url: str
    said: str

    def page(self, path: str) -> str:
        with urlopen(self.base_url + path, timeout=10) as reply:
            text: str = reply.read().decode()
            return text

    def gets_mail(self, subject: str) -> bool:
        """Whether this mail is in the mailbox within ten seconds."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            mails = json.loads(self.page("/_local/mail.json"))
            if subject in [mail["subject"] for mail in mails]:
                return True
        return False

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)
        return self.process.returncode


def start(*, port: int, data: Path, **choices: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PORT": str(port), "DATA": str(data), **choices}
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local"],
        cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@contextmanager
def running(data: Path) -> Iterator[Running]:
    port = _free_port()
    process = start(port=port, data=data)
    try:
        yield Running(process, f"http://127.0.0.1:{port}", _said_when_ready(process))
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was started, looked at and stopped."""
    folder = tmp_path_factory.mktemp("data")
    with running(folder) as pluim:
        assert "building the demo partnership" in pluim.said
        assert "<form" in pluim.page("/demo/bedank")
        assert "Bo van den Berg" in pluim.page("/demo/muur")
        with pytest.raises(HTTPError, match="404") as unknown:
            pluim.page("/demo/nergens/heen")
        assert "<h1" in unknown.value.read().decode()
        assert pluim.stop() == 0
    return folder


def test_a_second_start_goes_on_where_the_first_one_stopped(data: Path) -> None:
    with running(data) as pluim:
        assert "building" not in pluim.said
        assert "Bo van den Berg" in pluim.page("/demo/muur")
        assert pluim.gets_mail("Er is een bedankje voor je")
        for address in ("/demo/bedank", "/demo/muur", "/demo/beheer", "/_local/mail"):
            assert f"{pluim.base_url}{address}\n" in pluim.said
        assert "cleo@example.org" in pluim.said
        assert pluim.stop() == 0


def test_a_damaged_state_is_said_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "state.jsonl").write_text("nonsense")

    said, status = _refusal(port=_free_port(), data=tmp_path)

    assert status == 1
    assert said.count("\n") == 1
    assert "make run RESET=1" in said


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()

        said, status = _refusal(port=busy.getsockname()[1], data=tmp_path)

    assert status == 1
    assert said.count("\n") == 1
    assert "another port" in said


def _refusal(*, port: int, data: Path) -> tuple[str, int]:
    process = start(port=port, data=data)
    _, said = process.communicate(timeout=60)
    return said, process.returncode


def _said_when_ready(process: subprocess.Popen[str]) -> str:
    """Everything until the last line of the welcome, or until it ended before that."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "/en/demo/bedank" in line:
            break
    return said


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number
