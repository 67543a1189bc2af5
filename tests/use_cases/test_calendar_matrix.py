"""What each happening tells a guest's calendar: every one, in both languages, on awkward nights.

Each mail goes the whole way, from the button to the bytes, and three readers look at it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from email.message import EmailMessage
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


def accepted_and(happens: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """Both come, and then this happens."""

    def both(stage: Stage) -> None:
        stage.says(PartStat.ACCEPTED)
        happens(stage)

    return both


def full(stage: Stage, *, moves_up: bool = False) -> None:
    """Cleo has the only seat, and then Bo and Dan say yes."""
    stage.invite(FIRST_TO_ANSWER)
    stage.says(PartStat.ACCEPTED, FIRST_TO_ANSWER.id)
    stage.says(PartStat.ACCEPTED, moves_up=moves_up)


def promoted(stage: Stage, *, moves_up: bool) -> None:
    """Two more seats are found for those who wait."""
    full(stage, moves_up=moves_up)
    stage.change(seats=3)


@dataclass(frozen=True)
class Row:
    """One row of the table: what happens, and what the calendar is told of it.

    `moved` by how much it moves, for all dates or for the one `which`; `dropped` is a date that is
    gone.
    """

    happens: Callable[[Stage], None]
    sequence: int
    partstat: PartStat
    method: Method = Method.REQUEST
    moved: timedelta = timedelta()
    which: int | None = None
    dropped: int | None = None
    series: bool = False
    seats: int = 0
    all_day: bool = False


NEEDS_ACTION, ACCEPTED, TENTATIVE = PartStat.NEEDS_ACTION, PartStat.ACCEPTED, PartStat.TENTATIVE

TABLE = {
    "invitation": Row(nothing, 0, NEEDS_ACTION),
    "invitation to a series": Row(nothing, 0, NEEDS_ACTION, series=True),
    "invitation for a whole day": Row(nothing, 0, NEEDS_ACTION, all_day=True),
    "whole day moved": Row(
        accepted_and(lambda it: it.move(ask_again=True)), 1, NEEDS_ACTION, moved=DAY, all_day=True
    ),
    "whole day cancelled": Row(
        accepted_and(Stage.cancel), 1, ACCEPTED, Method.CANCEL, all_day=True
    ),
    "text changed": Row(accepted_and(lambda it: it.change(title="Feest")), 0, ACCEPTED),
    "place changed": Row(accepted_and(lambda it: it.change(place="De kerk")), 0, ACCEPTED),
    "moved": Row(accepted_and(lambda it: it.move(ask_again=False)), 1, ACCEPTED, moved=DAY),
    "moved, asked again": Row(
        accepted_and(lambda it: it.move(ask_again=True)), 1, NEEDS_ACTION, moved=DAY
    ),
    "yes on the page": Row(lambda it: it.says(ACCEPTED, via=Via.PAGE), 0, ACCEPTED),
    "no on the page": Row(lambda it: it.says(PartStat.DECLINED), 0, PartStat.DECLINED),
    "maybe on the page": Row(lambda it: it.says(TENTATIVE), 0, TENTATIVE),
    "yes by mail": Row(lambda it: it.mails(ACCEPTED), 0, ACCEPTED),
    "cancelled": Row(accepted_and(Stage.cancel), 1, ACCEPTED, Method.CANCEL),
    "series cancelled": Row(accepted_and(Stage.cancel), 1, ACCEPTED, Method.CANCEL, series=True),
    "removed, the last one too": Row(
        accepted_and(lambda it: it.remove("bo", "dan")), 1, ACCEPTED, Method.CANCEL
    ),
    "one date dropped for all": Row(
        accepted_and(lambda it: it.drop(SECOND)), 1, ACCEPTED, dropped=SECOND, series=True
    ),
    "one date dropped for one": Row(
        accepted_and(lambda it: it.drop_for_each(SECOND)),
        1,
        ACCEPTED,
        dropped=SECOND,
        series=True,
    ),
    "one date moved": Row(
        accepted_and(lambda it: it.move_one(THIRD)),
        1,
        ACCEPTED,
        moved=DAY,
        which=THIRD,
        series=True,
    ),
    "waiting": Row(full, 0, TENTATIVE, seats=1),
    "promoted": Row(lambda it: promoted(it, moves_up=True), 0, ACCEPTED, seats=1),
    "offered a place": Row(lambda it: promoted(it, moves_up=False), 0, NEEDS_ACTION, seats=1),
}


def stage_for(town: Town, row: Row, night: Night) -> Stage:
    """The gathering, with Bo and Dan invited."""
    held = night.series if row.series else night.whole_day if row.all_day else night
    repeats = Recurrence(Pattern.WEEKLY, count=4) if row.series else None
    planned(town, repeats=repeats, seats=row.seats, all_day=row.all_day, **held.plan)
    stage = Stage(town, held)
    stage.invite(*ASKED)
    return stage


def expected(row: Row, night: Night) -> list[tuple[datetime, datetime]]:
    """The instants by the wall clock alone."""
    found = []
    for number in range(4 if row.series else 1):
        moved = row.moved if row.which in (None, number) else timedelta()
        if number != row.dropped:
            found.append(night.span(later=number * WEEK + moved))
    return found


def calendar_of(mail: EmailMessage) -> bytes:
    """The calendar part of a mail."""
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    content: Any = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("name", TABLE)
def test_every_happening_tells_each_calendar_what_its_row_says(
    ons_dorp: Town, name: str, night: str
) -> None:
    row = TABLE[name]
    stage = stage_for(ons_dorp, row, NIGHTS[night])
    before = {guest.address: calendar_of(ons_dorp.newest(guest.address)) for guest in ASKED}

    row.happens(stage)

    for guest in ASKED:
        part = calendar_of(ons_dorp.newest(guest.address))
        for read in READERS:
            assert read(part) == expected(row, stage.night), read.__name__
        check_lines(part, row, guest, stage)
        check_privacy(ons_dorp.newest(guest.address), guest, stage)
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
    (event,) = events_of(calendar_of(mail))
    assert ons_dorp.mailer.tries == 2
    assert (event["SEQUENCE"], event["DTSTAMP"].dt) == (0, promised_at)


@pytest.mark.parametrize("name", ["removed, the last one too", "one date dropped for one"])
def test_what_concerns_one_guest_is_told_to_nobody_else(ons_dorp: Town, name: str) -> None:
    stage = stage_for(ons_dorp, TABLE[name], NIGHTS["winter"])
    stage.invite(FIRST_TO_ANSWER)

    TABLE[name].happens(stage)

    assert len(ons_dorp.mails_to(FIRST_TO_ANSWER.address)) == 1


def test_when_it_is_over_no_calendar_is_told_anything(ons_dorp: Town) -> None:
    stage = stage_for(ons_dorp, TABLE["invitation"], NIGHTS["winter"])
    ons_dorp.clock.now = stage.gathering.last_ends_at

    stage.says(PartStat.ACCEPTED)

    assert stage.place("bo").partstat is PartStat.ACCEPTED
    assert [len(ons_dorp.mails_to(guest.address)) for guest in ASKED] == [1, 1]


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
