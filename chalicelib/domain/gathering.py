"""A gathering: a celebration with honourees, guests, and hosts from both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.calendar_rules import check_local_time, instant
from chalicelib.domain.people import MAX_NAME_LENGTH, Language

MAX_TITLE_LENGTH = 120
MAX_PLACE_LENGTH = 200
MAX_TEXT_LENGTH = 2000
MAX_HOSTS = 10
MAX_CELEBRATED = 20
"""Whether each of them still agrees is looked up whenever the gathering is shown."""

MAX_REMINDER_DAYS = 60

FURTHEST_AHEAD = timedelta(days=3653)
"""Ten years: a date further ahead is a slip of the pen."""


class GatheringState(StrEnum):
    """Where a gathering stands. It is *held* once its end has passed: nobody has to say so."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"


class EndsBeforeStart(ValueError):
    """A gathering must end after it starts."""


class TooMuch(ValueError):
    """A plan says more, or names more people, than a mail and a page can hold; names the field."""


class NotANumberOfDays(ValueError):
    """A reminder goes from 1 to `MAX_REMINDER_DAYS` days before the start; 0 is never."""


class InThePast(ValueError):
    """A gathering must still have to start."""


class TooFarAhead(ValueError):
    """A gathering must start within `FURTHEST_AHEAD`."""


class IsCancelled(Exception):
    """A cancelled gathering cannot be changed, announced or answered."""


class IsOver(Exception):
    """A gathering that has ended cannot be changed or cancelled any more."""


@dataclass(frozen=True)
class Celebrated:
    """One honouree of the gathering, from the thanked nomination they were picked from."""

    nomination: str
    honouree: str
    name: str


