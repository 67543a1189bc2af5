"""A guest's own page: the invitation, and the answer to it."""

from __future__ import annotations

from chalicelib.domain.access import Purpose
from chalicelib.domain.gathering import IsCancelled, NoSuchDate
from chalicelib.domain.invitation import NotEnoughSeats, NotInvited, PartStat, Via
from chalicelib.entrypoints.answers import read_answer, read_dates, too_few_seats
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit, calendar_reply
from chalicelib.use_cases import publishing, responding, viewing

pages = Pages(__name__)


@pages.shows("/uitnodiging/{t}", access=Access.LINK, purpose=Purpose.RSVP)
def show(visit: Visit) -> Reply:
    """What is celebrated, when and where, and the answer as it stands."""
    return _page(visit, None)


@pages.acts("/uitnodiging/{t}", access=Access.LINK, purpose=Purpose.RSVP)
def respond(visit: Visit) -> Reply:
    """Record the answer, which can be changed until the gathering is over; or change language."""
    if visit.form.value("wijzig"):
        return _page(visit, visit.form)
    gathering, _, guest = visit.subject.partition("/")
    answer, problems = read_answer(visit, via=Via.PAGE)
    if answer is not None and visit.form.value("versie") != str(_revision(visit, gathering)):
        return _page(visit, visit.form.refused({"komt": _changed_just_now(visit)}), status=409)
    if answer is None:
        return _page(visit, visit.form.refused(problems), status=422)
    try:
        responding.record_rsvp(
            visit.world,
            partnership=visit.partnership,
            gathering_id=gathering,
            guest=guest,
            answer=answer,
            now=visit.now,
        )
    except NotEnoughSeats as wrong:
        return _page(visit, visit.form.refused(too_few_seats(visit, wrong)), status=422)
    except (IsCancelled, NotInvited) as closed:
        raise _closed(visit) from closed
    return visit.redirect(f"/uitnodiging/{visit.params['t']}", bewaard="1")


@pages.acts("/uitnodiging/{t}/datums", access=Access.LINK, purpose=Purpose.RSVP)
def respond_per_date(visit: Visit) -> Reply:
    """Record what is said of single dates of a series."""
    gathering, _, guest = visit.subject.partition("/")
    view = _view(visit)
    if not view.may_answer:
        raise _closed(visit)
    if visit.form.value("versie") != str(view.revision):
        return _page(visit, visit.form.refused({"komt": _changed_just_now(visit)}), status=409)
    said, problems = read_dates(visit, [one.day for one in view.when.dates])
    if problems:
        return _page(visit, visit.form.refused(problems), status=422)
    try:
        responding.record_dates(
            visit.world,
            partnership=visit.partnership,
            gathering_id=gathering,
            guest=guest,
            said=said,
            via=Via.PAGE,
            now=visit.now,
        )
    except (IsCancelled, NotInvited, NoSuchDate) as closed:
        raise _closed(visit) from closed
    return visit.redirect(f"/uitnodiging/{visit.params['t']}", bewaard="1")


@pages.shows("/uitnodiging/{t}/agenda.ics", access=Access.LINK, purpose=Purpose.RSVP)
def download(visit: Visit) -> Reply:
    """The gathering as a file, for a calendar that no mail reaches."""
    gathering, _, guest = visit.subject.partition("/")
    content = publishing.own_entry(
        visit.world,
        partnership=visit.partnership,
        gathering_id=gathering,
        guest=guest,
        domain=visit.pluim.letterhead.rsvp_domain,
    )
    return calendar_reply(content, filename=visit.gettext("invitation.ics"))


def _changed_just_now(visit: Visit) -> str:
    return visit.gettext("The invitation was changed just now. Look again, then answer.")


def _revision(visit: Visit, gathering: str) -> int:
    return visit.world.store.gathering(visit.partnership.slug, gathering).revision


def _view(visit: Visit) -> viewing.RsvpView:
    gathering, _, guest = visit.subject.partition("/")
    return viewing.rsvp(
        visit.world,
        partnership=visit.partnership,
        gathering_id=gathering,
        guest=guest,
        language=visit.language,
        now=visit.now,
    )


def _page(visit: Visit, form: Form | None, *, status: int = 200) -> Reply:
    view = _view(visit)
    if form is not None and not view.may_answer:
        raise _closed(visit)
    answered = view.partstat if view.partstat != PartStat.NEEDS_ACTION else ""
    dates = Form().filled(**{f"dag_{one.day.isoformat()}": one.partstat for one in view.when.dates})
    known = dates.filled(
        komt=answered,
        aantal=str(view.heads),
        opmerking=view.remark,
        meteen="1" if view.moves_up else "",
    )
    return visit.page("rsvp", view, form=form.over(dates) if form else known, status=status)


def _closed(visit: Visit) -> Refused:
    """An answer to an invitation that does not stand any more."""
    happened = visit.gettext(
        "This invitation does not stand any more, so your answer was not saved."
    )
    return Refused(409, happened, look=f"/uitnodiging/{visit.params['t']}")
