"""`make run` itself, as a program of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds that a busy machine may take for anything; an idle one takes a few."""
ONE_CLICKS = [
    (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
    (
        b'--b1\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
        b"One-Click\r\n--b1--\r\n",
        "multipart/form-data; boundary=b1",
    ),
]
"""The form that RFC 8058 lets a mailbox send, in both encodings that it may choose from."""


@dataclass(frozen=True)
class Running:
    """A started Pluim, and what it said when it was ready."""

    process: subprocess.Popen[str]
    base_url: str
    said: str

    def page(self, path: str) -> str:
        with urlopen(self.base_url + path, timeout=PATIENCE) as reply:
            text: str = reply.read().decode()
            return text

    def gets_mail(self, subject: str) -> bool:
        """Whether this mail is in the mailbox before anybody loses patience."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            mails = json.loads(self.page("/_local/mail.json"))
            if subject in [mail["subject"] for mail in mails]:
                return True
            time.sleep(0.05)
        return False

    def mail(self, subject: str) -> str:
        """The HTML of the newest mail with this subject."""
        mails = json.loads(self.page("/_local/mail.json"))
        found = next(mail for mail in mails if mail["subject"] == subject)
        return self.page(f"/_local/mail/{found['id']}/html")

    def get(self, path: str, **headers: str) -> HTTPResponse:
        """Ask for something as a program does that remembers what it got."""
        connection = HTTPConnection(self.base_url.removeprefix("http://"), timeout=PATIENCE)
        connection.request("GET", path, headers=headers)
        return connection.getresponse()

    def post(self, path: str, body: bytes, content_type: str) -> HTTPResponse:
        """Send a form as a mailbox does: without cookies or an origin, and following nothing."""
        connection = HTTPConnection(self.base_url.removeprefix("http://"), timeout=PATIENCE)
        connection.request("POST", path, body=body, headers={"Content-Type": content_type})
        return connection.getresponse()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=PATIENCE)
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


@pytest.fixture(scope="module")
def second_start(data: Path) -> Iterator[Running]:
    """Pluim, started again in that folder."""
    with running(data) as pluim:
        yield pluim


def test_a_second_start_goes_on_where_the_first_one_stopped(second_start: Running) -> None:
    assert "building" not in second_start.said
    assert "Bo van den Berg" in second_start.page("/demo/muur")
    assert second_start.gets_mail("Er is een bedankje voor je")
    for address in ("/demo/bedank", "/demo/muur", "/demo/beheer", "/_local/mail"):
        assert f"{second_start.base_url}{address}\n" in second_start.said
    assert "cleo@example.org" in second_start.said


def test_a_calendar_program_fetches_no_feed_that_it_has(second_start: Running) -> None:
    feed = "/demo/feeds/bijeenkomsten.ics"
    first = second_start.get(feed)
    calendar = first.read()
    tag = first.headers["ETag"]

    again = second_start.get(feed, **{"If-None-Match": f'"older", W/{tag}'})
    assert (again.status, again.headers["ETag"], again.read()) == (304, tag, b"")

    other = second_start.get(feed, **{"If-None-Match": '"older"'})
    assert (other.status, other.read()) == (200, calendar)
    assert calendar.startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_mailbox_stops_mail_with_one_click(second_start: Running) -> None:
    assert second_start.gets_mail("Er is een bedankje voor je")
    found = re.search(r"/demo/afmelden/[\w-]+", second_start.mail("Er is een bedankje voor je"))
    assert found
    assert "Wil je deze e-mails niet meer krijgen?" in second_start.page(found[0])

    for body, content_type in ONE_CLICKS:
        reply = second_start.post(found[0], body, content_type)
        assert (reply.status, reply.headers["Location"]) == (200, None)
        assert "Je krijgt deze e-mails niet meer" in reply.read().decode()

    assert "Je krijgt deze e-mails niet meer" in second_start.page(found[0])
    other_form = second_start.post(found[0], b"stop=1", "application/x-www-form-urlencoded")
    assert other_form.status == 403


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
    _, said = process.communicate(timeout=PATIENCE)
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
