"""The people and things that the domain tests tell about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Invitation
from chalicelib.domain.message import Kind, Message
from chalicelib.domain.nomination import (
    Appreciation,
    Honouree,
    Nomination,
    Nominator,
    Words,
)
from chalicelib.domain.people import EmailAddress, Language, Side
from chalicelib.domain.plan import Plan

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

ADA = EmailAddress("ada@example.nl")
BO = EmailAddress("bo@example.nl")
CLEO = EmailAddress("cleo@example.nl")
DAN = EmailAddress("dan@example.nl")


def submitted(**changes: Any) -> Nomination:
    """Ada thanks Bo in the open."""
    facts: dict[str, Any] = {
        "partnership": "ons-dorp",
        "id": "n1",
        "reference": "PL-ADA2BC",
        "nominator": Nominator("Ada", ADA, Side.CITIZENS, show_name=True),
        "honourees": (Honouree("1", "Bo de Vries", Side.PROFESSIONALS, BO),),
        "words": Words(what="Kept the square safe.", why="We dared to go out again."),
        "appreciation": Appreciation.SHOUT_OUT,
        "submitted_at": NOW,
    }
    return Nomination(**facts | changes)


def verified(**changes: Any) -> Nomination:
    """Ada proved her address."""
    return submitted(**changes).verified(now=NOW)


def approved(**changes: Any) -> Nomination:
    """Cleo let it go on."""
    return verified(**changes).approved(reviewer="cleo", now=NOW)


def thanked(**changes: Any) -> Nomination:
    """Bo, honouree 1, has the thanks."""
    return approved(**changes).thanked(honouree_id="1", now=NOW)


BO_AND_DAN = (
    Honouree("1", "Bo de Vries", Side.PROFESSIONALS, BO),
    Honouree("2", "Dan Bakker", Side.PROFESSIONALS, address=None),
)


def party_plan(**changes: Any) -> Plan:
    """A celebration in the village hall, three weeks ahead."""
    facts: dict[str, Any] = {
        "title": "Celebration",
        "place": "Village hall",
        "starts": datetime(2026, 12, 12, 19, 30),
        "ends": datetime(2026, 12, 12, 21, 30),
        "time_zone": "Europe/Amsterdam",
        "text": {Language.DUTCH: "Je bent welkom.", Language.ENGLISH: "You are welcome."},
    }
    return Plan(**facts | changes)


def gathering(**changes: Any) -> Gathering:
    """The celebration, announced to its guests."""
    planned = Gathering(partnership="ons-dorp", id="g1", plan=party_plan(**changes))
    return planned.announced(now=NOW)


def later_plan(**changes: Any) -> Plan:
    """The same celebration, a day later."""
    return party_plan(
        starts=datetime(2026, 12, 13, 19, 30), ends=datetime(2026, 12, 13, 21, 30), **changes
    )


def invitation(**changes: Any) -> Invitation:
    """Bo's place at the celebration."""
    facts: dict[str, Any] = {
        "partnership": "ons-dorp",
        "gathering": "g1",
        "guest": "bo",
        "name": "Bo de Vries",
        "address": BO,
        "language": Language.DUTCH,
        "reply_token": "abcdefgh" if changes.get("guest", "bo") == "bo" else changes["guest"],
        "dtstamp": NOW,
    }
    return Invitation(**facts | changes)


def message(**changes: Any) -> Message:
    """A thank-you for Bo, due now."""
    facts: dict[str, Any] = {
        "partnership": "ons-dorp",
        "id": "thanks-n1-1-1",
        "kind": Kind.THANKS,
        "cause": "n1/1",
        "recipient": BO,
        "recipient_name": "Bo de Vries",
        "language": Language.DUTCH,
        "facts": {"what": "Kept the square safe."},
        "queued_at": NOW,
        "due_at": NOW,
        "deadline": NOW + timedelta(hours=72),
    }
    return Message(**facts | changes)
