"""Nominating: the form, its preview, and sending it once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.domain.nomination import (
    MAX_HONOUREES,
    MAX_ORGANISATION_LENGTH,
    MAX_TEXT_LENGTH,
    MIN_WHAT_LENGTH,
    MIN_WHY_LENGTH,
    Appreciation,
    CannotNominateYourself,
    Nomination,
    Nominator,
    Words,
)
from chalicelib.domain.people import (
    MAX_NAME_LENGTH,
    MIN_NAME_LENGTH,
    EmailAddress,
    Side,
    same_address,
)
from chalicelib.domain.spam_guard import Filling
from chalicelib.domain.text import clean_line
from chalicelib.entrypoints.cookies import fresh_key
from chalicelib.entrypoints.forms import SEND_KEY, SOLUTION, Form
from chalicelib.entrypoints.http import Access, Pages, Reply, Visit
from chalicelib.messages.addresses import NotAnAddress, likely_meant, parse_address
from chalicelib.use_cases import nominating, puzzling

pages = Pages(__name__)

_TRAP = "website"
"""A field that people do not see: whoever fills it in is looked at by a coordinator first."""
_OPENED = "geopend"
"""When the form was opened, in epoch seconds: whoever is faster than people waits likewise."""
_STAMP_DIGITS = 10
_NOT_CARRIED = {"meer", "wijzig", SOLUTION}
"""Fields that are about one page, and not about what was filled in."""


@dataclass(frozen=True)
class NominateView:
    """The form: how many honourees it asks for, and whether it asks where they belong by name."""

    honourees: int
    may_add: bool
    asks_organisation: bool


@dataclass(frozen=True)
class Doubt:
    """An address that looks like a slip of the hand, the field it is in, and what was meant."""

    field: str
    typed: str
    meant: str


@dataclass(frozen=True)
class CheckView:
    """The preview: the answers in the form's own words, by the fields that change them.

    `honourees` come with the end of their fields' names: `""` for the first, `_2` for the second.
    `masked` tells that something was left out of them that looks like a private number, and
    `doubts` are addresses to look at again. Sending it as it is accepts them. `puzzle` is for the
    browser, while its reader looks at all this.
    """

    honourees: tuple[tuple[str, nominating.Named], ...]
    side: str
    organisation: str
    what: str
    why: str
    appreciation: str
    name: str
    own_side: str
    email: str
    show_name: bool
    masked: bool
    doubts: tuple[Doubt, ...]
    asks_organisation: bool
    fields: tuple[tuple[str, str], ...]
    puzzle: puzzling.PuzzleView | None


@dataclass(frozen=True)
class ConflictView:
    """The same form was sent before with other words: what was kept, and what was typed now.

    What was kept is shown until its nominator confirmed it: from then on only their mail tells.
    """

    confirmed: bool
    kept_for: tuple[str, ...]
    kept_what: str
    kept_why: str
    typed_for: tuple[str, ...]
    typed_what: str
    typed_why: str
    send_key: str


@pages.shows("/bedank", access=Access.ANYBODY)
def show_form(visit: Visit) -> Reply:
    """The form, with nothing filled in but what we know of who is signed in."""
    form = Form().filled(sleutel=fresh_key(), geopend=str(int(visit.now.timestamp())))
    if visit.coordinator is not None:
        form = form.filled(naam=visit.coordinator.name, email=visit.coordinator.address or "")
    return _form_page(visit, form)


@pages.acts("/bedank/controle", access=Access.ANYBODY)
def check(visit: Visit) -> Reply:
    """Show what would be sent; nothing is stored yet. The other buttons go back to the form."""
    form = visit.form
    if form.value("meer") or form.value("wijzig"):
        return _form_page(visit, form, extra=bool(form.value("meer")))
    draft, problems = _read(visit)
    if draft is None:
        return _form_page(visit, form.refused(problems), status=422)
    return visit.page("nominate_check", _preview(visit, draft))


@pages.acts("/bedank", access=Access.ANYBODY)
def send(visit: Visit) -> Reply:
    """Send it, once: a double click, a reload or the back button end at the same page."""
    form = visit.form
    send_key = form.send_key()
    draft, problems = _read(visit)
    if draft is None:
        return _form_page(visit, form.refused(problems), status=422)
    try:
        nominating.submit_nomination(
            visit.world,
            partnership=visit.partnership,
            draft=draft,
            send_key=send_key,
            signed_in=visit.coordinator,
            filling=_filling(form),
            now=visit.now,
        )
    except CannotNominateYourself:
        return _form_page(visit, form.refused({"email_ander": _own_address(visit)}), status=422)
    except nominating.SendKeyUsed as used:
        return visit.page("nominate_conflict", _both(used.nomination, draft, send_key), status=409)
    return visit.redirect(f"/verstuurd/{send_key}")


def _filling(form: Form) -> Filling:
    """How the form was filled in. A page of long ago brings no stamp, and a made-up one no time."""
    stamp = form.value(_OPENED)
    readable = stamp.isascii() and stamp.isdecimal() and len(stamp) <= _STAMP_DIGITS
    opened = datetime.fromtimestamp(int(stamp), UTC) if readable else None
    return Filling(trap=form.value(_TRAP), opened_at=opened, solution=form.value(SOLUTION))


def _both(kept: Nomination, draft: nominating.Draft, send_key: str) -> ConflictView:
    confirmed = kept.verified_at is not None
    return ConflictView(
        confirmed=confirmed,
        kept_for=() if confirmed else tuple(honouree.name for honouree in kept.honourees),
        kept_what="" if confirmed else kept.words.what,
        kept_why="" if confirmed else kept.words.why,
        typed_for=tuple(named.name for named in draft.named),
        typed_what=draft.words.what,
        typed_why=draft.words.why,
        send_key=send_key,
    )


def _form_page(visit: Visit, form: Form, *, status: int = 200, extra: bool = False) -> Reply:
    asked = min(len(_numbers(form)) + extra, MAX_HONOUREES)
    if not form.value(SEND_KEY):
        form = form.filled(sleutel=fresh_key())
    view = NominateView(
        honourees=asked,
        may_add=asked < MAX_HONOUREES,
        asks_organisation=_asks_organisation(visit, form),
    )
    return visit.page("nominate", view, form=form, status=status)


def _asks_organisation(visit: Visit, form: Form) -> bool:
    """Not where the side says it already, unless somebody answered it all the same."""
    return not visit.partnership.sides_are_parties or bool(form.value("organisatie"))


def _numbers(form: Form) -> range:
    """Which honourees the form asks for: from 1 to the last one that came with it."""
    further = range(2, MAX_HONOUREES + 1)
    came = [number for number in further if f"wie_{number}" in form.answers]
    return range(1, max(came, default=1) + 1)


def _ends(form: Form) -> list[str]:
    """How the fields of each honouree end; a further one left empty altogether is not meant."""
    ends = ["" if number == 1 else f"_{number}" for number in _numbers(form)]
    return [end for end in ends if not end or _is_named(form, end)]


def _is_named(form: Form, end: str) -> bool:
    return bool(clean_line(form.value(f"wie{end}")) or form.value(f"email_ander{end}"))


def _read(visit: Visit) -> tuple[nominating.Draft | None, dict[str, str]]:
    """The nomination that the form describes, or what is wrong with it, in the form's order."""
    form = visit.form
    problems: dict[str, str] = {}
    named = _read_honourees(visit, problems)
    side = _read_side(
        visit, "kant", visit.gettext("Select where this person or group belongs."), problems
    )
    organisation = clean_line(form.value("organisatie"))
    _check_length(visit, "organisatie", organisation, 0, MAX_ORGANISATION_LENGTH, problems)
    what = _read_text(
        visit, "wat", visit.gettext("Enter what this person did."), MIN_WHAT_LENGTH, problems
    )
    why = _read_text(
        visit, "waarom", visit.gettext("Enter why it mattered."), MIN_WHY_LENGTH, problems
    )
    appreciation = form.value("vorm")
    if appreciation not in set(Appreciation):
        problems["vorm"] = visit.gettext("Select how you want to thank this person.")
    nominator = _read_nominator(visit, problems)
    _refuse_own_address(visit, named, nominator, problems)
    if problems or nominator is None or side is None:
        return None, problems
    words = Words(what=what, why=why, organisation=organisation)
    return nominating.Draft(nominator, named, side, words, Appreciation(appreciation)), {}


