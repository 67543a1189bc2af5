"""What queues bring: a bad record fails alone, and nothing waits longer than it must."""

from __future__ import annotations

import json

from tests.browser import Browser
from tests.journeys.steps import ADA, nominate
from tests.town import SLUG, Town


def hint_at(message: str) -> str:
    return json.dumps({"what": "message", "partnership": SLUG, "id": message})


def test_a_record_that_nobody_can_read_fails_alone(ons_dorp: Town, browser: Browser) -> None:
    nominate(browser)
    row, _ = ons_dorp.hints.rows.popleft()

    failed = ons_dorp.handle("deliver_urgent", "nonsense", hint_at(row.id))

    assert failed == ["record-0"]
    assert ons_dorp.given_back.after_seconds == [20]
    assert len(ons_dorp.mails_to(ADA)) == 1


def test_a_hint_at_a_row_that_is_gone_is_done_with(ons_dorp: Town) -> None:
    assert ons_dorp.handle("deliver_ordinary", hint_at("verify-unknown")) == []


def test_with_little_time_left_records_go_back_at_once(ons_dorp: Town, browser: Browser) -> None:
    nominate(browser)
    row, _ = ons_dorp.hints.rows.popleft()

    failed = ons_dorp.handle("deliver_urgent", hint_at(row.id), milliseconds_left=19_000)

    assert failed == ["record-0"]
    assert ons_dorp.given_back.after_seconds == [0]
    assert not ons_dorp.mails_to(ADA)


def test_the_same_hint_twice_sends_once(ons_dorp: Town, browser: Browser) -> None:
    nominate(browser)
    row, _ = ons_dorp.hints.rows.popleft()

    ons_dorp.handle("deliver_urgent", hint_at(row.id), hint_at(row.id))

    assert len(ons_dorp.mails_to(ADA)) == 1


def test_a_hint_that_got_lost_costs_a_minute(ons_dorp: Town, browser: Browser) -> None:
    nominate(browser)
    ons_dorp.hints.rows.clear()

    ons_dorp.look_after_mail()

    assert len(ons_dorp.mails_to(ADA)) == 1


def test_with_little_time_left_a_sweep_leaves_all_to_the_next(
    ons_dorp: Town, browser: Browser
) -> None:
    nominate(browser)
    ons_dorp.hints.rows.clear()

    ons_dorp.sweep(milliseconds_left=9_000)
    assert not ons_dorp.hints.rows

    ons_dorp.look_after_mail()
    assert len(ons_dorp.mails_to(ADA)) == 1


def test_an_event_of_ses_marks_the_mail_delivered(ons_dorp: Town, browser: Browser) -> None:
    nominate(browser)
    row, _ = ons_dorp.hints.rows.popleft()
    ons_dorp.handle("deliver_urgent", hint_at(row.id))
    event = {
        "eventType": "Delivery",
        "mail": {
            "messageId": "ses-1",
            "timestamp": "2026-11-20T11:00:00.000Z",
            "destination": [ADA],
            "tags": {"message": [row.id], "attempt": ["1"], "partnership": [SLUG]},
        },
        "delivery": {"timestamp": "2026-11-20T11:00:02.000Z", "recipients": [ADA]},
    }

    assert ons_dorp.handle("events", json.dumps(event)) == []
    assert ons_dorp.world.store.message(SLUG, row.id).outcome == "delivered"
