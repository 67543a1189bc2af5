"""Allowances: how much of something anybody may have for a while, and when there is room again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.allowance import Allowance, code_allowances
from chalicelib.domain.partnership import Settings
from tests.domain.examples import MINUTE, NOW


def test_an_allowance_counts_within_one_window() -> None:
    allowance = Allowance("ons-dorp", "codes", timedelta(minutes=15), 3)

    assert allowance.window_at(NOW + 14 * MINUTE) == NOW
    assert allowance.window_at(NOW + 15 * MINUTE) == NOW + 15 * MINUTE


def codes_of(asker: str) -> tuple[Allowance, ...]:
    usual = Settings()
    return code_allowances(
        "ons-dorp", asker, a_quarter=usual.codes_a_quarter, a_day=usual.codes_a_day
    )


def test_an_address_may_ask_for_three_codes_in_a_quarter_and_ten_a_day() -> None:
    limits = {(one.window, one.limit) for one in codes_of("key")}

    assert limits == {(timedelta(minutes=15), 3), (timedelta(days=1), 10)}


def test_each_address_has_its_own_allowances() -> None:
    names = {one.name for key in ("ada", "bo") for one in codes_of(key)}

    assert len(names) == 4


def test_who_is_left_alone_for_a_whole_window_is_remembered_for_one_more() -> None:
    usual = Allowance("", "any", timedelta(minutes=15), 1)

    assert usual.counts_until(NOW) == usual.ends_at(NOW)
    assert replace(usual, apart=True).counts_until(NOW) == usual.ends_at(NOW) + 15 * MINUTE
