"""Saving: all or nothing, never over somebody else's change, and the same when repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.domain.consent import Choice
from chalicelib.domain.invitation import Tally
from chalicelib.domain.people import EmailAddress, Role
from chalicelib.domain.waiting_list import Waiting
from chalicelib.ports import Conflict, LineChange, NotFound, Suppression, TallyChange
from tests.adapters.conftest import Busy, Repeating, Row
from tests.adapters.facts import (
    BO_KEY,
    TOWN,
    VILLAGE,
    job,
    line,
    partnership,
    person,
    sign_in,
    token,
)
from tests.conftest import TABLE
from tests.domain.examples import (
    BO,
    CLEO,
    DAN,
    MINUTE,
    NOW,
    gathering,
    invitation,
    message,
    submitted,
    verified,
)

ONE_COMES = TallyChange(VILLAGE, "g1", Tally(accepted=1, heads=2))
ONE_IS_ASKED = TallyChange(VILLAGE, "g1", Tally(silent=1))


def test_a_fact_and_its_messages_are_kept_together(store: DynamoStore) -> None:
    store.save(submitted(), outbox=[message()])

    assert store.nomination(VILLAGE, "n1") == submitted(version=1)
    assert store.message(VILLAGE, message().id) == message()


def test_every_kind_of_row_comes_back(store: DynamoStore) -> None:
    store.save(partnership(), person(), gathering(), invitation(), job(), token(), sign_in())

    assert store.partnership(VILLAGE) == partnership(version=1)
    assert store.person(VILLAGE, "bo") == person(version=1)
    assert store.gathering(VILLAGE, "g1") == replace(gathering(), version=1)
    assert store.invitation(VILLAGE, "g1", "bo") == invitation(version=1)
    assert store.job(VILLAGE, "invite-g1") == job(version=1)
    assert store.token(VILLAGE, token().digest) == token()
    assert store.sign_in(VILLAGE, sign_in().id) == sign_in()


@pytest.mark.parametrize(
    "nomination_id", ["n2", "", "n1#consent", "n 1", "né", "x" * 301, "\ud800"]
)
def test_what_is_not_there_is_not_found(store: DynamoStore, nomination_id: str) -> None:
    store.save(submitted())

    with pytest.raises(NotFound):
        store.nomination(VILLAGE, nomination_id)


def test_another_partnership_finds_nothing(store: DynamoStore) -> None:
    store.save(submitted(), person())

    with pytest.raises(NotFound):
        store.nomination(TOWN, "n1")
    assert store.person_by_address(TOWN, BO) is None


def test_the_second_of_two_stale_copies_is_refused(store: DynamoStore) -> None:
    store.save(verified())
    first, second = store.nomination(VILLAGE, "n1"), store.nomination(VILLAGE, "n1")
    store.save(first.with_citation("Kept us safe."))

    with pytest.raises(Conflict):
        store.save(second.with_citation("Kept the square safe."))

    assert store.nomination(VILLAGE, "n1").citation == "Kept us safe."


def test_two_equal_copies_are_two_writes_and_the_second_is_refused(store: DynamoStore) -> None:
    store.save(submitted())

    with pytest.raises(Conflict):
        store.save(submitted())


def test_a_message_that_exists_stops_the_fact_that_promises_it_anew(store: DynamoStore) -> None:
    store.save(submitted(), outbox=[message()])

    with pytest.raises(Conflict):
        store.save(submitted(id="n2"), outbox=[message()])

    with pytest.raises(NotFound):
        store.nomination(VILLAGE, "n2")


def test_a_fact_may_rest_on_a_gathering_that_stayed_as_it_was(store: DynamoStore) -> None:
    store.save(gathering())
    seen = store.gathering(VILLAGE, "g1")

    store.save(invitation(), unchanged=[seen])

    assert store.invitation(VILLAGE, "g1", "bo").version == 1


def test_a_fact_cannot_rest_on_a_gathering_that_changed(store: DynamoStore) -> None:
    store.save(gathering())
    seen = store.gathering(VILLAGE, "g1")
    store.save(seen.cancelled(now=NOW))

    with pytest.raises(Conflict):
        store.save(invitation(), unchanged=[seen])

    assert store.not_to_invite(VILLAGE, "g1", ["bo"], asked_at=NOW) == frozenset()


def test_a_consent_line_is_never_written_over(store: DynamoStore) -> None:
    store.save(line())

    with pytest.raises(Conflict):
        store.save(line(choice=Choice.NAMED))

    assert store.consent_lines(VILLAGE, "n1") == (line(),)


def test_the_consent_ledger_reads_from_old_to_new(store: DynamoStore) -> None:
    later, latest = line(at=NOW + MINUTE), line(at=NOW + 2 * MINUTE, choice=Choice.PRIVATE)
    store.save(submitted(), latest, line(), later)

    assert store.consent_lines(VILLAGE, "n1") == (line(), later, latest)


def test_tallies_add_up(store: DynamoStore) -> None:
    assert store.tally(VILLAGE, "g1") == Tally()

    store.save(ONE_IS_ASKED)
    store.save(TallyChange(VILLAGE, "g1", Tally(silent=-1, accepted=1, heads=2)))
    store.save(ONE_COMES)

    assert store.tally(VILLAGE, "g1") == Tally(silent=0, accepted=2, heads=4)


def test_a_seat_is_taken_only_where_there_is_room(store: DynamoStore) -> None:
    two_of_four = TallyChange(VILLAGE, "g1", Tally(accepted=1, heads=2), at_most=2)
    store.save(two_of_four)
    store.save(two_of_four)

    with pytest.raises(Conflict):
        store.save(two_of_four)

    assert store.tally(VILLAGE, "g1") == Tally(accepted=2, heads=4)


@pytest.mark.parametrize(("above", "is_full"), [(-2, True), (1, True), (2, False)])
def test_nobody_waits_beside_a_free_seat(store: DynamoStore, above: int, is_full: bool) -> None:
    store.save(TallyChange(VILLAGE, "g1", Tally(accepted=1, heads=2)))
    waits = TallyChange(VILLAGE, "g1", Tally(waiting=1), above=above)

    with nullcontext() if is_full else pytest.raises(Conflict):
        store.save(waits)


def test_who_asks_for_more_than_there_ever_were_waits_before_anybody_comes(
    store: DynamoStore,
) -> None:
    store.save(TallyChange(VILLAGE, "g1", Tally(waiting=1), above=-1))

    assert store.tally(VILLAGE, "g1").waiting == 1


def test_a_decision_that_rests_on_the_tally_insists_that_nothing_changed(
    store: DynamoStore,
) -> None:
    unwritten = store.tally(VILLAGE, "g1")
    store.save(TallyChange(VILLAGE, "g1", Tally(silent=1), as_read=unwritten))
    read = store.tally(VILLAGE, "g1")
    store.save(TallyChange(VILLAGE, "g1", Tally(), as_read=read))

    for stale in (unwritten, read):
        with pytest.raises(Conflict):
            store.save(TallyChange(VILLAGE, "g1", Tally(silent=1), as_read=stale))


def test_a_place_on_the_waiting_list_is_taken_changed_and_left(store: DynamoStore) -> None:
    first = Waiting(VILLAGE, "g1", "bo", heads=2, since=NOW)
    other = replace(first, heads=1)

    store.save(LineChange(None, first))
    store.save(LineChange(first, other))
    assert store.waiting(VILLAGE, "g1", heads=2, limit=10) == ()
    assert store.waiting(VILLAGE, "g1", heads=1, limit=10) == (other,)

    store.save(LineChange(other, None))
    assert store.waiting(VILLAGE, "g1", heads=1, limit=10) == ()


def test_the_first_who_wait_come_first(store: DynamoStore) -> None:
    for minute, guest in enumerate(("dan", "bo", "ada")):
        store.save(
            LineChange(None, Waiting(VILLAGE, "g1", guest, heads=1, since=NOW + minute * MINUTE))
        )

    found = store.waiting(VILLAGE, "g1", heads=1, limit=2)

    assert [one.guest for one in found] == ["dan", "bo"]


def test_a_change_of_nothing_writes_nothing(store: DynamoStore, calls: Counter[str]) -> None:
    store.save(TallyChange(VILLAGE, "g1", Tally()))

    assert calls == {}


def test_the_first_reason_not_to_mail_an_address_stays(store: DynamoStore) -> None:
    store.save(Suppression(BO_KEY, "bounce", NOW))
    store.save(Suppression(BO_KEY, "complaint", NOW + MINUTE))

    assert store.suppression(BO_KEY) == Suppression(BO_KEY, "bounce", NOW)
    assert store.suppression("c" * 26) is None


def test_more_than_a_hundred_rows_are_refused_before_any_call(
    store: DynamoStore, calls: Counter[str]
) -> None:
    crowd = [invitation(guest=f"guest-{number}") for number in range(51)]

    with pytest.raises(ValueError, match="100"):
        store.save(*crowd)

    assert calls == {}


def test_a_hundred_rows_fit(store: DynamoStore, calls: Counter[str]) -> None:
    # Each invitation is two: the address of its answers is kept with it.
    store.save(*[invitation(guest=f"guest-{number}") for number in range(50)])

    assert calls == {"TransactWriteItems": 1}


class TestAddresses:
    """An address belongs to one person of a partnership."""

    def test_a_person_is_found_by_any_spelling_of_their_address(self, store: DynamoStore) -> None:
        store.save(person())

        found = store.person_by_address(VILLAGE, EmailAddress("Bo+work@EXAMPLE.nl"))

        assert found == person(version=1)
        assert store.person_by_address(VILLAGE, DAN) is None

    def test_two_people_cannot_have_one_address(self, store: DynamoStore) -> None:
        store.save(person())

        with pytest.raises(Conflict):
            store.save(person(id="dan", address=EmailAddress("BO@example.nl")))

    def test_two_people_of_one_save_cannot_have_one_address(self, store: DynamoStore) -> None:
        with pytest.raises(ValueError, match="two writes"):
            store.save(person(), person(id="dan"))

    def test_another_partnership_may_know_the_same_address(self, store: DynamoStore) -> None:
        store.save(person())
        store.save(person(partnership=TOWN))

        assert store.person_by_address(TOWN, BO) == person(partnership=TOWN, version=1)

    def test_a_changed_address_is_free_again(self, store: DynamoStore) -> None:
        store.save(person())
        store.save(person(version=1, address=CLEO))
        store.save(person(id="dan", address=BO))

        assert store.person_by_address(VILLAGE, BO) == person(id="dan", version=1)
        assert store.person_by_address(VILLAGE, CLEO) == person(address=CLEO, version=2)

    def test_a_removed_address_is_free_again(self, store: DynamoStore) -> None:
        store.save(person())
        store.save(person(version=1, address=None))

        assert store.person_by_address(VILLAGE, BO) is None

    def test_an_address_can_be_spelled_anew(self, store: DynamoStore) -> None:
        store.save(person())
        store.save(person(version=1, address=EmailAddress("Bo@example.nl")))

        assert store.person_by_address(VILLAGE, BO) == store.person(VILLAGE, "bo")

    def test_a_person_without_an_address_gets_one(self, store: DynamoStore) -> None:
        store.save(person(address=None))
        store.save(person(version=1))

        assert store.person_by_address(VILLAGE, BO) == person(version=2)

    def test_a_stale_copy_releases_no_address(self, store: DynamoStore) -> None:
        store.save(person())
        stale = store.person(VILLAGE, "bo")
        store.save(stale.with_role(Role.COORDINATOR))

        with pytest.raises(Conflict):
            store.save(replace(stale, address=None))

        assert store.person_by_address(VILLAGE, BO) == store.person(VILLAGE, "bo")

    def test_the_row_of_an_address_does_not_show_it(
        self, store: DynamoStore, dynamodb: Any
    ) -> None:
        store.save(person(address=EmailAddress('"odd#one"@example.nl')))

        keys = [item["pk"]["S"] for item in dynamodb.scan(TableName=TABLE)["Items"]]

        assert not any("odd" in key for key in keys)


class TestRepeats:
    """A request whose answer got lost is sent again by the SDK; it has its effect once."""

    def test_a_save_owns_what_it_wrote_before(
        self, store_of: Callable[[Any], DynamoStore], dynamodb: Any
    ) -> None:
        store = store_of(Repeating(dynamodb))

        store.save(invitation(), ONE_COMES, person(), outbox=[message()])

        assert store.invitation(VILLAGE, "g1", "bo").version == 1
        assert store.tally(VILLAGE, "g1") == ONE_COMES.change

    def test_a_tally_alone_counts_once(
        self, store_of: Callable[[Any], DynamoStore], dynamodb: Any
    ) -> None:
        store = store_of(Repeating(dynamodb))

        store.save(ONE_COMES)
        store.save(ONE_COMES)

        assert store.tally(VILLAGE, "g1") == Tally(accepted=2, heads=4)

    def test_a_suppression_is_kept_once(
        self, store_of: Callable[[Any], DynamoStore], dynamodb: Any
    ) -> None:
        store = store_of(Repeating(dynamodb))

        store.save(Suppression(BO_KEY, "bounce", NOW))

        assert store.suppression(BO_KEY) == Suppression(BO_KEY, "bounce", NOW)


class TestOthersInTheWay:
    """What stands in the way for a moment is tried again, and not for ever."""

    @pytest.mark.parametrize(
        "code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
    )
    def test_a_busy_row_is_tried_again(
        self, store_of: Callable[[Any], DynamoStore], dynamodb: Any, code: str
    ) -> None:
        store = store_of(Busy(dynamodb, times=3, code=code))

        store.save(submitted())

        assert store.nomination(VILLAGE, "n1").version == 1

    def test_it_gives_up_in_the_end(
        self, store_of: Callable[[Any], DynamoStore], dynamodb: Any
    ) -> None:
        busy = Busy(dynamodb, times=100)

        with pytest.raises(ClientError):
            store_of(busy).save(submitted())

        assert busy.calls == 5

    def test_what_will_not_pass_is_raised_at_once(
        self, store_of: Callable[[Any], DynamoStore], dynamodb: Any
    ) -> None:
        busy = Busy(dynamodb, times=100, code="ValidationError")

        with pytest.raises(ClientError):
            store_of(busy).save(submitted())

        assert busy.calls == 1

    def test_it_waits_longer_each_time(self, dynamodb: Any) -> None:
        waits: list[float] = []
        busy: Any = Busy(dynamodb, times=3)

        DynamoStore(client=busy, table=TABLE, pause=waits.append).save(submitted())

        assert len(waits) == 3
        assert all(wait <= 0.05 * 2**turn for turn, wait in enumerate(waits))


class TestForgetting:
    """Rows that end say when, open rows never do, and late deletion shows nobody anything."""

    def test_an_expired_row_counts_as_gone(self, store: DynamoStore, dynamodb: Any) -> None:
        store.save(token())

        with pytest.raises(NotFound):
            at(dynamodb, token().expires_at).token(VILLAGE, token().digest)
        assert at(dynamodb, NOW).token(VILLAGE, token().digest) == token()

    def test_a_finished_job_is_forgotten_after_ninety_days(
        self, store: DynamoStore, row: Callable[..., Row]
    ) -> None:
        store.save(job())
        assert "expires" not in row("ons-dorp#job#invite-g1", "job")

        store.save(job(version=1).completed(done=3))

        kept = row("ons-dorp#job#invite-g1", "job")
        assert kept["expires"] == {"N": str(int((NOW + timedelta(days=90)).timestamp()))}
        assert "due_shard" not in kept
        assert "due_at" not in kept


def at(dynamodb: Any, now: datetime) -> DynamoStore:
    """A store that knows what time it is."""
    return DynamoStore(client=dynamodb, table=TABLE, clock=lambda: now)
