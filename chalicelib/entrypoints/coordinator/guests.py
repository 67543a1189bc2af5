"""Guests of a gathering at the desk: invite, follow, remind, answer for, take off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr

from chalicelib.domain.gathering import IsCancelled, IsOver
from chalicelib.domain.invitation import NotInvited, Via
from chalicelib.domain.job import Guest
from chalicelib.domain.text import clean_line
from chalicelib.entrypoints.answers import read_answer
from chalicelib.entrypoints.cookies import fresh_key
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.messages.addresses import NotAnAddress, parse_address
from chalicelib.use_cases import celebrating, hosting, responding

pages = Pages(__name__)


@dataclass(frozen=True)
class GuestsView:
    """The form that invites: a page of the people list, and where the next one starts."""

    gathering: hosting.GatheringView
    people: tuple[hosting.Pickable, ...]
    next: str


@dataclass(frozen=True)
class GuestView:
    """One guest of one gathering: to record an answer, or to take the invitation back."""

    gathering: hosting.GatheringView
    guest: hosting.GuestRow


@pages.shows("/beheer/bijeenkomsten/{id}/gasten", access=Access.COORDINATOR)
def show_guests(visit: Visit) -> Reply:
    """Whom to invite: from the people list, or by address."""
    return _guests_page(visit, Form().filled(sleutel=fresh_key()))


@pages.acts("/beheer/bijeenkomsten/{id}/gasten", access=Access.COORDINATOR)
def invite(visit: Visit) -> Reply:
    """Invite them. Who has an invitation already gets no second one."""
    _ = visit.gettext
    problems: dict[str, str] = {}
    everybody = bool(visit.form.value("iedereen"))
    guests = [*_picked(visit), *_typed_guests(visit, problems)]
    if not problems and not guests and not everybody:
        problems["mensen"] = _("Choose who you want to invite.")
    if problems:
        return _guests_page(visit, visit.form.refused(problems), status=422)
    return _start(
        visit,
        lambda key: celebrating.invite(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            guests=guests,
            everybody=everybody,
            send_key=key,
            now=visit.now,
        ),
    )


@pages.acts("/beheer/bijeenkomsten/{id}/herinner", access=Access.COORDINATOR)
def remind(visit: Visit) -> Reply:
    """Remind only those who have not answered."""
    return _start(
        visit,
        lambda key: celebrating.remind_silent(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            send_key=key,
            now=visit.now,
        ),
    )


@pages.shows("/beheer/bijeenkomsten/{id}/gasten/{g}", access=Access.COORDINATOR)
def show_guest(visit: Visit) -> Reply:
    """One guest: what they said, and what a coordinator can do."""
    return _guest_page(visit, None)


@pages.acts("/beheer/bijeenkomsten/{id}/gasten/{g}", access=Access.COORDINATOR)
def record_answer(visit: Visit) -> Reply:
    """Record an answer that came by telephone or in person."""
    answer, problems = read_answer(visit, via=Via.COORDINATOR)
    if answer is None:
        return _guest_page(visit, visit.form.refused(problems), status=422)
    try:
        responding.record_rsvp(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            guest=visit.params["g"],
            answer=answer,
            now=visit.now,
        )
    except (IsCancelled, NotInvited) as closed:
        raise Refused(409) from closed
    return visit.redirect(f"/beheer/bijeenkomsten/{visit.params['id']}")


@pages.acts("/beheer/bijeenkomsten/{id}/gasten/{g}/weg", access=Access.COORDINATOR)
def remove_guest(visit: Visit) -> Reply:
    """Take back one guest's invitation, and tell that guest alone."""
    try:
        celebrating.remove_guest(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            guest=visit.params["g"],
            now=visit.now,
        )
    except IsOver as over:
        raise Refused(409) from over
    return visit.redirect(f"/beheer/bijeenkomsten/{visit.params['id']}")


def _guests_page(visit: Visit, form: Form, *, status: int = 200) -> Reply:
    people, after = hosting.pickable_people(
        visit.world, partnership=visit.partnership, after=visit.query.get("na", "")
    )
    view = GuestsView(gathering=_gathering(visit), people=people, next=after)
    return visit.page("gathering_guests", view, form=form, status=status)


def _guest_page(visit: Visit, form: Form | None, *, status: int = 200) -> Reply:
    guest = hosting.guest(
        visit.world,
        partnership=visit.partnership,
        gathering_id=visit.params["id"],
        guest_id=visit.params["g"],
    )
    known = Form().filled(komt=guest.partstat, aantal=str(guest.heads), opmerking=guest.remark)
    view = GuestView(gathering=_gathering(visit), guest=guest)
    return visit.page("gathering_guest", view, form=form or known, status=status)


def _start(visit: Visit, start: Callable[[str], object]) -> Reply:
    """Start a job under the form's send key, so that a double click starts one."""
    try:
        start(visit.form.send_key())
    except (IsCancelled, IsOver) as closed:
        raise Refused(409) from closed
    except celebrating.TooManyGuests:
        sentence = visit.gettext("Invite at most %(n)s people at once.")
        problem = {"adressen": sentence % {"n": celebrating.MAX_GUESTS_AT_ONCE}}
        return _guests_page(visit, visit.form.refused(problem), status=422)
    return visit.redirect(f"/beheer/bijeenkomsten/{visit.params['id']}", bezig="1")


def _picked(visit: Visit) -> list[Guest]:
    """The people ticked on the list, by their own address and language."""
    return celebrating.guests_from_people(
        visit.world, partnership=visit.partnership, ids=visit.form.many("mensen")
    )


def _typed_guests(visit: Visit, problems: dict[str, str]) -> list[Guest]:
    """Guests typed one per line: an address, or a name with an address in angle brackets."""
    guests: list[Guest] = []
    for number, line in enumerate(visit.form.value("adressen").splitlines(), start=1):
        if not line.strip():
            continue
        name, address = parseaddr(line)
        try:
            guests.append(
                celebrating.guest_by_address(
                    visit.world,
                    partnership=visit.partnership,
                    name=clean_line(name),
                    address=parse_address(address),
                    language=visit.partnership.settings.language,
                )
            )
        except NotAnAddress:
            sentence = visit.gettext(
                "Line %(n)s: this is not an email address like name@example.com."
            )
            problems["adressen"] = sentence % {"n": number}
    return guests


def _gathering(visit: Visit) -> hosting.GatheringView:
    return hosting.gathering(
        visit.world,
        partnership=visit.partnership,
        gathering_id=visit.params["id"],
        now=visit.now,
    )
