"""Other rows in the same partnership, which should make nothing dearer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters.dynamodb.items import Row, to_item
from chalicelib.domain.access import Purpose, Token, token_digest
from chalicelib.domain.consent import Choice
from chalicelib.domain.invitation import Invitation
from chalicelib.domain.nomination import Appreciation, Honouree, Nomination, Nominator, Words
from chalicelib.domain.people import EmailAddress, Language, Person, Side
from chalicelib.entrypoints.cookies import fresh_key
from infra.local.demo_story import SLUG
from infra.village import Village


def fill(place: Village, others: int) -> None:
    """Put this many rows beside the village's own.

    As many as fill every page and count to the brim can be seen there; the others, which are
    private links, only stand in the same table.
    """
    gathering = place.world.store.gatherings(SLUG).items[0].id
    now = place.clock()
    thanked, listed = min(others // 4, _MORE_THAN_A_COUNT), min(others // 4, _MORE_THAN_A_CHUNK)
    rows: list[Row] = []
    for number in range(thanked):
        rows += _thank_yous(number, at=now - timedelta(days=30, minutes=number))
    for number in range(listed):
        rows += _guest_and_person(number, gathering, at=now - timedelta(days=30))
    rows += [_link(number, now + timedelta(days=30)) for number in range(others - len(rows))]
    put(place, rows)


def put(place: Village, rows: list[Row]) -> None:
    """Write rows without a transaction, which is quick."""
    client, table = place.aws.client("dynamodb"), place.environment["PLUIM_TABLE"]
    for start in range(0, len(rows), 25):
        puts: Any = [{"PutRequest": {"Item": to_item(row)}} for row in rows[start : start + 25]]
        client.batch_write_item(RequestItems={table: puts})


_MORE_THAN_A_COUNT = 110
_MORE_THAN_A_CHUNK = 500


def _thank_yous(number: int, *, at: datetime) -> list[Row]:
    """One that waits to be read, and one on the wall."""
    waiting = Nomination(
        partnership=SLUG,
        id=f"other-{number}",
        reference=f"PL-{number:06}",
        nominator=Nominator("Dan", EmailAddress("dan@example.org"), Side.CITIZENS, True),
        honourees=(Honouree("1", "Bo", Side.PROFESSIONALS, EmailAddress("bo@example.org")),),
        words=Words("Bo hield het plein veilig.", "We durfden weer naar buiten."),
        appreciation=Appreciation.SHOUT_OUT,
        submitted_at=at,
    ).verified(now=at)
    shown = (
        replace(waiting, id=f"shown-{number}")
        .approved(reviewer="cleo", now=at)
        .thanked(honouree_id="1", now=at)
        .chosen(honouree_id="1", choice=Choice.NAMED)
    )
    return [waiting, shown]


def _guest_and_person(number: int, gathering: str, *, at: datetime) -> list[Row]:
    """Somebody on the people list, and somebody invited who has not answered."""
    name = f"Other {number:05}"
    guest = Invitation(
        partnership=SLUG,
        gathering=gathering,
        guest=f"other-{number}",
        name=name,
        address=EmailAddress(f"other{number}@example.org"),
        language=Language.DUTCH,
        reply_token=fresh_key(),
        dtstamp=at,
        told=0,
    )
    return [guest, Person(SLUG, f"other-{number}", name, None, Side.CITIZENS)]


def _link(number: int, until: datetime) -> Token:
    return Token(SLUG, token_digest(f"other-{number}"), Purpose.STATUS, f"other-{number}", until)
