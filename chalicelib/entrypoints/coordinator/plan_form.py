"""The form of a gathering: read into a plan with all that is wrong with it, and filled from one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from chalicelib.domain.calendar_rules import AmbiguousLocalTime, NoSuchLocalTime
from chalicelib.domain.gathering import InThePast, TooFarAhead
from chalicelib.domain.people import MAX_NAME_LENGTH, Language
from chalicelib.domain.plan import (
    MAX_CELEBRATED,
    MAX_HOSTS,
    MAX_PLACE_LENGTH,
    MAX_SEATS,
    MAX_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    Celebrated,
    ClockChangesDuring,
    DatesOverlap,
    EndsBeforeStart,
    Plan,
    SeatsOfASeries,
)
from chalicelib.domain.recurrence import (
    MAX_DATES,
    MAX_EVERY,
    NotInEveryMonth,
    NotTheLastWeekday,
    Pattern,
    Recurrence,
    TooFewDates,
    TooManyDates,
)
from chalicelib.domain.text import clean_line
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Visit
from chalicelib.messages.invites import ZONES
from chalicelib.messages.rendering import date_in_words
from chalicelib.use_cases import hosting

Problems = dict[str, str]
"""A field's name with a sentence about what is wrong with it."""

DAY_FIELDS = ("datum", "laatste_dag", "herhaal_tot")
"""The fields that hold a day."""

REMINDER_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30)
"""How many days before the start a reminder can go; 0 is never."""

_ANSWER_HOURS = ("12", "24", "48", "72", "168")
"""The choices for how long a place is kept for whoever it is offered to."""

_DAY = timedelta(days=1)
_LONGEST_NIGHT = timedelta(hours=12)
"""What would last longer until the next day is rather a slip of the pen."""
_TEXTS = {"tekst_nl": Language.DUTCH, "tekst_en": Language.ENGLISH}


@dataclass(frozen=True)
class _When:
    """The questions about time, each of them answered."""

    starts: datetime
    ends: datetime
    all_day: bool


def read_plan(visit: Visit) -> tuple[Plan | None, Problems]:
    """The plan that the form describes, or what is wrong with it, in the order of the questions."""
    _ = visit.gettext
    problems: Problems = {}
    title = _read_line(visit, "titel", MAX_TITLE_LENGTH, _("Enter a title."), problems)
    place = _read_line(visit, "plaats", MAX_PLACE_LENGTH, _("Enter the place."), problems)
    when = _read_when(visit, problems)
    zone = _read_zone(visit, problems)
    repeats = _read_repeats(visit, problems)
    hosts = _read_hosts(visit, problems)
    _check_celebrated(visit, problems)
    seats = _read_seats(visit, problems)
    text = _read_texts(visit, problems)
    remind_silent = _read_days(visit, "herinner_stil", Plan.remind_silent_days, problems)
    remind_coming = _read_days(visit, "herinner_komt", Plan.remind_coming_days, problems)
    if problems or when is None:
        return None, problems
    try:
        return Plan(
            title=title,
            place=place,
            starts=when.starts,
            ends=when.ends,
            time_zone=zone,
            text=text,
            hosts=hosts,
            honourees=_celebrated(visit),
            remind_silent_days=remind_silent,
            remind_coming_days=remind_coming,
            all_day=when.all_day,
            repeats=repeats,
            public=bool(visit.form.value("openbaar")),
            seats=seats,
            answer_within_hours=_read_hours(visit),
        ), {}
    except ValueError as wrong:
        return None, time_problem(visit, wrong)


def date_problem(visit: Visit, wrong: InThePast | TooFarAhead) -> Problems:
    """What is wrong with a date that cannot be meant."""
    _ = visit.gettext
    if isinstance(wrong, TooFarAhead):
        return {"datum": _("Enter a date within the next ten years.")}
    return {"datum": _("Enter a date in the future.")}


def empty_form(visit: Visit) -> Form:
    """The form of a gathering still to be planned."""
    return Form().filled(
        tijdzone=visit.partnership.settings.time_zone,
        om_de="1",
        herinner_stil=str(Plan.remind_silent_days),
        herinner_komt=str(Plan.remind_coming_days),
        bedenktijd=str(Plan.answer_within_hours),
    )


