"""Requests about somebody's own data: which there were, and a new one."""

from __future__ import annotations

from chalicelib.domain.people import EmailAddress
from chalicelib.entrypoints.cookies import fresh_key
from chalicelib.entrypoints.forms import SEND_KEY, Form
from chalicelib.entrypoints.http import Access, Pages, Reply, Visit
from chalicelib.messages.addresses import NotAnAddress, parse_address
from chalicelib.use_cases import erasing, own_data

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
    address = _address(visit)
    if address is None:
        return _refuse(visit, visit.gettext("Enter an email address like name@example.com."))
    view = own_data.found(visit.world, partnership=visit.partnership, address=address)
    return visit.page("data_request_check", view)


@pages.acts(_HOME, access=Access.COORDINATOR)
def ask(visit: Visit) -> Reply:
    """Have it done."""
    _ = visit.gettext
    send_key, address = visit.form.send_key(), _address(visit)
    if address is None:
        return _refuse(visit, _("Enter an email address like name@example.com."))
    try:
        erasing.ask(
            visit.world,
            partnership=visit.partnership,
            address=address,
            never_again=bool(visit.form.value("nooit_meer")),
            coordinator=visit.signed_in,
            send_key=send_key,
            now=visit.now,
        )
    except erasing.CannotEraseYourself:
        return _refuse(visit, _("This is your own address. Ask another coordinator to do it."))
    except erasing.AlreadyBeingErased:
        return _refuse(visit, _("These data are being erased already."), status=409)
    return visit.redirect(_HOME, bewaard="wissen")


def _address(visit: Visit) -> EmailAddress | None:
    try:
        return parse_address(visit.form.value("email"))
    except NotAnAddress:
        return None


def _refuse(visit: Visit, problem: str, *, status: int = 422) -> Reply:
    return visit.page("data_request", form=visit.form.refused({"email": problem}), status=status)
