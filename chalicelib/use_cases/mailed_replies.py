"""Mailed replies: what came in by mail and waits at the desk, and how a coordinator settles it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.gathering import Gathering, GatheringState
from chalicelib.domain.held_reply import HeldReply, HeldState
from chalicelib.domain.invitation import Answer, Invitation
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Person
from chalicelib.messages import emails
from chalicelib.messages.drafts import Frame
from chalicelib.ports import Conflict, Listing, NotFound, World
from chalicelib.use_cases import promising_gatherings, responding
from chalicelib.use_cases.retrying import until_saved

PAGE_SIZE = 10
COUNT_NO_FURTHER = 100
MAX_WORDS = 1_000


@dataclass(frozen=True)
class ReplyRow:
    """One line of the list of mails that wait."""

    id: str
    received_at: datetime
    writer: str
    guest: str
    gathering: str
    why: str
    excerpt: str


@dataclass(frozen=True)
class ReplyList:
    """One page of mails that wait, the oldest first."""

    rows: tuple[ReplyRow, ...]
    next: str
    total: int


@dataclass(frozen=True)
class MailPreview:
    """The mail that would leave, as its reader gets it."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class ReplyDate:
    """One date of a series that can be answered; `meant` when the mail seems to name it."""

    value: str
    starts: datetime
    meant: bool


@dataclass(frozen=True)
class ReplyView:
    """One mail before a coordinator; times are local.

    `guest` and `guest_address` are empty when nobody knows who it is about. `known_line` is waiting
    or offered when the answer that we have is a yes that has no seat yet. `attendee` is whom the
    mail answers for, when that is somebody else than the guest; then it is not `is_for_guest`.
    `may_apply` is whether
    an answer can still be recorded, `may_write` whether we have an address of our own to write to.
    """

    id: str
    version: int
    received_at: datetime
    writer: str
    writer_name: str
    subject: str
    text: str
    says: str
    why: str
    problem: str
    partstat: str
    attendee: str
    is_for_guest: bool
    comment: str
    about: datetime | None
    dates: tuple[ReplyDate, ...]
    proposes_start: datetime | None
    proposes_end: datetime | None
    gathering: str
    title: str
    starts: datetime
    guest_id: str
    guest: str
    guest_address: str
    known_partstat: str
    known_heads: int
    known_line: str
    may_apply: bool
    may_write: bool
    state: str
    settled_by: str
    settled_at: datetime | None
    outcome: str
    sent: str
    preview: MailPreview | None = None


class CannotWrite(Exception):
    """We know no address of our own for whoever this is about."""


def waiting(world: World, *, partnership: Partnership, after: str = "") -> ReplyList:
    """A page of the mails that wait for a coordinator."""
    page = world.store.held_replies(partnership.slug, after=after, limit=PAGE_SIZE)
    return ReplyList(
        rows=tuple(_row(held, partnership) for held in page.items),
        next=page.next,
        total=world.store.count(partnership.slug, Listing.REPLIES, at_most=COUNT_NO_FURTHER),
    )


def reply(
    world: World,
    *,
    partnership: Partnership,
    held_id: str,
    now: datetime,
    words: str = "",
    by: str = "",
) -> ReplyView:
    """One mail with all that is known about it; with `words` of somebody, also what would leave."""
    held = world.store.held_reply(partnership.slug, held_id)
    gathering = world.store.gathering(partnership.slug, held.gathering)
    place = _place(world, held)
    off = gathering.state is GatheringState.CANCELLED
    open_ = held.state is HeldState.WAITING
    return ReplyView(
        id=held.id,
        version=held.version,
        received_at=_local(held.received_at, partnership),
        writer=held.writer,
        writer_name=held.writer_name,
        subject=held.subject,
        text=held.text,
        says=held.says.value,
        why=held.why.value,
        problem=held.problem,
        partstat=held.partstat.value if held.partstat else "",
        attendee=held.attendee,
        is_for_guest=held.is_for_guest,
        comment=held.comment,
        about=_about(held, partnership),
        dates=_dates(gathering, held, now=now),
        proposes_start=_maybe_local(held.proposes_start, partnership),
        proposes_end=_maybe_local(held.proposes_end, partnership),
        gathering=gathering.id,
        title=gathering.plan.title,
        starts=gathering.plan.starts,
        guest_id=held.guest,
        guest=place.name if place else "",
        guest_address=place.address if place else "",
        known_partstat=place.partstat.value if place else "",
        known_heads=place.answer.heads if place and place.answer else 1,
        known_line=place.line.value if place and place.line else "",
        may_apply=open_ and place is not None and not place.removed and not off,
        may_write=open_ and place is not None,
        state=held.state.value,
        settled_by=_name(world, partnership, held.settled_by),
        settled_at=_maybe_local(held.settled_at, partnership),
        outcome=held.outcome.value if held.outcome else "",
        sent=held.sent,
        preview=_preview(world, partnership, held, place, words, by=by, now=now) if words else None,
    )