@dataclass(frozen=True)
class Plan:
    """What a gathering is: all that guests are told.

    `starts` and `ends` are naive wall-clock times in `time_zone`. `text` is what the guests read,
    per language. Building one refuses times that the clock skips or repeats
    (`calendar_rules.NoSuchLocalTime`, `AmbiguousLocalTime`), an end before the start, and more than
    `MAX_…` allows (`TooMuch`).
    """

    title: str
    place: str
    starts: datetime
    ends: datetime
    time_zone: str
    text: Mapping[Language, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    honourees: tuple[Celebrated, ...] = ()
    remind_silent_days: int = 7
    remind_coming_days: int = 1

    def __post_init__(self) -> None:
        self._check_sizes()
        self._check_reminders()
        check_local_time(self.starts, time_zone=self.time_zone)
        check_local_time(self.ends, time_zone=self.time_zone)
        if self.ends_at <= self.starts_at:
            raise EndsBeforeStart

    @property
    def starts_at(self) -> datetime:
        """The instant it starts, in UTC."""
        return instant(self.starts, time_zone=self.time_zone)

    @property
    def ends_at(self) -> datetime:
        """The instant it ends, in UTC."""
        return instant(self.ends, time_zone=self.time_zone)

    def _check_sizes(self) -> None:
        too_much = {
            "title": len(self.title) > MAX_TITLE_LENGTH,
            "place": len(self.place) > MAX_PLACE_LENGTH,
            "text": any(len(text) > MAX_TEXT_LENGTH for text in self.text.values()),
            "hosts": len(self.hosts) > MAX_HOSTS
            or any(len(host) > MAX_NAME_LENGTH for host in self.hosts),
            "honourees": len(self.honourees) > MAX_CELEBRATED,
        }
        for name, is_too_much in too_much.items():
            if is_too_much:
                raise TooMuch(name)

    def _check_reminders(self) -> None:
        for days in (self.remind_silent_days, self.remind_coming_days):
            if not 0 <= days <= MAX_REMINDER_DAYS:
                raise NotANumberOfDays(days)

    def text_in(self, language: Language) -> str:
        """The text for readers of a language, or the other language's where that one is empty."""
        return self.text.get(language) or next(iter(filter(None, self.text.values())), "")


class Aspect(StrEnum):
    """What a change to a gathering is about, as its guests are told."""

    TIME = "time"
    PLACE = "place"
    TITLE = "title"
    TEXT = "text"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Change:
    """One change that guests are told of; `asks_again` when they must answer anew."""

    aspects: tuple[Aspect, ...]
    asks_again: bool = False


@dataclass(frozen=True)
class Gathering:
    """A planned celebration.

    `history` holds every change since it was planned, oldest first. Each invitation keeps how
    many of them its guest knows, so that whoever missed two is told of both at once. `changed_at`
    is when it became as it is now.
    """

    partnership: str
    id: str
    plan: Plan
    organiser: str = ""
    state: GatheringState = GatheringState.DRAFT
    history: tuple[Change, ...] = ()
    changed_at: datetime | None = None
    version: int = 0

    @property
    def revision(self) -> int:
        """How many changes there were."""
        return len(self.history)

    def changed_since(self, revision: int) -> tuple[Aspect, ...]:
        """What is different for somebody who knows the gathering as it was at that revision."""
        changed = {aspect for change in self.history[revision:] for aspect in change.aspects}
        return tuple(aspect for aspect in Aspect if aspect in changed)

    def asked_again_since(self, revision: int) -> bool:
        """Whether an answer given at that revision no longer counts."""
        return any(change.asks_again for change in self.history[revision:])

    def uid(self, *, domain: str) -> str:
        """The calendar UID: one for the gathering's life, never reused (RFC 7986 section 5.3)."""
        return f"{self.id}@{domain}"

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended."""
        return now >= self.plan.ends_at

    def announced(self, *, now: datetime) -> Gathering:
        """draft → announced: guests are invited. Announcing twice changes nothing."""
        self._check_alive(now)
        return replace(self, state=GatheringState.ANNOUNCED)

    def changed(self, plan: Plan, *, ask_again: bool, now: datetime) -> Gathering:
        """The same gathering under another plan.

        Guests are told of another time, place, title or text. `ask_again` voids their answers, and
        only another time can. Another time must still come; what keeps its time may change until
        it is over. Raises `InThePast`, `TooFarAhead`, `IsCancelled` or `IsOver`.
        """
        self._check_alive(now)
        aspects = _differences(self.plan, plan)
        if Aspect.TIME in aspects:
            check_in_future(plan, now=now)
        change = Change(aspects, asks_again=ask_again and Aspect.TIME in aspects)
        if not aspects:
            return replace(self, plan=plan)
        return replace(self, plan=plan, history=(*self.history, change), changed_at=now)

    def cancelled(self, *, now: datetime) -> Gathering:
        """draft or announced → cancelled: everybody invited is told."""
        self._check_alive(now)
        history = (*self.history, Change((Aspect.CANCELLED,)))
        return replace(self, state=GatheringState.CANCELLED, history=history, changed_at=now)

    def _check_alive(self, now: datetime) -> None:
        if self.state is GatheringState.CANCELLED:
            raise IsCancelled
        if self.is_over(now):
            raise IsOver


def plan_gathering(gathering: Gathering, *, now: datetime) -> Gathering:
    """A new gathering; raises `InThePast` or `TooFarAhead` for a time that cannot be meant."""
    check_in_future(gathering.plan, now=now)
    return replace(gathering, changed_at=now)


def check_in_future(plan: Plan, *, now: datetime) -> None:
    """Refuse a plan whose start has passed or is years away: `InThePast`, `TooFarAhead`."""
    if plan.starts_at <= now:
        raise InThePast
    if plan.starts_at > now + FURTHEST_AHEAD:
        raise TooFarAhead


def _differences(old: Plan, new: Plan) -> tuple[Aspect, ...]:
    differs = {
        Aspect.TIME: (old.starts_at, old.ends_at) != (new.starts_at, new.ends_at),
        Aspect.PLACE: old.place != new.place,
        Aspect.TITLE: old.title != new.title,
        Aspect.TEXT: (old.text, old.hosts, old.honourees) != (new.text, new.hosts, new.honourees),
    }
    return tuple(aspect for aspect, changed in differs.items() if changed)
