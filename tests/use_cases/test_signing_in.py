"""Signing in: a code that works once, in one browser, after at most five tries."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from chalicelib.domain.access import CODE_LIVES, CODE_TRIES, SESSION_LIVES, Session
from chalicelib.domain.people import EmailAddress, Language
from chalicelib.ports import AllowanceSpent
from chalicelib.use_cases import signing_in
from chalicelib.use_cases.signing_in import WrongCode
from tests.faults import StormyTown
from tests.rows import every_row
from tests.town import CAS, CLEO, Town
from tests.use_cases.steps import SECOND

HERS, ANOTHER, KNOWN = "a" * 32, "b" * 32, "c" * 32
STRANGER = EmailAddress("dan@example.nl")


def ask(town: Town, *, address: EmailAddress = CLEO, browser: str = HERS, known: str = "") -> None:
    signing_in.request_code(
        town.world,
        partnership=town.partnership,
        address=address,
        browser=browser,
        known_browser=known,
        language=Language.DUTCH,
        now=town.clock.now,
    )


def mailed_code(town: Town) -> str:
    town.look_after_mail()
    body = town.newest(CLEO).get_body(("plain",))
    found = re.search(r"\b\d{6}\b", body.get_content() if body else "")
    assert found
    return found[0]


def enter(
    town: Town,
    code: str,
    *,
    browser: str = HERS,
    session: str = "s" * 32,
    known: str = "",
    leaves: str = KNOWN,
) -> Session:
    return signing_in.enter_code(
        town.world,
        partnership=town.partnership,
        browser=browser,
        code=code,
        session_token=session,
        known_browser=known,
        next_known_browser=leaves,
        now=town.clock.now,
    )


def who(town: Town, session: str = "s" * 32) -> str:
    person = signing_in.coordinator_of(
        town.world, partnership=town.partnership, session_token=session, now=town.clock.now
    )
    return person.id if person else ""


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_mailed_code_opens_the_desk_once(ons_dorp: Town) -> None:
    ask(ons_dorp)
    code = mailed_code(ons_dorp)

    enter(ons_dorp, code)

    assert who(ons_dorp) == "cleo"
    with pytest.raises(WrongCode):
        enter(ons_dorp, code, session="t" * 32)
    assert who(ons_dorp, "t" * 32) == ""


def test_another_browser_cannot_use_the_code(ons_dorp: Town) -> None:
    ask(ons_dorp)
    code = mailed_code(ons_dorp)

    for browser in (ANOTHER, ""):
        with pytest.raises(WrongCode):
            enter(ons_dorp, code, browser=browser)

    enter(ons_dorp, code)


def test_after_five_wrong_tries_the_right_code_is_wrong_too(ons_dorp: Town) -> None:
    ask(ons_dorp)
    code = mailed_code(ons_dorp)

    tries_left = []
    for typed in (*[wrong(code)] * CODE_TRIES, code):
        with pytest.raises(WrongCode) as refused:
            enter(ons_dorp, typed)
        tries_left.append(refused.value.tries_left)

    assert tries_left == [True, True, True, True, False, False]


def test_the_fifth_try_may_still_be_right(ons_dorp: Town) -> None:
    ask(ons_dorp)
    code = mailed_code(ons_dorp)

    for _ in range(CODE_TRIES - 1):
        with pytest.raises(WrongCode):
            enter(ons_dorp, wrong(code))

    enter(ons_dorp, code)
    assert who(ons_dorp) == "cleo"


def test_a_code_is_too_old_after_ten_minutes(ons_dorp: Town) -> None:
    ask(ons_dorp)
    code = mailed_code(ons_dorp)
    ons_dorp.clock.now += CODE_LIVES

    with pytest.raises(WrongCode):
        enter(ons_dorp, code)


def test_before_the_code_is_mailed_no_code_is_right(ons_dorp: Town) -> None:
    ask(ons_dorp)

    with pytest.raises(WrongCode):
        enter(ons_dorp, "")


def test_an_unknown_address_leaves_the_same_rows_and_no_mail(stormy: StormyTown) -> None:
    founded = sorts(stormy)
    ask(stormy.town, address=STRANGER)
    of_a_stranger = sorts(stormy) - founded
    ask(stormy.town, browser=ANOTHER)
    of_cleo = sorts(stormy) - founded - of_a_stranger
    stormy.town.look_after_mail()

    assert of_cleo == of_a_stranger
    assert [envelope.recipient for envelope in stormy.town.mailer.envelopes] == [CLEO]


def sorts(stormy: StormyTown) -> Counter[str]:
    """How many rows there are of each sort."""
    return Counter(row["pk"]["S"].split("#")[1] for row in every_row(stormy.dynamodb))


def test_an_address_gets_three_codes_in_fifteen_minutes(ons_dorp: Town) -> None:
    for number in range(3):
        ask(ons_dorp, browser=f"{number:032}")

    with pytest.raises(AllowanceSpent):
        ask(ons_dorp)

    ask(ons_dorp, address=STRANGER, browser=ANOTHER)
    ons_dorp.clock.wait(minutes=15)
    ask(ons_dorp)


def test_an_address_gets_ten_codes_a_day(ons_dorp: Town) -> None:
    ons_dorp.clock.now = ons_dorp.clock.now.replace(hour=1)
    for number in range(10):
        ask(ons_dorp, browser=f"{number:032}")
        ons_dorp.clock.wait(minutes=15)

    with pytest.raises(AllowanceSpent):
        ask(ons_dorp)

    ons_dorp.clock.wait(days=1)
    ask(ons_dorp)


def test_signing_out_ends_the_session_itself(ons_dorp: Town) -> None:
    ask(ons_dorp)
    enter(ons_dorp, mailed_code(ons_dorp))

    for _ in range(2):
        signing_in.sign_out(
            ons_dorp.world, partnership=ons_dorp.partnership, session_token="s" * 32
        )

    assert who(ons_dorp) == ""


def test_a_session_ends_after_twelve_hours(ons_dorp: Town) -> None:
    ask(ons_dorp)
    enter(ons_dorp, mailed_code(ons_dorp))

    ons_dorp.clock.now += SESSION_LIVES - SECOND
    assert who(ons_dorp) == "cleo"

    ons_dorp.clock.now += SECOND
    assert who(ons_dorp) == ""


def test_strangers_cannot_use_up_the_codes_of_a_browser_that_signed_in_before(
    ons_dorp: Town,
) -> None:
    ask(ons_dorp)
    enter(ons_dorp, mailed_code(ons_dorp))
    for number in range(2):
        ask(ons_dorp, browser=str(number) * 32)
    with pytest.raises(AllowanceSpent):
        ask(ons_dorp, browser=ANOTHER)

    ask(ons_dorp, browser=ANOTHER, known=KNOWN)

    code = mailed_code(ons_dorp)
    enter(ons_dorp, code, browser=ANOTHER, session="t" * 32, leaves="d" * 32)
    assert who(ons_dorp, "t" * 32) == "cleo"


def test_a_browser_known_for_one_person_is_not_known_for_another(ons_dorp: Town) -> None:
    ask(ons_dorp)
    enter(ons_dorp, mailed_code(ons_dorp))
    for number in range(3):
        ask(ons_dorp, address=CAS, browser=str(number) * 32)

    with pytest.raises(AllowanceSpent):
        ask(ons_dorp, address=CAS, browser=ANOTHER, known=KNOWN)


def notices(town: Town, address: EmailAddress = CLEO) -> list[str]:
    """What mail told somebody about a browser that we did not know."""
    town.look_after_mail()
    bodies = [mail.get_body(("plain",)) for mail in town.mails_to(address)]
    texts = [body.get_content() for body in bodies if body]
    return [text for text in texts if "kenden we nog niet" in text]


def test_a_new_device_is_reported_once_and_a_known_one_is_not(ons_dorp: Town) -> None:
    ask(ons_dorp)
    code = mailed_code(ons_dorp)
    enter(ons_dorp, code)
    with pytest.raises(WrongCode):
        enter(ons_dorp, code)
    assert len(notices(ons_dorp)) == 1

    ask(ons_dorp, browser=ANOTHER, known=KNOWN)
    enter(
        ons_dorp,
        mailed_code(ons_dorp),
        browser=ANOTHER,
        session="t" * 32,
        known=KNOWN,
        leaves="d" * 32,
    )

    assert len(notices(ons_dorp)) == 1


def test_a_device_that_only_somebody_else_used_is_new(ons_dorp: Town) -> None:
    ask(ons_dorp, address=CAS)
    ons_dorp.look_after_mail()
    body = ons_dorp.newest(CAS).get_body(("plain",))
    (code, *_) = re.findall(r"\b\d{6}\b", body.get_content() if body else "")
    enter(ons_dorp, code)
    ask(ons_dorp, browser=ANOTHER)

    enter(
        ons_dorp,
        mailed_code(ons_dorp),
        browser=ANOTHER,
        session="t" * 32,
        known=KNOWN,
        leaves="d" * 32,
    )

    assert (len(notices(ons_dorp)), len(notices(ons_dorp, CAS))) == (1, 1)


def test_the_report_says_when_in_local_time_and_nothing_about_the_device(ons_dorp: Town) -> None:
    ask(ons_dorp)
    code = mailed_code(ons_dorp)
    ons_dorp.clock.wait(minutes=4)
    enter(ons_dorp, code)

    (text,) = notices(ons_dorp)

    assert "vrijdag 20 november 2026, 12.04 uur" in text
    assert "Verander nu het wachtwoord van je e-mail" in text


def test_a_report_whose_hint_got_lost_is_still_sent(ons_dorp: Town) -> None:
    ask(ons_dorp)
    enter(ons_dorp, mailed_code(ons_dorp))
    ons_dorp.hints.rows.clear()

    assert len(notices(ons_dorp)) == 1
