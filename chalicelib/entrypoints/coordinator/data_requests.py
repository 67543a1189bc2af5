"""Requests about somebody's own data: which there were, and a new one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from chalicelib.domain.data_request import Wish
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Person
from chalicelib.entrypoints.cookies import fresh_key
from chalicelib.entrypoints.forms import SEND_KEY, Form
from chalicelib.entrypoints.http import Access, Pages, Reply, Visit
from chalicelib.messages.addresses import NotAnAddress, parse_address
from chalicelib.use_cases import accessing, erasing, own_data

pages = Pages(__name__)

_HOME = "/beheer/verzoeken"


@pages.shows(_HOME, access=Access.COORDINATOR)
def show_list(visit: Visit) -> Reply:
    """What people asked, and whether it was done, the newest first."""
    view = own_data.requests(
        visit.world, partnership=visit.partnership, after=visit.query.get("na", "")
    )
    return visit.page("data_requests", view)


@pages.shows(_HOME + "/nieuw", access=Access.COORDINATOR)
def show_form(visit: Visit) -> Reply:
    """Whose data it is about."""
    return visit.page("data_request", form=Form().filled(**{SEND_KEY: fresh_key()}))


@pages.acts(_HOME + "/controle", access=Access.COORDINATOR)
def check(visit: Visit) -> Reply:
    """What stands here about that address, and what will happen; nothing happens yet."""
    visit.form.send_key()
    if visit.form.value("wijzig"):
        return visit.page("data_request")
    if problems := _problems(visit):
        return _refuse(visit, problems)
    address = parse_address(visit.form.value("email"))
    view = own_data.found(visit.world, partnership=visit.partnership, address=address)
    return visit.page("data_request_check", view)


@pages.acts(_HOME, access=Access.COORDINATOR)
def ask(visit: Visit) -> Reply:
    """Have it done."""
    _ = visit.gettext
    if problems := _problems(visit):
        return _refuse(visit, problems)
    wish = Wish(visit.form.value("wens"))
    asked = _Asked(
        partnership=visit.partnership,
        address=parse_address(visit.form.value("email")),
        coordinator=visit.signed_in,
        send_key=visit.form.send_key(),
        now=visit.now,
    )
    if wish is Wish.ACCESS:
        accessing.ask(visit.world, **asked)
        return visit.redirect(_HOME, bewaard="inzage")
    never_again = bool(visit.form.value("nooit_meer"))
    try:
        erasing.ask(visit.world, **asked, never_again=never_again)
    except erasing.CannotEraseYourself:
        problem = _("This is your own address. Ask another coordinator to do it.")
        return _refuse(visit, {"email": problem})
    except erasing.AlreadyBeingErased:
        problem = _("These data are being erased already.")
        return _refuse(visit, {"email": problem}, status=409)
    return visit.redirect(_HOME, bewaard="wissen")


class _Asked(TypedDict):
    """What both wishes are asked with."""

    partnership: Partnership
    address: EmailAddress
    coordinator: Person
    send_key: str
    now: datetime


def _problems(visit: Visit) -> dict[str, str]:
    _ = visit.gettext
    problems = {}
    try:
        parse_address(visit.form.value("email"))
    except NotAnAddress:
        problems["email"] = _("Enter an email address like name@example.com.")
    if visit.form.value("wens") not in set(Wish):
        problems["wens"] = _("Select what this person asks.")
    return problems


def _refuse(visit: Visit, problems: Mapping[str, str], *, status: int = 422) -> Reply:
    return visit.page("data_request", form=visit.form.refused(problems), status=status)
