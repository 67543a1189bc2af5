"""Publishing: calendar files that people fetch, of which nothing tells who else is invited."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.domain.gathering import Aspect, Gathering, GatheringState
from chalicelib.domain.invitation import Invitation
from chalicelib.domain.partnership import Partnership
from chalicelib.messages.invites import Invite, Method, calendar_part, other_dates
from chalicelib.messages.when import times_of
from chalicelib.ports import World
from chalicelib.use_cases import naming

_NEVER_CHANGED = datetime(2026, 1, 1, tzinfo=UTC)
"""When a gathering was last changed that was planned before this was kept."""


def own_entry(
    world: World, *, partnership: Partnership, gathering_id: str, guest: str, domain: str
) -> str:
    """One gathering as its guest's calendar knows it, to be downloaded.

    It has the UID, the SEQUENCE and the text of the guest's invitation, so that a calendar that got
    that by mail keeps one entry.
    """
    gathering = world.store.gathering(partnership.slug, gathering_id)
    place = world.store.invitation(partnership.slug, gathering_id, guest)
    entry = _entry_of(naming.as_named_now(world, gathering), place, domain=domain)
    return calendar_part(entry).decode()


def _entry_of(gathering: Gathering, place: Invitation, *, domain: str) -> Invite:
    """A gathering as one guest's calendar shows it, whether or not they were told of it yet."""
    plan = gathering.plan
    times = times_of(gathering, place)
    untold = gathering.changed_since(place.told)
    return Invite(
        method=Method.PUBLISH,
        uid=gathering.uid(domain=domain),
        sequence=place.sequence + (gathering.moved_since(place.told) or Aspect.CANCELLED in untold),
        dtstamp=max(place.dtstamp, gathering.changed_at or _NEVER_CHANGED),
        starts=plan.starts,
        ends=plan.ends,
        time_zone=plan.time_zone,
        summary=plan.title,
        place=plan.place,
        description=plan.text_in(place.language),
        url="",
        organiser_name="",
        organiser_address="",
        guest_name="",
        guest_address="",
        partstat=place.partstat,
        language=place.language,
        cancelled=place.removed or gathering.state is GatheringState.CANCELLED,
        all_day=plan.all_day,
        repeats=plan.repeats,
        dropped=times.excluded,
        others=other_dates(times, partstat=place.partstat),
    )
