"""Messages: who may take one, what stops it, and where it waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.domain.allowance import Allowance
from chalicelib.domain.message import (
    PARKED_AFTER,
    Kind,
    Message,
    Outcome,
    Urgency,
    Version,
)
from chalicelib.domain.preferences import Preferences
from chalicelib.ports import (
    BULK_SHARDS,
    SHARDS,
    AllowanceSpent,
    Claim,
    Conflict,
    Due,
    DueRow,
    Move,
    NotFound,
    Suppression,
    Unanswered,
    WrittenByNewerCode,
)
from tests.adapters.conftest import Busy, Repeating, Row, Silent
from tests.adapters.facts import (
    BO_KEY,
    VILLAGE,
    finished,
    job,
    sending,
    sign_in,
    token,
)
from tests.domain.examples import MINUTE, NOW, approved, invitation, message

NO_ANSWER = (
    ReadTimeoutError(endpoint_url="https://dynamodb"),
    EndpointConnectionError(endpoint_url="https://dynamodb"),
    ClientError(
        {
            "Error": {"Code": "InternalServerError"},
            "ResponseMetadata": {"HTTPStatusCode": 500},  # type: ignore[typeddict-item]
        },
        "TransactWriteItems",
    ),
)

NO_THANKS = Preferences(VILLAGE, BO_KEY, frozenset({"postcard", "thanks"}))
INVITED = (Kind.GATHERING_INVITE,)
TELLING = message(tells=Version("g1", "bo", NOW))


TWO_A_DAY = Allowance(VILLAGE, "mails-day", timedelta(days=1), 2)


def claim(
    store: DynamoStore,
    before: Message,
    *minted: Any,
    worker: str = "t1",
    key: str = BO_KEY,
    unless_stopped: tuple[Kind, ...] = (),
    room_in: tuple[Allowance, ...] = (),
) -> Claim:
    """A worker tries to take a message."""
    after = before.claimed(token=worker, now=NOW)
    return store.claim(
        before,
        after,
        address_key=key,
        minted=minted,
        unless_stopped=unless_stopped,
        room_in=room_in,
    )


class TestClaiming:
    """One worker takes a queued message; all others stand back."""

    def test_the_first_worker_takes_a_message(self, store: DynamoStore) -> None:
        store.save(outbox=[message()])

        assert claim(store, message(), token()) is Claim.MINE

        assert store.message(VILLAGE, message().id) == sending()
        assert store.token(VILLAGE, token().digest) == token()

    def test_the_second_worker_finds_it_taken(self, store: DynamoStore) -> None:
        store.save(outbox=[message()])
        claim(store, message())

        assert claim(store, message(), token(), worker="t2") is Claim.TAKEN

        assert store.message(VILLAGE, message().id).claim == "t1"
        with pytest.raises(NotFound):
            store.token(VILLAGE, token().digest)

    def test_a_repeated_claim_finds_itself(self, store: DynamoStore) -> None:
        store.save(outbox=[message()])
        claim(store, message(), token())

        assert claim(store, message(), token()) is Claim.MINE

    def test_a_claim_whose_answer_got_lost_is_mine(
        self, store_of: Callable[[Any], DynamoStore], store: DynamoStore, dynamodb: Any
    ) -> None:
        store.save(sign_in(), outbox=[message()])
        minted = token(), replace(sign_in(), code_digest="digest")

        assert claim(store_of(Repeating(dynamodb)), message(), *minted) is Claim.MINE

    @pytest.mark.parametrize("error", NO_ANSWER, ids=lambda error: type(error).__name__)
    def test_a_claim_without_an_answer_is_mine_if_the_row_says_so(
        self,
        store_of: Callable[[Any], DynamoStore],
        store: DynamoStore,
        dynamodb: Any,
        error: Exception,
    ) -> None:
        store.save(outbox=[message()])
        heard = store_of(Silent(dynamodb, carries_out=True, error=error))

        assert claim(heard, message()) is Claim.MINE

        assert store.message(VILLAGE, message().id) == sending()

    def test_a_claim_that_never_arrived_is_not_mine(
        self, store_of: Callable[[Any], DynamoStore], store: DynamoStore, dynamodb: Any
    ) -> None:
        store.save(outbox=[message()])
        unheard = store_of(Silent(dynamodb, carries_out=False, error=NO_ANSWER[0]))

        with pytest.raises(Unanswered):
            claim(unheard, message())

        assert claim(store, message(), worker="t2") is Claim.MINE

    def test_a_stale_copy_takes_nothing(self, store: DynamoStore) -> None:
        store.save(outbox=[message()])
        back = sending().again(now=NOW, jitter=timedelta(), reason="throttled")
        store.save(moves=[Move(message(), sending())])
        store.save(moves=[Move(sending(), back)])

        assert claim(store, message(), worker="t2") is Claim.TAKEN

    @pytest.mark.parametrize(
        "moved",
        [
            message().suppressed(reason="undone", now=NOW),
            message().failed(reason="deadline", now=NOW),
            finished(),
        ],
    )
    def test_a_finished_message_is_not_taken(self, store: DynamoStore, moved: Message) -> None:
        store.save(outbox=[moved])

        assert claim(store, message()) is Claim.TAKEN

    def test_a_message_that_is_gone_is_not_taken(self, store: DynamoStore) -> None:
        assert claim(store, message()) is Claim.TAKEN

    def test_a_suppressed_address_is_not_written_to(self, store: DynamoStore) -> None:
        store.save(Suppression(BO_KEY, "bounce", NOW), outbox=[message()])

        assert claim(store, message(), token()) is Claim.SUPPRESSED

        assert store.message(VILLAGE, message().id) == message()

    def test_another_address_is(self, store: DynamoStore) -> None:
        store.save(Suppression(BO_KEY, "bounce", NOW), outbox=[message()])

        assert claim(store, message(), key="c" * 26) is Claim.MINE

    def test_a_kind_that_was_stopped_is_not_sent(self, store: DynamoStore) -> None:
        store.save(NO_THANKS, outbox=[message()])

        assert claim(store, message(), token(), unless_stopped=INVITED) is Claim.MINE
        store.save(outbox=[message(id="m2")])
        ended = claim(store, message(id="m2"), unless_stopped=(*INVITED, Kind.THANKS))

        assert ended is Claim.STOPPED
        assert store.message(VILLAGE, "m2") == message(id="m2")

    def test_what_was_stopped_does_not_stop_what_cannot_be(self, store: DynamoStore) -> None:
        store.save(NO_THANKS, outbox=[message()])

        assert claim(store, message()) is Claim.MINE

    @pytest.mark.parametrize(
        "others", [{"address_key": "c" * 26}, {"partnership": "de-stad"}, {"stopped": frozenset()}]
    )
    def test_who_stopped_nothing_here_gets_their_mail(
        self, store: DynamoStore, others: dict[str, Any]
    ) -> None:
        store.save(replace(NO_THANKS, **others), outbox=[message()])

        assert claim(store, message(), unless_stopped=(Kind.THANKS,)) is Claim.MINE

    def test_a_suppressed_address_is_said_before_what_it_stopped(self, store: DynamoStore) -> None:
        store.save(NO_THANKS, Suppression(BO_KEY, "bounce", NOW), outbox=[message()])

        assert claim(store, message(), unless_stopped=(Kind.THANKS,)) is Claim.SUPPRESSED

    def test_a_mail_counts_while_there_is_room_and_then_waits(self, store: DynamoStore) -> None:
        mails = [message(id=f"m{number}") for number in range(3)]
        store.save(outbox=mails)

        ended = [claim(store, mail, room_in=(TWO_A_DAY,)) for mail in mails]

        assert ended == [Claim.MINE, Claim.MINE, Claim.FULL]
        assert store.message(VILLAGE, "m2") == mails[2]
        tomorrow = replace(TWO_A_DAY, name="another")
        assert claim(store, mails[2], room_in=(tomorrow,)) is Claim.MINE

    def test_a_mail_that_is_not_taken_does_not_count(self, store: DynamoStore) -> None:
        store.save(Suppression(BO_KEY, "bounce", NOW), outbox=[message()])
        for _ in range(3):
            assert claim(store, message(), room_in=(TWO_A_DAY,)) is Claim.SUPPRESSED

        store.spend(TWO_A_DAY, now=NOW)
        store.spend(TWO_A_DAY, now=NOW)

    def test_a_repeated_claim_counts_once(
        self, store_of: Callable[[Any], DynamoStore], store: DynamoStore, dynamodb: Any
    ) -> None:
        store.save(outbox=[message()])
        repeating = store_of(Repeating(dynamodb))

        assert claim(repeating, message(), room_in=(TWO_A_DAY,)) is Claim.MINE

        store.spend(TWO_A_DAY, now=NOW)
        with pytest.raises(AllowanceSpent):
            store.spend(TWO_A_DAY, now=NOW)

    def test_an_overtaken_mail_is_not_kept_waiting_for_room(self, store: DynamoStore) -> None:
        store.spend(TWO_A_DAY, now=NOW)
        store.spend(TWO_A_DAY, now=NOW)
        store.save(invitation(dtstamp=NOW + MINUTE), outbox=[TELLING])

        assert claim(store, TELLING, room_in=(TWO_A_DAY,)) is Claim.OVERTAKEN

    def test_the_newest_version_of_an_invitation_is_told(self, store: DynamoStore) -> None:
        store.save(invitation(), outbox=[TELLING])

        assert claim(store, TELLING) is Claim.MINE

    def test_an_overtaken_version_is_not_told(self, store: DynamoStore) -> None:
        newer = invitation(dtstamp=NOW + MINUTE)
        store.save(newer, outbox=[TELLING])

        assert claim(store, TELLING) is Claim.OVERTAKEN

    def test_an_invitation_that_is_gone_is_not_told(self, store: DynamoStore) -> None:
        store.save(outbox=[TELLING])

        assert claim(store, TELLING) is Claim.OVERTAKEN

    def test_a_code_is_put_on_the_sign_in_that_waits_for_it(self, store: DynamoStore) -> None:
        store.save(sign_in(), outbox=[message()])
        store.try_code(sign_in())

        assert claim(store, message(), replace(sign_in(), code_digest="digest")) is Claim.MINE

        kept = store.sign_in(VILLAGE, sign_in().id)
        assert kept == sign_in(code_digest="digest", tries=1)

    def test_a_used_sign_in_gets_no_code(self, store: DynamoStore) -> None:
        store.save(sign_in(used=True), outbox=[message()])

        minted = replace(sign_in(), code_digest="digest")

        assert claim(store, message(), minted) is Claim.OVERTAKEN

    def test_a_busy_row_is_tried_again(
        self, store_of: Callable[[Any], DynamoStore], store: DynamoStore, dynamodb: Any
    ) -> None:
        store.save(outbox=[message()])

        assert claim(store_of(Busy(dynamodb, times=2)), message()) is Claim.MINE

    def test_a_row_that_stays_busy_is_nobodys(
        self, store_of: Callable[[Any], DynamoStore], store: DynamoStore, dynamodb: Any
    ) -> None:
        store.save(outbox=[message()])

        with pytest.raises(ClientError):
            claim(store_of(Busy(dynamodb, times=100)), message())

        assert store.message(VILLAGE, message().id) == message()

    def test_a_claim_is_one_call(self, store: DynamoStore, calls: Counter[str]) -> None:
        store.save(invitation(), outbox=[TELLING])
        calls.clear()

        claim(store, TELLING, token())

        assert calls == {"TransactWriteItems": 1}


class TestMoving:
    """A message moves only from where it was read."""

    def test_a_move_from_where_it_is_succeeds(self, store: DynamoStore) -> None:
        store.save(outbox=[sending()])

        store.save(moves=[Move(sending(), finished())])

        assert store.message(VILLAGE, message().id) == finished()

    @pytest.mark.parametrize(
        "read",
        [
            message(),
            replace(sending(), claim="t2"),
            replace(sending(), attempt=2),
            replace(sending(), outcome=Outcome.BOUNCED),
        ],
    )
    def test_a_move_from_elsewhere_is_refused(self, store: DynamoStore, read: Message) -> None:
        store.save(outbox=[sending()])

        with pytest.raises(Conflict):
            store.save(moves=[Move(read, finished())])

        assert store.message(VILLAGE, message().id) == sending()

    def test_of_two_events_at_once_the_second_must_look_again(self, store: DynamoStore) -> None:
        store.save(outbox=[finished()])
        store.save(moves=[Move(finished(), finished().heard(Outcome.COMPLAINED, now=NOW))])

        with pytest.raises(Conflict):
            store.save(moves=[Move(finished(), finished().heard(Outcome.DELIVERED, now=NOW))])

    def test_a_fact_moves_together_with_its_messages(self, store: DynamoStore) -> None:
        store.save(approved(), outbox=[message()])
        decided = store.nomination(VILLAGE, "n1")
        withheld = message().suppressed(reason="undone", now=NOW)
        store.save(moves=[Move(message(), sending())])

        with pytest.raises(Conflict):
            store.save(decided.reopened(), moves=[Move(message(), withheld)])

        assert store.nomination(VILLAGE, "n1") == decided

    def test_a_move_whose_answer_got_lost_stands(
        self, store_of: Callable[[Any], DynamoStore], store: DynamoStore, dynamodb: Any
    ) -> None:
        store.save(outbox=[sending()])

        store_of(Repeating(dynamodb)).save(moves=[Move(sending(), finished())])

        assert store.message(VILLAGE, message().id) == finished()


class TestWaiting:
    """Open rows wait on the index `due`; finished ones leave it, and may then be forgotten."""

    def test_a_message_is_due_at_its_time(self, store: DynamoStore) -> None:
        later = message(due_at=NOW + 10 * MINUTE)
        store.save(outbox=[later])

        assert due(store, SHARDS, minutes=9) == []
        assert due(store, SHARDS, minutes=10) == [DueRow(Due.MESSAGE, VILLAGE, later.id)]

    def test_a_message_in_doubt_comes_due_when_it_is_stale(self, store: DynamoStore) -> None:
        store.save(outbox=[sending()])

        stale = PARKED_AFTER // MINUTE
        assert due(store, SHARDS, minutes=stale - 1) == []
        assert due(store, SHARDS, minutes=stale) == [DueRow(Due.MESSAGE, VILLAGE, message().id)]

    def test_a_stalled_job_comes_due(self, store: DynamoStore) -> None:
        store.save(job())

        assert due(store, SHARDS, minutes=6) == [DueRow(Due.JOB, VILLAGE, "invite-g1")]
        assert due(store, BULK_SHARDS, minutes=6) == []

    def test_bulk_waits_on_shards_of_its_own(self, store: DynamoStore) -> None:
        store.save(outbox=[message(urgency=Urgency.BULK)])

        assert due(store, SHARDS) == []
        assert len(due(store, BULK_SHARDS)) == 1

    def test_urgent_and_ordinary_mail_are_spread(self, store: DynamoStore) -> None:
        urgencies = [Urgency.URGENT, Urgency.ORDINARY] * 20
        store.save(outbox=[message(id=f"m{n}", urgency=one) for n, one in enumerate(urgencies)])

        per_shard = [len(store.due(shard=shard, now=NOW).items) for shard in SHARDS]

        assert sum(per_shard) == 40
        assert sum(1 for found in per_shard if found) >= 3

    def test_the_longest_overdue_come_first_and_no_more_than_asked(
        self, store: DynamoStore, calls: Counter[str]
    ) -> None:
        store.save(outbox=[message(id=f"m{n}", due_at=NOW - n * MINUTE) for n in range(30)])
        shard = next(shard for shard in SHARDS if len(store.due(shard=shard, now=NOW).items) > 2)
        everything = store.due(shard=shard, now=NOW).items
        calls.clear()

        found = store.due(shard=shard, now=NOW, limit=2).items

        assert found == everything[:2]
        assert calls == {"Query": 1}

    @pytest.mark.parametrize(
        ("mail", "days"),
        [
            (finished().heard(Outcome.DELIVERED, now=NOW), 14),
            (finished(), 90),
            (finished().heard(Outcome.BOUNCED, now=NOW), 90),
            (message().suppressed(reason="undone", now=NOW), 90),
            (message().failed(reason="deadline", now=NOW), 90),
            (sending().parked(now=NOW + PARKED_AFTER), 90),
        ],
    )
    def test_a_finished_message_leaves_the_index_and_may_be_forgotten(
        self, store: DynamoStore, row: Callable[..., Row], mail: Message, days: int
    ) -> None:
        store.save(outbox=[mail])

        kept = row(f"{VILLAGE}#message#{mail.id}", "message")

        assert mail.finished_at is not None
        ends = mail.finished_at + timedelta(days=days)
        assert kept["expires"] == {"N": str(int(ends.timestamp()))}
        assert "due_shard" not in kept
        assert "due_at" not in kept

    @pytest.mark.parametrize("mail", [message(), sending(), message(due_at=NOW + 10 * MINUTE)])
    def test_an_open_message_is_never_forgotten(
        self, store: DynamoStore, row: Callable[..., Row], mail: Message
    ) -> None:
        store.save(outbox=[mail])

        assert "expires" not in row(f"{VILLAGE}#message#{mail.id}", "message")

    def test_a_message_that_is_sent_again_is_not_forgotten(
        self, store: DynamoStore, row: Callable[..., Row]
    ) -> None:
        failed = message().failed(reason="deadline", now=NOW)
        store.save(outbox=[failed])

        again = failed.queued_again(now=NOW, deadline=NOW + timedelta(hours=72))
        store.save(moves=[Move(failed, again)])

        assert "expires" not in row(f"{VILLAGE}#message#{message().id}", "message")

    def test_a_message_of_a_newer_schema_waits(self, store: DynamoStore) -> None:
        store.save(outbox=[replace(message(), schema=2)])

        with pytest.raises(WrittenByNewerCode):
            store.message(VILLAGE, message().id)
        assert len(due(store, SHARDS)) == 1


def due(store: DynamoStore, shards: tuple[int, ...], *, minutes: int = 0) -> list[DueRow]:
    """What has come due on these shards, so many minutes from now."""
    at = NOW + minutes * MINUTE
    return [row for shard in shards for row in store.due(shard=shard, now=at).items]
