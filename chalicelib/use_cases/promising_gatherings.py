"""The mails that a gathering promises its guests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from chalicelib.domain.access import RSVP_OUTLIVES, Purpose
from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.gathering import Aspect, Gathering
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.invitation import Invitation, Line
from chalicelib.domain.message import Kind, LinkRequest, Message, Urgency, Version
from chalicelib.domain.plan import Plan
from chalicelib.domain.recurrence import Occurrence
from chalicelib.messages import emails
from chalicelib.messages.gathering_mails import GatheringFacts, RsvpReplyFacts
from chalicelib.use_cases.promising import promised


def invitation_mail(gathering: Gathering, invitation: Invitation, *, now: datetime) -> Message:
    """Invite one guest; fed to delivery by the sweep, behind everything that is not bulk."""
    return _to_guest(
        gathering,
        invitation,
        Kind.GATHERING_INVITE,
        id=invitation_id(invitation),
        now=now,
        urgency=Urgency.BULK,
    )


def invitation_id(invitation: Invitation) -> str:
    """The id of the mail that invited this guest."""
    return f"invite-{_whose(invitation)}"


def resent(gathering: Gathering, invitation: Invitation, *, now: datetime) -> Message:
    """The calendar entry as it stands, once more, because this guest's program asked for it."""
    answered = invitation.answer is not None
    return _to_guest(
        gathering,
        invitation,
        Kind.RSVP_CONFIRMED if answered else Kind.GATHERING_INVITE,
        id=f"resend-{_whose(invitation)}-{int(invitation.dtstamp.timestamp())}",
        now=now,
        urgency=Urgency.ORDINARY,
    )


def update_mail(
    gathering: Gathering, invitation: Invitation, *, before: Invitation, now: datetime
) -> Message:
    """Tell one guest what changed since the gathering they knew `before`."""
    return _to_guest(
        gathering,
        invitation,
        Kind.GATHERING_UPDATE,
        id=f"update-{_whose(invitation)}-{invitation.told}",
        now=now,
        urgency=Urgency.BULK,
        changed=gathering.changed_since(before.told),
        asks_again=gathering.asked_again_since(before.told),
        news=gathering.days_changed_since(before.told),
    )


def date_mail(
    gathering: Gathering, invitation: Invitation, *, before: Invitation, day: date, now: datetime
) -> Message:
    """Tell one guest of a series that they are not invited to one date, and what else is new."""
    return _to_guest(
        gathering,
        invitation,
        Kind.GATHERING_UPDATE,
        id=f"date-{_whose(invitation)}-{day.isoformat()}",
        now=now,
        urgency=Urgency.ORDINARY,
        changed=[
            one for one in Aspect if one in {*gathering.changed_since(before.told), Aspect.DATES}
        ],
        asks_again=gathering.asked_again_since(before.told),
        news=[*gathering.days_changed_since(before.told), day],
    )


def cancel_mail(gathering: Gathering, invitation: Invitation, *, now: datetime) -> Message:
    """Take the gathering out of one guest's calendar: it is off, or this guest was removed."""
    return _to_guest(
        gathering,
        invitation,
        Kind.GATHERING_CANCEL,
        id=f"cancel-{_whose(invitation)}-{invitation.sequence}",
        now=now,
        urgency=Urgency.ORDINARY if invitation.removed else Urgency.BULK,
        removed=invitation.removed,
    )


def reminder(
    gathering: Gathering,
    invitation: Invitation,
    *,
    about: Occurrence | None = None,
    now: datetime,
    subject: str = "",
) -> Message:
    """Remind one guest of a gathering, or of the date of a series that it is about.

    `subject` is the coordinator's own, if there is one.
    """
    plan = gathering.plan
    message = _to_guest(
        gathering,
        invitation,
        Kind.GATHERING_REMINDER,
        id=f"remind-{_whose(invitation)}-{invitation.reminded}",
        now=now,
        urgency=Urgency.BULK,
    )
    since = about.starts.isoformat() if about else _local(now, plan)
    if about is None:
        return replace(message, facts={**message.facts, "since": since, "own_subject": subject})
    facts = {
        "since": since,
        "own_subject": subject,
        "partstat": invitation.partstat_on(about.day).value,
        "heads": invitation.heads_on(about.day),
    }
    deadline = emails.deadline(message.kind, now=now, starts_at=plan.instant(about.starts))
    return replace(message, facts={**message.facts, **facts}, deadline=deadline)


def confirmation(
    gathering: Gathering, invitation: Invitation, *, now: datetime, days: Sequence[date] = ()
) -> Message:
    """Confirm one guest's answer, and let their calendar follow it; a yes may have to wait.

    `days` are the dates of a series that the answer was for, when it was not for all.
    """
    waits = invitation.line is Line.WAITING
    return _to_guest(
        gathering,
        invitation,
        Kind.WAITLIST if waits else Kind.RSVP_CONFIRMED,
        id=f"rsvp-{_version(invitation)}",
        now=now,
        news=days,
    )


