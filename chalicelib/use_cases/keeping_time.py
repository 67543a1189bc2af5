"""Keeping time: what falls due by each partnership's own clock, and once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.message import Kind, Message, MessageState, Outcome
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Person
from chalicelib.domain.schedule import anniversary, comes_round, occasion
from chalicelib.messages.coordinator_mails import (
    CoordinatorDigestFacts,
    DeedPromptFacts,
    FailedMailFacts,
    ReviewPendingFacts,
)
from chalicelib.ports import Conflict, Listing, NotFound, World
from chalicelib.use_cases import overseeing, promising_coordinators

PARTNERSHIPS_A_PAGE = 100
COORDINATORS_PER_CHUNK = 25
"""Three mails for each of them, with the job, fit in one transaction of 100 rows."""
LINES = 5
"""How many things a daily mail names; the desk shows the rest."""
MAILS_LOOKED_AT = 25
THANKS_LOOKED_AT = 10
"""How many of the newest thank-yous of a list are looked at for a first one."""
_LOOK_BACK = 7
"""How many days back it is looked for the day that was told about before."""

Report = Callable[[str], None]
"""Tells, while an exception is handled, that nothing could be begun for this partnership."""


@dataclass
class Struck:
    """What one stroke of the hour did, as counts for the log; `finished` is whether it saw all."""

    partnerships: int = 0
    begun: int = 0
    failed: int = 0
    finished: bool = False


def strike(world: World, *, now: datetime, may_go_on: Callable[[], bool], report: Report) -> Struck:
    """Begin, for every partnership, whatever has come due by its own clock.

    What is due is only begun here, as a job that the work function does: so one partnership never
    waits for another, and a stroke that comes late, twice or at once begins nothing twice. When
    time is up, the next stroke goes on, and passes quickly by what was begun.
    """
    struck, after = Struck(), ""
    while may_go_on():
        page = world.store.partnerships(after=after, limit=PARTNERSHIPS_A_PAGE)
        for slug in page.items:
            _begin_for(world, slug, struck, now=now, report=report)
        after = page.next
        if not after:
            struck.finished = True
            break
    return struck


def _begin_for(world: World, slug: str, struck: Struck, *, now: datetime, report: Report) -> None:
    """Begin what is due for one partnership; one that fails keeps no other from its turn."""
    struck.partnerships += 1
    try:
        for job in _due(world.store.partnership(slug), now=now):
            struck.begun += _begin(world, job)
    except Exception:
        struck.failed += 1
        report(slug)


def _due(partnership: Partnership, *, now: datetime) -> Iterator[Job]:
    settings = partnership.settings
    local = local_time(now, time_zone=settings.time_zone).replace(tzinfo=None)
    schedules = {JobKind.DIGEST: settings.digest, JobKind.DAILY: settings.daily}
    for kind, schedule in schedules.items():
        day = occasion(schedule, local=local, quiet=settings.quiet)
        if day is not None:
            yield Job(
                partnership=partnership.slug,
                id=f"{kind}-{day}",
                kind=kind,
                gathering="",
                started_at=now,
                due_at=now,
                day=day.isoformat(),
            )


def _begin(world: World, job: Job) -> bool:
    """Begin a job, once: whoever finds it begun passes by."""
    if _exists(world, job.partnership, job.id):
        return False
    try:
        world.save(job)
    except Conflict:
        return False
    world.hints.job(job)
    return True


def _exists(world: World, partnership: str, job_id: str) -> bool:
    with suppress(NotFound):
        world.store.job(partnership, job_id)
        return True
    return False


def tell_coordinators(world: World, job: Job, *, now: datetime) -> None:
    """Do one chunk of a job for the coordinators; a lost race changes nothing."""
    partnership = world.store.partnership(job.partnership)
    page = world.store.coordinators(job.partnership, after=job.cursor, limit=COORDINATORS_PER_CHUNK)
    reachable = [person for person in page.items if person.address is not None]
    write = _digests if job.kind is JobKind.DIGEST else _dailies
    mails = write(world, partnership, reachable, job, now=now)
    done = len(reachable)
    after = (
        job.advanced(cursor=page.next, done=done, now=now)
        if page.next
        else job.completed(done=done)
    )
    with suppress(Conflict):
        world.save(after, outbox=mails)


def _digests(
    world: World, partnership: Partnership, people: list[Person], job: Job, *, now: datetime
) -> list[Message]:
    """What waits at the desk, to each of these; nothing to nobody when nothing waits."""
    desk = overseeing.desk(world, partnership=partnership, now=now)
    nearest = desk.next_gatherings[0] if desk.next_gatherings else None
    silent = world.store.tally(partnership.slug, nearest.id).silent if nearest else 0
    facts = CoordinatorDigestFacts(
        to_review=desk.to_review,
        letters=desk.letters,
        undelivered=desk.undelivered,
        suspicious=desk.suspicious,
        silent=silent,
        gathering=nearest.title if nearest and silent else "",
    )
    waits = (desk.to_review, desk.letters, desk.undelivered, desk.suspicious, silent)
    if not any(waits):
        return []
    gathering = nearest.id if nearest and silent else ""
    return [
        promising_coordinators.digest(person, facts, gathering=gathering, day=job.day, now=now)
        for person in people
    ]


def _dailies(
    world: World, partnership: Partnership, people: list[Person], job: Job, *, now: datetime
) -> list[Message]:
    """What coordinators must know today, of what has happened since the day looked at before."""
    before = _daily_before(world, partnership, job)
    pending = _review_pending(world, partnership, job, before)
    failed = _failed_mail(world, partnership, job, before)
    deeds = _deeds(world, partnership, job, before)
    mails: list[Message] = []
    for person in people:
        if pending:
            mails.append(
                promising_coordinators.review_pending(person, pending, day=job.day, now=now)
            )
        if failed:
            mails.append(promising_coordinators.failed_mail(person, failed, day=job.day, now=now))
        if deeds:
            mails.append(promising_coordinators.deed_prompt(person, deeds, day=job.day, now=now))
    return mails


@dataclass(frozen=True)
class _Before:
    """The day that was looked at before this one, and when."""

    day: date
    at: datetime


def _daily_before(world: World, partnership: Partnership, job: Job) -> _Before:
    """The newest day before this one; a whole week back when there was none in it."""
    today = date.fromisoformat(job.day)
    for back in range(1, _LOOK_BACK + 1):
        day = today - timedelta(days=back)
        with suppress(NotFound):
            known = world.store.job(partnership.slug, f"{JobKind.DAILY}-{day}")
            return _Before(day, known.started_at)
    span = timedelta(days=_LOOK_BACK)
    return _Before(today - span, job.started_at - span)


def _review_pending(
    world: World, partnership: Partnership, job: Job, before: _Before
) -> ReviewPendingFacts | None:
    """When the oldest thank-you has just gone over its term, and every week that it still is."""
    settings, today = partnership.settings, date.fromisoformat(job.day)
    oldest = world.store.nominations(partnership.slug, Listing.TO_REVIEW, limit=1).items
    if not oldest:
        return None
    promised = oldest[0].read_by(response_days=settings.response_days, time_zone=settings.time_zone)
    if not comes_round(promised + timedelta(days=1), after=before.day, until=today):
        return None
    return ReviewPendingFacts(
        waiting=world.store.count(partnership.slug, Listing.TO_REVIEW),
        days=(today - promised).days + settings.response_days,
        term=settings.response_days,
    )


def _failed_mail(
    world: World, partnership: Partnership, job: Job, before: _Before
) -> FailedMailFacts | None:
    """What did not arrive since the day before, save the news about such mail itself."""
    newest = world.store.messages(partnership.slug, Listing.UNDELIVERED, limit=MAILS_LOOKED_AT)
    failed = [
        mail
        for mail in newest.items
        if mail.kind is not Kind.FAILED_MAIL
        and mail.known_at is not None
        and before.at < mail.known_at <= job.started_at
    ]
    if not failed:
        return None
    named = failed[:LINES]
    return FailedMailFacts(
        kinds=[mail.kind.value for mail in named],
        endings=[_ending(mail) for mail in named],
        count=len(failed),
    )


def _ending(mail: Message) -> str:
    if mail.state is MessageState.PARKED:
        return "parked"
    unwelcome = mail.outcome in {Outcome.BOUNCED, Outcome.COMPLAINED}
    return mail.outcome.value if unwelcome else "failed"


def _deeds(
    world: World, partnership: Partnership, job: Job, before: _Before
) -> DeedPromptFacts | None:
    """Who was thanked for the first time since the day before, and the sides' anniversary."""
    names = list(islice(_first_thanked(world, partnership, job, before), LINES))
    began = partnership.settings.began_on
    today = date.fromisoformat(job.day)
    years = anniversary(began, after=before.day, until=today) if began else 0
    return DeedPromptFacts(names, years) if names or years else None


def _first_thanked(
    world: World, partnership: Partnership, job: Job, before: _Before
) -> Iterator[str]:
    """The names of those on the people list whose first thanks left in this time."""
    for listing in (Listing.WALL, Listing.THANKED):
        page = world.store.nominations(
            partnership.slug, listing, newest_first=True, limit=THANKS_LOOKED_AT
        )
        for nomination in page.items:
            for honouree in nomination.honourees:
                thanked = honouree.thanked_at
                if honouree.address is None or thanked is None or thanked <= before.at:
                    continue
                person = world.store.person_by_address(partnership.slug, honouree.address)
                first = person.first_thanked_at if person else None
                if person and first == thanked and first <= job.started_at:
                    yield person.name
