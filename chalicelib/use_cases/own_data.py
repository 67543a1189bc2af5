"""Own data: what people asked about their own, and what stands here about an address."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.data_request import DataRequest, Wish
from chalicelib.domain.export import Entry
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Person
from chalicelib.ports import Holds, World

_PAGE_SIZE = 25
_COUNT_NO_FURTHER = 300


@dataclass(frozen=True)
class RequestRow:
    """One request at the desk. `address` is empty once it is handled, `handled_on` until then."""

    wish: str
    address: str
    asked_on: date
    handled_on: date | None


@dataclass(frozen=True)
class RequestList:
    """One page of requests, the newest first."""

    rows: tuple[RequestRow, ...]
    next: str


@dataclass(frozen=True)
class FoundView:
    """What stands here about one address, as counts; `more` when it was not counted to the end.

    `name` is who has it on the people list, or empty, and `coordinates` whether they may sign in.
    """

    address: str
    name: str
    coordinates: bool
    thanks: int
    invitations: int
    mails: int
    replies: int
    more: bool


def new_request(
    world: World,
    wish: Wish,
    *,
    partnership: Partnership,
    address: EmailAddress,
    coordinator: Person,
    send_key: str,
    now: datetime,
    never_again: bool = False,
) -> DataRequest:
    """What somebody asks about the data behind an address; the same one for the same `send_key`."""
    person = world.store.person_by_address(partnership.slug, address)
    whole = f"data_request:{partnership.slug}:{send_key}"
    return DataRequest(
        partnership=partnership.slug,
        id=hashlib.sha256(whole.encode()).hexdigest()[:26],
        wish=wish,
        address=address,
        language=person.language if person else partnership.settings.language,
        asked_at=now,
        asked_by=coordinator.id,
        person=person.id if person else "",
        never_again=never_again,
    )


def job_for(request: DataRequest, kind: JobKind) -> Job:
    """The walk that does what was asked."""
    return Job(
        partnership=request.partnership,
        id=f"{kind}-{request.id}",
        kind=kind,
        gathering="",
        started_at=request.asked_at,
        due_at=request.asked_at,
        request=request.id,
    )


def requests(world: World, *, partnership: Partnership, after: str = "") -> RequestList:
    """A page of what people asked about their own data."""
    page = world.store.data_requests(partnership.slug, after=after, limit=_PAGE_SIZE)
    return RequestList(
        rows=tuple(_row(request, partnership) for request in page.items), next=page.next
    )


def found(world: World, *, partnership: Partnership, address: EmailAddress) -> FoundView:
    """What a request about this address would be about, before anybody decides."""
    page = world.store.about(partnership.slug, address, limit=_COUNT_NO_FURTHER)
    counted = Counter(row.what for row in page.items)
    person = world.store.person_by_address(partnership.slug, address)
    return FoundView(
        address=address,
        name=person.name if person else "",
        coordinates=person.coordinates if person else False,
        thanks=counted[Holds.NOMINATION],
        invitations=counted[Holds.INVITATION],
        mails=counted[Holds.MESSAGE],
        replies=counted[Holds.HELD_REPLY],
        more=bool(page.next),
    )


def _row(request: DataRequest, partnership: Partnership) -> RequestRow:
    return RequestRow(
        wish=request.wish.value,
        address=request.address,
        asked_on=_day(request.asked_at, partnership),
        handled_on=_day(request.handled_at, partnership) if request.handled_at else None,
    )


def _day(at: datetime, partnership: Partnership) -> date:
    return local_time(at, time_zone=partnership.settings.time_zone).date()


def as_json(entries: Sequence[Entry]) -> str:
    """The same entries for a machine, so that somebody can take them elsewhere."""
    return json.dumps(
        [{"kind_of_data": entry.what, **entry.facts} for entry in entries],
        ensure_ascii=False,
        indent=2,
    )
