"""Every kind of mail at the desk: when it is sent, what it looks like, and in which text."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.mail_text import SHIPPED, CannotPublishOwn, Text
from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.entrypoints.http import (
    FRAMES,
    HTML,
    PRIVATE_HEADERS,
    Access,
    Pages,
    Refused,
    Reply,
    Visit,
)
from chalicelib.messages.framing import FRAME_POLICY, LOOKS, Scheme, framed
from chalicelib.messages.mail_texts import EDITABLE
from chalicelib.ports import NotFound
from chalicelib.use_cases import previewing, writing
from chalicelib.use_cases.previewing import Specimen
from chalicelib.use_cases.writing import CannotUnderstand, PublishedMeanwhile, VersionRow, Versions

pages = Pages(__name__)


@dataclass(frozen=True)
class MailKindView:
    """One kind of mail, as it looks in one case, in one language, in one way.

    `version` is the number of the text that it shows, and `shown` is about that one. When no mail
    can be made of that text any more, it is not `usable`, and the specimen is of the text that
    Pluim brings. `versions` are those there are; None for a kind that nobody but Pluim writes.
    """

    specimen: Specimen
    language: str
    look: str
    version: int
    usable: bool
    shown: VersionRow | None
    versions: Versions | None


@pages.shows("/beheer/mails", access=Access.COORDINATOR)
def show_kinds(visit: Visit) -> Reply:
    """Every kind of mail, by who gets it."""
    return visit.page("mails", frozenset(kind.value for kind in EDITABLE))


@pages.shows("/beheer/mails/soort/{soort}", access=Access.COORDINATOR)
def show_kind(visit: Visit) -> Reply:
    """One kind: subject and words as they arrive, with invented facts, and its versions."""
    number, kind = _version(visit), visit.params["soort"]
    versions = shown = None
    if kind in EDITABLE:
        versions = writing.versions(
            visit.world,
            partnership=visit.partnership,
            kind=Kind(kind),
            reader=visit.signed_in,
            after=visit.query.get("na", ""),
        )
    if number != SHIPPED:
        shown = writing.version(
            visit.world,
            partnership=visit.partnership,
            kind=writing.editable(kind),
            reader=visit.signed_in,
            number=number,
        )
    specimen, usable = _specimen_or_shipped(visit, number)
    view = MailKindView(
        specimen=specimen,
        language=_language(visit).value,
        look=_look(visit),
        version=number,
        usable=usable,
        shown=shown,
        versions=versions,
    )
    return visit.page("mail", view).with_headers(**{"Content-Security-Policy": FRAMES})


@pages.shows("/beheer/mails/soort/{soort}/opmaak", access=Access.COORDINATOR)
def show_html(visit: Visit) -> Reply:
    """The mail's own HTML, for the frame in the page of its kind; its links do nothing there."""
    scheme = Scheme.DARK if _look(visit).endswith("donker") else Scheme.LIGHT
    specimen, _ = _specimen_or_shipped(visit, _version(visit))
    html = framed(specimen.html, target="_blank", scheme=scheme)
    policy = {"Content-Security-Policy": f"sandbox; {FRAME_POLICY}"}
    return Reply(html, headers={"Content-Type": HTML, **PRIVATE_HEADERS, **policy})


@pages.acts("/beheer/mails/soort/{soort}/publiceer", access=Access.COORDINATOR)
def publish(visit: Visit) -> Reply:
    """Put a version into use that somebody else wrote: a new one, an older one, or Pluim's own.

    One with something that is allowed no more is shown to be mended.
    """
    _ = visit.gettext
    home = f"/beheer/mails/soort/{visit.params['soort']}"
    try:
        writing.publish(
            visit.world,
            partnership=visit.partnership,
            kind=writing.editable(visit.params["soort"]),
            number=visit.form.number("versie"),
            seen=visit.form.number("nu"),
            publisher=visit.signed_in,
            links=visit.links,
            now=visit.now,
        )
    except CannotPublishOwn as own:
        sentence = _("You wrote this text. Another coordinator puts it into use.")
        raise Refused(403, sentence, look=home) from own
    except CannotUnderstand:
        return visit.redirect(f"{home}/tekst", van=visit.form.value("versie"))
    except PublishedMeanwhile as other:
        sentence = _("Somebody else put another text into use just now. Look again before you do.")
        raise Refused(409, sentence, look=home) from other
    return visit.redirect(home, bewaard="gepubliceerd")


def _specimen_or_shipped(visit: Visit, number: int) -> tuple[Specimen, bool]:
    """The mail in this version, and True; else as Pluim brings it, as it would leave."""
    try:
        return _specimen(visit, number), True
    except writing.FITS_NO_MORE:
        return _specimen(visit, SHIPPED), False


def _specimen(visit: Visit, number: int) -> Specimen:
    return previewing.specimen(
        partnership=visit.partnership,
        letterhead=visit.pluim.letterhead,
        kind=visit.params["soort"],
        case=visit.query.get("geval", ""),
        language=_language(visit),
        own_text=_own_text(visit, number),
    )


def _own_text(visit: Visit, number: int) -> Text | None:
    if number == SHIPPED:
        return None
    kind = writing.editable(visit.params["soort"])
    kept = visit.world.store.mail_text(visit.partnership.slug, kind.value, number)
    return kept.texts[_language(visit).value]


def _version(visit: Visit) -> int:
    """The version that is asked for, or else the one in use."""
    asked = visit.asked_number("versie")
    return visit.partnership.in_use(visit.params["soort"]) if asked is None else asked


def _language(visit: Visit) -> Language:
    """The language of the mail, which need not be that of the page."""
    asked = visit.query.get("taal", "") or visit.language.value
    if asked not in set(Language):
        raise NotFound(asked)
    return Language(asked)


def _look(visit: Visit) -> str:
    look = visit.query.get("kijk", LOOKS[0])
    if look not in LOOKS:
        raise NotFound(look)
    return look
