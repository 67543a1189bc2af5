"""What the use cases ask of the outside world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from chalicelib.domain.access import Feed, Session, SignIn, Token
from chalicelib.domain.allowance import Allowance, Limits
from chalicelib.domain.brake import Brake
from chalicelib.domain.consent import ConsentLine
from chalicelib.domain.data_request import DataRequest, Tombstone
from chalicelib.domain.export import Export, ExportPart
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.inbound import Verdicts
from chalicelib.domain.invitation import Invitation, Line, PartStat, Tally
from chalicelib.domain.job import Job
from chalicelib.domain.mail_account import MailAccount
from chalicelib.domain.mail_text import MailText
from chalicelib.domain.message import Kind, Message, Urgency
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.passing_bounces import PassingBounces
from chalicelib.domain.people import EmailAddress, Person
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.puzzle import SolvedPuzzle
from chalicelib.domain.reputation import Reputation
from chalicelib.domain.waiting_list import Waiting

Item = TypeVar("Item")


class NotFound(LookupError):
    """There is no such row in this partnership."""


class Conflict(Exception):
    """Somebody else changed it meanwhile, or it exists already; nothing was written."""


class Unanswered(Exception):
    """Nobody knows whether it was written: no answer came, however often it was asked."""


class KeysUnavailable(Exception):
    """The keys behind digests and codes cannot be read now; nothing is done without them."""


class WrittenByNewerCode(Exception):
    """A newer version of Pluim wrote this message: the code that knows it will come."""


class AllowanceSpent(Exception):
    """The allowance for this window is used up; nothing was written."""


@dataclass(frozen=True)
class TallyChange:
    """What one write adds to a gathering's tally, and how the tally must stand for that.

    It insists on one thing at most: that `at_most` so many seats are taken, so that there is room;
    that more than `above` are, so that there is none; or that nothing changed since it was
    `as_read`.
    """

    partnership: str
    gathering: str
    change: Tally
    at_most: int | None = None
    above: int | None = None
    as_read: Tally | None = None


@dataclass(frozen=True)
class LineChange:
    """A guest leaves one place on the waiting list, takes another, or both."""

    left: Waiting | None
    taken: Waiting | None


ASKED = "asked"
"""Why an address is suppressed whose owner wanted that."""


@dataclass(frozen=True)
class Suppression:
    """An address that must not be mailed any more, as a keyed digest, and why."""

    address_key: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class ReplyAddress:
    """Whose answers come to one address: a mail names no partnership, so its token must.

    By `invited_at` it also leads to all that one guest was invited to.
    """

    token: str
    partnership: str
    gathering: str
    guest: str
    invited_at: datetime | None = None


@dataclass(frozen=True)
class GatheringPlace:
    """Which partnership a gathering belongs to, for mail that names only its UID."""

    gathering: str
    partnership: str


@dataclass(frozen=True)
class Received:
    """A mail that had its effect, so that it never has it twice.

    `id` is SES's id of it, or a digest of its Message-ID and the guest it is from. `raw` is where
    the mail itself is kept for a while, and `guest` whose mail it was, as far as that is known.
    """

    partnership: str
    id: str
    at: datetime
    guest: str = ""
    raw: str = ""


class Holds(StrEnum):
    """What kind of row holds somebody's address."""

    PERSON = "person"
    NOMINATION = "nomination"
    INVITATION = "invitation"
    MESSAGE = "message"
    HELD_REPLY = "held_reply"
    EXPORT = "export"


@dataclass(frozen=True)
class AboutRow:
    """A row that holds an address: the index says so, the row decides.

    `id` is a gathering's for an invitation, whose `guest` is named then.
    """

    what: Holds
    partnership: str
    id: str
    guest: str = ""


@dataclass(frozen=True)
class Gone:
    """A row that is taken away, unless somebody changed it since it was read.

    With a person goes what keeps their address theirs, with an invitation the address of its
    answers, with an export its parts.
    """

    row: Person | Invitation | HeldReply | Export


@dataclass(frozen=True)
class LedgerEnds:
    """A line of the consent ledger that need not be kept after this, as nothing is shown by it."""

    line: ConsentLine
    at: datetime


@dataclass(frozen=True)
class NotMentioned:
    """This nomination does not hold this address any more."""

    partnership: str
    nomination: str
    address: EmailAddress


