"""The mails that a thank-you promises its nominator and its honourees."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.access import LINK_LIVES, QUESTION_LIVES, VERIFY_LIVES, Purpose
from chalicelib.domain.message import Kind, LinkRequest, Message
from chalicelib.domain.nomination import Honouree, Nomination, ReviewedBy
from chalicelib.domain.partnership import Settings
from chalicelib.messages.drafts import Facts
from chalicelib.messages.thanks_mails import (
    ConsentReminderFacts,
    FollowUpFacts,
    NominationAnswerFacts,
    NominationReceiptFacts,
    NominationVerifyFacts,
    ThanksBackFacts,
    ThanksFacts,
)
from chalicelib.use_cases.promising import Nameless, Reader, promised

MAILED_AGAIN = (1, 2)
"""The times that whoever sent a form may have its mail sent again."""


def verification(nomination: Nomination, *, now: datetime, again: int = 0) -> Message:
    """Ask the nominator to prove their address, perhaps `again`; holds nothing that they typed."""
    nominator = nomination.nominator
    link = LinkRequest("verify_url", Purpose.VERIFY, nomination.id, "/bevestig", now + VERIFY_LIVES)
    return _to_nominator(
        nomination,
        Kind.NOMINATION_VERIFY,
        facts=NominationVerifyFacts(),
        link=link,
        id=_verification_id(nomination, again),
        now=now,
        reader=Nameless(nominator.address, nominator.language),
    )


def receipt(nomination: Nomination, *, settings: Settings, now: datetime) -> Message:
    """Tell the nominator that their words are in, and until when reading takes, if it is needed."""
    read_by = nomination.read_by(response_days=settings.response_days, time_zone=settings.time_zone)
    unread = nomination.reviewed_by is ReviewedBy.SETTING
    facts = NominationReceiptFacts(
        reference=nomination.reference,
        honourees=_names(nomination),
        what=nomination.words.what,
        why=nomination.words.why,
        read_by="" if unread else read_by.isoformat(),
    )
    return _to_nominator(
        nomination,
        Kind.NOMINATION_RECEIPT,
        facts=facts,
        link=_status_link(nomination, "status_url", now=now),
        id=f"receipt-{nomination.id}",
        now=now,
    )


def question(nomination: Nomination, *, now: datetime, undo: timedelta) -> Message:
    """Put the reviewer's question to the nominator."""
    link = LinkRequest("page_url", Purpose.QUESTION, nomination.id, "/vraag", now + QUESTION_LIVES)
    return _answer(nomination, "question", nomination.question, link=link, now=now, undo=undo)


def not_this_time(nomination: Nomination, *, now: datetime, undo: timedelta) -> Message:
    """Tell the nominator, kindly and with the reason, that it does not go on."""
    link = _status_link(nomination, "page_url", now=now)
    return _answer(nomination, "not_this_time", nomination.reason, link=link, now=now, undo=undo)


def thanks(
    nomination: Nomination, *, time_zone: str, now: datetime, undo: timedelta
) -> tuple[Message, ...]:
    """Thank every honouree who has an address; the others get a letter."""
    return tuple(
        _thanks_to(nomination, honouree, time_zone=time_zone, now=now, undo=undo)
        for honouree in nomination.honourees
        if honouree.address is not None and honouree.removed_at is None
    )


def thanks_id(nomination: Nomination, honouree: Honouree) -> str:
    """The id of the mail that thanks this honouree, after the reviewer's newest decision."""
    return f"thanks-{nomination.id}-{honouree.id}-{nomination.round}"


def thanks_back_id(nomination: Nomination, honouree: Honouree) -> str:
    """The id of the mail that brings this honouree's line to the nominator."""
    return f"thanks_back-{nomination.id}-{honouree.id}"


def ids_about(nomination: Nomination, honouree: Honouree) -> tuple[str, ...]:
    """The ids of the mails that carry words to and from this honouree, promised or not.

    Those of decisions that were taken back are among them.
    """
    decisions = (replace(nomination, round=number + 1) for number in range(nomination.round))
    return (
        *(thanks_id(decision, honouree) for decision in decisions),
        thanks_back_id(nomination, honouree),
        consent_reminder_id(nomination, honouree),
        follow_up_id(nomination, honouree),
        follow_up_id(nomination),
    )


def ids_of(nomination: Nomination) -> tuple[str, ...]:
    """The ids of all mails about a nomination, promised or not."""
    decisions = (replace(nomination, round=number + 1) for number in range(nomination.round))
    about = (ids_about(nomination, honouree) for honouree in nomination.honourees)
    to_nominator = (
        *(_verification_id(nomination, again) for again in (0, *MAILED_AGAIN)),
        f"receipt-{nomination.id}",
        *(answer_id(decision) for decision in decisions),
    )
    return tuple(dict.fromkeys((*to_nominator, *(one for ids in about for one in ids))))


def _verification_id(nomination: Nomination, again: int) -> str:
    return f"verify-{nomination.id}" + (f"-{again}" if again else "")


def consent_reminder_id(nomination: Nomination, honouree: Honouree) -> str:
    """The id of the one mail that reminds this honouree that they may decide."""
    return f"consent_reminder-{nomination.id}-{honouree.id}"


