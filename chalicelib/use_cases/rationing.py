"""Rationing: what SES lets us send, and who goes first when that is little."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.brake import Brake
from chalicelib.domain.mail_account import MailAccount
from chalicelib.domain.message import Message, Urgency
from chalicelib.ports import Conflict, Sending, World

BULK_PER_MINUTE = 600
"""How many bulk mails go in a minute at most: ten a second."""

PROBES = 3
"""How many mails are let go to try the brake. One may; the others may turn out to be over."""


@dataclass
class Ration:
    """What may go in this minute, and how much of that is used: `fed` counts bulk mail."""

    sending: Sending
    now: datetime
    probes: int
    bulk: int = BULK_PER_MINUTE
    fed: int = 0

    @property
    def nearly_used(self) -> bool:
        """Whether so much left in a day, as far as SES told, that bulk mail has to wait."""
        return self.sending.account is not None and self.sending.account.nearly_used

    @property
    def distrusted(self) -> bool:
        """Whether so much mail came back or was unwelcome that only urgent mail goes on."""
        return self.sending.account is not None and self.sending.account.distrusted

    def begin_bulk(self, *, beside: int) -> None:
        """Reckon how many bulk mails may go, now that so many others do."""
        if account := self.sending.account:
            self.bulk = account.may_feed(at_most=BULK_PER_MINUTE, beside=beside)

    def turn(self, message: Message) -> int | None:
        """After how many seconds a due message may go; None when not in this minute.

        Bulk mail is spread over the minute, so that no queue fills up. What is past its deadline
        may go at any time: it is given up.
        """
        if message.deadline <= self.now:
            return 0
        if self.sending.brake:
            self.probes -= 1
            return 0 if self.probes >= 0 else None
        if message.urgency is Urgency.BULK:
            self.fed += 1
            return (self.fed - 1) * 60 // self.bulk if self.fed <= self.bulk else None
        account = self.sending.account
        return 0 if account is None or account.has_room(message.urgency) else None

    def keep(self, world: World) -> None:
        """Remember the bulk mails that were let go, until SES counts them too."""
        fed = min(self.fed, self.bulk)
        if self.sending.account and fed:
            with suppress(Conflict):
                world.save(self.sending.account.after_feeding(fed))


def ration(world: World, *, now: datetime) -> Ration:
    """What may go now, by what is known."""
    sending = world.store.sending()
    trying = sending.brake is not None and sending.brake.may_probe(now)
    return Ration(sending, now, probes=PROBES if trying else 0)


def ask_ses(world: World, known: Sending, *, now: datetime) -> MailAccount | None:
    """Ask what we may send, once what is known is too old; None when there is nothing new.

    When nothing may leave at all, the brake goes on before any mail has to find out. Raises what
    stands in the way of asking.
    """
    before = known.account
    if before is not None and not before.is_stale(now):
        return None
    told = world.mailer.account(now=now)
    if told is None:
        return None
    told = told.judged(world.store.reputation())
    account = told if before is None else before.read_again(told)
    brake = Brake.put_on(reason=account.refusal, now=now)
    facts = (account, brake) if account.refusal and known.brake is None else (account,)
    try:
        world.save(*facts)
    except Conflict:  # Another one asked at the same time, or a mail found out.
        return None
    return replace(account, version=account.version + 1)
