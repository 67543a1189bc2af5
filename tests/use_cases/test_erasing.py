"""Erasing: nothing is left of whoever asked for it, but what the register names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from chalicelib import bootstrap
from chalicelib.domain.access import Session, token_digest
from chalicelib.domain.consent import Choice
from chalicelib.domain.data_request import DataRequest, Tombstone
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.inbound import Says, Why
from chalicelib.domain.invitation import Answer, PartStat, Tally, Via
from chalicelib.domain.message import Message, MessageState
from chalicelib.domain.nomination import (
    CannotMove,
    Honouree,
    NobodyToAnswer,
    Nomination,
    NominationState,
    Nominator,
    Words,
)
from chalicelib.domain.people import EmailAddress, Person, Side
from chalicelib.domain.plan import Celebrated
from chalicelib.ports import Again, Claim, NotFound, Received, TallyChange
from chalicelib.use_cases import (
    consenting,
    erasing,
    promising_gatherings,
    promising_thanks,
    signing_in,
    unnaming,
    viewing,
)
from chalicelib.use_cases.delivering import Delivery
from infra.resources import INBOUND_BUCKET
from tests.domain.examples import (
    ADA,
    BO,
    BO_AND_DAN,
    DAN,
    DAY,
    NOW,
    gathering,
    invitation,
    message,
    submitted,
    thanked,
    verified,
)
from tests.rows import every_row
from tests.town import CAS, CLEO, SLUG, Town
from tests.use_cases.steps import claim, cleo, deliver, kept, nomination_of, promise_thanks

EVA = EmailAddress("eva.zonderling+pluim@kwetterveld.example")
NAME = "Eva Zonderling"
ANSWER = Answer(PartStat.ACCEPTED, NOW, Via.PAGE, heads=2, remark="Eva Zonderling eet geen vlees")


def erase(town: Town, address: EmailAddress = EVA, **changes: object) -> DataRequest:
    return erasing.ask(
        town.world,
        partnership=town.partnership,
        address=address,
        never_again=bool(changes.get("never_again")),
        coordinator=cleo(town),
        send_key=str(changes.get("send_key", "a" * 32)),
        now=town.clock.now,
    )


def let_it_end(town: Town) -> None:
    """The job walks twice, a while apart; then the last mail leaves."""
    town.run_queues()
    town.clock.wait(minutes=20)
    town.look_after_mail()


def everything(town: Town) -> str:
    """All that the table and the bucket hold."""
    s3 = town.aws.client("s3")
    listed = s3.list_objects_v2(Bucket=INBOUND_BUCKET).get("Contents", [])
    mails = [s3.get_object(Bucket=INBOUND_BUCKET, Key=one["Key"])["Body"].read() for one in listed]
    return repr([*every_row(town.aws.client("dynamodb")), *mails]).lower()


def about_eva(town: Town, nomination: Nomination) -> Nomination:
    """A thank-you that names Eva, with every mail that it may promise, still waiting."""
    mails = [
        promising_thanks.receipt(nomination, settings=town.partnership.settings, now=NOW),
        *promising_thanks.thanks(nomination, time_zone="UTC", now=NOW, undo=DAY),
        *(promising_thanks.thanks_back(nomination, one, now=NOW) for one in nomination.honourees),
        *(
            promising_thanks.consent_reminder(nomination, one, due_at=NOW + DAY, now=NOW)
            for one in nomination.honourees
        ),
        *(
            promising_thanks.follow_up(nomination, one, due_at=NOW + DAY, now=NOW)
            for one in nomination.honourees
        ),
    ]
    town.world.save(nomination, outbox=mails)
    return nomination_of(town, nomination.id)


def settle_eva(town: Town) -> None:
    """Eva is everywhere: on the list, thanking, thanked alone and with Bo, invited, celebrated."""
    world = town.world
    eva = Honouree("1", NAME, address=EVA, thanks_back="Dank van Eva Zonderling")
    bo = Honouree("2", "Bo de Vries", address=BO)
    world.save(Person(SLUG, "eva", NAME, EVA, Side.CITIZENS))
    by_eva = replace(
        thanked(id="by-eva"), answer="Het was Eva Zonderling zelf.", led_to="Eva weer."
    )
    about_eva(town, replace(by_eva, nominator=Nominator(NAME, EVA, Side.CITIZENS, show_name=True)))
    words = Words(what="Eva Zonderling redde de tuin.", why="Zonderling goed.")
    about_eva(town, replace(thanked(id="of-eva", honourees=(eva,)), words=words, led_to="Eva!"))
    about_eva(town, thanked(id="of-both", honourees=(eva, bo)))
    party = gathering(honourees=(Celebrated("of-eva", "1", NAME),))
    place = invitation(guest="eva", name=NAME, address=EVA, answer=ANSWER, reply_token="evaeva")
    world.save(party, TallyChange(SLUG, "g1", Tally(accepted=2, heads=4)))
    for one in (place, replace(place, guest=key_of(town), reply_token="by-address")):
        world.save(one, outbox=[promising_gatherings.confirmation(party, one, now=NOW)])
    dan = invitation(guest="dan", name="Dan", address=DAN, reply_token="dandan")
    world.save(dan, outbox=[promising_gatherings.invitation_mail(party, dan, now=NOW)])
    said = (Says.WORDS, Why.WORDS)
    by_another = HeldReply(SLUG, "h2", NOW, "g1", "eva", *said, writer=DAN, guest_name=NAME)
    world.save(
        by_another,
        HeldReply(SLUG, "h1", NOW, "g1", "eva", *said, writer=EVA, text=NAME, raw="mail/held"),
        HeldReply(SLUG, "h3", NOW, "g1", "dan", *said, writer=DAN, attendee=EVA),
        Received(SLUG, "ses-2", NOW, guest="eva", raw="mail/answered"),
    )
    for raw in ("mail/held", "mail/answered"):
        town.aws.client("s3").put_object(Bucket=INBOUND_BUCKET, Key=raw, Body=NAME.encode())


def key_of(town: Town) -> str:
    return town.world.secrets.address_key(EVA)


def test_nothing_is_left_but_that_it_was_done(ons_dorp: Town) -> None:
    settle_eva(ons_dorp)

    request = erase(ons_dorp)
    let_it_end(ons_dorp)

    left = everything(ons_dorp)
    assert "zonderling" not in left
    assert "kwetterveld" not in left
    assert ons_dorp.world.store.data_request(SLUG, request.id).handled_at == ons_dorp.clock.now
    assert [str(mail["Subject"]) for mail in ons_dorp.mails_to(EVA)] == ["Je gegevens zijn gewist"]
    assert not ons_dorp.world.store.about(SLUG, EVA).items


def test_a_walk_may_be_repeated_at_any_time(ons_dorp: Town) -> None:
    settle_eva(ons_dorp)
    request = erase(ons_dorp)
    job = ons_dorp.world.store.job(SLUG, f"erase-{request.id}")

    for _ in range(3):
        erasing.erase_next(
            ons_dorp.world, job, inbox=bootstrap.pluim().inbox, now=ons_dorp.clock.now
        )
    let_it_end(ons_dorp)
    ons_dorp.clock.wait(hours=30)
    ons_dorp.look_after_mail()

    assert "zonderling" not in everything(ons_dorp)
    assert len(ons_dorp.mails_to(EVA)) == 1


def test_what_others_can_see_is_gone_at_once(ons_dorp: Town) -> None:
    settle_eva(ons_dorp)
    mails = [message(id=f"m{number}", recipient=EVA) for number in range(30)]
    ons_dorp.world.save(outbox=mails)

    erase(ons_dorp)

    of_eva, by_eva = nomination_of(ons_dorp, "of-eva"), nomination_of(ons_dorp, "by-eva")
    assert (of_eva.is_empty, of_eva.words.what, of_eva.led_to) == (True, "", "")
    assert (by_eva.is_anonymous, by_eva.nominator.name) == (True, "")


def test_a_thank_you_that_was_given_stays_from_nobody(ons_dorp: Town) -> None:
    settle_eva(ons_dorp)

    erase(ons_dorp)
    let_it_end(ons_dorp)

    given = nomination_of(ons_dorp, "by-eva")
    thanks = ons_dorp.world.store.message(
        SLUG, promising_thanks.thanks_id(given, given.honourees[0])
    )
    assert given.state is NominationState.THANKED
    assert given.words == thanked().words
    assert (thanks.facts["nominator"], thanks.recipient) == ("", BO)


def test_who_was_thanked_together_keep_their_thanks(ons_dorp: Town) -> None:
    settle_eva(ons_dorp)

    erase(ons_dorp)
    let_it_end(ons_dorp)

    both = nomination_of(ons_dorp, "of-both")
    thanks = ons_dorp.world.store.message(SLUG, promising_thanks.thanks_id(both, both.honourees[1]))
    assert both.words == thanked().words
    assert [one.name for one in both.honourees] == ["", "Bo de Vries"]
    assert thanks.facts["other_honourees"] == []


def test_what_was_allowed_can_be_proven_for_three_years(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())
    consenting.decide(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        nomination_id="n1",
        honouree_id="1",
        choice=Choice.NAMED,
        now=NOW,
    )

    erase(ons_dorp, BO)

    lines = ons_dorp.world.store.consent_lines(SLUG, "n1")
    ons_dorp.clock.wait(days=3 * 365 + 1)
    assert [line.choice for line in lines] == [Choice.NAMED, Choice.PRIVATE]
    rows = every_row(ons_dorp.aws.client("dynamodb"))
    ends = [int(row["expires"]["N"]) for row in rows if row["sk"]["S"].startswith("consent#")]
    assert len(ends) == 2
    assert max(ends) < ons_dorp.clock.now.timestamp()


def test_a_guests_seats_are_free_again(ons_dorp: Town) -> None:
    settle_eva(ons_dorp)

    erase(ons_dorp)
    let_it_end(ons_dorp)

    assert ons_dorp.world.store.tally(SLUG, "g1") == Tally()
    assert not ons_dorp.world.store.gathering(SLUG, "g1").plan.honourees


def test_the_pages_of_who_is_erased_are_closed(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())

    erase(ons_dorp, ADA)

    for page in (viewing.status, viewing.question, partial(viewing.follow_up, honouree_id="")):
        with pytest.raises(NotFound):
            page(ons_dorp.world, partnership=ons_dorp.partnership, nomination_id="n1")
    with pytest.raises(CannotMove):
        nomination_of(ons_dorp).came_of_it(text="Toch nog iets.")


def test_nothing_is_said_back_to_somebody_who_is_erased(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())

    erase(ons_dorp, ADA)

    with pytest.raises(NobodyToAnswer):
        consenting.thank_back(
            ons_dorp.world,
            partnership=ons_dorp.partnership,
            nomination_id="n1",
            honouree_id="1",
            line="Graag gedaan.",
            now=NOW,
        )


def test_no_mail_leaves_from_the_first_moment(ons_dorp: Town) -> None:
    message = promise_thanks(ons_dorp)

    ons_dorp.world.save(Tombstone(SLUG, ons_dorp.world.secrets.address_key(BO), NOW))

    assert deliver(ons_dorp, message.id) is Delivery.SUPPRESSED
    stored = ons_dorp.world.store.message(SLUG, message.id)
    assert (stored.state, stored.recipient, stored.facts) == (MessageState.SUPPRESSED, "", {})


def test_an_erasure_that_comes_between_reading_and_claiming_wins(ons_dorp: Town) -> None:
    message = promise_thanks(ons_dorp)
    claimed = message.claimed(token="worker", now=ons_dorp.clock.now)
    key = ons_dorp.world.secrets.address_key(BO)
    ons_dorp.world.save(Tombstone(SLUG, key, ons_dorp.clock.now))

    claim = ons_dorp.world.store.claim(message, claimed, address_key=key, minted=())

    assert claim is Claim.ERASED


def test_a_mail_that_is_leaving_at_that_moment_is_erased_the_second_time(ons_dorp: Town) -> None:
    message = claim(ons_dorp, promise_thanks(ons_dorp))

    erase(ons_dorp, BO)
    ons_dorp.run_queues()
    assert ons_dorp.world.store.message(SLUG, message.id).recipient == BO
    let_it_end(ons_dorp)

    stored = ons_dorp.world.store.message(SLUG, message.id)
    assert (stored.state, stored.recipient, stored.facts) == (MessageState.FAILED, "", {})


def invite_dan_to_celebrate_eva(town: Town) -> Message:
    """Dan has a mail that names Eva, whose thank-you is gone already."""
    party = gathering(honourees=(Celebrated("of-eva", "1", NAME),))
    dan = invitation(guest="dan", name="Dan", address=DAN, reply_token="dandan")
    mail = promising_gatherings.invitation_mail(party, dan, now=NOW)
    town.world.store.save(party, dan, outbox=[mail])
    return mail


def test_a_name_is_found_among_more_mails_than_a_page_holds(ons_dorp: Town) -> None:
    mail = invite_dan_to_celebrate_eva(ons_dorp)
    others = [message(id=f"a-{number}", recipient=DAN) for number in range(100)]
    ons_dorp.world.store.save(outbox=others)

    unnaming.next_step(ons_dorp.world, SLUG, "", now=NOW)

    assert ons_dorp.world.store.message(SLUG, mail.id).facts["honourees"] == []


def test_a_gathering_keeps_a_name_until_no_mail_that_bears_it_is_leaving(ons_dorp: Town) -> None:
    mail = claim(ons_dorp, invite_dan_to_celebrate_eva(ons_dorp))
    store = ons_dorp.world.store

    erase(ons_dorp)
    ons_dorp.run_queues()
    assert len(store.gathering(SLUG, "g1").plan.honourees) == 1
    let_it_end(ons_dorp)

    assert store.gathering(SLUG, "g1").plan.honourees == ()
    assert store.message(SLUG, mail.id).facts["honourees"] == []


def test_every_mail_that_a_guest_sent_is_deleted(ons_dorp: Town) -> None:
    ons_dorp.world.save(gathering(), invitation(guest="eva", name=NAME, address=EVA))
    raws = [f"mail/{number}" for number in range(101)]
    marks = [
        Received(SLUG, f"ses-{number}", NOW + timedelta(seconds=number), guest="eva", raw=raw)
        for number, raw in enumerate(raws)
    ]
    ons_dorp.world.store.save(*marks[:50])
    ons_dorp.world.store.save(*marks[50:])
    forgotten: set[str] = set()

    class Remembering:
        def read(self, raw: str, *, at_most: int) -> bytes:
            raise AssertionError(raw)

        def forget(self, raw: str) -> None:
            forgotten.add(raw)

    request = erase(ons_dorp)
    job = ons_dorp.world.store.job(SLUG, f"erase-{request.id}")
    erasing.erase_next(ons_dorp.world, job, inbox=Remembering(), now=ons_dorp.clock.now)

    assert forgotten == set(raws)


def test_who_comes_back_is_somebody_new(ons_dorp: Town) -> None:
    erase(ons_dorp, BO)
    let_it_end(ons_dorp)
    ons_dorp.clock.wait(minutes=1)

    message = promise_thanks(ons_dorp, id="n9")

    assert deliver(ons_dorp, message.id) is Delivery.SENT


def test_whoever_wants_that_is_never_mailed_again(ons_dorp: Town) -> None:
    erase(ons_dorp, BO, never_again=True)
    let_it_end(ons_dorp)
    ons_dorp.clock.wait(minutes=1)

    message = promise_thanks(ons_dorp, id="n9")

    assert [mail["To"] for mail in ons_dorp.mailer.mails] == [BO]
    assert deliver(ons_dorp, message.id) is Delivery.SUPPRESSED


def test_the_last_mail_keeps_its_address_for_a_day_at_most(ons_dorp: Town) -> None:
    ons_dorp.mailer.answer(Again("busy"), times=50)

    request = erase(ons_dorp, BO)
    let_it_end(ons_dorp)
    kept_for_now = ons_dorp.world.store.message(SLUG, f"erasure_done-{request.id}")
    ons_dorp.clock.wait(hours=25)
    ons_dorp.look_after_mail()

    gone = ons_dorp.world.store.message(SLUG, f"erasure_done-{request.id}")
    assert (kept_for_now.state, kept_for_now.recipient) == (MessageState.QUEUED, BO)
    assert (gone.state, gone.recipient) == (MessageState.FAILED, "")


def test_what_was_not_passed_on_yet_is_taken_back(ons_dorp: Town) -> None:
    kept(ons_dorp, verified())
    kept(ons_dorp, verified(id="n2", honourees=BO_AND_DAN))

    erase(ons_dorp, ADA)

    for nomination in (nomination_of(ons_dorp), nomination_of(ons_dorp, "n2")):
        assert nomination.state is NominationState.WITHDRAWN
        assert (nomination.words.what, nomination.nominator.name) == ("", "")


def test_asking_it_twice_is_asking_it_once(ons_dorp: Town) -> None:
    first = erase(ons_dorp)

    assert erase(ons_dorp) == ons_dorp.world.store.data_request(SLUG, first.id)
    with pytest.raises(erasing.AlreadyBeingErased):
        erase(ons_dorp, send_key="b" * 32)


def test_it_does_not_wait_for_rows_that_ended_and_are_deleted_late(ons_dorp: Town) -> None:
    long_ago = NOW - 100 * DAY
    ons_dorp.world.save(
        submitted(honourees=(Honouree("1", "Bo", address=BO),), submitted_at=long_ago)
    )
    ons_dorp.world.save(outbox=[message(recipient=BO).failed(reason="deadline", now=long_ago)])
    with pytest.raises(NotFound):
        nomination_of(ons_dorp)

    request = erase(ons_dorp, BO)
    let_it_end(ons_dorp)

    assert ons_dorp.world.store.data_request(SLUG, request.id).handled_at


def test_it_can_be_asked_again_later(ons_dorp: Town) -> None:
    erase(ons_dorp, BO)
    let_it_end(ons_dorp)
    ons_dorp.clock.wait(days=1)

    again = erase(ons_dorp, BO, send_key="b" * 32)
    let_it_end(ons_dorp)

    assert ons_dorp.world.store.data_request(SLUG, again.id).handled_at
    assert len(ons_dorp.mailer.mails) == 2


def test_a_coordinator_cannot_erase_themselves(ons_dorp: Town) -> None:
    with pytest.raises(erasing.CannotEraseYourself):
        erase(ons_dorp, CLEO)


def test_a_coordinator_who_is_erased_is_signed_out(ons_dorp: Town) -> None:
    ons_dorp.world.save(Session(SLUG, token_digest("cookie"), "cas", ons_dorp.clock.now))

    erase(ons_dorp, CAS)
    let_it_end(ons_dorp)

    coming_in = signing_in.coordinator_of(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        session_token="cookie",
        now=ons_dorp.clock.now,
    )
    assert coming_in is None
    assert [one.id for one in ons_dorp.world.store.coordinators(SLUG).items] == ["cleo"]
