"""The words of mails to the guests of a gathering, with the calendar part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.invitation import PartStat
from chalicelib.domain.message import Kind, Message, Urgency
from chalicelib.domain.people import EmailAddress
from chalicelib.domain.recurrence import Occurrence, Pattern, Recurrence
from chalicelib.messages.catalogues import translate
from chalicelib.messages.drafts import Draft, Email, Facts, Frame
from chalicelib.messages.entries import Entry
from chalicelib.messages.invites import Invite, Method, calendar_part, other_dates
from chalicelib.messages.mime import CalendarPart
from chalicelib.messages.rendering import all_defanged, defanged
from chalicelib.messages.when import MAX_LISTED, Times


@dataclass(frozen=True)
class GatheringFacts(Facts):
    """A gathering as one guest is told of it, in one version of their invitation.

    `uid` is the gathering's id, `dtstamp` a UTC ISO moment; `starts` and `ends` are naive ISO
    times in `time_zone`. `changed` says what an update is about (`time`, `dates`, `place`, `title`,
    `text`), `removed` that a cancel is for this guest alone.

    Of a full gathering, `line` is `waiting` or `offered` for who has no seat yet, an offer is kept
    until `offered_until`, a time as `starts` is, and who `moves_up` comes without being asked.

    Other facts with a default are those of a series and of what lasts all day. `starts` and `ends`
    are its first date; `pattern`, `every`, `until` and `count` its rule; `last` the start of its
    last date. The next date is the first from `since` on, a local time; without it, from when the
    mail was queued. Dates are named by the ISO day that the rule gives them: `dropped` ones, those
    this guest is not invited to, `moved` ones with their ISO interval, this guest's own `answers`,
    and those that an update is about (`news`).

    A reminder may have its `own_subject`, as a coordinator typed it.
    """

    uid: str
    sequence: int
    dtstamp: str
    title: str
    place: str
    starts: str
    ends: str
    time_zone: str
    text: str
    hosts: list[str]
    honourees: list[str]
    partstat: str
    heads: int
    remark: str
    reply_token: str
    changed: list[str]
    asks_again: bool
    removed: bool
    line: str = ""
    offered_until: str = ""
    moves_up: bool = False
    all_day: bool = False
    pattern: str = ""
    every: int = 1
    until: str = ""
    count: int = 0
    last: str = ""
    dropped: list[str] = field(default_factory=list)
    uninvited: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    news: list[str] = field(default_factory=list)
    since: str = ""
    own_subject: str = ""

    @property
    def times(self) -> Times:
        """When it is, and what became of single dates; raises `ValueError` for what cannot be."""
        return Times(
            starts=datetime.fromisoformat(self.starts),
            ends=datetime.fromisoformat(self.ends),
            all_day=self.all_day,
            repeats=self._repeats,
            dropped=[date.fromisoformat(day) for day in self.dropped],
            moved=[_moved(day, interval) for day, interval in self.moved.items()],
            uninvited=[date.fromisoformat(day) for day in self.uninvited],
            answers={date.fromisoformat(day): PartStat(say) for day, say in self.answers.items()},
        )

    @property
    def _repeats(self) -> Recurrence | None:
        if not self.pattern:
            return None
        until = date.fromisoformat(self.until) if self.until else None
        return Recurrence(Pattern(self.pattern), every=self.every, until=until, count=self.count)


def _moved(day: str, interval: str) -> Occurrence:
    starts, _, ends = interval.partition("/")
    return Occurrence(
        date.fromisoformat(day), datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    )


@dataclass(frozen=True)
class RsvpReplyFacts(Facts):
    """What a coordinator writes to a guest who mailed about a gathering, and which one that is.

    `starts` is a naive ISO time, `written_by` the coordinator.
    """

    title: str
    starts: str
    text: str
    written_by: str


def _gathering_reminder(facts: GatheringFacts, draft: Draft) -> Email:
    return _about_gathering(facts, draft, calendar=None)


def _gathering_request(facts: GatheringFacts, draft: Draft) -> Email:
    """An invitation, a change, an answer or a place: the calendar entry as it is now."""
    return _about_gathering(facts, draft, calendar=_calendar(facts, draft, Method.REQUEST))


def _gathering_cancel(facts: GatheringFacts, draft: Draft) -> Email:
    return _about_gathering(facts, draft, calendar=_calendar(facts, draft, Method.CANCEL))


def _rsvp_reply(facts: RsvpReplyFacts, draft: Draft) -> Email:
    return draft.email(facts, starts=datetime.fromisoformat(facts.starts))


def _about_gathering(
    facts: GatheringFacts, draft: Draft, *, calendar: CalendarPart | None
) -> Email:
    harmless = replace(
        facts, honourees=all_defanged(facts.honourees), remark=defanged(facts.remark)
    )
    times = facts.times
    when = times.when(since=_read_at(facts, draft.message))
    return draft.email(
        harmless,
        calendar=calendar,
        organiser=_organiser(facts, draft.frame),
        when=when,
        starts=when.starts,
        news=times.news([date.fromisoformat(day) for day in facts.news]),
        listed=when.dates[:MAX_LISTED],
        partstat=PartStat(facts.partstat).value,
        until=datetime.fromisoformat(facts.offered_until) if facts.offered_until else None,
    )


def _read_at(facts: GatheringFacts, message: Message) -> datetime:
    """From which local time on dates are still to come for whoever reads the mail."""
    if facts.since:
        return datetime.fromisoformat(facts.since)
    return local_time(message.queued_at, time_zone=facts.time_zone).replace(tzinfo=None)


def _calendar(facts: GatheringFacts, draft: Draft, method: Method) -> CalendarPart:
    message, frame = draft.message, draft.frame
    times = facts.times
    partstat = PartStat(facts.partstat)
    invite = Invite(
        method=method,
        uid=f"{facts.uid}@{frame.rsvp_domain}",
        sequence=facts.sequence,
        dtstamp=datetime.fromisoformat(facts.dtstamp),
        starts=times.starts,
        ends=times.ends,
        time_zone=facts.time_zone,
        summary=facts.title,
        place=facts.place,
        description=_description(facts, draft, method),
        url=draft.links["rsvp_url"],
        organiser_name=frame.partnership,
        organiser_address=_organiser(facts, frame),
        guest_name=message.recipient_name,
        guest_address=message.recipient,
        partstat=partstat,
        language=message.language,
        all_day=times.all_day,
        repeats=times.repeats,
        dropped=times.excluded,
        others=other_dates(times, partstat=partstat),
    )
    filename = translate(message.language).gettext("invitation.ics")
    return CalendarPart(calendar_part(invite), method=method.value, filename=filename)


def _description(facts: GatheringFacts, draft: Draft, method: Method) -> str:
    """The gathering's text, and where to answer: most calendars do not show the URL property."""
    if method is Method.CANCEL:
        return facts.text
    _ = translate(draft.message.language).gettext
    answering = _("Say whether you are coming, or change your answer: %(url)s")
    return f"{facts.text}\n\n{answering % {'url': draft.links['rsvp_url']}}".strip()


