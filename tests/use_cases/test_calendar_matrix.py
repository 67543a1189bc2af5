"""What each happening tells a guest's calendar: every one, in both languages, on awkward nights.

Each mail goes the whole way, from the button to the bytes, and three readers look at it. What tells
other hours does so on every night, all else on one of them in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from email.message import EmailMessage
from functools import cache
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Invitation, PartStat, Via
from chalicelib.domain.job import Guest
from chalicelib.domain.people import Language
from chalicelib.domain.plan import Plan
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.messages.invites import Method
from chalicelib.ports import Again
from chalicelib.use_cases import celebrating
from chalicelib.use_cases.responding import record_rsvp
from tests.calendars import READERS
from tests.domain.examples import BO, DAN, DAY, HOUR
from tests.faults import Storm, StormyTown
from tests.inbound import Postman, reply
from tests.town import CLEO, SLUG, Town
from tests.use_cases.steps import answer, planned, start_inviting

WEEK = timedelta(weeks=1)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ASKED = (Guest("bo", "Bo", BO, Language.DUTCH), Guest("dan", "Dan", DAN, Language.ENGLISH))
FIRST_TO_ANSWER = Guest("cleo", "Cleo", CLEO, Language.DUTCH)
WORDS = {Language.DUTCH: "Je bent welkom.", Language.ENGLISH: "You are welcome."}
SECOND, THIRD = 1, 2
"""Dates of a series, counted from 0."""


@dataclass(frozen=True)
class Night:
    """A local time on which clocks matter, or not."""

    starts: datetime
    lasts: timedelta
    clock: tzinfo = AMSTERDAM

    def span(self, *, later: timedelta = timedelta()) -> tuple[datetime, datetime]:
        """When it is in UTC, by the wall clock."""
        begins = self.starts + later
        begins, ends = (at.replace(tzinfo=self.clock) for at in (begins, begins + self.lasts))
        return begins.astimezone(UTC), ends.astimezone(UTC)

    @property
    def plan(self) -> dict[str, Any]:
        """The times of a plan for this night alone."""
        return {"starts": self.starts, "ends": self.starts + self.lasts}

    @property
    def whole_day(self) -> Night:
        """The day that it is on, which is the same day everywhere."""
        return Night(datetime.combine(self.starts, time()), DAY, UTC)

    @property
    def series(self) -> Night:
        """The same night as the third of four, for an hour in which no clock changes."""
        return Night(self.starts - 2 * WEEK, HOUR)


NIGHTS = {
    "summer": Night(datetime(2027, 7, 1, 19, 30), 2 * HOUR),
    "winter": Night(datetime(2027, 1, 15, 19, 30), 2 * HOUR),
    "clocks go forward": Night(datetime(2027, 3, 28, 0, 30), 3 * HOUR),
    "clocks go back": Night(datetime(2027, 10, 31, 0, 30), 4 * HOUR),
}


@dataclass(frozen=True)
class Stage:
    """A gathering in Ons Dorp to which Bo and Dan are invited, and what can happen to it."""

    town: Town
    night: Night

    @property
    def gathering(self) -> Gathering:
        return self.town.world.store.gathering(SLUG, "g1")

    def place(self, guest: str) -> Invitation:
        return self.town.world.store.invitation(SLUG, "g1", guest)

    def calendar_of(self, guest: Guest) -> bytes:
        """What their newest mail tells their calendar."""
        return calendar_in(self.town.newest(guest.address))

    def invite(self, *guests: Guest) -> None:
        start_inviting(self.town, [*guests], key="-".join(guest.id for guest in guests))
        self.go_on()

    def go_on(self) -> None:
        self.town.run_queues()
        self.town.clock.wait(minutes=1)

    def says(self, partstat: PartStat, *guests: str, **said: Any) -> None:
        for guest in guests or ("bo", "dan"):
            record_rsvp(
                answer=answer(self.town, partstat, **said), guest=guest, **self._gathering_now()
            )
        self.go_on()

    def mails(self, partstat: PartStat) -> None:
        """Bo and Dan press a button in their calendar programs."""
        postman = Postman(self.town.aws.client("s3"))
        for guest in ("bo", "dan"):
            place, stamp = self.place(guest), f"{self.town.clock.now:%Y%m%dT%H%M%SZ}"
            content = reply(
                partstat.value,
                attendee=place.address,
                writer=place.address,
                lines=(f"DTSTAMP:{stamp}",),
                message_id=f"<{guest}@mail.example>",
            )
            to = f"rsvp+{place.reply_token}@rsvp.pluim.example.nl"
            notice = postman.bring(content, to=to, at=self.town.clock.now, ses_id=guest)
            assert self.town.handle("receive", notice) == []
        self.go_on()

    def change(self, *, ask_again: bool = False, **changes: Any) -> None:
        plan: Plan = replace(self.gathering.plan, **changes)
        celebrating.change(
            plan=plan, ask_again=ask_again, seen_version=self._seen, **self._gathering_now()
        )
        self.go_on()

    def move(self, *, ask_again: bool) -> None:
        plan = self.gathering.plan
        self.change(starts=plan.starts + DAY, ends=plan.ends + DAY, ask_again=ask_again)

    def cancel(self) -> None:
        celebrating.cancel(seen_version=self._seen, **self._gathering_now())
        self.go_on()

    def remove(self, *guests: str) -> None:
        for guest in guests:
            celebrating.remove_guest(guest=guest, **self._gathering_now())
        self.go_on()

    def drop(self, number: int) -> None:
        day = self.gathering.dates[number].day
        celebrating.drop_date(seen_version=self._seen, day=day, **self._gathering_now())
        self.go_on()

    def drop_for_each(self, number: int) -> None:
        day = self.gathering.dates[number].day
        for guest in ("bo", "dan"):
            celebrating.uninvite_from_date(guest=guest, day=day, **self._gathering_now())
        self.go_on()

    def move_one(self, number: int) -> None:
        one = self.gathering.dates[number]
        moved = replace(one, starts=one.starts + DAY, ends=one.ends + DAY)
        celebrating.move_date(seen_version=self._seen, moved=moved, **self._gathering_now())
        self.go_on()

    @property
    def _seen(self) -> int:
        return self.gathering.version

    def _gathering_now(self) -> dict[str, Any]:
        return {
            "world": self.town.world,
            "partnership": self.town.partnership,
            "gathering_id": "g1",
            "now": self.town.clock.now,
        }


def nothing(stage: Stage) -> None:
    """Being invited is all that happened."""


def both_come(stage: Stage) -> None:
    """Bo and Dan say yes."""
    stage.says(PartStat.ACCEPTED)


def only_seat_taken(stage: Stage) -> None:
    """Cleo has the only seat."""
    stage.invite(FIRST_TO_ANSWER)
    stage.says(PartStat.ACCEPTED, FIRST_TO_ANSWER.id)


def both_wait(stage: Stage, *, moves_up: bool) -> None:
    """Bo and Dan say yes when it is full."""
    only_seat_taken(stage)
    stage.says(PartStat.ACCEPTED, moves_up=moves_up)


@dataclass(frozen=True)
class Row:
    """One row of the table: what happens `after` what, and what the calendar is told of it.

    `moved` by how much it moves, for all dates or for the one `which`; `dropped` is a date that is
    gone.
    """

    happens: Callable[[Stage], None]
    sequence: int
    partstat: PartStat
    method: Method = Method.REQUEST
    after: Callable[[Stage], None] = nothing
    moved: timedelta = timedelta()
    which: int | None = None
    dropped: int | None = None
    series: bool = False
    seats: int = 0
    all_day: bool = False

    @property
    def tells_hours(self) -> bool:
        """Whether a guest hears of hours that they did not know."""
        return self.happens is nothing or bool(self.moved) or self.dropped is not None


NEEDS_ACTION, ACCEPTED, TENTATIVE = PartStat.NEEDS_ACTION, PartStat.ACCEPTED, PartStat.TENTATIVE

TABLE = {
    "invitation": Row(nothing, 0, NEEDS_ACTION),
    "invitation to a series": Row(nothing, 0, NEEDS_ACTION, series=True),
    "invitation for a whole day": Row(nothing, 0, NEEDS_ACTION, all_day=True),
    "whole day moved": Row(
        lambda it: it.move(ask_again=True),
        1,
        NEEDS_ACTION,
        after=both_come,
        moved=DAY,
        all_day=True,
    ),
    "whole day cancelled": Row(
        Stage.cancel, 1, ACCEPTED, Method.CANCEL, after=both_come, all_day=True
    ),
    "text changed": Row(lambda it: it.change(title="Feest"), 0, ACCEPTED, after=both_come),
    "place changed": Row(lambda it: it.change(place="De kerk"), 0, ACCEPTED, after=both_come),
    "moved": Row(lambda it: it.move(ask_again=False), 1, ACCEPTED, after=both_come, moved=DAY),
    "moved, asked again": Row(
        lambda it: it.move(ask_again=True), 1, NEEDS_ACTION, after=both_come, moved=DAY
    ),
    "yes on the page": Row(lambda it: it.says(ACCEPTED, via=Via.PAGE), 0, ACCEPTED),
    "no on the page": Row(lambda it: it.says(PartStat.DECLINED), 0, PartStat.DECLINED),
    "maybe on the page": Row(lambda it: it.says(TENTATIVE), 0, TENTATIVE),
    "yes by mail": Row(lambda it: it.mails(ACCEPTED), 0, ACCEPTED),
    "cancelled": Row(Stage.cancel, 1, ACCEPTED, Method.CANCEL, after=both_come),
    "series cancelled": Row(Stage.cancel, 1, ACCEPTED, Method.CANCEL, after=both_come, series=True),
    "removed, the last one too": Row(
        lambda it: it.remove("bo", "dan"), 1, ACCEPTED, Method.CANCEL, after=both_come
    ),
    "one date dropped for all": Row(
        lambda it: it.drop(SECOND), 1, ACCEPTED, after=both_come, dropped=SECOND, series=True
    ),
    "one date dropped for one": Row(
        lambda it: it.drop_for_each(SECOND),
        1,
        ACCEPTED,
        after=both_come,
        dropped=SECOND,
        series=True,
    ),
    "one date moved": Row(
        lambda it: it.move_one(THIRD),
        1,
        ACCEPTED,
        after=both_come,
        moved=DAY,
        which=THIRD,
        series=True,
    ),
    "waiting": Row(both_come, 0, TENTATIVE, after=only_seat_taken, seats=1),
    "promoted": Row(
        lambda it: it.change(seats=3),
        0,
        ACCEPTED,
        after=lambda it: both_wait(it, moves_up=True),
        seats=1,
    ),
    "offered a place": Row(
        lambda it: it.change(seats=3),
        0,
        NEEDS_ACTION,
        after=lambda it: both_wait(it, moves_up=False),
        seats=1,
    ),
}


def told() -> Iterator[tuple[str, str]]:
    """Each row with the nights on which it is told."""
    turn = cycle(NIGHTS)
    for name, row in TABLE.items():
        yield from ((name, night) for night in (NIGHTS if row.tells_hours else [next(turn)]))


@dataclass(frozen=True)
class Beginning:
    """The gathering, with Bo and Dan invited, and what came before: many rows begin alike."""

    before: Callable[[Stage], None]
    night: Night
    series: bool
    seats: int
    all_day: bool

    @classmethod
    def of(cls, row: Row, night: Night) -> Beginning:
        held = night.series if row.series else night.whole_day if row.all_day else night
        return cls(row.after, held, row.series, row.seats, row.all_day)

    def come_about(self, town: Town) -> None:
        repeats = Recurrence(Pattern.WEEKLY, count=4) if self.series else None
        planned(town, repeats=repeats, seats=self.seats, all_day=self.all_day, **self.night.plan)
        stage = Stage(town, self.night)
        stage.invite(*ASKED)
        self.before(stage)


class Rehearsal:
    """Lets a beginning come about once, and puts it back for every row that begins so."""

    def __init__(self, beginning: Beginning) -> None:
        self._beginning = beginning

    def __call__(self, stormy: StormyTown) -> None:
        self._beginning.come_about(stormy.town)
        self._left = stormy.town

    def put_back(self, weather: Storm) -> Stage:
        town = weather.founded(self).town
        town.clock.now = self._left.clock.now
        town.mailer.envelopes.extend(self._left.mailer.envelopes)
        return Stage(town, self._beginning.night)


StageFor = Callable[[Row, Night], Stage]


@pytest.fixture(scope="module")
def stage_for(weather: Storm) -> StageFor:
    """Where a row begins."""
    rehearsal = cache(Rehearsal)
    return lambda row, night: rehearsal(Beginning.of(row, night)).put_back(weather)


def expected(row: Row, night: Night) -> list[tuple[datetime, datetime]]:
    """The instants by the wall clock alone."""
    found = []
    for number in range(4 if row.series else 1):
        moved = row.moved if row.which in (None, number) else timedelta()
        if number != row.dropped:
            found.append(night.span(later=number * WEEK + moved))
    return found


def calendar_in(mail: EmailMessage) -> bytes:
    """The calendar part of a mail."""
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    content: Any = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


@pytest.mark.parametrize(("name", "night"), list(told()))
def test_every_happening_tells_each_calendar_what_its_row_says(
    stage_for: StageFor, name: str, night: str
) -> None:
    row = TABLE[name]
    stage = stage_for(row, NIGHTS[night])
    before = {guest.address: stage.calendar_of(guest) for guest in ASKED}

    row.happens(stage)

    for guest in ASKED:
        part = stage.calendar_of(guest)
        for read in READERS:
            assert read(part) == expected(row, stage.night), read.__name__
        check_lines(part, row, guest, stage)
        check_privacy(stage.town.newest(guest.address), guest, stage)
        if row.happens is not nothing:
            (was, *_), (now, *_) = events_of(before[guest.address]), events_of(part)
            assert now["DTSTAMP"].dt > was["DTSTAMP"].dt


def test_a_mail_that_is_tried_again_keeps_its_version(ons_dorp: Town) -> None:
    planned(ons_dorp)
    ons_dorp.mailer.answer(Again("TooManyRequestsException"))
    promised_at = ons_dorp.clock.now

    start_inviting(ons_dorp, [ASKED[0]])
    for _ in range(2):
        ons_dorp.look_after_mail()
        ons_dorp.clock.wait(minutes=10)

    (mail,) = ons_dorp.mails_to(BO)
    (event,) = events_of(calendar_in(mail))
    assert ons_dorp.mailer.tries == 2
    assert (event["SEQUENCE"], event["DTSTAMP"].dt) == (0, promised_at)


@pytest.mark.parametrize("name", ["removed, the last one too", "one date dropped for one"])
def test_what_concerns_one_guest_is_told_to_nobody_else(stage_for: StageFor, name: str) -> None:
    stage = stage_for(TABLE[name], NIGHTS["winter"])
    stage.invite(FIRST_TO_ANSWER)

    TABLE[name].happens(stage)

    assert len(stage.town.mails_to(FIRST_TO_ANSWER.address)) == 1


def test_when_it_is_over_no_calendar_is_told_anything(stage_for: StageFor) -> None:
    stage = stage_for(TABLE["invitation"], NIGHTS["winter"])
    stage.town.clock.now = stage.gathering.last_ends_at

    stage.says(PartStat.ACCEPTED)

    assert stage.place("bo").partstat is PartStat.ACCEPTED
    assert [len(stage.town.mails_to(guest.address)) for guest in ASKED] == [1, 1]


def events_of(part: bytes) -> list[Any]:
    """The gathering, and behind it each date that is not like the rest."""
    calendar: Any = icalendar.Calendar.from_ical(part)
    assert not calendar.errors
    return list(calendar.walk("VEVENT"))


def check_lines(part: bytes, row: Row, guest: Guest, stage: Stage) -> None:
    """Each line that the table names, in the guest's own language, for this guest alone."""
    (event, *_) = events_of(part)
    off = row.method is Method.CANCEL
    assert f"\r\nMETHOD:{row.method}\r\n".encode() in part
    assert str(event["UID"]) == "g1@rsvp.pluim.example.nl"
    assert {one["SEQUENCE"] for one in events_of(part)} == {row.sequence}
    assert str(event["ATTENDEE"]) == f"mailto:{guest.address}"
    assert event["ATTENDEE"].params["PARTSTAT"] == row.partstat
    assert event["STATUS"] == ("CANCELLED" if off else "CONFIRMED")
    assert bool(event.walk("VALARM")) == (not off and row.partstat is not PartStat.DECLINED)
    assert WORDS[guest.language] in event["DESCRIPTION"]
    token = stage.place(guest.id).reply_token
    assert str(event["ORGANIZER"]) == f"mailto:rsvp+{token}@rsvp.pluim.example.nl"


def check_privacy(mail: EmailMessage, guest: Guest, stage: Stage) -> None:
    """Nothing in any header or part leads to another guest."""
    parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    said = b"\n".join([str(mail.items()).encode(), *(part for part in parts if part)])  # type: ignore[list-item]
    for other in {*ASKED} - {guest}:
        assert other.address.encode() not in said
        assert stage.place(other.id).reply_token.encode() not in said
    assert guest.address.encode() in said
