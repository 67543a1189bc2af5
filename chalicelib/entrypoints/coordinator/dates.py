"""Single dates of a series at the desk: who comes, and to move, drop or restore one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypedDict

from chalicelib.domain.gathering import (
    CrossesAnotherDate,
    InThePast,
    IsCancelled,
    IsOver,
    NoSuchDate,
    OnlyDateLeft,
)
from chalicelib.domain.invitation import NotInvited
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.recurrence import Occurrence
from chalicelib.entrypoints.coordinator.plan_form import (
    Problems,
    ending,
    read_date,
    read_time,
    time_problem,
)
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.messages.rendering import date_in_words
from chalicelib.ports import NotFound, World
from chalicelib.use_cases import celebrating, hosting

pages = Pages(__name__)

_PATH = "/beheer/bijeenkomsten/{id}/datums/{dag}"


@dataclass(frozen=True)
class DateView:
    """One date of a series, with a page of the guests and what they said of it."""

    gathering: hosting.GatheringView
    date: hosting.DateRow
    guests: tuple[hosting.DateGuest, ...]
    next: str


@pages.shows(_PATH, access=Access.COORDINATOR)
def show(visit: Visit) -> Reply:
    """One date: who comes, and what can be done with it."""
    return _page(visit, None)


@pages.acts(_PATH, access=Access.COORDINATOR)
def move(visit: Visit) -> Reply:
    """Move it, and tell everybody who was invited."""
    found = visit.world.store.gathering(visit.partnership.slug, visit.params["id"])
    plan = found.plan
    moved, problems = _read_move(visit, lasts=plan.ends - plan.starts if plan.all_day else None)
    if moved is None:
        return _page(visit, visit.form.refused(problems), status=422)
    return _changed(visit, lambda: celebrating.move_date(moved=moved, **_as_seen(visit)))


@pages.acts(f"{_PATH}/vervalt", access=Access.COORDINATOR)
def drop(visit: Visit) -> Reply:
    """Let it not go on, and tell everybody who was invited."""
    return _changed(visit, lambda: celebrating.drop_date(day=_day(visit), **_as_seen(visit)))


@pages.acts(f"{_PATH}/herstel", access=Access.COORDINATOR)
def restore(visit: Visit) -> Reply:
    """Let it go on as planned, and tell everybody who was invited."""
    return _changed(visit, lambda: celebrating.restore_date(day=_day(visit), **_as_seen(visit)))


@pages.acts("/beheer/bijeenkomsten/{id}/gasten/{g}/datum-weg", access=Access.COORDINATOR)
def uninvite(visit: Visit) -> Reply:
    """Take back one guest's invitation to one date, and tell that guest alone."""
    try:
        celebrating.uninvite_from_date(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            guest=visit.params["g"],
            day=_the_day(visit.form.value("dag")),
            now=visit.now,
        )
    except OnlyDateLeft as left:
        happened = visit.gettext(
            "This is the last date that this guest is invited to. Take the whole invitation back."
        )
        raise Refused(409, happened) from left
    except (NoSuchDate, IsCancelled, IsOver, NotInvited) as closed:
        raise Refused(409) from closed
    guest = f"/beheer/bijeenkomsten/{visit.params['id']}/gasten/{visit.params['g']}"
    return visit.redirect(guest, bewaard="datum")


def _page(visit: Visit, form: Form | None, *, status: int = 200) -> Reply:
    gathering = hosting.gathering(
        visit.world,
        partnership=visit.partnership,
        gathering_id=visit.params["id"],
        now=visit.now,
    )
    day = _day(visit)
    found = next((row for row in gathering.dates if row.day == day), None)
    if found is None:
        raise NotFound(visit.params["dag"])
    guests, after = hosting.guests_on(
        visit.world,
        partnership=visit.partnership,
        gathering_id=visit.params["id"],
        day=day,
        after=visit.query.get("na", ""),
    )
    known = Form().filled(
        versie=str(gathering.version),
        datum=found.starts.date().isoformat(),
        begin=f"{found.starts:%H:%M}",
        eind=f"{found.ends:%H:%M}",
    )
    view = DateView(gathering, found, guests, after)
    return visit.page("gathering_date", view, form=form or known, status=status)


def _day(visit: Visit) -> date:
    return _the_day(visit.params["dag"])


def _the_day(named: str) -> date:
    """The day by whose name a date goes; raises `NotFound`."""
    day = read_date(named)
    if day is None:
        raise NotFound(named)
    return day


def _read_move(visit: Visit, *, lasts: timedelta | None) -> tuple[Occurrence | None, Problems]:
    """The time that the form asks for, or what is wrong with it.

    What lasts whole days lasts as many as before.
    """
    _ = visit.gettext
    problems: Problems = {}
    day = read_date(visit.form.value("datum"))
    begins, ends = read_time(visit.form.value("begin")), read_time(visit.form.value("eind"))
    if day is None:
        problems["datum"] = _("Enter a date in the future.")
    elif lasts is not None:
        starts = datetime.combine(day, time())
        return Occurrence(_day(visit), starts, starts + lasts), {}
    if begins is None:
        problems["begin"] = _("Enter the start time, for example 19:30.")
    if ends is None:
        problems["eind"] = _("Enter the end time, for example 21:30.")
    if day is None or begins is None or ends is None:
        return None, problems
    return Occurrence(_day(visit), datetime.combine(day, begins), ending(day, begins, ends)), {}


class _Seen(TypedDict):
    world: World
    partnership: Partnership
    gathering_id: str
    seen_version: int
    now: datetime


def _as_seen(visit: Visit) -> _Seen:
    """Which gathering is to change, as it was when its page was shown."""
    return {
        "world": visit.world,
        "partnership": visit.partnership,
        "gathering_id": visit.params["id"],
        "seen_version": visit.form.number("versie"),
        "now": visit.now,
    }


def _changed(visit: Visit, change: Callable[[], object]) -> Reply:
    """Change the date, or show its page again with what is wrong."""
    try:
        change()
    except (NoSuchDate, IsCancelled, IsOver) as closed:
        raise Refused(409) from closed
    except celebrating.AlreadyChanged as changed:
        happened = visit.gettext("Somebody else changed this gathering just now. Look again.")
        raise Refused(409, happened) from changed
    except OnlyDateLeft:
        sentence = visit.gettext(
            "This is the only date that is left. Cancel the gathering instead."
        )
        return _page(visit, visit.form.refused({"vervalt": sentence}), status=409)
    except CrossesAnotherDate as crossing:
        sentence = visit.gettext(
            "This date stays between the others, because some calendars know no other order. "
            "It would meet %(day)s."
        )
        day = date_in_words(crossing.crossed.starts, visit.language)
        return _page(visit, visit.form.refused({"datum": sentence % {"day": day}}), status=422)
    except InThePast:
        sentence = visit.gettext("Enter a date in the future.")
        return _page(visit, visit.form.refused({"datum": sentence}), status=422)
    except ValueError as wrong:
        return _page(visit, visit.form.refused(time_problem(visit, wrong)), status=422)
    return visit.redirect(f"/beheer/bijeenkomsten/{visit.params['id']}", bewaard="wijziging")
