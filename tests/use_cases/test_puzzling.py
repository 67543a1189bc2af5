"""Puzzling: a form whose browser did not do the work waits for a coordinator, and mails nobody."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.nomination import Nomination
from chalicelib.domain.people import EmailAddress
from chalicelib.domain.spam_guard import Filling, Tripwire
from chalicelib.ports import Listing
from chalicelib.use_cases import founding, nominating, puzzling
from chalicelib.use_cases.puzzling import PuzzleView
from tests.town import CLEO, SLUG, Town, found_ons_dorp
from tests.use_cases.steps import cleo, review
from tests.use_cases.test_nominating import DRAFT


@pytest.fixture
def puzzled(ons_dorp: Town) -> Town:
    """Ons Dorp asks browsers to try thirty numbers."""
    return asks(ons_dorp, SLUG)


def asks(town: Town, slug: str) -> Town:
    founding.change_settings(town.world, slug=slug, puzzle=30)
    return replace(town, partnership=town.world.store.partnership(slug))


def posed(town: Town) -> PuzzleView:
    view = puzzling.pose(town.world, town.partnership, now=town.clock.now)
    assert view
    return view


def solve(puzzle: PuzzleView, **changes: Any) -> str:
    """What a browser brings back."""

    def gives(number: int) -> bool:
        digest = hashlib.sha256(f"{puzzle.salt}{number}".encode()).hexdigest()
        return digest == puzzle.challenge

    told = {
        "algorithm": "SHA-256",
        "challenge": puzzle.challenge,
        "number": next(filter(gives, range(puzzle.most + 1))),
        "salt": puzzle.salt,
        "signature": puzzle.signature,
    }
    return base64.b64encode(json.dumps(told | changes).encode()).decode()


def send(town: Town, solution: str, *, key: str = "a" * 32, **rest: Any) -> Nomination:
    return nominating.submit_nomination(
        town.world,
        partnership=town.partnership,
        draft=rest.get("draft", DRAFT),
        send_key=key,
        signed_in=rest.get("signed_in"),
        filling=Filling(solution=solution),
        now=town.clock.now,
    )


def test_who_solved_it_is_mailed(puzzled: Town) -> None:
    sent = send(puzzled, solve(posed(puzzled)))
    puzzled.look_after_mail()

    assert not sent.tripped
    assert len(puzzled.mailer.mails) == 1


def test_without_the_setting_nothing_is_asked(ons_dorp: Town) -> None:
    assert puzzling.pose(ons_dorp.world, ons_dorp.partnership, now=ons_dorp.clock.now) is None
    assert not send(ons_dorp, "").tripped


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 31},
        {"challenge": hashlib.sha256(b"mine").hexdigest()},
        {"signature": "abcdefgh.abcdefghijklmnopqrstuvwxyz"},
        {"signature": ""},
    ],
)
def test_what_is_no_solution_waits_for_a_coordinator(
    puzzled: Town, changes: dict[str, Any]
) -> None:
    sent = send(puzzled, solve(posed(puzzled), **changes))

    assert_waits(puzzled, sent)


def test_a_puzzle_of_ones_own_is_not_ours(puzzled: Town) -> None:
    salt = posed(puzzled).salt
    mine = hashlib.sha256(f"{salt}1".encode()).hexdigest()

    sent = send(puzzled, solve(posed(puzzled), salt=salt, challenge=mine, number=1))

    assert_waits(puzzled, sent)


def test_who_brings_none_waits_until_a_coordinator_releases_it(puzzled: Town) -> None:
    sent = send(puzzled, "")
    assert_waits(puzzled, sent)

    review(puzzled, puzzled.world.store.nomination(SLUG, sent.id)).release()
    puzzled.look_after_mail()

    assert len(puzzled.mailer.mails) == 1


def test_it_is_solved_too_late_after_ten_minutes(puzzled: Town) -> None:
    solution = solve(posed(puzzled))
    puzzled.clock.wait(minutes=10)

    assert_waits(puzzled, send(puzzled, solution))


def test_it_counts_once(puzzled: Town) -> None:
    solution = solve(posed(puzzled))

    first, second = (send(puzzled, solution, key=key) for key in ("one", "two"))

    assert not first.tripped
    assert second.tripped == (Tripwire.PUZZLE,)
    assert puzzled.world.store.count(SLUG, Listing.SUSPICIOUS) == 1


def test_the_same_form_again_is_the_same_thank_you(puzzled: Town) -> None:
    solution = solve(posed(puzzled))

    first, again = (send(puzzled, solution) for _ in range(2))

    assert again.id == first.id
    assert not again.tripped
    assert puzzled.world.store.count(SLUG, Listing.SUSPICIOUS) == 0


def test_it_stays_used_when_too_many_were_sent(puzzled: Town) -> None:
    founding.change_settings(puzzled.world, slug=SLUG, nominations_a_day=1)
    busy = asks(puzzled, SLUG)
    send(busy, solve(posed(busy)), key="one")
    solution = solve(posed(busy))

    second = send(busy, solution, key="two")
    other = replace(DRAFT, nominator=replace(DRAFT.nominator, address=EmailAddress("d@x.example")))
    third = send(busy, solution, key="three", draft=other)

    assert (second.tripped, third.tripped) == ((Tripwire.MANY,), (Tripwire.PUZZLE,))


def test_another_partnerships_puzzle_is_of_no_use(puzzled: Town) -> None:
    found_ons_dorp(puzzled.world, slug="elders")
    elsewhere = asks(puzzled, "elders")

    assert_waits(puzzled, send(puzzled, solve(posed(elsewhere))))


def test_who_is_signed_in_is_no_robot(puzzled: Town) -> None:
    by_cleo = replace(DRAFT, nominator=replace(DRAFT.nominator, address=CLEO))

    assert not send(puzzled, "", signed_in=cleo(puzzled), draft=by_cleo).tripped


def assert_waits(town: Town, sent: Nomination) -> None:
    town.look_after_mail()
    assert sent.tripped == (Tripwire.PUZZLE,)
    assert town.world.store.count(SLUG, Listing.SUSPICIOUS) == 1
    assert not town.mailer.mails
