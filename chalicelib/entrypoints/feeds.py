"""Calendar feeds: of a partnership for everybody, and of each guest for their own calendar."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.access import Purpose, Token
from chalicelib.entrypoints.http import (
    CALENDAR,
    Access,
    Pages,
    Refused,
    Reply,
    Visit,
    calendar_reply,
)
from chalicelib.use_cases import publishing

pages = Pages(__name__)


@dataclass(frozen=True)
class FeedsView:
    """What anybody can follow: public gatherings to come, and the address of their feed."""

    gatherings: tuple[publishing.PublicGathering, ...]
    address: str
    subscribe: str


@dataclass(frozen=True)
class OwnFeedView:
    """The address of one guest's feed, and the same as calendar programs open it by a click."""

    address: str
    subscribe: str


@pages.shows("/feeds", access=Access.ANYBODY)
def show_feeds(visit: Visit) -> Reply:
    """What can be followed, and how."""
    address = _whole(visit, "/feeds/bijeenkomsten.ics")
    coming = publishing.public_gatherings(visit.world, partnership=visit.partnership, now=visit.now)
    return visit.page("feeds", FeedsView(coming, address, _webcal(address)))


@pages.shows("/feeds/bijeenkomsten.ics", access=Access.ANYBODY)
def public_feed(visit: Visit) -> Reply:
    """The partnership's public gatherings, for any calendar program."""
    content = publishing.public_feed(
        visit.world,
        partnership=visit.partnership,
        language=visit.language,
        domain=visit.pluim.letterhead.rsvp_domain,
        now=visit.now,
    )
    return Reply(content, headers={"Content-Type": CALENDAR})


@pages.acts("/uitnodiging/{t}/agenda", access=Access.LINK, purpose=Purpose.RSVP)
def start(visit: Visit) -> Reply:
    """Give the guest an address for their calendar; an earlier one ends."""
    token = publishing.start_feed(
        visit.world, partnership=visit.partnership, guest=_guest(visit), now=visit.now
    )
    return visit.redirect(f"/agenda/{token}")


@pages.acts("/uitnodiging/{t}/agenda/weg", access=Access.LINK, purpose=Purpose.RSVP)
def stop_from_invitation(visit: Visit) -> Reply:
    """End the guest's feed, also for whoever lost its address."""
    publishing.stop_feed(visit.world, partnership=visit.partnership.slug, guest=_guest(visit))
    return visit.redirect(f"/uitnodiging/{visit.params['t']}", bewaard="agenda")


@pages.shows("/agenda/{t}", access=Access.LINK, purpose=Purpose.FEED)
def show_own(visit: Visit) -> Reply:
    """The address of one's own feed, and how to put it into a calendar."""
    publishing.check_feed(visit.world, _token(visit))
    address = _whole(visit, f"/agenda/{visit.params['t']}/bijeenkomsten.ics")
    return visit.page("own_feed", OwnFeedView(address, _webcal(address)))


@pages.shows("/agenda/{t}/bijeenkomsten.ics", access=Access.LINK, purpose=Purpose.FEED)
def own_feed(visit: Visit) -> Reply:
    """What the guest was invited to, for their calendar program."""
    content = publishing.guest_feed(
        visit.world,
        partnership=visit.partnership,
        token=_token(visit),
        domain=visit.pluim.letterhead.rsvp_domain,
        now=visit.now,
    )
    return calendar_reply(content, filename=visit.gettext("gatherings.ics"))


@pages.acts("/agenda/{t}/weg", access=Access.LINK, purpose=Purpose.FEED)
def stop(visit: Visit) -> Reply:
    """End this feed."""
    publishing.check_feed(visit.world, _token(visit))
    publishing.stop_feed(visit.world, partnership=visit.partnership.slug, guest=visit.subject)
    return visit.page("own_feed_stopped")


def _guest(visit: Visit) -> str:
    return visit.subject.partition("/")[2]


def _token(visit: Visit) -> Token:
    if visit.token is None:
        raise Refused(410)
    return visit.token


def _whole(visit: Visit, path: str) -> str:
    """The whole address of a page, to be copied into another program."""
    return visit.links.to(visit.partnership.slug, visit.language)(path)


def _webcal(address: str) -> str:
    """An address that a calendar program opens by itself."""
    return f"webcal:{address.partition(':')[2]}"
