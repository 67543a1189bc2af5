"""Keeping time: what the clock brings, to whom, once, and never at night or on a day off."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from chalicelib.domain.invitation import Tally
from chalicelib.domain.message import Kind, Outcome
from chalicelib.domain.people import Role
from chalicelib.ports import Move, TallyChange
from chalicelib.use_cases import founding, keeping_time
from tests.adapters.facts import person
from tests.domain.examples import gathering, message, verified
from tests.faults import StormyTown
from tests.rows import every_row
from tests.town import CAS, CLEO, SLUG, Town, found_ons_dorp
from tests.use_cases.steps import deliver, kept, promise_thanks

MONDAY_AT_9 = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""Nine o'clock in winter, in Ons Dorp."""
HOUR = timedelta(hours=1)


def strike(town: Town, at: datetime) -> None:
    """Let the clock strike at this moment, and whatever follows from it happen."""
    town.clock.now = at
    town.strike()
    town.look_after_mail()


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def words_of(mail: EmailMessage) -> set[str]:
    """Every word of it; the tokens in its links are none, and may hold any letters."""
    return set(re.findall(r"\w+", re.sub(r"https?://\S+", "", text_of(mail))))


def test_on_monday_each_coordinator_hears_what_waits(ons_dorp: Town) -> None:
    kept(ons_dorp, verified())

    strike(ons_dorp, MONDAY_AT_9)

    for coordinator in (CLEO, CAS):
        (mail,) = ons_dorp.mails_to(coordinator)
        assert mail["Subject"] == "Deze week: één bedankje wacht op jou"
        assert mail["Precedence"] == "bulk"
        assert "https://pluim.example.nl/ons-dorp/beheer/lezen\n" in text_of(mail)


def test_nothing_is_sent_when_nothing_waits(ons_dorp: Town) -> None:
    strike(ons_dorp, MONDAY_AT_9)
    kept(ons_dorp, verified())

    # What comes in after the digest was looked at waits for the next one.
    strike(ons_dorp, MONDAY_AT_9 + HOUR)

    assert not ons_dorp.mails_to(CLEO)


def test_a_clock_that_strikes_twice_late_or_at_once_sends_one_digest(ons_dorp: Town) -> None:
    kept(ons_dorp, verified())
    ons_dorp.clock.now = MONDAY_AT_9
    ons_dorp.strike()
    ons_dorp.strike()
    ons_dorp.hints.rows.extend(list(ons_dorp.hints.rows))

    ons_dorp.look_after_mail()
    for hour in range(1, 24 * 6):
        strike(ons_dorp, MONDAY_AT_9 + hour * HOUR)

    assert len(ons_dorp.mails_to(CLEO)) == 1


def test_the_next_week_has_a_digest_of_its_own(ons_dorp: Town) -> None:
    kept(ons_dorp, verified())

    for week in range(3):
        strike(ons_dorp, MONDAY_AT_9 + timedelta(weeks=week))

    digests = [mail for mail in ons_dorp.mails_to(CLEO) if mail["Precedence"]]
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        (MONDAY_AT_9 - HOUR, False),
        (MONDAY_AT_9 + 11 * HOUR, False),
        (MONDAY_AT_9 + 24 * HOUR, True),
        (datetime(2026, 4, 6, 7, tzinfo=UTC), False),
        (datetime(2026, 4, 7, 7, tzinfo=UTC), True),
        (datetime(2026, 12, 25, 8, tzinfo=UTC), False),
    ],
    ids=["early", "at night", "a day late", "Easter Monday", "the day after it", "Christmas"],
)
def test_a_digest_comes_in_waking_hours_on_a_working_day(
    ons_dorp: Town, at: datetime, sent: bool
) -> None:
    kept(ons_dorp, verified())

    strike(ons_dorp, at)

    assert bool(ons_dorp.mails_to(CLEO)) is sent


def test_a_partnership_chooses_its_own_day_and_hour(ons_dorp: Town) -> None:
    kept(ons_dorp, verified())
    founding.change_settings(ons_dorp.world, slug=SLUG, digest_weekday=4, digest_hour=16)

    strike(ons_dorp, MONDAY_AT_9 + timedelta(days=3, hours=6))
    assert not ons_dorp.mails_to(CLEO)

    strike(ons_dorp, MONDAY_AT_9 + timedelta(days=3, hours=7))
    assert ons_dorp.mails_to(CLEO)


def test_a_digest_names_the_guests_who_have_not_answered(ons_dorp: Town) -> None:
    ons_dorp.world.save(gathering(), TallyChange(SLUG, "g1", Tally(silent=12)))

    strike(ons_dorp, MONDAY_AT_9)

    text = text_of(ons_dorp.newest(CLEO))
    assert "Herinner 12 gasten die nog niet hebben geantwoord: Celebration" in text
    assert "/ons-dorp/beheer/bijeenkomsten/g1\n" in text