@dataclass(frozen=True)
class Settling:
    """One coordinator before one mail that waits."""

    world: World
    partnership: Partnership
    held_id: str
    coordinator: Person
    now: datetime

    def apply(self, answer: Answer, *, date: str = "") -> HeldReply:
        """Record the answer that the coordinator read in it; the guest gets a confirmation.

        `date` names one date of a series, as `responding.record_rsvp` wants it. Raises
        `NoSuchDate`, `AlreadySettled`, `IsCancelled`, `NotInvited` or `NotEnoughSeats`.
        """
        held = self._held()
        after = held.applied(answer.partstat, by=self.coordinator.id, now=self.now)
        try:
            responding.record_rsvp(
                self.world,
                partnership=self.partnership,
                gathering_id=held.gathering,
                guest=held.guest,
                answer=answer,
                now=self.now,
                date=date,
                beside=[after],
            )
        except Conflict:
            # Another coordinator may have settled it first: then this says what they did.
            self._held().applied(answer.partstat, by=self.coordinator.id, now=self.now)
            raise
        return after

    def ignore(self) -> HeldReply:
        """Leave everything as it is. Raises `AlreadySettled`."""
        return self._settle(lambda held: held.ignored(by=self.coordinator.id, now=self.now))

    def write(self, words: str) -> HeldReply:
        """Write to the guest, at the address that we have of them and at no other.

        Raises `AlreadySettled` or `CannotWrite`.
        """

        def change() -> HeldReply:
            held = self._held()
            after = held.answered(words, by=self.coordinator.id, now=self.now)
            place = _place(self.world, held)
            if place is None:
                raise CannotWrite(held.id)
            gathering = self.world.store.gathering(self.partnership.slug, held.gathering)
            mail = promising_gatherings.answer_to_reply(
                gathering, place, held, words, by=self.coordinator.name, now=self.now
            )
            self.world.save(after, outbox=[mail])
            return after

        return until_saved(change)

    def _settle(self, step: Callable[[HeldReply], HeldReply]) -> HeldReply:
        def change() -> HeldReply:
            after = step(self._held())
            self.world.save(after)
            return after

        return until_saved(change)

    def _held(self) -> HeldReply:
        return self.world.store.held_reply(self.partnership.slug, self.held_id)


def _row(held: HeldReply, partnership: Partnership) -> ReplyRow:
    return ReplyRow(
        id=held.id,
        received_at=_local(held.received_at, partnership),
        writer=held.writer_name or held.writer,
        guest=held.guest_name,
        gathering=held.title,
        why=held.why.value,
        excerpt=held.comment or held.text or held.subject,
    )


def _preview(
    world: World,
    partnership: Partnership,
    held: HeldReply,
    place: Invitation | None,
    words: str,
    *,
    by: str,
    now: datetime,
) -> MailPreview | None:
    if place is None:
        return None
    gathering = world.store.gathering(partnership.slug, held.gathering)
    mail = promising_gatherings.answer_to_reply(gathering, place, held, words, by=by, now=now)
    frame = Frame.of_partnership(partnership, rsvp_domain="")
    email = emails.render(mail, frame=frame, links={})
    return MailPreview(to=place.address, subject=email.subject, text=email.text)


def _dates(gathering: Gathering, held: HeldReply, *, now: datetime) -> tuple[ReplyDate, ...]:
    """The dates that can still be answered by themselves; none of a gathering that has just one."""
    if gathering.plan.repeats is None:
        return ()
    starts = {ruled.day: ruled.starts for ruled in gathering.plan.dates}
    return tuple(
        ReplyDate(
            starts[one.day].isoformat(),
            one.starts,
            meant=held.about_at == gathering.plan.instant(starts[one.day])
            or held.about_day == starts[one.day].date().isoformat(),
        )
        for one in gathering.dates
        if gathering.plan.instant(one.ends) > now
    )


def _about(held: HeldReply, partnership: Partnership) -> datetime | None:
    """The date that it names, for people to read."""
    if held.about_day:
        return datetime.fromisoformat(held.about_day)
    return _maybe_local(held.about_at, partnership)


def _place(world: World, held: HeldReply) -> Invitation | None:
    if not held.guest:
        return None
    try:
        return world.store.invitation(held.partnership, held.gathering, held.guest)
    except NotFound:
        return None


def _name(world: World, partnership: Partnership, person_id: str) -> str:
    if not person_id:
        return ""
    try:
        return world.store.person(partnership.slug, person_id).name
    except NotFound:
        return ""


def _local(at: datetime, partnership: Partnership) -> datetime:
    return local_time(at, time_zone=partnership.settings.time_zone)


def _maybe_local(at: datetime | None, partnership: Partnership) -> datetime | None:
    return _local(at, partnership) if at else None
