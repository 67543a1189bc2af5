"""Guests of a gathering at the desk: invite, follow, remind, answer for, take off."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.gathering import GatheringState, IsCancelled, IsOver, NoSuchDate
from chalicelib.domain.invitation import NotEnoughSeats, NotInvited, Via
from chalicelib.domain.job import MAX_SUBJECT_LENGTH, Guest
from chalicelib.domain.people import MAX_NAME_LENGTH, EmailAddress
from chalicelib.domain.text import clean_line
from chalicelib.entrypoints.answers import read_answer, too_few_seats
from chalicelib.entrypoints.cookies import fresh_key
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Refused, Reply, Visit
from chalicelib.messages.addresses import NotAnAddress, parse_mailbox
from chalicelib.messages.rendering import list_in_words
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
    return _invite(visit, guests, everybody=everybody)


@pages.acts("/beheer/bijeenkomsten/{id}/herinner", access=Access.COORDINATOR)
def remind(visit: Visit) -> Reply:
    """Remind only those who have not answered, under a subject of one's own if one is typed."""
    _ = visit.gettext
    subject = clean_line(visit.form.value("onderwerp"))
    too_many = len(subject) - MAX_SUBJECT_LENGTH
    if too_many > 0:
        sentence = _("Your text is %(n)s characters too long.") % {"n": too_many}
        return _reminder_refused(visit, sentence, status=422)
    try:
        job = celebrating.remind_silent(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            send_key=visit.form.send_key(),
            subject=subject,
            now=visit.now,
        )
    except (IsCancelled, IsOver) as closed:
        raise Refused(409, _closed(visit), look=_home(visit)) from closed
    except celebrating.SendKeyUsed:
        sentence = _(
            "You sent this reminder before, with another subject. Look, then send it again."
        )
        return _reminder_refused(visit, sentence, status=409)
    return visit.redirect(_home(visit), bezig=job.id)


@pages.shows("/beheer/bijeenkomsten/{id}/gasten/{g}", access=Access.COORDINATOR)
def show_guest(visit: Visit) -> Reply:
    """One guest: what they said, and what a coordinator can do."""
    return _guest_page(visit, None)


@pages.acts("/beheer/bijeenkomsten/{id}/gasten/{g}", access=Access.COORDINATOR)
def record_answer(visit: Visit) -> Reply:
    """Record an answer that came by telephone or in person, of a series also for one date."""
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
            date=visit.form.value("welke_datum"),
            now=visit.now,
        )
    except NoSuchDate:
        sentence = visit.gettext("This date does not go on, or this guest is not invited to it.")
        return _guest_page(visit, visit.form.refused({"welke_datum": sentence}), status=422)
    except NotEnoughSeats as wrong:
        return _guest_page(visit, visit.form.refused(too_few_seats(visit, wrong)), status=422)
    except (IsCancelled, NotInvited) as closed:
        raise _not_invited(visit) from closed
    return visit.redirect(_home(visit), bewaard="antwoord")


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
        happened = visit.gettext(
            "This gathering is over, so nobody is taken off the list any more."
        )
        raise Refused(409, happened, look=_home(visit)) from over
    return visit.redirect(_home(visit), bewaard="weg")


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
    gathering = _gathering(visit)
    if form is not None and gathering.state == GatheringState.CANCELLED:
        raise _not_invited(visit)
    known = Form().filled(komt=guest.partstat, aantal=str(guest.heads), opmerking=guest.remark)
    known = known.filled(meteen="1" if guest.moves_up else "", dag=visit.query.get("datum", ""))
    view = GuestView(gathering=gathering, guest=guest)
    return visit.page("gathering_guest", view, form=form or known, status=status)


def _not_invited(visit: Visit) -> Refused:
    """An answer of a guest whose invitation does not stand any more."""
    happened = visit.gettext("This guest is not invited any more, or the gathering is cancelled.")
    return Refused(409, happened, look=_home(visit))


def _invite(visit: Visit, guests: list[Guest], *, everybody: bool) -> Reply:
    """Start inviting under the form's send key, so that a double click starts it once."""
    try:
        job = celebrating.invite(
            visit.world,
            partnership=visit.partnership,
            gathering_id=visit.params["id"],
            guests=guests,
            everybody=everybody,
            send_key=visit.form.send_key(),
            now=visit.now,
        )
    except (IsCancelled, IsOver):
        return _refused(visit, _closed(visit), status=409)
    except celebrating.SendKeyUsed:
        other = visit.gettext("You sent this form before, with other people. Send it again.")
        return _refused(visit, other, status=409)
    except celebrating.TooManyGuests:
        return _refused(visit, _too_many(visit), status=422)
    return visit.redirect(_home(visit), bezig=job.id)


def _reminder_refused(visit: Visit, sentence: str, *, status: int) -> Reply:
    """The gathering again with the subject as it was typed, under a new key."""
    form = visit.form.refused({"onderwerp": sentence})
    return visit.page("gathering", _gathering(visit), form=form, status=status)


def _closed(visit: Visit) -> str:
    return visit.gettext("This gathering is cancelled or over, so nobody is told of it.")


def _home(visit: Visit) -> str:
    return f"/beheer/bijeenkomsten/{visit.params['id']}"


def _refused(visit: Visit, sentence: str, *, status: int) -> Reply:
    """The form again with all that was typed, under a new key."""
    form = visit.form.refused({"adressen": sentence}).filled(sleutel=fresh_key())
    return _guests_page(visit, form, status=status)


def _picked(visit: Visit) -> list[Guest]:
    """The people ticked on the list, by their own address and language."""
    return celebrating.guests_from_people(
        visit.world, partnership=visit.partnership, ids=visit.form.many("mensen")
    )


def _typed_guests(visit: Visit, problems: dict[str, str]) -> list[Guest]:
    """Guests typed one per line: an address, or a name with an address in angle brackets."""
    typed = visit.form.value("adressen").splitlines()
    lines = [(number, line) for number, line in enumerate(typed, start=1) if line.strip()]
    if len(lines) > celebrating.MAX_GUESTS_AT_ONCE:
        problems["adressen"] = _too_many(visit)
        return []
    mailboxes = [_mailbox(line) for _, line in lines]
    wrong = [str(number) for (number, _), found in zip(lines, mailboxes, strict=True) if not found]
    if wrong:
        sentence = visit.gettext(
            "Write one email address on each line, like name@example.com. Look at line %(lines)s."
        )
        problems["adressen"] = sentence % {"lines": list_in_words(wrong, visit.language)}
        return []
    return [_guest(visit, *found) for found in mailboxes if found]


def _mailbox(line: str) -> tuple[str, EmailAddress] | None:
    try:
        name, address = parse_mailbox(line)
    except NotAnAddress:
        return None
    return (clean_line(name), address) if len(name) <= MAX_NAME_LENGTH else None


def _guest(visit: Visit, name: str, address: EmailAddress) -> Guest:
    return celebrating.guest_by_address(
        visit.world,
        partnership=visit.partnership,
        name=name,
        address=address,
        language=visit.partnership.settings.language,
    )


def _too_many(visit: Visit) -> str:
    sentence = visit.gettext("Invite at most %(n)s people at once.")
    return sentence % {"n": celebrating.MAX_GUESTS_AT_ONCE}


def _gathering(visit: Visit) -> hosting.GatheringView:
    return hosting.gathering(
        visit.world,
        partnership=visit.partnership,
        gathering_id=visit.params["id"],
        now=visit.now,
        send_key=fresh_key(),
    )