def _read_honourees(visit: Visit, problems: dict[str, str]) -> tuple[nominating.Named, ...]:
    _ = visit.gettext
    named: list[nominating.Named] = []
    for end in _ends(visit.form):
        who, where = f"wie{end}", f"email_ander{end}"
        name, typed = clean_line(visit.form.value(who)), visit.form.value(where)
        if not name:
            problems[who] = _("Enter who you want to thank.")
        else:
            _check_length(visit, who, name, MIN_NAME_LENGTH, MAX_NAME_LENGTH, problems)
        wrong = _("Enter an email address like name@example.com, or leave it empty.")
        address = _read_address(where, typed, wrong, problems) if typed else None
        named.append(nominating.Named(name, address))
    return tuple(named)


def _read_nominator(visit: Visit, problems: dict[str, str]) -> Nominator | None:
    _ = visit.gettext
    form = visit.form
    name = clean_line(form.value("naam"))
    if not name:
        problems["naam"] = _("Enter your name.")
    else:
        _check_length(visit, "naam", name, MIN_NAME_LENGTH, MAX_NAME_LENGTH, problems)
    side = _read_side(visit, "kant_zelf", _("Select where you belong."), problems)
    address = None
    if not form.value("email"):
        problems["email"] = _("Enter your email address.")
    else:
        wrong = _("Enter an email address like name@example.com.")
        address = _read_address("email", form.value("email"), wrong, problems)
    if form.value("naam_tonen") not in {"ja", "nee"}:
        problems["naam_tonen"] = _("Select whether we may show your name.")
    if side is None or address is None:
        return None
    return Nominator(name, address, side, form.value("naam_tonen") == "ja", visit.language)