def filled_form(plan: Plan, *, version: int) -> Form:
    """The form of a gathering as it is planned."""
    ticked = tuple(f"{one.nomination}/{one.honouree}" for one in plan.honourees)
    form = Form({"geeerd": ticked, "openbaar": ("1",) if plan.public else ()})
    return form.filled(
        versie=str(version),
        titel=plan.title,
        plaats=plan.place,
        datum=plan.starts.date().isoformat(),
        tijdzone=plan.time_zone,
        **_filled_hours(plan),
        **_filled_repeats(plan.repeats),
        gastheren="\n".join(plan.hosts),
        herinner_stil=str(plan.remind_silent_days),
        herinner_komt=str(plan.remind_coming_days),
        plekken=str(plan.seats) if plan.seats else "",
        bedenktijd=str(plan.answer_within_hours),
        **{name: plan.text.get(language, "") for name, language in _TEXTS.items()},
    )


def _filled_hours(plan: Plan) -> dict[str, str]:
    if plan.all_day:
        last_day = (plan.ends - _DAY).date()
        return {"heledag": "1", "laatste_dag": last_day.isoformat()}
    return {"begin": f"{plan.starts:%H:%M}", "eind": f"{plan.ends:%H:%M}"}


def _filled_repeats(repeats: Recurrence | None) -> dict[str, str]:
    if repeats is None:
        return {"om_de": "1"}
    return {
        "herhaalt": repeats.pattern.value,
        "om_de": str(repeats.every),
        "herhaal_tot": repeats.until.isoformat() if repeats.until else "",
        "aantal_keer": str(repeats.count or ""),
    }


def pickable(visit: Visit) -> tuple[hosting.Pickable, ...]:
    """Whom the gathering can celebrate."""
    return hosting.pickable_honourees(
        visit.world, partnership=visit.partnership, gathering_id=visit.params.get("id", "")
    )


def _read_line(visit: Visit, name: str, limit: int, missing: str, problems: Problems) -> str:
    """One line of text that must be there."""
    line = clean_line(visit.form.value(name))
    if not line:
        problems[name] = missing
    _check_length(visit, name, limit, problems)
    return line


def _read_when(visit: Visit, problems: Problems) -> _When | None:
    """The first or only day, with its hours or up to its last day."""
    _ = visit.gettext
    form = visit.form
    day = read_date(form.value("datum"))
    if day is None:
        problems["datum"] = _("Enter a date in the future.")
    if form.value("heledag"):
        return _read_whole_days(visit, day, problems)
    begins, ends = read_time(form.value("begin")), read_time(form.value("eind"))
    if begins is None:
        problems["begin"] = _("Enter the start time, for example 19:30.")
    if ends is None:
        problems["eind"] = _("Enter the end time, for example 21:30.")
    if day is None or begins is None or ends is None:
        return None
    return _When(datetime.combine(day, begins), ending(day, begins, ends), all_day=False)


def ending(day: date, begins: time, ends: time) -> datetime:
    """When it ends: an hour up to the start is one of the next morning."""
    starts, same_day = datetime.combine(day, begins), datetime.combine(day, ends)
    if same_day > starts or day == date.max or same_day + _DAY - starts > _LONGEST_NIGHT:
        return same_day
    return same_day + _DAY


def _read_whole_days(visit: Visit, first: date | None, problems: Problems) -> _When | None:
    """From the midnight that begins the first day to the one that ends the last."""
    typed = visit.form.value("laatste_dag")
    last = read_date(typed) if typed else first
    if typed and last is None:
        problems["laatste_dag"] = visit.gettext("Enter the last day, for example 2027-01-31.")
    if first is None or last is None or last == date.max:
        return None
    midnight = time()
    ends = datetime.combine(last, midnight) + _DAY
    return _When(datetime.combine(first, midnight), ends, all_day=True)


def _read_zone(visit: Visit, problems: Problems) -> str:
    zone = visit.form.value("tijdzone") or visit.partnership.settings.time_zone
    if zone not in ZONES:
        problems["tijdzone"] = visit.gettext("Choose one of these time zones.")
    return zone


