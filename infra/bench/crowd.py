"""A crowd for the last seats: fifty guests answer at the same moment, on ministack.

Moto's transactions are not atomic under threads, so only a store in a process of its own can show
that no seat is given twice. This proves first and measures second: it raises when a seat was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.secretsmanager import ManagedSecrets
from chalicelib.bootstrap import wait_a_while
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import MAX_HEADS, Answer, Invitation, Line, PartStat, Tally, Via
from chalicelib.domain.message import Message
from chalicelib.domain.partnership import Contact, Controller, Partnership
from chalicelib.domain.people import EmailAddress, Language
from chalicelib.domain.plan import Plan
from chalicelib.ports import TallyChange, World
from chalicelib.use_cases import responding
from infra.bench.report import Table
from infra.local.ministack_aws import ministack_aws
from infra.resources import provision

HEADING = "## Fifty answers for the last ten seats"
SEATS, COMING, CROWD = 30, 20, 50

_SLUG = "ons-dorp"
_PARTNERSHIP = Partnership(_SLUG, "Ons Dorp", Contact("Cleo"), Controller("Ons Dorp", "Plein 1"))


class GivenTwice(AssertionError):
    """More people have a seat than there are, or somebody is lost, or waits beside a free seat."""


@dataclass(frozen=True)
class _Round:
    """One crowd: with how many each guest comes, and how many others cancel meanwhile."""

    name: str
    most_heads: int = 1
    cancelling: int = 0


@dataclass
class _Crowd:
    """How often somebody had to try again, counted over all threads."""

    again: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pause(self, attempt: int) -> None:
        """Wait as the product does, and count it."""
        with self.lock:
            self.again += 1
        wait_a_while(attempt)


_ROUNDS = (
    _Round("Each comes alone"),
    _Round("Each comes with one to three", most_heads=3),
    _Round("The same, while eight of those who come cancel", most_heads=3, cancelling=8),
)


class _NoHints:
    """Nobody delivers mail here."""

    def message(self, message: Message) -> None:
        """Leave it."""


def crowd_table() -> Table:
    """Let every crowd come, and check the books after each. Raises `GivenTwice`."""
    with TemporaryDirectory() as folder, _kept(Path(folder) / "ministack.log") as kept:
        store, secrets = kept
        store.save(_PARTNERSHIP)
        rows = [_come(store, secrets, f"g{number}", one) for number, one in enumerate(_ROUNDS)]
    return Table(
        head=("Crowd", "Seats", "Come", "Offered", "Wait", "Tried again", "Seconds"),
        rows=rows,
        below=(
            f"`python -m infra.bench --crowd` measured this. {CROWD} threads answer at once for "
            f"the last {SEATS - COMING} of {SEATS} seats, through the function that pages and "
            "mails use. Afterwards everything is added up from the invitations, and it raises "
            "unless no seat was given twice, no answer was lost, and nobody waits who fits.",
        ),
    )


@contextmanager
def _kept(log: Path) -> Iterator[tuple[DynamoStore, ManagedSecrets]]:
    """What answering needs: the store, and the keys under which an address is proven."""
    with ministack_aws(log=log) as address:
        session = boto3.Session("test", "test", region_name="eu-west-1")
        config = Config(max_pool_connections=CROWD + 10)
        clients: dict[str, Any] = {
            name: session.client(name, endpoint_url=address, config=config)
            for name in ("dynamodb", "sqs", "secretsmanager", "s3")
        }
        made = provision(**clients)
        secrets = ManagedSecrets(
            client=clients["secretsmanager"],
            pepper=made["PLUIM_PEPPER_SECRET"],
            signing_key=made["PLUIM_SIGNING_SECRET"],
            clock=lambda: datetime.now(UTC),
        )
        yield DynamoStore(client=clients["dynamodb"], table=made["PLUIM_TABLE"]), secrets


def _come(
    store: DynamoStore, secrets: ManagedSecrets, gathering: str, one: _Round
) -> tuple[str, ...]:
    _fill(store, gathering)
    crowd = _Crowd()
    world: Any = World(store, _NoHints(), None, secrets, crowd.pause)  # type: ignore[arg-type]
    answers = [
        (f"new-{number}", PartStat.ACCEPTED, 1 + number % one.most_heads) for number in range(CROWD)
    ]
    answers += [(f"old-{number}", PartStat.DECLINED, 1) for number in range(one.cancelling)]
    began = time.monotonic()
    _at_once(world, gathering, answers)
    seconds = time.monotonic() - began
    tally = _check(store, gathering)
    figures = (SEATS, tally.coming, tally.held, tally.waiting, crowd.again)
    return (one.name, *map(str, figures), f"{seconds:.1f}")


def _fill(store: DynamoStore, gathering: str) -> None:
    """A gathering of which all seats but the last are taken, and a crowd that is invited."""
    now = datetime.now(UTC)
    starts = now.replace(tzinfo=None, hour=12, minute=0, second=0, microsecond=0)
    starts += timedelta(days=30)
    plan = Plan(
        "Feest", "Plein", starts, starts + timedelta(hours=2), "Europe/Amsterdam", seats=SEATS
    )
    store.save(Gathering(_SLUG, gathering, plan).announced(now=now))
    yes = Answer(PartStat.ACCEPTED, now - timedelta(hours=1), Via.PAGE)
    guests = [(f"old-{number}", yes) for number in range(COMING)]
    for guest, answer in [*guests, *((f"new-{number}", None) for number in range(CROWD))]:
        place = Invitation(
            partnership=_SLUG,
            gathering=gathering,
            guest=guest,
            name=guest,
            address=EmailAddress(f"{guest}@example.org"),
            language=Language.DUTCH,
            reply_token=f"{gathering}-{guest}",
            dtstamp=now,
            answer=answer,
        )
        store.save(place, TallyChange(_SLUG, gathering, place.tally))


def _at_once(world: World, gathering: str, answers: Sequence[tuple[str, PartStat, int]]) -> None:
    gate = threading.Barrier(len(answers))

    def answer(guest: str, partstat: PartStat, heads: int) -> None:
        gate.wait()
        now = datetime.now(UTC)
        responding.record_rsvp(
            world,
            partnership=_PARTNERSHIP,
            gathering_id=gathering,
            guest=guest,
            answer=Answer(partstat, now, Via.PAGE, heads=heads),
            now=now,
        )

    with ThreadPoolExecutor(len(answers)) as pool:
        for done in [pool.submit(answer, *one) for one in answers]:
            done.result()


def _check(store: DynamoStore, gathering: str) -> Tally:
    """Add everything up from the invitations, and compare it with what the store counted."""
    places = store.invitations(_SLUG, gathering, limit=COMING + CROWD).items
    tally = store.tally(_SLUG, gathering)
    waiting = [
        one
        for heads in range(1, MAX_HEADS + 1)
        for one in store.waiting(_SLUG, gathering, heads=heads, limit=CROWD)
    ]
    problems = {
        "seats do not add up": tally != reduce(Tally.__add__, (one.tally for one in places)),
        "a seat was given twice": sum(one.seats for one in places) > SEATS,
        "somebody waits who fits": any(one.heads <= SEATS - tally.heads for one in waiting),
        "somebody is lost from the list": {one.guest for one in waiting}
        != {one.guest for one in places if one.line is Line.WAITING},
        "an answer is lost": any(one.answer is None for one in places),
    }
    for problem, is_so in problems.items():
        if is_so:
            raise GivenTwice(problem)
    return tally
