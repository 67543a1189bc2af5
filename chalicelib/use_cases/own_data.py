"""Own data: what people asked about their own, and what stands here about an address."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.data_request import DataRequest
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress
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