def _read_repeats(visit: Visit, problems: Problems) -> Recurrence | None:
    """How a series comes back, and until when."""
    _ = visit.gettext
    form = visit.form
    pattern = form.value("herhaalt")
    if not pattern:
        return None
    if pattern not in set(Pattern):
        problems["herhaalt"] = _("Choose how it comes back.")
        return None
    every = _read_number(form.value("om_de") or "1")
    if not 1 <= every <= MAX_EVERY:
        problems["om_de"] = _("Enter a number from 1 to %(n)s.") % {"n": MAX_EVERY}
    until, times = read_date(form.value("herhaal_tot")), form.value("aantal_keer")
    if form.value("herhaal_tot") and until is None:
        problems["herhaal_tot"] = _("Enter the last day, for example 2027-01-31.")
    elif (until is None) == (not times):
        problems["herhaal_tot"] = _("Enter the last day, or how many times. Not both.")
    elif times and not 2 <= _read_number(times) <= MAX_DATES:
        problems["aantal_keer"] = _("Enter a number from 2 to %(n)s.") % {"n": MAX_DATES}
    if {"om_de", "herhaal_tot", "aantal_keer"} & problems.keys():
        return None
    count = _read_number(times) if times else 0
    return Recurrence(Pattern(pattern), every=every, until=until, count=count)


def _read_hosts(visit: Visit, problems: Problems) -> tuple[str, ...]:
    """One host on each line."""
    _ = visit.gettext
    lines = visit.form.value("gastheren").splitlines()
    hosts = tuple(filter(None, map(clean_line, lines)))
    if not hosts:
        problems["gastheren"] = _("Enter who the hosts are.")
    elif len(hosts) > MAX_HOSTS:
        problems["gastheren"] = _("Enter at most %(n)s hosts.") % {"n": MAX_HOSTS}
    elif max(map(len, hosts)) > MAX_NAME_LENGTH:
        sentence = _("Use at most %(n)s characters for each host.")
        problems["gastheren"] = sentence % {"n": MAX_NAME_LENGTH}
    return hosts


def _check_celebrated(visit: Visit, problems: Problems) -> None:
    if len(visit.form.many("geeerd")) > MAX_CELEBRATED:
        sentence = visit.gettext("Pick at most %(n)s people.")
        problems["geeerd"] = sentence % {"n": MAX_CELEBRATED}


def _celebrated(visit: Visit) -> tuple[Celebrated, ...]:
    """The ticked honourees, by the names that their thank-yous carry now."""
    names = {one.value: one.label for one in pickable(visit)}
    picked = [value for value in visit.form.many("geeerd") if value in names]
    return tuple(
        Celebrated(nomination=nomination, honouree=honouree, name=names[f"{nomination}/{honouree}"])
        for nomination, _, honouree in (value.partition("/") for value in picked)
    )


def _read_seats(visit: Visit, problems: Problems) -> int:
    """For how many people there is room; 0 when nothing was filled in."""
    typed = visit.form.value("plekken").strip()
    if not typed:
        return 0
    if re.fullmatch("[0-9]{1,5}", typed) and 1 <= int(typed) <= MAX_SEATS:
        return int(typed)
    sentence = visit.gettext("Enter a number from 1 to %(n)s, or leave this empty.")
    problems["plekken"] = sentence % {"n": MAX_SEATS}
    return 0


def _read_hours(visit: Visit) -> int:
    """How long an offered place is kept: one of the choices, or else as long as usual."""
    typed = visit.form.value("bedenktijd")
    return int(typed) if typed in _ANSWER_HOURS else Plan.answer_within_hours


def _read_texts(visit: Visit, problems: Problems) -> dict[Language, str]:
    """What the invitation says, per language."""
    for name in _TEXTS:
        _check_length(visit, name, MAX_TEXT_LENGTH, problems)
    return {language: visit.form.value(name) for name, language in _TEXTS.items()}