def promotion(gathering: Gathering, invitation: Invitation, *, now: datetime) -> Message:
    """Tell one guest that a place came free: theirs, or offered to them until it lapses."""
    message = _to_guest(
        gathering, invitation, Kind.PROMOTED, id=f"promoted-{_version(invitation)}", now=now
    )
    return replace(message, deadline=invitation.offered_until or message.deadline)


def answer_to_reply(
    gathering: Gathering,
    invitation: Invitation,
    held: HeldReply,
    words: str,
    *,
    by: str,
    now: datetime,
) -> Message:
    """Bring a coordinator's words to a guest who wrote, at the address that we have of them."""
    plan = gathering.plan
    facts = RsvpReplyFacts(
        title=plan.title, starts=plan.starts.isoformat(), text=words, written_by=by
    )
    return promised(
        Kind.RSVP_REPLY,
        partnership=gathering.partnership,
        id=f"rsvp_reply-{held.id}",
        cause=f"{gathering.id}/{invitation.guest}",
        reader=invitation,
        facts=facts,
        now=now,
    )


def _to_guest(
    gathering: Gathering,
    invitation: Invitation,
    kind: Kind,
    *,
    id: str,
    now: datetime,
    urgency: Urgency | None = None,
    changed: Sequence[Aspect] = (),
    asks_again: bool = False,
    removed: bool = False,
    news: Sequence[date] = (),
) -> Message:
    subject = f"{gathering.id}/{invitation.guest}"
    link = LinkRequest(
        "rsvp_url", Purpose.RSVP, subject, "/uitnodiging", gathering.last_ends_at + RSVP_OUTLIVES
    )
    facts = replace(
        _as_it_stands(gathering, invitation),
        changed=[aspect.value for aspect in changed],
        asks_again=asks_again,
        removed=removed,
        news=[day.isoformat() for day in news],
    )
    message = promised(
        kind,
        partnership=gathering.partnership,
        id=id,
        cause=subject,
        reader=invitation,
        facts=facts,
        links=[link],
        now=now,
    )
    # Who does not hear of another time in time goes to the old one, which nothing keeps.
    moved = not {Aspect.TIME, Aspect.DATES}.isdisjoint(changed)
    return replace(
        message,
        deadline=emails.deadline(kind, now=now, starts_at=gathering.last_starts_at),
        needed_by=now if moved else gathering.next_starts_at(now),
        urgency=urgency or message.urgency,
        tells=Version(gathering.id, invitation.guest, invitation.dtstamp),
    )


def _as_it_stands(gathering: Gathering, invitation: Invitation) -> GatheringFacts:
    """The gathering and this guest's place at it, of which nothing is new."""
    plan = gathering.plan
    repeats = plan.repeats
    return GatheringFacts(
        uid=gathering.id,
        sequence=invitation.sequence,
        dtstamp=invitation.dtstamp.isoformat(),
        title=plan.title,
        place=plan.place,
        starts=plan.starts.isoformat(),
        ends=plan.ends.isoformat(),
        time_zone=plan.time_zone,
        text=plan.text_in(invitation.language),
        hosts=list(plan.hosts),
        honourees=[celebrated.name for celebrated in plan.honourees],
        partstat=invitation.partstat.value,
        heads=invitation.answer.heads if invitation.answer else 1,
        remark=invitation.answer.remark if invitation.answer else "",
        reply_token=invitation.reply_token,
        changed=[],
        asks_again=False,
        removed=False,
        all_day=plan.all_day,
        pattern=repeats.pattern.value if repeats else "",
        every=repeats.every if repeats else 1,
        until=repeats.until.isoformat() if repeats and repeats.until else "",
        count=repeats.count if repeats else 0,
        last=gathering.dates[-1].starts.isoformat() if repeats else "",
        dropped=[day.isoformat() for day in gathering.dropped],
        uninvited=[day.isoformat() for day in invitation.dropped],
        moved={one.day.isoformat(): _interval(one) for one in gathering.moved},
        answers={day.isoformat(): said.partstat.value for day, said in invitation.answers.items()},
        line=invitation.line.value if invitation.line else "",
        offered_until=_local(invitation.offered_until, plan),
        moves_up=invitation.answer.moves_up if invitation.answer else False,
    )


def _interval(one: Occurrence) -> str:
    return f"{one.starts.isoformat()}/{one.ends.isoformat()}"


def _local(at: datetime | None, plan: Plan) -> str:
    """A moment on the clock of the gathering, as its start is written."""
    if at is None:
        return ""
    local = local_time(at, time_zone=plan.time_zone)
    return local.replace(tzinfo=None).isoformat(timespec="minutes")


def _version(invitation: Invitation) -> str:
    return f"{_whose(invitation)}-{int(invitation.dtstamp.timestamp())}"


def _whose(invitation: Invitation) -> str:
    return f"{invitation.gathering}-{invitation.guest}"
