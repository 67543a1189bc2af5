"""Access: what lets somebody in, for what, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.access import (
    CODE_LIVES,
    CODE_TRIES,
    SESSION_LIVES,
    Purpose,
    Session,
    SignIn,
    Token,
    token_digest,
)
from tests.domain.examples import DAY, MINUTE, NOW

LINK = Token("ons-dorp", token_digest("abc"), Purpose.HONOUREE, "n1/1", NOW + DAY)
SIGN_IN = SignIn("ons-dorp", "s1", "cleo", NOW + CODE_LIVES)


def test_a_link_opens_the_page_it_was_made_for() -> None:
    assert LINK.opens(Purpose.HONOUREE, now=NOW)


@pytest.mark.parametrize("other", [purpose for purpose in Purpose if purpose is not LINK.purpose])
def test_a_link_opens_no_other_page(other: Purpose) -> None:
    assert not LINK.opens(other, now=NOW)


def test_a_link_stops_opening_when_it_expires() -> None:
    assert LINK.opens(Purpose.HONOUREE, now=NOW + DAY - MINUTE)
    assert not LINK.opens(Purpose.HONOUREE, now=NOW + DAY)


def test_a_link_is_kept_as_a_digest_that_does_not_tell_it() -> None:
    assert token_digest("abc") == token_digest("abc") != token_digest("abd")
    assert "abc" not in token_digest("abc")


@pytest.mark.parametrize("rubbish", ["", "é", "\ud83d", "x" * 5000])
def test_rubbish_for_a_link_is_just_an_unknown_link(rubbish: str) -> None:
    assert token_digest(rubbish) != LINK.digest


def test_a_code_may_be_tried_five_times() -> None:
    assert replace(SIGN_IN, tries=CODE_TRIES - 1).may_try(NOW)
    assert not replace(SIGN_IN, tries=CODE_TRIES).may_try(NOW)


def test_a_code_works_once_and_for_ten_minutes() -> None:
    assert not replace(SIGN_IN, used=True).may_try(NOW)
    assert not SIGN_IN.may_try(NOW + 10 * MINUTE)


def test_a_stay_at_the_desk_ends_after_twelve_hours() -> None:
    session = Session("ons-dorp", "digest", "cleo", NOW)

    assert session.ends_at == NOW + SESSION_LIVES == NOW + timedelta(hours=12)
