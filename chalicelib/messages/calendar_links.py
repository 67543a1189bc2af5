"""Links that put a gathering into a calendar on the web, for people whose mail program has none.

The forms are those that the services document for links on other sites. Times are UTC, which no
time zone of the reader's can shift, or days for what lasts all day. Nothing about a guest stands in
a link: these addresses end up in other people's logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from chalicelib.domain.people import Language
from chalicelib.domain.plan import Plan
from chalicelib.domain.recurrence import Occurrence
from chalicelib.domain.text import clean_line, clean_text

_MAX_TEXT = 500
"""How much of the text goes along: some services cut a link short at 2,000 characters."""


@dataclass(frozen=True)
class CalendarLinks:
    """Where each calendar on the web offers to take a gathering, or one date of a series.

    `starts` is when that is, by the clock of that place.
    """

    starts: datetime
    google: str
    outlook: str
    yahoo: str


def calendar_links(plan: Plan, date: Occurrence, *, language: Language) -> CalendarLinks:
    """The links of one date of a gathering, with its text as readers of a language get it.

    A link can hold one date: none of these services takes the rule of a series.
    """
    title, place = clean_line(plan.title), clean_line(plan.place)
    text = _shortened(clean_text(plan.text_in(language)))
    starts, ends = _compact(plan, date.starts), _compact(plan, date.ends)
    return CalendarLinks(
        starts=date.starts,
        google=_link(
            "https://calendar.google.com/calendar/render",
            action="TEMPLATE",
            text=title,
            dates=f"{starts}/{ends}",
            location=place,
            details=text,
        ),
        outlook=_link(
            "https://outlook.live.com/calendar/0/deeplink/compose",
            path="/calendar/action/compose",
            rru="addevent",
            subject=title,
            allday="true" if plan.all_day else "",
            startdt=_extended(plan, date.starts),
            enddt=_extended(plan, date.ends),
            location=place,
            body=text,
        ),
        yahoo=_link(
            "https://calendar.yahoo.com/",
            v="60",
            TITLE=title,
            DUR="allday" if plan.all_day else "",
            ST=starts,
            ET=ends,
            in_loc=place,
            DESC=text,
        ),
    )


def _link(start: str, **parts: str) -> str:
    """A link whose spaces are `%20`: not every service reads a plus as one."""
    said = {name: part for name, part in parts.items() if part}
    return f"{start}?{urlencode(said, quote_via=quote, safe='/')}"


def _compact(plan: Plan, local: datetime) -> str:
    return f"{local:%Y%m%d}" if plan.all_day else f"{plan.instant(local):%Y%m%dT%H%M%SZ}"


def _extended(plan: Plan, local: datetime) -> str:
    return f"{local:%Y-%m-%d}" if plan.all_day else f"{plan.instant(local):%Y-%m-%dT%H:%M:%SZ}"


def _shortened(text: str) -> str:
    """The text, cut behind a whole word where it has any."""
    if len(text) <= _MAX_TEXT:
        return text
    start = text[:_MAX_TEXT]
    return f"{start.rpartition(' ')[0] or start[:-1]}…"