def _organiser(facts: GatheringFacts, frame: Frame) -> EmailAddress:
    return EmailAddress(f"rsvp+{facts.reply_token}@{frame.rsvp_domain}")


_RSVP = ("rsvp_url",)

ENTRIES: Mapping[Kind, Entry[Any]] = {
    Kind.GATHERING_INVITE: Entry(
        GatheringFacts, _gathering_request, _RSVP, Kind.GATHERING_INVITE, Urgency.BULK
    ),
    Kind.GATHERING_UPDATE: Entry(
        GatheringFacts, _gathering_request, _RSVP, Kind.GATHERING_UPDATE, Urgency.BULK
    ),
    Kind.GATHERING_CANCEL: Entry(
        GatheringFacts, _gathering_cancel, _RSVP, Kind.GATHERING_INVITE, Urgency.BULK
    ),
    Kind.GATHERING_REMINDER: Entry(
        GatheringFacts, _gathering_reminder, _RSVP, Kind.GATHERING_REMINDER, Urgency.BULK
    ),
    Kind.RSVP_CONFIRMED: Entry(GatheringFacts, _gathering_request, _RSVP, None, Urgency.URGENT),
    Kind.RSVP_REPLY: Entry(RsvpReplyFacts, _rsvp_reply, (), None),
    Kind.WAITLIST: Entry(GatheringFacts, _gathering_request, _RSVP, None, Urgency.URGENT),
    Kind.PROMOTED: Entry(GatheringFacts, _gathering_request, _RSVP, None),
}