def _read_side(visit: Visit, field: str, missing: str, problems: dict[str, str]) -> Side | None:
    value = visit.form.value(field)
    if value not in set(Side):
        problems[field] = missing
        return None
    return Side(value)


def _read_text(visit: Visit, field: str, missing: str, least: int, problems: dict[str, str]) -> str:
    text = visit.form.value(field)
    if not text:
        problems[field] = missing
    else:
        _check_length(visit, field, text, least, MAX_TEXT_LENGTH, problems)
    return text


def _read_address(
    field: str, typed: str, wrong: str, problems: dict[str, str]
) -> EmailAddress | None:
    try:
        return parse_address(typed)
    except NotAnAddress:
        problems[field] = wrong
        return None


def _check_length(
    visit: Visit, field: str, text: str, least: int, most: int, problems: dict[str, str]
) -> None:
    _ = visit.gettext
    question = _questions(visit).get(
        field.partition("_")[0] if field.startswith("wie_") else field, ""
    )
    if len(text) < least:
        problems[field] = _('Write a little more for "%(question)s".') % {"question": question}
    elif len(text) > most and most == MAX_TEXT_LENGTH:
        problems[field] = _('Your text for "%(question)s" is %(n)s characters too long.') % {
            "question": question,
            "n": len(text) - most,
        }
    elif len(text) > most:
        problems[field] = _('Use at most %(n)s characters for "%(question)s".') % {
            "question": question,
            "n": most,
        }


def _questions(visit: Visit) -> dict[str, str]:
    """The questions as the form asks them, for sentences that name one."""
    _ = visit.gettext
    return {
        "wie": _("Who do you want to thank?"),
        "organisatie": _("What is it called?"),
        "wat": _("What did this person do?"),
        "waarom": _("Why did it matter?"),
        "naam": _("What is your name?"),
    }


def _refuse_own_address(
    visit: Visit,
    named: tuple[nominating.Named, ...],
    nominator: Nominator | None,
    problems: dict[str, str],
) -> None:
    """Say at the field itself that somebody is thanking themselves, before the preview."""
    for end, one in zip(_ends(visit.form), named, strict=True):
        if nominator is not None and same_address(one.address, nominator.address):
            problems[f"email_ander{end}"] = _own_address(visit)


def _own_address(visit: Visit) -> str:
    return visit.gettext(
        "This is your own email address. Thank someone else? "
        "Enter the other person's address, or leave it empty."
    )


def _preview(visit: Visit, draft: nominating.Draft) -> CheckView:
    form = visit.form
    carried = {name: value for name, value in form.values.items() if name not in _NOT_CARRIED}
    words = draft.words.without_private_numbers
    return CheckView(
        honourees=tuple(zip(_ends(form), draft.named, strict=True)),
        side=draft.side.value,
        organisation=words.organisation,
        what=words.what,
        why=words.why,
        appreciation=draft.appreciation.value,
        name=draft.nominator.name,
        own_side=draft.nominator.side.value,
        email=draft.nominator.address,
        show_name=draft.nominator.show_name,
        masked=words != draft.words,
        doubts=tuple(_doubts(draft, form)),
        asks_organisation=_asks_organisation(visit, form),
        fields=tuple(carried.items()),
        puzzle=puzzling.pose(visit.world, visit.partnership, now=visit.now),
    )


def _doubts(draft: nominating.Draft, form: Form) -> Iterator[Doubt]:
    named = zip(_ends(form), draft.named, strict=True)
    typed = {f"email_ander{end}": one.address for end, one in named}
    typed["email"] = draft.nominator.address
    for name, address in typed.items():
        meant = likely_meant(address) if address else None
        if address and meant:
            yield Doubt(name, address, meant)
