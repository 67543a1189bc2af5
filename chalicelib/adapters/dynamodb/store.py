"""The table as a store: facts and the messages they promise, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.codec import Attributes
from chalicelib.adapters.dynamodb.conditions import (
    ABSENT,
    EITHER_WAY,
    PRESENT,
    Condition,
    holds,
    lacks,
)
from chalicelib.adapters.dynamodb.items import (
    Versioned,
    expiry,
    from_item,
    key_attributes,
    key_of,
    marks,
    mentions,
    to_item,
    use_keys,
)
from chalicelib.adapters.dynamodb.keys import Key, instant
from chalicelib.adapters.dynamodb.queries import Queries
from chalicelib.adapters.dynamodb.transactions import Refused, Transaction
from chalicelib.domain.access import CODE_TRIES, Feed, Session, SignIn, Token
from chalicelib.domain.allowance import Allowance
from chalicelib.domain.brake import Brake
from chalicelib.domain.data_request import DataRequest, Tombstone
from chalicelib.domain.export import Export
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.invitation import Invitation, Tally
from chalicelib.domain.job import Job
from chalicelib.domain.mail_account import MailAccount
from chalicelib.domain.mail_text import MailText
from chalicelib.domain.message import Kind, Message, MessageState
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.passing_bounces import PassingBounces
from chalicelib.domain.people import EmailAddress, Person, same_address
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.reputation import Reputation
from chalicelib.ports import (
    ASKED,
    AllowanceSpent,
    Claim,
    Conflict,
    Fact,
    GatheringPlace,
    Gone,
    LedgerEnds,
    LineChange,
    Move,
    NotMentioned,
    NotProven,
    Proven,
    ReplyAddress,
    Suppression,
    TallyChange,
    Unanswered,
    Use,
)

_LAST_WORD = Condition(f"{ABSENT.text} OR {{reason}} = :asked", {"asked": {"S": ASKED}})
"""Whoever asked never to be mailed again still hears that it is so."""


class DynamoStore(Queries):
    """Everything Pluim remembers, in one DynamoDB table; `ports.Store` says what it promises."""

    def save(
        self,
        *facts: Fact,
        outbox: Sequence[Message] = (),
        moves: Sequence[Move] = (),
        unchanged: Sequence[Gathering] = (),
    ) -> None:
        """Keep these facts and the messages they promise, all or nothing, in one transaction.

        Raises `Conflict`, `AllowanceSpent` when nothing but a `Use` stood in the way, and
        `ValueError` for more than 100 rows.
        """
        transaction = self._transaction()
        for fact in facts:
            self._add(transaction, fact)
        for message in outbox:
            transaction.put(to_item(message), ABSENT)
        for move in moves:
            transaction.put(to_item(move.after), _as_read(move.before))
        for gathering in unchanged:
            transaction.check(key_of(gathering), _version(gathering))
        uses = [fact for fact in facts if isinstance(fact, Use)]
        full = {key for use in uses for key in use_keys(use.allowance, now=use.at)}
        try:
            transaction.commit(self._client, pause=self._pause)
        except Refused as refused:
            raise (Conflict if refused.rows.keys() - full else AllowanceSpent) from refused

    def claim(
        self,
        before: Message,
        after: Message,
        *,
        address_key: str,
        minted: Iterable[Token | SignIn],
        probe: tuple[Brake, Brake] | None = None,
        unless_stopped: Iterable[Kind] = (),
        room_in: Iterable[Allowance] = (),
    ) -> Claim:
        """Take a queued message, and keep the tokens minted for it, in one transaction.

        Only if nobody erased what is behind this address since the mail was promised, if it stopped
        none of the kinds `unless_stopped`, and while there is room in each allowance, in which the
        mail then counts. While the brake is on, only `probe` lets one through: the brake as it was
        read, and as it is once this mail has tried. Never raises for a lost race: says how it
        ended. A repeated write that finds its own claim on the row owns it, and so does one that
        got no answer; without a claim on the row, that is `Unanswered`.
        """
        transaction = self._transaction()
        transaction.put(to_item(after), _as_read(replace(before, state=MessageState.QUEUED)))
        if before.kind is Kind.ERASURE_DONE:
            transaction.check(keys.suppression(address_key), _LAST_WORD)
        else:
            transaction.check(keys.suppression(address_key), ABSENT)
            transaction.check(keys.tombstone(before.partnership, address_key), _unerased(before))
        if kinds := [kind.value for kind in unless_stopped]:
            preferences = keys.preferences(before.partnership, address_key)
            transaction.check(preferences, lacks("stopped", *kinds))
        if before.tells is not None:
            told = keys.invitation(before.partnership, before.tells.gathering, before.tells.guest)
            transaction.check(told, holds(dtstamp={"S": instant(before.tells.dtstamp)}))
        if probe is None:
            transaction.check(keys.brake(), ABSENT)
        else:
            transaction.put(to_item(probe[1]), _unreleased(probe[0]))
        for token in minted:
            self._add_minted(transaction, token)
        claimed_at = after.claimed_at or after.queued_at
        full = [key for one in room_in for key in _add_use(transaction, one, now=claimed_at)]
        try:
            transaction.commit(self._client, pause=self._pause)
        except Refused as refused:
            return _lost(refused, after, address_key=address_key, full=full)
        except Unanswered:
            newest = self.message(after.partnership, after.id)
            if (newest.state, newest.claim) != (after.state, after.claim):
                raise
        return Claim.MINE

    def release(self, brake: Brake) -> bool:
        """Take the brake off; False when it is no longer as it was read."""
        transaction = self._transaction()
        transaction.delete(keys.brake(), _unreleased(brake))
        try:
            self._commit(transaction)
        except Conflict:
            return False
        return True

    def spend(self, *allowances: Allowance, now: datetime) -> None:
        """Count one use against each allowance; raises `AllowanceSpent` when one is full."""
        transaction = self._transaction()
        for allowance in allowances:
            _add_use(transaction, allowance, now=now)
        try:
            transaction.commit(self._client, pause=self._pause)
        except Refused as refused:
            raise AllowanceSpent from refused

    def try_code(self, sign_in: SignIn) -> None:
        """Count a try; raises `Conflict` when none is left, so that tries cannot be raced."""
        transaction = self._transaction()
        transaction.update(
            key_of(sign_in),
            Condition(
                "{used} = :unused AND {tries} < :most",
                {"unused": {"BOOL": False}, "most": {"N": str(CODE_TRIES)}},
            ),
            adds={"tries": {"N": "1"}},
        )
        self._commit(transaction)

    def use_sign_in(
        self, sign_in: SignIn, session: Session, *, outbox: Sequence[Message] = ()
    ) -> None:
        """Use a code up, start a session and keep what that promises, together, once.

        Raises `Conflict` the second time.
        """
        transaction = self._transaction()
        transaction.update(
            key_of(sign_in),
            holds(used={"BOOL": False}, code_digest={"S": sign_in.code_digest}),
            sets={"used": {"BOOL": True}},
        )
        transaction.put(to_item(session), ABSENT)
        for message in outbox:
            transaction.put(to_item(message), ABSENT)
        self._commit(transaction)

    def end_session(self, session: Session) -> None:
        """Forget a session; forgetting it twice is fine."""
        self._client.delete_item(TableName=self._table, Key=key_attributes(key_of(session)))

    def _transaction(self) -> Transaction:
        return Transaction(self._table)

    def _commit(self, transaction: Transaction) -> None:
        try:
            transaction.commit(self._client, pause=self._pause)
        except Refused as refused:
            raise Conflict from refused

    def _add(self, transaction: Transaction, fact: Fact) -> None:
        match fact:
            case TallyChange():
                _add_tally(transaction, fact)
            case LineChange():
                _add_line(transaction, fact)
            case Suppression():
                _add_suppression(transaction, fact)
            case Person():
                self._add_address(transaction, fact)
                _add_coordinator(transaction, fact)
                _add_version(transaction, fact)
            case Gathering() | Invitation():
                _add_version(transaction, fact)
                _add_way_in(transaction, fact)
            case Nomination():
                _add_version(transaction, fact)
                for beside in (*mentions(fact), *marks(fact)):
                    transaction.put(beside, EITHER_WAY)
            case NotMentioned():
                key = keys.mention(fact.partnership, fact.nomination, fact.address)
                transaction.delete(key, EITHER_WAY)
            case Partnership() | Job() | HeldReply() | DataRequest() | Export():
                _add_version(transaction, fact)
            case Preferences() | Feed() | PassingBounces() | Reputation():
                _add_version(transaction, fact)
            case MailAccount() | MailText():
                _add_version(transaction, fact)
            case Tombstone():
                transaction.put(to_item(fact), _may_stand(fact))
            case Proven():
                transaction.put(to_item(fact), EITHER_WAY)
            case NotProven():
                key = keys.proven(fact.partnership, fact.address_key)
                transaction.delete(key, EITHER_WAY)
            case LedgerEnds():
                transaction.update(key_of(fact.line), PRESENT, sets=expiry(fact.at))
            case Use():
                _add_use(transaction, fact.allowance, now=fact.at)
            case Gone():
                _add_goodbye(transaction, fact.row)
            case _:
                transaction.put(to_item(fact), ABSENT)

    def _add_address(self, transaction: Transaction, person: Person) -> None:
        """Take a person's address, and release the one they had.

        The row that says which one that was is read first. Nobody can change it in between: the
        transaction insists on the version that was read.
        """
        before = self._address_before(person)
        if same_address(before, person.address):
            return
        own = holds(person={"S": person.id})
        if before is not None:
            transaction.delete(keys.address(person.partnership, before), own)
        if person.address is not None:
            taken = key_attributes(keys.address(person.partnership, person.address))
            transaction.put({**taken, "person": {"S": person.id}}, ABSENT)

    def _address_before(self, person: Person) -> EmailAddress | None:
        if person.version == 0:
            return None
        item = self._item(key_of(person))
        before = from_item(Person, item) if item else None
        if before is None or before.version != person.version:
            raise Conflict
        return before.address

    def _add_minted(self, transaction: Transaction, minted: Token | SignIn) -> None:
        """Keep a token, or put the code on the sign-in that waits for it."""
        if isinstance(minted, Token):
            transaction.put(to_item(minted), ABSENT)
            return
        transaction.update(
            key_of(minted),
            holds(used={"BOOL": False}),
            sets={"code_digest": {"S": minted.code_digest}},
        )


def _add_version(transaction: Transaction, fact: Versioned) -> None:
    condition = ABSENT if fact.version == 0 else _version(fact)
    transaction.put(to_item(replace(fact, version=fact.version + 1)), condition)


def _add_coordinator(transaction: Transaction, person: Person) -> None:
    """Let a coordinator be found as one. Whoever is none any more is left out by their own row."""
    if person.coordinates:
        found = keys.coordinator(person.partnership, person.id)
        transaction.update(found, sets={"person": {"S": person.id}})


def _add_way_in(transaction: Transaction, fact: Gathering | Invitation) -> None:
    """With what can be answered by mail, keep what leads an answer to it."""
    if fact.version > 0:
        return
    way_in = (
        GatheringPlace(fact.id, fact.partnership)
        if isinstance(fact, Gathering)
        else ReplyAddress(
            fact.reply_token, fact.partnership, fact.gathering, fact.guest, fact.dtstamp
        )
    )
    transaction.put(to_item(way_in), ABSENT)


def _add_goodbye(transaction: Transaction, row: Person | Invitation | HeldReply | Export) -> None:
    """Take a row away, with the rows that lead to it."""
    transaction.delete(key_of(row), _version(row))
    if isinstance(row, Person) and row.address is not None:
        own = Condition(f"{ABSENT.text} OR {{person}} = :own", {"own": {"S": row.id}})
        transaction.delete(keys.address(row.partnership, row.address), own)
    if isinstance(row, Person) and row.coordinates:
        transaction.delete(keys.coordinator(row.partnership, row.id), EITHER_WAY)
    if isinstance(row, Invitation):
        transaction.delete(keys.reply_address(row.reply_token), EITHER_WAY)
    if isinstance(row, Export):
        for number in range(1, row.parts + 1):
            part = keys.export_part(row.partnership, row.request, number)
            transaction.delete(part, EITHER_WAY)


def _may_stand(tombstone: Tombstone) -> Condition:
    """A new tombstone may take the place of one that is done with; clearing one, only of itself."""
    if tombstone.cleared_at is not None:
        return holds(at={"S": instant(tombstone.at)})
    return Condition(f"{ABSENT.text} OR attribute_exists({{cleared_at}})")


def _unerased(message: Message) -> Condition:
    """The data behind the address are not erased, or were before this mail was promised."""
    return Condition(
        f"{ABSENT.text} OR {{cleared_at}} < :promised",
        {"promised": {"S": instant(message.queued_at)}},
    )


def _add_tally(transaction: Transaction, fact: TallyChange) -> None:
    """Add to the tally; what adds nothing and insists on nothing is not written."""
    condition = _insists(fact)
    counts = {field.name: getattr(fact.change, field.name) for field in fields(Tally)}
    adds: Attributes = {name: {"N": str(count)} for name, count in counts.items() if count}
    if adds or condition is not None:
        transaction.update(
            keys.tally(fact.partnership, fact.gathering),
            condition,
            adds={**adds, "version": {"N": "1"}},
        )


def _insists(fact: TallyChange) -> Condition | None:
    """How the tally must stand. One that was never written counts none, in version 0."""
    if fact.at_most is not None:
        room = "attribute_not_exists({heads}) OR {heads} <= :at_most"
        return Condition(room, {"at_most": {"N": str(fact.at_most)}})
    if fact.above is not None:
        none = "attribute_not_exists({heads}) OR " if fact.above < 0 else ""
        return Condition(f"{none}{{heads}} > :above", {"above": {"N": str(fact.above)}})
    if fact.as_read is not None:
        none = "attribute_not_exists({version}) OR " if fact.as_read.version == 0 else ""
        as_read = {"as_read": {"N": str(fact.as_read.version)}}
        return Condition(f"{none}{{version}} = :as_read", as_read)
    return None


def _add_line(transaction: Transaction, fact: LineChange) -> None:
    if fact.left is not None:
        transaction.delete(key_of(fact.left), PRESENT)
    if fact.taken is not None:
        transaction.put(to_item(fact.taken), ABSENT)


def _add_use(transaction: Transaction, allowance: Allowance, *, now: datetime) -> tuple[Key, ...]:
    """Count one use, while there is room; gives the rows that refuse when there is none."""
    places = use_keys(allowance, now=now)
    key, *before = places
    transaction.update(
        key,
        Condition(
            "attribute_not_exists({used}) OR ({used} < :limit AND "
            "(attribute_not_exists({holder}) OR {holder} = :new_holder))",
            {"limit": {"N": str(allowance.limit)}},
        ),
        sets={
            **expiry(allowance.counts_until(now)),
            "holder": {"S": allowance.holder},
            "last_at": {"S": instant(now)},
        },
        adds={"used": {"N": "1"}},
    )
    for earlier in before:
        transaction.check(earlier, _long_ago(allowance, now=now))
    return places


def _long_ago(allowance: Allowance, *, now: datetime) -> Condition:
    """Whoever used it in the window before is the same, or did so a whole window ago."""
    return Condition(
        "attribute_not_exists({last_at}) OR {holder} = :holder OR {last_at} <= :then",
        {"holder": {"S": allowance.holder}, "then": {"S": instant(now - allowance.window)}},
    )


def _add_suppression(transaction: Transaction, fact: Suppression) -> None:
    """The first reason stays: whoever suppresses an address twice changes nothing."""
    item = to_item(fact)
    key = key_of(fact)
    transaction.update(key, keeps={name: item[name] for name in item.keys() - {"pk", "sk"}})


def _version(fact: Versioned) -> Condition:
    return holds(version={"N": str(fact.version)})


def _as_read(message: Message) -> Condition:
    """The message still stands where it was read.

    Its outcome counts too: two events that arrive at once must not hide the graver one. So does
    its recipient, because what was forgotten meanwhile must not come back.
    """
    return holds(
        state={"S": message.state.value},
        claim={"S": message.claim},
        attempt={"N": str(message.attempt)},
        outcome={"S": message.outcome.value},
        recipient={"S": message.recipient},
    )


def _unreleased(brake: Brake) -> Condition:
    """The brake is on as it was read: nobody tried since, and it was not taken off meanwhile."""
    return holds(since={"S": instant(brake.since)}, probe_at={"S": instant(brake.probe_at)})


def _lost(refused: Refused, after: Message, *, address_key: str, full: Sequence[Key]) -> Claim:
    """Why a claim was refused; the message's own row is asked first."""
    row, mine = refused.rows.get(key_of(after)), to_item(after)
    if row is not None:
        holds_mine = all(row.get(name) == mine[name] for name in ("claim", "state"))
        return Claim.MINE if holds_mine else Claim.TAKEN
    if keys.suppression(address_key) in refused.rows:
        return Claim.SUPPRESSED
    if keys.tombstone(after.partnership, address_key) in refused.rows:
        return Claim.ERASED
    if keys.preferences(after.partnership, address_key) in refused.rows:
        return Claim.STOPPED
    if refused.rows.keys() - {keys.brake(), *full}:
        return Claim.OVERTAKEN
    return Claim.BRAKED if refused.rows.keys() == {keys.brake()} else Claim.FULL