@dataclass(frozen=True)
class Proven:
    """Somebody did something with a link that we mailed to this address: it is theirs."""

    partnership: str
    address_key: str
    at: datetime


@dataclass(frozen=True)
class NotProven:
    """Nobody knows of this address any more that it is somebody's."""

    partnership: str
    address_key: str


@dataclass(frozen=True)
class Use:
    """One use of an allowance, which is counted only with the facts that it is kept with."""

    allowance: Allowance
    at: datetime


Fact = (
    Partnership
    | Person
    | Nomination
    | ConsentLine
    | Gathering
    | Invitation
    | TallyChange
    | LineChange
    | Job
    | Token
    | SignIn
    | Session
    | Feed
    | Suppression
    | PassingBounces
    | Reputation
    | MailAccount
    | Brake
    | Received
    | HeldReply
    | Preferences
    | DataRequest
    | Tombstone
    | Export
    | ExportPart
    | Gone
    | LedgerEnds
    | NotMentioned
    | MailText
    | Proven
    | NotProven
    | SolvedPuzzle
    | Use
)
"""Everything that `Store.save` keeps, or takes away."""


class Listing(StrEnum):
    """The work-lists of a partnership; a row stands on at most one of them.

    What went on unread stands on UNREAD by a row of its own, whatever became of it.
    """

    SUSPICIOUS = "suspicious"
    TO_REVIEW = "to_review"
    UNREAD = "unread"
    ASKED = "asked"
    LETTERS = "letters"
    WALL = "wall"
    THANKED = "thanked"
    PEOPLE = "people"
    GATHERINGS = "gatherings"
    SENDING = "sending"
    UNDELIVERED = "undelivered"
    REPLIES = "replies"
    DATA_REQUESTS = "data_requests"


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list, and where the next one starts; an empty `next` means this is the last."""

    items: tuple[Item, ...]
    next: str = ""


class Due(StrEnum):
    """What a row that has come due is."""

    MESSAGE = "message"
    JOB = "job"


@dataclass(frozen=True)
class DueRow:
    """A row that somebody has to look at: the index says so, the row decides."""

    what: Due
    partnership: str
    id: str


@dataclass(frozen=True)
class Hint:
    """That a row is due, by which road it goes, and not before how many seconds (0 to 900)."""

    row: DueRow
    urgency: Urgency
    delay_seconds: int = 0


SHARDS: tuple[int, ...] = (0, 1, 2, 3, 4)
"""The shards of `Store.due` that hold all open rows but bulk mail: each is asked every minute."""

BULK_SHARDS: tuple[int, ...] = (5, 6, 7, 8)
"""The shards of bulk mail, which is fed to delivery bit by bit."""


@dataclass(frozen=True)
class Sending:
    """How sending stands: the brake while it is on, and the account once SES told about it."""

    brake: Brake | None = None
    account: MailAccount | None = None


class Claim(StrEnum):
    """How an attempt to claim a message ended."""

    MINE = "mine"
    TAKEN = "taken"
    SUPPRESSED = "suppressed"
    STOPPED = "stopped"
    ERASED = "erased"
    OVERTAKEN = "overtaken"
    BRAKED = "braked"
    FULL = "full"


@dataclass(frozen=True)
class Move:
    """A message's step from one state to another."""

    before: Message
    after: Message


