"""Lists: who stands on which, in which order, page by page, and never more than one page."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.queries import StillHeldBack
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.domain.consent import Choice
from chalicelib.domain.data_request import Tombstone
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.inbound import Says, Why
from chalicelib.domain.invitation import Answer, Invitation, PartStat, Via
from chalicelib.domain.message import Outcome
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.people import EmailAddress, Role
from chalicelib.ports import Holds, Listing, Move, Page
from tests.adapters.conftest import HoldingBack
from tests.adapters.facts import TOWN, VILLAGE, finished, partnership, person, sending
from tests.conftest import TABLE
from tests.domain.examples import (
    ADA,
    BO,
    BO_AND_DAN,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    approved,
    gathering,
    invitation,
    later_plan,
    message,
    submitted,
    thanked,
    verified,
)

NOBODY_HAS_AN_ADDRESS = (BO_AND_DAN[1],)
QUESTION = verified().asked(question="Which square?", reviewer="cleo", now=NOW)
ON_THE_WALL = thanked().chosen(honouree_id="1", choice=Choice.NAMED)


@pytest.mark.parametrize(
    ("nomination", "listing"),
    [
        (submitted(), None),
        (submitted(suspicious=True), Listing.SUSPICIOUS),
        (verified(), Listing.TO_REVIEW),
        (QUESTION, Listing.ASKED),
        (QUESTION.answered(answer="The market."), Listing.TO_REVIEW),
        (approved(), None),
        (approved(honourees=BO_AND_DAN), Listing.LETTERS),
        (thanked(), Listing.THANKED),
        (ON_THE_WALL, Listing.WALL),
        (verified().declined(reason="No.", reviewer="cleo", now=NOW), None),
        (verified().withdrawn(now=NOW), None),
        (thanked().without(honouree_id="1", now=NOW), Listing.THANKED),
    ],
)
def test_a_nomination_stands_on_one_list_at_most(
    store: DynamoStore, nomination: Nomination, listing: Listing | None
) -> None:
    store.save(nomination)

    standing = [one for one in Listing if store.count(VILLAGE, one)]

    assert standing == ([listing] if listing else [])
    for one in standing:
        assert store.nominations(VILLAGE, one).items == (replace(nomination, version=1),)


@pytest.mark.parametrize(
    ("mail", "listing"),
    [
        (message(), None),
        (sending(), Listing.SENDING),
        (sending().parked(now=NOW + HOUR), Listing.UNDELIVERED),
        (message().failed(reason="deadline", now=NOW), Listing.UNDELIVERED),
        (message().suppressed(reason="undone", now=NOW), None),
        (message().suppressed(reason="suppressed", now=NOW), Listing.UNDELIVERED),
        (finished(), None),
        (finished().heard(Outcome.DELIVERED, now=NOW), None),
        (finished().heard(Outcome.BOUNCED, now=NOW), Listing.UNDELIVERED),
        (finished().heard(Outcome.COMPLAINED, now=NOW), Listing.UNDELIVERED),
    ],
)
def test_a_message_stands_where_people_can_decide_about_it(
    store: DynamoStore, mail: Any, listing: Listing | None
) -> None:
    store.save(outbox=[mail])

    standing = [one for one in Listing if store.count(VILLAGE, one)]

    assert standing == ([listing] if listing else [])
    for one in standing:
        assert store.messages(VILLAGE, one).items == (mail,)


def test_reviewers_read_what_waits_longest_first(store: DynamoStore) -> None:
    for number in (3, 1, 2):
        waiting = submitted(id=f"n{number}").verified(now=NOW + number * MINUTE)
        store.save(waiting)

    assert ids(store.nominations(VILLAGE, Listing.TO_REVIEW)) == ["n1", "n2", "n3"]


def test_the_wall_shows_the_latest_thanks_first(store: DynamoStore) -> None:
    for number in (1, 3, 2):
        shown = approved(id=f"n{number}").thanked(honouree_id="1", now=NOW + number * MINUTE)
        store.save(shown.chosen(honouree_id="1", choice=Choice.NAMED))

    assert ids(store.nominations(VILLAGE, Listing.WALL, newest_first=True)) == ["n3", "n2", "n1"]


def test_every_partnership_is_found_once_page_by_page(store: DynamoStore) -> None:
    for number in range(5):
        store.save(partnership(slug=f"village-{number}"))
    store.save(replace(partnership(slug="village-3"), version=1))

    pages: list[tuple[str, ...]] = []
    after = ""
    while not pages or after:
        page = store.partnerships(after=after, limit=2)
        pages.append(page.items)
        after = page.next

    assert pages == [("village-0", "village-1"), ("village-2", "village-3"), ("village-4",)]


def test_coordinators_are_found_without_walking_the_people_list(store: DynamoStore) -> None:
    for number in range(3):
        store.save(person(id=f"c{number}", address=None, roles=frozenset({Role.COORDINATOR})))
    store.save(person(id="p1", address=None))
    store.save(replace(store.person(VILLAGE, "c1"), roles=frozenset()))

    first = store.coordinators(VILLAGE, limit=2)

    assert ids(first) == ["c0"]
    assert ids(store.coordinators(VILLAGE, after=first.next, limit=2)) == ["c2"]
    assert not store.coordinators(TOWN).items


def test_the_people_list_is_sorted_by_name_as_people_read_it(store: DynamoStore) -> None:
    names = ["Zoë", "anna Maria", "Anna", "Élodie", "bo"]
    store.save(*[person(id=f"p{n}", name=name, address=None) for n, name in enumerate(names)])

    listed = [one.name for one in store.people(VILLAGE).items]

    assert listed == ["Anna", "anna Maria", "bo", "Élodie", "Zoë"]


def test_people_of_one_name_and_no_name_are_all_listed(store: DynamoStore) -> None:
    store.save(*[person(id=f"p{n}", name="", address=None) for n in range(3)])

    first = store.people(VILLAGE, limit=2)

    assert ids(first) == ["p0", "p1"]
    assert ids(store.people(VILLAGE, after=first.next, limit=2)) == ["p2"]


def test_a_very_long_name_fits_on_the_list(store: DynamoStore) -> None:
    store.save(person(name="ﷺ" * 120))

    assert len(store.people(VILLAGE).items) == 1


def test_the_latest_gathering_comes_first(store: DynamoStore) -> None:
    later = Gathering(partnership=VILLAGE, id="g2", plan=later_plan())
    store.save(gathering(), later)

    assert ids(store.gatherings(VILLAGE)) == ["g2", "g1"]


def test_guests_are_listed_by_their_answer(store: DynamoStore) -> None:
    yes = Answer(PartStat.ACCEPTED, at=NOW, via=Via.PAGE)
    coming = invitation(guest="bo", name="Bo", answer=yes)
    also_coming = invitation(guest="ada", name="ada", answer=yes)
    removed = invitation(guest="dan", answer=yes, removed=True)
    store.save(coming, also_coming, removed, invitation(guest="cleo"))

    assert guests(store.guests(VILLAGE, "g1", PartStat.ACCEPTED)) == ["ada", "bo"]
    assert guests(store.guests(VILLAGE, "g1", PartStat.NEEDS_ACTION)) == ["cleo"]
    assert guests(store.guests(VILLAGE, "g1", PartStat.DECLINED)) == []


def test_all_invitations_come_in_the_order_of_ids_page_by_page(store: DynamoStore) -> None:
    places = [invitation(guest=f"guest-{number}") for number in range(5)]
    store.save(gathering(), replace(places[3], removed=True), *places[:3], places[4])

    first = store.invitations(VILLAGE, "g1", limit=2)
    second = store.invitations(VILLAGE, "g1", limit=2, after=first.next)
    third = store.invitations(VILLAGE, "g1", limit=2, after=second.next)

    assert guests(first) + guests(second) + guests(third) == [f"guest-{n}" for n in range(5)]
    assert third.next == ""


def test_guests_of_another_gathering_are_not_among_them(store: DynamoStore) -> None:
    store.save(invitation(), invitation(gathering="g2", guest="dan"))

    assert guests(store.invitations(VILLAGE, "g1")) == ["bo"]
    assert guests(store.guests(VILLAGE, "g2", PartStat.NEEDS_ACTION)) == ["dan"]


def test_who_was_invited_is_known_for_fifty_at_once(
    store: DynamoStore, calls: Counter[str]
) -> None:
    store.save(invitation(guest="guest-7"), invitation(guest="guest-8", removed=True))
    calls.clear()

    known = store.not_to_invite(VILLAGE, "g1", [f"guest-{n}" for n in range(50)], asked_at=NOW)

    assert known == {"guest-7", "guest-8"}
    assert calls == {"BatchGetItem": 1}


def test_who_was_erased_since_that_was_asked_is_not_invited(store: DynamoStore) -> None:
    gone = Tombstone(VILLAGE, "guest-7", NOW)
    store.save(gone, replace(gone, of="guest-8"), replace(gone, of="guest-9"))
    for guest, minutes in (("guest-8", 20), ("guest-9", 30)):
        store.save(replace(gone, of=guest).cleared(now=NOW + minutes * MINUTE))

    ids = ["guest-7", "guest-8", "guest-9"]
    left_out = store.not_to_invite(VILLAGE, "g1", ids, asked_at=NOW + 25 * MINUTE)

    assert left_out == {"guest-7", "guest-9"}


class TestAbout:
    """Everything that holds an address is found from it, in any of its spellings."""

    def test_from_an_address_to_everything_that_holds_it(
        self, store: DynamoStore, calls: Counter[str]
    ) -> None:
        said = (Says.WORDS, Why.WORDS)
        held = HeldReply(VILLAGE, "h1", NOW, "g1", "", *said, writer="BO@example.nl")
        store.save(person(), submitted(), invitation(), held, outbox=[message(recipient=BO)])
        calls.clear()

        found = store.about(VILLAGE, EmailAddress("Bo+x@example.nl"))

        assert {(row.what, row.id, row.guest) for row in found.items} == {
            (Holds.PERSON, "bo", ""),
            (Holds.NOMINATION, "n1", ""),
            (Holds.INVITATION, "g1", "bo"),
            (Holds.MESSAGE, "thanks-n1-1-1", ""),
            (Holds.HELD_REPLY, "h1", ""),
        }
        assert calls == {"Query": 1}
        assert not store.about(TOWN, BO).items

    def test_a_nomination_is_found_from_everybody_in_it(self, store: DynamoStore) -> None:
        store.save(submitted())

        assert [row.id for row in store.about(VILLAGE, ADA).items] == ["n1"]

    def test_pages_follow_each_other(self, store: DynamoStore) -> None:
        mails = [message(id=f"m{number}", recipient=BO) for number in range(3)]
        store.save(outbox=mails)

        first = store.about(VILLAGE, BO, limit=2)
        second = store.about(VILLAGE, BO, after=first.next, limit=2)

        assert len(first.items) == 2
        assert {row.id for row in (*first.items, *second.items)} == {"m0", "m1", "m2"}


def test_nobody_asked_for_is_nobody_invited(store: DynamoStore, calls: Counter[str]) -> None:
    assert store.not_to_invite(VILLAGE, "g1", [], asked_at=NOW) == frozenset()
    assert calls == {}


def test_more_than_fifty_guests_cannot_be_asked_for(store: DynamoStore) -> None:
    with pytest.raises(ValueError, match="100"):
        store.not_to_invite(VILLAGE, "g1", [f"guest-{n}" for n in range(51)], asked_at=NOW)


class TestPages:
    """Pages follow each other without a gap, and a cursor opens nothing but its own list."""

    @pytest.mark.parametrize("newest_first", [False, True])
    def test_pages_follow_each_other(self, store: DynamoStore, newest_first: bool) -> None:
        keep_waiting(store, 5)
        seen: list[str] = []
        after = ""

        for _ in range(3):
            page = store.nominations(
                VILLAGE, Listing.TO_REVIEW, newest_first=newest_first, after=after, limit=2
            )
            seen += ids(page)
            after = page.next

        assert after == ""
        assert seen == sorted(seen, reverse=newest_first)
        assert len(seen) == 5

    def test_a_full_last_page_says_that_it_is_the_last(self, store: DynamoStore) -> None:
        keep_waiting(store, 2)

        assert store.nominations(VILLAGE, Listing.TO_REVIEW, limit=2).next == ""

    def test_a_page_goes_on_where_its_last_row_stood(self, store: DynamoStore) -> None:
        keep_waiting(store, 4)
        first = store.nominations(VILLAGE, Listing.TO_REVIEW, limit=2)
        decided = first.items[-1].declined(reason="No.", reviewer="cleo", now=NOW)
        store.save(decided)

        second = store.nominations(VILLAGE, Listing.TO_REVIEW, limit=2, after=first.next)

        assert ids(second) == ["n2", "n3"]

    def test_a_cursor_is_plain_text_for_a_url(self, store: DynamoStore) -> None:
        store.save(*[person(id=f"p{n}", name=f"Zoë ÿ {n}", address=None) for n in range(2)])

        cursor = store.people(VILLAGE, limit=1).next

        assert cursor.replace("-", "").replace("_", "").isalnum()
        assert cursor.isascii()

    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "é",
            "%%%",
            "=",
            "\ud800",
            base64.urlsafe_b64encode(b"\xff\xfe").decode(),
            base64.urlsafe_b64encode(b"x" * 2000).decode(),
            base64.urlsafe_b64encode(b"anna #").decode(),
            base64.urlsafe_b64encode(b"anna #a b").decode(),
        ],
    )
    def test_an_altered_cursor_gives_the_first_page(self, store: DynamoStore, cursor: str) -> None:
        store.save(person(), invitation())

        assert ids(store.people(VILLAGE, after=cursor)) == ["bo"]
        assert guests(store.invitations(VILLAGE, "g1", after=cursor)) == ["bo"]

    def test_a_cursor_of_another_partnership_stays_in_this_one(self, store: DynamoStore) -> None:
        for slug in (VILLAGE, TOWN):
            store.save(
                *[person(partnership=slug, id=f"{slug}-{n}", address=None) for n in range(3)]
            )
        foreign = store.people(TOWN, limit=1).next

        found = store.people(VILLAGE, after=foreign).items

        assert {one.partnership for one in found} <= {VILLAGE}

    def test_a_cursor_beyond_the_asked_time_gives_the_first_page(self, store: DynamoStore) -> None:
        store.save(outbox=[sending(id=f"m{number}") for number in range(3)])
        late = store.messages(VILLAGE, Listing.SENDING, limit=1).next

        page = store.messages(VILLAGE, Listing.SENDING, before=NOW, after=late)

        assert page == Page(())


class TestLag:
    """The index may lag behind the rows: it says where to look, and the row decides."""

    def test_a_row_that_left_the_list_is_not_shown(
        self, store: DynamoStore, store_of: Callable[[Any], DynamoStore], dynamodb: Any
    ) -> None:
        keep_waiting(store, 2)
        lagging = store_of(Lagging(dynamodb))
        assert ids(lagging.nominations(VILLAGE, Listing.TO_REVIEW)) == ["n0", "n1"]

        waiting = store.nomination(VILLAGE, "n0")
        store.save(waiting.declined(reason="No.", reviewer="cleo", now=NOW))

        assert ids(lagging.nominations(VILLAGE, Listing.TO_REVIEW)) == ["n1"]

    def test_a_row_that_is_gone_is_not_shown(
        self, store: DynamoStore, store_of: Callable[[Any], DynamoStore], dynamodb: Any
    ) -> None:
        keep_waiting(store, 2)
        lagging = store_of(Lagging(dynamodb))
        lagging.nominations(VILLAGE, Listing.TO_REVIEW)

        gone = {"pk": {"S": f"{VILLAGE}#nomination#n0"}, "sk": {"S": "nomination"}}
        dynamodb.delete_item(TableName=TABLE, Key=gone)

        assert ids(lagging.nominations(VILLAGE, Listing.TO_REVIEW)) == ["n1"]

    def test_a_message_of_a_newer_schema_is_left_to_newer_code(self, store: DynamoStore) -> None:
        newer = replace(sending(id="newer"), schema=2)
        store.save(outbox=[sending(id="known"), newer])

        assert ids(store.messages(VILLAGE, Listing.SENDING)) == ["known"]


class TestBatches:
    """DynamoDB may hold back part of a batch; it is asked for again, and not for ever."""

    def test_what_was_held_back_is_asked_again(
        self, store: DynamoStore, store_of: Callable[[Any], DynamoStore], dynamodb: Any
    ) -> None:
        keep_waiting(store, 4)
        store = store_of(HoldingBack(dynamodb, at_a_time=1))

        assert ids(store.nominations(VILLAGE, Listing.TO_REVIEW)) == ["n0", "n1", "n2", "n3"]

    def test_it_gives_up_in_the_end(
        self, store: DynamoStore, store_of: Callable[[Any], DynamoStore], dynamodb: Any
    ) -> None:
        keep_waiting(store, 4)

        with pytest.raises(StillHeldBack):
            store_of(HoldingBack(dynamodb, at_a_time=0)).nominations(VILLAGE, Listing.TO_REVIEW)


class TestMessages:
    """What waits for a coordinator about mail."""

    def test_only_messages_claimed_before_are_in_doubt(self, store: DynamoStore) -> None:
        new = message(id="new").claimed(token="t2", now=NOW + HOUR)
        store.save(outbox=[sending(id="old"), new])

        assert ids(store.messages(VILLAGE, Listing.SENDING, before=NOW + HOUR)) == ["old"]

    def test_the_latest_failure_comes_first(self, store: DynamoStore) -> None:
        for number in (1, 3, 2):
            failed = message(id=f"m{number}").failed(reason="deadline", now=NOW + number * DAY)
            store.save(outbox=[failed])

        assert ids(store.messages(VILLAGE, Listing.UNDELIVERED)) == ["m3", "m2", "m1"]

    def test_a_settled_message_leaves_the_list(self, store: DynamoStore) -> None:
        failed = message().failed(reason="deadline", now=NOW)
        store.save(outbox=[failed])

        again = failed.queued_again(now=NOW, deadline=NOW + timedelta(hours=72))
        store.save(moves=[Move(failed, again)])

        assert store.count(VILLAGE, Listing.UNDELIVERED) == 0


def test_counting_stops_at_what_was_asked(store: DynamoStore, calls: Counter[str]) -> None:
    keep_waiting(store, 5)
    calls.clear()

    assert store.count(VILLAGE, Listing.TO_REVIEW) == 5
    assert store.count(VILLAGE, Listing.TO_REVIEW, at_most=3) == 3
    assert store.count(TOWN, Listing.TO_REVIEW) == 0
    assert calls == {"Query": 3}


class Lagging:
    """A client whose indexes stay as they were when first asked."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._first: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def query(self, **request: Any) -> Any:
        self._first = self._first or self._client.query(**request)
        return self._first


