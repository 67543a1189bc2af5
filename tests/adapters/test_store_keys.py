"""Keys: no part runs over into the next, and `docs/data.md` tells each of them."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import FunctionType

import pytest

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.keys import Key, NotAnId
from chalicelib.domain.people import EmailAddress
from chalicelib.ports import Listing, NotFound

CHART = (Path(__file__).parents[2] / "docs" / "data.md").read_text("utf-8")

PERSON = keys.address("<partnership>", EmailAddress("bo@example.nl"))
KEYS = {
    keys.partnership: keys.partnership("<partnership>"),
    keys.person: keys.person("<partnership>", "<person>"),
    keys.address: Key(f"{PERSON.pk.rpartition('#')[0]}#<digest>", PERSON.sk),
    keys.coordinator: keys.coordinator("<partnership>", "<person>"),
    keys.coordinator_prefix: keys.coordinator_prefix("<partnership>"),
    keys.nomination: keys.nomination("<partnership>", "<nomination>"),
    keys.consent_line: keys.consent_line("<partnership>", "<nomination>", "<at>", "<honouree>"),
    keys.consent_prefix: keys.consent_prefix("<partnership>", "<nomination>"),
    keys.mention: Key(keys.nomination("<partnership>", "<nomination>").pk, "mention#<digest>"),
    keys.unread: keys.unread("<partnership>", "<nomination>"),
    keys.gathering: keys.gathering("<partnership>", "<gathering>"),
    keys.tally: keys.tally("<partnership>", "<gathering>"),
    keys.invitation: keys.invitation("<partnership>", "<gathering>", "<guest>"),
    keys.invitation_prefix: keys.invitation_prefix("<partnership>", "<gathering>"),
    keys.waiting: keys.waiting("<partnership>", "<gathering>", "<heads>", "<since>", "<guest>"),  # type: ignore[arg-type]
    keys.waiting_prefix: keys.waiting_prefix("<partnership>", "<gathering>", "<heads>"),  # type: ignore[arg-type]
    keys.message: keys.message("<partnership>", "<message>"),
    keys.job: keys.job("<partnership>", "<job>"),
    keys.token: keys.token("<partnership>", "<token>"),
    keys.sign_in: keys.sign_in("<partnership>", "<sign_in>"),
    keys.session: keys.session("<partnership>", "<session>"),
    keys.feed: keys.feed("<partnership>", "<guest>"),
    keys.allowance: keys.allowance("<partnership>", "<name>", "<window>"),
    keys.proven: keys.proven("<partnership>", "<address_key>"),
    keys.reply_address: keys.reply_address("<token>"),
    keys.gathering_place: keys.gathering_place("<gathering>"),
    keys.received: keys.received("<partnership>", "<mail>"),
    keys.held_reply: keys.held_reply("<partnership>", "<mail>"),
    keys.preferences: keys.preferences("<partnership>", "<address_key>"),
    keys.tombstone: keys.tombstone("<partnership>", "<address_key_or_person>"),
    keys.data_request: keys.data_request("<partnership>", "<request>"),
    keys.mail_text: keys.mail_text("<partnership>", "<kind>", 7),
    keys.mail_text_prefix: keys.mail_text_prefix("<partnership>", "<kind>"),
    keys.export: keys.export("<partnership>", "<request>"),
    keys.export_part: Key(keys.export("<partnership>", "<request>").pk, "part#<number>"),
    keys.export_prefix: keys.export_prefix("<partnership>", "<request>"),
    keys.solved_puzzle: keys.solved_puzzle("<partnership>", "<challenge>"),
    keys.suppression: keys.suppression("<address_key>"),
    keys.passing_bounces: keys.passing_bounces("<address_key>"),
    keys.reputation: keys.reputation(),
    keys.mail_account: keys.mail_account(),
    keys.brake: keys.brake(),
}


PREFIXES: set[object] = {
    keys.consent_prefix,
    keys.export_prefix,
    keys.waiting_prefix,
    keys.mail_text_prefix,
}
"""They ask what the rows below them answer, whose line in the chart tells it."""


def test_no_key_is_missing_here() -> None:
    made_here = {
        function
        for _, function in inspect.getmembers(keys, inspect.isfunction)
        if function.__annotations__.get("return") == "Key"
    }

    assert made_here == KEYS.keys()


@pytest.mark.parametrize(
    ("function", "key"), KEYS.items(), ids=[function.__name__ for function in KEYS]
)
def test_the_chart_tells_every_key_next_to_its_question(function: FunctionType, key: Key) -> None:
    question = (function.__doc__ or "").partition("?")[0]

    told = [line for line in CHART.splitlines() if f"`{key.pk}`" in line and f"`{key.sk}`" in line]

    assert len(told) >= 1
    assert any(question in line for line in told) or function in PREFIXES


@pytest.mark.parametrize("listing", Listing)
def test_the_chart_tells_every_list(listing: Listing) -> None:
    assert f"| `{listing.value}` |" in CHART


@pytest.mark.parametrize("key", [key for key in KEYS.values() if not key.pk.startswith("#")])
def test_the_partnership_stands_first(key: Key) -> None:
    assert key.pk.startswith("<partnership>#")


@pytest.mark.parametrize("part", ["", "a#b", "a b", "é", "\n", "x" * 301])
def test_a_part_of_a_key_cannot_run_over_into_the_next(part: str) -> None:
    with pytest.raises(NotAnId):
        keys.nomination("ons-dorp", part)
    with pytest.raises(NotFound):
        keys.suppression(part)