class Store(Protocol):
    """Everything Pluim remembers. Reads are bounded: one row, or one page."""

    def save(
        self,
        *facts: Fact,
        outbox: Sequence[Message] = (),
        moves: Sequence[Move] = (),
        unchanged: Sequence[Gathering] = (),
    ) -> None:
        """Keep these facts and the messages they promise, all or nothing, in one transaction.

        `unchanged` are facts that the others rest on: they are not written, but must still be as
        they were read.

        A fact with `version` 0 must be new, another one unchanged since it was read; otherwise
        `Conflict`. A message whose id exists already is a `Conflict` too, and so is a move from
        where the message no longer is. `AllowanceSpent` says that all would have been kept but for
        a `Use` of an allowance without room. `Unanswered` leaves open whether it was kept. At most
        100 rows: a new invitation is two, because the address of its answers is one more, and so is
        a new gathering.
        """

    def partnership(self, slug: str) -> Partnership:
        """The partnership; raises `NotFound`, as all readers of one row do."""

    def partnerships(self, *, after: str = "", limit: int = 100) -> Page[str]:
        """The short names of all partnerships, for the hourly clock alone."""

    def person(self, partnership: str, person_id: str) -> Person:
        """Somebody on the people list."""

    def person_by_address(self, partnership: str, address: EmailAddress) -> Person | None:
        """Whoever on the people list has this address, compared in canonical form."""

    def people(self, partnership: str, *, after: str = "", limit: int = 50) -> Page[Person]:
        """The people list by name."""

    def people_named(self, partnership: str, name: str) -> tuple[Person, ...]:
        """Who on the people list has this name, whatever its case and accents: two at most."""

    def coordinators(self, partnership: str, *, after: str = "", limit: int = 25) -> Page[Person]:
        """Who may sign in at the desk, in the order of their ids."""

    def nomination(self, partnership: str, nomination_id: str) -> Nomination:
        """One nomination."""

    def nominations(
        self,
        partnership: str,
        listing: Listing,
        *,
        newest_first: bool = False,
        after: str = "",
        limit: int = 10,
    ) -> Page[Nomination]:
        """A page of nominations that stand on this list right now."""

    def unread(self, partnership: str, *, after: str = "", limit: int = 10) -> Page[Nomination]:
        """What was approved unread in the last weeks, newest first, whatever became of it; without
        what was undone.
        """

    def consent_lines(self, partnership: str, nomination_id: str) -> tuple[ConsentLine, ...]:
        """A nomination's consent ledger, oldest line first."""

    def gathering(self, partnership: str, gathering_id: str) -> Gathering:
        """One gathering."""

    def gatherings(self, partnership: str, *, after: str = "", limit: int = 25) -> Page[Gathering]:
        """Gatherings, the latest start first."""

    def tally(self, partnership: str, gathering_id: str) -> Tally:
        """How the guests answered so far; all zero before anybody was invited."""

    def invitation(self, partnership: str, gathering_id: str, guest: str) -> Invitation:
        """One guest's invitation."""

    def invitations(
        self, partnership: str, gathering_id: str, *, after: str = "", limit: int = 30
    ) -> Page[Invitation]:
        """A gathering's invitations in the order of their guests' ids, removed ones included."""

    def guests(
        self,
        partnership: str,
        gathering_id: str,
        answer: PartStat | Line,
        *,
        after: str = "",
        limit: int = 50,
    ) -> Page[Invitation]:
        """Who gave this answer, by name; or who stands in this line, in its order.

        Who stands in a line is in no other group, and who was removed in none.
        """

    def waiting(
        self, partnership: str, gathering_id: str, *, heads: int, limit: int
    ) -> tuple[Waiting, ...]:
        """The first who wait for a place for this many people; read consistently."""

    def not_to_invite(
        self, partnership: str, gathering_id: str, guests: Sequence[str], *, asked_at: datetime
    ) -> frozenset[str]:
        """Which of these guests (at most 50 ids) have an invitation already, removed or not, or
        were erased since that was asked.
        """

    def calendar(
        self, partnership: str, guest: str, *, limit: int = 50
    ) -> tuple[tuple[Gathering, Invitation], ...]:
        """What a guest was invited to last, with their place at it, removed ones included."""

    def feed(self, partnership: str, guest: str) -> Feed:
        """The address of a guest's feed; an empty one before there was any."""

    def reply_address(self, token: str) -> ReplyAddress:
        """Whose answers come to the address with this token."""

    def gathering_place(self, gathering_id: str) -> GatheringPlace:
        """Where the gathering with this id is, in whichever partnership."""

    def was_received(self, partnership: str, received_id: str) -> bool:
        """Whether a mail had its effect already."""

    def mails_from(
        self, partnership: str, guest: str, *, after: str = "", limit: int = 100
    ) -> Page[Received]:
        """A guest's mails that had their effect, the newest first."""

    def held_reply(self, partnership: str, held_id: str) -> HeldReply:
        """One mail that was held for a coordinator."""

    def held_replies(
        self, partnership: str, *, after: str = "", limit: int = 10
    ) -> Page[HeldReply]:
        """The mails that wait for a coordinator, the oldest first."""

    def job(self, partnership: str, job_id: str) -> Job:
        """One job."""

    def message(self, partnership: str, message_id: str) -> Message:
        """One message. Raises `WrittenByNewerCode` too."""

    def messages(
        self,
        partnership: str,
        listing: Listing,
        *,
        before: datetime | None = None,
        after: str = "",
        limit: int = 25,
    ) -> Page[Message]:
        """SENDING messages claimed before `before`, or UNDELIVERED ones, newest first."""

    def count(self, partnership: str, listing: Listing, *, at_most: int = 100) -> int:
        """How many rows stand on a list, counted no further than `at_most`."""

    def token(self, partnership: str, digest: str) -> Token:
        """A private link that has not expired."""

    def sign_in(self, partnership: str, sign_in_id: str) -> SignIn:
        """A request to sign in that has not expired."""

    def session(self, partnership: str, session_id: str) -> Session:
        """A session that has not ended."""

    def due(self, *, shard: int, now: datetime, after: str = "", limit: int = 100) -> Page[DueRow]:
        """Rows of one shard whose time has come, the longest waiting first; the index may lag."""

    def due_messages(self, rows: Sequence[DueRow]) -> dict[DueRow, Message]:
        """The messages behind a page of due rows; what is gone or cannot be read is left out."""

    def suppression(self, address_key: str) -> Suppression | None:
        """Why this address must not be mailed, if so."""

    def reputation(self) -> Reputation:
        """What the last day's mail brought upon us."""

    def passing_bounces(self, address_key: str) -> PassingBounces:
        """The mails to this address that came back for now; none before the first one did."""

    def brake(self) -> Brake | None:
        """The brake, if sending stands still."""

    def mail_account(self) -> MailAccount | None:
        """What SES allows, once it was asked."""

    def sending(self) -> Sending:
        """Whether mail leaves at all, and what SES allows."""

    def mail_text(self, partnership: str, kind: str, number: int) -> MailText:
        """One version of the text of a kind of mail."""

    def mail_texts(
        self, partnership: str, kind: str, *, after: str = "", limit: int = 5
    ) -> Page[MailText]:
        """The versions of the text of a kind of mail, the newest first."""

    def preferences(self, partnership: str, address_key: str) -> Preferences:
        """Which kinds of mail this address stopped; none before anybody said so."""

    def tombstone(self, partnership: str, of: str) -> Tombstone | None:
        """Whether whoever has this address key or id is erased, and since when."""

    def data_request(self, partnership: str, request_id: str) -> DataRequest:
        """One request about somebody's own data."""

    def data_requests(
        self, partnership: str, *, after: str = "", limit: int = 25
    ) -> Page[DataRequest]:
        """Requests about somebody's own data, the newest first."""

    def export(self, partnership: str, request_id: str) -> Export:
        """What is, or was, collected for one request."""

    def export_parts(self, partnership: str, request_id: str) -> tuple[ExportPart, ...]:
        """All that was collected for one request, in its order."""

    def about(
        self, partnership: str, address: EmailAddress, *, after: str = "", limit: int = 25
    ) -> Page[AboutRow]:
        """Rows that hold an address, compared in canonical form; the index may lag."""

    def mentioned_in(
        self, partnership: str, address: EmailAddress, *, limit: int = 25
    ) -> tuple[str, ...]:
        """The ids of some nominations that hold an address; the index may lag."""

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

    def release(self, brake: Brake) -> bool:
        """Take the brake off; False when it is no longer as it was read."""

    def knows(self, partnership: str, address: EmailAddress, *, address_key: str) -> bool:
        """Whether this address is on the people list, or somebody proved that it is theirs."""

    def full(self, *allowances: Allowance, now: datetime) -> tuple[Allowance, ...]:
        """Which of these have no room left."""

    def spend(self, *allowances: Allowance, now: datetime) -> None:
        """Count one use against each allowance; raises `AllowanceSpent` when one is full."""

    def try_code(self, sign_in: SignIn) -> None:
        """Count a try; raises `Conflict` when none is left, so that tries cannot be raced."""

    def use_sign_in(
        self, sign_in: SignIn, session: Session, *, outbox: Sequence[Message] = ()
    ) -> None:
        """Use a code up, start a session and keep what that promises, together, once.

        Raises `Conflict` the second time.
        """

    def end_session(self, session: Session) -> None:
        """Forget a session; forgetting it twice is fine."""


