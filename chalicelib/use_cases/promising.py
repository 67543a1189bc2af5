"""The mails that each fact promises: who gets which message, with which facts and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta

from chalicelib.domain.access import (
    LINK_LIVES,
    QUESTION_LIVES,
    RSVP_OUTLIVES,
    VERIFY_LIVES,
    Purpose,
    SignIn,
)
from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.gathering import Aspect, Gathering
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.invitation import Invitation, Line
from chalicelib.domain.message import Kind, LinkRequest, Message, Urgency, Version
from chalicelib.domain.nomination import Honouree, Nomination
from chalicelib.domain.partnership import Settings
from chalicelib.domain.people import EmailAddress, Language, Person
from chalicelib.domain.plan import Plan
from chalicelib.domain.recurrence import Occurrence
from chalicelib.messages import emails

CODE = "code"
"""The purpose of a link request that asks for a sign-in code instead of a private link."""
PAGE = "page"
"""The purpose of a link request for a page that asks who comes in: it needs no token."""


def verification(nomination: Nomination, *, now: datetime) -> Message:
    """Ask the nominator to prove their address; holds nothing that they typed."""
    link = LinkRequest("verify_url", Purpose.VERIFY, nomination.id, "/bevestig", now + VERIFY_LIVES)
    return _to_nominator(
        nomination,
        Kind.NOMINATION_VERIFY,
        facts=emails.NominationVerifyFacts(),
        link=link,
        id=f"verify-{nomination.id}",
        now=now,
        name="",
    )


def receipt(nomination: Nomination, *, settings: Settings, now: datetime) -> Message:
    """Tell the nominator that their words are in, and until when reading takes."""
    read_by = nomination.read_by(response_days=settings.response_days, time_zone=settings.time_zone)
    facts = emails.NominationReceiptFacts(
        reference=nomination.reference,
        honourees=_names(nomination),
        what=nomination.words.what,
        why=nomination.words.why,
        read_by=read_by.isoformat(),
    )
    return _to_nominator(
        nomination,
        Kind.NOMINATION_RECEIPT,
        facts=facts,
        link=_status_link(nomination, "status_url", now=now),
        id=f"receipt-{nomination.id}",
        now=now,
    )


def question(nomination: Nomination, *, now: datetime, undo: timedelta) -> Message:
    """Put the reviewer's question to the nominator."""
    link = LinkRequest("page_url", Purpose.QUESTION, nomination.id, "/vraag", now + QUESTION_LIVES)
    return _answer(nomination, "question", nomination.question, link=link, now=now, undo=undo)


def not_this_time(nomination: Nomination, *, now: datetime, undo: timedelta) -> Message:
    """Tell the nominator, kindly and with the reason, that it does not go on."""
    link = _status_link(nomination, "page_url", now=now)
    return _answer(nomination, "not_this_time", nomination.reason, link=link, now=now, undo=undo)


def thanks(
    nomination: Nomination, *, time_zone: str, now: datetime, undo: timedelta
) -> tuple[Message, ...]:
    """Thank every honouree who has an address; the others get a letter."""
    return tuple(
        _thanks_to(nomination, honouree, time_zone=time_zone, now=now, undo=undo)
        for honouree in nomination.honourees
        if honouree.address is not None and honouree.removed_at is None
    )


def thanks_id(nomination: Nomination, honouree: Honouree) -> str:
    """The id of the mail that thanks this honouree, after the reviewer's newest decision."""
    return f"thanks-{nomination.id}-{honouree.id}-{nomination.round}"


def thanks_back_id(nomination: Nomination, honouree: Honouree) -> str:
    """The id of the mail that brings this honouree's line to the nominator."""
    return f"thanks_back-{nomination.id}-{honouree.id}"


def ids_about(nomination: Nomination, honouree: Honouree) -> tuple[str, ...]:
    """The ids of the mails that carry words to and from this honouree, promised or not.

    Those of decisions that were taken back are among them.
    """
    decisions = (replace(nomination, round=number + 1) for number in range(nomination.round))
    return (
        *(thanks_id(decision, honouree) for decision in decisions),
        thanks_back_id(nomination, honouree),
        consent_reminder_id(nomination, honouree),
        follow_up_id(nomination, honouree),
        follow_up_id(nomination),
    )


