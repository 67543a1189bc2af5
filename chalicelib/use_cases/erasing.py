"""Erasing: somebody asked that nothing is kept about them, and a coordinator has it done.

A tombstone stands from the first moment, so that no mail leaves for them any more. A job then walks
past every row that holds their address, and past what names them elsewhere. It walks twice: what
was on its way when it began is settled by the second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.data_request import SETTLED_AFTER, DataRequest, Tombstone, Wish
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.message import ERASED, Kind, Message
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Person, same_address
from chalicelib.ports import (
    ASKED,
    AboutRow,
    Conflict,
    Fact,
    Gone,
    Holds,
    Inbox,
    Move,
    NotFound,
    NotMentioned,
    NotProven,
    Suppression,
    World,
)
from chalicelib.use_cases import (
    own_data,
    promising_own_data,
    promising_thanks,
    publishing,
    unnaming,
)
from chalicelib.use_cases.consenting import end_of_ledger
from chalicelib.use_cases.paging import all_of
from chalicelib.use_cases.retrying import TRIES_IN_A_CROWD, until_saved
from chalicelib.use_cases.seating import Seats, follow_up

_PAGE = 25
_MOVES_AT_ONCE = 40
_ABOUT, _CALENDAR, _REPLIES, _GATHERINGS = "about", "calendar", "replies", "gatherings"


class CannotEraseYourself(Exception):
    """A coordinator asked it about their own address: somebody else has to do that."""


class AlreadyBeingErased(Exception):
    """The data behind this address are being erased at this moment."""


def ask(
    world: World,
    *,
    partnership: Partnership,
    address: EmailAddress,
    never_again: bool,
    coordinator: Person,
    send_key: str,
    now: datetime,
) -> DataRequest:
    """Have everything about whoever reads mail at this address erased, once per `send_key`.

    What others can see goes at once, the rest within the hour. Raises `CannotEraseYourself` and
    `AlreadyBeingErased`.
    """
    if same_address(coordinator.address, address):
        raise CannotEraseYourself
    request = own_data.new_request(
        world,
        Wish.ERASURE,
        partnership=partnership,
        address=address,
        coordinator=coordinator,
        send_key=send_key,
        now=now,
        never_again=never_again,
    )
    job = own_data.job_for(request, JobKind.ERASE)
    try:
        world.save(request, job, *_tombstones(world, request))
    except Conflict:
        return _asked_before(world, request)
    _hide(world, request, now=now)
    world.hints.job(job)
    return request


def erase_next(world: World, job: Job, *, inbox: Inbox, now: datetime) -> None:
    """One chunk of an ERASE job. What was erased before is not found again."""
    request = world.store.data_request(job.partnership, job.request)
    step, _, place = job.cursor.partition("-")
    match step:
        case "" | "about":
            page = world.store.about(job.partnership, request.address, after=place, limit=_PAGE)
            for row in page.items:
                _erase(world, request, row, inbox=inbox, now=now)
            done, following = len(page.items), _next(_ABOUT, page.next) or f"{_CALENDAR}-"
        case "calendar":
            done = _leave_gatherings(world, request, inbox=inbox, now=now)
            following = f"{_CALENDAR}-" if done else f"{_REPLIES}-"
        case "replies":
            held = world.store.held_replies(job.partnership, after=place, limit=_PAGE)
            for reply in held.items:
                theirs = reply.guest and reply.guest in _ids(world, request)
                if theirs or same_address(EmailAddress(reply.attendee), request.address):
                    _erase_reply(world, request, reply.id, inbox=inbox)
            done, following = len(held.items), _next(_REPLIES, held.next) or f"{_GATHERINGS}-"
        case _:
            walk = unnaming.next_step(world, job.partnership, place, now=now)
            if walk.waits:
                _go_on(world, job.again_at(now + SETTLED_AFTER, done=walk.done))
                return
            done, following = walk.done, _next(_GATHERINGS, walk.next)
    if following:
        _go_on(world, job.advanced(cursor=following, done=done, now=now))
    else:
        _end_pass(world, job, request, done=done, now=now)


def _tombstones(world: World, request: DataRequest) -> tuple[Tombstone, ...]:
    """For the address, and for whoever has it on the people list."""
    return tuple(
        Tombstone(request.partnership, one, request.asked_at) for one in _ids(world, request)
    )


def _ids(world: World, request: DataRequest) -> tuple[str, ...]:
    """By which somebody is known as a guest: the keyed digest of their address, and their id."""
    return tuple(filter(None, (world.secrets.address_key(request.address), request.person)))


def _asked_before(world: World, request: DataRequest) -> DataRequest:
    try:
        return world.store.data_request(request.partnership, request.id)
    except NotFound:
        raise AlreadyBeingErased from None


def _hide(world: World, request: DataRequest, *, now: datetime) -> None:
    """Take at once from every page what others can see; what does not fit is left to the job."""
    for nomination_id in world.store.mentioned_in(request.partnership, request.address):
        with suppress(Conflict, NotFound):
            _erase_from_thanks(world, request, nomination_id, now=now)


def _next(step: str, place: str) -> str:
    return f"{step}-{place}" if place else ""


def _go_on(world: World, job: Job) -> None:
    """Move the cursor; a lost race means that another run does the same."""
    with suppress(Conflict):
        world.save(job)


def _end_pass(world: World, job: Job, request: DataRequest, *, done: int, now: datetime) -> None:
    """Walk once more when all is settled that was on its way; then say that it is done."""
    is_settled = now >= request.asked_at + SETTLED_AFTER
    if not is_settled or _something_is_left(world, request):
        _go_on(world, job.again_at(now + SETTLED_AFTER, done=done))
        return
    key = world.secrets.address_key(request.address)
    facts: list[Fact] = [stone.cleared(now=now) for stone in _tombstones(world, request)]
    facts.append(NotProven(job.partnership, key))
    if request.never_again:
        facts.append(Suppression(key, ASKED, now))
    last_word = promising_own_data.erasure_done(request, now=now)
    with suppress(Conflict):
        world.save(job.completed(done=done), request.handled(now=now), *facts, outbox=[last_word])


def _something_is_left(world: World, request: DataRequest) -> bool:
    """Whether a row still holds the address. One that has ended does not: it is deleted late."""
    rows = all_of(
        lambda after: world.store.about(
            request.partnership, request.address, after=after, limit=_PAGE
        )
    )
    return any(_is_there(world, row) for row in rows)


def _is_there(world: World, row: AboutRow) -> bool:
    place = (row.partnership, row.id)
    try:
        match row.what:
            case Holds.PERSON:
                world.store.person(*place)
            case Holds.NOMINATION:
                world.store.nomination(*place)
            case Holds.INVITATION:
                world.store.invitation(*place, row.guest)
            case Holds.MESSAGE:
                world.store.message(*place)
            case Holds.HELD_REPLY:
                world.store.held_reply(*place)
            case Holds.EXPORT:
                world.store.export(*place)
    except NotFound:
        return False
    return True


def _erase(
    world: World, request: DataRequest, row: AboutRow, *, inbox: Inbox, now: datetime
) -> None:
    with suppress(NotFound):
        match row.what:
            case Holds.NOMINATION:
                _erase_from_thanks(world, request, row.id, now=now)
            case Holds.INVITATION:
                _leave(world, request, row.id, row.guest, inbox=inbox, now=now)
            case Holds.MESSAGE:
                _erase_mail(world, request, row.id, now=now)
            case Holds.HELD_REPLY:
                _erase_reply(world, request, row.id, inbox=inbox)
            case Holds.PERSON:
                _erase_person(world, request, row.id)
            case Holds.EXPORT:
                world.save(Gone(world.store.export(row.partnership, row.id)))


def _erase_from_thanks(
    world: World, request: DataRequest, nomination_id: str, *, now: datetime
) -> None:
    """Out of a thank-you, and out of every mail about it, as nominator or as honouree."""

    def change() -> None:
        before = world.store.nomination(request.partnership, nomination_id)
        after = _without(before, request.address, now=now)
        lines = [
            fact
            for one in before.honourees
            if same_address(one.address, request.address)
            for fact in end_of_ledger(world, before, one.id, now=now)
        ]
        mails = tuple(_mails_of(world, after))
        moves = [
            Move(mail, one) for mail in mails if (one := _cleaned(mail, after, now=now)) != mail
        ]
        facts: list[Fact] = [] if after == before else [after, *lines]
        if len(moves) <= _MOVES_AT_ONCE and not any(mail.is_in_hand(now) for mail in mails):
            facts.append(NotMentioned(request.partnership, nomination_id, request.address))
        world.save(*facts, moves=moves[:_MOVES_AT_ONCE])

    until_saved(change)


def _without(nomination: Nomination, address: EmailAddress, *, now: datetime) -> Nomination:
    for honouree in nomination.honourees:
        if same_address(honouree.address, address):
            nomination = nomination.without_erased(honouree_id=honouree.id, now=now)
    if same_address(nomination.nominator.address, address):
        nomination = nomination.without_nominator(now=now)
    return nomination


def _mails_of(world: World, nomination: Nomination) -> Iterator[Message]:
    for mail_id in promising_thanks.ids_of(nomination):
        with suppress(NotFound):
            yield world.store.message(nomination.partnership, mail_id)


def _cleaned(mail: Message, nomination: Nomination, *, now: datetime) -> Message:
    """A mail about a thank-you, with nobody in it who is not in the thank-you any more."""
    if mail.is_in_hand(now):
        return mail
    removed = [one for one in nomination.honourees if one.removed_at is not None]
    about_removed = {id for one in removed for id in promising_thanks.ids_about(nomination, one)}
    unasked = nomination.is_anonymous and mail.kind is Kind.FOLLOW_UP
    if nomination.is_empty or unasked or mail.id in about_removed:
        return mail.erased(reason=ERASED, now=now)
    facts = dict(mail.facts)
    names = {one.name for one in nomination.honourees}
    for fact in ("honourees", "other_honourees"):
        if isinstance(named := facts.get(fact), list):
            facts[fact] = [name for name in named if name in names]
    if nomination.is_anonymous and "nominator" in facts:
        facts["nominator"] = ""
    return mail if facts == mail.facts else replace(mail, facts=facts)


def _erase_mail(world: World, request: DataRequest, mail_id: str, *, now: datetime) -> None:
    """What a mail said, and to whom; one that is being sent is left for the second time."""

    def change() -> None:
        mail = world.store.message(request.partnership, mail_id)
        theirs = same_address(mail.recipient, request.address)
        if theirs and not mail.is_in_hand(now):
            world.save(moves=[Move(mail, mail.erased(reason=ERASED, now=now))])

    until_saved(change)


def _leave_gatherings(world: World, request: DataRequest, *, inbox: Inbox, now: datetime) -> int:
    """Every place at a gathering, also one that was mailed to an earlier address."""
    places = 0
    for guest in _ids(world, request):
        publishing.stop_feed(world, partnership=request.partnership, guest=guest)
        for gathering, _ in world.store.calendar(request.partnership, guest):
            with suppress(NotFound):
                _leave(world, request, gathering.id, guest, inbox=inbox, now=now)
            places += 1
    return places


def _leave(
    world: World,
    request: DataRequest,
    gathering_id: str,
    guest: str,
    *,
    inbox: Inbox,
    now: datetime,
) -> None:
    """A guest's place, whose seats go to who waits for them, and what that guest mailed."""
    for mail in all_of(
        lambda after: world.store.mails_from(request.partnership, guest, after=after)
    ):
        inbox.forget(mail.raw)

    def change() -> None:
        gathering = world.store.gathering(request.partnership, gathering_id)
        place = world.store.invitation(request.partnership, gathering_id, guest)
        left = place.without_guest(now=now)
        reseating = Seats.for_answer(world, gathering, now=now).reseat(place, left)
        world.save(
            Gone(place),
            *reseating.facts,
            *follow_up(reseating, gathering, place=left, now=now),
            outbox=reseating.mails,
            unchanged=[gathering],
        )

    until_saved(change, pause=world.pause, tries=TRIES_IN_A_CROWD)


def _erase_reply(world: World, request: DataRequest, held_id: str, *, inbox: Inbox) -> None:
    """A mail that waits at the desk, or was settled there: its words, and the mail itself."""
    with suppress(NotFound, Conflict):
        held = world.store.held_reply(request.partnership, held_id)
        inbox.forget(held.raw)
        world.save(Gone(held))


def _erase_person(world: World, request: DataRequest, person_id: str) -> None:
    def change() -> None:
        person = world.store.person(request.partnership, person_id)
        if same_address(person.address, request.address):
            world.save(Gone(person))

    until_saved(change)
