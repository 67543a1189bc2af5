"""What the store's tests keep, beside the people and things of the domain tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.access import Purpose, SignIn, Token
from chalicelib.domain.consent import Choice, ConsentLine, Way
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.message import Message
from chalicelib.domain.partnership import Contact, Controller, Partnership
from chalicelib.domain.people import Person, Side
from tests.domain.examples import BO, HOUR, MINUTE, NOW, message

VILLAGE = "ons-dorp"
TOWN = "de-stad"
BO_KEY = "b" * 26


def partnership(**changes: Any) -> Partnership:
    """The village, and who works together there."""
    facts: dict[str, Any] = {
        "slug": VILLAGE,
        "name": "Ons Dorp",
        "contact": Contact("Cleo"),
        "controller": Controller("Gemeente Ons Dorp", "Markt 1"),
    }
    return Partnership(**facts | changes)


def person(**changes: Any) -> Person:
    """Bo, on the people list."""
    facts: dict[str, Any] = {
        "partnership": VILLAGE,
        "id": "bo",
        "name": "Bo de Vries",
        "address": BO,
        "side": Side.PROFESSIONALS,
    }
    return Person(**facts | changes)


def line(**changes: Any) -> ConsentLine:
    """Bo allows the first name."""
    facts: dict[str, Any] = {
        "partnership": VILLAGE,
        "nomination": "n1",
        "honouree": "1",
        "choice": Choice.FIRST_NAME,
        "text_version": "1",
        "at": NOW,
        "way": Way.PAGE,
    }
    return ConsentLine(**facts | changes)


def job(**changes: Any) -> Job:
    """Inviting everybody to the celebration."""
    facts: dict[str, Any] = {
        "partnership": VILLAGE,
        "id": "invite-g1",
        "kind": JobKind.INVITE,
        "gathering": "g1",
        "started_at": NOW,
        "due_at": NOW + 6 * MINUTE,
        "everybody": True,
    }
    return Job(**facts | changes)


def token(**changes: Any) -> Token:
    """A link to Bo's page."""
    facts: dict[str, Any] = {
        "partnership": VILLAGE,
        "digest": "d" * 64,
        "purpose": Purpose.HONOUREE,
        "subject": "n1/1",
        "expires_at": NOW + 24 * HOUR,
    }
    return Token(**facts | changes)


def sign_in(**changes: Any) -> SignIn:
    """Cleo asks for a code."""
    facts: dict[str, Any] = {
        "partnership": VILLAGE,
        "id": "s" * 64,
        "person": "cleo",
        "expires_at": NOW + timedelta(minutes=10),
    }
    return SignIn(**facts | changes)


def sending(**changes: Any) -> Message:
    """A message in the hands of a worker."""
    return message(**changes).claimed(token="t1", now=NOW)


def finished(**changes: Any) -> Message:
    """A message that SES took."""
    return sending(**changes).sent(ses_id="0100", now=NOW)
