"""Each alarm hears the lines that the code really writes, and the guide says what to do."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.message import Kind
from chalicelib.domain.reputation import FEW_COMPLAINTS, Reputation
from chalicelib.entrypoints.logs import JsonLine, log_failure
from chalicelib.ports import KeysUnavailable
from chalicelib.settings import MissingSettings
from chalicelib.use_cases import founding
from infra.alarms import ALARMS, FILTERS, FUNCTIONS, resources
from tests.faults import Storm
from tests.town import SLUG, Town
from tests.use_cases.steps import SECOND, claim, promise, promise_thanks
from tests.use_cases.test_rationing import SANDBOX

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "run-an-installation.md"


@pytest.fixture
def ons_dorp(weather: Storm) -> Town:
    """A partnership in which things go wrong."""
    return weather.founded().town


@contextmanager
def written() -> Iterator[StringIO]:
    """What is logged meanwhile, in the form in which Lambda gets it."""
    log, lines = logging.getLogger("pluim"), StringIO()
    listener, level = logging.StreamHandler(lines), log.level
    listener.setFormatter(JsonLine())
    log.addHandler(listener)
    log.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        log.removeHandler(listener)
        log.setLevel(level)


def fits(pattern: str, line: dict[str, Any]) -> bool:
    """Whether CloudWatch counts a line: the part of its patterns that we use."""
    inside = pattern.removeprefix("{").removesuffix("}").strip()
    for written_so, python in (
        (r"\$\.(\w+) IS TRUE", r'line.get("\1") is True'),
        (r"\$\.(\w+) (!?)= (\"\w+\")", r'line.get("\1", \3 if "\2" else "") \2== \3'),
        (r"\$\.(\w+) > (\d+)", r'line.get("\1", 0) > \2'),
        ("!==", "!="),
        ("&&", "and"),
        (r"\|\|", "or"),
    ):
        inside = re.sub(written_so, python, inside)
    return bool(eval(inside, {"line": line}))


def heard(lines: StringIO) -> set[str]:
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    return {one.metric for one in FILTERS if any(fits(one.pattern, line) for line in said)}


def stopped(town: Town) -> None:
    town.mailer.allows = replace(SANDBOX, sends=False)
    town.sweep()


def nearly_used(town: Town) -> None:
    town.mailer.allows = replace(SANDBOX, sent=170)
    town.sweep()


def distrusted(town: Town) -> None:
    town.mailer.allows = SANDBOX
    town.world.save(Reputation().after(at=town.clock.now, complaints=FEW_COMPLAINTS))
    town.sweep()


def late(town: Town) -> None:
    promise(town, due_at=town.clock.now - 61 * SECOND)
    town.sweep()


def in_doubt(town: Town) -> None:
    claim(town, promise(town))
    town.clock.wait(minutes=15)
    town.sweep()


def crowded(town: Town) -> None:
    founding.change_settings(town.world, slug=SLUG, strangers_an_hour=1)
    for number in (1, 2):
        promise(town, f"n{number}", vouched=False, recipient=f"new{number}@example.nl")
    town.run_queues()


def unmade(town: Town) -> None:
    promise(town, kind=Kind.NOMINATION_RECEIPT)
    town.run_queues()


def too_late(town: Town) -> None:
    promise(town, deadline=town.clock.now)
    town.run_queues()


def spoilt(town: Town) -> None:
    mail = promise_thanks(town)
    town.world.save(outbox=[replace(mail, id="own", text_number=9)])
    town.look_after_mail()


HAPPENINGS: dict[str, Callable[[Town], None]] = {
    "SendingStopped": stopped,
    "QuotaNearlyUsed": nearly_used,
    "Distrusted": distrusted,
    "UrgentLate": late,
    "MailInDoubt": in_doubt,
    "TooManyStrangers": crowded,
    "MailUnmade": unmade,
    "MailTooLate": too_late,
    "TextFailed": spoilt,
}


@pytest.mark.parametrize("cause", HAPPENINGS)
def test_each_thing_that_goes_wrong_is_counted_by_its_own_filter_and_by_no_other(
    ons_dorp: Town, cause: str
) -> None:
    with written() as lines:
        HAPPENINGS[cause](ons_dorp)

    assert heard(lines) == {cause}


def test_an_ordinary_minute_is_counted_nowhere(ons_dorp: Town) -> None:
    promise(ons_dorp)

    with written() as lines:
        ons_dorp.look_after_mail()

    assert lines.getvalue().count('"event": "sweep"') == 1
    assert heard(lines) == set()


def test_a_failure_is_either_unforeseen_or_something_to_set_up() -> None:
    heard_of = {}
    for failure in (ValueError, MissingSettings, KeysUnavailable):
        with written() as lines:
            try:
                raise failure
            except Exception:
                log_failure("queue")
        heard_of[failure] = heard(lines)

    unforeseen = {f"{function}Failures" for function in FUNCTIONS}
    assert heard_of == {
        ValueError: unforeseen,
        MissingSettings: {"NotSetUp"},
        KeysUnavailable: {"NotSetUp"},
    }


def test_a_function_without_its_settings_says_so_and_raises_which_it_lacks(
    ons_dorp: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = bootstrap.pluim()
    monkeypatch.delenv("PLUIM_TABLE", raising=False)
    bootstrap.serve(None)

    try:
        with written() as lines, pytest.raises(MissingSettings, match="PLUIM_TABLE"):
            ons_dorp.sweep()
    finally:
        bootstrap.serve(running)

    assert heard(lines) == {"NotSetUp"}


def test_what_chalice_logs_itself_names_no_address_of_a_page() -> None:
    with written() as lines:
        try:
            raise ValueError("secret")
        except ValueError:
            logging.getLogger("pluim").exception("Caught exception for path %s", "/dorp/token")

    line = json.loads(lines.getvalue())
    assert (line["level"], line["event"], line["type"]) == ("error", "failure", "ValueError")
    assert not {"/dorp/token", "secret"} & set(lines.getvalue().split('"'))


@pytest.mark.parametrize("text", ["Found nothing", "404", "null", '"a"', '{"x"'])
def test_whatever_is_logged_becomes_a_line_that_alarms_can_read(text: str) -> None:
    with written() as lines:
        logging.getLogger("pluim").warning(text)

    line = json.loads(lines.getvalue())
    assert (line["level"], line["event"], line["text"]) == ("warning", "other", text)


def test_every_alarm_reads_a_number_that_is_counted() -> None:
    ours = {alarm.metric for alarm in ALARMS.values() if alarm.namespace is None}

    assert ours == {one.metric for one in FILTERS}


def test_what_lasts_is_told_when_it_is_over_and_what_happens_is_not() -> None:
    made = {name: r["Properties"] for name, r in resources().items() if "Alarm" in r["Type"]}

    over = {name for name, alarm in made.items() if alarm.get("OKActions") == [{"Ref": "Alarms"}]}

    assert {"SendingStoppedAlarm", "QuotaNearlyUsedAlarm", "NoSweepAlarm"} <= over
    assert not {"MailInDoubtAlarm", "TextFailedAlarm", "SweepFailuresAlarm"} & over


def test_the_guide_says_of_every_alarm_what_to_do() -> None:
    rows = [line for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("| `")]
    told = {name for row in rows if row.count("|") == 4 for name in re.findall(r"`(\w+)`", row)}
    functions = re.compile(rf"^({'|'.join(FUNCTIONS)})(?=Failures|Ended)")

    assert {functions.sub("", f"{name}Alarm") for name in ALARMS} <= told
