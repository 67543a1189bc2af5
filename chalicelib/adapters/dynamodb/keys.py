"""Every key and index of the table, next to the question it answers.

The partnership stands first in every partition key, so that no id from outside reaches into
another one. The exceptions begin with `#`: a suppressed address, one that mail came back from and
what one may get unasked, what SES allows, our reputation, the brake and the list of all
partnerships belong to the whole installation, and mail that comes in names no partnership, only
what leads to one.
"""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from chalicelib.domain.invitation import Line, PartStat
from chalicelib.domain.message import Urgency
from chalicelib.domain.people import EmailAddress, canonical_address
from chalicelib.ports import (
    BULK_SHARDS,
    SHARDS,
    AboutRow,
    Due,
    DueRow,
    Holds,
    Listing,
    NotFound,
)

DUE_INDEX = "due"
"""Which rows of a shard have come due? Only open messages and open jobs stand on it."""
DUE_SHARD = "due_shard"
DUE_AT = "due_at"

LISTS_INDEX = "lists"
"""Which rows stand on this work-list, in order? A row stands on at most one."""
LIST_KEY = "list_key"
LIST_ORDER = "list_order"

ABOUT_INDEX = "about"
"""What do we have of whoever reads mail at this address? Ordered by the table's own `pk`."""
ABOUT_KEY = "about_key"

EXPIRES = "expires"
"""The table's TTL attribute, in epoch seconds; never on a row that somebody still waits for."""

WRITE_ID = "write_id"
"""Which write left the row as it is, so that a repeated request recognises its own."""

MESSAGE_SHARDS, JOB_SHARD = SHARDS[:-1], SHARDS[-1]
"""Urgent and ordinary messages are spread; jobs are few, and have a shard of their own."""

_ID = re.compile(r'[!"$-~]{1,300}')


class NotAnId(NotFound, ValueError):
    """No row can have this id: it is empty, too long, or not plain ASCII without `#`."""


class Key(NamedTuple):
    """Where a row is."""

    pk: str
    sk: str


def partnership(slug: str) -> Key:
    """What are this partnership's parties and settings?"""
    return Key(_join(slug, "partnership"), "partnership")


def person(slug: str, person_id: str) -> Key:
    """Who is this?"""
    return Key(_join(slug, "person", person_id), "person")


def address(slug: str, email: EmailAddress) -> Key:
    """Who on the people list has this address? Also what keeps an address unique.

    A digest of the canonical form: an address may hold any character and be longer than a key.
    """
    return Key(_join(slug, "address", _digest(email)), "address")


def coordinator(slug: str, person_id: str) -> Key:
    """Who coordinates? One Query by `coordinator_prefix`; the person's own row decides."""
    return Key(_join(slug, "coordinators"), _join("coordinator", person_id))


def coordinator_prefix(slug: str) -> Key:
    """Who coordinates? The beginning of their keys, in the order of their ids."""
    return Key(_join(slug, "coordinators"), "coordinator#")


def nomination(slug: str, nomination_id: str) -> Key:
    """Where does this nomination stand?"""
    return Key(_join(slug, "nomination", nomination_id), "nomination")


def consent_line(slug: str, nomination_id: str, at: str, honouree: str) -> Key:
    """What did the honourees choose, and when? One Query by `consent_prefix`."""
    return Key(nomination(slug, nomination_id).pk, _join("consent", at, honouree))


def consent_prefix(slug: str, nomination_id: str) -> Key:
    """The beginning of all lines of a nomination's consent ledger."""
    return Key(nomination(slug, nomination_id).pk, "consent#")


def mention(slug: str, nomination_id: str, email: EmailAddress) -> Key:
    """Who wrote this nomination, or is thanked in it? One row for each address in it, which stands
    on the index `about`; the nomination itself decides.
    """
    return Key(nomination(slug, nomination_id).pk, _join("mention", _digest(email)))


def unread(slug: str, nomination_id: str) -> Key:
    """Did it go on unread? Its row stands on a list, wherever the nomination itself stands."""
    return Key(nomination(slug, nomination_id).pk, "unread")


def gathering(slug: str, gathering_id: str) -> Key:
    """What is this gathering?"""
    return Key(_join(slug, "gathering", gathering_id), "gathering")


def tally(slug: str, gathering_id: str) -> Key:
    """How did its guests answer so far?"""
    return Key(gathering(slug, gathering_id).pk, "tally")


