"""Accessing: somebody reads what is kept about them, once, behind a code that is mailed to them."""

from __future__ import annotations

import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.access import CODE_LIVES, SignIn, token_digest
from chalicelib.domain.data_request import DataRequest, Wish
from chalicelib.domain.export import KEEP_EXPORT, AlreadyOpened, Entry, Export, ExportPart
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Person
from chalicelib.ports import Conflict, Fact, NotFound, World
from chalicelib.use_cases import own_data, promising_own_data
from chalicelib.use_cases.collecting import Collector
from chalicelib.use_cases.signing_in import WrongCode, spend_on_code

_PAGE = 25


def ask(
    world: World,
    *,
    partnership: Partnership,
    address: EmailAddress,
    coordinator: Person,
    send_key: str,
    now: datetime,
) -> DataRequest:
    """Have collected what is kept about whoever reads mail at this address, once per `send_key`.

    They get a link to it by mail.
    """
    request = own_data.new_request(
        world,
        Wish.ACCESS,
        partnership=partnership,
        address=address,
        coordinator=coordinator,
        send_key=send_key,
        now=now,
    )
    job = own_data.job_for(request, JobKind.COLLECT)
    export = Export(
        partnership=partnership.slug,
        request=request.id,
        address=address,
        language=request.language,
        expires_at=now + KEEP_EXPORT,
    )
    try:
        world.save(request, job, export)
    except Conflict:
        return world.store.data_request(partnership.slug, request.id)
    world.hints.job(job)
    return request


def collect_next(world: World, job: Job, *, now: datetime) -> None:
    """One chunk of a COLLECT job, in one transaction: a part of the export, and where to go on."""
    try:
        export = world.store.export(job.partnership, job.request)
    except NotFound:  # Whoever asked was erased meanwhile.
        with suppress(Conflict):
            world.save(job.completed(done=0))
        return
    request = world.store.data_request(job.partnership, job.request)
    settings = world.store.partnership(job.partnership).settings
    collector = Collector(world, request, settings.time_zone)
    step, _, place = job.cursor.partition("-")
    if step == "rest":
        _finish(world, job, request, export, collector.rest(), now=now)
        return
    page = world.store.about(job.partnership, request.address, after=place, limit=_PAGE)
    entries = collector.entries(page.items)
    cursor = f"about-{page.next}" if page.next else "rest"
    with suppress(Conflict):
        world.save(
            job.advanced(cursor=cursor, done=len(page.items), now=now), *_kept(export, entries)
        )


@dataclass(frozen=True)
class Reader:
    """Somebody before the page of their own data, at one browser."""

    world: World
    partnership: Partnership
    request: str

    def is_open(self) -> bool:
        """Whether the export can still be opened. Raises `NotFound` once it is gone."""
        return self._export().opened_at is None

    def ask_for_code(self, *, browser: str, now: datetime) -> None:
        """Mail a code to whose data it is, for this browser alone.

        Raises `AllowanceSpent` when too many were asked for, and `AlreadyOpened`.
        """
        export = self._export()
        if export.opened_at is not None:
            raise AlreadyOpened(self.request)
        asker = f"data-{self.world.secrets.address_key(export.address)}"
        spend_on_code(self.world, self.partnership, asker, now=now)
        sign_in = SignIn(self.partnership.slug, self._sign_in_id(browser), "", now + CODE_LIVES)
        self.world.save(sign_in, outbox=[promising_own_data.code(export, sign_in, now=now)])

    def open(self, *, browser: str, code: str, now: datetime) -> tuple[Entry, ...]:
        """All that was collected, once. Raises `WrongCode` and `AlreadyOpened`.

        A try is counted before the code is compared, so that guesses cannot be raced.
        """
        export = self._export()
        opened = export.opened(now=now)
        try:
            sign_in = self.world.store.sign_in(self.partnership.slug, self._sign_in_id(browser))
            if not sign_in.may_try(now):
                raise WrongCode
            self.world.store.try_code(sign_in)
        except (NotFound, Conflict) as gone:
            raise WrongCode from gone
        digest = self.world.secrets.code_digest(sign_in=sign_in.id, code=code)
        if not sign_in.code_digest or not hmac.compare_digest(digest, sign_in.code_digest):
            raise WrongCode(tries_left=not sign_in.is_last_try)
        # Read first: what could not be read is not used up.
        parts = self.world.store.export_parts(self.partnership.slug, self.request)
        try:
            self.world.save(opened)
        except Conflict as conflict:
            raise AlreadyOpened(self.request) from conflict
        return tuple(entry for part in parts for entry in part.entries)

    def _export(self) -> Export:
        return self.world.store.export(self.partnership.slug, self.request)

    def _sign_in_id(self, browser: str) -> str:
        """A code for these data opens no desk, nor the data of another request."""
        return token_digest(f"{browser}/{self.request}")


def _finish(
    world: World,
    job: Job,
    request: DataRequest,
    export: Export,
    entries: tuple[Entry, ...],
    *,
    now: datetime,
) -> None:
    mail = promising_own_data.access_ready(request, now=now)
    with suppress(Conflict):
        world.save(
            job.completed(done=0),
            request.handled(now=now),
            *_kept(export.ready(now=now), entries),
            outbox=[mail],
        )


def _kept(export: Export, entries: tuple[Entry, ...]) -> tuple[Fact, ...]:
    """An export with the entries that were found; none need no part."""
    if not entries:
        return (export,)
    part = ExportPart(
        export.partnership, export.request, export.parts + 1, entries, export.expires_at
    )
    return export.with_part(), part
