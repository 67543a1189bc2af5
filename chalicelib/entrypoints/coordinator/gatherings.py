"""Gatherings at the desk: plan, invite, follow the answers, change, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from chalicelib.domain.calendar_rules import AmbiguousLocalTime, NoSuchLocalTime
from chalicelib.domain.gathering import (
    Celebrated,
    EndsBeforeStart,
    InThePast,
    IsCancelled,
    IsOver,
    Plan,
    TooFarAhead,
)
from chalicelib.domain.invitation import (
    PartStat,
)
from chalicelib.domain.people import MAX_NAME_LENGTH, Language
from chalicelib.domain.text import clean_line
from chalicelib.entrypoints.cookies import fresh_key
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.use_cases import celebrating, hosting

pages = Pages(__name__)

MAX_TITLE_LENGTH = 120
MAX_PLACE_LENGTH = 200
MAX_TEXT_LENGTH = 2000
MAX_HOSTS = 10
MAX_CELEBRATED = 20
"""Whether each of them still agrees is looked up whenever the gathering is shown."""


@dataclass(frozen=True)
class PlanView:
    """The form of a gathering: whom it can celebrate, and which gathering it changes, if any."""

    gathering: hosting.GatheringView | None
    honourees: tuple[hosting.Pickable, ...]


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
    return _plan_page(visit, Form().filled(sleutel=fresh_key()))


@pages.acts("/beheer/bijeenkomsten/nieuw", access=Access.COORDINATOR)
def plan(visit: Visit) -> Reply:
    """Plan a gathering; nobody is told of it yet."""
    planned, problems = _read_plan(visit)
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
            problems["datum"] = _date_problem(visit, wrong)
    return _plan_page(visit, visit.form.refused(problems), status=422)


@pages.shows("/beheer/bijeenkomsten/{id}", access=Access.COORDINATOR)
def show_gathering(visit: Visit) -> Reply:
    """One gathering, and who answered what."""
    return visit.page("gathering", _gathering(visit))


@pages.shows("/beheer/bijeenkomsten/{id}/wijzig", access=Access.COORDINATOR)
def show_change(visit: Visit) -> Reply:
    """The plan as it is, to be changed."""
    found = visit.world.store.gathering(visit.partnership.slug, visit.params["id"])
    return _plan_page(visit, _filled(found.plan, version=found.version), changes=True)


@pages.acts("/beheer/bijeenkomsten/{id}/wijzig", access=Access.COORDINATOR)
def change(visit: Visit) -> Reply:
    """Change the plan, and tell everybody who was invited."""
    planned, problems = _read_plan(visit)
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
        problems["datum"] = _date_problem(visit, wrong)
        return _plan_page(visit, visit.form.refused(problems), status=422, changes=True)
    except celebrating.AlreadyChanged as changed:
        return _changed_meanwhile(visit, changed)
    except (IsCancelled, IsOver) as closed:
        raise Refused(409) from closed
    return visit.redirect(f"/beheer/bijeenkomsten/{visit.params['id']}")


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
        raise Refused(409) from changed
    except IsOver as over:
        raise Refused(409) from over
    return visit.redirect(f"/beheer/bijeenkomsten/{visit.params['id']}")


def _gathering(visit: Visit) -> hosting.GatheringView:
    group = visit.query.get("groep", "")
    return hosting.gathering(
        visit.world,
        partnership=visit.partnership,
        gathering_id=visit.params["id"],
        now=visit.now,
        group=PartStat(group) if group in set(PartStat) else None,
        after=visit.query.get("na", ""),
        busy="bezig" in visit.query,
        send_key=fresh_key(),
    )


def _plan_page(visit: Visit, form: Form, *, status: int = 200, changes: bool = False) -> Reply:
    view = PlanView(
        gathering=_gathering(visit) if changes else None,
        honourees=_pickable(visit),
    )
    return visit.page("gathering_plan", view, form=form, status=status)


def _date_problem(visit: Visit, wrong: Exception) -> str:
    _ = visit.gettext
    if isinstance(wrong, TooFarAhead):
        return _("Enter a date within the next ten years.")
    return _("Enter a date in the future.")


def _changed_meanwhile(visit: Visit, changed: celebrating.AlreadyChanged) -> Reply:
    """Two coordinators changed it: show what the other wrote beside what this one typed."""
    form = visit.form.filled(versie=str(changed.gathering.version))
    view = PlanView(gathering=_gathering(visit), honourees=_pickable(visit))
    return visit.page("gathering_conflict", view, form=form, status=409)


def _filled(plan: Plan, *, version: int) -> Form:
    ticked = tuple(f"{one.nomination}/{one.honouree}" for one in plan.honourees)
    form = Form({"geeerd": ticked})
    return form.filled(
        versie=str(version),
        titel=plan.title,
        plaats=plan.place,
        datum=plan.starts.date().isoformat(),
        begin=f"{plan.starts:%H:%M}",
        eind=f"{plan.ends:%H:%M}",
        tekst_nl=plan.text.get(Language.DUTCH, ""),
        tekst_en=plan.text.get(Language.ENGLISH, ""),
        gastheren="\n".join(plan.hosts),
    )


def _read_plan(visit: Visit) -> tuple[Plan | None, dict[str, str]]:
    """The plan that the form describes, or what is wrong with it."""
    _ = visit.gettext
    form = visit.form
    problems: dict[str, str] = {}
    title, place = clean_line(form.value("titel")), clean_line(form.value("plaats"))
    hosts = tuple(filter(None, map(clean_line, form.value("gastheren").splitlines())))
    if not title:
        problems["titel"] = _("Enter a title.")
    _too_long(visit, "titel", MAX_TITLE_LENGTH, problems)
    if not place:
        problems["plaats"] = _("Enter the place.")
    _too_long(visit, "plaats", MAX_PLACE_LENGTH, problems)
    day = _read_date(form.value("datum"))
    if day is None:
        problems["datum"] = _("Enter a date in the future.")
    begins, ends = _read_time(form.value("begin")), _read_time(form.value("eind"))
    if begins is None:
        problems["begin"] = _("Enter the start time, for example 19:30.")
    if ends is None:
        problems["eind"] = _("Enter the end time, for example 21:30.")
    for name in ("tekst_nl", "tekst_en"):
        _too_long(visit, name, MAX_TEXT_LENGTH, problems)
    if not hosts:
        problems["gastheren"] = _("Enter who the hosts are.")
    elif len(hosts) > MAX_HOSTS:
        problems["gastheren"] = _("Enter at most %(n)s hosts.") % {"n": MAX_HOSTS}
    elif max(map(len, hosts)) > MAX_NAME_LENGTH:
        sentence = _("Use at most %(n)s characters for each host.")
        problems["gastheren"] = sentence % {"n": MAX_NAME_LENGTH}
    if len(form.many("geeerd")) > MAX_CELEBRATED:
        problems["geeerd"] = _("Pick at most %(n)s people.") % {"n": MAX_CELEBRATED}
    if problems or day is None or begins is None or ends is None:
        return None, problems
    try:
        plan = Plan(
            title=title,
            place=place,
            starts=datetime.combine(day, begins),
            ends=datetime.combine(day, ends),
            time_zone=visit.partnership.settings.time_zone,
            text={
                Language.DUTCH: form.value("tekst_nl"),
                Language.ENGLISH: form.value("tekst_en"),
            },
            hosts=hosts,
            honourees=_celebrated(visit),
        )
    except NoSuchLocalTime:
        return None, {
            "begin": _(
                "This time does not exist: that night the clock goes forward. Choose another time."
            )
        }
    except AmbiguousLocalTime:
        return None, {
            "begin": _(
                "This time comes twice: that night the clock goes back. Choose another time."
            )
        }
    except EndsBeforeStart:
        return None, {"eind": _("The end time must be after the start time.")}
    return plan, {}


def _pickable(visit: Visit) -> tuple[hosting.Pickable, ...]:
    return hosting.pickable_honourees(
        visit.world, partnership=visit.partnership, gathering_id=visit.params.get("id", "")
    )


def _celebrated(visit: Visit) -> tuple[Celebrated, ...]:
    """The ticked honourees, by the names that their thank-yous carry now."""
    names = {pickable.value: pickable.label for pickable in _pickable(visit)}
    picked = [value for value in visit.form.many("geeerd") if value in names]
    return tuple(
        Celebrated(nomination=nomination, honouree=honouree, name=names[f"{nomination}/{honouree}"])
        for nomination, _, honouree in (value.partition("/") for value in picked)
    )


def _too_long(visit: Visit, name: str, limit: int, problems: dict[str, str]) -> None:
    too_many = len(visit.form.value(name)) - limit
    if too_many > 0:
        sentence = visit.gettext("Your text is %(n)s characters too long.")
        problems[name] = sentence % {"n": too_many}


def _read_date(typed: str) -> date | None:
    for pattern in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(typed.strip(), pattern).date()  # noqa: DTZ007 (a wall-clock date)
        except ValueError:
            continue
    return None


def _read_time(typed: str) -> time | None:
    try:
        return datetime.strptime(typed.strip().replace(".", ":")[:5], "%H:%M").time()  # noqa: DTZ007
    except ValueError:
        return None