def invitation(slug: str, gathering_id: str, guest: str) -> Key:
    """Was this guest invited, and what did they answer?"""
    return Key(gathering(slug, gathering_id).pk, _join("invitation", guest))


def invitation_prefix(slug: str, gathering_id: str) -> Key:
    """Who are all the guests? The beginning of their keys, in the order of their ids."""
    return Key(gathering(slug, gathering_id).pk, "invitation#")


def waiting(slug: str, gathering_id: str, heads: int, since: str, guest: str) -> Key:
    """Who waits for a place?

    There is one list for each number of people: whoever is the first with a number that fits is
    found at the head of one of the lists, however many wait with a number that does not.
    """
    return Key(gathering(slug, gathering_id).pk, _join("waiting", str(heads), since, guest))


def waiting_prefix(slug: str, gathering_id: str, heads: int) -> Key:
    """Who waits for a place for this many people? The beginning of their keys, in their order."""
    return Key(gathering(slug, gathering_id).pk, f"waiting#{heads}#")


def message(slug: str, message_id: str) -> Key:
    """Where does this promised email stand?"""
    return Key(_join(slug, "message", message_id), "message")


def job(slug: str, job_id: str) -> Key:
    """Where must this job go on?"""
    return Key(_join(slug, "job", job_id), "job")


def token(slug: str, digest: str) -> Key:
    """What does this private link open?"""
    return Key(_join(slug, "token", digest), "token")


def sign_in(slug: str, sign_in_id: str) -> Key:
    """Which code did this browser ask for, and how often was it tried?"""
    return Key(_join(slug, "sign_in", sign_in_id), "sign_in")


def session(slug: str, session_id: str) -> Key:
    """Who is signed in at this browser?"""
    return Key(_join(slug, "session", session_id), "session")


def feed(slug: str, guest: str) -> Key:
    """At which address does this guest's calendar ask for their gatherings?"""
    return Key(_join(slug, "feed", guest), "feed")


def allowance(slug: str, name: str, window: str) -> Key:
    """How many of these did this caller have in this window of time?

    Without a partnership it counts for all of them together.
    """
    return Key(f"{_join(slug) if slug else ''}#{_join('allowance', name)}", _join(window))


def proven(slug: str, address_key: str) -> Key:
    """Did somebody prove that this address is theirs?"""
    return Key(_join(slug, "proven", address_key), "proven")


def solved_puzzle(slug: str, challenge: str) -> Key:
    """Was this puzzle's number used before?"""
    return Key(_join(slug, "puzzle", challenge), "puzzle")


def suppression(address_key: str) -> Key:
    """May this address be mailed? For every partnership alike; no slug starts with `#`."""
    return Key(f"#suppression#{_join(address_key)}", "suppression")


def passing_bounces(address_key: str) -> Key:
    """How often did mail to this address come back for now? For every partnership alike."""
    return Key(f"#bounces#{_join(address_key)}", "bounces")


def reputation() -> Key:
    """What did the last day's mail bring upon us? For every partnership alike."""
    return Key("#reputation", "reputation")


def brake() -> Key:
    """Does sending stand still? For every partnership alike."""
    return Key("#brake", "brake")


def mail_account() -> Key:
    """What may we send, and how fast? For every partnership alike."""
    return Key("#mail_account", "mail_account")


def preferences(slug: str, address_key: str) -> Key:
    """Which kinds of mail did this address stop?"""
    return Key(_join(slug, "preferences", address_key), "preferences")


def tombstone(slug: str, of: str) -> Key:
    """Is whoever has this address, by its keyed digest, or this id erased?"""
    return Key(_join(slug, "tombstone", of), "tombstone")


def data_request(slug: str, request_id: str) -> Key:
    """What did somebody ask about their own data, and was it done?"""
    return Key(_join(slug, "data_request", request_id), "data_request")


def mail_text(slug: str, kind: str, number: int) -> Key:
    """What does this version of a kind of mail say?"""
    return Key(_join(slug, "text", kind), _join("text", f"{number:06}"))


def mail_text_prefix(slug: str, kind: str) -> Key:
    """Which versions are there? The beginning of their keys, in the order they were written."""
    return Key(_join(slug, "text", kind), "text#")


def export(slug: str, request_id: str) -> Key:
    """What was collected for this request, and was it opened?"""
    return Key(_join(slug, "export", request_id), "export")


