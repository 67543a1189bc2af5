"""No mail may cost more than 3 s of processor time or 256 MB, whatever somebody puts into it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chalicelib.domain.inbound import Says, Unreadable
from chalicelib.messages.hostile_mail import MAX_BYTES
from chalicelib.messages.replies import MAX_CALENDAR_BYTES, read_mail
from tests.inbound import reply

SECONDS, MEGABYTES = 3, 256
# One process imports what reads mail, and each mail is read by a fork of it, whose time begins at
# zero and whose peak begins with what is imported. Not `ru_maxrss`, which begins with the size of
# whoever started the process. Where there is no /proc, only the seconds are measured.
MEASURED = """
import os, re, resource, sys, time
from pathlib import Path
from chalicelib.messages.replies import read_mail

def measure(content):
    most = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    said = read_mail(content)
    seconds = time.process_time()
    status = Path("/proc/self/status")
    peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1] if status.exists() else 0
    print(said.says, seconds, int(peak) // 1024, flush=True)

for size in sys.stdin.buffer:
    content = sys.stdin.buffer.read(int(size))
    child = os.fork()
    if not child:
        measure(content)
        break
    os.waitpid(child, 0)
    print("read", flush=True)
"""
HEAD = b"From: Bo <bo@example.nl>\r\nTo: rsvp@x.example\r\n"
FULL = MAX_BYTES - 4096


def nested(depth: int) -> bytes:
    """A mail in which each part holds the next."""
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
        for level in range(depth)
    )
    closed = b"".join(b"\r\n--b%d--\r\n" % level for level in reversed(range(depth)))
    return HEAD + opened + b"Content-Type: text/plain\r\n\r\nhi" + closed


def nested_lines(depth: int) -> bytes:
    """As deep as is allowed, and as many lines as fit."""
    mail = nested(depth)
    return mail.replace(b"\r\n\r\nhi", b"\r\n\r\n" + b"\n" * (FULL - len(mail)))


def calendar(lines: bytes) -> bytes:
    """A mail that is one calendar, with these lines in its event."""
    begin = b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:g1@x\r\n"
    room = MAX_CALENDAR_BYTES - 200
    return HEAD + (
        b"Content-Type: text/calendar; method=REPLY\r\n\r\n"
        + begin
        + lines[:room]
        + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a subject of 274 KB": lambda: HEAD + b"Subject: " + b"=?utf-8?q?=C3=A4?= " * 15_000,
    "50,000 recipients": lambda: b"To: " + b"a@b.example, " * 50_000 + b"\r\n" + HEAD + b"\r\nhi",
    "50,000 senders": lambda: b"From: " + b"a@b.example, " * 50_000 + b"\r\n\r\nhi",
    "a header of 2 MB": lambda: HEAD + b"X-Long: " + b"x" * FULL + b"\r\n\r\nhi",
    "a folded header of 2 MB": lambda: HEAD + b"Subject: " + b"\r\n x" * (FULL // 4),
    "2 MB of headers": lambda: HEAD + b"A: b\r\n" * (FULL // 6),
    "2 MB of the same header": lambda: b"From: a@b.nl\r\n" * (FULL // 14),
    "a thousand nested parts": lambda: nested(1000),
    "20 nested parts of a million lines": lambda: nested_lines(20),
    "a hundred thousand parts": lambda: (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n" * 100_000
    ),
    "2 MB of almost boundaries": lambda: (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b" * (FULL // 3)
    ),
    "2 MB of white space behind a boundary": lambda: (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b' + b" " * FULL
    ),
    "2 MB of HTML that opens": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * 65_000,
    "HTML that opens styles": lambda: (
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<style" * 10_000
    ),
    "HTML full of entities": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"&amp" * 16_000,
    "text in punycode": lambda: (
        HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-bcdefgh" * 7_000
    ),
    "base64 of nothing": lambda: (
        HEAD
        + b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b"=" * 500_000
    ),
    "a calendar of one line": lambda: calendar(b"COMMENT:" + b"x" * MAX_CALENDAR_BYTES),
    "a calendar of quotes": lambda: calendar(b'ATTENDEE;CN="' + b'"' * MAX_CALENDAR_BYTES),
    "a calendar of parameters": lambda: calendar(b"ATTENDEE" + b";A=b" * 40_000 + b":mailto:a@b"),
    "a calendar of carets": lambda: calendar(b"ATTENDEE;CN=" + b"^" * 130_000 + b":mailto:a@b"),
    "a calendar of attendees": lambda: calendar(b"ATTENDEE:mailto:a@b\r\n" * 7_000),
    "a calendar of comments": lambda: calendar(b"COMMENT:\\n\\,\r\n" * 10_000),
    "a calendar of folds": lambda: calendar(b"COMMENT:" + b"\r\n " * 45_000),
    "a calendar of events": lambda: calendar(b"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:a\r\n" * 4_000),
    "a calendar of components": lambda: calendar(b"BEGIN:X\r\n" * 20_000),
    "a rule that never ends": lambda: calendar(b"RRULE:FREQ=SECONDLY\r\n" * 6_000),
    "a zone that never ends": lambda: calendar(
        b"END:VEVENT\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:00010101T000000\r\n"
        b"RRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
        b"END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:g1@x\r\nDTSTART;TZID=X:20261212T193000"
    ),
    "combining marks": lambda: HEAD + b"\r\n" + "a\u0301".encode() * 30_000,
    "nothing at all": lambda: b"",
    "2 MB of zeros": lambda: b"\0" * FULL,
}


Reader = Callable[[bytes], list[str]]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """Reads a mail in a process of its own, and tells its outcome, its seconds and its peak."""
    process = subprocess.Popen(
        [sys.executable, "-c", MEASURED, str(2 * SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    sent, told = process.stdin, process.stdout
    assert sent
    assert told

    def read(content: bytes) -> list[str]:
        sent.write(b"%d\n%b" % (len(content), content))
        sent.flush()
        return list(iter(lambda: told.readline().decode().strip(), "read"))

    with process:
        yield read


@pytest.mark.parametrize("name", HOSTILE)
def test_no_mail_is_dear(name: str, reader: Reader) -> None:
    content = HOSTILE[name]()
    assert len(content) <= MAX_BYTES

    measured = reader(content)

    assert measured, "it broke, or took twice the time it may"
    *_, seconds, peak = measured[0].split()
    assert float(seconds) < SECONDS
    assert int(peak) < MEGABYTES


def test_what_is_too_large_is_not_opened() -> None:
    assert read_mail(HEAD + b"\r\n" + b"x" * MAX_BYTES).problem is Unreadable.TOO_LARGE


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (nested(21), Unreadable.TOO_NESTED),
        (nested(1000), Unreadable.TOO_NESTED),
        (HOSTILE["a hundred thousand parts"](), Unreadable.TOO_MANY_PARTS),
        (
            reply(lines=("COMMENT:" + "x" * MAX_CALENDAR_BYTES,)),
            Unreadable.TOO_LARGE,
        ),
    ],
)
def test_a_cap_says_which_it_was(content: bytes, problem: Unreadable) -> None:
    mail = read_mail(content)

    assert (mail.says, mail.problem) == (Says.UNREADABLE, problem)


def test_what_is_as_deep_as_allowed_is_read() -> None:
    assert read_mail(nested(20)).text == "hi"
