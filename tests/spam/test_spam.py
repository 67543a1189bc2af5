"""Every mail as SpamAssassin sees it, with its own rules and nothing asked of the network.

It takes half a minute and a program that few machines have, so that only `make test-spam`, which
names this folder, collects it.
"""

from __future__ import annotations

import mailbox
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from infra.preview import write_preview

AT_MOST = 1.0
"""Filters set mail aside from 5 on, and some receivers from 3."""

ARRIVED = """\
Return-Path: <0102-000000@bounce.onsdorp.example>
Received: from a7-12.smtp-out.eu-west-1.amazonses.com (a7-12.smtp-out.eu-west-1.amazonses.com
 [54.240.7.12]) by mx.example.org with ESMTPS id 1 for <bo@example.org>;
 Fri, 20 Nov 2026 12:00:00 +0100
Date: Fri, 20 Nov 2026 11:00:00 +0000
Message-ID: <0102019a6b1c2d3e-000000@eu-west-1.amazonses.com>
X-Sample: {name}
"""
"""What SES and the receiver write above a mail; the return path is the MAIL FROM of one's own."""


@pytest.mark.skipif(
    shutil.which("spamassassin") is None,
    reason="SpamAssassin is not on this machine: apt install spamassassin",
)
def test_no_mail_looks_like_spam(tmp_path: Path) -> None:
    write_preview(tmp_path / "preview", pages=())
    mails = sorted((tmp_path / "preview" / "mail").glob("*.eml"))

    statuses = judged(mails, folder=tmp_path)

    assert len(statuses) == len(mails) > 100
    assert {name: why for name, why in statuses.items() if score(why) > AT_MOST} == {}


def judged(mails: Iterable[Path], *, folder: Path) -> dict[str, str]:
    """What SpamAssassin says of each, all in one run: to start it takes longer than to judge."""
    arrived = mailbox.mbox(folder / "arrived.mbox")
    for mail in mails:
        arrived.add(
            ARRIVED.format(name=mail.stem).encode() + mail.read_bytes().replace(b"\r\n", b"\n")
        )
    arrived.close()
    with (folder / "arrived.mbox").open("rb") as given, (folder / "judged.mbox").open("wb") as said:
        subprocess.run(
            ["spamassassin", "--local", "--nocreate-prefs", "--mbox"],
            stdin=given, stdout=said, stderr=subprocess.DEVNULL, timeout=300, check=True,
        )  # fmt: skip
    read = mailbox.mbox(folder / "judged.mbox")
    return {str(mail["X-Sample"]): str(mail["X-Spam-Status"]) for mail in read}


def score(status: str) -> float:
    """The points in `No, score=0.0 required=5.0 tests=…`."""
    found = re.search(r"score=(-?[\d.]+)", status)
    assert found, status
    return float(found[1])
