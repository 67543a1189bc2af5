"""Reading: one row by its key, or one page of a list; never more, whatever the table holds."""

from __future__ import annotations

import base64
import binascii
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.codec import Attribute, Attributes
from chalicelib.adapters.dynamodb.conditions import expressions
from chalicelib.adapters.dynamodb.items import Item, from_item, key_attributes, key_in, use_keys
from chalicelib.adapters.dynamodb.keys import Key, NotAnId, instant
from chalicelib.domain.access import Feed, Session, SignIn, Token
from chalicelib.domain.allowance import Allowance
from chalicelib.domain.brake import Brake
from chalicelib.domain.consent import ConsentLine
from chalicelib.domain.data_request import DataRequest, Tombstone
from chalicelib.domain.export import Export, ExportPart
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.invitation import Invitation, Line, PartStat, Tally
from chalicelib.domain.job import Job
from chalicelib.domain.mail_account import MailAccount
from chalicelib.domain.mail_text import MailText
from chalicelib.domain.message import Message
from chalicelib.domain.nomination import Nomination, ReviewedBy
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.passing_bounces import PassingBounces
from chalicelib.domain.people import EmailAddress, Person, name_key, same_address
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.reputation import Reputation
from chalicelib.domain.waiting_list import Waiting
from chalicelib.ports import (
    AboutRow,
    Due,
    DueRow,
    GatheringPlace,
    Listing,
    NotFound,
    Page,
    Received,
    ReplyAddress,
    Sending,
    Suppression,
    WrittenByNewerCode,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Noun = TypeVar("Noun")

MAX_BATCH = 100
"""DynamoDB gives no more rows at once by their keys."""
MAX_LEDGER = 500
"""How many lines of a consent ledger are read: the newest ones."""

_PARTS_AT_ONCE = 20
_TRIES = 5
_FIRST_PAUSE = 0.05
_MAX_PLACE_BYTES = 1024


@dataclass(frozen=True)
class _Walk:
    """A walk along one list: where its rows are, where it starts, and which way it goes."""

    list_key: str
    row_key: Callable[[str], Key]
    after: str
    limit: int
    newest_first: bool = False
    below: str = ""
    begins: str = ""


class StillHeldBack(Exception):
    """DynamoDB kept holding rows back, because it is asked for too much at once."""


class Queries:
    """The reading half of the store. Rows are read consistently; only indexes may lag.

    `clock` says what time it is when rows may be expired: DynamoDB deletes those days late, and
    until then they count as gone. Without it they are gone once they are deleted.
    """

    def __init__(
        self,
        *,
        client: DynamoDBClient,
        table: str,
        clock: Callable[[], datetime] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._pause = pause

    def partnership(self, slug: str) -> Partnership:
        """The partnership; raises `NotFound`, as all readers of one row do."""
        return self._get(Partnership, keys.partnership(slug))

    def partnerships(self, *, after: str = "", limit: int = 100) -> Page[str]:
        """The short names of all partnerships, for the hourly clock alone."""
        walk = _Walk(keys.PARTNERSHIPS, row_key=keys.partnership, after=after, limit=limit)
        places = self._places(walk)
        is_last = len(places) <= limit
        slugs = tuple(keys.id_at(place) for place in places[:limit])
        return Page(slugs, next="" if is_last else _cursor(places[limit - 1]))

    def person(self, partnership: str, person_id: str) -> Person:
        """Somebody on the people list."""
        return self._get(Person, keys.person(partnership, person_id))

    def person_by_address(self, partnership: str, address: EmailAddress) -> Person | None:
        """Whoever on the people list has this address, compared in canonical form."""
        item = self._item(keys.address(partnership, address))
        if item is None:
            return None
        try:
            person = self.person(partnership, item["person"]["S"])
        except NotFound:
            return None
        return person if same_address(person.address, address) else None

    def people(self, partnership: str, *, after: str = "", limit: int = 50) -> Page[Person]:
        """The people list by name."""
        walk = _Walk(
            list_key=keys.listing(partnership, Listing.PEOPLE),
            row_key=lambda row_id: keys.person(partnership, row_id),
            after=after,
            limit=limit,
        )
        return self._page(Person, walk)

    def people_named(self, partnership: str, name: str) -> tuple[Person, ...]:
        """Who on the people list has this name, whatever its case and accents: two at most.

        Two are enough to know that a name does not tell who it is.
        """
        walk = _Walk(
            list_key=keys.listing(partnership, Listing.PEOPLE),
            row_key=lambda row_id: keys.person(partnership, row_id),
            after="",
            limit=2,
            begins=keys.place(name_key(name), ""),
        )
        return self._page(Person, walk).items

    def coordinators(self, partnership: str, *, after: str = "", limit: int = 25) -> Page[Person]:
        """Who may sign in at the desk, in the order of their ids."""
        start = _key_after(after, lambda person_id: keys.coordinator(partnership, person_id))
        rows = self._rows_below(keys.coordinator_prefix(partnership), limit=limit + 1, start=start)
        ids = [row["person"]["S"] for row in rows[:limit]]
        wanted = [keys.person(partnership, person_id) for person_id in ids]
        items = self._items(wanted)
        people = (from_item(Person, items[key]) for key in wanted if key in items)
        return Page(
            tuple(person for person in people if person.coordinates),
            next=_cursor(ids[-1]) if len(rows) > limit else "",
        )

    def nomination(self, partnership: str, nomination_id: str) -> Nomination:
        """One nomination, as it stands."""
        return self._get(Nomination, keys.nomination(partnership, nomination_id))

    def nominations(
        self,
        partnership: str,
        listing: Listing,
        *,
        newest_first: bool = False,
        after: str = "",
        limit: int = 10,
    ) -> Page[Nomination]:
        """A page of nominations that stand on this list right now."""
        walk = _Walk(
            list_key=keys.listing(partnership, listing),
            row_key=lambda row_id: keys.nomination(partnership, row_id),
            after=after,
            limit=limit,
            newest_first=newest_first,
        )
        return self._page(Nomination, walk)

    def unread(self, partnership: str, *, after: str = "", limit: int = 10) -> Page[Nomination]:
        """What was approved unread in the last weeks, newest first, whatever became of it; without
        what was undone.
        """
        walk = _Walk(
            list_key=keys.listing(partnership, Listing.UNREAD),
            row_key=lambda row_id: keys.unread(partnership, row_id),
            after=after,
            limit=limit,
            newest_first=True,
        )
        places = self._places(walk)
        ids = [keys.id_at(place) for place in places[:limit]]
        pairs = [(keys.nomination(partnership, one), walk.row_key(one)) for one in ids]
        items = self._items([key for pair in pairs for key in pair])
        found = (
            from_item(Nomination, items[nomination])
            for nomination, mark in pairs
            if nomination in items and mark in items
        )
        return Page(
            tuple(one for one in found if one.reviewed_by is ReviewedBy.SETTING),
            next="" if len(places) <= limit else _cursor(places[limit - 1]),
        )

    def consent_lines(self, partnership: str, nomination_id: str) -> tuple[ConsentLine, ...]:
        """A nomination's consent ledger, oldest line first: its newest `MAX_LEDGER` lines."""
        items = self._rows_below(
            keys.consent_prefix(partnership, nomination_id), limit=MAX_LEDGER, newest_first=True
        )
        return tuple(from_item(ConsentLine, item) for item in reversed(items))

    def gathering(self, partnership: str, gathering_id: str) -> Gathering:
        """One gathering, whatever its state."""
        return self._get(Gathering, keys.gathering(partnership, gathering_id))

    def gatherings(self, partnership: str, *, after: str = "", limit: int = 25) -> Page[Gathering]:
        """Gatherings, the latest start first."""
        walk = _Walk(
            list_key=keys.listing(partnership, Listing.GATHERINGS),
            row_key=lambda row_id: keys.gathering(partnership, row_id),
            after=after,
            limit=limit,
            newest_first=True,
        )
        return self._page(Gathering, walk)

    def tally(self, partnership: str, gathering_id: str) -> Tally:
        """How the guests answered so far; all zero before anybody was invited."""
        item = self._item(keys.tally(partnership, gathering_id))
        return from_item(Tally, item) if item else Tally()

    def invitation(self, partnership: str, gathering_id: str, guest: str) -> Invitation:
        """One guest's place, also once they were removed."""
        return self._get(Invitation, keys.invitation(partnership, gathering_id, guest))

    def invitations(
        self, partnership: str, gathering_id: str, *, after: str = "", limit: int = 30
    ) -> Page[Invitation]:
        """A gathering's invitations in the order of their guests' ids, removed ones included."""
        prefix = keys.invitation_prefix(partnership, gathering_id)
        start = _key_after(after, lambda guest: keys.invitation(partnership, gathering_id, guest))
        items = self._rows_below(prefix, limit=limit + 1, start=start)
        found = tuple(from_item(Invitation, item) for item in items[:limit])
        return Page(found, next=_cursor(found[-1].guest) if len(items) > limit else "")

    def guests(
        self,
        partnership: str,
        gathering_id: str,
        answer: PartStat | Line,
        *,
        after: str = "",
        limit: int = 50,
    ) -> Page[Invitation]:
        """Who gave this answer, by name; or who stands in this line, in its order."""
        walk = _Walk(
            list_key=keys.guest_list(partnership, gathering_id, answer),
            row_key=lambda guest: keys.invitation(partnership, gathering_id, guest),
            after=after,
            limit=limit,
        )
        return self._page(Invitation, walk)

    def waiting(
        self, partnership: str, gathering_id: str, *, heads: int, limit: int
    ) -> tuple[Waiting, ...]:
        """The first who wait for a place for this many people."""
        prefix = keys.waiting_prefix(partnership, gathering_id, heads)
        return tuple(from_item(Waiting, item) for item in self._rows_below(prefix, limit=limit))

    def not_to_invite(
        self, partnership: str, gathering_id: str, guests: Sequence[str], *, asked_at: datetime
    ) -> frozenset[str]:
        """Which of these guests (at most 50 ids) have an invitation already, removed or not, or
        were erased since that was asked.
        """
        places = {keys.invitation(partnership, gathering_id, guest): guest for guest in guests}
        stones = {keys.tombstone(partnership, guest): guest for guest in guests}
        found = self._items([*places, *stones], projection="{pk}, {sk}, {cleared_at}")
        asked: Attribute = {"S": instant(asked_at)}
        return frozenset(
            places.get(key) or stones[key]
            for key, item in found.items()
            if key in places or item.get("cleared_at", asked)["S"] >= asked["S"]
        )

    def calendar(
        self, partnership: str, guest: str, *, limit: int = MAX_BATCH // 2
    ) -> tuple[tuple[Gathering, Invitation], ...]:
        """What a guest was invited to last, with their place at it, removed ones included."""
        walk = _Walk(
            list_key=keys.calendar(partnership, guest),
            row_key=lambda gathering: keys.invitation(partnership, gathering, guest),
            after="",
            limit=limit,
            newest_first=True,
        )
        ids = [keys.id_at(place) for place in self._places(walk)][:limit]
        pairs = [(keys.gathering(partnership, one), walk.row_key(one)) for one in ids]
        items = self._items([key for pair in pairs for key in pair])
        return tuple(
            (from_item(Gathering, items[gathering]), from_item(Invitation, items[place]))
            for gathering, place in pairs
            if gathering in items and place in items
        )

    def feed(self, partnership: str, guest: str) -> Feed:
        """The address of a guest's feed; an empty one before there was any."""
        item = self._item(keys.feed(partnership, guest))
        return from_item(Feed, item) if item else Feed(partnership, guest)

    def reply_address(self, token: str) -> ReplyAddress:
        """Whose answers come to the address with this token."""
        return self._get(ReplyAddress, keys.reply_address(token))

    def gathering_place(self, gathering_id: str) -> GatheringPlace:
        """Where the gathering with this id is, in whichever partnership."""
        return self._get(GatheringPlace, keys.gathering_place(gathering_id))

    def was_received(self, partnership: str, received_id: str) -> bool:
        """Whether a mail had its effect already."""
        return self._item(keys.received(partnership, received_id)) is not None

    def mails_from(
        self, partnership: str, guest: str, *, after: str = "", limit: int = 100
    ) -> Page[Received]:
        """A guest's mails that had their effect, the newest first."""
        walk = _Walk(
            list_key=keys.mails_from(partnership, guest),
            row_key=lambda row_id: keys.received(partnership, row_id),
            after=after,
            limit=limit,
            newest_first=True,
        )
        return self._page(Received, walk)

    def held_reply(self, partnership: str, held_id: str) -> HeldReply:
        """One mail that was held for a coordinator, settled or not."""
        return self._get(HeldReply, keys.held_reply(partnership, held_id))

    def held_replies(
        self, partnership: str, *, after: str = "", limit: int = 10
    ) -> Page[HeldReply]:
        """The mails that wait for a coordinator, the oldest first."""
        walk = _Walk(
            list_key=keys.listing(partnership, Listing.REPLIES),
            row_key=lambda row_id: keys.held_reply(partnership, row_id),
            after=after,
            limit=limit,
        )
        return self._page(HeldReply, walk)

    def job(self, partnership: str, job_id: str) -> Job:
        """One job, finished or not."""
        return self._get(Job, keys.job(partnership, job_id))

    def message(self, partnership: str, message_id: str) -> Message:
        """The message; raises `WrittenByNewerCode` for one that must wait for newer code."""
        return self._get(Message, keys.message(partnership, message_id))

    def messages(
        self,
        partnership: str,
        listing: Listing,
        *,
        before: datetime | None = None,
        after: str = "",
        limit: int = 25,
    ) -> Page[Message]:
        """SENDING messages claimed before `before`, or UNDELIVERED ones, newest first.

        Messages of a newer schema are left out: the code that knows them shows them.
        """
        walk = _Walk(
            list_key=keys.listing(partnership, listing),
            row_key=lambda row_id: keys.message(partnership, row_id),
            after=after,
            limit=limit,
            newest_first=True,
            below=instant(before) if before else "",
        )
        return self._page(Message, walk)

    def count(self, partnership: str, listing: Listing, *, at_most: int = 100) -> int:
        """How many rows stand on a list, counted no further than `at_most`."""
        answer = self._client.query(
            TableName=self._table,
            IndexName=keys.LISTS_INDEX,
            Select="COUNT",
            Limit=at_most,
            **expressions(
                {"KeyConditionExpression": f"{{{keys.LIST_KEY}}} = :list"},
                {"list": {"S": keys.listing(partnership, listing)}},
            ),
        )
        counted: int = answer["Count"]
        return counted

    def token(self, partnership: str, digest: str) -> Token:
        """What a private link opens, by the digest of its token."""
        return self._get(Token, keys.token(partnership, digest))

    def sign_in(self, partnership: str, sign_in_id: str) -> SignIn:
        """One request for a sign-in code."""
        return self._get(SignIn, keys.sign_in(partnership, sign_in_id))

    def session(self, partnership: str, session_id: str) -> Session:
        """One coordinator's stay at the desk."""
        return self._get(Session, keys.session(partnership, session_id))

    def suppression(self, address_key: str) -> Suppression | None:
        """Why this address must not be mailed, if so."""
        item = self._item(keys.suppression(address_key))
        return from_item(Suppression, item) if item else None

    def passing_bounces(self, address_key: str) -> PassingBounces:
        """The mails to this address that came back for now; none before the first one did."""
        item = self._item(keys.passing_bounces(address_key))
        return from_item(PassingBounces, item) if item else PassingBounces(address_key)

    def reputation(self) -> Reputation:
        """What the last day's mail brought upon us; nothing before the first bounce."""
        item = self._item(keys.reputation())
        return from_item(Reputation, item) if item else Reputation()

    def brake(self) -> Brake | None:
        """The brake, if sending stands still."""
        item = self._item(keys.brake())
        return from_item(Brake, item) if item else None

    def mail_account(self) -> MailAccount | None:
        """What SES allows, once it was asked."""
        item = self._item(keys.mail_account())
        return from_item(MailAccount, item) if item else None

    def sending(self) -> Sending:
        """Whether mail leaves at all, and what SES allows."""
        rows = self._items((keys.brake(), keys.mail_account()))
        brake, account = rows.get(keys.brake()), rows.get(keys.mail_account())
        return Sending(
            from_item(Brake, brake) if brake else None,
            from_item(MailAccount, account) if account else None,
        )

    def mail_text(self, partnership: str, kind: str, number: int) -> MailText:
        """One version of the text of a kind of mail."""
        return self._get(MailText, keys.mail_text(partnership, kind, number))

    def mail_texts(
        self, partnership: str, kind: str, *, after: str = "", limit: int = 5
    ) -> Page[MailText]:
        """The versions of the text of a kind of mail, the newest first."""
        rows = self._rows_below(
            keys.mail_text_prefix(partnership, kind),
            limit=limit + 1,
            start=_key_after(
                after, lambda sk: Key(keys.mail_text_prefix(partnership, kind).pk, sk)
            ),
            newest_first=True,
        )
        shown = tuple(from_item(MailText, row) for row in rows[:limit])
        return Page(shown, next=_cursor(rows[limit - 1]["sk"]["S"]) if len(rows) > limit else "")

    def knows(self, partnership: str, address: EmailAddress, *, address_key: str) -> bool:
        """Whether this address is on the people list, or somebody proved that it is theirs."""
        return bool(
            self._items((keys.address(partnership, address), keys.proven(partnership, address_key)))
        )

    def full(self, *allowances: Allowance, now: datetime) -> tuple[Allowance, ...]:
        """Which of these have no room left."""
        places = {one: use_keys(one, now=now) for one in allowances}
        uses = self._items([key for keys_of_one in places.values() for key in keys_of_one])
        return tuple(
            one
            for one, (key, *before) in places.items()
            if (key in uses and _is_full(one, uses[key]))
            or any(_is_recent(one, uses[earlier], now=now) for earlier in before if earlier in uses)
        )

    def preferences(self, partnership: str, address_key: str) -> Preferences:
        """Which kinds of mail this address stopped; none before anybody said so."""
        item = self._item(keys.preferences(partnership, address_key))
        return from_item(Preferences, item) if item else Preferences(partnership, address_key)

    def tombstone(self, partnership: str, of: str) -> Tombstone | None:
        """Whether whoever has this address key or id is erased, and since when."""
        item = self._item(keys.tombstone(partnership, of))
        return from_item(Tombstone, item) if item else None

    def data_request(self, partnership: str, request_id: str) -> DataRequest:
        """One request about somebody's own data, handled or not."""
        return self._get(DataRequest, keys.data_request(partnership, request_id))

    def data_requests(
        self, partnership: str, *, after: str = "", limit: int = 25
    ) -> Page[DataRequest]:
        """Requests about somebody's own data, the newest first."""
        walk = _Walk(
            list_key=keys.listing(partnership, Listing.DATA_REQUESTS),
            row_key=lambda row_id: keys.data_request(partnership, row_id),
            after=after,
            limit=limit,
            newest_first=True,
        )
        return self._page(DataRequest, walk)

    def export(self, partnership: str, request_id: str) -> Export:
        """What is, or was, collected for one request."""
        return self._get(Export, keys.export(partnership, request_id))

    def export_parts(self, partnership: str, request_id: str) -> tuple[ExportPart, ...]:
        """All that was collected for one request, in its order."""
        prefix, found = keys.export_prefix(partnership, request_id), list[Item]()
        while page := self._rows_below(
            prefix, limit=_PARTS_AT_ONCE, start=key_in(found[-1]) if found else None
        ):
            found.extend(page)
        return tuple(from_item(ExportPart, item) for item in found)

    def about(
        self, partnership: str, address: EmailAddress, *, after: str = "", limit: int = 25
    ) -> Page[AboutRow]:
        """Rows that hold an address; the index may lag behind them.

        A kind of row that newer code keeps is left out.
        """
        condition = f"{{{keys.ABOUT_KEY}}} = :about"
        values: Attributes = {"about": {"S": keys.about(partnership, address)}}
        found = self._found(keys.ABOUT_INDEX, condition, values, after=after, limit=limit)
        rows = (keys.about_row(key) for key in found.items)
        return Page(tuple(filter(None, rows)), next=found.next)

    def mentioned_in(
        self, partnership: str, address: EmailAddress, *, limit: int = 25
    ) -> tuple[str, ...]:
        """The ids of some nominations that hold an address; the index may lag behind them."""
        condition = f"{{{keys.ABOUT_KEY}}} = :about AND begins_with({{pk}}, :nominations)"
        values: Attributes = {
            "about": {"S": keys.about(partnership, address)},
            "nominations": {"S": keys.nominations_prefix(partnership)},
        }
        found = self._found(keys.ABOUT_INDEX, condition, values, after="", limit=limit)
        rows = (keys.about_row(key) for key in found.items)
        return tuple(row.id for row in rows if row)

    def due(self, *, shard: int, now: datetime, after: str = "", limit: int = 100) -> Page[DueRow]:
        """Rows of one shard whose time has come; the index may lag behind the rows.

        A kind of row that newer code keeps is left out.
        """
        condition = f"{{{keys.DUE_SHARD}}} = :shard AND {{{keys.DUE_AT}}} <= :now"
        values: Attributes = {"shard": {"N": str(shard)}, "now": {"S": instant(now)}}
        found = self._found(keys.DUE_INDEX, condition, values, after=after, limit=limit)
        rows = (keys.due_row(key) for key in found.items)
        return Page(tuple(filter(None, rows)), next=found.next)

    def due_messages(self, rows: Sequence[DueRow]) -> dict[DueRow, Message]:
        """The messages behind a page of due rows; what is gone or cannot be read is left out."""
        wanted = {
            keys.message(row.partnership, row.id): row for row in rows if row.what is Due.MESSAGE
        }
        found: dict[DueRow, Message] = {}
        for key, item in self._items(list(wanted)).items():
            # Whoever asks for it alone hears what is wrong with it; its neighbours are well.
            with suppress(Exception):
                found[wanted[key]] = from_item(Message, item)
        return found

    def _found(
        self, index: str, condition: str, values: Attributes, *, after: str, limit: int
    ) -> Page[Key]:
        """The keys of some rows on an index, in its order."""
        answer = self._client.query(
            TableName=self._table,
            IndexName=index,
            Limit=limit,
            **expressions({"KeyConditionExpression": condition}, values),
            **({"ExclusiveStartKey": json.loads(after)} if after else {}),
        )
        last = answer.get("LastEvaluatedKey")
        found = tuple(key_in(item) for item in answer["Items"])
        return Page(found, next=json.dumps(last) if last else "")

    def _get(self, noun: type[Noun], key: Key) -> Noun:
        item = self._item(key)
        if item is None:
            raise NotFound(key.sk)
        return from_item(noun, item)

    def _item(self, key: Key) -> Item | None:
        answer = self._client.get_item(
            TableName=self._table, Key=key_attributes(key), ConsistentRead=True
        )
        item = answer.get("Item")
        return item if item and not self._is_expired(item) else None

    def _is_expired(self, item: Item) -> bool:
        """Whether DynamoDB should have deleted this row by now."""
        if self._clock is None or keys.EXPIRES not in item:
            return False
        return int(item[keys.EXPIRES]["N"]) <= self._clock().timestamp()

    def _page(self, noun: type[Noun], walk: _Walk) -> Page[Noun]:
        """One page of a list: the index says where to look, each row whether it still stands."""
        places = self._places(walk)
        wanted = [walk.row_key(keys.id_at(place)) for place in places[: walk.limit]]
        items = self._items(wanted)
        found = (items[key] for key in wanted if key in items)
        standing = (item for item in found if _stands_on(walk.list_key, item))
        is_last = len(places) <= walk.limit
        return Page(
            tuple(_readable(noun, standing)),
            next="" if is_last else _cursor(places[walk.limit - 1]),
        )

    def _places(self, walk: _Walk) -> list[str]:
        """The places on one page of a list, and one more when there is a next page."""
        condition = f"{{{keys.LIST_KEY}}} = :list"
        values: Attributes = {"list": {"S": walk.list_key}}
        if walk.below:
            condition += f" AND {{{keys.LIST_ORDER}}} < :below"
            values["below"] = {"S": walk.below}
        if walk.begins:
            condition += f" AND begins_with({{{keys.LIST_ORDER}}}, :begins)"
            values["begins"] = {"S": walk.begins}
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": keys.LISTS_INDEX,
            "ScanIndexForward": not walk.newest_first,
            "Limit": walk.limit + 1,
            **expressions({"KeyConditionExpression": condition}, values),
        }
        if start := _start(walk):
            request["ExclusiveStartKey"] = start
        answer = self._client.query(**request)
        return [item[keys.LIST_ORDER]["S"] for item in answer["Items"]]

    def _rows_below(
        self, prefix: Key, *, limit: int, start: Key | None = None, newest_first: bool = False
    ) -> list[Item]:
        """The first rows of one partition whose sort key begins so."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
            "Limit": limit,
            **expressions(
                {"KeyConditionExpression": "{pk} = :pk AND begins_with({sk}, :sk)"},
                {"pk": {"S": prefix.pk}, "sk": {"S": prefix.sk}},
            ),
        }
        if start is not None:
            request["ExclusiveStartKey"] = key_attributes(start)
        return list(self._client.query(**request)["Items"])

    def _items(self, wanted: Sequence[Key], *, projection: str = "") -> dict[Key, Item]:
        """The rows with these keys, read consistently; what DynamoDB held back is asked again."""
        if len(wanted) > MAX_BATCH:
            raise ValueError(f"{len(wanted)} rows, of at most {MAX_BATCH}")
        found: dict[Key, Item] = {}
        left = [key_attributes(key) for key in dict.fromkeys(wanted)]
        for attempt in range(_TRIES):
            if not left:
                return found
            if attempt:
                self._pause(random.uniform(0, _FIRST_PAUSE * 2**attempt))  # noqa: S311 - spreads load
            asked: Any = {"Keys": left, "ConsistentRead": True}
            if projection:
                asked |= expressions({"ProjectionExpression": projection}, {})
            answer: Any = self._client.batch_get_item(RequestItems={self._table: asked})
            items = answer["Responses"].get(self._table, [])
            found |= {key_in(item): item for item in items if not self._is_expired(item)}
            left = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        if left:
            raise StillHeldBack(f"{len(left)} rows")
        return found


def _is_recent(allowance: Allowance, use: Item, *, now: datetime) -> bool:
    """Whether somebody else used it in the window before, less than a whole window ago."""
    last_at = use["last_at"]["S"] if "last_at" in use else ""
    return last_at > instant(now - allowance.window) and use["holder"]["S"] != allowance.holder


def _is_full(allowance: Allowance, use: Item) -> bool:
    holder = use["holder"]["S"] if "holder" in use else allowance.holder
    return int(use["used"]["N"]) >= allowance.limit or holder != allowance.holder


def _start(walk: _Walk) -> Attributes | None:
    """Where on the index a page starts: at its beginning for an altered cursor."""
    place = _read_cursor(walk.after)
    key = _key_after(walk.after, lambda place: walk.row_key(keys.id_at(place)))
    if key is None or (walk.below and place >= walk.below):
        return None
    listed: Attributes = {
        keys.LIST_KEY: {"S": walk.list_key},
        keys.LIST_ORDER: {"S": place},
    }
    return key_attributes(key) | listed


def _key_after(cursor: str, row_key: Callable[[str], Key]) -> Key | None:
    """The key of the row that a cursor names, always in the partnership that was asked."""
    place = _read_cursor(cursor)
    if not place:
        return None
    try:
        return row_key(place)
    except NotAnId:
        return None


def _cursor(place: str) -> str:
    """A place on a list, as text for a URL."""
    return base64.urlsafe_b64encode(place.encode()).decode("ascii").rstrip("=")


def _read_cursor(cursor: str) -> str:
    """The place that a cursor names; the empty string for none, and for one of no use."""
    try:
        place = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return place.decode() if len(place) <= _MAX_PLACE_BYTES else ""
    except (binascii.Error, ValueError):
        return ""


def _stands_on(list_key: str, item: Item) -> bool:
    return item.get(keys.LIST_KEY) == {"S": list_key}


def _readable(noun: type[Noun], items: Iterable[Item]) -> Iterator[Noun]:
    """The nouns in these items, without those that wait for newer code."""
    for item in items:
        with suppress(WrittenByNewerCode):
            yield from_item(noun, item)
