"""Consenting: the honouree decides, changes their mind, answers once, and may leave."""

from __future__ import annotations

import pytest

from chalicelib.adapters.ses import read_event
from chalicelib.domain.consent import Choice, Way
from chalicelib.domain.message import Message, MessageState, Outcome
from chalicelib.domain.nomination import (
    AlreadyThankedBack,
    Appreciation,
    CannotBeShown,
    Honouree,
    Nomination,
    NoSuchHonouree,
)
from chalicelib.ports import Listing, Never, SendResult, Unknown, World
from chalicelib.use_cases import consenting, hearing, promising_thanks
from tests.domain.examples import ADA, BO, DAN, approved, thanked
from tests.ses_events import ses_event
from tests.town import SLUG, Town
from tests.use_cases.steps import SECOND, deliver, kept, nomination_of, promise_thanks, while_saving


def decide(town: Town, choice: Choice, *, world: World | None = None) -> Nomination:
    return consenting.decide(
        world or town.world,
        partnership=town.partnership,
        nomination_id="n1",
        honouree_id="1",
        choice=choice,
        now=town.clock.now,
    )


def thank_back(town: Town, line: str, *, world: World | None = None) -> None:
    consenting.thank_back(
        world or town.world,
        partnership=town.partnership,
        nomination_id="n1",
        honouree_id="1",
        line=line,
        now=town.clock.now,
    )


def remove(town: Town, *, world: World | None = None) -> Nomination:
    return consenting.remove(
        world or town.world,
        partnership=town.partnership,
        nomination_id="n1",
        honouree_id="1",
        now=town.clock.now,
    )


def on_the_wall(town: Town) -> list[str]:
    page = town.world.store.nominations(SLUG, Listing.WALL)
    return [name for nomination in page.items for name in nomination.shown_names]


def test_nothing_is_shown_until_the_honouree_says_so(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())
    assert not on_the_wall(ons_dorp)

    decide(ons_dorp, Choice.FIRST_NAME)

    assert on_the_wall(ons_dorp) == ["Bo"]


def test_every_choice_is_kept_and_the_newest_decides(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())

    for choice in (Choice.NAMED, Choice.NAMED, Choice.PRIVATE):
        decide(ons_dorp, choice)
        ons_dorp.clock.now += SECOND

    lines = ons_dorp.world.store.consent_lines(SLUG, "n1")
    assert [line.choice for line in lines] == [Choice.NAMED, Choice.PRIVATE]
    assert not on_the_wall(ons_dorp)


def test_what_was_given_in_private_cannot_be_shown(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked(appreciation=Appreciation.PAT_ON_THE_BACK))

    with pytest.raises(CannotBeShown):
        decide(ons_dorp, Choice.NAMED)

    assert not ons_dorp.world.store.consent_lines(SLUG, "n1")


def test_one_line_reaches_the_nominator_once(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())

    for _ in range(2):
        thank_back(ons_dorp, "Dank je wel, Ada!")
    with pytest.raises(AlreadyThankedBack):
        thank_back(ons_dorp, "Nog eens bedankt.")
    ons_dorp.look_after_mail()

    (mail,) = ons_dorp.mails_to(ADA)
    assert "Dank je wel, Ada!" in str(mail.get_body(("plain",)))


def test_who_leaves_is_off_the_wall_at_once_and_their_words_are_gone(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())
    decide(ons_dorp, Choice.NAMED)
    ons_dorp.clock.now += SECOND

    gone = remove(ons_dorp)

    assert not on_the_wall(ons_dorp)
    assert (gone.words.what, gone.honourees[0].name, gone.honourees[0].address) == ("", "", None)
    assert ons_dorp.world.store.consent_lines(SLUG, "n1")[-1].way is Way.REMOVED


def test_who_left_can_do_nothing_more(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())
    remove(ons_dorp)

    with pytest.raises(NoSuchHonouree):
        remove(ons_dorp)
    with pytest.raises(NoSuchHonouree):
        decide(ons_dorp, Choice.NAMED)


def test_when_one_of_two_leaves_the_other_keeps_the_thanks_unshown(ons_dorp: Town) -> None:
    both = (Honouree("1", "Bo", address=BO), Honouree("2", "Dan", address=DAN))
    kept(ons_dorp, thanked(honourees=both).thanked(honouree_id="2", now=ons_dorp.clock.now))

    remove(ons_dorp)
    consenting.decide(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        nomination_id="n1",
        honouree_id="2",
        choice=Choice.NAMED,
        now=ons_dorp.clock.now,
    )

    assert nomination_of(ons_dorp).words.what
    assert not on_the_wall(ons_dorp)


def test_a_corrected_name_is_what_is_shown(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())
    decide(ons_dorp, Choice.NAMED)

    consenting.correct_name(
        ons_dorp.world,
        partnership=ons_dorp.partnership,
        nomination_id="n1",
        honouree_id="1",
        name="Bö de Vries",
    )

    assert on_the_wall(ons_dorp) == ["Bö de Vries"]


def somebody_saves(town: Town) -> World:
    """A world in which the nomination changes just before the next save."""
    return while_saving(town.world, lambda: town.world.save(nomination_of(town)))


def test_taking_a_yes_back_never_loses_to_what_is_saved_in_between(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())
    decide(ons_dorp, Choice.NAMED)
    ons_dorp.clock.now += SECOND

    decide(ons_dorp, Choice.PRIVATE, world=somebody_saves(ons_dorp))

    assert not on_the_wall(ons_dorp)


