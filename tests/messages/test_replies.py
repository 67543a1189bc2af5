"""Reading answers: peer by peer and trick by trick, what each mail says and what it may do."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.domain.inbound import (
    Decision,
    Effect,
    InboundMail,
    Says,
    Unreadable,
    Verdict,
    Verdicts,
    Why,
    decide,
)
from chalicelib.domain.invitation import PartStat
from chalicelib.messages.replies import read_mail
from tests.domain.examples import NOW, gathering, invitation
from tests.inbound import RSVP_DOMAIN

MAILS = Path(__file__).parent / "replies"
VOUCHED_FOR = Verdicts(*[Verdict.PASS] * 5)

APPLIED: dict[str, PartStat] = {
    "outlook_com": PartStat.ACCEPTED,
    "outlook_customized_zone": PartStat.ACCEPTED,
    "exchange_automatic": PartStat.ACCEPTED,
    "kde": PartStat.ACCEPTED,
    "horde": PartStat.ACCEPTED,
    "emacs": PartStat.DECLINED,
    "thunderbird": PartStat.ACCEPTED,
    "thunderbird_override": PartStat.ACCEPTED,
    "sabre": PartStat.TENTATIVE,
    "gmail": PartStat.ACCEPTED,
    "signed": PartStat.ACCEPTED,
    "bare_latin1": PartStat.ACCEPTED,
    "bom": PartStat.ACCEPTED,
    "hostile_bad_sequence": PartStat.ACCEPTED,
    "hostile_control_characters": PartStat.ACCEPTED,
}
"""Mails that change the sender's own answer, and to what."""

HELD: dict[str, Why] = {
    "outlook_counter": Why.PROPOSES,
    "outlook_sent_by": Why.NOT_THE_GUEST,
    "apple_other_account": Why.NOT_THE_GUEST,
    "delegated": Why.DELEGATES,
    "of_a_delegate": Why.DELEGATES,
    "request": Why.NO_ANSWER,
    "no_method": Why.NO_ANSWER,
    "words": Why.WORDS,
    "forwarded_inside": Why.WORDS,
    "hostile_sender_name": Why.NOT_THE_GUEST,
    "hostile_for_another_guest": Why.ABOUT_SOMEBODY_ELSE,
    "hostile_other_gathering": Why.OTHER_GATHERING,
    "hostile_sequence_ahead": Why.UNKNOWN_VERSION,
    "hostile_one_date": Why.ONE_DATE,
}
"""Mails that a coordinator has to look at, and why."""

UNREADABLE: dict[str, Unreadable] = {
    "tnef": Unreadable.OUTLOOK_PACKAGE,
    "encrypted": Unreadable.LOCKED,
    "hostile_utf16": Unreadable.STRANGE_LETTERS,
    "hostile_unknown_charset": Unreadable.STRANGE_LETTERS,
    "hostile_truncated": Unreadable.TRUNCATED,
    "hostile_truncated_base64": Unreadable.TRUNCATED,
    "hostile_unclosed_multipart": Unreadable.TRUNCATED,
    "hostile_two_calendars": Unreadable.CONTRADICTS_ITSELF,
    "hostile_two_truths": Unreadable.CONTRADICTS_ITSELF,
    "hostile_method_differs": Unreadable.CONTRADICTS_ITSELF,
    "hostile_two_methods": Unreadable.CONTRADICTS_ITSELF,
    "hostile_two_uids": Unreadable.CONTRADICTS_ITSELF,
    "hostile_same_uid_twice": Unreadable.CONTRADICTS_ITSELF,
    "hostile_same_sequence_twice": Unreadable.CONTRADICTS_ITSELF,
    "hostile_yes_and_no": Unreadable.CONTRADICTS_ITSELF,
    "hostile_partstat_twice": Unreadable.CONTRADICTS_ITSELF,
    "hostile_no_uid": Unreadable.CONTRADICTS_ITSELF,
    "hostile_two_attendees": Unreadable.CONTRADICTS_ITSELF,
    "hostile_two_senders": Unreadable.UNCLEAR_SENDER,
    "hostile_sender_list": Unreadable.UNCLEAR_SENDER,
    "hostile_sender_comment": Unreadable.UNCLEAR_SENDER,
    "hostile_not_a_calendar": Unreadable.NOT_A_CALENDAR,
}
"""Mails of which nobody can tell what they say: held too, with what is wrong."""

OTHERWISE: dict[str, Effect] = {
    "refresh": Effect.RESEND,
    "bounce": Effect.CAME_BACK,
    "out_of_office": Effect.NOTHING,
    "delayed": Effect.NOTHING,
    "read_receipt": Effect.NOTHING,
    "hostile_unknown_partstat": Effect.NOTHING,
}
"""Mails with another effect, or none."""


def read(name: str) -> InboundMail:
    return read_mail((MAILS / f"{name}.eml").read_bytes())


def decided(name: str) -> Decision:
    """What becomes of a mail to Bo's own address, for which the sender's domain vouches."""
    return decide(
        read(name),
        VOUCHED_FOR,
        knows_token=True,
        invitation=invitation(),
        gathering=gathering(),
        uid_domain=RSVP_DOMAIN,
        now=NOW,
    )


def test_every_mail_has_its_line_in_one_table() -> None:
    kept = {file.stem for file in MAILS.glob("*.eml")}

    assert kept == APPLIED.keys() | HELD.keys() | UNREADABLE.keys() | OTHERWISE.keys()


@pytest.mark.parametrize(("name", "partstat"), APPLIED.items())
def test_a_guests_own_answer_is_applied(name: str, partstat: PartStat) -> None:
    decision = decided(name)

    assert (decision.effect, decision.why) == (Effect.APPLY, None)
    assert decision.answer is not None
    assert decision.answer.partstat is partstat


@pytest.mark.parametrize(("name", "why"), HELD.items())
def test_what_nobody_may_guess_is_held(name: str, why: Why) -> None:
    assert decided(name) == Decision(Effect.HOLD, why)


@pytest.mark.parametrize(("name", "problem"), UNREADABLE.items())
def test_what_nobody_can_read_is_held_and_says_why(name: str, problem: Unreadable) -> None:
    assert read(name).problem is problem
    assert decided(name) == Decision(Effect.HOLD, Why.UNREADABLE)


@pytest.mark.parametrize(("name", "effect"), OTHERWISE.items())
def test_everything_else_has_its_own_effect_or_none(name: str, effect: Effect) -> None:
    assert decided(name).effect is effect


def test_an_automatic_answer_says_that_a_machine_wrote_it() -> None:
    assert read("exchange_automatic").automatic
    assert not read("outlook_com").automatic


def test_a_remark_is_plain_text() -> None:
    (answer,) = read("hostile_control_characters").answers

    assert answer.comment == "abc"
    assert read("bare_latin1").answers[0].comment == "Zoëven gelezen, tot dan!"


def test_a_proposed_time_is_an_instant_also_in_a_zone_of_windows() -> None:
    proposal = read("outlook_counter").proposal

    assert proposal is not None
    assert proposal.starts.isoformat() == "2026-12-12T19:30:00+00:00"


def test_words_are_shown_without_their_markup() -> None:
    assert read("words").text == "Zoëven gezien.\nMag mijn zus mee?"


def test_an_unreadable_mail_still_says_who_wrote_it() -> None:
    mail = read("hostile_unclosed_multipart")

    assert (mail.says, mail.writer, mail.writer_name) == (
        Says.UNREADABLE,
        "bo@example.nl",
        "Bo de Vries",
    )