def consent_reminder_id(nomination: Nomination, honouree: Honouree) -> str:
    """The id of the one mail that reminds this honouree that they may decide."""
    return f"consent_reminder-{nomination.id}-{honouree.id}"


def follow_up_id(nomination: Nomination, honouree: Honouree | None = None) -> str:
    """The id of the mail that asks this honouree, or else the nominator, what it led to."""
    return f"follow_up-{nomination.id}" + (f"-{honouree.id}" if honouree else "")


def answer_id(nomination: Nomination) -> str:
    """The id of the mail that carries the reviewer's newest question or refusal."""
    return f"answer-{nomination.id}-{nomination.round}"


def thanks_back(nomination: Nomination, honouree: Honouree, *, now: datetime) -> Message:
    """Bring the honouree's one line to the nominator."""
    facts = emails.ThanksBackFacts(
        honouree=honouree.name, line=honouree.thanks_back, reference=nomination.reference
    )
    return _to_nominator(
        nomination,
        Kind.THANKS_BACK,
        facts=facts,
        link=_status_link(nomination, "status_url", now=now),
        id=thanks_back_id(nomination, honouree),
        now=now,
    )


def consent_reminder(
    nomination: Nomination, honouree: Honouree, *, due_at: datetime, now: datetime
) -> Message:
    """Remind an honouree, once, that they may decide; delivery drops it when they did."""
    facts = emails.ConsentReminderFacts(nomination.nominator.name, nomination.words.what)
    subject = f"{nomination.id}/{honouree.id}"
    return _much_later(
        nomination,
        Kind.CONSENT_REMINDER,
        honouree=honouree,
        facts=facts,
        link=LinkRequest(
            "honouree_url", Purpose.HONOUREE, subject, "/voor-jou", due_at + LINK_LIVES
        ),
        id=consent_reminder_id(nomination, honouree),
        due_at=due_at,
        now=now,
    )


def follow_up(
    nomination: Nomination, honouree: Honouree | None = None, *, due_at: datetime, now: datetime
) -> Message:
    """Ask one honouree, or the nominator when none is given, what the thank-you led to."""
    nominator = nomination.nominator.name if honouree else ""
    subject = f"{nomination.id}/{honouree.id}" if honouree else nomination.id
    return _much_later(
        nomination,
        Kind.FOLLOW_UP,
        honouree=honouree,
        facts=emails.FollowUpFacts(nominator, nomination.words.what),
        link=LinkRequest(
            "follow_up_url", Purpose.FOLLOW_UP, subject, "/vervolg", due_at + LINK_LIVES
        ),
        id=follow_up_id(nomination, honouree),
        due_at=due_at,
        now=now,
    )


