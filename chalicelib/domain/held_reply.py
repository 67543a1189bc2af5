"""A mail about a gathering that a coordinator has to look at, because nobody may guess."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.inbound import Says, Why
from chalicelib.domain.invitation import PartStat


class HeldState(StrEnum):
    """Where a held reply stands."""

    WAITING = "waiting"
    APPLIED = "applied"
    IGNORED = "ignored"
    ANSWERED = "answered"


class AlreadySettled(Exception):
    """A coordinator settled it before; `held` is how it stands."""

    def __init__(self, held: HeldReply) -> None:
        super().__init__(held.id)
        self.held = held


@dataclass(frozen=True)
class HeldReply:
    """One mail that was held, what it seems to be about, and what a coordinator did with it.

    `id` is SES's id of the mail, `raw` where the mail itself is kept for a while. `guest` is empty
    when nobody knows who it is about; `title` and `guest_name` are what both were called when it
    came. `attendee` is whom the answer in it is for, when that is somebody else. `problem` says
    more about an unreadable mail. `about_at` or `about_day` is the one date of a series that it
    names. `outcome` is the answer that was recorded, `sent` what was mailed back.
    """

    partnership: str
    id: str
    received_at: datetime
    gathering: str
    guest: str
    says: Says
    why: Why
    title: str = ""
    guest_name: str = ""
    writer: str = ""
    writer_name: str = ""
    subject: str = ""
    text: str = ""
    partstat: PartStat | None = None
    attendee: str = ""
    comment: str = ""
    about_at: datetime | None = None
    about_day: str = ""
    proposes_start: datetime | None = None
    proposes_end: datetime | None = None
    problem: str = ""
    raw: str = ""
    state: HeldState = HeldState.WAITING
    settled_by: str = ""
    settled_at: datetime | None = None
    outcome: PartStat | None = None
    sent: str = ""
    version: int = 0

    @property
    def is_for_guest(self) -> bool:
        """Whether the answer in it may be taken for that of the guest that it seems to be about."""
        return not self.attendee and self.why is not Why.ABOUT_SOMEBODY_ELSE

    def applied(self, outcome: PartStat, *, by: str, now: datetime) -> HeldReply:
        """waiting → applied: this answer was recorded. Raises `AlreadySettled`."""
        return replace(self._settled(HeldState.APPLIED, by=by, now=now), outcome=outcome)

    def ignored(self, *, by: str, now: datetime) -> HeldReply:
        """waiting → ignored: nothing changes. Raises `AlreadySettled`."""
        return self._settled(HeldState.IGNORED, by=by, now=now)

    def answered(self, text: str, *, by: str, now: datetime) -> HeldReply:
        """waiting → answered: the coordinator wrote to the guest. Raises `AlreadySettled`."""
        return replace(self._settled(HeldState.ANSWERED, by=by, now=now), sent=text)

    def _settled(self, state: HeldState, *, by: str, now: datetime) -> HeldReply:
        if self.state is not HeldState.WAITING:
            raise AlreadySettled(self)
        return replace(self, state=state, settled_by=by, settled_at=now)
