"""Mail that comes in: who is believed, and in which order answers count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.inbound import (
    Decision,
    Effect,
    InboundMail,
    MailedAnswer,
    OneDate,
    Says,
    Signals,
    Verdict,
    Verdicts,
    Why,
    decide,
)
from chalicelib.domain.invitation import Answer, Invitation, PartStat, Via
from chalicelib.domain.recurrence import Pattern, Recurrence
from tests.domain.examples import BO, DAN, HOUR, NOW, gathering, invitation, later_plan

DOMAIN = "rsvp.example.nl"
UID = f"g1@{DOMAIN}"
PASS, FAIL, GRAY = Verdict.PASS, Verdict.FAIL, Verdict.GRAY
WELL = Verdicts(PASS, PASS, PASS, PASS, PASS)
YES = MailedAnswer(UID, BO, PartStat.ACCEPTED, sequence=0, stamped_at=NOW)
MAIL = InboundMail(Says.REPLY, writer=BO, answers=(YES,))


def becomes(
    mail: InboundMail = MAIL,
    verdicts: Verdicts = WELL,
    *,
    knows_token: bool | None = True,
    place: Invitation | None = None,
    of: Gathering | None = None,
    now: datetime = NOW + HOUR,
) -> Decision:
    return decide(
        mail,
        verdicts,
        knows_token=knows_token,
        invitation=place or invitation(),
        gathering=of or gathering(),
        uid_domain=DOMAIN,
        now=now,
    )


def says(**changes: object) -> InboundMail:
    return replace(MAIL, answers=(replace(YES, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dmarc", "from_guest", "knows_token", "doubt"),
    [
        (PASS, True, True, None),
        (PASS, True, None, None),
        (PASS, True, False, Why.UNKNOWN_GUEST),
        (PASS, False, True, Why.NOT_THE_GUEST),
        (PASS, False, None, Why.NOT_THE_GUEST),
        (GRAY, True, True, None),
        (GRAY, True, None, Why.UNPROVEN),
        (GRAY, False, True, Why.NOT_THE_GUEST),
        (FAIL, True, True, Why.UNTRUSTED),
        (FAIL, True, None, Why.UNTRUSTED),
        (FAIL, False, True, Why.UNTRUSTED),
    ],
)
def test_three_signals_say_who_answers(
    dmarc: Verdict, from_guest: bool, knows_token: bool | None, doubt: Why | None
) -> None:
    signals = Signals(replace(WELL, dmarc=dmarc), from_guest=from_guest, knows_token=knows_token)

    assert signals.doubt is doubt


@pytest.mark.parametrize("failed", ["spam", "spf", "dkim"])
def test_without_the_domains_word_nothing_may_speak_against_the_sender(failed: str) -> None:
    unsure = replace(WELL, dmarc=GRAY, **{failed: FAIL})

    assert Signals(unsure, from_guest=True, knows_token=True).doubt is not None


def test_a_forwarded_mail_may_fail_spf_when_its_domain_vouches_for_it() -> None:
    assert Signals(replace(WELL, spf=FAIL), from_guest=True, knows_token=True).doubt is None


def test_nothing_is_ever_applied_that_does_not_name_the_guest() -> None:
    for dmarc, from_guest, token in product(Verdict, (True, False), (True, False, None)):
        signals = Signals(
            replace(WELL, dmarc=dmarc),
            from_guest=from_guest,
            knows_token=token,
            guest_named=False,
        )
        assert signals.doubt in {Why.ABOUT_SOMEBODY_ELSE, Why.UNTRUSTED}


@pytest.mark.parametrize("spam", [GRAY, PASS])
def test_an_absent_verdict_is_no_failure(spam: Verdict) -> None:
    assert becomes(verdicts=Verdicts(spam=spam)).effect is Effect.APPLY


def test_addresses_are_compared_without_case_but_with_their_tag() -> None:
    assert becomes(replace(MAIL, writer="BO@Example.NL")).effect is Effect.APPLY
    assert becomes(replace(MAIL, writer="bo+x@example.nl")).why is Why.NOT_THE_GUEST


@pytest.mark.parametrize(
    ("mail", "effect", "why"),
    [
        (MAIL, Effect.APPLY, None),
        (replace(MAIL, says=Says.OTHER_METHOD), Effect.HOLD, Why.NO_ANSWER),
        (replace(MAIL, says=Says.COUNTER), Effect.HOLD, Why.PROPOSES),
        (replace(MAIL, says=Says.REFRESH), Effect.RESEND, None),
        (replace(MAIL, says=Says.REFRESH, automatic=True), Effect.NOTHING, None),
        (replace(MAIL, says=Says.DELEGATED), Effect.HOLD, Why.DELEGATES),
        (replace(MAIL, says=Says.WORDS), Effect.HOLD, Why.WORDS),
        (replace(MAIL, says=Says.AUTOMATIC), Effect.NOTHING, None),
        (replace(MAIL, automatic=True), Effect.APPLY, None),
        (replace(MAIL, says=Says.BOUNCE, failed_for_good=True), Effect.CAME_BACK, None),
        (replace(MAIL, says=Says.BOUNCE), Effect.NOTHING, None),
        (says(partstat=None), Effect.NOTHING, None),
        (says(partstat=None, comment="Mag de hond mee?"), Effect.HOLD, Why.WORDS),
        (says(uid=f"g2@{DOMAIN}"), Effect.HOLD, Why.OTHER_GATHERING),
        (says(uid="g1@elsewhere.example"), Effect.HOLD, Why.OTHER_GATHERING),
        (says(attendee=DAN), Effect.HOLD, Why.ABOUT_SOMEBODY_ELSE),
        (replace(MAIL, answers=(YES, replace(YES, attendee=DAN))), Effect.HOLD, None),
        (says(sequence=None), Effect.APPLY, None),
        (says(sequence=7), Effect.HOLD, Why.UNKNOWN_VERSION),
    ],
)
def test_each_kind_of_mail_has_its_own_effect(
    mail: InboundMail, effect: Effect, why: Why | None
) -> None:
    decision = becomes(mail)

    assert decision.effect is effect
    assert why is None or decision.why is why


@pytest.mark.parametrize("sequence", [0, None])
def test_an_answer_to_the_time_before_is_looked_at(sequence: int | None) -> None:
    moved = gathering().changed(later_plan(), ask_again=False, now=NOW)
    told, untold = invitation().updated(moved, now=NOW), invitation()

    for place in (told, untold):
        decision = becomes(says(sequence=sequence), place=place, of=moved)
        assert decision.why is (None if sequence is None else Why.EARLIER_TIME)
    assert becomes(says(sequence=1), place=told, of=moved).effect is Effect.APPLY


SERIES = gathering(repeats=Recurrence(Pattern.WEEKLY, count=4))
FIRST, SECOND = (one.starts for one in SERIES.plan.dates[:2])


@pytest.mark.parametrize(
    ("one_date", "start"),
    [
        (OneDate(at=datetime(2026, 12, 12, 18, 30, tzinfo=UTC)), FIRST),
        (OneDate(at=datetime(2026, 12, 19, 18, 30, tzinfo=UTC)), SECOND),
        (OneDate(day=date(2026, 12, 19)), SECOND),
        (OneDate(at=datetime(2026, 12, 19, 19, 30, tzinfo=UTC)), None),
        (OneDate(day=date(2026, 12, 20)), None),
        (OneDate(at=datetime(2026, 12, 19, 18, 30, tzinfo=UTC), and_later=True), None),
        (OneDate(), None),
    ],
)
def test_an_answer_for_one_date_is_about_that_date_or_is_looked_at(
    one_date: OneDate, start: datetime | None
) -> None:
    decision = becomes(says(one_date=one_date), of=SERIES)

    if start is None:
        assert decision == Decision(Effect.HOLD, Why.ONE_DATE)
    else:
        assert (decision.effect, decision.date) == (Effect.APPLY, start.isoformat())


def test_a_date_that_was_dropped_or_of_a_gathering_that_has_one_takes_no_answer() -> None:
    second = OneDate(day=date(2026, 12, 19))
    dropped = SERIES.with_date_dropped(date(2026, 12, 19), now=NOW)
    only = OneDate(day=date(2026, 12, 12))

    assert becomes(says(one_date=second, sequence=None), of=dropped).why is Why.ONE_DATE
    assert becomes(says(one_date=only)).why is Why.ONE_DATE


def test_answers_for_two_dates_at_once_are_looked_at() -> None:
    first, second = (OneDate(day=date(2026, 12, day)) for day in (12, 19))
    both = tuple(replace(YES, one_date=one) for one in (first, second))

    assert becomes(replace(MAIL, answers=both), of=SERIES).why is Why.ONE_DATE


def test_another_place_makes_no_answer_an_earlier_one() -> None:
    changed = gathering().changed(replace(gathering().plan, place="Kerk"), ask_again=False, now=NOW)

    assert becomes(of=changed).effect is Effect.APPLY


@pytest.mark.parametrize(
    ("partstat", "effect"),
    [
        (PartStat.ACCEPTED, Effect.HOLD),
        (PartStat.TENTATIVE, Effect.HOLD),
        (PartStat.DECLINED, Effect.NOTHING),
    ],
)
def test_nothing_revives_what_is_off_and_no_yes_gets_lost(
    partstat: PartStat, effect: Effect
) -> None:
    off = gathering().cancelled(now=NOW)
    removed = invitation().without_guest(now=NOW)

    assert becomes(says(partstat=partstat), of=off).effect is effect
    assert becomes(says(partstat=partstat), place=removed).effect is effect


@pytest.mark.parametrize(
    ("of", "place", "now"),
    [
        (gathering().cancelled(now=NOW), invitation(), NOW),
        (gathering(), invitation().without_guest(now=NOW), NOW),
        (gathering(), invitation(), gathering().last_ends_at),
    ],
    ids=["cancelled", "removed", "over"],
)
def test_nobody_gets_an_invitation_again_that_does_not_stand(
    of: Gathering, place: Invitation, now: datetime
) -> None:
    asks = replace(MAIL, says=Says.REFRESH)

    assert becomes(asks, place=place, of=of, now=now).effect is Effect.NOTHING


def test_the_same_answer_by_mail_leaves_the_number_that_a_page_gave() -> None:
    on_page = Answer(PartStat.ACCEPTED, at=NOW, via=Via.PAGE, heads=3, remark="Zonder vlees")
    place = invitation(answer=on_page)
    by_mail = Answer(PartStat.ACCEPTED, at=NOW + HOUR, via=Via.MAIL)

    again = place.answered(by_mail, gathering=gathering(), now=NOW + HOUR)
    assert not again.tells_more_than(place)
    assert again.tally == place.tally
    no = replace(by_mail, partstat=PartStat.DECLINED)
    declined = place.answered(no, gathering=gathering(), now=NOW + HOUR)
    assert (declined.partstat, declined.tally.heads) == (PartStat.DECLINED, 0)