def test_a_coordinator_without_an_address_keeps_nobody_waiting(ons_dorp: Town) -> None:
    kept(ons_dorp, verified())
    founding.add_person(
        ons_dorp.world,
        person=person(id="a", address=None, roles=frozenset({Role.COORDINATOR})),
    )

    strike(ons_dorp, MONDAY_AT_9)

    assert len(ons_dorp.mails_to(CLEO)) == 1


def test_many_coordinators_are_told_in_chunks(ons_dorp: Town) -> None:
    kept(ons_dorp, verified())
    count = keeping_time.COORDINATORS_PER_CHUNK * 2
    for number in range(count):
        address = f"c{number}@example.nl"
        founding.add_person(
            ons_dorp.world,
            person=person(id=f"c{number}", address=address, roles=frozenset({Role.COORDINATOR})),
        )

    strike(ons_dorp, MONDAY_AT_9)

    told = {str(mail["To"]) for mail in ons_dorp.mailer.mails}
    assert len(told) == len(ons_dorp.mailer.mails) == count + 2


def test_a_partnership_that_nobody_can_read_keeps_no_other_waiting(stormy: StormyTown) -> None:
    town = stormy.town
    found_ons_dorp(town.world, slug="aan-zee")
    kept(town, verified())
    (row,) = [row for row in every_row(stormy.dynamodb) if row["pk"]["S"] == "aan-zee#partnership"]
    stormy.dynamodb.put_item(TableName="pluim", Item={**row, "colour": {"S": "blue"}})
    failed: list[str] = []

    struck = keeping_time.strike(
        town.world, now=MONDAY_AT_9, may_go_on=lambda: True, report=failed.append
    )

    assert failed == ["aan-zee"]
    assert (struck.partnerships, struck.failed, struck.finished) == (2, 1, True)
    assert struck.begun == 2


def test_what_one_stroke_has_no_time_for_the_next_one_begins(ons_dorp: Town) -> None:
    for number in range(3):
        found_ons_dorp(ons_dorp.world, slug=f"buurt-{number}")
    a_page_each = replace(ons_dorp.world, store=SmallPages(ons_dorp.world.store))

    strokes = [
        keeping_time.strike(a_page_each, now=MONDAY_AT_9, may_go_on=Once(), report=print)
        for _ in range(2)
    ]
    whole = keeping_time.strike(a_page_each, now=MONDAY_AT_9, may_go_on=lambda: True, report=print)

    assert [stroke.finished for stroke in strokes] == [False, False]
    assert [stroke.begun for stroke in strokes] == [2, 0]
    assert (whole.begun, whole.finished) == (6, True)


FRIDAY_AT_9 = datetime(2026, 11, 27, 8, tzinfo=UTC)
TUESDAY_AT_9 = MONDAY_AT_9 + timedelta(days=1)


def named(town: Town, kind: str) -> list[EmailMessage]:
    """The mails of this kind that Cleo got."""
    tags = [envelope.tags["kind"] for envelope in town.mailer.envelopes]
    mails = zip(tags, town.mailer.mails, strict=True)
    return [mail for tag, mail in mails if tag == kind and CLEO in str(mail["To"])]


def every_working_day(town: Town, first: datetime, *, days: int) -> None:
    for number in range(days):
        strike(town, first + timedelta(days=number))


def test_a_thank_you_over_its_term_is_told_once_and_again_after_a_week(ons_dorp: Town) -> None:
    kept(ons_dorp, verified())

    # Read by Friday 27 November, so over its term on Saturday, which is told on Monday.
    every_working_day(ons_dorp, FRIDAY_AT_9, days=3)
    assert not named(ons_dorp, "review_pending")

    every_working_day(ons_dorp, FRIDAY_AT_9 + timedelta(days=3), days=12)

    first, second = named(ons_dorp, "review_pending")
    assert first["Subject"] == "Bedankjes wachten langer dan beloofd"
    assert "Eén bedankje wacht tot iemand het leest. Het oudste wacht al 10 dagen." in " ".join(
        text_of(first).split()
    )
    assert "al 17 dagen" in " ".join(text_of(second).split())
    assert "Bo" not in words_of(first)


