"""Whatever call fails or is the last: nothing acknowledged is lost, and no mail leaves twice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from chalicelib.domain.access import Purpose, Token, token_digest
from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.invitation import Answer, Invitation, PartStat, Tally, Via
from chalicelib.domain.job import Guest
from chalicelib.domain.message import Kind, MessageState
from chalicelib.domain.nomination import Honouree, NominationState
from chalicelib.domain.partnership import ReviewSetting
from chalicelib.domain.people import EmailAddress, Language, Person, Side
from chalicelib.ports import LineChange, Listing, TallyChange
from chalicelib.use_cases import celebrating, founding, reminding
from chalicelib.use_cases.reviewing import AlreadyReviewed, Review
from tests.browser import Fields
from tests.domain.examples import (
    ADA,
    BO,
    DAN,
    DAY,
    MINUTE,
    gathering,
    invitation,
    later_plan,
    party_plan,
    submitted,
    verified,
)
from tests.faults import (
    HINT,
    MAIL,
    REPEATED,
    Fault,
    Storm,
    StormyTown,
    every_fault,
    telling_faults,
)
from tests.inbound import Postman, reply, words
from tests.town import NOON, SLUG

EVA = EmailAddress("eva@example.nl")
FAULTS = every_fault if os.environ.get("ALL_FAULTS") else telling_faults
"""By default every write and every mail ends its function once and fails once.

