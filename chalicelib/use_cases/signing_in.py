"""Signing in: a code by mail for coordinators, bound to the browser that asked for it."""

from __future__ import annotations

import hmac
from datetime import datetime

from chalicelib.domain.access import (
    BROWSER_KNOWN,
    CODE_LIVES,
    Purpose,
    Session,
    SignIn,
    Token,
    token_digest,
)
from chalicelib.domain.allowance import code_allowances
from chalicelib.domain.message import Message
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Language, Person
from chalicelib.ports import Conflict, NotFound, World
from chalicelib.use_cases import promising_coordinators


class WrongCode(Exception):
    """The code is wrong, used, too old, or was tried too often.

    `tries_left` is whether a code may be typed once more; it says nothing about who asked for one.
    """

    def __init__(self, *, tries_left: bool = False) -> None:
        super().__init__()
        self.tries_left = tries_left


def request_code(
    world: World,
    *,
    partnership: Partnership,
    address: EmailAddress,
    browser: str,
    known_browser: str,
    language: Language,
    now: datetime,
) -> None:
    """Mail a sign-in code if a coordinator has this address.

    The same rows are written for every address, so that the answer tells nothing. `browser` is
    the secret in the cookie of whoever asks, and `known_browser` the one that `enter_code` left
    there when somebody signed in before. Raises `AllowanceSpent` when too many codes were asked
    for: by that browser for the person who signed in there, otherwise for this address.
    """
    person = world.store.person_by_address(partnership.slug, address)
    coordinator = person if person is not None and person.coordinates else None
    asker = world.secrets.address_key(address)
    if coordinator and _is_known(world, partnership, known_browser, coordinator, now=now):
        asker = token_digest(known_browser)
    spend_on_code(world, partnership, asker, now=now)
    sign_in = SignIn(
        partnership=partnership.slug,
        id=token_digest(browser),
        person=coordinator.id if coordinator else "",
        expires_at=now + CODE_LIVES,
    )
    message = promising_coordinators.signin_code(sign_in, coordinator, language=language, now=now)
    world.store.save(sign_in, outbox=[message])
    world.hints.message(message)  # For everybody, so that the time it takes tells nothing either.


def spend_on_code(world: World, partnership: Partnership, asker: str, *, now: datetime) -> None:
    """Count a code for whoever asks for it. Raises `AllowanceSpent` when they had too many."""
    settings = partnership.settings
    allowances = code_allowances(
        partnership.slug, asker, a_quarter=settings.codes_a_quarter, a_day=settings.codes_a_day
    )
    world.store.spend(*allowances, now=now)


def enter_code(
    world: World,
    *,
    partnership: Partnership,
    browser: str,
    code: str,
    session_token: str,
    known_browser: str,
    next_known_browser: str,
    now: datetime,
) -> Session:
    """Trade a code for a session, once. Raises `WrongCode`, after five tries for good.

    A try is counted before the code is compared, so that guesses cannot be raced. `known_browser`
    is the secret left here by whoever signed in before, and `next_known_browser` a fresh one by
    which this browser is recognised from now on. A browser that was not known for this person is
    reported to them by mail.
    """
    try:
        sign_in = world.store.sign_in(partnership.slug, token_digest(browser))
        if not sign_in.may_try(now):
            raise WrongCode
        world.store.try_code(sign_in)
        digest = world.secrets.code_digest(sign_in=sign_in.id, code=code)
        if not sign_in.code_digest or not hmac.compare_digest(digest, sign_in.code_digest):
            raise WrongCode(tries_left=not sign_in.is_last_try)
        session = Session(partnership.slug, token_digest(session_token), sign_in.person, now)
        notices = _notices(world, partnership, sign_in, known_browser, now=now)
        # First, because a code that was used up without a session would help nobody.
        world.save(_known(session, next_known_browser, now=now))
        world.store.use_sign_in(sign_in, session, outbox=notices)
    except (NotFound, Conflict) as gone:
        raise WrongCode from gone
    for notice in notices:
        world.hints.message(notice)
    return session


def _notices(
    world: World, partnership: Partnership, sign_in: SignIn, known_browser: str, *, now: datetime
) -> tuple[Message, ...]:
    person = world.store.person(partnership.slug, sign_in.person)
    if _is_known(world, partnership, known_browser, person, now=now):
        return ()
    zone = partnership.settings.time_zone
    return promising_coordinators.new_device(sign_in, person, time_zone=zone, now=now)


def coordinator_of(
    world: World, *, partnership: Partnership, session_token: str, now: datetime
) -> Person | None:
    """Who is signed in with this session cookie; None when nobody, no longer, or elsewhere."""
    try:
        session = world.store.session(partnership.slug, token_digest(session_token))
        person = world.store.person(partnership.slug, session.person)
    except NotFound:
        return None
    return person if now < session.ends_at and person.coordinates else None


def signed_in_before(
    world: World, partnership: Partnership, known_browser: str, *, now: datetime
) -> str:
    """Who signed in at a browser before, by the secret that was left there; empty for nobody."""
    if not known_browser:
        return ""
    try:
        token = world.store.token(partnership.slug, token_digest(known_browser))
    except NotFound:
        return ""
    return token.subject if token.opens(Purpose.BROWSER, now=now) else ""


def sign_out(world: World, *, partnership: Partnership, session_token: str) -> None:
    """End a session; its cookie opens nothing any more."""
    try:
        session = world.store.session(partnership.slug, token_digest(session_token))
    except NotFound:
        return
    world.store.end_session(session)


def _known(session: Session, known_browser: str, *, now: datetime) -> Token:
    return Token(
        partnership=session.partnership,
        digest=token_digest(known_browser),
        purpose=Purpose.BROWSER,
        subject=session.person,
        expires_at=now + BROWSER_KNOWN,
    )


def _is_known(
    world: World, partnership: Partnership, known_browser: str, person: Person, *, now: datetime
) -> bool:
    return signed_in_before(world, partnership, known_browser, now=now) == person.id
