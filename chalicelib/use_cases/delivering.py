"""Delivering: one promised mail is prepared, claimed, handed to SES and recorded; never twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from chalicelib.domain.access import Purpose, SignIn, Token, token_digest
from chalicelib.domain.allowance import (
    TO_STRANGERS,
    Allowance,
    inbox_allowances,
    stranger_allowances,
    unapproved_allowances,
)
from chalicelib.domain.brake import PROBE_EVERY, Brake
from chalicelib.domain.mail_text import Text
from chalicelib.domain.message import (
    ERASED,
    REMOVED,
    UNAPPROVED,
    UNPROVEN,
    Kind,
    LinkRequest,
    Message,
    MessageState,
    Urgency,
)
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Person
from chalicelib.domain.schedule import later
from chalicelib.messages import emails, mime
from chalicelib.messages.drafts import Frame
from chalicelib.messages.entries import STOP_URL
from chalicelib.messages.links import Links
from chalicelib.messages.rendering import CannotRender
from chalicelib.ports import (
    Accepted,
    Again,
    Claim,
    Conflict,
    Envelope,
    Fact,
    Move,
    Never,
    NotFound,
    SendResult,
    Unanswered,
    Unknown,
    World,
)
from chalicelib.use_cases import following_up, promising_thanks, stopping, writing
from chalicelib.use_cases.promising_coordinators import CODE, PAGE
from chalicelib.use_cases.retrying import until_saved

CLAIM_GOES_STALE = timedelta(seconds=60)
"""A worker that needed this long between claim and call hands the message back uncalled."""

LOOK_AGAIN = timedelta(minutes=15)
"""How often a mail to somebody who proved nothing yet looks whether they have by now."""

_TRIES = 5
_ABOUT_HONOUREES = {Kind.THANKS, Kind.THANKS_BACK, Kind.CONSENT_REMINDER, Kind.FOLLOW_UP}
_NEVER_WAITS = {
    Kind.GATHERING_CANCEL,
    Kind.SIGNIN_CODE,
    Kind.SIGNIN_NEW_DEVICE,
    Kind.ERASURE_DONE,
    Kind.ACCESS_CODE,
}
"""Mail that does not count among what its reader may get in a day."""
_SILENCES = 2


class Delivery(StrEnum):
    """How one attempt at a message ended.

    *Held*: it waits, because no mail can leave, or too many left today. *Stopped* and *resumed* are
    *held* and *sent* by the mail that found out that none can leave, or that they can again.
    *Waits*: its reader got enough mail for now. *Rests*: it comes on no night and no day off, so
    not now. *Unapproved*: too much mail to strangers left that nobody approved, so it waits for a
    coordinator. *Unmade* and *too late* failed on our side: no mail could be made of what it is to
    say, or it could not leave in time.
    """

    SENT = "sent"
    AGAIN = "again"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HELD = "held"
    STOPPED = "stopped"
    RESUMED = "resumed"
    SUPPRESSED = "suppressed"
    WAITS = "waits"
    RESTS = "rests"
    UNAPPROVED = "unapproved"
    UNMADE = "unmade"
    TOO_LATE = "too_late"
    NOTHING_TO_DO = "nothing_to_do"


@dataclass(frozen=True)
class Letterhead:
    """From whom mail comes, and where its links and answers go.

    `ses_domain` is what SES puts behind the @ of the Message-IDs it writes.
    """

    sender: str
    rsvp_domain: str
    links: Links
    ses_domain: str


@dataclass(frozen=True)
class _Prepared:
    """A rendered mail, the tokens that its links need, and what may hold it back."""

    partnership: Partnership
    envelope: Envelope
    minted: tuple[Token | SignIn, ...]
    unless_stopped: frozenset[Kind]
    room_in: tuple[Allowance, ...]


@dataclass(frozen=True)
class _Claimed:
    """A message that this worker took; `probe` is the brake, when this mail tries it."""

    message: Message
    probe: Brake | None = None


def at_once(_: Urgency) -> bool:
    """Any mail may go now."""
    return True


def deliver(
    world: World,
    *,
    letterhead: Letterhead,
    partnership: str,
    message_id: str,
    clock: Callable[[], datetime],
    turn: Callable[[Urgency], bool] = at_once,
    warn: Callable[[Message], None] = lambda _mail: None,
) -> Delivery:
    """Try to keep one promise, and say how it ended.

    `turn` waits until a mail of this urgency may go, or says that it may not today: then it stays
    as it is. `warn` hears of a mail whose organisation's own text failed; it leaves in ours.

    Everything that can fail on our side happens before the claim; after it comes one call to SES,
    whose unknown outcome is never repeated. Safe to run twice, late, or at the same time as
    itself: whoever loses the claim does nothing. Raises what the store raises.
    """
    now = clock()
    message = world.store.message(partnership, message_id)
    if not message.is_due(now):
        return Delivery.NOTHING_TO_DO
    if reason := _not_any_more(world, message):
        return _hold_back(world, message, reason=reason, now=now)
    if now >= message.deadline:
        if message.waits_for_room:
            return _give_up(world, message, reason=message.reason, now=now)
        return _give_up(world, message, reason="deadline", now=now, ended=Delivery.TOO_LATE)
    message = stopping.in_its_language(world, message)
    try:
        prepared = _prepare(world, message, letterhead=letterhead, now=now, warn=warn)
    except (CannotRender, mime.CannotAssemble) as problem:
        return _give_up(world, message, reason=str(problem), now=now, ended=Delivery.UNMADE)
    morning = _waking(message, prepared.partnership, at=now)
    if morning > now:
        _move(world, message, message.rests(until=morning, now=now))
        return Delivery.RESTS
    if not turn(message.urgency):
        return Delivery.HELD
    now = clock()
    claim, claimed = _take(world, message, prepared, now=now)
    if claim is Claim.FULL:
        return _wait_for_room(world, message, prepared, now=now)
    if claim is not Claim.MINE:
        return _stand_back(world, message, claim, now=now)
    return _send(world, claimed, prepared.envelope, clock=clock)


def _prepare(
    world: World,
    message: Message,
    *,
    letterhead: Letterhead,
    now: datetime,
    warn: Callable[[Message], None],
) -> _Prepared:
    partnership = world.store.partnership(message.partnership)
    urls, minted = _mint(world, message, partnership, letterhead=letterhead)
    urls |= _stop_link(world, message, partnership, letterhead=letterhead, now=now)
    thread = _thread(world, message, letterhead=letterhead)
    frame = Frame.of_partnership(partnership, rsvp_domain=letterhead.rsvp_domain)

    def written(own_text: Text | None) -> Envelope:
        mail = emails.addressed(
            emails.render(message, frame=frame, links=urls, own_text=own_text),
            message,
            frame=frame,
            sender=letterhead.sender,
            thread=thread,
            # RFC 8058 asks for HTTPS, which an installation on somebody's own machine lacks.
            unsubscribe_url=urls.get(STOP_URL, "") if letterhead.links.secure else "",
        )
        return Envelope(
            mail.sender.address, message.recipient, mime.assemble(mail), tags=_tags(message)
        )

    in_text = writing.in_its_text(world, message, written)
    if not in_text.as_promised:
        warn(message)
    return _Prepared(
        partnership,
        in_text.made,
        minted,
        unless_stopped=_unless_stopped(message, was_invited=bool(thread)),
        room_in=_room_in(world, message, partnership, now=now),
    )


def _mint(
    world: World, message: Message, partnership: Partnership, *, letterhead: Letterhead
) -> tuple[dict[str, str], tuple[Token | SignIn, ...]]:
    """Fresh tokens for the links a mail needs: the plain ones exist in that mail alone."""
    urls: dict[str, str] = {}
    minted: list[Token | SignIn] = []
    for request in message.links:
        page = letterhead.links.to(partnership.slug, message.language)
        if request.purpose == PAGE:
            urls[request.name] = page(request.path)
        elif request.purpose == CODE:
            code = world.secrets.code()
            urls |= {request.name: code, "signin_url": page(f"{request.path}?code={code}")}
            minted.append(_signin_with_code(world, message, request, code))
        else:
            token = world.secrets.token()
            urls[request.name] = page(f"{request.path}/{token}")
            minted.append(_token(message, request, token))
    return urls, tuple(minted)


def _stop_link(
    world: World,
    message: Message,
    partnership: Partnership,
    *,
    letterhead: Letterhead,
    now: datetime,
) -> dict[str, str]:
    """The link at the foot of a mail that may be stopped; it needs no row."""
    token = stopping.stop_token(world, message, now=now)
    page = letterhead.links.to(partnership.slug, message.language)
    return {STOP_URL: page(f"/afmelden/{token}")} if token else {}


def _unless_stopped(message: Message, *, was_invited: bool) -> frozenset[Kind]:
    """The kinds of mail that hold this one back when its reader stopped one of them.

    Who stopped invitations, and so never got this one, does not hear that it changed either.
    """
    if emails.stops(message.kind) is not message.kind:
        return frozenset()
    follows = message.kind in {Kind.GATHERING_UPDATE, Kind.GATHERING_REMINDER}
    return frozenset(
        {message.kind, Kind.GATHERING_INVITE} if follows and not was_invited else {message.kind}
    )


def _room_in(
    world: World, message: Message, partnership: Partnership, *, now: datetime
) -> tuple[Allowance, ...]:
    """Which allowances of its reader a mail takes from: at its first try, and then no more.

    Codes have allowances of their own; that something is off, or that somebody signed in, cannot
    wait, nor can what is worth nothing any more by the time that there is room.
    """
    if message.attempt or message.kind in _NEVER_WAITS:
        return ()
    key = world.secrets.address_key(message.recipient)
    settings = partnership.settings
    room = inbox_allowances(message.partnership, key, mails_a_day=settings.mails_a_day)
    if any(message.would_mislead(until=allowance.ends_at(now)) for allowance in room):
        return ()
    if message.kind is not Kind.NOMINATION_VERIFY or message.vouched:
        return room
    # Anybody can type somebody else's address: all other mail was approved, or follows a proof.
    if world.store.knows(message.partnership, message.recipient, address_key=key):
        return room
    unasked = stranger_allowances(key, cause=message.cause, limits=world.limits)
    unapproved = unapproved_allowances(
        message.partnership, an_hour=settings.strangers_an_hour, limits=world.limits
    )
    return (*room, *unasked, *unapproved)


def _token(message: Message, request: LinkRequest, token: str) -> Token:
    return Token(
        partnership=message.partnership,
        digest=token_digest(token),
        purpose=Purpose(request.purpose),
        subject=request.subject,
        expires_at=request.expires_at,
    )


def _signin_with_code(world: World, message: Message, request: LinkRequest, code: str) -> SignIn:
    sign_in = world.store.sign_in(message.partnership, request.subject)
    return replace(sign_in, code_digest=world.secrets.code_digest(sign_in=sign_in.id, code=code))


def _thread(world: World, message: Message, *, letterhead: Letterhead) -> str:
    """The Message-ID of the first mail to this guest, under which the later ones are filed.

    SES writes that header itself, from the id that it answered with.
    """
    if message.tells is None:
        return ""
    place = message.tells
    first = world.store.invitation(message.partnership, place.gathering, place.guest).thread
    return f"<{first}@{letterhead.ses_domain}>" if first else ""


def _tags(message: Message) -> dict[str, str]:
    return {
        "message": message.id,
        "attempt": str(message.attempt + 1),
        "partnership": message.partnership,
        "kind": message.kind.value,
    }


def _take(
    world: World, message: Message, prepared: _Prepared, *, now: datetime
) -> tuple[Claim, _Claimed]:
    """Claim a message; while sending stands still, only as the one mail that tries this minute.

    The brake is looked up once it refused a claim, so that nobody pays for it while mail leaves.
    """
    claimed = message.claimed(token=world.secrets.token(), now=now)
    take = partial(
        world.store.claim,
        message,
        claimed,
        address_key=world.secrets.address_key(message.recipient),
        minted=prepared.minted,
        unless_stopped=prepared.unless_stopped,
        room_in=prepared.room_in,
    )
    claim = take()
    brake = world.store.brake() if claim is Claim.BRAKED else None
    if brake is None or not brake.may_probe(now):
        return claim, _Claimed(claimed)
    probed = brake.probed(now)
    return take(probe=(brake, probed)), _Claimed(claimed, probed)


def _send(
    world: World, claimed: _Claimed, envelope: Envelope, *, clock: Callable[[], datetime]
) -> Delivery:
    started = claimed.message.claimed_at or clock()
    if clock() - started > CLAIM_GOES_STALE:
        result: SendResult = Again("slow")
    else:
        result = world.mailer.send(envelope)
    return _record(world, claimed, result, now=clock())


def _record(world: World, taken: _Claimed, result: SendResult, *, now: datetime) -> Delivery:
    """Write down what SES said. A lost race means that an event said it before us."""
    claimed = taken.message
    match result:
        case Accepted(ses_id):
            record_sent(world, claimed, ses_id=ses_id, now=now)
            released = taken.probe is not None and world.store.release(taken.probe)
            return Delivery.RESUMED if released else Delivery.SENT
        case Again(reason, account_fault=True):
            return _hold(world, claimed, reason=reason, now=now)
        case Again(reason):
            jitter = timedelta(seconds=_spread(claimed.claim))
            _move(world, claimed, claimed.again(now=now, jitter=jitter, reason=reason))
            return Delivery.AGAIN
        case Never(reason):
            return _give_up(world, claimed, reason=reason, now=now)
        case Unknown():
            return Delivery.UNKNOWN


def _hold(world: World, claimed: Message, *, reason: str, now: datetime) -> Delivery:
    """Let a mail wait that no attempt could have sent, and put the brake on if it is not."""
    held = claimed.held(until=now + PROBE_EVERY, reason=reason)
    try:
        world.save(Brake.put_on(reason=reason, now=now), moves=[Move(claimed, held)])
    except Conflict:
        _move(world, claimed, held)
        return Delivery.HELD
    return Delivery.STOPPED


def record_sent(world: World, message: Message, *, ses_id: str, now: datetime) -> None:
    """A mail has left: say so on its row, and on whatever it was about, in one transaction.

    One that SES rejected stays failed. Repeats until no other change comes between, or the row
    says so already: that is also how a write without an answer turns out. Raises `Conflict` when
    that never ends, and `Unanswered` the second time; the Send event then tells it again.
    """
    unanswered = 0
    for attempt in range(_TRIES):
        if message.state is MessageState.SENT:
            return
        sent = message.sent(ses_id=ses_id, now=now)
        if sent.state is not MessageState.SENT:
            return
        try:
            facts, outbox = _consequences(world, sent, now=now)
            world.save(*facts, outbox=outbox, moves=[Move(message, sent)])
        except Conflict:
            if attempt == _TRIES - 1:
                raise
        except Unanswered:
            unanswered += 1
            if unanswered == _SILENCES:
                raise
        else:
            return
        message = world.store.message(message.partnership, message.id)


def _consequences(
    world: World, sent: Message, *, now: datetime
) -> tuple[tuple[Fact, ...], tuple[Message, ...]]:
    """What a sent mail changes beside its own row, and the mails that it promises for later."""
    if sent.kind is Kind.THANKS:
        nomination_id, _, honouree = sent.cause.partition("/")
        nomination = world.store.nomination(sent.partnership, nomination_id)
        told = {h.id for h in nomination.honourees if h.thanked_at or h.removed_at}
        if honouree in told:
            return (), ()
        thanked = nomination.thanked(honouree_id=honouree, now=now)
        first = _first_thanks(world, sent, now=now)
        return (thanked, *first), following_up.promised(
            world, thanked, honouree_id=honouree, now=now
        )
    if sent.kind is Kind.GATHERING_INVITE and sent.tells is not None and sent.ses_id:
        try:
            place = world.store.invitation(sent.partnership, sent.tells.gathering, sent.tells.guest)
        except NotFound:  # The guest was erased meanwhile.
            return (), ()
        return (() if place.thread else (replace(place, thread=sent.ses_id),)), ()
    return (), ()


def _first_thanks(world: World, sent: Message, *, now: datetime) -> tuple[Person, ...]:
    """Whoever on the people list has never been thanked before, with when they were."""
    person = world.store.person_by_address(sent.partnership, sent.recipient)
    if person is None or person.first_thanked_at is not None:
        return ()
    return (replace(person, first_thanked_at=now),)


def letter_instead(world: World, message: Message) -> tuple[Nomination, ...]:
    """What changes beside a thank-you that ends without arriving: its honouree gets a letter.

    Nothing for other mail, nor when the honouree has their thanks from something else than this
    mail: a letter, handed over before.
    """
    if message.kind is not Kind.THANKS:
        return ()
    nomination = _thank_you(world, message)
    for honouree in nomination.honourees:
        this_mail = promising_thanks.thanks_id(nomination, honouree) == message.id
        if this_mail and honouree.thanked_at in {None, message.finished_at}:
            without_mail = nomination.unreachable(honouree_id=honouree.id)
            return () if without_mail == nomination else (without_mail,)
    return ()


def honouree_left(world: World, message: Message) -> bool:
    """Whether a mail carries words to or from an honouree who had themselves removed."""
    if message.kind not in _ABOUT_HONOUREES:
        return False
    nomination = _thank_you(world, message)
    return any(
        message.id in promising_thanks.ids_about(nomination, honouree)
        for honouree in nomination.honourees
        if honouree.removed_at is not None
    )


def _thank_you(world: World, message: Message) -> Nomination:
    """The nomination behind a mail to or from an honouree."""
    nomination_id, _, _ = message.cause.partition("/")
    return world.store.nomination(message.partnership, nomination_id)


def _not_any_more(world: World, message: Message) -> str:
    """Why a mail must not leave, because of what happened since it was promised."""
    unwanted = following_up.no_longer_wanted(world, message)
    return unwanted or (REMOVED if honouree_left(world, message) else "")


def _give_up(
    world: World,
    message: Message,
    *,
    reason: str,
    now: datetime,
    ended: Delivery = Delivery.FAILED,
) -> Delivery:
    _end_unsent(world, message, message.failed(reason=reason, now=now))
    return ended


def _stand_back(world: World, message: Message, claim: Claim, *, now: datetime) -> Delivery:
    """Leave a message to whoever took it, or note why nobody may send it."""
    if claim is Claim.TAKEN:
        return Delivery.NOTHING_TO_DO
    if claim is Claim.BRAKED:
        return Delivery.HELD
    if claim is Claim.ERASED:
        _move(world, message, message.erased(reason=ERASED, now=now))
        return Delivery.SUPPRESSED
    if claim in {Claim.SUPPRESSED, Claim.STOPPED}:
        _end_unsent(world, message, message.suppressed(reason=claim.value, now=now))
        return Delivery.SUPPRESSED
    return _hold_back(world, message, reason=claim.value, now=now)


def _wait_for_room(
    world: World, message: Message, prepared: _Prepared, *, now: datetime
) -> Delivery:
    """Let a mail wait until its reader may get another one, or somebody does something."""
    full = world.store.full(*prepared.room_in, now=now)
    if any(allowance.name == TO_STRANGERS for allowance in full):
        _move(world, message, message.waits(until=message.deadline, reason=UNAPPROVED))
        return Delivery.UNAPPROVED
    if any(not allowance.partnership for allowance in full):
        _move(world, message, message.waits(until=now + LOOK_AGAIN, reason=UNPROVEN))
        return Delivery.WAITS
    until = max((allowance.ends_at(now) for allowance in full), default=now + PROBE_EVERY)
    morning = _waking(message, prepared.partnership, at=until)
    _move(world, message, message.rests(until=morning, now=until).waits(until=morning))
    return Delivery.WAITS


def _waking(message: Message, partnership: Partnership, *, at: datetime) -> datetime:
    """The first moment from this one on at which a mail may come: for most of them, this one."""
    if not message.can_wait:
        return at
    settings = partnership.settings
    return later(at, days=0, time_zone=settings.time_zone, quiet=settings.quiet)


def _hold_back(world: World, message: Message, *, reason: str, now: datetime) -> Delivery:
    _move(world, message, message.suppressed(reason=reason, now=now))
    return Delivery.SUPPRESSED


def _end_unsent(world: World, before: Message, after: Message) -> None:
    """Write that a mail will not be sent; when somebody else moved it first, theirs stands."""

    def end() -> None:
        newest = world.store.message(before.partnership, before.id)
        if (newest.state, newest.attempt) == (before.state, before.attempt):
            world.save(*letter_instead(world, before), moves=[Move(before, after)])

    until_saved(end)


def _move(world: World, before: Message, after: Message) -> None:
    """Write a move; when somebody else moved the message first, theirs stands."""
    with suppress(Conflict):
        world.save(moves=[Move(before, after)])


def _spread(claim: str) -> int:
    """A jitter of up to half a minute, different for each claim."""
    return sum(claim.encode()) % 30
