"""Every kind of mail at the desk: when it is sent, and what it looks like when it arrives."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.people import Language
from chalicelib.entrypoints.http import FRAMES, HTML, PRIVATE_HEADERS, Access, Pages, Reply, Visit
from chalicelib.messages.framing import FRAME_POLICY, Scheme, framed
from chalicelib.ports import NotFound
from chalicelib.use_cases import previewing
from chalicelib.use_cases.previewing import Specimen

LOOKS = ("licht", "donker", "telefoon", "telefoon-donker", "tekst")
"""The ways to look at a mail: in a light or dark mail program, on a phone, or as plain text."""

pages = Pages(__name__)


@dataclass(frozen=True)
class MailKindView:
    """One kind of mail, as it looks in one case, in one language, in one way."""

    specimen: Specimen
    language: str
    look: str


@pages.shows("/beheer/mails", access=Access.COORDINATOR)
def show_kinds(visit: Visit) -> Reply:
    """Every kind of mail, by who gets it."""
    return visit.page("mails")


@pages.shows("/beheer/mails/soort/{soort}", access=Access.COORDINATOR)
def show_kind(visit: Visit) -> Reply:
    """One kind: subject and words as they arrive, with invented facts."""
    view = MailKindView(_specimen(visit), _language(visit).value, _look(visit))
    return visit.page("mail", view).with_headers(**{"Content-Security-Policy": FRAMES})


@pages.shows("/beheer/mails/soort/{soort}/opmaak", access=Access.COORDINATOR)
def show_html(visit: Visit) -> Reply:
    """The mail's own HTML, for the frame in the page of its kind; its links do nothing there."""
    scheme = Scheme.DARK if _look(visit).endswith("donker") else Scheme.LIGHT
    html = framed(_specimen(visit).html, target="_blank", scheme=scheme)
    policy = {"Content-Security-Policy": f"sandbox; {FRAME_POLICY}"}
    return Reply(html, headers={"Content-Type": HTML, **PRIVATE_HEADERS, **policy})


def _specimen(visit: Visit) -> Specimen:
    return previewing.specimen(
        partnership=visit.partnership,
        letterhead=visit.pluim.letterhead,
        kind=visit.params["soort"],
        case=visit.query.get("geval", ""),
        language=_language(visit),
    )


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
