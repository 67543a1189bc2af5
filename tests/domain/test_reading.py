"""Reading: what goes on only after a person has read it, however much its nominator is trusted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.nomination import (
    Appreciation,
    CannotMove,
    Honouree,
    NeedsReading,
    Nomination,
    NominationState,
    ReviewedBy,
    Words,
)
from chalicelib.domain.reading import MustRead
from chalicelib.domain.spam_guard import Tripwire
from tests.domain.examples import BO, BO_AND_DAN, DAN, NOW, submitted, verified

CALM = "Bo hield het plein veilig."
TYPED = st.text(st.characters(codec="utf-8"), max_size=40)


def says(text: str) -> Nomination:
    return verified(words=Words(what=text, why=CALM))


def is_from(name: str) -> Nomination:
    return verified(nominator=replace(submitted().nominator, name=name))


def goes_on(nomination: Nomination) -> bool:
    try:
        nomination.approved_unread(now=NOW)
    except NeedsReading:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        CALM,
        "Op 12 mei om 20.30 uur hielp je 25 mensen, sinds 2019 al!",
        "Koffie voor € 12,50 (o.a. voor J.P. de Vries), d.w.z. elke week...",
        "Dank je wel 🏳️‍🌈 ❤️ – je bent een topper :)\nTot morgen.",
        "Zoë, Łukasz, Şule en مرحبا 你好 waren er ook.",
    ],
)
def test_what_people_write_goes_on(text: str) -> None:
    assert says(text).must_be_read == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Kijk op https://x.nl", MustRead.LINK),
        ("Kijk op plein.nl/bo", MustRead.LINK),
        ("Kijk op WWW.plein", MustRead.LINK),
        ("Kijk op plein。nl", MustRead.LINK),
        ("Kijk op plein.भारत", MustRead.LINK),
        ("Kijk op pl\u200bein.\u00adnl", MustRead.LINK),
        ("Kijk op 1.1.1.1", MustRead.LINK),
        ("Klik tel:112", MustRead.LINK),
        ("Mail bo＠plein", MustRead.ADDRESS),
        ("Volg @bo", MustRead.ADDRESS),
        ("Bel 06 12 34 56 78", MustRead.TELEPHONE),
        ("Bel (020) 123-45.67", MustRead.TELEPHONE),
        ("Bel +31/6_1234 5678", MustRead.TELEPHONE),
        ("Bel ０６１２３", MustRead.TELEPHONE),
        ("Bel ٠٦١٢٣", MustRead.TELEPHONE),
        ("Bel ⓿❻①➋3", MustRead.TELEPHONE),
        ("Bel 0\ufe0f\u20e36\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e33", MustRead.TELEPHONE),
        ("Bel 0\u31646\u31641\u31642\u31643", MustRead.TELEPHONE),
        ("Rekening NL91 ABNA 0417 1643 00", MustRead.PRIVATE_NUMBER),
        ("Mijn BSN is 111222333", MustRead.PRIVATE_NUMBER),
        ("Mijn BSN is •••", MustRead.PRIVATE_NUMBER),
    ],
)
def test_what_others_could_misuse_waits(text: str, why: MustRead) -> None:
    assert why in says(text).must_be_read
    assert why in verified(words=Words(what=CALM, why=text)).must_be_read
    assert why in replace(verified(), citation=text).must_be_read
    assert not goes_on(says(text))


@pytest.mark.parametrize("name", ["Ada 06", "Ada²", "Ada ❸", "Ada ½", "Bel.nl", "@ada", "http://a"])
def test_what_no_name_holds_waits(name: str) -> None:
    beside = replace(BO_AND_DAN[1], name=name, address=DAN)

    assert MustRead.NAME in is_from(name).must_be_read
    assert MustRead.NAME in verified(honourees=(BO_AND_DAN[0], beside)).must_be_read
    assert MustRead.NAME in verified(words=Words(CALM, CALM, organisation=name)).must_be_read
    assert not goes_on(is_from(name))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"appreciation": Appreciation.GIFT}, MustRead.GIFT),
        ({"honourees": BO_AND_DAN}, MustRead.NO_ADDRESS),
        ({"tripped": (Tripwire.TRAP,)}, MustRead.SPAM),
        ({"tripped": (Tripwire.HASTE,)}, MustRead.SPAM),
        ({"tripped": (Tripwire.MANY,)}, MustRead.MANY),
    ],
)
def test_what_needs_a_person_waits_for_one(changes: dict[str, Any], why: MustRead) -> None:
    assert verified(**changes).must_be_read == (why,)
    assert not goes_on(verified(**changes))


@pytest.mark.parametrize(
    "appreciation", [form for form in Appreciation if form is not Appreciation.GIFT]
)
def test_every_other_form_of_thanks_goes_on(appreciation: Appreciation) -> None:
    assert goes_on(verified(appreciation=appreciation))


def test_the_setting_approves_and_says_that_nobody_did() -> None:
    approved = verified().approved_unread(now=NOW)

    assert approved.state is NominationState.APPROVED
    assert (approved.reviewed_by, approved.reviewer) == (ReviewedBy.SETTING, "")
    assert (approved.decided_at, approved.round) == (NOW, 1)


def test_once_undone_a_person_decides() -> None:
    reopened = verified().approved_unread(now=NOW).reopened()

    assert reopened.state is NominationState.VERIFIED
    assert reopened.reviewed_by is ReviewedBy.PERSON
    assert reopened.approved(reviewer="cleo", now=NOW).reviewed_by is ReviewedBy.PERSON


def test_it_can_be_taken_back_until_somebody_has_it_or_a_letter_waits_for_them() -> None:
    approved = verified().approved_unread(now=NOW)

    assert approved.may_be_withdrawn
    assert not approved.thanked(honouree_id="1", now=NOW).may_be_withdrawn
    assert not approved.unreachable(honouree_id="1").may_be_withdrawn


def test_it_is_told_why_somebody_has_to_read_it() -> None:
    gift = replace(says("Bel 06 12 34 56 78"), appreciation=Appreciation.GIFT)

    with pytest.raises(NeedsReading) as needed:
        gift.approved_unread(now=NOW)

    assert needed.value.why == (MustRead.TELEPHONE, MustRead.GIFT)


def test_an_address_that_nobody_proved_is_not_trusted() -> None:
    with pytest.raises(CannotMove):
        submitted().approved_unread(now=NOW)


def test_too_many_from_a_proven_address_are_read_and_are_no_spam() -> None:
    many = verified().held_back(Tripwire.MANY)

    assert many.must_be_read == (MustRead.MANY,)
    assert many.awaits_review
    assert not many.suspicious


SEPARATORS = st.text(st.sampled_from(" .-/()_+\u00a0\n\u200b•"), max_size=3)
DIGITS = st.characters(categories=["Nd"])


@st.composite
def telephones(draw: st.DrawFn) -> str:
    return "".join(draw(DIGITS) + draw(SEPARATORS) for _ in range(draw(st.integers(5, 12))))


HOSTS = st.from_regex(r"[a-z0-9-]{1,10}[a-z0-9]\.[a-z]{2,6}", fullmatch=True)
LINKS = HOSTS | HOSTS.map("https://{}/x".format) | HOSTS.map("HTTP://{}".format)


@given(before=TYPED, hidden=LINKS | telephones() | HOSTS.map("bo@{}".format), after=TYPED)
def test_a_link_a_number_or_an_address_never_goes_on_whatever_stands_around_it(
    before: str, hidden: str, after: str
) -> None:
    assert not goes_on(says(f"{before}{hidden}{after}"))


@given(before=TYPED, digit=DIGITS, after=TYPED)
def test_a_digit_in_a_name_never_goes_on(before: str, digit: str, after: str) -> None:
    name = f"{before}{digit}{after}"

    assert not goes_on(is_from(name))
    assert not goes_on(verified(honourees=(Honouree("1", name, address=BO),)))
