"""The text of a kind of mail at the desk: type it, look at it, keep it for somebody to publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from chalicelib.domain.compiling import (
    MAX_LINES,
    MOST_TIMES,
    Fault,
    Problem,
    Vocabulary,
)
from chalicelib.domain.mail_text import SHIPPED, MailText, Text
from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.domain.text import clean_line
from chalicelib.entrypoints.forms import Form, UnreadableForm
from chalicelib.entrypoints.http import STYLED_FRAMES, Access, Pages, Reply, Visit
from chalicelib.messages.framing import LOOKS, Scheme, framed
from chalicelib.messages.mail_texts import NamedRow, glossary, vocabulary
from chalicelib.use_cases import previewing, writing
from chalicelib.use_cases.previewing import Specimen
from chalicelib.use_cases.writing import CannotUnderstand, Place, Typed, WrittenMeanwhile

MOST_NAMED = 3
"""So many places of a text are named at once; who mends them finds the next ones."""

pages = Pages(__name__)


@dataclass(frozen=True)
class TextView:
    """The text of a kind of mail before somebody who changes it.

    `names` is what may stand in double brackets, `marks` what begins and ends a part, by language,
    and `hosts` where links may lead. `kept` is what somebody else kept meanwhile, if so, by field,
    and `unfit` the version that was allowed when it was kept, and is not any more.
    """

    kind: str
    names: tuple[NamedRow, ...]
    marks: Mapping[str, Vocabulary]
    hosts: tuple[str, ...]
    kept: Mapping[str, str]
    unfit: int


@dataclass(frozen=True)
class TextCheckView:
    """A text that is not kept yet, as it would arrive; `html` is for a frame."""

    specimen: Specimen
    language: str
    look: str
    html: str


@pages.shows("/beheer/mails/soort/{soort}/tekst", access=Access.COORDINATOR)
def show_text(visit: Visit) -> Reply:
    """The newest text to change, an older version, or the text that Pluim brings."""
    kind = _kind(visit)
    newest = writing.newest_version(visit.world, visit.partnership, kind)
    start = _start(visit, newest)
    typed = writing.typed_in(start, kind)
    form = Form().filled(versie=str(newest.number if newest else 0), **_fields(typed))
    try:
        writing.understand(kind, typed, hosts=_hosts(visit))
    except CannotUnderstand as cannot:
        form = form.refused(_problems(visit, cannot))
        return _editor(visit, form, unfit=start.number if start else SHIPPED)
    return _editor(visit, form)


@pages.acts("/beheer/mails/soort/{soort}/controle", access=Access.COORDINATOR)
def check_text(visit: Visit) -> Reply:
    """Show the mails that this text would make; nothing is kept."""
    texts = _understood(visit)
    return _check(visit, texts) if isinstance(texts, Mapping) else texts


@pages.acts("/beheer/mails/soort/{soort}/tekst", access=Access.COORDINATOR)
def keep_text(visit: Visit) -> Reply:
    """Keep it as a new version, which somebody else puts into use."""
    texts = _understood(visit)
    if not isinstance(texts, Mapping):
        return texts
    try:
        kept = writing.keep(
            visit.world,
            partnership=visit.partnership,
            kind=_kind(visit),
            texts=texts,
            seen=visit.form.number("versie"),
            writer=visit.signed_in,
            now=visit.now,
        )
    except WrittenMeanwhile as meanwhile:
        newest = meanwhile.newest
        theirs = _fields(writing.typed_in(newest, _kind(visit)))
        form = visit.form.filled(versie=str(newest.number if newest else 0))
        return _editor(visit, form, kept=theirs, status=409)
    home = f"/beheer/mails/soort/{visit.params['soort']}"
    return visit.redirect(home, versie=str(kept.number), bewaard="tekst")


def _understood(visit: Visit) -> Mapping[str, Text] | Reply:
    """What the typed texts mean, or the page to change them, which tells what is wrong."""
    visit.form.number("versie")
    if visit.form.value("wijzig"):
        return _editor(visit, visit.form)
    try:
        return writing.understand(_kind(visit), _typed(visit), hosts=_hosts(visit))
    except CannotUnderstand as cannot:
        return _editor(visit, visit.form.refused(_problems(visit, cannot)), status=422)


def _start(visit: Visit, newest: MailText | None) -> MailText | None:
    """The version that the new one begins with; None for the text that Pluim brings."""
    asked = visit.asked_number("van")
    if asked is None:
        return newest
    if asked == SHIPPED:
        return None
    return visit.world.store.mail_text(visit.partnership.slug, visit.params["soort"], asked)


def _problems(visit: Visit, cannot: CannotUnderstand) -> dict[str, str]:
    """What is wrong with each field that is not understood."""
    return {
        _field(place): _sentences(visit, place, found) for place, found in cannot.problems.items()
    }


def _editor(
    visit: Visit,
    form: Form,
    *,
    kept: Mapping[str, str] | None = None,
    unfit: int = SHIPPED,
    status: int = 200,
) -> Reply:
    kind = _kind(visit)
    hosts = _hosts(visit)
    view = TextView(
        kind=kind.value,
        names=glossary(kind),
        marks={language.value: vocabulary(kind, language, hosts=hosts) for language in Language},
        hosts=tuple(sorted(hosts)),
        kept=kept or {},
        unfit=unfit,
    )
    return visit.page("mail_text", view, form=form, status=status)


def _check(visit: Visit, texts: Mapping[str, Text]) -> Reply:
    language = _choice(visit, "taal", tuple(Language)) or visit.language
    look = _choice(visit, "kijk", LOOKS) or LOOKS[0]
    specimen = previewing.specimen(
        partnership=visit.partnership,
        letterhead=visit.pluim.letterhead,
        kind=visit.params["soort"],
        case=visit.form.value("geval"),
        language=Language(language),
        own_text=texts[language],
    )
    scheme = Scheme.DARK if look.endswith("donker") else Scheme.LIGHT
    html = framed(specimen.html, target="_blank", scheme=scheme)
    page = visit.page("mail_text_check", TextCheckView(specimen, language, look, html))
    return page.with_headers(**{"Content-Security-Policy": STYLED_FRAMES})


def _choice(visit: Visit, name: str, options: tuple[str, ...]) -> str:
    chosen = visit.form.value(name)
    if chosen and chosen not in options:
        raise UnreadableForm(name)
    return chosen


def _kind(visit: Visit) -> Kind:
    return writing.editable(visit.params["soort"])


def _hosts(visit: Visit) -> frozenset[str]:
    return writing.may_link_to(visit.partnership, visit.links)


def _typed(visit: Visit) -> Mapping[Language, Typed]:
    return {
        language: Typed(
            clean_line(visit.form.value(f"onderwerp_{language}")),
            visit.form.value(f"tekst_{language}"),
        )
        for language in Language
    }


def _fields(typed: Mapping[Language, Typed]) -> dict[str, str]:
    """The fields of the form that hold these texts."""
    subjects = {f"onderwerp_{language}": text.subject for language, text in typed.items()}
    return subjects | {f"tekst_{language}": text.body for language, text in typed.items()}


def _field(place: Place) -> str:
    return f"{'onderwerp' if place.is_subject else 'tekst'}_{place.language}"


def _sentences(visit: Visit, place: Place, problems: tuple[Problem, ...]) -> str:
    """What is wrong with one field: the first places, and how many more there are."""
    _ = visit.gettext
    named = [_sentence(visit, place, problem) for problem in problems[:MOST_NAMED]]
    if len(problems) > MOST_NAMED:
        named.append(_("There is more to mend after that."))
    return " ".join(named)


def _sentence(visit: Visit, place: Place, problem: Problem) -> str:
    said = _what(visit, place, problem)
    if problem.fault in {Fault.EMPTY, Fault.TOO_SHORT, Fault.TOO_LONG, Fault.MISSING}:
        return said
    at = {"line": problem.line, "column": problem.column, "said": said}
    if place.is_subject:
        return visit.gettext("Character %(column)s: %(said)s") % at
    return visit.gettext("Line %(line)s, character %(column)s: %(said)s") % at


def _what(visit: Visit, place: Place, problem: Problem) -> str:
    _ = visit.gettext
    words = vocabulary(_kind(visit), place.language, hosts=_hosts(visit))
    name, about = f"(({problem.about}))", problem.about
    match problem.fault:
        case Fault.EMPTY:
            return _("Enter the subject.") if place.is_subject else _("Enter the text.")
        case Fault.TOO_SHORT:
            return _("Write a little more in the subject.")
        case Fault.TOO_LONG:
            return _("Your text is %(n)s characters too long.") % {"n": about}
        case Fault.BRACES:
            return _("Brackets like {{ and %} cannot be in a text.")
        case Fault.HTML:
            return _("A text cannot have HTML. Put a space after the < sign.")
        case Fault.TOO_MANY_LINES:
            return _("A text has at most %(n)s lines. Empty lines do not count.") % {"n": MAX_LINES}
        case Fault.TOO_OFTEN:
            return _("%(name)s can be in a text at most %(n)s times.") % {
                "name": name,
                "n": MOST_TIMES,
            }
        case Fault.UNCLOSED:
            return _("Double brackets stand around one name from the list.")
        case Fault.UNKNOWN_NAME:
            guess = get_close_matches(about, words.names, n=1, cutoff=0.7)
            sentence = _("%(name)s is not in the list.") % {"name": name}
            hint = _("Do you mean %(name)s?") % {"name": f"(({guess[0]}))"} if guess else ""
            return f"{sentence} {hint}".strip()
        case Fault.NOT_IN_SUBJECT:
            return _("%(name)s cannot be in a subject.") % {"name": name}
        case Fault.PIECE_NOT_ALONE:
            return _("%(name)s must be on a line of its own.") % {"name": name}
        case Fault.TWICE:
            return _("%(name)s is here a second time. Once is enough.") % {"name": name}
        case Fault.MISSING:
            return _("%(name)s is missing. This email must have it.") % {"name": name}
        case Fault.MAYBE_MISSING:
            return _("%(name)s must always be there. Put it outside the part.") % {"name": name}
        case Fault.SECTION_IN_SECTION:
            return _("First end the part above with %(name)s.") % {"name": f"(({words.end}))"}
        case Fault.SECTION_NOT_ENDED:
            return _("This part has no end. Put %(name)s below it.") % {"name": f"(({words.end}))"}
        case Fault.NO_SECTION:
            return _("Here a part ends that did not begin.")
        case Fault.SECOND_TITLE:
            return _("One title with # is enough. Use ## for a heading.")
        case Fault.BAD_LINK:
            return _("Write a link as [words](https://address).")
        case Fault.BARE_LINK:
            return _(
                "Mail programs make a link of this. "
                "Write a link as [words](https://address), or put a space after the full stop."
            )
        case Fault.FOREIGN_LINK:
            hosts = ", ".join(sorted(words.hosts))
            return _("A link cannot lead to %(host)s, only to %(hosts)s.") % {
                "host": about,
                "hosts": hosts,
            }
