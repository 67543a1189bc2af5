"""A mail reads back as it was meant, in more than one reader, and nothing can be injected."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.mime import CalendarPart, CannotAssemble, Mail, Mailbox, assemble
from tests.mail_readers import (
    READERS,
    Reader,
    classic,
    headers_for_verifiers,
    meant,
    modern,
    readings,
    unfolded,
)

PLUIM = Mailbox("pluim@dorp.example", "Gemeente Ons Dorp via Pluim")
BO = Mailbox("bo@example.org", "Bo de Vries")
INVITATION = CalendarPart(
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", "REQUEST", "uitnodiging.ics"
)

VISIBLE = st.characters(
    exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\u202a\u202b\u202c\u202d\u202e"
)


def made_of(*pieces: str, most: int) -> st.SearchStrategy[str]:
    """Texts of pieces that mean something where they are read."""
    return st.lists(st.sampled_from(pieces), max_size=most).map("".join)


NAMES = st.text(VISIBLE, max_size=200) | made_of(*'"\\,;:<>()@.= aé🎉', most=40)
SUBJECTS = (
    st.text(VISIBLE, max_size=300)
    | made_of("=?utf-8?q?", "=?", "?=", "?", "=41", "_", " ", "Dag ", "é", '"', most=30)
).filter(str.strip)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=2000) | made_of(
    "\r", "\n", "\r\n", "\n.\n", "\nFrom ", "\n--", "=", "=41", " \n", "\t\n", "é", "שלום", most=60
)
CALENDARS = st.none() | st.binary(max_size=300).map(
    lambda rest: replace(INVITATION, content=b"METHOD:REQUEST\r\n" + rest.replace(b"METHOD:", b""))
)
HEADERS = [
    "From",
    "To",
    "Subject",
    "MIME-Version",
    "Content-Language",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Type",
]
HOSTILE = ["\r", "\n", "\0", "\t", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u202a", "\ud800"]


def a_mail(**changes: Any) -> Mail:
    mail = Mail(
        sender=PLUIM,
        recipient=BO,
        subject="Er is een bedankje voor je",
        text="Hoi Bo,\n\nBedankt!\n",
        html="<p>Hoi Bo,</p>\n<p>Bedankt!</p>\n",
        language="nl",
    )
    return replace(mail, **changes)


def header_lines(content: bytes) -> list[str]:
    return content.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def test_a_plain_mail_is_readable_as_it_stands() -> None:
    content = assemble(a_mail())

    assert header_lines(content)[:7] == [
        'From: "Gemeente Ons Dorp via Pluim" <pluim@dorp.example>',
        'To: "Bo de Vries" <bo@example.org>',
        "Subject: Er is een bedankje voor je",
        "MIME-Version: 1.0",
        "Content-Language: nl",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
    ]


def test_ses_sets_the_date_and_the_message_id() -> None:
    read = modern(assemble(a_mail()))

    assert "Date" not in read
    assert "Message-ID" not in read


def test_the_same_mail_gives_the_same_bytes() -> None:
    assert assemble(a_mail(calendar=INVITATION)) == assemble(a_mail(calendar=INVITATION))


def test_a_mail_without_a_calendar_is_an_alternative_of_two_texts() -> None:
    read = modern(assemble(a_mail()))

    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_an_invitation_has_the_shape_that_gets_buttons(read: Reader) -> None:
    content = assemble(a_mail(calendar=INVITATION))

    assert [(part.kind, part.filename) for part in read(content).parts] == [
        ("multipart/mixed", ""),
        ("multipart/alternative", ""),
        ("text/plain", ""),
        ("text/html", ""),
        ("text/calendar", ""),
        ("application/ics", "uitnodiging.ics"),
    ]


def test_the_calendar_part_carries_its_method_and_neither_name_nor_disposition() -> None:
    part = list(classic(assemble(a_mail(calendar=INVITATION))).walk())[4]

    assert part["Content-Type"] == "text/calendar; charset=utf-8; method=REQUEST"
    assert part["Content-Transfer-Encoding"] == "base64"
    assert part["Content-Disposition"] is None


def test_the_attached_copy_has_a_file_name() -> None:
    part = list(modern(assemble(a_mail(calendar=INVITATION))).walk())[5]

    assert part["Content-Type"] == 'application/ics; name="uitnodiging.ics"'
    assert part["Content-Disposition"] == 'attachment; filename="uitnodiging.ics"'


@given(NAMES, NAMES, SUBJECTS, TEXTS, TEXTS, CALENDARS)
def test_every_reader_finds_what_was_meant_and_nothing_else(
    sender: str, name: str, subject: str, text: str, html: str, calendar: CalendarPart | None
) -> None:
    mail = a_mail(
        sender=Mailbox(PLUIM.address, sender),
        recipient=Mailbox(BO.address, name),
        subject=subject,
        text=text,
        html=html,
        calendar=calendar,
    )

    content = assemble(mail)

    assert readings(content) == dict.fromkeys(READERS, meant(mail, headers=HEADERS))
    assert headers_for_verifiers(content) == HEADERS


@given(NAMES, SUBJECTS, TEXTS)
def test_every_mail_is_ascii_with_short_lines(name: str, subject: str, text: str) -> None:
    content = assemble(a_mail(sender=Mailbox(PLUIM.address, name), subject=subject, text=text))

    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 100


@given(NAMES, SUBJECTS)
def test_encoded_words_are_short_and_kept_apart(name: str, subject: str) -> None:
    content = assemble(a_mail(recipient=Mailbox(BO.address, name), subject=subject))

    headers = unfolded("\n".join(header_lines(content)))
    words = re.findall(r"=\?utf-8\?[qb]\?[^? ]*\?=", headers)
    assert all(len(word) <= 75 for word in words)
    assert "?==?" not in headers


@pytest.mark.parametrize(
    "name",
    [
        "de Vries, Bo",
        'Bo "de brug" de Vries',
        "Bo \\ de Vries",
        'Bo "de brug, ook van" de Vries',
        'Bo ("de brug" de Vries',
        "bo@example.com",
        "Bo <dan@example.org>",
        "Bo (van hiernaast); Dan",
        "=?utf-8?q?Dan?=",
        "Zoë Grönsund-Bünyamin, van de Vrijwilligersvereniging Ons Dorp in het Groene Hart",
        "דנה" + " לוי" * 30,
        "Bo 🎉" * 20,
        "  Bo   de\u00a0Vries ",
    ],
)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_name_with_a_meaning_of_its_own_is_a_name(read: Reader, name: str) -> None:
    content = assemble(a_mail(recipient=Mailbox(BO.address, name)))

    assert read(content).recipients == [(" ".join(name.split()), BO.address)]


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_lines_with_a_meaning_of_their_own_are_text(read: Reader) -> None:
    text = "Lieve Bo,\n\nDank voor alles — ook namens דנה.\n.\nFrom hier\n"

    assert read(assemble(a_mail(text=text))).parts[1].content == text


def test_a_long_unsubscribe_link_is_never_encoded() -> None:
    url = "https://pluim.example/afmelden/" + "a" * 300

    content = assemble(a_mail(unsubscribe_url=url))

    assert f"List-Unsubscribe: <{url}>" in header_lines(content)
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in header_lines(content)


def test_without_an_unsubscribe_link_both_headers_are_absent() -> None:
    read = modern(assemble(a_mail()))

    assert "List-Unsubscribe" not in read
    assert "List-Unsubscribe-Post" not in read


def test_a_later_mail_joins_the_conversation() -> None:
    first = "<0102019a6b1c2d3e-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0-000000@eu-west-1.amazonses.com>"

    lines = header_lines(assemble(a_mail(thread=first)))

    assert f"In-Reply-To: {first}" in lines
    assert f"References: {first}" in lines


def test_mainly_non_latin_text_is_base64_and_the_rest_can_be_read() -> None:
    content = assemble(a_mail(text="Één bedankje voor Zoë.\n", html="תודה רבה " * 20))

    encodings = [part["Content-Transfer-Encoding"] for part in modern(content).walk()]
    assert encodings == [None, "quoted-printable", "base64"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hidden_character_stops_the_mail(hostile: str) -> None:
    name = f"Bo{hostile}Bcc: dan@example.org"

    with pytest.raises(CannotAssemble):
        assemble(a_mail(subject=name))
    with pytest.raises(CannotAssemble):
        assemble(a_mail(recipient=Mailbox(BO.address, name)))
    with pytest.raises(CannotAssemble):
        assemble(a_mail(sender=Mailbox(PLUIM.address, name)))
    with pytest.raises(CannotAssemble):
        assemble(a_mail(reply_to=Mailbox(PLUIM.address, name)))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bo",
        "bo@example.org, dan@example.org",
        "bo@example.org>\r\nBcc: <dan@example.org",
        "<bo@example.org>",
        "bo@exämple.org",
        "bö@example.org",
        '"bo de vries"@example.org',
        "bo@[127.0.0.1]",
        "=?utf-8?q?dan?=@example.org",
        "bo..v@example.org",
        "bo@example.org\n",
    ],
)
def test_what_is_not_one_plain_address_stops_the_mail(address: str) -> None:
    with pytest.raises(CannotAssemble):
        assemble(a_mail(recipient=Mailbox(address)))


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": ""},
        {"subject": " \u00a0"},
        {"text": "lone \ud800"},
        {"html": "lone \udfff"},
        {"language": "nl\r\nBcc: dan@example.org"},
        {"language": ""},
        {"thread": "0102019a@eu-west-1.amazonses.com"},
        {"thread": "<a@b>\r\nBcc: dan@example.org"},
        {"thread": "<a@b> <c@d>"},
        {"unsubscribe_url": "http://pluim.example/afmelden"},
        {"unsubscribe_url": "https://pluim.example/a>, <mailto:dan@example.org"},
        {"unsubscribe_url": "https://pluim.example/é"},
        {"unsubscribe_url": "https://pluim.example/" + "a" * 1000},
        {"html": "x" * 5_000_000},
    ],
)
def test_what_would_not_arrive_as_meant_stops_the_mail(changes: dict[str, object]) -> None:
    with pytest.raises(CannotAssemble):
        assemble(a_mail(**changes))


@pytest.mark.parametrize(
    "calendar",
    [
        replace(INVITATION, method="CANCEL"),
        replace(INVITATION, method="request"),
        replace(INVITATION, method="REQUEST; name=x"),
        replace(INVITATION, content=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
        replace(INVITATION, content=INVITATION.content * 2),
        replace(INVITATION, filename="uitnodiging"),
        replace(INVITATION, filename='a".ics'),
        replace(INVITATION, filename="één.ics"),
    ],
)
def test_a_calendar_part_that_contradicts_itself_stops_the_mail(calendar: CalendarPart) -> None:
    with pytest.raises(CannotAssemble):
        assemble(a_mail(calendar=calendar))


def test_answers_to_an_invitation_go_to_its_sender_alone() -> None:
    with pytest.raises(CannotAssemble):
        assemble(a_mail(calendar=INVITATION, reply_to=Mailbox("cleo@example.org")))


def test_a_text_cannot_end_its_part_early() -> None:
    boundary = modern(assemble(a_mail())).get_boundary()
    forged = f"Hoi\n--{boundary}\nContent-Type: text/html\n\n<p>Dan</p>\n--{boundary}--\n"

    mail = a_mail(text=forged)

    assert readings(assemble(mail)) == dict.fromkeys(READERS, meant(mail, headers=HEADERS))
