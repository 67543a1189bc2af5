"""Previewing: each mail in each case is shown as it would arrive at its reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.messages.links import Links
from chalicelib.messages.rendering import environment
from chalicelib.messages.samples import PARTNERSHIP, sample_facts
from chalicelib.ports import NotFound
from chalicelib.use_cases.delivering import Letterhead
from chalicelib.use_cases.previewing import Specimen, specimen

LETTERHEAD = Letterhead(
    sender="bedankt@onsdorp.example",
    rsvp_domain="rsvp.onsdorp.example",
    links=Links("https://pluim.example"),
    ses_domain="eu-west-1.amazonses.com",
)


def shown(kind: str, case: str = "", language: Language = Language.DUTCH) -> Specimen:
    return specimen(
        partnership=PARTNERSHIP, letterhead=LETTERHEAD, kind=kind, case=case, language=language
    )


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_shown_as_its_golden_copy_says(kind: Kind) -> None:
    for language in Language:
        cases = tuple(sample_facts(language)[kind])
        golden = Path(f"tests/golden/mail/{kind}__{language}__{cases[0]}.txt").read_text("utf-8")

        seen = shown(kind, language=language)

        assert (seen.case, seen.cases) == (cases[0], cases)
        assert f"Subject: {seen.subject}\n" in golden
        assert seen.text in golden
        assert seen.html in golden


def test_a_mail_about_a_gathering_comes_from_where_its_answers_go() -> None:
    assert "rsvp+" in shown("gathering_invite").sender
    assert shown("gathering_invite").calendar
    assert not shown("thanks").calendar


@pytest.mark.parametrize(("kind", "case"), [("thank", ""), ("", ""), ("thanks", "hostile")])
def test_what_is_not_sent_is_not_shown(kind: str, case: str) -> None:
    with pytest.raises(NotFound):
        shown(kind, case)


def test_every_kind_and_every_case_has_its_words_on_the_page() -> None:
    page = environment(Language.DUTCH).get_template("pages/_mails.html").module
    named = [kind for _, mails in page.groups for kind, _ in mails]  # type: ignore[attr-defined]
    cases = {case for kinds in sample_facts(Language.DUTCH).values() for case in kinds}

    assert sorted(named) == sorted(Kind)
    assert page.cases.keys() == cases  # type: ignore[attr-defined]
    assert all(re.fullmatch(r"[a-z_]+", case) for case in cases)
