"""Hosting: what coordinators see of gatherings and their guests, as flat frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.invitation import Invitation, Line, PartStat
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.recurrence import Occurrence
from chalicelib.messages.when import When, when_now
from chalicelib.ports import Listing, NotFound, World
from chalicelib.use_cases import naming


@dataclass(frozen=True)
class GatheringRow:
    """One line of the list of gatherings."""

    id: str
    title: str
    place: str
    when: When
    state: str


@dataclass(frozen=True)
class GatheringList:
    """One page of gatherings, the latest start first."""

    rows: tuple[GatheringRow, ...]
    next: str


@dataclass(frozen=True)
class GuestRow:
    """One guest and their answer.

    `line` is waiting or offered for a yes that has no seat yet, and `offered_until` local time.
    Of a series, `uninvited` are the days to which they are not invited.
    """

    guest: str
    name: str
    address: str
    partstat: str
    heads: int
    remark: str
    via: str
    answered_at: datetime | None
    line: str = ""
    moves_up: bool = False
    offered_until: datetime | None = None
    uninvited: tuple[date, ...] = ()


@dataclass(frozen=True)
class GuestGroup:
    """The guests who gave one answer, by name, or who stand in one line, in its order.

    `partstat` is the answer, or waiting or offered; `next` continues the group.
    """

    partstat: str
    rows: tuple[GuestRow, ...]
    next: str


@dataclass(frozen=True)
class DateRow:
    """One date of a series, in local times; `state` is on, moved, dropped or past.

    `ruled` is when it starts by the rule, which names it.
    """

    ruled: datetime
    starts: datetime
    ends: datetime
    state: str

    @property
    def day(self) -> date:
        """The day that the rule gives it."""
        return self.ruled.date()


@dataclass(frozen=True)
class DateGuest:
    """One guest and what they said of one date; `apart` when they said it of that date alone.

    `name` is their address where no name is known.
    """

    guest: str
    name: str
    partstat: str
    heads: int
    apart: bool


@dataclass(frozen=True)
class Mailing:
    """What became of the job that a page was opened about.

    `kind` is invite or remind, `guests` how many get an email so far, under a coordinator's own
    `subject` if there is one.
    """

    kind: str
    goes_on: bool
    guests: int
    subject: str


@dataclass(frozen=True)
class GatheringView:
    """One gathering as its coordinators see it; times are local, `state` also `held`.

    `mailing` is the job that its page was opened about, if there is one; `send_key` is the key of
    the form that reminds. `heads` is how many people come. Of the `seats`, which are 0 where they
    are not counted, so many are `held` for people who were offered one, and `free`, which is
    negative when more people come than there is room for.
    """

    id: str
    version: int
    title: str
    place: str
    when: When
    time_zone: str
    text_nl: str
    text_en: str
    hosts: tuple[str, ...]
    honourees: tuple[str, ...]
    remind_silent_days: int
    remind_coming_days: int
    public: bool
    state: str
    may_change: bool
    invited: int
    accepted: int
    declined: int
    tentative: int
    silent: int
    heads: int
    groups: tuple[GuestGroup, ...]
    mailing: Mailing | None
    send_key: str
    seats: int = 0
    answer_within_hours: int = 0
    free: int = 0
    held: int = 0
    waiting: int = 0
    offered: int = 0
    dates: tuple[DateRow, ...] = ()


@dataclass(frozen=True)
class Pickable:
    """Somebody who can be picked on a form: `value` is what the form sends."""

    value: str
    label: str
    hint: str = ""


def gatherings(
    world: World, *, partnership: Partnership, now: datetime, after: str = ""
) -> GatheringList:
    """A page of gatherings, the latest start first."""
    page = world.store.gatherings(partnership.slug, after=after)
    return GatheringList(tuple(gathering_row(row, now=now) for row in page.items), page.next)


def gathering(
    world: World,
    *,
    partnership: Partnership,
    gathering_id: str,
    now: datetime,
    group: PartStat | Line | None = None,
    after: str = "",
    job_id: str = "",
    send_key: str = "",
) -> GatheringView:
    """One gathering with its guests by answer; `group` and `after` turn one group's pages.

    `job_id` is the job that mails its guests, as far as the page knows of one.
    """
    found = world.store.gathering(partnership.slug, gathering_id)
    # Read before the guests are counted, or a page could tell of invitations that it does not show.
    mailing = _mailing(world, found, job_id)
    tally = world.store.tally(partnership.slug, gathering_id)
    plan = naming.as_named_now(world, found).plan
    lines = _LINES if plan.seats or tally.waiting else ()
    wanted = (group,) if group else (*lines, *_GROUPS)
    return GatheringView(
        id=found.id,
        version=found.version,
        title=plan.title,
        place=plan.place,
        when=when_now(found, now=now),
        time_zone=plan.time_zone,
        text_nl=next((text for lang, text in plan.text.items() if lang == "nl"), ""),
        text_en=next((text for lang, text in plan.text.items() if lang == "en"), ""),
        hosts=plan.hosts,
        honourees=tuple(celebrated.name for celebrated in plan.honourees),
        remind_silent_days=plan.remind_silent_days,
        remind_coming_days=plan.remind_coming_days,
        public=plan.public,
        state=_gathering_state(found, now=now),
        may_change=found.state is not GatheringState.CANCELLED and not found.is_over(now),
        invited=tally.invited,
        accepted=tally.accepted,
        declined=tally.declined,
        tentative=tally.tentative,
        silent=tally.silent,
        heads=tally.coming,
        groups=tuple(
            _group(world, partnership, gathering_id, answer, after=after) for answer in wanted
        ),
        mailing=mailing,
        send_key=send_key,
        seats=plan.seats,
        answer_within_hours=plan.answer_within_hours,
        free=plan.free_seats(taken=tally.heads),
        held=tally.held,
        waiting=tally.waiting,
        offered=tally.offered,
        dates=_date_rows(found, now=now),
    )


def _mailing(world: World, gathering: Gathering, job_id: str) -> Mailing | None:
    """What became of a job of this gathering; an altered address tells of none."""
    if gathering.id not in job_id or len(job_id) > _LONGEST_JOB_ID:
        return None
    try:
        job = world.store.job(gathering.partnership, job_id)
    except NotFound:
        return None
    if job.gathering != gathering.id:
        return None
    return Mailing(job.kind.value, goes_on=not job.finished, guests=job.done, subject=job.subject)


def guests_on(
    world: World, *, partnership: Partnership, gathering_id: str, day: date, after: str = ""
) -> tuple[tuple[DateGuest, ...], str]:
    """A page of the guests with what they said of one date, and where the next page starts."""
    page = world.store.invitations(partnership.slug, gathering_id, after=after, limit=50)
    guests = tuple(
        DateGuest(
            guest=one.guest,
            name=one.name or str(one.address),
            partstat=one.partstat_on(day).value,
            heads=one.heads_on(day),
            apart=day in one.answers,
        )
        for one in page.items
        if not one.removed and day not in one.dropped
    )
    return guests, page.next


def guest(world: World, *, partnership: Partnership, gathering_id: str, guest_id: str) -> GuestRow:
    """One guest of a gathering."""
    found = world.store.invitation(partnership.slug, gathering_id, guest_id)
    return _guest_row(found, partnership)


def pickable_honourees(
    world: World, *, partnership: Partnership, gathering_id: str = ""
) -> tuple[Pickable, ...]:
    """Whom a gathering can celebrate: the newest honourees who agreed to be named.

    Labelled as they chose to be named, with what they were thanked for. Those whom it celebrates
    already come first, however long ago they were thanked, as long as they agree.
    """
    thanked = [
        nomination
        for listing in (Listing.WALL, Listing.THANKED)
        for nomination in world.store.nominations(
            partnership.slug, listing, newest_first=True, limit=25
        ).items
    ]
    newest = [
        Pickable(f"{nomination.id}/{one.honouree}", one.name, nomination.headline)
        for nomination in thanked
        for one in naming.agreed(nomination)
    ]
    known = {pickable.value for pickable in newest}
    celebrated = _celebrated(world, partnership, gathering_id)
    return (*(one for one in celebrated if one.value not in known), *newest)


def pickable_people(
    world: World, *, partnership: Partnership, after: str = ""
) -> tuple[tuple[Pickable, ...], str]:
    """A page of the people list to pick guests from, and where the next page starts."""
    page = world.store.people(partnership.slug, after=after, limit=50)
    people = tuple(
        Pickable(person.id, person.name, person.address or "")
        for person in page.items
        if person.address
    )
    return people, page.next


def gathering_row(found: Gathering, *, now: datetime) -> GatheringRow:
    """One gathering as a line of a list."""
    plan = found.plan
    return GatheringRow(
        found.id, plan.title, plan.place, when_now(found, now=now), _gathering_state(found, now=now)
    )


def _celebrated(world: World, partnership: Partnership, gathering_id: str) -> list[Pickable]:
    """Whom a gathering celebrates already; nobody when it is still to be planned."""
    if not gathering_id:
        return []
    found = world.store.gathering(partnership.slug, gathering_id)
    return [
        Pickable(f"{one.nomination}/{one.honouree}", one.name)
        for one in naming.as_named_now(world, found).plan.honourees
    ]


_LONGEST_JOB_ID = 200
_LINES = (Line.OFFERED, Line.WAITING)
_GROUPS = (PartStat.ACCEPTED, PartStat.TENTATIVE, PartStat.NEEDS_ACTION, PartStat.DECLINED)


def _group(
    world: World,
    partnership: Partnership,
    gathering_id: str,
    answer: PartStat | Line,
    *,
    after: str,
) -> GuestGroup:
    page = world.store.guests(partnership.slug, gathering_id, answer, after=after)
    return GuestGroup(
        answer.value, tuple(_guest_row(one, partnership) for one in page.items), page.next
    )


def _guest_row(invitation: Invitation, partnership: Partnership) -> GuestRow:
    answer = invitation.answer
    zone = partnership.settings.time_zone
    return GuestRow(
        guest=invitation.guest,
        name=invitation.name,
        address=invitation.address,
        partstat=answer.partstat.value if answer else PartStat.NEEDS_ACTION.value,
        heads=answer.heads if answer else 1,
        remark=answer.remark if answer else "",
        via=answer.via.value if answer else "",
        answered_at=local_time(answer.at, time_zone=zone) if answer else None,
        line=invitation.line.value if invitation.line else "",
        moves_up=answer is not None and answer.moves_up,
        offered_until=(
            local_time(invitation.offered_until, time_zone=zone)
            if invitation.offered_until
            else None
        ),
        uninvited=invitation.dropped,
    )


def _date_rows(found: Gathering, *, now: datetime) -> tuple[DateRow, ...]:
    """Every date of a series, dropped ones too."""
    if found.plan.repeats is None:
        return ()
    on = {one.day: one for one in found.dates}
    return tuple(
        DateRow(one.starts, here.starts, here.ends, _date_state(found, one, now=now))
        for one in found.plan.dates
        for here in (on.get(one.day, one),)
    )


def _date_state(found: Gathering, ruled: Occurrence, *, now: datetime) -> str:
    if ruled.day in found.dropped:
        return "dropped"
    here = found.date_on(ruled.day)
    if found.plan.instant(here.ends) <= now:
        return "past"
    return "on" if here == ruled else "moved"


def _gathering_state(found: Gathering, *, now: datetime) -> str:
    over = found.state is GatheringState.ANNOUNCED and found.is_over(now)
    return "held" if over else found.state.value
