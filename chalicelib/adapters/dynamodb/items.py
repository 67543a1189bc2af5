"""Facts as items of the table: where a row is, what it holds, and on which index it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

from chalicelib.adapters.dynamodb import codec, keys
from chalicelib.adapters.dynamodb.codec import Attribute, Attributes
from chalicelib.adapters.dynamodb.keys import Key, instant
from chalicelib.domain.access import Feed, Session, SignIn, Token
from chalicelib.domain.allowance import Allowance
from chalicelib.domain.brake import Brake
from chalicelib.domain.consent import KEEP_PROOF, ConsentLine, Way
from chalicelib.domain.data_request import (
    KEEP_HANDLED,
    KEEP_TOMBSTONE,
    DataRequest,
    Tombstone,
)
from chalicelib.domain.export import Export, ExportPart
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.held_reply import HeldReply, HeldState
from chalicelib.domain.invitation import Invitation
from chalicelib.domain.job import Job
from chalicelib.domain.mail_account import MailAccount
from chalicelib.domain.mail_text import MailText
from chalicelib.domain.message import Message, MessageState, Outcome
from chalicelib.domain.nomination import Nomination, NominationState, ReviewedBy
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.passing_bounces import WITHIN, PassingBounces
from chalicelib.domain.people import EmailAddress, Person, name_key
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.puzzle import SolvedPuzzle
from chalicelib.domain.reputation import Reputation
from chalicelib.domain.waiting_list import Waiting
from chalicelib.ports import (
    Claim,
    GatheringPlace,
    Listing,
    Proven,
    Received,
    ReplyAddress,
    Suppression,
    WrittenByNewerCode,
)

Item = Mapping[str, Attribute]
Versioned = (
    Partnership
    | Person
    | Nomination
    | Gathering
    | Invitation
    | Job
    | HeldReply
    | Preferences
    | MailText
    | Feed
    | PassingBounces
    | Reputation
    | DataRequest
    | Export
    | MailAccount
)
Row = (
    Versioned
    | ConsentLine
    | Waiting
    | Message
    | Token
    | SignIn
    | Session
    | Suppression
    | Brake
    | Received
    | ReplyAddress
    | GatheringPlace
    | Tombstone
    | ExportPart
    | Proven
    | SolvedPuzzle
)
"""Every noun that is one row."""

Noun = TypeVar("Noun")

KEEP_DELIVERED = timedelta(days=14)
"""How long a message is kept that arrived."""
KEEP_FINISHED = timedelta(days=90)
"""How long any other finished message is kept, and a finished job: both hold addresses."""
KEEP_RECEIVED = timedelta(days=30)
"""How long a mail is recognised that had its effect: twice as long as its notice can wait."""
KEEP_PROVEN = timedelta(days=365)
"""How long it counts that somebody did something with a link from our mail."""
KEEP_UNREAD = timedelta(days=30)
"""How long coordinators find on a list what went on unread."""
KEEP_SETTLED = timedelta(days=30)
"""How long a held mail is kept that a coordinator settled: it holds somebody's words."""

_STORAGE = {
    "pk",
    "sk",
    keys.DUE_SHARD,
    keys.LIST_KEY,
    keys.LIST_ORDER,
    keys.ABOUT_KEY,
    keys.EXPIRES,
    keys.WRITE_ID,
}
"""The attributes that say where a row is, not what it is. `due_at` is both."""


@dataclass(frozen=True)
class _Place:
    """Where a row stands on the index `lists`."""

    list_key: str
    order: str


def to_item(row: Row) -> Attributes:
    """The item of a row: its key, its attributes, and its places on the indexes."""
    return {
        **key_attributes(key_of(row)),
        **codec.encode(row),
        **_list_attributes(row),
        **_due_attributes(row),
        **_about_attributes(row),
        **_expiry(row),
    }


def mentions(row: Nomination) -> list[Attributes]:
    """The rows by which a nomination is found from each address in it; they end with it."""
    honourees = [honouree.address for honouree in row.honourees]
    found = {
        keys.mention(row.partnership, row.id, address): address
        for address in (row.nominator.address, *honourees)
        if address
    }
    return [
        {**key_attributes(key), **_about(row.partnership, address), **_expiry(row)}
        for key, address in found.items()
    ]


def marks(row: Nomination) -> list[Attributes]:
    """The row by which a nomination is found that goes on unread."""
    unread = row.state is NominationState.APPROVED and row.reviewed_by is ReviewedBy.SETTING
    if not unread or row.decided_at is None:
        return []
    place = _listed(row.partnership, Listing.UNREAD, instant(row.decided_at), row.id)
    return [
        {
            **key_attributes(keys.unread(row.partnership, row.id)),
            **_placed(place),
            **expiry(row.decided_at + KEEP_UNREAD),
        }
    ]


