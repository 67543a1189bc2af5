"""Trusting: where that was chosen, thanks by somebody on the people list go on with the proof."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.nomination import (
    Appreciation,
    CannotMove,
    Nomination,
    NominationState,
    ReviewedBy,
)
from chalicelib.domain.partnership import ReviewSetting
from chalicelib.domain.people import EmailAddress, Language, Person, Side
from chalicelib.domain.reading import MustRead
from chalicelib.domain.spam_guard import Filling
from chalicelib.ports import Listing
from chalicelib.use_cases import founding, nominating, overseeing
from chalicelib.use_cases.delivering import Delivery
from chalicelib.use_cases.nominating import Draft
from tests.domain.examples import ADA, BO, MINUTE, submitted
from tests.town import CLEO, SLUG, Town
from tests.use_cases.steps import claim, cleo, deliver, kept, nomination_of, review
from tests.use_cases.test_nominating import DRAFT

APPROVED, VERIFIED = NominationState.APPROVED, NominationState.VERIFIED


@pytest.fixture
def trusting(ons_dorp: Town) -> Town:
    """Ons Dorp trusts its people list, on which Ada is; for ten minutes one can undo."""
    founding.add_person(
        ons_dorp.world, person=Person(SLUG, "ada", "Ada Bakker", ADA, Side.CITIZENS)
    )
    founding.change_settings(
        ons_dorp.world, slug=SLUG, review=ReviewSetting.TRUSTED, undo_minutes=10
    )
    return replace(ons_dorp, partnership=ons_dorp.world.store.partnership(SLUG))


def confirm(town: Town, nomination: Nomination) -> Nomination:
    kept(town, nomination)
    nominating.verify_nomination(
        town.world, partnership=town.partnership, nomination_id="n1", now=town.clock.now
    )
    return nomination_of(town)


def send(town: Town, draft: Draft, *, key: str = "a" * 32, filling: Filling | None = None) -> str:
    return nominating.submit_nomination(
        town.world,
        partnership=town.partnership,
        draft=draft,
        send_key=key,
        signed_in=cleo(town),
        filling=filling or Filling(),
        now=town.clock.now,
    ).id


BY_CLEO = replace(DRAFT, nominator=replace(DRAFT.nominator, address=CLEO))


def test_the_thanks_go_on_with_the_proof_of_the_address(trusting: Town) -> None:
    approved = confirm(trusting, submitted())

    thanks = trusting.world.store.message(SLUG, "thanks-n1-1-1")
    receipt = trusting.world.store.message(SLUG, "receipt-n1")
    assert (approved.state, approved.reviewed_by) == (APPROVED, ReviewedBy.SETTING)
    assert (thanks.recipient, thanks.due_at) == (BO, trusting.clock.now + 10 * MINUTE)
    assert receipt.facts["read_by"] == ""


def test_each_honouree_is_thanked_in_the_language_of_the_people_list(trusting: Town) -> None:
    bo = Person(SLUG, "bo", "Bo", BO, Side.PROFESSIONALS, language=Language.ENGLISH)
    founding.add_person(trusting.world, person=bo)

    confirm(trusting, submitted())

    assert trusting.world.store.message(SLUG, "thanks-n1-1-1").language is Language.ENGLISH


def test_one_mailbox_is_one_person_however_its_address_is_written(trusting: Town) -> None:
    ada = replace(submitted().nominator, address=EmailAddress("ADA+plein@Example.nl"))

    assert confirm(trusting, submitted(nominator=ada)).state is APPROVED


def test_who_is_not_on_the_list_is_read(trusting: Town) -> None:
    eva = replace(submitted().nominator, address=EmailAddress("eva@example.nl"))

    assert confirm(trusting, submitted(nominator=eva)).state is VERIFIED


def test_without_the_setting_everybody_is_read(trusting: Town) -> None:
    always = replace(trusting.partnership.settings, review=ReviewSetting.ALWAYS)
    careful = replace(trusting, partnership=trusting.partnership.with_settings(always))

    assert confirm(careful, submitted()).state is VERIFIED


def test_a_reviewer_sees_why_somebody_trusted_is_read(trusting: Town) -> None:
    said = replace(submitted().words, why="Kijk op www.plein.nl")

    waiting = confirm(trusting, submitted(words=said))

    view = overseeing.review(
        trusting.world,
        partnership=trusting.partnership,
        nomination_id="n1",
        reviewer=cleo(trusting),
        now=trusting.clock.now,
    )
    assert waiting.state is VERIFIED
    assert view.must_be_read == (MustRead.LINK,)


def test_who_is_signed_in_has_nothing_to_prove(trusting: Town) -> None:
    sent = [send(trusting, BY_CLEO) for _ in range(2)]

    assert len({*sent}) == 1
    assert nomination_of(trusting, sent[0]).reviewed_by is ReviewedBy.SETTING


def test_the_sixth_in_a_day_is_read_and_is_no_spam(trusting: Town) -> None:
    founding.change_settings(trusting.world, slug=SLUG, nominations_a_day=1)
    busy = replace(trusting, partnership=trusting.world.store.partnership(SLUG))

    first, second = (nomination_of(busy, send(busy, BY_CLEO, key=key)) for key in ("one", "two"))

    assert (first.state, second.state) == (APPROVED, VERIFIED)
    assert second.must_be_read == (MustRead.MANY,)
    assert busy.world.store.message(SLUG, f"receipt-{second.id}").facts["read_by"]


def test_what_the_spam_guard_noticed_is_read(trusting: Town) -> None:
    sent = nomination_of(trusting, send(trusting, BY_CLEO, filling=Filling(trap="x")))

    assert sent.must_be_read == (MustRead.SPAM,)


class TestAfterwards:
    """What went on unread is found at the desk, and can be undone for a while."""

    def test_it_is_on_a_list_until_it_is_undone(self, trusting: Town) -> None:
        approved = confirm(trusting, submitted())
        (row,) = self._rows(trusting)

        review(trusting, approved, undo_minutes=10).undo()

        assert row.undo_until is not None
        assert not self._rows(trusting)
        assert trusting.world.store.count(SLUG, Listing.TO_REVIEW) == 1

    def test_it_stays_on_that_list_for_a_month_after_its_mail_left(self, trusting: Town) -> None:
        confirm(trusting, submitted())
        trusting.clock.wait(minutes=10)
        deliver(trusting, "thanks-n1-1-1")
        trusting.clock.wait(days=29)

        (row,) = self._rows(trusting)
        trusting.clock.wait(days=1)

        assert (row.nomination.state, row.undo_until) == ("thanked", None)
        assert not self._rows(trusting)
        with pytest.raises(CannotMove):
            review(trusting, nomination_of(trusting)).undo()

    def test_who_wants_to_celebrate_is_told_to_whoever_can_plan_it(self, trusting: Town) -> None:
        confirm(trusting, submitted(appreciation=Appreciation.GATHERING))

        (row,) = self._rows(trusting)

        assert row.wants_gathering

    def test_pages_follow_each_other(self, trusting: Town) -> None:
        for number in range(3):
            trusting.clock.wait(minutes=1)
            approved = submitted(id=f"n{number}").verified(now=trusting.clock.now)
            trusting.world.save(approved.approved_unread(now=trusting.clock.now))

        first = trusting.world.store.unread(SLUG, limit=2)
        second = trusting.world.store.unread(SLUG, limit=2, after=first.next)

        assert [one.id for one in (*first.items, *second.items)] == ["n2", "n1", "n0"]
        assert not second.next

    def _rows(self, town: Town) -> tuple[overseeing.UnreadRow, ...]:
        return overseeing.unread(town.world, partnership=town.partnership, now=town.clock.now).rows


class TestTakingItBack:
    """Its nominator may, until the mail leaves."""

    def test_no_mail_leaves_then(self, trusting: Town) -> None:
        confirm(trusting, submitted())

        self._take_back(trusting)
        trusting.clock.wait(minutes=10)

        assert nomination_of(trusting).state is NominationState.WITHDRAWN
        assert deliver(trusting, "thanks-n1-1-1") is Delivery.NOTHING_TO_DO

    def test_it_is_too_late_once_a_mail_is_on_its_way(self, trusting: Town) -> None:
        confirm(trusting, submitted())
        trusting.clock.wait(minutes=10)
        claim(trusting, trusting.world.store.message(SLUG, "thanks-n1-1-1"))

        with pytest.raises(CannotMove):
            self._take_back(trusting)

    def test_it_is_too_late_once_somebody_has_their_thanks(self, trusting: Town) -> None:
        confirm(trusting, submitted())
        trusting.clock.wait(minutes=10)
        deliver(trusting, "thanks-n1-1-1")

        with pytest.raises(CannotMove):
            self._take_back(trusting)

    def _take_back(self, town: Town) -> None:
        nominating.withdraw_nomination(
            town.world, partnership=town.partnership, nomination_id="n1", now=town.clock.now
        )
