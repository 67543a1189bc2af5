"""The folder with every mail that was accepted, each as one .eml file."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path

_NAME = re.compile(r"(?P<time>\d{8}T\d{12}Z)-(?P<kind>[a-z0-9_]+)")
_TIME = "%Y%m%dT%H%M%S%fZ"


class NoSuchMail(LookupError):
    """The folder holds no mail with that id."""


@dataclass(frozen=True)
class KeptMail:
    """One accepted mail, as the list shows it. `id` is the file's name without `.eml`."""

    id: str
    kind: str
    at: datetime
    to: str
    subject: str
    file: Path


class Maildrop:
    """Keeps accepted mails and finds them again, newest first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, KeptMail] = {}
        self._naming = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, content: bytes, *, kind: str, now: datetime) -> KeptMail:
        """Write a mail down as `<time>-<kind>.eml`, whole or not at all."""
        with self._naming:
            file = self._free_name(now.astimezone(UTC), kind=_plain(kind))
            unfinished = file.with_suffix(".part")
            unfinished.write_bytes(content)
            unfinished.replace(file)
        return self._read(file)

    def mails(self) -> list[KeptMail]:
        """Every mail, newest first."""
        return sorted((self._read(file) for file in self._files()), key=_newest_first, reverse=True)

    def find(self, mail_id: str) -> KeptMail:
        """The mail with this id; raises `NoSuchMail`, also for anything that is not an id."""
        file = self._folder / f"{mail_id}.eml"
        if not _NAME.fullmatch(mail_id) or not file.is_file():
            raise NoSuchMail(mail_id)
        return self._read(file)

    def content(self, mail: KeptMail) -> EmailMessage:
        """The mail itself, parsed."""
        return message_from_bytes(mail.file.read_bytes(), policy=policy.default)

    def empty(self) -> None:
        """Throw every mail away, and nothing else that lies in the folder."""
        for file in self._files():
            file.unlink()
        self._known.clear()

    def _free_name(self, moment: datetime, *, kind: str) -> Path:
        while (file := self._folder / f"{moment.strftime(_TIME)}-{kind}.eml").exists():
            moment += timedelta(microseconds=1)
        return file

    def _files(self) -> Iterator[Path]:
        return (file for file in self._folder.glob("*.eml") if _NAME.fullmatch(file.stem))

    def _read(self, file: Path) -> KeptMail:
        if file.stem not in self._known:
            self._known[file.stem] = _summary(file)
        return self._known[file.stem]


def _plain(kind: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", kind.lower()) or "mail"


def _newest_first(mail: KeptMail) -> tuple[datetime, str]:
    return mail.at, mail.id


def _summary(file: Path) -> KeptMail:
    named = _NAME.fullmatch(file.stem)
    if named is None:
        raise NoSuchMail(file.stem)
    with file.open("rb") as content:
        head = BytesHeaderParser(policy=policy.default).parse(content)
    return KeptMail(
        id=file.stem,
        kind=named["kind"],
        at=datetime.strptime(named["time"], _TIME).replace(tzinfo=UTC),
        to=parseaddr(str(head.get("To", "")))[1],
        subject=str(head.get("Subject", "")),
        file=file,
    )