def export_part(slug: str, request_id: str, number: int) -> Key:
    """What exactly was collected? Piece by piece; one Query by `export_prefix`."""
    return Key(export(slug, request_id).pk, _join("part", f"{number:04}"))


def export_prefix(slug: str, request_id: str) -> Key:
    """The beginning of all pieces of an export."""
    return Key(export(slug, request_id).pk, "part#")


PARTNERSHIPS = "#partnerships"
"""Index `lists`: which partnerships are there? Outside any of them; no slug starts with `#`."""


def reply_address(token: str) -> Key:
    """Whose answers come to this address? A mail names no partnership, so the token must."""
    return Key(f"#reply#{_join(token)}", "reply")


def gathering_place(gathering_id: str) -> Key:
    """Which partnership does this gathering belong to? For mail that names only its UID."""
    return Key(f"#uid#{_join(gathering_id)}", "uid")


def received(slug: str, received_id: str) -> Key:
    """Did this mail have its effect already?"""
    return Key(_join(slug, "received", received_id), "received")


def held_reply(slug: str, held_id: str) -> Key:
    """What did this mail ask, and who settled it?"""
    return Key(_join(slug, "held_reply", held_id), "held_reply")


def listing(slug: str, name: Listing) -> str:
    """Index `lists`: what stands on this work-list?"""
    return _join(slug, "list", name.value)


def guest_list(slug: str, gathering_id: str, answer: PartStat | Line) -> str:
    """Index `lists`: who gave this answer, or stands in this line?"""
    return _join(slug, "guests", gathering_id, answer.value)


def calendar(slug: str, guest: str) -> str:
    """Index `lists`: what was this guest invited to? The addresses of their answers stand on it."""
    return _join(slug, "calendar", guest)


def nominations_prefix(slug: str) -> str:
    """Index `about`: which of the rows that hold an address are nominations?"""
    return f"{_join(slug, 'nomination')}#"


def mails_from(slug: str, guest: str) -> str:
    """Index `lists`: which of this guest's mails had their effect?"""
    return _join(slug, "mails", guest)


def about(slug: str, email: EmailAddress) -> str:
    """Index `about`: all rows that hold this address."""
    return _join(slug, "about", _digest(email))


def place(order: str, row_id: str) -> str:
    """A row's place on its list: what it is sorted by, then its id, so that no two are equal.

    Cut, because DynamoDB takes at most 1,024 bytes, and one character takes up to four.
    """
    return f"{order[:150]} #{row_id}"


def id_at(list_place: str) -> str:
    """The id of the row that stands at this place."""
    return list_place.rpartition("#")[2]


def message_shard(message_id: str, urgency: Urgency) -> int:
    """Index `due`: the shard this message waits on; bulk never stands in front of other mail."""
    shards = BULK_SHARDS if urgency is Urgency.BULK else MESSAGE_SHARDS
    return shards[zlib.crc32(message_id.encode()) % len(shards)]


def due_row(key: Key) -> DueRow | None:
    """What the row behind this key of the `due` index is; None for a kind that we do not know."""
    if key.sk not in set(Due):
        return None
    slug, _, rest = key.pk.partition("#")
    return DueRow(what=Due(key.sk), partnership=slug, id=rest.partition("#")[2])


def about_row(key: Key) -> AboutRow | None:
    """What the row behind this key of the `about` index is; None for a kind we do not know."""
    slug, _, rest = key.pk.partition("#")
    kind, _, row_id = rest.partition("#")
    what, _, guest = key.sk.partition("#")
    held = _HOLDS.get((kind, what))
    return AboutRow(held, slug, row_id, guest if held is Holds.INVITATION else "") if held else None


_HOLDS = {
    ("person", "person"): Holds.PERSON,
    ("nomination", "mention"): Holds.NOMINATION,
    ("gathering", "invitation"): Holds.INVITATION,
    ("message", "message"): Holds.MESSAGE,
    ("held_reply", "held_reply"): Holds.HELD_REPLY,
    ("export", "export"): Holds.EXPORT,
}


def instant(at: datetime) -> str:
    """An instant as keys and rows hold it: UTC, of one width, so that text sorts as time does."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _digest(email: EmailAddress) -> str:
    return sha256(canonical_address(email).encode("utf-8", "replace")).hexdigest()


def _join(*parts: str) -> str:
    """The parts of a key, none of which can run over into the next."""
    for part in parts:
        if not _ID.fullmatch(part):
            raise NotAnId(part)
    return "#".join(parts)
