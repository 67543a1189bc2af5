"""Receiving: what becomes of a mail that came in about a gathering."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.allowance import Allowance
from chalicelib.domain.gathering import Gathering, IsCancelled, NoSuchDate
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.inbound import (
    Decision,
    Effect,
    InboundMail,
    MailedAnswer,
    Unreadable,
    Verdict,
    Why,
    decide,
    same_mailbox,
)
from chalicelib.domain.invitation import Answer, Invitation, NotInvited, PartStat, Via
from chalicelib.domain.message import Outcome
from chalicelib.domain.people import EmailAddress
from chalicelib.messages import replies
from chalicelib.messages.hostile_mail import MAX_BYTES
from chalicelib.ports import (
    AllowanceSpent,
    Conflict,
    Inbox,
    MailGone,
    MailTooLarge,
    Move,
    NotFound,
    Notice,
    Received,
    World,
)
from chalicelib.use_cases import naming, promising_gatherings, responding
from chalicelib.use_cases.retrying import until_saved

RESENDS_A_DAY = 3
"""How often a day a calendar program may ask for one invitation again."""

_TOKEN = re.compile(r"rsvp\+([a-z2-7]{1,64})", re.IGNORECASE)


class Receipt(StrEnum):
    """What became of a mail."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    HELD = "held"
    RESENT = "resent"
    CAME_BACK = "came_back"
    NOTHING = "nothing"
    REPEATED = "repeated"
    VIRUS = "virus"
    NOBODYS = "nobodys"


@dataclass(frozen=True)
class _Place:
    """What a mail is about, as far as its address and its UID tell.

    `knows_token` is None for a mail to an address without a token.
    """

    gathering: Gathering
    invitation: Invitation | None
    knows_token: bool | None


@dataclass(frozen=True)
class _Case:
    """One mail, all that is known about it, and what it may do."""

    notice: Notice
    mail: InboundMail
    place: _Place
    decision: Decision

    @property
    def partnership(self) -> str:
        return self.place.gathering.partnership

    @property
    def mark(self) -> Received:
        """What recognises this mail when its notice comes again."""
        guest = self.place.invitation.guest if self.place.invitation else ""
        return Received(
            self.partnership,
            f"ses-{self.notice.ses_id}",
            self.notice.received_at,
            guest=guest,
            raw=self.notice.raw,
        )


def receive(
    world: World, *, inbox: Inbox, notice: Notice, rsvp_domain: str, now: datetime
) -> Receipt:
    """Let one mail have its effect, once, however often its notice comes.

    An answer that surely is the guest's own is recorded; what nobody may guess waits for a
    coordinator. A mail that names no gathering of ours belongs to nobody's desk.
    """
    if notice.verdicts.virus is Verdict.FAIL:
        return Receipt.VIRUS
    mail = _open(inbox, notice)
    place = _place_of(world, notice, mail, rsvp_domain=rsvp_domain)
    if place is None:
        return Receipt.NOBODYS
    decision = decide(
        mail,
        notice.verdicts,
        knows_token=place.knows_token,
        invitation=place.invitation,
        gathering=place.gathering,
        uid_domain=rsvp_domain,
        now=now,
    )
    return _carry_out(world, _Case(notice, mail, place, decision), now=now)


def set_aside(world: World, *, notice: Notice, rsvp_domain: str, now: datetime) -> Receipt:
    """Hold a mail, unopened, that could not be dealt with time after time.

    One that had its effect in a run that was cut short after it is not held.
    """
    mail = replies.unread(Unreadable.TRIED_TOO_OFTEN, writer=notice.writer, subject=notice.subject)
    place = _place_of(world, notice, mail, rsvp_domain=rsvp_domain)
    if place is None:
        return Receipt.NOBODYS
    return _carry_out(
        world, _Case(notice, mail, place, Decision(Effect.HOLD, Why.UNREADABLE)), now=now
    )


def _open(inbox: Inbox, notice: Notice) -> InboundMail:
    try:
        content = inbox.read(notice.raw, at_most=MAX_BYTES)
    except MailTooLarge:
        problem = Unreadable.TOO_LARGE
    except MailGone:
        problem = Unreadable.GONE
    else:
        return replies.read_mail(content, empty_sender=notice.empty_sender)
    return replies.unread(problem, writer=notice.writer, subject=notice.subject)


