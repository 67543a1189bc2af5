"""The mailbox page: what it shows, and what it does not let through."""

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest

from chalicelib.domain.inbound import Says
from chalicelib.messages.replies import read_mail
from infra.local.mailbox import Mailbox
from infra.local.maildrop import KeptMail, Maildrop
from tests.local.parts import CALENDAR, MAIL

MOMENT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)

SENT: list[bytes] = []
"""What the mailbox sent to Pluim."""


@pytest.fixture
def maildrop(tmp_path: Path) -> Maildrop:
    return Maildrop(tmp_path / "mail")


@pytest.fixture
def mailbox(maildrop: Maildrop) -> Mailbox:
    return Mailbox(maildrop, send=SENT.append)


@pytest.fixture
def invitation(maildrop: Maildrop) -> KeptMail:
    return maildrop.keep(MAIL, kind="gathering_invite", now=MOMENT)


def test_an_empty_mailbox_says_what_to_do(mailbox: Mailbox) -> None:
    assert b"There is no mail yet" in mailbox.answer("/_local/mail").body


def test_mails_are_listed_newest_first(mailbox: Mailbox, maildrop: Maildrop) -> None:
    older = maildrop.keep(MAIL, kind="thanks", now=MOMENT)
    newer = maildrop.keep(MAIL, kind="thanks_back", now=MOMENT + timedelta(seconds=1))

    listed = json.loads(mailbox.answer("/_local/mail.json").body)

    assert [mail["id"] for mail in listed] == [newer.id, older.id]
    assert listed[0] == {
        "id": newer.id,
        "to": "bo@example.org",
        "subject": "Er is een bedankje voor je",
        "kind": "thanks_back",
        "file": str(newer.file),
    }


def test_a_mailbox_opened_later_still_knows_its_mails(invitation: KeptMail) -> None:
    reopened = Maildrop(invitation.file.parent)

    assert reopened.mails() == [invitation]


def test_a_mail_shows_its_text_with_links_that_work(mailbox: Mailbox, invitation: KeptMail) -> None:
    page = mailbox.answer(f"/_local/mail/{invitation.id}").body.decode()

    assert '<a href="http://127.0.0.1:8000/demo/voor-jou/abc"' in page
    assert "Er is een bedankje voor je" in page


def test_a_calendar_part_shows_as_a_card(mailbox: Mailbox, invitation: KeptMail) -> None:
    page = mailbox.answer(f"/_local/mail/{invitation.id}").body.decode()

    for shown in (
        "Calendar: REQUEST",
        "Samen vieren",
        "Saturday 12 December 2026, 19:30 to 21:30 (Europe/Amsterdam)",
        "Dorpshuis",
        "2026-11-20 09:00:00 UTC",
        "Bo &lt;bo@example.org&gt;: ACCEPTED",
    ):
        assert shown in page


def test_a_card_names_the_last_of_whole_days_and_not_the_day_after_it(
    mailbox: Mailbox, maildrop: Maildrop
) -> None:
    timed = b";TZID=Europe/Amsterdam:20261212T193000", b";TZID=Europe/Amsterdam:20261212T213000"
    for after, said in (
        (b"13", "Saturday 12 December 2026, all day"),
        (b"14", "Saturday 12 December 2026 to Sunday 13 December 2026, all day"),
    ):
        days = MAIL.replace(timed[0], b";VALUE=DATE:20261212")
        days = days.replace(timed[1], b";VALUE=DATE:202612" + after)
        mail = maildrop.keep(days, kind="gathering_invite", now=MOMENT)

        assert f"<dd>{said}</dd>" in mailbox.answer(f"/_local/mail/{mail.id}").body.decode()


