"""The page behind the link to one's own data: ask for a code, and read them once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.access import CODE_LIVES, Purpose
from chalicelib.domain.export import AlreadyOpened, Entry
from chalicelib.entrypoints.codes import typed_code, wrong_code
from chalicelib.entrypoints.cookies import cookie, cookie_name, fresh_key
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Access, Pages, Reply, Visit
from chalicelib.ports import AllowanceSpent
from chalicelib.use_cases import own_data
from chalicelib.use_cases.accessing import Reader
from chalicelib.use_cases.collecting import TIMES
from chalicelib.use_cases.signing_in import WrongCode

pages = Pages(__name__)

_BROWSER = "gegevens"


@dataclass(frozen=True)
class DoorView:
    """The page before the data are shown; `is_open` is whether they still can be."""

    is_open: bool
    minutes: int


@dataclass(frozen=True)
class EntryView:
    """One thing that is kept about somebody, with its local times and days as such."""

    what: str
    facts: Mapping[str, str | date | datetime]


@dataclass(frozen=True)
class OwnDataView:
    """All that is kept about somebody, to read, and the same as JSON to take along."""

    entries: tuple[EntryView, ...]
    json: str


@pages.shows("/gegevens/{t}", access=Access.LINK, purpose=Purpose.EXPORT)
def show(visit: Visit) -> Reply:
    """What this is, with the button that asks for a code."""
    return _door(visit, "own_data")


@pages.acts("/gegevens/{t}", access=Access.LINK, purpose=Purpose.EXPORT)
def send_code(visit: Visit) -> Reply:
    """Mail a code to whose data it is; opening the link alone shows nothing."""
    browser = fresh_key()
    with suppress(AllowanceSpent, AlreadyOpened):  # The same page, and no further mail.
        _reader(visit).ask_for_code(browser=browser, now=visit.now)
    lives = int(CODE_LIVES.total_seconds())
    return visit.redirect(f"/gegevens/{visit.params['t']}/code").with_cookie(
        cookie(_BROWSER, browser, visit.links, max_age=lives)
    )


@pages.shows("/gegevens/{t}/code", access=Access.LINK, purpose=Purpose.EXPORT)
def ask_for_code(visit: Visit) -> Reply:
    """Where the code goes."""
    return _door(visit, "own_data_code")


@pages.acts("/gegevens/{t}/code", access=Access.LINK, purpose=Purpose.EXPORT)
def open_data(visit: Visit) -> Reply:
    """Show everything, once."""
    try:
        entries = _reader(visit).open(
            browser=visit.cookies.get(cookie_name(_BROWSER, visit.links), ""),
            code=typed_code(visit),
            now=visit.now,
        )
    except AlreadyOpened:
        return _door(visit, "own_data")
    except WrongCode as wrong:
        return _door(visit, "own_data_code", form=wrong_code(visit, wrong), status=422)
    view = OwnDataView(tuple(map(_entry_view, entries)), own_data.as_json(entries))
    return visit.page("own_data_shown", view)


def _entry_view(entry: Entry) -> EntryView:
    facts = {name: _when(fact) if name in TIMES else fact for name, fact in entry.facts.items()}
    return EntryView(entry.what, facts)


def _when(fact: str) -> date | datetime:
    """A day, or a moment of it."""
    try:
        return date.fromisoformat(fact)
    except ValueError:
        return datetime.fromisoformat(fact)


def _reader(visit: Visit) -> Reader:
    return Reader(visit.world, visit.partnership, visit.subject)


def _door(visit: Visit, name: str, *, form: Form | None = None, status: int = 200) -> Reply:
    minutes = int(CODE_LIVES.total_seconds() // 60)
    view = DoorView(is_open=_reader(visit).is_open(), minutes=minutes)
    return visit.page(name if view.is_open else "own_data", view, form=form, status=status)
