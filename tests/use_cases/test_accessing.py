"""Accessing: everything about one person and nothing about another, collected once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chalicelib.domain.consent import Choice
from chalicelib.domain.data_request import DataRequest
from chalicelib.domain.export import AlreadyOpened, Entry
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.inbound import Says, Why
from chalicelib.domain.invitation import Answer, PartStat, Via
from chalicelib.domain.people import Person, Side
from chalicelib.domain.preferences import Preferences
from chalicelib.ports import AllowanceSpent, NotFound, Suppression
from chalicelib.use_cases import accessing, consenting
from chalicelib.use_cases.accessing import Reader
from chalicelib.use_cases.signing_in import WrongCode
from tests.domain.examples import (
    ADA,
    BO,
    BO_AND_DAN,
    NOW,
    gathering,
    invitation,
    submitted,
    thanked,
    verified,
)
from tests.town import SLUG, Town
from tests.use_cases.steps import cleo


def ask(town: Town, **changes: str) -> DataRequest:
    return accessing.ask(
        town.world,
        partnership=town.partnership,
        address=BO,
        coordinator=cleo(town),
        send_key=changes.get("send_key", "a" * 32),
        now=town.clock.now,
    )


def settle_bo(town: Town) -> None:
    """Bo is on the list, thanked, thanking, invited, and writes; Ada and Dan are there too."""
    world = town.world
    world.save(Person(SLUG, "bo", "Bo de Vries", BO, Side.PROFESSIONALS))
    world.save(replace(thanked(), led_to="Ada vertelt."))
    consenting.decide(
        world,
        partnership=town.partnership,
        nomination_id="n1",
        honouree_id="1",
        choice=Choice.NAMED,
        now=town.clock.now,
    )
    by_bo = replace(submitted().nominator, name="Bo de Vries", address=BO)
    world.save(replace(submitted(id="n2", honourees=BO_AND_DAN[1:]), nominator=by_bo))
    world.save(verified(id="n3"))
    answer = Answer(PartStat.ACCEPTED, NOW, Via.PAGE, heads=2, remark="Geen vlees.")
    world.save(gathering(), invitation(answer=answer))
    world.save(invitation(guest="ada", name="Ada", address=ADA))
    said = (Says.WORDS, Why.WORDS)
    world.save(HeldReply(SLUG, "h1", NOW, "g1", "bo", *said, writer=BO, text="Mag de hond mee?"))
    key = world.secrets.address_key(BO)
    world.save(Preferences(SLUG, key, frozenset({"thanks"})), Suppression(key, "bounce", NOW))


def collected(town: Town, request: DataRequest) -> list[Entry]:
    town.run_queues()
    parts = town.world.store.export_parts(SLUG, request.id)
    return [entry for part in parts for entry in part.entries]


def code_for(town: Town, reader: Reader) -> str:
    """Asks for a code at one browser, and lets it be minted without a mail."""
    reader.ask_for_code(browser="browser", now=town.clock.now)
    town.run_queues()
    body = town.newest(BO).get_body(("plain",))
    assert body is not None
    found = re.search(r"^ +(\d{6})\s*$", body.get_content(), flags=re.MULTILINE)
    assert found is not None
    return found[1]


def test_everything_about_one_person_is_collected(ons_dorp: Town) -> None:
    settle_bo(ons_dorp)

    found = collected(ons_dorp, ask(ons_dorp))

    kinds = sorted(entry.what for entry in found)
    facts = {(entry.what, name): fact for entry in found for name, fact in entry.facts.items()}
    assert kinds == [
        *("choice", "invitation", "person", "reply", "stopped", "suppressed"),
        *("thanks_given", "thanks_got", "thanks_got"),
    ]
    assert facts["choice", "choice"] == "named"
    assert (facts["invitation", "heads"], facts["invitation", "remark"]) == ("2", "Geen vlees.")
    assert facts["thanks_given", "for_whom"] == "Dan Bakker"
    assert facts["reply", "text"] == "Mag de hond mee?"
    assert facts["suppressed", "why_suppressed"] == "bounce"


def test_what_is_about_others_stays_out(ons_dorp: Town) -> None:
    settle_bo(ons_dorp)

    found = collected(ons_dorp, ask(ons_dorp))

    texts = {fact for entry in found for fact in entry.facts.values()}
    assert not {ADA, "Ada vertelt."} & texts
    # Who wrote what was not passed on yet is not Bo's to know; of what was, it is.
    assert [e.facts.get("from_whom", "") for e in found if e.what == "thanks_got"].count("Ada") == 1


def test_asking_twice_is_asking_once_and_a_walk_may_be_repeated(ons_dorp: Town) -> None:
    settle_bo(ons_dorp)
    request = ask(ons_dorp)
    assert ask(ons_dorp).id == request.id
    job = ons_dorp.world.store.job(SLUG, f"collect-{request.id}")

    for _ in range(2):
        accessing.collect_next(ons_dorp.world, job, now=ons_dorp.clock.now)

    assert len(collected(ons_dorp, request)) == 9
    assert ons_dorp.world.store.data_request(SLUG, request.id).handled_at


def test_it_is_opened_once_with_a_code_of_one_browser(ons_dorp: Town) -> None:
    request = ask(ons_dorp)
    ons_dorp.run_queues()
    reader = Reader(ons_dorp.world, ons_dorp.partnership, request.id)
    code = code_for(ons_dorp, reader)

    for browser, typed in (("other", code), ("browser", "x")):
        with pytest.raises(WrongCode):
            reader.open(browser=browser, code=typed, now=ons_dorp.clock.now)
    reader.open(browser="browser", code=code, now=ons_dorp.clock.now)

    assert not reader.is_open()
    with pytest.raises(AlreadyOpened):
        reader.open(browser="browser", code=code, now=ons_dorp.clock.now)
    with pytest.raises(AlreadyOpened):
        reader.ask_for_code(browser="browser", now=ons_dorp.clock.now)


def test_five_wrong_codes_are_enough(ons_dorp: Town) -> None:
    request = ask(ons_dorp)
    ons_dorp.run_queues()
    reader = Reader(ons_dorp.world, ons_dorp.partnership, request.id)
    code = code_for(ons_dorp, reader)

    tries_left = []
    for typed in ("x", "x", "x", "x", "x", code):
        with pytest.raises(WrongCode) as refused:
            reader.open(browser="browser", code=typed, now=ons_dorp.clock.now)
        tries_left.append(refused.value.tries_left)

    assert tries_left == [True, True, True, True, False, False]


def test_no_more_codes_are_mailed_than_anybody_gets(ons_dorp: Town) -> None:
    reader = Reader(ons_dorp.world, ons_dorp.partnership, ask(ons_dorp).id)

    for _ in range(3):
        reader.ask_for_code(browser=str(_), now=ons_dorp.clock.now)

    with pytest.raises(AllowanceSpent):
        reader.ask_for_code(browser="fourth", now=ons_dorp.clock.now)


def test_what_was_collected_is_gone_after_a_week(ons_dorp: Town) -> None:
    reader = Reader(ons_dorp.world, ons_dorp.partnership, ask(ons_dorp).id)
    ons_dorp.clock.wait(days=8)

    with pytest.raises(NotFound):
        reader.is_open()