def test_the_frame_of_a_mail_is_as_high_as_its_text_is_long(
    mailbox: Mailbox, maildrop: Maildrop
) -> None:
    heights = []
    for lines in (1, 30, 40, 90):
        text = b"\r\n".join([b"Lees het op"] * lines)
        mail = maildrop.keep(MAIL.replace(b"Lees het op", text), kind="thanks", now=MOMENT)
        page = mailbox.answer(f"/_local/mail/{mail.id}").body.decode()
        heights.append(page.partition('<iframe class="')[2].partition('"')[0])

    style = mailbox.answer("/_local/mailbox.css").body.decode()

    assert heights == ["brief", "short", "long", "longest"]
    assert all(f".{height} {{ height: " in style for height in heights)


def test_html_opens_its_links_in_the_whole_window_and_loads_nothing(
    mailbox: Mailbox, invitation: KeptMail
) -> None:
    reply = mailbox.answer(f"/_local/mail/{invitation.id}/html")

    assert b'<head><base target="_top">' in reply.body
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "allow-scripts" not in reply.headers["Content-Security-Policy"]


def test_the_calendar_part_can_be_read_as_it_is(mailbox: Mailbox, invitation: KeptMail) -> None:
    reply = mailbox.answer(f"/_local/mail/{invitation.id}/part/4")

    assert reply.content_type.startswith("text/plain")
    assert reply.body == CALENDAR.removesuffix(b"\r\n")


def test_an_attachment_can_be_taken_along(mailbox: Mailbox, invitation: KeptMail) -> None:
    reply = mailbox.answer(f"/_local/mail/{invitation.id}/part/5")

    assert reply.headers["Content-Disposition"] == 'attachment; filename="uitnodiging.ics"'
    assert reply.body == CALENDAR.removesuffix(b"\r\n")


def test_markup_in_a_subject_stays_text(mailbox: Mailbox, maildrop: Maildrop) -> None:
    maildrop.keep(
        b"To: bo@example.org\r\nSubject: <b>{{7*7}}</b>\r\n\r\nHi", kind="thanks", now=MOMENT
    )

    page = mailbox.answer("/_local/mail").body

    assert b"&lt;b&gt;{{7*7}}&lt;/b&gt;" in page


def test_a_broken_calendar_is_a_sentence_not_an_error(mailbox: Mailbox, maildrop: Maildrop) -> None:
    broken = b"To: bo@example.org\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nnonsense"
    mail = maildrop.keep(broken, kind="gathering_invite", now=MOMENT)

    reply = mailbox.answer(f"/_local/mail/{mail.id}")

    assert reply.status == HTTPStatus.OK
    assert b"Not a calendar" in reply.body


@pytest.mark.parametrize(
    "path",
    [
        "/_local/mail/20261123T123000000000Z-unknown",
        "/_local/mail/..%2f..%2fetc%2fpasswd",
        "/_local/mail/../state",
        "/_local/mail/%00",
        "/_local/elsewhere",
    ],
)
def test_what_is_not_there_is_not_found(mailbox: Mailbox, path: str) -> None:
    assert mailbox.answer(path).status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("rest", ["/part/0", "/part/99", "/other"])
def test_a_part_that_is_not_there_is_not_found(
    mailbox: Mailbox, invitation: KeptMail, rest: str
) -> None:
    assert mailbox.answer(f"/_local/mail/{invitation.id}{rest}").status == HTTPStatus.NOT_FOUND


def test_the_list_can_look_for_mail_by_itself_without_a_script(mailbox: Mailbox) -> None:
    page = mailbox.answer("/_local/mail?refresh=1").body

    assert b'<meta http-equiv="refresh"' in page
    assert b"<script" not in page


def test_emptying_the_mailbox_leaves_other_files_alone(
    maildrop: Maildrop, invitation: KeptMail
) -> None:
    notes = invitation.file.with_name("notes.eml")
    notes.write_text("mine")

    maildrop.empty()

    assert maildrop.mails() == []
    assert notes.exists()


