"""The desk itself: what waits, and where to go."""

from __future__ import annotations

from chalicelib.entrypoints.http import Access, Pages, Reply, Visit
from chalicelib.use_cases import overseeing

pages = Pages(__name__)


@pages.shows("/beheer", access=Access.COORDINATOR)
def show_desk(visit: Visit) -> Reply:
    """Counts that link to lists, and the gatherings to come."""
    view = overseeing.desk(visit.world, partnership=visit.partnership, now=visit.now)
    return visit.page("desk", view)
