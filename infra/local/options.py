"""What the person who types `make run` may choose, and what must be right before we start."""

from __future__ import annotations

import fcntl
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

_DEMO_ZONE = "Europe/Amsterdam"

HOST = "127.0.0.1"
"""The only address we listen on: nothing here is fit to be reached from the network."""

OLDEST_PYTHON = (3, 11)
FIRST_UNTRIED_PYTHON = (3, 14)


class CannotStart(Exception):
    """Something is in the way; the message is one sentence with the remedy in it."""


class LocalAws(StrEnum):
    """What plays AWS: moto in this process, or ministack as a process of its own."""

    MOTO = "moto"
    MINISTACK = "ministack"


class Account(StrEnum):
    """How the account stands that mail leaves from: as usual, or in one of its troubles."""

    USUAL = "usual"
    SANDBOX = "sandbox"
    NEARLY_USED = "nearly-used"
    PAUSED = "paused"


@dataclass(frozen=True)
class Options:
    """The choices of one run. `reset` forgets what an earlier run kept in `data`.

    The clock of Pluim starts at `starts_at`, if that is given, and goes on from there. `settings`
    are the demo partnership's that are changed first, as names with values.
    """

    port: int
    data: Path
    reset: bool
    aws: LocalAws
    starts_at: datetime | None = None
    account: Account = Account.USUAL
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def base_url(self) -> str:
        """Where the pages are, without a slash at the end."""
        return f"http://{HOST}:{self.port}"


def read_options(environment: Mapping[str, str]) -> Options:
    """The choices in PORT, DATA, RESET, LOCAL_AWS, AT, SES and SET. Raises `CannotStart`."""
    return Options(
        port=_port(environment.get("PORT") or "8000"),
        data=Path(environment.get("DATA") or ".local"),
        reset=environment.get("RESET", "") not in {"", "0"},
        aws=_local_aws(environment.get("LOCAL_AWS") or LocalAws.MOTO),
        starts_at=_starts_at(environment.get("AT", "")),
        account=_account(environment.get("SES") or Account.USUAL),
        settings=tuple(map(_setting, environment.get("SET", "").split())),
    )


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise CannotStart(f'"{text}" sets nothing: use for instance make run SET="puzzle=100000".')
    return name, value


def check_start(options: Options) -> None:
    """Raise `CannotStart` when this Python, port or folder will not do."""
    check_python(sys.version_info[:2])
    _check_folder(options.data)
    _check_port(options.port)


@contextmanager
def holding(data: Path) -> Iterator[None]:
    """Keep this folder for one run, until the block or the process ends.

    Raises `CannotStart` while another run has it: two of them would write over each other.
    """
    with (data / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"Pluim runs already on the data in {data}: "
                "stop that one, or choose another folder with DATA=folder."
            ) from None
        yield


def check_python(version: tuple[int, int]) -> None:
    """Raise `CannotStart` on a Python that Pluim does not run on."""
    if not OLDEST_PYTHON <= version < FIRST_UNTRIED_PYTHON:
        found = ".".join(map(str, version))
        raise CannotStart(
            f"Pluim runs on Python 3.11, 3.12 and 3.13, and this is {found}: "
            "remove the folder .venv and run make with PYTHON=python3.13 behind it."
        )


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise CannotStart(f'PORT is "{text}"; give a number from 1 to 65535, such as PORT=8001.')


def _starts_at(text: str) -> datetime | None:
    """A local time in the demo village, as an instant."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(_DEMO_ZONE)).astimezone(UTC)
    except ValueError:
        raise CannotStart(
            f'AT is "{text}"; give a date and a time, such as AT=2026-11-30T09:00.'
        ) from None


def _local_aws(text: str) -> LocalAws:
    try:
        return LocalAws(text)
    except ValueError:
        raise CannotStart(f'LOCAL_AWS is "{text}"; leave it out, or use ministack.') from None


def _account(text: str) -> Account:
    try:
        return Account(text)
    except ValueError:
        raise CannotStart(f'SES is "{text}"; use one of {", ".join(Account)}.') from None


def _check_folder(data: Path) -> None:
    probe = data / ".writable"
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise CannotStart(
            f"The folder {data} cannot be written to ({reason}): "
            "choose another one with DATA=folder."
        ) from None


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        # As the server itself does, so that a port released a moment ago counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise CannotStart(
                f"Port {port} cannot be used, perhaps because Pluim runs already: "
                f"stop that program, or choose another port with PORT={_another(port)}."
            ) from None


def _another(port: int) -> int:
    return port + 1 if port < 65535 else 8001