def _place_of(
    world: World, notice: Notice, mail: InboundMail, *, rsvp_domain: str
) -> _Place | None:
    """The gathering and guest that the address means, or else those that UID and From mean."""
    tokens = _tokens(notice, rsvp_domain)
    for token in tokens:
        try:
            known = world.store.reply_address(token)
            gathering = world.store.gathering(known.partnership, known.gathering)
            invitation = world.store.invitation(known.partnership, known.gathering, known.guest)
        except NotFound:
            continue
        return _Place(gathering, invitation, knows_token=len(tokens) == 1)
    return _place_by_uid(world, mail, rsvp_domain, knows_token=False if tokens else None)


def _place_by_uid(
    world: World, mail: InboundMail, rsvp_domain: str, *, knows_token: bool | None
) -> _Place | None:
    gathering_id, _, domain = mail.uid.rpartition("@")
    if domain.lower() != rsvp_domain.lower():
        return None
    try:
        known = world.store.gathering_place(gathering_id)
        gathering = world.store.gathering(known.partnership, gathering_id)
    except NotFound:
        return None
    return _Place(gathering, _invited_at(world, gathering, mail.writer), knows_token)


def _invited_at(world: World, gathering: Gathering, writer: str) -> Invitation | None:
    """Whoever was invited at this address: somebody on the people list, or a guest by address."""
    if not writer:
        return None
    address = EmailAddress(writer)
    person = world.store.person_by_address(gathering.partnership, address)
    for guest in (person.id if person else "", world.secrets.address_key(address)):
        try:
            found = world.store.invitation(gathering.partnership, gathering.id, guest)
        except NotFound:
            continue
        if same_mailbox(found.address, writer):
            return found
    return None


def _tokens(notice: Notice, rsvp_domain: str) -> tuple[str, ...]:
    """The tokens in the addresses of ours that a mail came to; most have one."""
    found: dict[str, None] = {}
    for recipient in notice.recipients[:200]:
        local, _, domain = recipient.strip().rpartition("@")
        token = _TOKEN.fullmatch(local)
        if token and domain.lower() == rsvp_domain.lower():
            found[token[1].lower()] = None
    return tuple(found)


def _carry_out(world: World, case: _Case, *, now: datetime) -> Receipt:
    if world.store.was_received(case.partnership, case.mark.id):
        return Receipt.REPEATED
    match case.decision:
        case Decision(Effect.APPLY, answer=MailedAnswer() as answer):
            return _apply(world, case, answer, now=now)
        case Decision(Effect.RESEND):
            return _resend(world, case, now=now)
        case Decision(Effect.CAME_BACK):
            return _note_return(world, case, now=now)
        case Decision(Effect.HOLD):
            return _hold(world, case)
    return Receipt.NOTHING


def _apply(world: World, case: _Case, answer: MailedAnswer, *, now: datetime) -> Receipt:
    """Record the guest's own answer; the marks that it was received go with it."""
    guest = _guest(case)
    again = _mail_mark(case, guest)
    if again and world.store.was_received(case.partnership, again.id):
        return Receipt.REPEATED
    marks = (case.mark, again) if again else (case.mark,)
    try:
        after = responding.record_rsvp(
            world,
            partnership=world.store.partnership(case.partnership),
            gathering_id=guest.gathering,
            guest=guest.guest,
            answer=_answer(case.notice, answer),
            now=now,
            date=case.decision.date,
            beside=marks,
            quietly=case.mail.automatic,
        )
    except Conflict:
        if world.store.was_received(case.partnership, case.mark.id):
            return Receipt.REPEATED
        raise
    except IsCancelled:
        return _hold_instead(world, case, Why.OFF)
    except NotInvited:
        return _hold_instead(world, case, Why.NOT_INVITED)
    except NoSuchDate:
        return _hold_instead(world, case, Why.ONE_DATE)
    return Receipt.UNCHANGED if after.says_the_same_as(guest) else Receipt.APPLIED


def _answer(notice: Notice, said: MailedAnswer) -> Answer:
    """The answer as every way brings it; one stamped in the future counts from its arrival."""
    stamped = said.stamped_at or notice.received_at
    return Answer(
        said.partstat or PartStat.NEEDS_ACTION,
        at=min(stamped, notice.received_at),
        via=Via.MAIL,
        remark=said.comment,
    )


def _guest(case: _Case) -> Invitation:
    if case.place.invitation is None:
        raise NotFound(case.notice.ses_id)
    return case.place.invitation


