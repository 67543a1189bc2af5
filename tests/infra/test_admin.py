"""What an operator can set up, and what is said when it cannot be done."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from chalicelib.domain.partnership import ReviewSetting
from chalicelib.domain.people import Language, Side
from infra.admin import CannotDo, main, parse, run
from tests.rows import every_row
from tests.town import SLUG, Town, town

CREATE = (
    "create-partnership", "noorderwijk", "--name", "Noorderwijk", "--contact", "Ada",
    "--contact-email", "hallo@noorderwijk.example", "--controller", "Gemeente Noord",
    "--controller-address", "Plein 1, 1234 AB Noord",
)  # fmt: skip


@pytest.fixture(scope="module")
def ons_dorp(aws: boto3.Session) -> Iterator[Town]:
    """One partnership for all tests here, each of which adds somebody else to it."""
    with town(aws) as founded:
        yield founded


def do(ons_dorp: Town, *words: str) -> str:
    return run(ons_dorp.world, parse(words))


def test_a_partnership_is_set_up_with_one_command(ons_dorp: Town) -> None:
    said = do(ons_dorp, *CREATE)

    partnership = ons_dorp.world.store.partnership("noorderwijk")
    assert partnership.contact.address == "hallo@noorderwijk.example"
    assert partnership.controller.name == "Gemeente Noord"
    assert "/noorderwijk/bedank" in said


def test_a_party_is_added_on_its_side(ons_dorp: Town) -> None:
    do(ons_dorp, "add-party", SLUG, "haven", "--name", "Havenbedrijf", "--side", "professionals")

    assert ons_dorp.world.store.partnership(SLUG).party("haven").side is Side.PROFESSIONALS


def test_a_person_is_on_the_side_of_their_party(ons_dorp: Town) -> None:
    do(ons_dorp, "add-party", SLUG, "markt", "--name", "Marktbond", "--side", "citizens")

    do(ons_dorp, "add-person", SLUG, "ada", "--name", "Ada", "--party", "markt", "--language", "en")

    ada = ons_dorp.world.store.person(SLUG, "ada")
    assert (ada.side, ada.party, ada.language) == (Side.CITIZENS, "markt", Language.ENGLISH)


def test_a_coordinator_is_added_and_may_sign_in(ons_dorp: Town) -> None:
    do(ons_dorp, "add-coordinator", SLUG, "dirk", "--name", "Dirk", "--email", "dirk@example.org")

    assert ons_dorp.world.store.person(SLUG, "dirk").coordinates


def test_somebody_on_the_list_becomes_a_coordinator(ons_dorp: Town) -> None:
    do(ons_dorp, "add-person", SLUG, "eva", "--name", "Eva", "--email", "eva@example.org")

    do(ons_dorp, "make-coordinator", SLUG, "eva")

    assert ons_dorp.world.store.person(SLUG, "eva").coordinates


def test_a_partnership_of_before_the_hourly_clock_is_enlisted(ons_dorp: Town) -> None:
    dynamodb = ons_dorp.aws.client("dynamodb")
    for row in every_row(dynamodb):
        if row["pk"]["S"] == f"{SLUG}#coordinators":
            dynamodb.delete_item(TableName="pluim", Key={"pk": row["pk"], "sk": row["sk"]})
    assert not ons_dorp.world.store.coordinators(SLUG).items

    do(ons_dorp, "enlist", SLUG)
    do(ons_dorp, "enlist", SLUG)

    found = {person.id for person in ons_dorp.world.store.coordinators(SLUG).items}
    assert found >= {"cleo", "cas"}
    assert SLUG in ons_dorp.world.store.partnerships().items


def test_a_setting_is_changed(ons_dorp: Town) -> None:
    do(ons_dorp, "set", SLUG, "undo_minutes", "0")
    do(ons_dorp, "set", SLUG, "language", "en")
    do(ons_dorp, "set", SLUG, "review", "trusted")

    do(ons_dorp, "set", SLUG, "link_hosts", "OnsDorp.nl, www.onsdorp.nl")

    settings = ons_dorp.world.store.partnership(SLUG).settings
    assert (settings.undo_minutes, settings.language) == (0, Language.ENGLISH)
    assert settings.review is ReviewSetting.TRUSTED
    assert settings.linkable == {"onsdorp.nl", "www.onsdorp.nl"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create-partnership", "en", *CREATE[2:]), "cannot be a short name"),
        (("create-partnership", SLUG, *CREATE[2:]), "exists already"),
        (("set", SLUG, "link_hosts", "onsdorp.nl, https://onsdorp.nl/"), "hosts with commas"),
        (("add-party", "nergens", "x", "--name", "X", "--side", "citizens"), "no partnership"),
        (("add-person", SLUG, "ada", "--name", "Ada", "--party", "nergens"), "has no party"),
        (("add-coordinator", SLUG, "dan", "--name", "Dan"), "give an --email"),
        (("make-coordinator", SLUG, "nobody"), "no such person"),
        (("set", SLUG, "undo_minutes", "ten"), "whole number"),
        (("set", SLUG, "language", "fr"), "one of nl, en"),
        (("set", SLUG, "review", "never"), "one of always, trusted"),
        (("set", SLUG, "time_zone", "Mars/Base"), "one of Europe/Amsterdam"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    ons_dorp: Town, words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CannotDo, match=sentence):
        do(ons_dorp, *words)


def test_an_address_belongs_to_one_person(ons_dorp: Town) -> None:
    do(ons_dorp, "add-person", SLUG, "fred", "--name", "Fred", "--email", "fred@example.org")

    with pytest.raises(CannotDo, match="used once"):
        do(ons_dorp, "add-person", SLUG, "dan", "--name", "Dan", "--email", "Fred@example.org")


@pytest.mark.parametrize(
    "words",
    [
        ("add-person", SLUG, "Not an id", "--name", "Ada"),
        ("add-person", SLUG, "ada", "--name", "Ada", "--email", "a@b@example.org"),
        ("add-party", SLUG, "x", "--name", "X", "--side", "unknown"),
        ("add-person", SLUG, "ada", "--name", " \r\n"),
        ("set", SLUG, "colour", "red"),
        (),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        parse(words)


def test_the_table_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(CREATE) == 1

    assert "PLUIM_TABLE" in capsys.readouterr().err
