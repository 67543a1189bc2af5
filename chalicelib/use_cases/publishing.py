"""Publishing: calendar files that people fetch, of which nothing tells who else is invited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.domain.access import FEED_LIVES, Feed, Purpose, Token, token_digest
from chalicelib.domain.gathering import Aspect, Gathering, GatheringState
from chalicelib.domain.invitation import Invitation, PartStat
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import Language
from chalicelib.messages.invites import (
    Invite,
    Method,
    calendar_feed,
    calendar_part,
    other_dates,
)
from chalicelib.messages.when import When, times_of, when_now
from chalicelib.ports import NotFound, World
from chalicelib.use_cases.retrying import until_saved

STAYS = timedelta(days=60)
"""How long a gathering stays in a feed once it is over."""

_LOOK_BACK = 100
"""How many gatherings a partnership's feed looks through, the latest start first."""

_NEVER_CHANGED = datetime(2026, 1, 1, tzinfo=UTC)
"""When a gathering was last changed that was planned before this was kept."""


@dataclass(frozen=True)
class PublicGathering:
    """A gathering that anybody may know of, and that is still to come."""

    title: str
    place: str
    when: When


def own_entry(
    world: World, *, partnership: Partnership, gathering_id: str, guest: str, domain: str
) -> str:
    """One gathering as its guest's calendar knows it, to be downloaded.

    It has the UID, the SEQUENCE and the text of the guest's invitation, so that a calendar that got
    that by mail keeps one entry.
    """
    gathering = world.store.gathering(partnership.slug, gathering_id)
    place = world.store.invitation(partnership.slug, gathering_id, guest)
    return calendar_part(_entry_of_guest(gathering, place, domain=domain)).decode()


def guest_feed(
    world: World, *, partnership: Partnership, token: Token, domain: str, now: datetime
) -> str:
    """Everything a guest was invited to lately, without what they declined.

    Raises `NotFound` for an address that was stopped, or replaced by another one.
    """
    check_feed(world, token)
    entries = [
        _entry_of_guest(gathering, place, domain=domain)
        for gathering, place in world.store.calendar(partnership.slug, token.subject)
        if _stays(gathering, now=now) and place.partstat is not PartStat.DECLINED
    ]
    return calendar_feed(
        entries, name=partnership.name, time_zone=partnership.settings.time_zone
    ).decode()


def public_feed(
    world: World, *, partnership: Partnership, language: Language, domain: str, now: datetime
) -> str:
    """A partnership's public gatherings. What was cancelled stays for a while, as cancelled."""
    entries = [
        _public_entry(gathering, language=language, domain=domain)
        for gathering in _public(world, partnership)
        if _stays(gathering, now=now)
    ]
    return calendar_feed(
        entries, name=partnership.name, time_zone=partnership.settings.time_zone
    ).decode()


def public_gatherings(
    world: World, *, partnership: Partnership, now: datetime
) -> tuple[PublicGathering, ...]:
    """The public gatherings that are still to come, the next one first."""
    coming = [
        PublicGathering(gathering.plan.title, gathering.plan.place, when_now(gathering, now=now))
        for gathering in _public(world, partnership)
        if gathering.state is GatheringState.ANNOUNCED and not gathering.is_over(now)
    ]
    return tuple(sorted(coming, key=lambda found: found.when.starts))


def start_feed(world: World, *, partnership: Partnership, guest: str, now: datetime) -> str:
    """Give a guest an address for their own feed; returns its token. An earlier one ends."""
    token = world.secrets.token()
    digest = token_digest(token)
    opened = Token(partnership.slug, digest, Purpose.FEED, guest, now + FEED_LIVES)
    slug = partnership.slug
    until_saved(lambda: world.save(_with_address(world, slug, guest, digest=digest), opened))
    return token


def stop_feed(world: World, *, partnership: str, guest: str) -> None:
    """End the address of a guest's feed, at once; ending it twice changes nothing."""

    def stop() -> None:
        if world.store.feed(partnership, guest).digest:
            world.save(_with_address(world, partnership, guest, digest=""))

    until_saved(stop)


def check_feed(world: World, token: Token) -> None:
    """Raise `NotFound` when this is no longer the address of its guest's feed."""
    if world.store.feed(token.partnership, token.subject).digest != token.digest:
        raise NotFound(token.purpose)


def _with_address(world: World, partnership: str, guest: str, *, digest: str) -> Feed:
    return world.store.feed(partnership, guest).at(digest)


def _public(world: World, partnership: Partnership) -> list[Gathering]:
    """What was announced to guests and may be known to all; a plan that never was, is nobody's."""
    page = world.store.gatherings(partnership.slug, limit=_LOOK_BACK)
    return [
        gathering
        for gathering in page.items
        if gathering.plan.public and gathering.announced_at is not None
    ]


def _stays(gathering: Gathering, *, now: datetime) -> bool:
    return not gathering.is_over(now - STAYS)


def _public_entry(gathering: Gathering, *, language: Language, domain: str) -> Invite:
    moves = sum(
        not {Aspect.TIME, Aspect.DATES, Aspect.CANCELLED}.isdisjoint(change.aspects)
        for change in gathering.history
    )
    return _entry(
        gathering,
        None,
        sequence=moves,
        dtstamp=gathering.changed_at or _NEVER_CHANGED,
        language=language,
        domain=domain,
    )


def _entry_of_guest(gathering: Gathering, place: Invitation, *, domain: str) -> Invite:
    """A gathering as one guest's calendar shows it, whether or not they were told of it yet."""
    is_off = Aspect.CANCELLED in gathering.changed_since(place.told)
    return _entry(
        gathering,
        place,
        sequence=place.sequence + (gathering.moved_since(place.told) or is_off),
        dtstamp=max(place.dtstamp, gathering.changed_at or _NEVER_CHANGED),
        language=place.language,
        domain=domain,
    )


def _entry(
    gathering: Gathering,
    place: Invitation | None,
    *,
    sequence: int,
    dtstamp: datetime,
    language: Language,
    domain: str,
) -> Invite:
    plan = gathering.plan
    times = times_of(gathering, place)
    partstat = place.partstat if place else PartStat.NEEDS_ACTION
    is_off = gathering.state is GatheringState.CANCELLED
    return Invite(
        method=Method.PUBLISH,
        uid=gathering.uid(domain=domain),
        sequence=sequence,
        dtstamp=dtstamp,
        starts=plan.starts,
        ends=plan.ends,
        time_zone=plan.time_zone,
        summary=plan.title,
        place=plan.place,
        description=plan.text_in(language),
        url="",
        organiser_name="",
        organiser_address="",
        guest_name="",
        guest_address="",
        partstat=partstat,
        language=language,
        cancelled=is_off or (place is not None and place.removed),
        all_day=plan.all_day,
        repeats=plan.repeats,
        dropped=times.excluded,
        others=other_dates(times, partstat=partstat),
    )