@dataclass(frozen=True)
class Accepted:
    """SES took the mail."""

    ses_id: str


@dataclass(frozen=True)
class Again:
    """Certainly not sent, and worth another attempt; `account_fault` when no mail would pass."""

    reason: str
    account_fault: bool = False


@dataclass(frozen=True)
class Never:
    """Certainly not sent, and no attempt ever will be."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """Nobody knows whether it left: never retried."""

    reason: str


SendResult = Accepted | Again | Never | Unknown


@dataclass(frozen=True)
class Envelope:
    """What a mailer needs: sender, recipient, bytes, and tags that events bring back."""

    sender: str
    recipient: EmailAddress
    content: bytes
    tags: dict[str, str]


class Mailer(Protocol):
    """Whatever carries mail to the world."""

    def account(self, *, now: datetime) -> MailAccount | None:
        """What we may send, or None where nothing limits it. Raises what stands in the way."""

    def send(self, envelope: Envelope) -> SendResult:
        """Hand over one mail, in one attempt; every failure is sorted, none raised."""


@dataclass(frozen=True)
class Notice:
    """What SES tells about a mail that came in: where it lies, and how it was checked.

    `ses_id` is SES's id of it, `raw` where it is kept, `writer` the From by its headers.
    `recipients` are the addresses of ours that it came to, `empty_sender` is whether it came with
    an empty return path.
    """

    ses_id: str
    raw: str
    recipients: tuple[str, ...]
    received_at: datetime
    verdicts: Verdicts
    writer: str = ""
    subject: str = ""
    empty_sender: bool = False


class MailGone(LookupError):
    """The mail itself is not kept any more."""


class MailTooLarge(ValueError):
    """The mail is larger than any that we open; it was not read."""


class Inbox(Protocol):
    """Where mail that came in lies for a while."""

    def read(self, raw: str, *, at_most: int) -> bytes:
        """A whole mail. Raises `MailGone` or `MailTooLarge`."""

    def forget(self, raw: str) -> None:
        """Take a mail away; one that is gone before is fine."""


class Hints(Protocol):
    """Nudges that there is something to do; losing one costs a minute."""

    def message(self, message: Message) -> None:
        """Say that a message is due."""

    def job(self, job: Job) -> None:
        """Say that a job waits."""

    def many(self, hints: Sequence[Hint]) -> None:
        """Say of many rows at once that they are due; one that gets lost takes no other along."""


@dataclass(frozen=True)
class Signature:
    """Proof that we wrote some texts, and the name of the key that it was made with."""

    key: str
    digest: str


class Secrets(Protocol):
    """Keyed digests and chance; the keys stay inside."""

    def address_key(self, address: str) -> str:
        """A keyed digest of a canonical address: 26 of `a-z2-7`."""

    def network_key(self, network: str) -> str:
        """A keyed digest of a network that forms come from: 26 of `a-z2-7`."""

    def code_digest(self, *, sign_in: str, code: str) -> str:
        """A keyed digest of a sign-in code for one request."""

    def sign(self, *parts: str) -> Signature:
        """Sign these texts, in this order, with the newest key."""

    def signed(self, signature: Signature, *parts: str) -> bool:
        """Whether we signed exactly these texts, with a key that still counts."""

    def token(self) -> str:
        """128 fresh random bits as 26 of `a-z2-7`."""

    def code(self) -> str:
        """Six fresh random digits."""

    def number(self, most: int) -> int:
        """A fresh random whole number from 0 to `most`."""


def at_once(attempt: int) -> None:
    """Wait for nothing before the next attempt."""


@dataclass(frozen=True)
class World:
    """The outside world, as one thing to hand to a use case.

    `limits` are what the installation allows. `pause` waits before a change is made once more, by
    chance and longer at each attempt, so that many who want the same seat do not meet again.
    """

    store: Store
    hints: Hints
    mailer: Mailer
    secrets: Secrets
    limits: Limits = field(default_factory=Limits)
    pause: Callable[[int], None] = at_once

    def save(
        self,
        *facts: Fact,
        outbox: Sequence[Message] = (),
        moves: Sequence[Move] = (),
        unchanged: Sequence[Gathering] = (),
    ) -> None:
        """Keep it all in one transaction (`Store.save`), then hint at what is due.

        The hint comes after, and may get lost: the row is the promise.
        """
        self.store.save(*facts, outbox=outbox, moves=moves, unchanged=unchanged)
        for message in outbox:
            if message.is_due(message.queued_at) and message.urgency is not Urgency.BULK:
                self.hints.message(message)
