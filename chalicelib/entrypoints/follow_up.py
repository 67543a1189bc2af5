"""The private page on which both sides tell, six weeks later, what a thank-you led to."""

from __future__ import annotations

from chalicelib.domain.access import Purpose
from chalicelib.domain.nomination import MAX_TEXT_LENGTH, CannotMove
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.use_cases import following_up, viewing

pages = Pages(__name__)


@pages.shows("/vervolg/{t}", access=Access.LINK, purpose=Purpose.FOLLOW_UP)
def show(visit: Visit) -> Reply:
    """The words, what the other side told, and one question."""
    return _page(visit, Form())


@pages.acts("/vervolg/{t}", access=Access.LINK, purpose=Purpose.FOLLOW_UP)
def tell(visit: Visit) -> Reply:
    """Keep the answer; it may be changed as often as its writer likes."""
    _ = visit.gettext
    text = visit.form.value("vervolg")
    too_many = len(text) - MAX_TEXT_LENGTH
    if not text:
        return _refused(visit, _("Enter what it led to."))
    if too_many > 0:
        return _refused(visit, _("Your text is %(n)s characters too long.") % {"n": too_many})
    nomination, _slash, honouree = visit.subject.partition("/")
    try:
        following_up.tell(
            visit.world,
            partnership=visit.partnership,
            nomination_id=nomination,
            honouree_id=honouree,
            text=text,
        )
    except CannotMove as moved:
        raise Refused(409) from moved
    return visit.redirect(f"/vervolg/{visit.params['t']}", bewaard="vervolg")


def _refused(visit: Visit, problem: str) -> Reply:
    return _page(visit, visit.form.refused({"vervolg": problem}), status=422)


def _page(visit: Visit, form: Form, *, status: int = 200) -> Reply:
    nomination, _, honouree = visit.subject.partition("/")
    view = viewing.follow_up(
        visit.world,
        partnership=visit.partnership,
        nomination_id=nomination,
        honouree_id=honouree,
    )
    return visit.page(
        "follow_up", view, form=form.over(Form().filled(vervolg=view.own)), status=status
    )
