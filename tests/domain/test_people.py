"""People: addresses that are one mailbox, names in lists, what a role allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.people import (
    Person,
    Role,
    Side,
    canonical_address,
    name_key,
    same_address,
)
from tests.domain.examples import ADA, BO, CLEO


@pytest.mark.parametrize(
    "spelling",
    [
        "ada@example.nl",
        "Ada@Example.NL",
        " ada@example.nl ",
        "ada+pluim@example.nl",
        '"ada"@example.nl',
        "ada@example.nl.",
    ],
)
def test_spellings_of_one_mailbox_are_one_address(spelling: str) -> None:
    assert canonical_address(spelling) == "ada@example.nl"


@pytest.mark.parametrize(
    ("written", "ascii_form"),
    [
        ("ada@café.example", "ada@xn--caf-dma.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@XN--BCHER-KVA.example"),
        ("ada@Straße.de", "ada@xn--strae-oqa.de"),
        ("ada@STRAẞE.de", "ada@xn--strae-oqa.de"),
        ("Ada@ｅｘａｍｐｌｅ。ｎｌ。", "ada@example.nl"),
        ('"ada+x"@bücher.example.', "ada@xn--bcher-kva.example"),
    ],
)
def test_an_international_domain_is_one_address_in_all_its_forms(
    written: str, ascii_form: str
) -> None:
    assert same_address(written, ascii_form)


def test_a_sharp_s_is_not_two_of_them() -> None:
    assert not same_address("ada@straße.de", "ada@strasse.de")


def test_a_domain_that_no_network_knows_is_kept_as_it_is() -> None:
    label = "é" * 70

    assert canonical_address(f"ada@{label}.nl") == f"ada@{label}.nl"


def test_an_address_that_starts_with_a_plus_keeps_its_name() -> None:
    assert not same_address("+ada@example.nl", "+bo@example.nl")


def test_two_people_are_not_one_address() -> None:
    assert not same_address(ADA, BO)


@pytest.mark.parametrize("nobody", [None, ""])
def test_no_address_equals_nothing_not_even_no_address(nobody: str | None) -> None:
    assert not same_address(nobody, ADA)
    assert not same_address(nobody, nobody)


@given(st.emails())
def test_the_canonical_form_of_an_address_is_its_own_canonical_form(address: str) -> None:
    once = canonical_address(address)

    assert canonical_address(once) == once


def test_lists_sort_names_without_case_accents_and_spaces() -> None:
    names = ["Zoë", "  ada   de Boer", "Émile", "Ada Bakker"]

    assert sorted(names, key=name_key) == ["Ada Bakker", "  ada   de Boer", "Émile", "Zoë"]


def test_a_coordinator_may_come_in_at_the_desk() -> None:
    cleo = Person("ons-dorp", "cleo", "Cleo", CLEO, Side.PROFESSIONALS)

    assert not cleo.coordinates
    assert cleo.with_role(Role.COORDINATOR).coordinates


def test_getting_a_role_twice_changes_nothing() -> None:
    cleo = Person("ons-dorp", "cleo", "Cleo", CLEO, Side.CITIZENS).with_role(Role.COORDINATOR)

    assert cleo.with_role(Role.COORDINATOR) == cleo
