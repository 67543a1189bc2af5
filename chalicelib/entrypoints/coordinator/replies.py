"""Mail about gatherings that nobody could deal with by itself: read it, apply, ignore, write."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.gathering import IsCancelled, NoSuchDate
from chalicelib.domain.held_reply import AlreadySettled
from chalicelib.domain.invitation import NotEnoughSeats, NotInvited, Via
from chalicelib.entrypoints.answers import read_answer, too_few_seats
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Reply, Visit
from chalicelib.use_cases import mailed_replies
from chalicelib.use_cases.mailed_replies import MAX_WORDS, CannotWrite, Settling

pages = Pages(__name__)

_HOME = "/beheer/antwoorden"


@pages.shows(_HOME, access=Access.COORDINATOR)
def show_list(visit: Visit) -> Reply:
    """What waits, the oldest first."""
    view = mailed_replies.waiting(
        visit.world, partnership=visit.partnership, after=visit.query.get("na", "")
    )
    return visit.page("replies", view)


@pages.shows(_HOME + "/{id}", access=Access.COORDINATOR)
def show_reply(visit: Visit) -> Reply:
    """One mail, and what can be done with it."""
    return _page(visit, None)


@pages.acts(_HOME + "/{id}/toepassen", access=Access.COORDINATOR)
def apply(visit: Visit) -> Reply:
    """Record the answer that the coordinator reads in it."""
    answer, problems = read_answer(visit, via=Via.COORDINATOR)
    if answer is None:
        return _page(visit, visit.form.refused(problems), status=422)
    date = visit.form.value("datum")
    return _settle(visit, lambda settling: settling.apply(answer, date=date), field="komt")


@pages.acts(_HOME + "/{id}/negeren", access=Access.COORDINATOR)
def ignore(visit: Visit) -> Reply:
    """Leave everything as it is."""
    return _settle(visit, lambda settling: settling.ignore(), field="ignore")


@pages.acts(_HOME + "/{id}/controle", access=Access.COORDINATOR)
def check_words(visit: Visit) -> Reply:
    """The mail to the guest as it would leave; nothing is kept yet."""
    if problem := _words_problem(visit):
        return _page(visit, visit.form.refused({"bericht": problem}), status=422)
    view = mailed_replies.reply(
        visit.world,
        partnership=visit.partnership,
        held_id=visit.params["id"],
        words=visit.form.value("bericht"),
        by=visit.signed_in.name,
        now=visit.now,
    )
    if view.preview is None or not view.may_write:
        return _page(visit, visit.form.refused({"bericht": _cannot(visit)}), status=409)
    return visit.page("reply_check", view)


@pages.acts(_HOME + "/{id}/schrijven", access=Access.COORDINATOR)
def write(visit: Visit) -> Reply:
    """Send the mail that was looked at."""
    if visit.form.value("wijzig"):
        return _page(visit, visit.form)
    if problem := _words_problem(visit):
        return _page(visit, visit.form.refused({"bericht": problem}), status=422)
    words = visit.form.value("bericht")
    return _settle(visit, lambda settling: settling.write(words), field="bericht")


def _settle(visit: Visit, step: Callable[[Settling], object], *, field: str) -> Reply:
    """Do one step, or say what another coordinator did before; what was typed stays."""
    settling = Settling(
        visit.world,
        partnership=visit.partnership,
        held_id=visit.params["id"],
        coordinator=visit.signed_in,
        now=visit.now,
    )
    try:
        step(settling)
    except AlreadySettled:
        sentence = visit.gettext(
            "Somebody else settled this email just now. See below what they did."
        )
        return _page(visit, visit.form.refused({"settled": sentence}), status=409)
    except NotEnoughSeats as wrong:
        return _page(visit, visit.form.refused(too_few_seats(visit, wrong)), status=422)
    except (IsCancelled, NotInvited, NoSuchDate, CannotWrite):
        return _page(visit, visit.form.refused({field: _cannot(visit)}), status=409)
    return visit.redirect(_HOME, bewaard="antwoord")


def _words_problem(visit: Visit) -> str:
    _ = visit.gettext
    words = visit.form.value("bericht")
    if not words:
        return _("Write what you want to say to this guest.")
    too_many = len(words) - MAX_WORDS
    if too_many > 0:
        return _("Your text is %(n)s characters too long.") % {"n": too_many}
    return ""


def _cannot(visit: Visit) -> str:
    return visit.gettext("This is not possible any more. Look at how it stands now.")


def _page(visit: Visit, form: Form | None, *, status: int = 200) -> Reply:
    view = mailed_replies.reply(
        visit.world, partnership=visit.partnership, held_id=visit.params["id"], now=visit.now
    )
    known = Form().filled(
        komt=view.partstat if view.is_for_guest else "",
        aantal=str(view.known_heads),
        opmerking=view.comment if view.is_for_guest else "",
        datum=next((one.value for one in view.dates if one.meant), ""),
    )
    shown = form.over(known) if form else known
    return visit.page("reply", view, form=shown, status=status)
