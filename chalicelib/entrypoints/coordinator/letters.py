"""Letters: thanks on paper for honourees without an email address."""

from __future__ import annotations

from chalicelib.domain.nomination import CannotMove, CannotReviewOwn, NoSuchHonouree
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.ports import NotFound
from chalicelib.use_cases import overseeing
from chalicelib.use_cases.reviewing import AlreadyReviewed, Review

pages = Pages(__name__)


@pages.shows("/beheer/brieven", access=Access.COORDINATOR)
def show_list(visit: Visit) -> Reply:
    """The letters that still have to be handed over."""
    view = overseeing.letters(
        visit.world, partnership=visit.partnership, after=visit.query.get("na", "")
    )
    return visit.page("letters", view)


@pages.shows("/beheer/brieven/{id}/{h}", access=Access.COORDINATOR)
def show_letter(visit: Visit) -> Reply:
    """One letter, ready to print."""
    try:
        view = overseeing.letter(
            visit.world,
            partnership=visit.partnership,
            nomination_id=visit.params["id"],
            honouree_id=visit.params["h"],
            now=visit.now,
        )
    except NoSuchHonouree as unknown:
        raise NotFound from unknown
    return visit.page("letter", view)


@pages.acts("/beheer/brieven/{id}/{h}", access=Access.COORDINATOR)
def hand_over(visit: Visit) -> Reply:
    """This honouree got their letter."""
    try:
        Review(
            visit.world,
            partnership=visit.partnership,
            nomination_id=visit.params["id"],
            seen_version=visit.form.number("versie"),
            reviewer=visit.signed_in,
            now=visit.now,
        ).hand_over(honouree_id=visit.params["h"])
    except NoSuchHonouree as unknown:
        raise NotFound from unknown
    except CannotReviewOwn as own:
        happened = visit.gettext(
            "You wrote this thank-you, or it is about you. Another coordinator hands it over."
        )
        raise Refused(403, happened, look="/beheer/brieven") from own
    except (AlreadyReviewed, CannotMove) as changed:
        happened = visit.gettext("Somebody changed this thank-you just now. Look at it again.")
        raise Refused(409, happened, look=f"/beheer/lezen/{visit.params['id']}") from changed
    return visit.redirect("/beheer/brieven", bewaard="brief")