def _much_later(
    nomination: Nomination,
    kind: Kind,
    *,
    honouree: Honouree | None,
    facts: emails.Facts,
    link: LinkRequest,
    id: str,
    due_at: datetime,
    now: datetime,
) -> Message:
    """A mail that waits for its day."""
    reader = honouree or nomination.nominator
    return Message(
        partnership=nomination.partnership,
        id=id,
        kind=kind,
        cause=link.subject,
        recipient=reader.address or EmailAddress(""),
        recipient_name=reader.name,
        language=reader.language,
        facts=asdict(facts),
        queued_at=now,
        due_at=due_at,
        deadline=emails.deadline(kind, now=due_at),
        urgency=emails.urgency(kind),
        links=(link,),
    )


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
        changed=tuple({*gathering.changed_since(before.told), Aspect.DATES}),
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
) -> Message:
    """Remind one guest of a gathering, or of the date of a series that it is about."""
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
        return replace(message, facts={**message.facts, "since": since})
    facts = {
        "since": since,
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
    facts = emails.RsvpReplyFacts(
        title=plan.title, starts=plan.starts.isoformat(), text=words, written_by=by
    )
    return Message(
        partnership=gathering.partnership,
        id=f"rsvp_reply-{held.id}",
        kind=Kind.RSVP_REPLY,
        cause=f"{gathering.id}/{invitation.guest}",
        recipient=invitation.address,
        recipient_name=invitation.name,
        language=invitation.language,
        facts=asdict(facts),
        queued_at=now,
        due_at=now,
        deadline=emails.deadline(Kind.RSVP_REPLY, now=now),
        urgency=emails.urgency(Kind.RSVP_REPLY),
    )


def signin_code(
    sign_in: SignIn, person: Person | None, *, language: Language, now: datetime
) -> Message:
    """Mail a sign-in code to a coordinator; for anybody else the same row, which is never sent."""
    link = LinkRequest("code", CODE, sign_in.id, "/beheer/code", sign_in.expires_at)
    message = Message(
        partnership=sign_in.partnership,
        id=f"code-{sign_in.id}",
        kind=Kind.SIGNIN_CODE,
        cause=sign_in.id,
        recipient=(person.address if person else None) or EmailAddress(""),
        recipient_name=person.name if person else "",
        language=person.language if person else language,
        facts=asdict(emails.SigninCodeFacts()),
        queued_at=now,
        due_at=now,
        deadline=emails.deadline(Kind.SIGNIN_CODE, now=now),
        urgency=emails.urgency(Kind.SIGNIN_CODE),
        links=(link,),
    )
    return message if person else message.suppressed(reason="nobody", now=now)


def digest(
    person: Person, facts: emails.CoordinatorDigestFacts, *, gathering: str, day: str, now: datetime
) -> Message:
    """Tell one coordinator what waits at the desk, each line with a link to where it waits.

    `gathering` is the id of the one that guests have not answered for, or empty.
    """
    return _to_coordinator(
        person,
        Kind.COORDINATOR_DIGEST,
        facts=facts,
        pages={
            "review_url": "/beheer/lezen",
            "letters_url": "/beheer/brieven",
            "undelivered_url": "/beheer/mails/mislukt",
            "suspicious_url": "/beheer/lezen/verdacht",
            "gathering_url": f"/beheer/bijeenkomsten/{gathering}".rstrip("/"),
        },
        id=f"digest-{day}-{person.id}",
        now=now,
    )


def new_device(
    sign_in: SignIn, person: Person, *, time_zone: str, now: datetime
) -> tuple[Message, ...]:
    """Tell a coordinator that a browser we did not know signed in as them.

    Says when, and nothing about the browser: what we do not keep cannot leak.
    """
    if person.address is None:
        return ()
    signed_in = local_time(now, time_zone=time_zone).replace(tzinfo=None, microsecond=0)
    notice = _to_coordinator(
        person,
        Kind.SIGNIN_NEW_DEVICE,
        facts=emails.SigninNewDeviceFacts(signed_in.isoformat()),
        pages={},
        id=f"device-{sign_in.id}",
        now=now,
    )
    return (notice,)


def review_pending(
    person: Person, facts: emails.ReviewPendingFacts, *, day: str, now: datetime
) -> Message:
    """Tell one coordinator that thank-yous wait for longer than was promised."""
    return _to_coordinator(
        person,
        Kind.REVIEW_PENDING,
        facts=facts,
        pages={"review_url": "/beheer/lezen"},
        id=f"review_pending-{day}-{person.id}",
        now=now,
    )


def failed_mail(
    person: Person, facts: emails.FailedMailFacts, *, day: str, now: datetime
) -> Message:
    """Tell one coordinator which mails did not arrive since this was told last."""
    return _to_coordinator(
        person,
        Kind.FAILED_MAIL,
        facts=facts,
        pages={"undelivered_url": "/beheer/mails/mislukt"},
        id=f"failed_mail-{day}-{person.id}",
        now=now,
    )


def deed_prompt(
    person: Person, facts: emails.DeedPromptFacts, *, day: str, now: datetime
) -> Message:
    """Hint to one coordinator that there is something to celebrate."""
    return _to_coordinator(
        person,
        Kind.DEED_PROMPT,
        facts=facts,
        pages={"plan_url": "/beheer/bijeenkomsten/nieuw"},
        id=f"deed_prompt-{day}-{person.id}",
        now=now,
    )


def _to_coordinator(
    person: Person,
    kind: Kind,
    *,
    facts: emails.Facts,
    pages: Mapping[str, str],
    id: str,
    now: datetime,
) -> Message:
    """A mail to somebody who signs in to act on it: its links hold no secret."""
    return Message(
        partnership=person.partnership,
        id=id,
        kind=kind,
        cause=person.id,
        recipient=person.address or EmailAddress(""),
        recipient_name=person.name,
        language=person.language,
        facts=asdict(facts),
        queued_at=now,
        due_at=now,
        deadline=emails.deadline(kind, now=now),
        urgency=emails.urgency(kind),
        links=tuple(LinkRequest(name, PAGE, "", path, now) for name, path in pages.items()),
    )


def _thanks_to(
    nomination: Nomination, honouree: Honouree, *, time_zone: str, now: datetime, undo: timedelta
) -> Message:
    words = nomination.words
    facts = emails.ThanksFacts(
        nominator=nomination.nominator.name,
        what=words.what,
        why=words.why,
        citation=nomination.citation,
        organisation=words.organisation,
        appreciation=nomination.appreciation.value,
        submitted_on=nomination.submitted_on(time_zone=time_zone).isoformat(),
        other_honourees=[other.name for other in nomination.honourees if other.id != honouree.id],
    )
    subject = f"{nomination.id}/{honouree.id}"
    link = LinkRequest("honouree_url", Purpose.HONOUREE, subject, "/voor-jou", now + LINK_LIVES)
    return Message(
        partnership=nomination.partnership,
        id=thanks_id(nomination, honouree),
        kind=Kind.THANKS,
        cause=subject,
        recipient=honouree.address or EmailAddress(""),
        recipient_name=honouree.name,
        language=honouree.language,
        facts=asdict(facts),
        queued_at=now,
        due_at=now + undo,
        deadline=emails.deadline(Kind.THANKS, now=now + undo),
        urgency=emails.urgency(Kind.THANKS),
        links=(link,),
    )


def _answer(
    nomination: Nomination,
    answer: str,
    text: str,
    *,
    link: LinkRequest,
    now: datetime,
    undo: timedelta,
) -> Message:
    facts = emails.NominationAnswerFacts(
        answer=answer, reference=nomination.reference, honourees=_names(nomination), text=text
    )
    return _to_nominator(
        nomination,
        Kind.NOMINATION_ANSWER,
        facts=facts,
        link=link,
        id=answer_id(nomination),
        now=now,
        undo=undo,
    )


def _to_nominator(
    nomination: Nomination,
    kind: Kind,
    *,
    facts: emails.Facts,
    link: LinkRequest,
    id: str,
    now: datetime,
    undo: timedelta = timedelta(),
    name: str | None = None,
) -> Message:
    nominator = nomination.nominator
    return Message(
        partnership=nomination.partnership,
        id=id,
        kind=kind,
        cause=nomination.id,
        recipient=nominator.address,
        recipient_name=nominator.name if name is None else name,
        language=nominator.language,
        facts=asdict(facts),
        queued_at=now,
        due_at=now + undo,
        deadline=emails.deadline(kind, now=now + undo),
        urgency=emails.urgency(kind),
        links=(link,),
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
    plan = gathering.plan
    repeats = plan.repeats
    subject = f"{gathering.id}/{invitation.guest}"
    link = LinkRequest(
        "rsvp_url", Purpose.RSVP, subject, "/uitnodiging", gathering.last_ends_at + RSVP_OUTLIVES
    )
    facts = emails.GatheringFacts(
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
        changed=[aspect.value for aspect in changed],
        asks_again=asks_again,
        removed=removed,
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
        news=[day.isoformat() for day in news],
        line=invitation.line.value if invitation.line else "",
        offered_until=_local(invitation.offered_until, plan),
        moves_up=invitation.answer.moves_up if invitation.answer else False,
    )
    return Message(
        partnership=gathering.partnership,
        id=id,
        kind=kind,
        cause=subject,
        recipient=invitation.address,
        recipient_name=invitation.name,
        language=invitation.language,
        facts=asdict(facts),
        queued_at=now,
        due_at=now,
        deadline=emails.deadline(kind, now=now, starts_at=gathering.last_starts_at),
        urgency=urgency or emails.urgency(kind),
        links=(link,),
        tells=Version(gathering.id, invitation.guest, invitation.dtstamp),
    )


def _interval(one: Occurrence) -> str:
    return f"{one.starts.isoformat()}/{one.ends.isoformat()}"


def _status_link(nomination: Nomination, name: str, *, now: datetime) -> LinkRequest:
    return LinkRequest(name, Purpose.STATUS, nomination.id, "/status", now + LINK_LIVES)


def _names(nomination: Nomination) -> list[str]:
    return [honouree.name for honouree in nomination.honourees]


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
