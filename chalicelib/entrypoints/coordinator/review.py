"""Reviewing at the desk: the list, one nomination, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.nomination import (
    MAX_CITATION_LENGTH,
    MAX_TEXT_LENGTH,
    CannotMove,
    CannotNominateYourself,
    CannotReviewOwn,
    Nomination,
    NominationState,
    NoSuchHonouree,
)
from chalicelib.domain.people import EmailAddress
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.messages.addresses import NotAnAddress, parse_address
from chalicelib.ports import Listing, NotFound
from chalicelib.use_cases import overseeing
from chalicelib.use_cases.reviewing import AlreadyReviewed, Review, TextChanged, TooLateToUndo

pages = Pages(__name__)


@pages.shows("/beheer/lezen", access=Access.COORDINATOR)
def show_list(visit: Visit) -> Reply:
    """What waits to be read, the oldest first."""
    return _list(visit, Listing.TO_REVIEW, "review_list")


@pages.shows("/beheer/lezen/gevraagd", access=Access.COORDINATOR)
def show_asked(visit: Visit) -> Reply:
    """What waits for an answer of its nominator."""
    return _list(visit, Listing.ASKED, "review_asked")


@pages.shows("/beheer/lezen/verdacht", access=Access.COORDINATOR)
def show_suspicious(visit: Visit) -> Reply:
    """What the spam guard held back."""
    return _list(visit, Listing.SUSPICIOUS, "review_suspicious")


@pages.shows("/beheer/lezen/ongelezen", access=Access.COORDINATOR)
def show_unread(visit: Visit) -> Reply:
    """What went on unread, because its nominator is trusted."""
    view = overseeing.unread(
        visit.world,
        partnership=visit.partnership,
        now=visit.now,
        after=visit.query.get("na", ""),
    )
    return visit.page("review_unread", view)


@pages.shows("/beheer/lezen/{id}", access=Access.COORDINATOR)
def show_nomination(visit: Visit) -> Reply:
    """One nomination, and the mail that approving would send."""
    return _page(visit, Form())


@pages.acts("/beheer/lezen/{id}/bewaren", access=Access.COORDINATOR)
def keep(visit: Visit) -> Reply:
    """Keep the citation and the addresses, and decide later."""
    return _decide(visit, lambda review: review.keep(), mends=True, saved="bewaard")


@pages.acts("/beheer/lezen/{id}/goedkeuren", access=Access.COORDINATOR)
def approve(visit: Visit) -> Reply:
    """Let the thanks go out."""
    seen = visit.form.number("tekst") if visit.form.value("tekst") else None
    return _decide(
        visit,
        lambda review: review.approve(seen_text=seen),
        mends=True,
        means=NominationState.APPROVED,
    )


@pages.acts("/beheer/lezen/{id}/afwijzen", access=Access.COORDINATOR)
def decline(visit: Visit) -> Reply:
    """Tell the nominator why it does not go on."""
    return _with_words(
        visit,
        "reden",
        lambda review, reason: review.decline(reason=reason),
        means=NominationState.DECLINED,
    )


@pages.acts("/beheer/lezen/{id}/vragen", access=Access.COORDINATOR)
def ask(visit: Visit) -> Reply:
    """Ask the nominator something first."""
    return _with_words(
        visit,
        "vraag",
        lambda review, question: review.ask(question=question),
        means=NominationState.QUESTION,
    )


@pages.acts("/beheer/lezen/{id}/ongedaan", access=Access.COORDINATOR)
def undo(visit: Visit) -> Reply:
    """Take the decision back, as long as its mails wait."""
    return _decide(visit, lambda review: review.undo(), saved="ongedaan")


@pages.acts("/beheer/lezen/{id}/vrijgeven", access=Access.COORDINATOR)
def release(visit: Visit) -> Reply:
    """Let a nomination that the spam guard held back go on."""
    return _decide(
        visit,
        lambda review: review.release(),
        then="/beheer/lezen/verdacht",
        saved="vrijgegeven",
    )


def _list(visit: Visit, listing: Listing, page: str) -> Reply:
    view = overseeing.nominations(
        visit.world,
        partnership=visit.partnership,
        listing=listing,
        after=visit.query.get("na", ""),
    )
    return visit.page(page, view)


def _page(visit: Visit, form: Form, *, status: int = 200) -> Reply:
    view = overseeing.review(
        visit.world,
        partnership=visit.partnership,
        nomination_id=visit.params["id"],
        reviewer=visit.signed_in,
        now=visit.now,
    )
    if form.problems and not view.may_review:  # A page without the form would lose what was typed.
        happened = form.problems.get("versie") or _too_late(visit)
        raise Refused(403 if status == 403 else 409, happened, look=f"/beheer/lezen/{view.id}")
    return visit.page("review", view, form=form, status=status)


def _with_words(
    visit: Visit,
    field: str,
    decide: Callable[[Review, str], Nomination],
    *,
    means: NominationState,
) -> Reply:
    """A decision that needs words to the nominator: refused while there are none, or too many."""
    words = visit.form.value(field)
    problem = _words_problem(visit, field, words)
    if problem:
        return _page(visit, visit.form.refused({field: problem}), status=422)
    return _decide(visit, lambda review: decide(review, words), mends=True, means=means)


def _words_problem(visit: Visit, field: str, words: str) -> str:
    _ = visit.gettext
    if not words:
        return _("Enter your question.") if field == "vraag" else _("Enter the reason.")
    too_many = len(words) - MAX_TEXT_LENGTH
    if too_many > 0:
        return _("Your text is %(n)s characters too long.") % {"n": too_many}
    return ""


def _decide(
    visit: Visit,
    decide: Callable[[Review], Nomination],
    *,
    mends: bool = False,
    means: NominationState | None = None,
    then: str = "",
    saved: str = "",
) -> Reply:
    """Do one step of a review, or say why it cannot be done.

    Afterwards the nomination shows how it stands now, because that is where a decision can be
    undone; `then` leads elsewhere. `saved` is what that page confirms, if it does not show it.
    `means` is the decision that it takes: the same form sent twice is answered as the first time.
    """
    _ = visit.gettext
    problems: dict[str, str] = {}
    addresses = _addresses(visit, problems) if mends else {}
    if mends:
        _check_citation(visit, problems)
    if problems:
        return _page(visit, visit.form.refused(problems), status=422)
    try:
        review = _review(visit)
        if mends:
            review.mend(citation=visit.form.value("citaat"), addresses=addresses)
        decide(review)
    except AlreadyReviewed as changed:
        if means is None or not _came_before(visit, changed.nomination, means, addresses):
            sentence = _("Somebody changed this thank-you just now. Look again before you decide.")
            return _page(visit, visit.form.refused({"versie": sentence}), status=409)
    except TextChanged:
        sentence = _(
            "Somebody put another text for this email into use just now. "
            "Read it again before you approve."
        )
        return _page(visit, visit.form.refused({"tekst": sentence}), status=409)
    except CannotNominateYourself:
        sentence = _("This is the address of the person who wrote the thank-you.")
        return _page(
            visit, visit.form.refused({next(iter(addresses), "citaat"): sentence}), status=422
        )
    except CannotReviewOwn:
        sentence = _(
            "You wrote this thank-you, or it is about you. Somebody else decides about it."
        )
        return _page(visit, visit.form.refused({"versie": sentence}), status=403)
    except NoSuchHonouree as unknown:
        raise NotFound from unknown
    except (CannotMove, TooLateToUndo):
        return _page(visit, visit.form.refused({"versie": _too_late(visit)}), status=409)
    confirmed = {"bewaard": saved} if saved else {}
    return visit.redirect(then or f"/beheer/lezen/{visit.params['id']}", **confirmed)


def _came_before(
    visit: Visit,
    found: Nomination,
    means: NominationState,
    addresses: dict[str, EmailAddress | None],
) -> bool:
    """Whether this form was sent twice, and the first time did all that it asks."""
    words = {
        NominationState.DECLINED: (found.reason, visit.form.value("reden")),
        NominationState.QUESTION: (found.question, visit.form.value("vraag")),
    }
    kept, typed = words.get(means, ("", ""))
    known = {honouree.id: honouree.address for honouree in found.honourees}
    return (
        found.was_decided(means, by=visit.signed_in.id, after=visit.form.number("versie"))
        and (found.citation, kept) == (visit.form.value("citaat"), typed)
        and addresses.items() <= known.items()
    )


def _too_late(visit: Visit) -> str:
    return visit.gettext("This is not possible any more. Look at how it stands now.")


def _review(visit: Visit) -> Review:
    return Review(
        visit.world,
        partnership=visit.partnership,
        nomination_id=visit.params["id"],
        seen_version=visit.form.number("versie"),
        reviewer=visit.signed_in,
        now=visit.now,
    )


def _addresses(visit: Visit, problems: dict[str, str]) -> dict[str, EmailAddress | None]:
    """The honourees' addresses, from fields named `email_<honouree>`."""
    _ = visit.gettext
    found: dict[str, EmailAddress | None] = {}
    for name, typed in visit.form.values.items():
        if not name.startswith("email_"):
            continue
        try:
            found[name.removeprefix("email_")] = parse_address(typed) if typed else None
        except NotAnAddress:
            problems[name] = _("Enter an email address like name@example.com, or leave it empty.")
    return found


def _check_citation(visit: Visit, problems: dict[str, str]) -> None:
    too_many = len(visit.form.value("citaat")) - MAX_CITATION_LENGTH
    if too_many > 0:
        sentence = visit.gettext("Your text is %(n)s characters too long.")
        problems["citaat"] = sentence % {"n": too_many}