def _mail_mark(case: _Case, guest: Invitation) -> Received | None:
    """What recognises the same mail when it was sent twice, once we know whose it is."""
    if not case.mail.message_id:
        return None
    whole = "\n".join((case.mail.message_id, guest.gathering, guest.guest))
    digest = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()
    return Received(case.partnership, f"mail-{digest}", case.notice.received_at)


def _resend(world: World, case: _Case, *, now: datetime) -> Receipt:
    """Send the invitation as it stands once more, to the address that we know, a few times a day.

    The gathering may have changed since: then the guest is told that instead.
    """
    guest = _guest(case)
    allowance = Allowance(
        case.partnership,
        f"resend-{guest.gathering}-{guest.guest}",
        timedelta(days=1),
        RESENDS_A_DAY,
    )
    try:
        world.store.spend(allowance, now=now)
    except AllowanceSpent:
        return Receipt.NOTHING

    def resend() -> Receipt:
        if world.store.was_received(case.partnership, case.mark.id):
            return Receipt.REPEATED
        gathering = world.store.gathering(case.partnership, guest.gathering)
        known = world.store.invitation(case.partnership, guest.gathering, guest.guest)
        told = known.updated(gathering, now=now).told_again(now=now)
        shown = naming.as_named_now(world, gathering)
        mail = promising_gatherings.resent(shown, told, now=now)
        world.save(
            told,
            case.mark,
            outbox=[world.store.partnership(case.partnership).in_its_text(mail)],
            unchanged=[gathering],
        )
        return Receipt.RESENT

    return until_saved(resend)


def _note_return(world: World, case: _Case, *, now: datetime) -> Receipt:
    """Show the guest's invitation among the mails that came back.

    Nobody can prove a returned mail, so no address is shut out for it.
    """
    guest = case.place.invitation
    if guest is None:
        return _hold_instead(world, case, Why.CAME_BACK)

    def note() -> Receipt:
        try:
            mail = world.store.message(case.partnership, promising_gatherings.invitation_id(guest))
        except NotFound:
            return _hold_instead(world, case, Why.CAME_BACK)
        heard = mail.heard(Outcome.BOUNCED, now=now)
        if heard == mail or not heard.ses_id:
            return _hold_instead(world, case, Why.CAME_BACK)
        world.save(case.mark, moves=[Move(mail, heard)])
        return Receipt.CAME_BACK

    return until_saved(note)


def _hold_instead(world: World, case: _Case, why: Why) -> Receipt:
    return _hold(world, replace(case, decision=Decision(Effect.HOLD, why)))


def _hold(world: World, case: _Case) -> Receipt:
    """Let a coordinator look at it. SES's id makes it stand there once."""
    mail, said = case.mail, case.mail.answers[:1]
    answered = [answer for answer in case.mail.answers if answer.partstat is not None][:1]
    one_date = answered[0].one_date if answered else None
    proposal = mail.proposal
    held = HeldReply(
        partnership=case.partnership,
        id=case.notice.ses_id,
        received_at=case.notice.received_at,
        gathering=case.place.gathering.id,
        guest=case.place.invitation.guest if case.place.invitation else "",
        says=mail.says,
        why=case.decision.why or Why.UNREADABLE,
        title=case.place.gathering.plan.title,
        guest_name=case.place.invitation.name if case.place.invitation else "",
        writer=mail.writer or case.notice.writer,
        writer_name=mail.writer_name,
        subject=mail.subject,
        text=mail.text,
        partstat=answered[0].partstat if answered else None,
        attendee=_somebody_else(case, answered),
        comment=said[0].comment if said else "",
        about_at=one_date.at if one_date else None,
        about_day=one_date.day.isoformat() if one_date and one_date.day else "",
        proposes_start=proposal.starts if proposal else None,
        proposes_end=proposal.ends if proposal else None,
        problem=mail.problem.value if mail.problem else "",
        raw=case.notice.raw,
    )
    try:
        world.save(held)
    except Conflict:
        return Receipt.REPEATED
    return Receipt.HELD


def _somebody_else(case: _Case, answered: list[MailedAnswer]) -> str:
    """Whom a mail answers for, when that is not the guest whose invitation it is about."""
    guest = case.place.invitation
    if guest is None or not answered or same_mailbox(answered[0].attendee, guest.address):
        return ""
    return answered[0].attendee
