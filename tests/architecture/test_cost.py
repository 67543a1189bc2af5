"""What each action asks of AWS, and that it asks no more of a table that has grown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from chalicelib.adapters.dynamodb.items import Row
from chalicelib.domain.access import Purpose
from chalicelib.domain.consent import Choice
from chalicelib.domain.people import EmailAddress, Person, Side
from tests.architecture.conftest import ONS_DORP
from tests.architecture.villages import settle
from tests.browser import FORM, Browser, Fields
from tests.domain.examples import MINUTE, invitation, message, thanked, verified
from tests.faults import Storm, StormyTown, fill
from tests.town import BASE, NOON, SLUG

DESK = f"/{SLUG}/beheer"
PARTY = f"{DESK}/bijeenkomsten/{ONS_DORP.id('party')}"
READING = f"{DESK}/lezen/{ONS_DORP.id('waiting')}"
RSVP = f"/{SLUG}/uitnodiging/{ONS_DORP.token(Purpose.RSVP)}"
ELSEWHERE = "203.0.113.7"
"""An address in a network of somebody's own, from which forms are counted."""
FEED = f"/{SLUG}/agenda/{ONS_DORP.token(Purpose.FEED)}"
NOMINATION: Fields = {
    "sleutel": "c" * 32,
    "wie": "Bo de Vries",
    "email_ander": "bo@example.nl",
    "kant": "professionals",
    "wat": "Bo hield het plein veilig.",
    "waarom": "We durfden weer naar buiten.",
    "vorm": "shout_out",
    "naam": "Ada Bakker",
    "kant_zelf": "citizens",
    "email": "ada@example.nl",
    "naam_tonen": "ja",
}

CALLS: dict[str, dict[str, int]] = {
    "see the front page": {"GetItem": 1, "Query": 1, "BatchGetItem": 1},
    "see the wall": {"GetItem": 1, "Query": 1, "BatchGetItem": 1},
    "see one thank-you": {"GetItem": 2},
    "see the form": {"GetItem": 1},
    "follow a nomination": {"GetItem": 3},
    "see one's own thanks": {"GetItem": 3},
    "see one's invitation": {"GetItem": 5},
    "download one's invitation": {"GetItem": 4},
    "see what can be followed": {"GetItem": 1, "Query": 1, "BatchGetItem": 1},
    "fetch the public feed": {"GetItem": 1, "Query": 1, "BatchGetItem": 1},
    "fetch one's own feed": {"GetItem": 3, "Query": 1, "BatchGetItem": 1},
    "start one's own feed": {"GetItem": 3, "TransactWriteItems": 2},
    "see the desk": {"GetItem": 3, "Query": 8, "BatchGetItem": 2},
    "see what waits to be read": {"GetItem": 3, "Query": 2, "BatchGetItem": 1},
    "read one": {"GetItem": 4},
    "see the letters": {"GetItem": 3, "Query": 1, "BatchGetItem": 1},
    "see the answers by email": {"GetItem": 3, "Query": 2, "BatchGetItem": 1},
    "see one answer by email": {"GetItem": 6},
    "see what did not arrive": {"GetItem": 3, "Query": 2, "BatchGetItem": 2},
    "see what people asked about their data": {"GetItem": 3, "Query": 1, "BatchGetItem": 1},
    "see the kinds of mail": {"GetItem": 3},
    "see a kind of mail": {"GetItem": 3, "Query": 1},
    "change its text": {"GetItem": 3, "Query": 1},
    "see the gatherings": {"GetItem": 3, "Query": 1, "BatchGetItem": 1},
    "see one gathering": {"GetItem": 5, "Query": 4, "BatchGetItem": 1},
    "see the guest list": {"GetItem": 4, "Query": 1},
    "see the run sheet": {"GetItem": 4, "Query": 1},
    "see whom to invite": {"GetItem": 5, "Query": 5, "BatchGetItem": 2},
    "sweep": {"Query": 9, "BatchGetItem": 1},
    "send a nomination": {"GetItem": 1, "GetSecretValue": 1, "TransactWriteItems": 2, "Hint": 1},
    "see what mail may be stopped": {"GetItem": 3, "GetSecretValue": 1},
    "stop a kind of mail": {"GetItem": 2, "TransactWriteItems": 2},
    "deliver a mail": {"GetItem": 3, "BatchGetItem": 1, "TransactWriteItems": 2, "Mail": 1},
    "confirm an address": {"GetItem": 3, "TransactWriteItems": 2, "Hint": 1},
    "approve": {"GetItem": 5, "TransactWriteItems": 1, "Hint": 1},
    "deliver a thank-you": {"GetItem": 11, "TransactWriteItems": 2, "Mail": 1},
    "choose what may be shown": {"GetItem": 3, "TransactWriteItems": 2},
    "invite somebody by address": {"GetItem": 7, "TransactWriteItems": 1, "Hint": 1},
    "answer an invitation": {"GetItem": 5, "TransactWriteItems": 2, "Hint": 1},
    "look what stands here about somebody": {"GetItem": 4, "Query": 1},
    "erase somebody": {"GetItem": 4, "Query": 1, "TransactWriteItems": 1, "Hint": 1},
    "ask for a sign-in code": {"GetItem": 3, "TransactWriteItems": 3, "Hint": 1},
    "let the hour strike": {"Query": 1, "GetItem": 3, "TransactWriteItems": 2, "Hint": 2},
    "tell coordinators what waits": {
        "GetItem": 25,
        "Query": 14,
        "BatchGetItem": 8,
        "TransactWriteItems": 2,
    },
}
"""What each action asks of AWS. Nobody waits for a mail: it is delivered afterwards. Every page at
the desk reads the partnership, the session and its coordinator first. Whether an address is
suppressed and whether sending stands still are conditions of a mail's claim, not calls. What SES
allows is one read more for the first mail, as it is every five minutes for each worker. It asks a
stranger to confirm, so it is looked up whether they are one.
Each form from somebody who is not signed in is one transaction more: it counts for their network.
"""

