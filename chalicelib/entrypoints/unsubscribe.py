"""The pages behind the link at the foot of a mail: stop one kind, or choose among all."""

from __future__ import annotations

from chalicelib.domain.access import Purpose
from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.domain.preferences import StopLink
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Reply, Visit
from chalicelib.messages import emails
from chalicelib.use_cases import stopping, viewing

pages = Pages(__name__)


@pages.shows("/afmelden/{t}", access=Access.LINK, purpose=Purpose.UNSUBSCRIBE)
def show(visit: Visit) -> Reply:
    """One button that stops one kind of mail; once stopped, say so."""
    return _page(visit)


@pages.acts("/afmelden/{t}", access=Access.LINK, purpose=Purpose.UNSUBSCRIBE, one_click=True)
def stop(visit: Visit) -> Reply:
    """Stop it, whether a person asks or their mailbox does; asking again changes nothing."""
    stopping.stop(visit.world, partnership=visit.partnership.slug, link=_link(visit))
    return _page(visit) if visit.one_click else visit.redirect(f"/afmelden/{visit.params['t']}")


@pages.shows("/afmelden/{t}/voorkeuren", access=Access.LINK, purpose=Purpose.UNSUBSCRIBE)
def show_preferences(visit: Visit) -> Reply:
    """Every kind of mail that may be stopped."""
    return _preferences(visit, None)


@pages.acts("/afmelden/{t}/voorkeuren", access=Access.LINK, purpose=Purpose.UNSUBSCRIBE)
def choose(visit: Visit) -> Reply:
    """Keep the choices; a kind of mail that was not asked about stays as it is."""
    language = visit.form.value("taal")
    if language and language not in set(Language):
        problem = visit.gettext("Select a language.")
        return _preferences(visit, visit.form.refused({"taal": problem}), status=422)
    stopping.choose(
        visit.world,
        partnership=visit.partnership.slug,
        link=_link(visit),
        wanted=_kinds(visit.form, "mails"),
        shown=_kinds(visit.form, "gevraagd"),
        language=Language(language) if language else None,
    )
    return visit.redirect(f"/afmelden/{visit.params['t']}/voorkeuren", bewaard="1")


def _kinds(form: Form, name: str) -> list[Kind]:
    return [kind for kind in emails.stoppable() if kind.value in form.many(name)]


def _link(visit: Visit) -> StopLink:
    return StopLink.of_subject(visit.subject)


def _page(visit: Visit) -> Reply:
    view = viewing.stop(visit.world, partnership=visit.partnership, link=_link(visit))
    return visit.page("unsubscribe", view)


def _preferences(visit: Visit, form: Form | None, *, status: int = 200) -> Reply:
    view = viewing.preferences(
        visit.world, partnership=visit.partnership, link=_link(visit), language=visit.language
    )
    known = Form({"mails": view.wanted, "taal": (view.language,)})
    return visit.page("preferences", view, form=form or known, status=status)