def from_item(noun: type[Noun], item: Item) -> Noun:
    """The noun that an item holds.

    Raises `WrittenByNewerCode` for a message of a schema we do not know yet, `codec.Unreadable`
    for anything else that does not fit.
    """
    if noun is Message and int(item["schema"]["N"]) > Message.schema:
        raise WrittenByNewerCode(item["sk"]["S"])
    held = {name: item[name] for name in item.keys() - _STORAGE}
    return codec.decode(noun, held)


def key_attributes(key: Key) -> Attributes:
    """A key as an item holds it."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def key_in(item: Item) -> Key:
    """The key of an item."""
    return Key(item["pk"]["S"], item["sk"]["S"])


def key_of(row: Row) -> Key:
    """Where a row is."""
    match row:
        case Partnership():
            return keys.partnership(row.slug)
        case Person():
            return keys.person(row.partnership, row.id)
        case Nomination():
            return keys.nomination(row.partnership, row.id)
        case ConsentLine():
            return keys.consent_line(row.partnership, row.nomination, instant(row.at), row.honouree)
        case Gathering():
            return keys.gathering(row.partnership, row.id)
        case Invitation():
            return keys.invitation(row.partnership, row.gathering, row.guest)
        case Waiting():
            return keys.waiting(
                row.partnership, row.gathering, row.heads, instant(row.since), row.guest
            )
        case Message():
            return keys.message(row.partnership, row.id)
        case Job():
            return keys.job(row.partnership, row.id)
        case Token():
            return keys.token(row.partnership, row.digest)
        case SignIn():
            return keys.sign_in(row.partnership, row.id)
        case Session():
            return keys.session(row.partnership, row.id)
        case Suppression():
            return keys.suppression(row.address_key)
        case PassingBounces():
            return keys.passing_bounces(row.address_key)
        case Reputation():
            return keys.reputation()
        case MailAccount():
            return keys.mail_account()
        case Brake():
            return keys.brake()
        case Received():
            return keys.received(row.partnership, row.id)
        case HeldReply():
            return keys.held_reply(row.partnership, row.id)
        case ReplyAddress():
            return keys.reply_address(row.token)
        case Feed():
            return keys.feed(row.partnership, row.guest)
        case GatheringPlace():
            return keys.gathering_place(row.gathering)
        case Preferences():
            return keys.preferences(row.partnership, row.address_key)
        case DataRequest():
            return keys.data_request(row.partnership, row.id)
        case Tombstone():
            return keys.tombstone(row.partnership, row.of)
        case MailText():
            return keys.mail_text(row.partnership, row.kind, row.number)
        case Export():
            return keys.export(row.partnership, row.request)
        case ExportPart():
            return keys.export_part(row.partnership, row.request, row.number)
        case Proven():
            return keys.proven(row.partnership, row.address_key)
        case SolvedPuzzle():
            return keys.solved_puzzle(row.partnership, row.challenge)
    assert_never(row)


def use_keys(allowance: Allowance, *, now: datetime) -> tuple[Key, ...]:
    """Where the uses of an allowance are counted now, and before that where it counts too."""
    starts = allowance.window_at(now)
    windows = (starts, starts - allowance.window) if allowance.apart else (starts,)
    return tuple(
        keys.allowance(allowance.partnership, allowance.name, instant(start)) for start in windows
    )


def _list_attributes(row: Row) -> Attributes:
    place = _place(row)
    return _placed(place) if place else {}


def _placed(place: _Place) -> Attributes:
    return {keys.LIST_KEY: {"S": place.list_key}, keys.LIST_ORDER: {"S": place.order}}


def _place(row: Row) -> _Place | None:
    """Which work-list a row stands on, and where; None when on none."""
    match row:
        case Partnership():
            return _Place(keys.PARTNERSHIPS, keys.place("", row.slug))
        case Person():
            return _listed(row.partnership, Listing.PEOPLE, name_key(row.name), row.id)
        case Gathering():
            return _listed(row.partnership, Listing.GATHERINGS, instant(row.last_starts_at), row.id)
        case Invitation():
            return _guest_place(row)
        case ReplyAddress():
            return _calendar_place(row)
        case Received() if row.guest:
            place = keys.place(instant(row.at), row.id)
            return _Place(keys.mails_from(row.partnership, row.guest), place)
        case Nomination():
            standing = _nomination_listing(row)
        case Message():
            standing = _message_listing(row)
        case DataRequest():
            standing = (Listing.DATA_REQUESTS, row.asked_at)
        case HeldReply():
            waits = row.state is HeldState.WAITING
            standing = (Listing.REPLIES, row.received_at) if waits else None
        case _:
            return None
    return _listed(row.partnership, standing[0], instant(standing[1]), row.id) if standing else None


def _listed(slug: str, listing: Listing, order: str, row_id: str) -> _Place:
    return _Place(keys.listing(slug, listing), keys.place(order, row_id))


def _guest_place(row: Invitation) -> _Place | None:
    if row.removed:
        return None
    listed = keys.guest_list(row.partnership, row.gathering, row.line or row.partstat)
    in_line_since = row.waiting_since or row.offered_until
    order = instant(in_line_since) if in_line_since else name_key(row.name)
    return _Place(listed, keys.place(order, row.guest))


def _calendar_place(row: ReplyAddress) -> _Place | None:
    if row.invited_at is None:
        return None
    listed = keys.calendar(row.partnership, row.guest)
    return _Place(listed, keys.place(instant(row.invited_at), row.gathering))


def _nomination_listing(row: Nomination) -> tuple[Listing, datetime] | None:
    """What a nomination waits for, and since when; or when its thanks arrived."""
    decided_at = row.decided_at or row.submitted_at
    match row.state:
        case NominationState.SUBMITTED:
            return (Listing.SUSPICIOUS, row.submitted_at) if row.suspicious else None
        case NominationState.VERIFIED | NominationState.ANSWERED:
            return Listing.TO_REVIEW, row.verified_at or row.submitted_at
        case NominationState.QUESTION:
            return Listing.ASKED, decided_at
        case NominationState.APPROVED:
            return (Listing.LETTERS, decided_at) if row.awaits_letter else None
        case NominationState.THANKED:
            thanked = [h.thanked_at for h in row.honourees if h.thanked_at is not None]
            listing = Listing.WALL if row.is_shown else Listing.THANKED
            return listing, max(thanked, default=decided_at)
        case NominationState.DECLINED | NominationState.WITHDRAWN:
            return None
    assert_never(row.state)


def _message_listing(row: Message) -> tuple[Listing, datetime] | None:
    """The messages that somebody may have to decide about."""
    if row.state is MessageState.SENDING and row.claimed_at is not None:
        return Listing.SENDING, row.claimed_at
    if row.waits_for_room:
        return Listing.UNDELIVERED, row.queued_at
    # Somebody decided to hold these back; nobody decided that an address does not work.
    decided = row.reason != Claim.SUPPRESSED and not row.must_be_told_otherwise
    withheld = row.state is MessageState.SUPPRESSED and decided
    news = row.did_not_arrive and not withheld and not row.seen
    undelivered = row.state is MessageState.PARKED or news
    if undelivered and row.known_at is not None:
        return Listing.UNDELIVERED, row.known_at
    return None


def _due_attributes(row: Row) -> Attributes:
    """The shard of an open row; its `due_at` is an attribute of the noun already."""
    match row:
        case Message() if row.due_at is not None:
            shard = keys.message_shard(row.id, row.urgency)
        case Job() if row.due_at is not None:
            shard = keys.JOB_SHARD
        case _:
            return {}
    return {keys.DUE_SHARD: {"N": str(shard)}}


def _about_attributes(row: Row) -> Attributes:
    """Whose address a row holds; a nomination holds several, and has `mentions` instead."""
    match row:
        case Person() | Invitation() | Export():
            address = row.address
        case Message():
            address = row.recipient
        case HeldReply():
            address = EmailAddress(row.writer)
        case _:
            return {}
    return _about(row.partnership, address) if address else {}


def _about(slug: str, address: EmailAddress) -> Attributes:
    return {keys.ABOUT_KEY: {"S": keys.about(slug, address)}}


def _expiry(row: Row) -> Attributes:
    """When DynamoDB may forget a row; nothing for rows that stay, or that are still open."""
    ends = _ends_at(row)
    return expiry(ends) if ends is not None else {}


def expiry(at: datetime) -> Attributes:
    """The attribute that lets DynamoDB forget a row after this moment."""
    return {keys.EXPIRES: {"N": str(int(at.timestamp()))}}


def _ends_at(row: Row) -> datetime | None:
    match row:
        case Token() | SignIn() | Export() | ExportPart() | SolvedPuzzle():
            return row.expires_at
        case Session():
            return row.ends_at
        case Nomination():
            return row.forget_at
        case Received():
            return row.at + KEEP_RECEIVED
        case PassingBounces():
            known = [bounce.at for bounce in row.bounces] + [row.delivered_at]
            return max(at for at in known if at) + WITHIN
        case Tombstone():
            return row.at + KEEP_TOMBSTONE
        case Proven():
            return row.at + KEEP_PROVEN
        case ConsentLine() if row.way is Way.REMOVED:
            return row.at + KEEP_PROOF
        case DataRequest():
            return row.handled_at + KEEP_HANDLED if row.handled_at else None
        case HeldReply():
            return row.settled_at + KEEP_SETTLED if row.settled_at else None
        case Job():
            return row.started_at + KEEP_FINISHED if row.finished else None
        case Message() if row.due_at is None and row.finished_at is not None:
            arrived = row.outcome is Outcome.DELIVERED
            return row.finished_at + (KEEP_DELIVERED if arrived else KEEP_FINISHED)
        case _:
            return None