`ALL_FAULTS=1 make test` lets every call, reads too, meet every fault, which takes some minutes.
"""


THANKS_FOR_BO: Fields = {
    "sleutel": "a" * 32,
    "wie": "Bo de Vries",
    "kant": "professionals",
    "wat": "Bo hield het plein veilig tijdens de intocht.",
    "waarom": "We durfden weer met de kinderen naar buiten.",
    "vorm": "shout_out",
    "naam": "Ada Bakker",
    "kant_zelf": "citizens",
    "email": ADA,
    "naam_tonen": "ja",
}


WEEKS_LATER = {Kind.CONSENT_REMINDER, Kind.FOLLOW_UP}
"""What thanks promise once they are known to have left, and not when their own step ends."""


@dataclass(frozen=True)
class Workflow:
    """What people do: what was there before, their steps, and the mails that these promise."""

    before: Callable[[StormyTown], None]
    steps: Callable[[StormyTown], None]
    promises: Counter[str]
    proof: Callable[[StormyTown], bool]


def nominate_and_verify(town: StormyTown) -> None:
    town.send_form(f"/{SLUG}/bedank", THANKS_FOR_BO)
    town.until_still()
    if town.town.mails_to(ADA):
        town.send_form(town.town.link_in(town.town.newest(ADA), "/bevestig/"), {})
        town.until_still()


def a_nomination_waits(town: StormyTown) -> None:
    town.calm.save(verified(honourees=(Honouree("1", "Bo", address=BO),)))


def ada_is_trusted_and_has_to_confirm(town: StormyTown) -> None:
    founding.change_settings(town.calm, slug=SLUG, review=ReviewSetting.TRUSTED)
    token = Token(SLUG, token_digest("t" * 26), Purpose.VERIFY, "n1", NOON + 7 * DAY)
    town.calm.save(Person(SLUG, "ada", "Ada Bakker", ADA, Side.CITIZENS), submitted(), token)


def confirm(town: StormyTown) -> None:
    town.send_form(f"/{SLUG}/bevestig/{'t' * 26}", {})
    town.until_still()


def approve(town: StormyTown) -> None:
    def approved() -> bool:
        try:
            Review(
                town.town.world,
                partnership=town.town.partnership,
                nomination_id="n1",
                seen_version=1,
                reviewer=town.calm.store.person(SLUG, "cleo"),
                now=town.town.clock.now,
            ).approve()
        except AlreadyReviewed as reviewed:
            return reviewed.nomination.state is NominationState.APPROVED
        return True

    town.insist(approved)
    town.until_still()


def a_gathering_is_planned(town: StormyTown) -> None:
    town.calm.save(Gathering(partnership=SLUG, id="g1", plan=party_plan(), organiser="cleo"))


def invite_two(town: StormyTown) -> None:
    guests = [
        Guest(name.lower(), name, address, Language.DUTCH)
        for name, address in (("Bo", BO), ("Dan", DAN))
    ]

    def invited() -> bool:
        celebrating.invite(
            town.town.world,
            partnership=town.town.partnership,
            gathering_id="g1",
            guests=guests,
            everybody=False,
            send_key="k1",
            now=town.town.clock.now,
        )
        return True

    town.insist(invited)
    town.until_still()


def bo_is_invited(town: StormyTown) -> None:
    token = Token(SLUG, token_digest("t" * 26), Purpose.RSVP, "g1/bo", NOON + 30 * DAY)
    town.calm.save(gathering(), invitation(), token, TallyChange(SLUG, "g1", Tally(silent=1)))


def bo_comes_and_will_be_reminded(town: StormyTown) -> None:
    bo_is_invited(town)
    answer = Answer(PartStat.ACCEPTED, NOON - DAY, Via.PAGE)
    bo, party = town.calm.store.invitation(SLUG, "g1", "bo"), gathering()
    reminders = reminding.scheduled(town.calm, party, now=town.town.clock.now)
    change = TallyChange(SLUG, "g1", Tally(accepted=1, heads=1) - Tally(silent=1))
    town.calm.save(replace(bo, answer=answer), change, *reminders)


def move_it_a_day(town: StormyTown) -> None:
    def moved() -> bool:
        try:
            celebrating.change(
                town.town.world,
                partnership=town.town.partnership,
                gathering_id="g1",
                seen_version=1,
                plan=later_plan(),
                ask_again=True,
                now=town.town.clock.now,
            )
        except celebrating.AlreadyChanged as changed:
            return changed.gathering.plan == later_plan()
        return True

    town.insist(moved)
    town.until_still()


def cancel_it(town: StormyTown) -> None:
    def cancelled() -> bool:
        celebrating.cancel(
            town.town.world,
            partnership=town.town.partnership,
            gathering_id="g1",
            seen_version=1,
            now=town.town.clock.now,
        )
        return True

    town.insist(cancelled)
    town.until_still()


def answer_the_invitation(town: StormyTown) -> None:
    answer = {"komt": "ACCEPTED", "aantal": "2", "opmerking": "", "versie": "0"}
    town.send_form(f"/{SLUG}/uitnodiging/{'t' * 26}", {**answer})
    town.until_still()


def answer_by_mail(town: StormyTown) -> None:
    notice = Postman(town.town.aws.client("s3")).bring(reply(), at=NOON)
    for _ in range(2):  # SES and SQS deliver at least once.
        town.insist(lambda: town.town.handle("receive", notice) == [])
    town.until_still()


def words_by_mail(town: StormyTown) -> None:
    notice = Postman(town.town.aws.client("s3")).bring(words("Mag de hond mee?").as_bytes())
    for _ in range(2):
        town.insist(lambda: town.town.handle("receive", notice) == [])
    town.until_still()


def dan_waits_for_the_only_seat(town: StormyTown) -> None:
    """Bo has it, and would rather not; Eva waits after Dan."""
    comes = Answer(PartStat.ACCEPTED, NOON - DAY, Via.PAGE)
    bo = invitation(answer=comes)
    dan = waits("dan", DAN, since=NOON - DAY)
    eva = waits("eva", EVA, since=NOON - DAY + MINUTE)
    token = Token(SLUG, token_digest("t" * 26), Purpose.RSVP, "g1/bo", NOON + 30 * DAY)
    tally = bo.tally + dan.tally + eva.tally
    lines = (LineChange(None, dan.waiting), LineChange(None, eva.waiting))
    town.calm.save(gathering(seats=1), bo, dan, eva, *lines, token, TallyChange(SLUG, "g1", tally))


def waits(guest: str, address: EmailAddress, *, since: datetime) -> Invitation:
    return invitation(
        guest=guest,
        address=address,
        reply_token=f"token-{guest}",
        answer=Answer(PartStat.ACCEPTED, since, Via.PAGE),
        waiting_since=since,
    )


def bo_cancels_and_dan_never_answers(town: StormyTown) -> None:
    """The seat is offered to Dan, whose offer lapses, and then to Eva, whose offer lapses too."""
    answer = {"komt": "DECLINED", "aantal": "1", "opmerking": "", "versie": "0"}
    town.send_form(f"/{SLUG}/uitnodiging/{'t' * 26}", {**answer})
    town.until_still()


def the_seat_went_round_once(town: StormyTown) -> bool:
    return town.calm.store.tally(SLUG, "g1") == Tally(silent=2, declined=1)


def bo_is_thanked(town: StormyTown) -> bool:
    return town.calm.store.nomination(SLUG, "n1").state is NominationState.THANKED


def two_are_counted(town: StormyTown) -> bool:
    return town.calm.store.tally(SLUG, "g1") == Tally(silent=2)


def bo_is_asked_about_the_new_day(town: StormyTown) -> bool:
    bo = town.calm.store.invitation(SLUG, "g1", "bo")
    is_silent = town.calm.store.tally(SLUG, "g1") == Tally(silent=1)
    return is_silent and (bo.sequence, bo.told) == (1, 1)


def bo_knows_that_it_is_off(town: StormyTown) -> bool:
    bo = town.calm.store.invitation(SLUG, "g1", "bo")
    is_off = town.calm.store.gathering(SLUG, "g1").state is GatheringState.CANCELLED
    return is_off and (bo.sequence, bo.told) == (1, 1)


def bo_and_company_are_counted(town: StormyTown) -> bool:
    return town.calm.store.tally(SLUG, "g1") == Tally(accepted=1, heads=2)


WORKFLOWS = {
    "nominate and verify": Workflow(
        before=lambda town: None,
        steps=nominate_and_verify,
        promises=Counter([Kind.NOMINATION_VERIFY, Kind.NOMINATION_RECEIPT]),
        proof=lambda town: True,
    ),
    "approve": Workflow(
        before=a_nomination_waits,
        steps=approve,
        promises=Counter([Kind.THANKS]),
        proof=bo_is_thanked,
    ),
    "invite, and remind who says nothing": Workflow(
        before=a_gathering_is_planned,
        steps=invite_two,
        promises=Counter({Kind.GATHERING_INVITE: 2, Kind.GATHERING_REMINDER: 2}),
        proof=two_are_counted,
    ),
    "change, and remind of the new day": Workflow(
        before=bo_comes_and_will_be_reminded,
        steps=move_it_a_day,
        promises=Counter([Kind.GATHERING_UPDATE, Kind.GATHERING_REMINDER]),
        proof=bo_is_asked_about_the_new_day,
    ),
    "cancel, and remind nobody": Workflow(
        before=bo_comes_and_will_be_reminded,
        steps=cancel_it,
        promises=Counter([Kind.GATHERING_CANCEL]),
        proof=bo_knows_that_it_is_off,
    ),
    "answer by mail": Workflow(
        before=bo_is_invited,
        steps=answer_by_mail,
        promises=Counter([Kind.RSVP_CONFIRMED]),
        proof=lambda town: town.calm.store.tally(SLUG, "g1") == Tally(accepted=1, heads=1),
    ),
    "write by mail": Workflow(
        before=bo_is_invited,
        steps=words_by_mail,
        promises=Counter(),
        proof=lambda town: len(town.calm.store.held_replies(SLUG).items) == 1,
    ),
    "answer": Workflow(
        before=bo_is_invited,
        steps=answer_the_invitation,
        promises=Counter([Kind.RSVP_CONFIRMED]),
        proof=bo_and_company_are_counted,
    ),
    "promote": Workflow(
        before=dan_waits_for_the_only_seat,
        steps=bo_cancels_and_dan_never_answers,
        promises=Counter({Kind.RSVP_CONFIRMED: 1, Kind.PROMOTED: 2}),
        proof=the_seat_went_round_once,
    ),
}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_whatever_fails_each_mail_leaves_once_or_is_shown(name: str, weather: Storm) -> None:
    workflow = WORKFLOWS[name]
    clean = run(weather, workflow)
    attempts = list(clean.weather.attempts)
    check(clean, workflow, all_sent=True)

    meet(weather, workflow, FAULTS(attempts, turn=list(WORKFLOWS).index(name)))


def test_what_goes_on_unread_is_confirmed_with_its_thanks_or_not_at_all(weather: Storm) -> None:
    workflow = Workflow(
        before=ada_is_trusted_and_has_to_confirm,
        steps=confirm,
        promises=Counter([Kind.NOMINATION_RECEIPT, Kind.THANKS]),
        proof=bo_is_thanked,
    )
    clean = run(weather, workflow)
    attempts = list(clean.weather.attempts)
    check(clean, workflow, all_sent=True)

    meet(weather, workflow, FAULTS(attempts[: attempts.index(HINT) + 1], turn=len(WORKFLOWS)))


def meet(weather: Storm, workflow: Workflow, faults: Iterable[tuple[int, Fault]]) -> None:
    """Run it once for each fault, and look at what is left."""
    for number, fault in faults:
        town = run(weather, workflow, fault, at=number)
        operation = town.weather.attempts[number - 1]
        try:
            noticed = operation in {MAIL, HINT} or fault not in {*REPEATED, Fault.UNHEARD}
            check(town, workflow, all_sent=not noticed)
        except AssertionError as problem:
            raise AssertionError(f"{fault} at {number}, {operation}: {problem}") from problem


def run(weather: Storm, workflow: Workflow, fault: Fault | None = None, at: int = 0) -> StormyTown:
    town = weather.founded(workflow.before)
    town.weather.forecast(fault, at=at)
    workflow.steps(town)
    return town


def check(town: StormyTown, workflow: Workflow, *, all_sent: bool = False) -> None:
    """Nothing lost, nothing twice: before SES tells what it took, and after."""
    promised, accepted = town.messages(), town.accepted()
    shown = {mail.id for mail in town.calm.store.messages(SLUG, Listing.UNDELIVERED).items}
    for id, mail in promised.items():
        allowed = {"sent": {1}, "parked": {0, 1}, "failed": {0}}[mail["state"]]
        assert accepted[id] in allowed, f"{mail['state']} {id} was accepted {accepted[id]} times"
        assert mail["state"] == MessageState.SENT or id in shown, f"{id} is not shown"
        assert mail["state"] == MessageState.SENT or not all_sent, f"{id} is {mail['state']}"
    heard = town.messages() if town.hear_from_ses(promised) else promised
    assert all(heard[id]["state"] == MessageState.SENT for id in accepted)
    if all_sent or accepted.keys() == promised.keys():
        kinds = Counter(
            mail["kind"] for mail in promised.values() if mail["kind"] not in WEEKS_LATER
        )
        assert kinds == workflow.promises, f"promised {dict(kinds)}"
        assert workflow.proof(town), "the facts are not as they were acknowledged"
