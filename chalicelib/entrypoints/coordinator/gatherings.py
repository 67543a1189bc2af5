"""Gatherings at the desk: plan, invite, follow the answers, change, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from chalicelib.domain.gathering import InThePast, IsCancelled, IsOver, TooFarAhead
from chalicelib.domain.invitation import Line, PartStat
from chalicelib.entrypoints.cookies import fresh_key
from chalicelib.entrypoints.coordinator.plan_form import (
    DAY_FIELDS,
    REMINDER_DAYS,
    date_problem,
    empty_form,
    filled_form,
    pickable,
    read_date,
    read_plan,
)
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.messages.invites import ZONES
from chalicelib.use_cases import celebrating, hosting

pages = Pages(__name__)


@dataclass(frozen=True)
class PlanView:
    """The form of a gathering: what can be chosen, and which gathering it changes, if any.

    `zones` are the time zones, the partnership's own first; `reminder_days` how long before the
    start a reminder can go. `kept` is the form of what somebody else saved meanwhile, and `days`
    what was typed as a day in either form, with the day that it is.
    """

    gathering: hosting.GatheringView | None
    honourees: tuple[hosting.Pickable, ...]
    zones: tuple[str, ...]
    reminder_days: tuple[int, ...] = REMINDER_DAYS
    kept: Form = field(default_factory=Form)
    days: Mapping[str, date] = field(default_factory=dict)


@pages.shows("/beheer/bijeenkomsten", access=Access.COORDINATOR)
def show_list(visit: Visit) -> Reply:
    """All gatherings, the latest start first."""
    view = hosting.gatherings(
        visit.world,
        partnership=visit.partnership,
        now=visit.now,
        after=visit.query.get("na", ""),
    )
    return visit.page("gatherings", view)


@pages.shows("/beheer/bijeenkomsten/nieuw", access=Access.COORDINATOR)
def show_new(visit: Visit) -> Reply:
    """An empty plan."""
    return _plan_page(visit, empty_form(visit).filled(sleutel=fresh_key()))


@pages.acts("/beheer/bijeenkomsten/nieuw", access=Access.COORDINATOR)
def plan(visit: Visit) -> Reply:
    """Plan a gathering; nobody is told of it yet."""
    planned, problems = read_plan(visit)
    if planned is not None:
        try:
            kept = celebrating.plan(
                visit.world,
                partnership=visit.partnership,
                plan=planned,
                organiser=visit.signed_in.id,
                gathering_id=visit.form.send_key(),
                now=visit.now,
            )
            return visit.redirect(f"/beheer/bijeenkomsten/{kept.id}")
        except celebrating.SendKeyUsed:
            problems["titel"] = visit.gettext(
                "You sent this form before. Look, then send it again."
            )
            form = visit.form.refused(problems).filled(sleutel=fresh_key())
            return _plan_page(visit, form, status=409)
        except (InThePast, TooFarAhead) as wrong:
            problems |= date_problem(visit, wrong)
    return _plan_page(visit, visit.form.refused(problems), status=422)


@pages.shows("/beheer/bijeenkomsten/{id}", access=Access.COORDINATOR)
def show_gathering(visit: Visit) -> Reply:
    """One gathering, and who answered what."""
    return visit.page("gathering", _gathering(visit))


@pages.shows("/beheer/bijeenkomsten/{id}/wijzig", access=Access.COORDINATOR)
def show_change(visit: Visit) -> Reply:
    """The plan as it is, to be changed."""
    found = visit.world.store.gathering(visit.partnership.slug, visit.params["id"])
    return _plan_page(visit, filled_form(found.plan, version=found.version), changes=True)


@pages.acts("/beheer/bijeenkomsten/{id}/wijzig", access=Access.COORDINATOR)
def change(visit: Visit) -> Reply:
    """Change the plan, and tell everybody who was invited."""
    planned, problems = read_plan(visit)
    if planned is None:
        return _plan_page(visit, visit.form.refused(problems), status=422, changes=True)
    try:
        celebrating.change(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            seen_version=visit.form.number("versie"),
            plan=planned,
            ask_again=bool(visit.form.value("opnieuw")),
            now=visit.now,
        )
    except (InThePast, TooFarAhead) as wrong:
        problems |= date_problem(visit, wrong)
        return _plan_page(visit, visit.form.refused(problems), status=422, changes=True)
    except celebrating.AlreadyChanged as changed:
        return _changed_meanwhile(visit, changed)
    except (IsCancelled, IsOver) as closed:
        raise _closed(visit) from closed
    return visit.redirect(f"/beheer/bijeenkomsten/{visit.params['id']}", bewaard="wijziging")


@pages.shows("/beheer/bijeenkomsten/{id}/afgelasten", access=Access.COORDINATOR)
def show_cancel(visit: Visit) -> Reply:
    """Ask whether it is really off."""
    return visit.page("gathering_cancel", _gathering(visit))


@pages.acts("/beheer/bijeenkomsten/{id}/afgelasten", access=Access.COORDINATOR)
def cancel(visit: Visit) -> Reply:
    """Cancel it, and tell everybody who was invited."""
    try:
        celebrating.cancel(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            seen_version=visit.form.number("versie"),
            now=visit.now,
        )
    except celebrating.AlreadyChanged as changed:
        happened = visit.gettext(
            "Somebody changed this gathering just now. Look at it again before you cancel it."
        )
        raise Refused(
            409, happened, look=f"/beheer/bijeenkomsten/{visit.params['id']}"
        ) from changed
    except IsOver as over:
        raise _closed(visit) from over
    return visit.redirect(f"/beheer/bijeenkomsten/{visit.params['id']}", bewaard="afgelast")


def _closed(visit: Visit) -> Refused:
    """A change to a gathering that is cancelled, or over."""
    happened = visit.gettext("This gathering is cancelled or over, so it does not change any more.")
    return Refused(409, happened, look=f"/beheer/bijeenkomsten/{visit.params['id']}")


def _gathering(visit: Visit) -> hosting.GatheringView:
    group = visit.query.get("groep", "")
    return hosting.gathering(
        visit.world,
        partnership=visit.partnership,
        gathering_id=visit.params["id"],
        now=visit.now,
        group=_group(group),
        after=visit.query.get("na", ""),
        job_id=visit.query.get("bezig", ""),
        send_key=fresh_key(),
    )


def _group(name: str) -> PartStat | Line | None:
    """The group of guests that an address asks for."""
    if name in set(Line):
        return Line(name)
    return PartStat(name) if name in set(PartStat) else None


def _plan_page(visit: Visit, form: Form, *, status: int = 200, changes: bool = False) -> Reply:
    view = _plan_view(visit, _gathering(visit) if changes else None)
    return visit.page("gathering_plan", view, form=form, status=status)


def _plan_view(visit: Visit, gathering: hosting.GatheringView | None) -> PlanView:
    own = visit.partnership.settings.time_zone
    zones = (own, *(zone for zone in ZONES if zone != own))
    return PlanView(gathering, pickable(visit), zones)


def _changed_meanwhile(visit: Visit, changed: celebrating.AlreadyChanged) -> Reply:
    """Two coordinators changed it: show what the other wrote beside what this one typed."""
    form = visit.form.filled(versie=str(changed.gathering.version))
    saved = filled_form(changed.gathering.plan, version=changed.gathering.version)
    typed = (side.value(name) for side in (saved, form) for name in DAY_FIELDS)
    days = {text: day for text in typed if (day := read_date(text))}
    view = replace(_plan_view(visit, _gathering(visit)), kept=saved, days=days)
    return visit.page("gathering_conflict", view, form=form, status=409)