def _read_days(visit: Visit, name: str, usual: int, problems: Problems) -> int:
    """How many days before the start a reminder goes; as usual when the form does not say."""
    typed = visit.form.value(name) or str(usual)
    if typed not in {str(days) for days in (0, *REMINDER_DAYS)}:
        problems[name] = visit.gettext("Choose one of these days.")
        return usual
    return int(typed)


def time_problem(visit: Visit, wrong: ValueError) -> Problems:
    """What is wrong with a time that the domain refuses, on one of a series' dates by name."""
    _ = visit.gettext
    on = wrong.args[0] if wrong.args else None
    day = {"day": date_in_words(on, visit.language)} if isinstance(on, date) else {}
    is_series = bool(visit.form.value("herhaalt"))
    match wrong:
        case NoSuchLocalTime() if is_series:
            sentence = _(
                "On %(day)s this time does not exist: that night the clock goes forward. "
                "Choose another time."
            )
            return {"begin": sentence % day}
        case AmbiguousLocalTime() if is_series:
            sentence = _(
                "On %(day)s this time comes twice: that night the clock goes back. "
                "Choose another time."
            )
            return {"begin": sentence % day}
        case ClockChangesDuring():
            sentence = _(
                "On %(day)s the clock changes while the gathering goes on. Choose other times."
            )
            return {"begin": sentence % day}
        case NoSuchLocalTime():
            sentence = _(
                "This time does not exist: that night the clock goes forward. Choose another time."
            )
            return {"begin": sentence}
        case AmbiguousLocalTime():
            sentence = _(
                "This time comes twice: that night the clock goes back. Choose another time."
            )
            return {"begin": sentence}
        case EndsBeforeStart():
            if visit.form.value("heledag"):
                return {"laatste_dag": _("The last day must not be before the first.")}
            return {"eind": _("The end time must be after the start time.")}
    return _repeats_problem(visit, wrong)


def _repeats_problem(visit: Visit, wrong: ValueError) -> Problems:
    """What is wrong with the dates of a series."""
    _ = visit.gettext
    match wrong:
        case SeatsOfASeries():
            sentence = _(
                "A gathering that comes back has no limited number of places: they are counted "
                "once. Leave this empty, or plan each date by itself."
            )
            return {"plekken": sentence}
        case NotInEveryMonth():
            sentence = _(
                "Not every month has this day. Choose a day up to the 28th, or a last weekday."
            )
            return {"herhaalt": sentence}
        case NotTheLastWeekday():
            sentence = _("In its month, the first day is not the last such weekday.")
            return {"herhaalt": sentence}
        case TooFewDates():
            return {"herhaal_tot": _("It ends before it comes back. Choose a later last day.")}
        case TooManyDates():
            sentence = _("These are more than %(n)s dates. Choose an earlier last day.")
            return {"herhaal_tot": sentence % {"n": MAX_DATES}}
        case DatesOverlap():
            return {"herhaalt": _("It would come back before it is over.")}
    raise wrong


def _check_length(visit: Visit, name: str, limit: int, problems: Problems) -> None:
    too_many = len(visit.form.value(name)) - limit
    if too_many > 0:
        sentence = visit.gettext('Your text for "%(question)s" is %(n)s characters too long.')
        problems[name] = sentence % {"question": _questions(visit)[name], "n": too_many}


def _questions(visit: Visit) -> dict[str, str]:
    """The questions with a limit as the form asks them, for sentences that name one."""
    _ = visit.gettext
    return {
        "titel": _("What is the gathering called?"),
        "plaats": _("Where is it?"),
        "tekst_nl": _("Your words in Dutch"),
        "tekst_en": _("Your words in English"),
    }


def read_date(typed: str) -> date | None:
    """A day as browsers send it, or as people type it."""
    for pattern in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(typed.strip(), pattern).date()  # noqa: DTZ007 (a wall-clock date)
        except ValueError:
            continue
    return None


def read_time(typed: str) -> time | None:
    """A time of day as browsers send it, or as people type it."""
    try:
        return datetime.strptime(typed.strip().replace(".", ":")[:5], "%H:%M").time()  # noqa: DTZ007
    except ValueError:
        return None


def _read_number(typed: str) -> int:
    """A whole number, or -1 for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else -1
