"""Preferences: what was stopped stays stopped, whatever else is chosen."""

from __future__ import annotations

import pytest

from chalicelib.domain.message import Kind
from chalicelib.domain.preferences import NotAStopLink, Preferences, StopLink

NOTHING_STOPPED = Preferences("ons-dorp", "b" * 26)


def test_stopping_a_kind_stops_that_kind_alone() -> None:
    stopped = NOTHING_STOPPED.without(Kind.THANKS)

    assert [kind for kind in Kind if stopped.stops(kind)] == [Kind.THANKS]
    assert stopped.without(Kind.THANKS) == stopped


def test_a_choice_starts_and_stops_what_was_asked_and_nothing_else() -> None:
    before = NOTHING_STOPPED.without(Kind.THANKS).without(Kind.GATHERING_REMINDER)

    after = before.chosen([Kind.THANKS], among=[Kind.THANKS, Kind.THANKS_BACK])

    assert after.stopped == {Kind.GATHERING_REMINDER, Kind.THANKS_BACK}


def test_a_kind_that_only_newer_code_knows_stays_stopped() -> None:
    newer = Preferences("ons-dorp", "b" * 26, frozenset({"postcard"}))

    assert newer.chosen([], among=[Kind.THANKS]).stopped == {"postcard", "thanks"}


@pytest.mark.parametrize("person", ["", "bo", "bo/de/vries"])
def test_a_link_comes_back_from_its_subject(person: str) -> None:
    link = StopLink("b" * 26, Kind.THANKS, person)

    assert StopLink.of_subject(link.subject) == link


@pytest.mark.parametrize("subject", ["", "/thanks/bo", "b/postcard/bo", "n1/1", "b"])
def test_another_subject_is_no_link(subject: str) -> None:
    with pytest.raises(NotAStopLink):
        StopLink.of_subject(subject)