def test_undelivered_mail_is_told_once_by_kind_and_without_names(ons_dorp: Town) -> None:
    strike(ons_dorp, MONDAY_AT_9)
    lost = message(id="thanks-n1-1-1").failed(reason="deadline", now=MONDAY_AT_9 + HOUR)
    back = message(id="thanks-n2-1-1").sent(ses_id="s", now=MONDAY_AT_9 + HOUR)
    ons_dorp.world.save(outbox=[lost, back.heard(Outcome.BOUNCED, now=MONDAY_AT_9 + 2 * HOUR)])

    every_working_day(ons_dorp, TUESDAY_AT_9, days=4)

    (mail,) = named(ons_dorp, "failed_mail")
    assert mail["Subject"] == "2 e-mails kwamen niet aan"
    assert "Bedankje: niet verstuurd\n" in text_of(mail)
    assert "Bedankje: teruggekomen\n" in text_of(mail)
    assert "bo@" not in text_of(mail)
    assert "List-Unsubscribe" not in mail


def test_a_mail_that_comes_back_days_after_it_left_is_told_once(ons_dorp: Town) -> None:
    sent = message(id="thanks-n1-1-1").sent(ses_id="s", now=MONDAY_AT_9)
    ons_dorp.world.save(outbox=[sent])
    every_working_day(ons_dorp, MONDAY_AT_9, days=3)

    back = sent.heard(Outcome.BOUNCED, now=MONDAY_AT_9 + timedelta(days=2, hours=1))
    ons_dorp.world.save(moves=[Move(sent, back)])
    every_working_day(ons_dorp, FRIDAY_AT_9 - timedelta(days=1), days=2)

    assert [mail["Subject"] for mail in named(ons_dorp, "failed_mail")] == [
        "Eén e-mail kwam niet aan"
    ]


def test_news_of_undelivered_mail_that_fails_makes_no_news(ons_dorp: Town) -> None:
    strike(ons_dorp, MONDAY_AT_9)
    lost = message(id="failed_mail-x", kind=Kind.FAILED_MAIL)
    ons_dorp.world.save(outbox=[lost.failed(reason="deadline", now=MONDAY_AT_9 + HOUR)])

    strike(ons_dorp, TUESDAY_AT_9)

    assert not named(ons_dorp, "failed_mail")


def test_a_first_thank_you_is_a_hint_to_coordinators_once(ons_dorp: Town) -> None:
    bo = person(party="gemeente")
    founding.add_person(ons_dorp.world, person=bo)
    strike(ons_dorp, MONDAY_AT_9)
    ons_dorp.clock.now = MONDAY_AT_9 + HOUR
    deliver(ons_dorp, promise_thanks(ons_dorp).id)

    every_working_day(ons_dorp, TUESDAY_AT_9, days=3)

    (mail,) = named(ons_dorp, "deed_prompt")
    assert mail["Subject"] == "Een moment om te vieren"
    assert "Bo de Vries\u2069 kreeg hier voor het eerst een bedankje." in " ".join(
        text_of(mail).split()
    )


def test_who_was_thanked_before_is_no_news(ons_dorp: Town) -> None:
    long_ago = MONDAY_AT_9 - timedelta(days=100)
    founding.add_person(ons_dorp.world, person=person(party="gemeente", first_thanked_at=long_ago))
    deliver(ons_dorp, promise_thanks(ons_dorp).id)

    strike(ons_dorp, MONDAY_AT_9)

    assert not named(ons_dorp, "deed_prompt")
    assert ons_dorp.world.store.person(SLUG, "bo").first_thanked_at == long_ago


def test_an_anniversary_at_the_weekend_is_told_on_monday(ons_dorp: Town) -> None:
    founding.change_settings(ons_dorp.world, slug=SLUG, since="2020-11-21")

    every_working_day(ons_dorp, datetime(2026, 11, 20, 8, tzinfo=UTC), days=6)

    (mail,) = named(ons_dorp, "deed_prompt")
    assert "Jullie werken nu 6 jaar samen." in text_of(mail)
    assert ons_dorp.world.store.message(SLUG, "deed_prompt-2026-11-23-cleo")


def test_a_day_that_was_missed_is_told_about_on_the_next(ons_dorp: Town) -> None:
    strike(ons_dorp, MONDAY_AT_9)
    lost = message(id="thanks-n1-1-1").failed(reason="deadline", now=MONDAY_AT_9 + HOUR)
    ons_dorp.world.save(outbox=[lost])

    # Nothing ran on Tuesday and Wednesday.
    strike(ons_dorp, MONDAY_AT_9 + timedelta(days=3))

    assert len(named(ons_dorp, "failed_mail")) == 1


class Once:
    """There is time for one page."""

    def __init__(self) -> None:
        self.left = 1

    def __call__(self) -> bool:
        self.left -= 1
        return self.left >= 0


class SmallPages:
    """A store that lists one partnership a page."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def partnerships(self, *, after: str = "", limit: int = 1) -> Any:
        return self._store.partnerships(after=after, limit=1)