@pytest.mark.parametrize("answer", ["ACCEPTED", "TENTATIVE", "DECLINED"])
def test_a_button_sends_what_a_calendar_program_sends(
    mailbox: Mailbox, invitation: KeptMail, answer: str
) -> None:
    reply = mailbox.act(f"/_local/mail/{invitation.id}/answer", f"answer={answer}".encode())

    said = read_mail(SENT[-1])
    assert reply.status == 303
    assert (said.says, said.writer, said.uid) == (
        Says.REPLY,
        "bo@example.org",
        "harvest@rsvp.example.nl",
    )
    assert [one.partstat for one in said.answers] == [answer]
    assert b"Sent: " in mailbox.answer(reply.headers["Location"]).body


def test_another_time_is_proposed_an_hour_later(mailbox: Mailbox, invitation: KeptMail) -> None:
    mailbox.act(f"/_local/mail/{invitation.id}/answer", b"answer=COUNTER")

    said = read_mail(SENT[-1])
    assert said.says is Says.COUNTER
    assert said.proposal is not None
    assert said.proposal.starts == datetime(2026, 12, 12, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize("body", [b"answer=PERHAPS", b"", b"\xff"])
def test_only_what_calendar_programs_say_can_be_sent(
    mailbox: Mailbox, invitation: KeptMail, body: bytes
) -> None:
    before = len(SENT)

    assert mailbox.act(f"/_local/mail/{invitation.id}/answer", body).status == 404
    assert len(SENT) == before


def test_the_card_of_a_series_tells_its_dates(mailbox: Mailbox, maildrop: Maildrop) -> None:
    moved = b"".join(
        line
        for line in CALENDAR.splitlines(keepends=True)
        if not line.startswith((b"BEGIN:VCAL", b"END:VCAL", b"PRODID", b"VERSION", b"METHOD"))
    ).replace(b"SUMMARY", b"RECURRENCE-ID;TZID=Europe/Amsterdam:20261219T193000\r\nSUMMARY")
    moved = moved.replace(b":20261212T", b":20261220T")
    rule = b"RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Europe/Amsterdam:20261226T193000\r\n"
    series = CALENDAR.replace(b"SUMMARY", rule + b"SUMMARY").replace(
        b"END:VCALENDAR", moved + b"END:VCALENDAR"
    )
    mail = maildrop.keep(
        MAIL.replace(CALENDAR.removesuffix(b"\r\n"), series.removesuffix(b"\r\n")),
        kind="gathering_update",
        now=MOMENT,
    )

    page = mailbox.answer(f"/_local/mail/{mail.id}").body.decode()
    mailbox.act(f"/_local/mail/{mail.id}/answer", b"answer=ACCEPTED")

    for shown in (
        "FREQ=WEEKLY;COUNT=4",
        "Saturday 26 December 2026, 19:30",
        "Saturday 19 December 2026, 19:30 is Sunday 20 December 2026, 19:30 to 21:30",
    ):
        assert shown in page
    assert read_mail(SENT[-1]).uid == "harvest@rsvp.example.nl"


def test_a_date_that_did_not_move_is_said_once(mailbox: Mailbox, maildrop: Maildrop) -> None:
    event = CALENDAR[CALENDAR.index(b"BEGIN:VEVENT") : CALENDAR.index(b"END:VCALENDAR")]
    date = event.replace(
        b"SUMMARY", b"RECURRENCE-ID;TZID=Europe/Amsterdam:20261212T193000\r\nSUMMARY"
    )
    rule = CALENDAR.replace(b"SUMMARY", b"RRULE:FREQ=WEEKLY;COUNT=4\r\nSUMMARY")
    series = rule.replace(b"END:VCALENDAR", date + b"END:VCALENDAR").removesuffix(b"\r\n")
    content = MAIL.replace(CALENDAR.removesuffix(b"\r\n"), series)
    mail = maildrop.keep(content, kind="rsvp_confirmed", now=MOMENT)

    page = mailbox.answer(f"/_local/mail/{mail.id}").body.decode()

    assert "<dt>One date</dt><dd>Saturday 12 December 2026, 19:30 to 21:30 (" in page