Action = Callable[[StormyTown], object]


def looks_at(path: str, *, status: int = 200) -> Action:
    """A page is opened, by a coordinator where it takes one."""

    def look(town: StormyTown) -> None:
        browser = ONS_DORP.desk() if "/beheer" in path else Browser()
        assert browser.request("GET", path).status == status

    return look


def sends(path: str, fields: Fields, *, status: int = 303) -> Action:
    """A form is sent, and acknowledged."""

    def send(town: StormyTown) -> None:
        body = urlencode({**ONS_DORP.fields(), **fields}, doseq=True).encode()
        headers = {"origin": BASE, "content-type": FORM}
        at_the_desk = "/beheer/" in path and not path.endswith("/aanmelden")
        browser = ONS_DORP.desk() if at_the_desk else Browser(address=ELSEWHERE)
        assert browser.request("POST", path, body=body, headers=headers).status == status

    return send


def delivers_one(town: StormyTown) -> None:
    """The mail that was promised last."""
    due, queue = town.town.hints.rows.pop()
    body = f'{{"what": "message", "partnership": "{SLUG}", "id": "{due.id}"}}'
    assert town.town.handle(queue, body) == []


def stop_page(town: StormyTown) -> str:
    """The page behind the link at the foot of a mail to somebody on the people list."""
    return f"/{SLUG}/afmelden/{ONS_DORP.stop_token(town.calm)}"


def strikes(town: StormyTown) -> None:
    """The clock strikes nine on a Monday, on which the digest and the daily mails are due."""
    town.town.hints.rows.clear()
    town.town.clock.now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    town.town.strike()


def works(town: StormyTown) -> None:
    """The work function does what the clock began."""
    while town.town.hints.rows:
        due, queue = town.town.hints.rows.popleft()
        assert queue == "work"
        body = f'{{"what": "job", "partnership": "{SLUG}", "id": "{due.id}"}}'
        assert town.town.handle("work", body) == []


