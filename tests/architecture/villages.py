"""Two villages with one of everything in each, to walk through every door of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from chalicelib import bootstrap
from chalicelib.domain.access import Feed, Purpose, Session, Token, token_digest
from chalicelib.domain.consent import Choice
from chalicelib.domain.data_request import DataRequest, Wish
from chalicelib.domain.export import Export
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.inbound import Says, Why
from chalicelib.domain.invitation import Tally
from chalicelib.domain.nomination import Honouree, Nomination
from chalicelib.domain.people import EmailAddress, Language, Person, Side
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.entrypoints.cookies import SESSION, cookie_name, csrf_token
from chalicelib.entrypoints.http import Route
from chalicelib.messages.links import Links
from chalicelib.ports import TallyChange, World
from chalicelib.use_cases import founding, promising_thanks, stopping
from tests.browser import Browser, Fields
from tests.domain.examples import (
    approved,
    gathering,
    invitation,
    message,
    submitted,
    thanked,
    verified,
)
from tests.town import BASE, NOON

_FOREVER = timedelta(days=300)


@dataclass(frozen=True)
class Village:
    """A partnership by its slug. Everything in it has an id that begins with that slug."""

    slug: str

    def id(self, name: str) -> str:
        """The id of something in this village."""
        return f"{self.slug}-{name}"

    def token(self, purpose: Purpose) -> str:
        """The token that opens this village's pages of a purpose.

        The one that stops mail is signed by whatever Pluim serves the doors now.
        """
        if purpose is Purpose.UNSUBSCRIBE:
            return self.stop_token(bootstrap.pluim().world)
        return f"{self.slug}-{purpose}"

    def stop_token(self, world: World) -> str:
        """The token of the link that stops thanks to somebody on its people list."""
        mail = message(partnership=self.slug, recipient=self.dan)
        return stopping.stop_token(world, mail, now=NOON)

    @property
    def dan(self) -> EmailAddress:
        """The address of somebody on its people list."""
        return EmailAddress("dan@x.example")

    @property
    def session(self) -> str:
        """The cookie of its coordinator."""
        return f"{self.slug}-session"

    def desk(self) -> Browser:
        """The browser of its coordinator, who is signed in."""
        return Browser(cookies={cookie_name(SESSION, Links(BASE)): self.session})

    def params(self, route: Route) -> dict[str, str]:
        """What stands for the parts in braces of a route's path."""
        return {
            "t": self.token(route.purpose) if route.purpose else "",
            "id": self.id(_SHOWN_AT.get(route.path, _about(route.path))),
            "g": self.id("guest"),
            "h": "1",
            "dag": "2026-12-12",
            "soort": "thanks",
            "name": "pluim.css",
        }

    def path(self, route: Route, *, start: str = "", ids_of: Village | None = None) -> str:
        """A route's path in this village, with its own ids or those of another one."""
        prefix = "" if route.path.startswith("/static") else f"{start}/{self.slug}"
        return prefix + route.path.format(**(ids_of or self).params(route))

    def fields(self) -> Fields:
        """What any form at the desk, or behind a link, may ask for."""
        return {**_FIELDS, "csrf": csrf_token(self.session)}


def settle(world: World, village: Village) -> None:
    """Put one of everything into a village that was founded."""
    _nominate(world, village)
    _celebrate(world, village)
    mail = promising_thanks.verification(submitted(), now=NOON)
    failed = replace(mail, partnership=village.slug, id=village.id("failed"))
    world.save(outbox=[failed.failed(reason="deadline", now=NOON)])
    founding.add_person(
        world,
        person=Person(village.slug, village.id("dan"), "Dan", village.dan, Side.CITIZENS),
    )
    erased = DataRequest(
        partnership=village.slug,
        id=village.id("erased"),
        wish=Wish.ERASURE,
        address=village.dan,
        language=Language.DUTCH,
        asked_at=NOON,
        asked_by="cleo",
    )
    export = Export(
        village.slug, village.id("export"), village.dan, Language.DUTCH, NOON + _FOREVER
    )
    world.save(erased.handled(now=NOON), export.ready(now=NOON))
    tokens = [
        Token(
            village.slug,
            token_digest(village.token(purpose)),
            purpose,
            village.id(subject).format(guest=village.id("guest")),
            NOON + _FOREVER,
        )
        for purpose, subject in _SUBJECTS.items()
    ]
    feed = Feed(village.slug, village.id("guest"), token_digest(village.token(Purpose.FEED)))
    world.save(Session(village.slug, token_digest(village.session), "cleo", NOON), feed, *tokens)