def test_an_answer_a_name_and_a_removal_never_lose_either(ons_dorp: Town) -> None:
    kept(ons_dorp, thanked())

    thank_back(ons_dorp, "Dank je wel, Ada!", world=somebody_saves(ons_dorp))
    consenting.correct_name(
        somebody_saves(ons_dorp),
        partnership=ons_dorp.partnership,
        nomination_id="n1",
        honouree_id="1",
        name="Bö",
    )
    honouree = nomination_of(ons_dorp).honouree("1")
    remove(ons_dorp, world=somebody_saves(ons_dorp))

    assert (honouree.name, honouree.thanks_back) == ("Bö", "Dank je wel, Ada!")
    assert nomination_of(ons_dorp).honourees[0].removed_at


def test_after_a_removal_no_mail_leaves_with_their_words(ons_dorp: Town) -> None:
    promise_thanks(ons_dorp)
    thank_back(ons_dorp, "Dank je wel, Ada!")

    remove(ons_dorp)
    ons_dorp.look_after_mail()

    assert not ons_dorp.mailer.tries
    for waiting in ("thanks-n1-1-1", "thanks_back-n1-1"):
        assert ons_dorp.world.store.message(SLUG, waiting).reason == "removed"


def about_bo(town: Town) -> list[Message]:
    ids = ("thanks-n1-1-1", "thanks_back-n1-1")
    return [town.world.store.message(SLUG, id) for id in ids]


def test_of_mails_that_left_a_removal_keeps_only_what_became_of_them(ons_dorp: Town) -> None:
    promise_thanks(ons_dorp)
    ons_dorp.look_after_mail()
    thank_back(ons_dorp, "Dank je wel, Ada!")
    ons_dorp.look_after_mail()
    before = about_bo(ons_dorp)

    remove(ons_dorp)

    for was, mail in zip(before, about_bo(ons_dorp), strict=True):
        assert was.facts
        assert (mail.recipient, mail.recipient_name, mail.facts, mail.links) == ("", "", {}, ())
        assert (mail.state, mail.ses_id) == (MessageState.SENT, was.ses_id)


def test_what_ses_tells_after_a_removal_is_kept_and_bothers_nobody(ons_dorp: Town) -> None:
    promise_thanks(ons_dorp)
    ons_dorp.look_after_mail()
    remove(ons_dorp)

    assert ons_dorp.handle("events", ses_event("Bounce", ons_dorp.mailer.envelopes[0])) == []

    mail = ons_dorp.world.store.message(SLUG, "thanks-n1-1-1")
    assert (mail.outcome, mail.facts) == (Outcome.BOUNCED, {})
    assert ons_dorp.world.store.suppression(ons_dorp.world.secrets.address_key(BO))
    assert not undelivered(ons_dorp)


def undelivered(town: Town) -> tuple[Message, ...]:
    return town.world.store.messages(SLUG, Listing.UNDELIVERED).items


@pytest.mark.parametrize("result", [Never("BadRequestException"), Unknown("ReadTimeoutError")])
def test_a_removal_settles_what_did_not_arrive(ons_dorp: Town, result: SendResult) -> None:
    mail = promise_thanks(ons_dorp)
    ons_dorp.mailer.answer(result)
    deliver(ons_dorp, mail.id)
    ons_dorp.clock.wait(minutes=15)
    ons_dorp.sweep()
    assert len(undelivered(ons_dorp)) == 1

    remove(ons_dorp)

    kept = ons_dorp.world.store.message(SLUG, mail.id)
    assert (kept.state, kept.facts) == (MessageState.FAILED, {})
    assert not undelivered(ons_dorp)


def test_what_was_forgotten_does_not_come_back_with_an_event(ons_dorp: Town) -> None:
    promise_thanks(ons_dorp)
    ons_dorp.look_after_mail()
    world = while_saving(ons_dorp.world, lambda: remove(ons_dorp))
    delivered = ses_event("Delivery", ons_dorp.mailer.envelopes[0])

    hearing.hear(world, event=read_event(delivered), now=ons_dorp.clock.now)

    mail = ons_dorp.world.store.message(SLUG, "thanks-n1-1-1")
    assert (mail.outcome, mail.facts) == (Outcome.DELIVERED, {})


def test_a_mail_of_a_decision_that_was_undone_is_forgotten_too(ons_dorp: Town) -> None:
    again = thanked(round=1)
    undone, mail = (
        promising_thanks.thanks(
            decision, now=ons_dorp.clock.now, undo=SECOND, time_zone="Europe/Amsterdam"
        )[0]
        for decision in (approved(), again)
    )
    ons_dorp.world.save(
        again, outbox=[undone.suppressed(reason="undone", now=ons_dorp.clock.now), mail]
    )

    remove(ons_dorp)

    for id in (undone.id, mail.id):
        assert ons_dorp.world.store.message(SLUG, id).facts == {}


def test_a_mail_that_left_just_before_does_not_keep_anybody_from_leaving(ons_dorp: Town) -> None:
    mail = promise_thanks(ons_dorp)
    world = while_saving(ons_dorp.world, lambda: deliver(ons_dorp, mail.id))

    gone = remove(ons_dorp, world=world)

    assert gone.honourees[0].removed_at