LOOKS: dict[str, Action] = {
    "see the front page": looks_at(f"/{SLUG}"),
    "see the wall": looks_at(f"/{SLUG}/muur"),
    "see one thank-you": looks_at(f"/{SLUG}/muur/{ONS_DORP.id('shown')}"),
    "see the form": looks_at(f"/{SLUG}/bedank"),
    "follow a nomination": looks_at(f"/{SLUG}/status/{ONS_DORP.token(Purpose.STATUS)}"),
    "see one's own thanks": looks_at(f"/{SLUG}/voor-jou/{ONS_DORP.token(Purpose.HONOUREE)}"),
    "see one's invitation": looks_at(RSVP),
    "download one's invitation": looks_at(f"{RSVP}/agenda.ics"),
    "see what can be followed": looks_at(f"/{SLUG}/feeds"),
    "fetch the public feed": looks_at(f"/{SLUG}/feeds/bijeenkomsten.ics"),
    "fetch one's own feed": looks_at(f"{FEED}/bijeenkomsten.ics"),
    "see the desk": looks_at(DESK),
    "see what waits to be read": looks_at(f"{DESK}/lezen"),
    "read one": looks_at(READING),
    "see the letters": looks_at(f"{DESK}/brieven"),
    "see the answers by email": looks_at(f"{DESK}/antwoorden"),
    "see one answer by email": looks_at(f"{DESK}/antwoorden/{ONS_DORP.id('mailed')}"),
    "see what did not arrive": looks_at(f"{DESK}/mails/mislukt"),
    "see what people asked about their data": looks_at(f"{DESK}/verzoeken"),
    "see the kinds of mail": looks_at(f"{DESK}/mails"),
    "see a kind of mail": looks_at(f"{DESK}/mails/soort/thanks"),
    "change its text": looks_at(f"{DESK}/mails/soort/thanks/tekst"),
    "see the gatherings": looks_at(f"{DESK}/bijeenkomsten"),
    "see one gathering": looks_at(PARTY),
    "see the guest list": looks_at(f"{PARTY}/gastenlijst"),
    "see the run sheet": looks_at(f"{PARTY}/draaiboek"),
    "see whom to invite": looks_at(f"{PARTY}/gasten"),
    "sweep": lambda town: town.town.sweep(),
}
SENDS: dict[str, Action] = {
    "send a nomination": sends(f"/{SLUG}/bedank", NOMINATION),
    "deliver a mail": delivers_one,
    "see what mail may be stopped": lambda town: looks_at(f"{stop_page(town)}/voorkeuren")(town),
    "stop a kind of mail": lambda town: sends(stop_page(town), {})(town),
    "confirm an address": sends(f"/{SLUG}/bevestig/{ONS_DORP.token(Purpose.VERIFY)}", {}),
    "approve": sends(f"{DESK}/lezen/{ONS_DORP.id('to-approve')}/goedkeuren", {}),
    "deliver a thank-you": delivers_one,
    "choose what may be shown": sends(
        f"/{SLUG}/voor-jou/{ONS_DORP.token(Purpose.HONOUREE)}", {"besluit": "first_name"}
    ),
    "invite somebody by address": sends(f"{PARTY}/gasten", {"adressen": "eva@example.nl"}),
    "start one's own feed": sends(f"{RSVP}/agenda", {}),
    "answer an invitation": sends(RSVP, {"versie": "0"}),
    "look what stands here about somebody": sends(
        f"{DESK}/verzoeken/controle", {"email": "nobody@example.nl"}, status=200
    ),
    "erase somebody": sends(f"{DESK}/verzoeken", {"email": "nobody@example.nl"}),
    "ask for a sign-in code": sends(f"{DESK}/aanmelden", {"email": "cleo@gemeente.example"}),
    "let the hour strike": strikes,
    "tell coordinators what waits": works,
}


def test_looking_costs_the_same_among_5000_rows_as_among_100(weather: Storm) -> None:
    town = weather.founded()
    settle(town.calm, ONS_DORP)
    town.town.hints.rows.clear()

    fill(town, rows(range(20)))
    among_few = measured(town, LOOKS)
    fill(town, rows(range(20, 1000)))

    assert among_few == {name: CALLS[name] for name in LOOKS}
    assert measured(town, LOOKS) == among_few


def test_sending_costs_the_same_in_a_table_that_has_grown(weather: Storm) -> None:
    costs = []

    for size in (20, 60):
        town = weather.founded()
        settle(town.calm, ONS_DORP)
        town.town.hints.rows.clear()
        fill(town, rows(range(size)))
        costs.append(measured(town, SENDS))

    assert costs == [{name: CALLS[name] for name in SENDS}] * 2


def measured(town: StormyTown, actions: dict[str, Action]) -> dict[str, dict[str, int]]:
    """The calls that each action makes, hints and mails among them."""
    costs = {}
    for name, act in actions.items():
        town.weather.forecast()
        act(town)
        costs[name] = dict(Counter(town.weather.attempts))
    return costs


def rows(numbers: Iterable[int]) -> list[Row]:
    """Five rows for each number."""
    return [row for number in numbers for row in rows_of(number)]


def rows_of(number: int) -> list[Row]:
    """Somebody to invite, a guest, a thank-you to read, one on the wall, a mail that failed."""
    at = NOON + number * MINUTE
    shown = thanked(id=f"shown-{number}").chosen(honouree_id="1", choice=Choice.NAMED)
    address = EmailAddress(f"p{number}@example.nl")
    return [
        Person(SLUG, f"p{number}", f"Person {number}", address, Side.CITIZENS),
        replace(invitation(guest=f"p{number}"), gathering=ONS_DORP.id("party")),
        verified(id=f"waiting-{number}"),
        shown,
        message(id=f"failed-{number}").failed(reason="deadline", now=at),
    ]
