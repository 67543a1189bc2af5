"""What everybody may see: the front page, the wall, and the pages that explain."""

from __future__ import annotations

from chalicelib.domain.text import clean_line
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.use_cases import viewing

pages = Pages(__name__)


@pages.shows("", access=Access.ANYBODY)
def show_home(visit: Visit) -> Reply:
    """The newest thank-yous, and the button that this is all about."""
    return visit.page("home", viewing.home(visit.world, partnership=visit.partnership))


@pages.shows("/muur", access=Access.ANYBODY)
def show_wall(visit: Visit) -> Reply:
    """Everything that may be shown, newest first."""
    view = viewing.wall(
        visit.world,
        partnership=visit.partnership,
        search=clean_line(visit.query.get("zoek", ""))[:80],
        side=visit.query.get("kant", ""),
        after=visit.query.get("na", ""),
    )
    return visit.page("wall", view)


@pages.shows("/muur/{id}", access=Access.ANYBODY)
def show_one(visit: Visit) -> Reply:
    """One thank-you, for as long as it may be shown."""
    try:
        view = viewing.wall_item(
            visit.world, partnership=visit.partnership, nomination_id=visit.params["id"]
        )
    except viewing.NotShown as gone:
        happened = visit.gettext("This thank-you is not on the wall, or not any more.")
        raise Refused(410, happened) from gone
    return visit.page("wall_item", view)


@pages.shows("/hulp", access=Access.ANYBODY)
def show_help(visit: Visit) -> Reply:
    """How it works, and whom to ask."""
    return visit.page("help")


@pages.shows("/privacy", access=Access.ANYBODY)
def show_privacy(visit: Visit) -> Reply:
    """What happens to personal data, and who answers for it."""
    return visit.page("privacy", visit.partnership.controller)


@pages.shows("/toegankelijkheid", access=Access.ANYBODY)
def show_accessibility(visit: Visit) -> Reply:
    """How far everybody can use these pages."""
    return visit.page("accessibility")
