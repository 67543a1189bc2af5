"""Mails that did not arrive: what happened, send again, leave it, or take note of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chalicelib.domain.message import CannotMove, Message
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.use_cases import overseeing, settling

pages = Pages(__name__)


@pages.shows("/beheer/mails/mislukt", access=Access.COORDINATOR)
def show_list(visit: Visit) -> Reply:
    """Failed, bounced and parked mails, newest first."""
    view = overseeing.undelivered(
        visit.world,
        partnership=visit.partnership,
        now=visit.now,
        after=visit.query.get("na", ""),
    )
    return visit.page("mails_undelivered", view)


@pages.acts("/beheer/mails/{id}/opnieuw", access=Access.COORDINATOR)
def send_again(visit: Visit) -> Reply:
    """Queue it once more, knowing that it may arrive twice."""
    return _settle(visit, partial(settling.send_again, now=visit.now))


@pages.acts("/beheer/mails/{id}/laten", access=Access.COORDINATOR)
def leave(visit: Visit) -> Reply:
    """Leave it: it counts as not sent."""
    return _settle(visit, partial(settling.leave, now=visit.now))


@pages.acts("/beheer/mails/{id}/gezien", access=Access.COORDINATOR)
def put_away(visit: Visit) -> Reply:
    """Take it off the list, having seen that it did not arrive."""
    return _settle(visit, partial(settling.put_away, seen_standing=visit.form.value("stand")))


def _settle(visit: Visit, step: Callable[..., Message]) -> Reply:
    try:
        step(
            visit.world,
            partnership=visit.partnership,
            message_id=visit.params["id"],
            seen_attempt=visit.form.number("poging"),
        )
    except CannotMove as moved:
        happened = visit.gettext("Somebody else settled this mail, or it went out in the meantime.")
        raise Refused(409, happened, look="/beheer/mails/mislukt") from moved
    return visit.redirect("/beheer/mails/mislukt")