def _nominate(world: World, village: Village) -> None:
    letter = (Honouree("1", "Bo de Vries"),)
    made: dict[str, Nomination] = {
        "sent": submitted(),
        "held": submitted(suspicious=True),
        "waiting": verified(),
        "to-approve": verified(),
        "to-decline": verified(),
        "to-ask": verified(),
        "asked": verified().asked(question="Wie was het?", reviewer="cas", now=NOON),
        "decided": approved(),
        "on-paper": approved(honourees=letter),
        "shown": thanked().chosen(honouree_id="1", choice=Choice.NAMED),
    }
    for name, nomination in made.items():
        own = replace(nomination, partnership=village.slug, id=village.id(name))
        mails = promising_thanks.thanks(own, time_zone="Europe/Amsterdam", now=NOON, undo=_FOREVER)
        world.save(own, outbox=mails if name == "decided" else ())


def _celebrate(world: World, village: Village) -> None:
    weekly = Recurrence(Pattern.WEEKLY, count=4)
    party = replace(gathering(repeats=weekly), partnership=village.slug, id=village.id("party"))
    place = replace(
        invitation(guest=village.id("guest")), partnership=village.slug, gathering=party.id
    )
    world.save(party, place, TallyChange(village.slug, party.id, Tally(silent=1)))
    for name in ("mailed", "to-apply", "to-ignore", "to-answer"):
        world.save(
            HeldReply(
                partnership=village.slug,
                id=village.id(name),
                received_at=NOON,
                gathering=party.id,
                guest=place.guest,
                says=Says.WORDS,
                why=Why.WORDS,
                writer=place.address,
                text="Mag mijn zus ook mee?",
            )
        )


_SUBJECTS = {
    Purpose.SENT: "sent",
    Purpose.VERIFY: "sent",
    Purpose.STATUS: "waiting",
    Purpose.QUESTION: "asked",
    Purpose.HONOUREE: "shown/1",
    Purpose.FOLLOW_UP: "shown/1",
    Purpose.RSVP: "party/{guest}",
    Purpose.FEED: "guest",
    Purpose.EXPORT: "export",
}
_SHOWN_AT = {
    "/muur/{id}": "shown",
    "/beheer/lezen/{id}/goedkeuren": "to-approve",
    "/beheer/lezen/{id}/afwijzen": "to-decline",
    "/beheer/lezen/{id}/vragen": "to-ask",
    "/beheer/lezen/{id}/vrijgeven": "held",
    "/beheer/lezen/{id}/ongedaan": "decided",
    "/beheer/antwoorden/{id}/toepassen": "to-apply",
    "/beheer/antwoorden/{id}/negeren": "to-ignore",
    "/beheer/antwoorden/{id}/schrijven": "to-answer",
}


def _about(path: str) -> str:
    """Which of a village's things a path at the desk is about."""
    for part, name in (
        ("/brieven/", "on-paper"),
        ("/bijeenkomsten/", "party"),
        ("/mails/", "failed"),
        ("/antwoorden/", "mailed"),
    ):
        if part in path:
            return name
    return "waiting"


_FIELDS: dict[str, Any] = {
    "versie": "1",
    "dag": "2026-12-19",
    "poging": "0",
    "stand": "failed/none",
    "sleutel": "a" * 32,
    "citaat": "Held the square.",
    "reden": "Dit past niet bij wat we delen.",
    "vraag": "Wie was het?",
    "antwoord": "Dat was Bo.",
    "besluit": "named",
    "naam": "Bo de Vries",
    "bericht": "Dank je wel!",
    "vervolg": "We doen het nu elk jaar.",
    "komt": "ACCEPTED",
    "aantal": "1",
    "titel": "Samen eten",
    "plaats": "Buurthuis De Brug",
    "datum": "2026-12-12",
    "begin": "19:30",
    "eind": "21:30",
    "tekst_nl": "Welkom.",
    "gastheren": "Cleo Jansen",
    "adressen": "eva@example.nl",
    "email": "nobody@example.nl",
    "wens": "erasure",
}
