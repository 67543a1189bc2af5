"""The honouree's private pages: read, decide, answer, have it removed."""

from __future__ import annotations

from typing import TypedDict

from chalicelib.domain.access import Purpose
from chalicelib.domain.consent import Choice
from chalicelib.domain.nomination import (
    MAX_LINE_LENGTH,
    AlreadyThankedBack,
    CannotBeShown,
    NobodyToAnswer,
    NoSuchHonouree,
)
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import MAX_NAME_LENGTH, MIN_NAME_LENGTH
from chalicelib.domain.text import NotAName, clean_line
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.use_cases import consenting, viewing

pages = Pages(__name__)


@pages.shows("/voor-jou/{t}", access=Access.LINK, purpose=Purpose.HONOUREE)
def show(visit: Visit) -> Reply:
    """The words first; then what may happen to them."""
    return _page(visit, None)


@pages.acts("/voor-jou/{t}", access=Access.LINK, purpose=Purpose.HONOUREE)
def decide(visit: Visit) -> Reply:
    """Decide what may be shown; nothing is preselected, and every choice can be changed."""
    choice = visit.form.value("besluit")
    if choice not in set(Choice):
        problem = visit.gettext("Select what we may do with this thank-you.")
        return _page(visit, visit.form.refused({"besluit": problem}), status=422)
    try:
        consenting.decide(visit.world, **_whose(visit), choice=Choice(choice), now=visit.now)
    except CannotBeShown as private:
        happened = visit.gettext("This thank-you was given in private, and stays private.")
        raise Refused(409, happened, look=f"/voor-jou/{visit.params['t']}") from private
    return _back(visit, bewaard="besluit")


@pages.acts("/voor-jou/{t}/naam", access=Access.LINK, purpose=Purpose.HONOUREE)
def correct_name(visit: Visit) -> Reply:
    """The honouree's own spelling."""
    name = clean_line(visit.form.value("naam"))
    try:
        consenting.correct_name(visit.world, **_whose(visit), name=name)
    except NotAName:
        form = visit.form.refused({"naam": _name_problem(visit, name)})
        return _page(visit, form, status=422)
    return _back(visit, bewaard="naam")


@pages.acts("/voor-jou/{t}/terug", access=Access.LINK, purpose=Purpose.HONOUREE)
def thank_back(visit: Visit) -> Reply:
    """One line that reaches the nominator."""
    _ = visit.gettext
    line = clean_line(visit.form.value("bericht"))
    if not line:
        return _page(visit, visit.form.refused({"bericht": _("Enter your message.")}), status=422)
    if len(line) > MAX_LINE_LENGTH:
        problem = _("Your text is %(n)s characters too long.") % {"n": len(line) - MAX_LINE_LENGTH}
        return _page(visit, visit.form.refused({"bericht": problem}), status=422)
    try:
        consenting.thank_back(visit.world, **_whose(visit), line=line, now=visit.now)
    except AlreadyThankedBack as before:
        raise _said_before(visit) from before
    except NobodyToAnswer as nobody:
        happened = visit.gettext(
            "Whoever gave you these thanks is not known here any more. Your message was not sent."
        )
        raise Refused(409, happened, look=f"/voor-jou/{visit.params['t']}") from nobody
    return _back(visit, bewaard="bericht")


@pages.shows("/voor-jou/{t}/weg", access=Access.LINK, purpose=Purpose.HONOUREE)
def show_remove(visit: Visit) -> Reply:
    """Ask whether it should really go; once gone, say so."""
    return _page(visit, None, name="remove")


@pages.acts("/voor-jou/{t}/weg", access=Access.LINK, purpose=Purpose.HONOUREE)
def remove(visit: Visit) -> Reply:
    """Have it removed, from the wall at once. A second click finds it gone."""
    try:
        consenting.remove(visit.world, **_whose(visit), now=visit.now)
    except NoSuchHonouree:
        return visit.page("removed")
    return visit.redirect(f"/voor-jou/{visit.params['t']}/weg")


class _Whose(TypedDict):
    partnership: Partnership
    nomination_id: str
    honouree_id: str


def _whose(visit: Visit) -> _Whose:
    """Whose page this link opens, as every use case of this module asks for it."""
    nomination, _, honouree = visit.subject.partition("/")
    return _Whose(partnership=visit.partnership, nomination_id=nomination, honouree_id=honouree)


def _back(visit: Visit, **told: str) -> Reply:
    return visit.redirect(f"/voor-jou/{visit.params['t']}", **told)


def _name_problem(visit: Visit, name: str) -> str:
    _ = visit.gettext
    if len(name) < MIN_NAME_LENGTH:
        return _("Enter your name.")
    if len(name) > MAX_NAME_LENGTH:
        return _("Your text is %(n)s characters too long.") % {"n": len(name) - MAX_NAME_LENGTH}
    return _("A name holds only letters.")


def _said_before(visit: Visit) -> Refused:
    happened = visit.gettext(
        "You sent a message before, and that one stays. This one was not sent."
    )
    return Refused(409, happened, look=f"/voor-jou/{visit.params['t']}")


def _page(visit: Visit, form: Form | None, *, status: int = 200, name: str = "honouree") -> Reply:
    try:
        view = viewing.honouree(visit.world, **_whose(visit))
    except NoSuchHonouree:
        if form is not None:
            raise
        return visit.page("removed")
    if view.thanks_back and form is not None and "bericht" in form.problems:
        raise _said_before(visit)
    known = Form().filled(besluit=view.choice, naam=view.name, bericht=view.thanks_back)
    return visit.page(name, view, form=(form or Form()).over(known), status=status)
