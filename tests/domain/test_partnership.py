"""Partnerships: their short name, their parties, their settings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.partnership import (
    Contact,
    Controller,
    NotASlug,
    Partnership,
    Party,
    Settings,
    UnknownParty,
)
from chalicelib.domain.people import Language, Side

POLICE = Party("police", "Politie Ons Dorp", Side.PROFESSIONALS)
LINDEN = Party("linden", "Buurtvereniging De Linde", Side.CITIZENS)


def partnership(slug: str = "ons-dorp") -> Partnership:
    return Partnership(
        slug=slug,
        name="Ons Dorp",
        contact=Contact("Cleo"),
        controller=Controller("Gemeente Ons Dorp", "Dorpsstraat 1"),
        parties=(POLICE, LINDEN),
    )


def test_the_legal_ground_is_told_in_the_language_of_its_reader() -> None:
    both = Controller(
        "Gemeente", "Plein 1", legal_ground="Toestemming.", legal_ground_en="Consent."
    )
    dutch_only = replace(both, legal_ground_en="")

    assert both.legal_grounds == {Language.DUTCH: "Toestemming.", Language.ENGLISH: "Consent."}
    assert dutch_only.legal_grounds[Language.ENGLISH] == "Toestemming."


@pytest.mark.parametrize("slug", ["ons-dorp", "a", "2026", "a" * 40])
def test_a_short_name_goes_into_an_address(slug: str) -> None:
    assert partnership(slug).slug == slug


@pytest.mark.parametrize(
    "slug", ["", "Ons-Dorp", "ons dorp", "-dorp", "dorp-", "a" * 41, "dörp", "a/b", "dorp\n"]
)
def test_what_does_not_fit_in_an_address_is_no_short_name(slug: str) -> None:
    with pytest.raises(NotASlug):
        partnership(slug)


@pytest.mark.parametrize("slug", ["en", "static"])
def test_a_short_name_never_hides_a_page_of_our_own(slug: str) -> None:
    with pytest.raises(NotASlug):
        partnership(slug)


def test_a_party_is_found_by_its_id() -> None:
    assert partnership().party("linden") == LINDEN


def test_a_party_of_another_partnership_is_unknown_here() -> None:
    with pytest.raises(UnknownParty):
        partnership().party("elsewhere")


def test_a_party_is_found_by_its_name_however_it_is_typed() -> None:
    assert partnership().party_named(" buurtvereniging  de LINDÉ ") == LINDEN
    assert partnership().party_named("De Linde") is None


def test_a_new_party_joins_the_others() -> None:
    school = Party("school", "De School", Side.PROFESSIONALS)

    assert partnership().with_party(school).parties == (POLICE, LINDEN, school)


def test_a_known_party_is_replaced_where_it_stands() -> None:
    renamed = Party("police", "Politie", Side.PROFESSIONALS)

    assert partnership().with_party(renamed).parties == (renamed, LINDEN)


def test_a_partnership_starts_in_dutch_and_dutch_time() -> None:
    settings = partnership().settings

    assert settings.language is Language.DUTCH
    assert settings.time_zone == "Europe/Amsterdam"


def test_other_settings_leave_everything_else_as_it_was() -> None:
    changed = partnership().with_settings(Settings(response_days=3))

    assert changed.settings.response_days == 3
    assert changed.parties == partnership().parties


def test_a_side_of_one_party_says_which_party_that_is() -> None:
    assert partnership().sides_are_parties
    assert not replace(partnership(), parties=(LINDEN,)).sides_are_parties
    assert not partnership().with_party(replace(LINDEN, id="brug")).sides_are_parties
