"""Settings of an installation: all gaps are told together, and a number is a number."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from chalicelib.settings import MissingSettings, Settings

GIVEN = {
    f"PLUIM_{field.name.upper()}": "x" for field in fields(Settings) if field.default is MISSING
}


def test_what_has_a_default_may_be_left_out() -> None:
    settings = Settings.from_environment({**GIVEN, "PLUIM_UNASKED_DAYS": ""})

    assert (settings.strangers_an_hour, settings.unasked_days) == (20, 7)


def test_a_number_is_read_as_one() -> None:
    settings = Settings.from_environment({**GIVEN, "PLUIM_STRANGERS_AN_HOUR": "0"})

    assert settings.strangers_an_hour == 0


def test_all_that_is_missing_or_no_number_is_told_at_once() -> None:
    given = {**GIVEN, "PLUIM_TABLE": "", "PLUIM_UNASKED_DAYS": "a week"}

    with pytest.raises(MissingSettings, match="PLUIM_TABLE, PLUIM_UNASKED_DAYS"):
        Settings.from_environment(given)
