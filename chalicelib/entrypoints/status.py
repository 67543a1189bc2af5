"""The nominator's private pages: confirm, follow, explain, take back."""

from __future__ import annotations

from chalicelib.domain.access import Purpose
from chalicelib.domain.nomination import MAX_TEXT_LENGTH, CannotMove
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.use_cases import nominating, viewing

pages = Pages(__name__)


@pages.shows("/bevestig/{t}", access=Access.LINK, purpose=Purpose.VERIFY)
def show_verify(visit: Visit) -> Reply:
    """One button that proves the nominator's address."""
    return visit.page("verify", _status(visit))


@pages.acts("/bevestig/{t}", access=Access.LINK, purpose=Purpose.VERIFY)
def verify(visit: Visit) -> Reply:
    """The address is proven: the coordinators can start reading."""
    try:
        nominating.verify_nomination(
            visit.world, partnership=visit.partnership, nomination_id=visit.subject, now=visit.now
        )
    except CannotMove as moved:
        raise Refused(410) from moved
    return visit.redirect(f"/bevestig/{visit.params['t']}")


@pages.shows("/verstuurd/{t}", access=Access.LINK, purpose=Purpose.SENT)
def show_sent(visit: Visit) -> Reply:
    """It is sent: what comes next. It tells no more once the address is confirmed."""
    return visit.page("sent", _sent(visit))


@pages.acts("/verstuurd/{t}/opnieuw", access=Access.LINK, purpose=Purpose.SENT)
def mail_again(visit: Visit) -> Reply:
    """Mail the link once more, to whoever does not find the first one."""
    nominating.mail_again(
        visit.world, partnership=visit.partnership, nomination_id=visit.subject, now=visit.now
    )
    return visit.redirect(f"/verstuurd/{visit.params['t']}", bewaard="gemaild")


@pages.shows("/verstuurd/{t}/intrekken", access=Access.LINK, purpose=Purpose.SENT)
def show_take_back(visit: Visit) -> Reply:
    """Ask whether they really want to take back what nobody has confirmed yet."""
    view = _sent(visit)
    if view.state == "confirmed":
        return visit.redirect(f"/verstuurd/{visit.params['t']}")
    return visit.page("withdraw", view)


@pages.acts("/verstuurd/{t}/intrekken", access=Access.LINK, purpose=Purpose.SENT)
def take_back(visit: Visit) -> Reply:
    """Take it back, as long as nobody has confirmed it."""
    back = f"/verstuurd/{visit.params['t']}"
    try:
        nominating.take_back_unconfirmed(
            visit.world, partnership=visit.partnership, nomination_id=visit.subject, now=visit.now
        )
    except CannotMove as moved:
        happened = visit.gettext(
            "It was confirmed in the meantime. "
            "Our email has a link with which you can take it back."
        )
        raise Refused(409, happened, look=back) from moved
    return visit.redirect(back)


@pages.shows("/status/{t}", access=Access.LINK, purpose=Purpose.STATUS)
def show_status(visit: Visit) -> Reply:
    """Where the thank-you stands."""
    return visit.page("status", _status(visit))


@pages.shows("/status/{t}/intrekken", access=Access.LINK, purpose=Purpose.STATUS)
def show_withdraw(visit: Visit) -> Reply:
    """Ask whether they really want to take it back."""
    return visit.page("withdraw", _status(visit))


@pages.acts("/status/{t}/intrekken", access=Access.LINK, purpose=Purpose.STATUS)
def withdraw(visit: Visit) -> Reply:
    """Take it back, as long as nothing has been sent."""
    try:
        nominating.withdraw_nomination(
            visit.world, partnership=visit.partnership, nomination_id=visit.subject, now=visit.now
        )
    except CannotMove as sent:
        happened = visit.gettext("It was passed on in the meantime. It cannot be taken back now.")
        raise Refused(409, happened, look=f"/status/{visit.params['t']}") from sent
    return visit.redirect(f"/status/{visit.params['t']}")


@pages.shows("/vraag/{t}", access=Access.LINK, purpose=Purpose.QUESTION)
def show_question(visit: Visit) -> Reply:
    """The coordinator's question."""
    return _question_page(visit, Form())


@pages.acts("/vraag/{t}", access=Access.LINK, purpose=Purpose.QUESTION)
def answer_question(visit: Visit) -> Reply:
    """The nominator explains, or reads on in the other language."""
    _ = visit.gettext
    if visit.form.value("wijzig"):
        return _question_page(visit, visit.form)
    answer = visit.form.value("antwoord")
    too_many = len(answer) - MAX_TEXT_LENGTH
    if not answer:
        return _refused(visit, _("Enter your answer."))
    if too_many > 0:
        return _refused(visit, _("Your text is %(n)s characters too long.") % {"n": too_many})
    try:
        nominating.answer_question(
            visit.world, partnership=visit.partnership, nomination_id=visit.subject, answer=answer
        )
    except CannotMove as moved:
        raise _closed(visit) from moved
    return visit.redirect(f"/vraag/{visit.params['t']}")


def _refused(visit: Visit, problem: str) -> Reply:
    return _question_page(visit, visit.form.refused({"antwoord": problem}), status=422)


def _question_page(visit: Visit, form: Form, *, status: int = 200) -> Reply:
    view = viewing.question(visit.world, partnership=visit.partnership, nomination_id=visit.subject)
    if view.answered and form.answers:
        raise _closed(visit)
    return visit.page("question", view, form=form, status=status)


def _closed(visit: Visit) -> Refused:
    """An answer to a question that nobody asks any more."""
    happened = visit.gettext(
        "The question is answered, or a coordinator decided in the meantime. "
        "What you typed now did not go to them."
    )
    return Refused(409, happened, look=f"/vraag/{visit.params['t']}")


def _sent(visit: Visit) -> viewing.SentView:
    return viewing.sent(visit.world, partnership=visit.partnership, nomination_id=visit.subject)


def _status(visit: Visit) -> viewing.StatusView:
    return viewing.status(visit.world, partnership=visit.partnership, nomination_id=visit.subject)
