"""The mailer that remembers is stricter than SES, so that tests find what SES would not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.people import EmailAddress
from chalicelib.messages.mime import Mail, Mailbox, assemble
from chalicelib.ports import Accepted, Again, Envelope, Unknown
from tests.remembering import NotAnEnvelope, RememberingMailer

CONTENT = assemble(
    Mail(Mailbox("pluim@dorp.example"), Mailbox("bo@example.org", "Bo"), "Hoi", "Hoi", "Hoi", "nl")
)
ENVELOPE = Envelope(
    sender="pluim@dorp.example",
    recipient=EmailAddress("bo@example.org"),
    content=CONTENT,
    tags={"message": "m1", "attempt": "1", "partnership": "dorp"},
)


def test_it_accepts_and_remembers() -> None:
    mailer = RememberingMailer()

    assert mailer.send(ENVELOPE) == Accepted("ses-1")
    assert mailer.envelopes == [ENVELOPE]
    assert str(mailer.mails[0]["Subject"]) == "Hoi"


def test_it_answers_as_it_was_told_for_as_long_as_it_was_told() -> None:
    mailer = RememberingMailer()
    mailer.answer(Again("busy"), times=2)
    mailer.answer(Unknown("lost"))

    answers = [mailer.send(ENVELOPE) for _ in range(4)]

    assert answers == [Again("busy"), Again("busy"), Unknown("lost"), Accepted("ses-1")]
    assert mailer.tries == 4
    assert mailer.envelopes == [ENVELOPE]


@pytest.mark.parametrize(
    "envelope",
    [
        replace(ENVELOPE, recipient=EmailAddress("bo@example.org, dan@example.org")),
        replace(ENVELOPE, recipient=EmailAddress("dan@example.org")),
        replace(ENVELOPE, sender="cleo@example.org"),
        replace(ENVELOPE, sender="Pluim <pluim@dorp.example>"),
        replace(ENVELOPE, tags={}),
        replace(ENVELOPE, tags={**ENVELOPE.tags, "message": "bo@example.org"}),
        replace(ENVELOPE, tags={**ENVELOPE.tags, "message": "m1\n"}),
        replace(ENVELOPE, tags={**ENVELOPE.tags, "kind of mail": "thanks"}),
        replace(ENVELOPE, content=CONTENT.replace(b"\r\n", b"\n")),
        replace(ENVELOPE, content=CONTENT.replace(b"From: ", b"X-From: ")),
        replace(ENVELOPE, content=b"Bcc: dan@example.org\r\n" + CONTENT),
        replace(ENVELOPE, content=b"Date: today\r\n" + CONTENT),
        replace(ENVELOPE, content=b'To: "Dan" <dan@example.org>\r\n' + CONTENT),
    ],
)
def test_it_takes_nothing_that_should_not_leave(envelope: Envelope) -> None:
    mailer = RememberingMailer()

    with pytest.raises(NotAnEnvelope):
        mailer.send(envelope)
    assert mailer.envelopes == []
