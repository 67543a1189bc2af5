"""The door of the desk: ask for a code, enter it, leave."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from chalicelib.domain.access import CODE_LIVES
from chalicelib.entrypoints.codes import typed_code, wrong_code
from chalicelib.entrypoints.cookies import (
    KNOWN_BROWSER,
    SESSION,
    cookie,
    cookie_name,
    fresh_key,
    known_browser_cookie,
    session_cookie,
)
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Reply, Visit
from chalicelib.messages.addresses import NotAnAddress, parse_address
from chalicelib.ports import AllowanceSpent
from chalicelib.use_cases import signing_in

pages = Pages(__name__)

_BROWSER = "aanvraag"


@dataclass(frozen=True)
class CodeView:
    """The page where the code is entered: how long it lives, and the code that a link prefills."""

    minutes: int
    code: str


@pages.shows("/beheer/aanmelden", access=Access.ANYBODY)
def ask_for_address(visit: Visit) -> Reply:
    """Show where to sign in; who is signed in goes on to the desk."""
    if visit.coordinator is not None:
        return visit.redirect("/beheer")
    return visit.page("signin")


@pages.acts("/beheer/aanmelden", access=Access.ANYBODY)
def send_code(visit: Visit) -> Reply:
    """Mail a code, or not; the answer is the same for every address."""
    _ = visit.gettext
    try:
        address = parse_address(visit.form.value("email"))
    except NotAnAddress:
        wrong = _("Enter an email address like name@example.com.")
        refused = visit.form.refused({"email": wrong})
        return visit.page("signin", form=refused, status=422)
    browser = fresh_key()
    with suppress(AllowanceSpent):  # The same page, and no further mail.
        signing_in.request_code(
            visit.world,
            partnership=visit.partnership,
            address=address,
            browser=browser,
            known_browser=visit.cookies.get(cookie_name(KNOWN_BROWSER, visit.links), ""),
            language=visit.language,
            now=visit.now,
        )
    lives = int(CODE_LIVES.total_seconds())
    return visit.redirect("/beheer/code").with_cookie(
        cookie(_BROWSER, browser, visit.links, max_age=lives)
    )


@pages.shows("/beheer/code", access=Access.ANYBODY)
def ask_for_code(visit: Visit) -> Reply:
    """Show where the code goes; a mailed link only fills it in."""
    return _code_page(visit, Form().filled(code=visit.query.get("code", "")))


@pages.acts("/beheer/code", access=Access.ANYBODY)
def enter_code(visit: Visit) -> Reply:
    """Trade the code for a session, under a new cookie."""
    session_token, next_known_browser = fresh_key(), fresh_key()
    try:
        signing_in.enter_code(
            visit.world,
            partnership=visit.partnership,
            browser=visit.cookies.get(cookie_name(_BROWSER, visit.links), ""),
            code=typed_code(visit),
            session_token=session_token,
            known_browser=visit.cookies.get(cookie_name(KNOWN_BROWSER, visit.links), ""),
            next_known_browser=next_known_browser,
            now=visit.now,
        )
    except signing_in.WrongCode as wrong:
        return _code_page(visit, wrong_code(visit, wrong), status=422)
    return (
        visit.redirect("/beheer")
        .with_cookie(session_cookie(session_token, visit.links))
        .with_cookie(known_browser_cookie(next_known_browser, visit.links))
    )


@pages.acts("/beheer/afmelden", access=Access.COORDINATOR)
def leave(visit: Visit) -> Reply:
    """Sign out: the session ends here, not only its cookie."""
    signing_in.sign_out(
        visit.world, partnership=visit.partnership, session_token=visit.session_token
    )
    return visit.redirect("/beheer/aanmelden").with_cookie(
        cookie(SESSION, "", visit.links, max_age=0)
    )


def _code_page(visit: Visit, form: Form, *, status: int = 200) -> Reply:
    view = CodeView(minutes=int(CODE_LIVES.total_seconds() // 60), code=form.value("code"))
    return visit.page("signin_code", view, form=form, status=status)