def follow_up_id(nomination: Nomination, honouree: Honouree | None = None) -> str:
    """The id of the mail that asks this honouree, or else the nominator, what it led to."""
    return f"follow_up-{nomination.id}" + (f"-{honouree.id}" if honouree else "")


def answer_id(nomination: Nomination) -> str:
    """The id of the mail that carries the reviewer's newest question or refusal."""
    return f"answer-{nomination.id}-{nomination.round}"


def thanks_back(nomination: Nomination, honouree: Honouree, *, now: datetime) -> Message:
    """Bring the honouree's one line to the nominator."""
    facts = ThanksBackFacts(
        honouree=honouree.name, line=honouree.thanks_back, reference=nomination.reference
    )
    return _to_nominator(
        nomination,
        Kind.THANKS_BACK,
        facts=facts,
        link=_status_link(nomination, "status_url", now=now),
        id=thanks_back_id(nomination, honouree),
        now=now,
    )


def consent_reminder(
    nomination: Nomination, honouree: Honouree, *, due_at: datetime, now: datetime
) -> Message:
    """Remind an honouree, once, that they may decide; delivery drops it when they did."""
    facts = ConsentReminderFacts(nomination.nominator.name, nomination.words.what)
    subject = f"{nomination.id}/{honouree.id}"
    return _much_later(
        nomination,
        Kind.CONSENT_REMINDER,
        honouree=honouree,
        facts=facts,
        link=LinkRequest(
            "honouree_url", Purpose.HONOUREE, subject, "/voor-jou", due_at + LINK_LIVES
        ),
        id=consent_reminder_id(nomination, honouree),
        due_at=due_at,
        now=now,
    )


def follow_up(
    nomination: Nomination, honouree: Honouree | None = None, *, due_at: datetime, now: datetime
) -> Message:
    """Ask one honouree, or the nominator when none is given, what the thank-you led to."""
    nominator = nomination.nominator.name if honouree else ""
    subject = f"{nomination.id}/{honouree.id}" if honouree else nomination.id
    return _much_later(
        nomination,
        Kind.FOLLOW_UP,
        honouree=honouree,
        facts=FollowUpFacts(nominator, nomination.words.what),
        link=LinkRequest(
            "follow_up_url", Purpose.FOLLOW_UP, subject, "/vervolg", due_at + LINK_LIVES
        ),
        id=follow_up_id(nomination, honouree),
        due_at=due_at,
        now=now,
    )


def _much_later(
    nomination: Nomination,
    kind: Kind,
    *,
    honouree: Honouree | None,
    facts: Facts,
    link: LinkRequest,
    id: str,
    due_at: datetime,
    now: datetime,
) -> Message:
    """A mail that waits for its day."""
    return promised(
        kind,
        partnership=nomination.partnership,
        id=id,
        cause=link.subject,
        reader=honouree or nomination.nominator,
        facts=facts,
        links=[link],
        now=now,
        due_at=due_at,
    )


def _thanks_to(
    nomination: Nomination, honouree: Honouree, *, time_zone: str, now: datetime, undo: timedelta
) -> Message:
    words = nomination.words
    facts = ThanksFacts(
        nominator=nomination.nominator.name,
        what=words.what,
        why=words.why,
        citation=nomination.citation,
        organisation=words.organisation,
        appreciation=nomination.appreciation.value,
        submitted_on=nomination.submitted_on(time_zone=time_zone).isoformat(),
        other_honourees=[other.name for other in nomination.honourees if other.id != honouree.id],
    )
    subject = f"{nomination.id}/{honouree.id}"
    link = LinkRequest("honouree_url", Purpose.HONOUREE, subject, "/voor-jou", now + LINK_LIVES)
    return promised(
        Kind.THANKS,
        partnership=nomination.partnership,
        id=thanks_id(nomination, honouree),
        cause=subject,
        reader=honouree,
        facts=facts,
        links=[link],
        now=now,
        due_at=now + undo,
    )


def _answer(
    nomination: Nomination,
    answer: str,
    text: str,
    *,
    link: LinkRequest,
    now: datetime,
    undo: timedelta,
) -> Message:
    facts = NominationAnswerFacts(
        answer=answer, reference=nomination.reference, honourees=_names(nomination), text=text
    )
    return _to_nominator(
        nomination,
        Kind.NOMINATION_ANSWER,
        facts=facts,
        link=link,
        id=answer_id(nomination),
        now=now,
        undo=undo,
    )


def _to_nominator(
    nomination: Nomination,
    kind: Kind,
    *,
    facts: Facts,
    link: LinkRequest,
    id: str,
    now: datetime,
    undo: timedelta = timedelta(),
    reader: Reader | None = None,
) -> Message:
    return promised(
        kind,
        partnership=nomination.partnership,
        id=id,
        cause=nomination.id,
        reader=reader or nomination.nominator,
        facts=facts,
        links=[link],
        now=now,
        due_at=now + undo,
    )


def _status_link(nomination: Nomination, name: str, *, now: datetime) -> LinkRequest:
    return LinkRequest(name, Purpose.STATUS, nomination.id, "/status", now + LINK_LIVES)


def _names(nomination: Nomination) -> list[str]:
    return [honouree.name for honouree in nomination.honourees]