def keep_waiting(store: DynamoStore, how_many: int) -> None:
    """Keep nominations n0, n1, … that wait for a reviewer, each a minute longer than the next."""
    for number in range(how_many):
        store.save(submitted(id=f"n{number}").verified(now=NOW + number * MINUTE))


def ids(page: Page[Any]) -> list[str]:
    return [one.id for one in page.items]


def guests(page: Page[Invitation]) -> list[str]:
    return [place.guest for place in page.items]


def test_people_are_found_by_their_whole_name_and_no_more_than_two(store: DynamoStore) -> None:
    for number, name in enumerate(["Éva  Smit", "eva smit", "Eva Smit", "Eva Smits", "Eva"]):
        store.save(replace(person(), id=f"p{number}", name=name, address=None))

    assert [one.name for one in store.people_named(VILLAGE, "EVA SMITS")] == ["Eva Smits"]
    assert [one.name for one in store.people_named(VILLAGE, "Eva")] == ["Eva"]
    assert len(store.people_named(VILLAGE, "Eva Smit")) == 2
    assert store.people_named(VILLAGE, "Ev") == ()
    assert store.people_named(TOWN, "Eva") == ()


def test_a_guests_calendar_has_what_they_were_invited_to_last_first(store: DynamoStore) -> None:
    for number in range(4):
        store.save(replace(gathering(), partnership=VILLAGE, id=f"g{number}"))
        for guest in ("bo", "dan"):
            place = invitation(
                partnership=VILLAGE,
                gathering=f"g{number}",
                guest=guest,
                reply_token=f"{guest}{number}",
                dtstamp=NOW + number * HOUR,
            )
            store.save(place)
    store.save(store.invitation(VILLAGE, "g1", "bo").without_guest(now=NOW))

    calendar = store.calendar(VILLAGE, "bo", limit=3)

    assert [(found.id, place.guest) for found, place in calendar] == [
        ("g3", "bo"),
        ("g2", "bo"),
        ("g1", "bo"),
    ]
    assert calendar[-1][1].removed
    assert store.calendar(TOWN, "bo") == ()
