"""Work too large for one transaction, done in chunks that a second run can continue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.people import EmailAddress, Language

STALLED_AFTER = timedelta(minutes=6)
"""A job not continued for this long is started again: longer than its function can run."""

MAX_SUBJECT_LENGTH = 60
"""A mailbox on a telephone shows no more of it."""


class JobKind(StrEnum):
    """What a job does to a gathering's guests, on its day for the coordinators, or for one person
    who asked about their own data."""

    INVITE = "invite"
    TELL = "tell"
    REMIND = "remind"
    REMIND_COMING = "remind_coming"
    SEAT = "seat"
    DIGEST = "digest"
    DAILY = "daily"
    ERASE = "erase"
    COLLECT = "collect"

    @property
    def is_for_coordinators(self) -> bool:
        """Whether it walks past the coordinators, and has no gathering."""
        return self in {JobKind.DIGEST, JobKind.DAILY}


@dataclass(frozen=True)
class Guest:
    """Somebody to invite: from the people list, or by address alone."""

    id: str
    name: str
    address: EmailAddress
    language: Language


@dataclass(frozen=True)
class Job:
    """A walk past many people. `cursor` is where the next chunk starts; it moves with the chunk.

    INVITE walks `guests`, and then the whole people list when `everybody` is set; the others
    walk the gathering's invitations, but DIGEST and DAILY have none: they walk the
    coordinators, and `day` names their occasion. SEAT walks past who waits for a seat, and first
    passes on the offer to `guest`, if it names one. A reminder can have a `subject` of its own, of
    at most `MAX_SUBJECT_LENGTH` characters. ERASE and COLLECT walk past everything about whoever
    asked for it in `request`. `due_at` is when somebody must look whether it
    stalled; a finished job has none. What is `planned_for` an instant does not begin before it.
    """

    partnership: str
    id: str
    kind: JobKind
    gathering: str
    started_at: datetime
    due_at: datetime | None
    guests: tuple[Guest, ...] = ()
    everybody: bool = False
    guest: str = ""
    cursor: str = ""
    done: int = 0
    planned_for: datetime | None = None
    day: str = ""
    subject: str = ""
    request: str = ""
    version: int = 0

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.due_at is None

    def advanced(self, *, cursor: str, done: int, now: datetime) -> Job:
        """The same job after a chunk of `done` guests, to be continued at `cursor`."""
        return replace(self, cursor=cursor, done=self.done + done, due_at=now + STALLED_AFTER)

    def waits(self, now: datetime) -> bool:
        """Whether its time has not come yet."""
        return self.planned_for is not None and now < self.planned_for

    def again_at(self, at: datetime, *, done: int) -> Job:
        """The same job after its last chunk, to begin anew at a later instant."""
        return replace(self, cursor="", done=self.done + done, planned_for=at, due_at=at)

    def completed(self, *, done: int) -> Job:
        """The same job after its last chunk: it needs nobody's name or address any more."""
        nobody = EmailAddress("")
        guests = tuple(replace(guest, name="", address=nobody) for guest in self.guests)
        return replace(self, done=self.done + done, due_at=None, guests=guests)
