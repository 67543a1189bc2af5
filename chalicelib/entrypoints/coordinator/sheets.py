"""Sheets of paper for the day of a gathering: the guest list for the door, and the run sheet."""

from __future__ import annotations

from datetime import date

from chalicelib.domain.gathering import NoSuchDate
from chalicelib.domain.invitation import PartStat
from chalicelib.entrypoints.http import Access, Pages, Reply, Visit
from chalicelib.ports import NotFound
from chalicelib.use_cases import printing

pages = Pages(__name__)


@pages.shows("/beheer/bijeenkomsten/{id}/gastenlijst", access=Access.COORDINATOR)
def show_guest_list(visit: Visit) -> Reply:
    """Who is expected, by name, to tick off at the door."""
    group = visit.query.get("groep", "")
    try:
        view = printing.guest_list(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            now=visit.now,
            day=_day(visit),
            group=PartStat(group) if group in set(PartStat) else None,
            after=visit.query.get("na", ""),
        )
    except NoSuchDate as gone:
        raise NotFound(visit.params["id"]) from gone
    return visit.page("gathering_guest_list", view)


@pages.shows("/beheer/bijeenkomsten/{id}/draaiboek", access=Access.COORDINATOR)
def show_run_sheet(visit: Visit) -> Reply:
    """Who thanks whom, in which order, and what not to forget."""
    try:
        view = printing.run_sheet(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            now=visit.now,
            day=_day(visit),
        )
    except NoSuchDate as gone:
        raise NotFound(visit.params["id"]) from gone
    return visit.page("gathering_run_sheet", view)


def _day(visit: Visit) -> date | None:
    """The date of a series that a sheet was asked of; None for the next one."""
    asked = visit.query.get("datum", "")
    try:
        return date.fromisoformat(asked) if asked else None
    except ValueError:
        raise NotFound(asked) from None
