"""Invented mails of every kind, in the cases that it is sent for: what previews show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.domain.mail_text import Text
from chalicelib.domain.message import Kind, Message
from chalicelib.domain.nomination import Appreciation
from chalicelib.domain.partnership import Contact, Controller, Partnership
from chalicelib.domain.people import EmailAddress, Language
from chalicelib.messages.coordinator_mails import (
    CoordinatorDigestFacts,
    DeedPromptFacts,
    FailedMailFacts,
    ReviewPendingFacts,
    SigninCodeFacts,
    SigninNewDeviceFacts,
)
from chalicelib.messages.drafts import Facts
from chalicelib.messages.emails import link_names, stops
from chalicelib.messages.entries import STOP_URL
from chalicelib.messages.gathering_mails import GatheringFacts, RsvpReplyFacts
from chalicelib.messages.links import Links
from chalicelib.messages.own_data_mails import (
    AccessCodeFacts,
    AccessReadyFacts,
    ErasureDoneFacts,
)
from chalicelib.messages.thanks_mails import (
    ConsentReminderFacts,
    FollowUpFacts,
    NominationAnswerFacts,
    NominationReceiptFacts,
    NominationVerifyFacts,
    ThanksBackFacts,
    ThanksFacts,
)

PARTNERSHIP = Partnership(
    slug="ons-dorp",
    name="Samen Ons Dorp",
    contact=Contact("Cleo Vermeer", "030 123 45 67", EmailAddress("cleo@onsdorp.example")),
    controller=Controller(
        "Gemeente Ons Dorp",
        "Dorpsplein 1, 1234 AB Ons Dorp",
        EmailAddress("privacy@onsdorp.example"),
        protection_officer="Dirk Postma, fg@onsdorp.example",
    ),
)
RSVP_DOMAIN = "rsvp.onsdorp.example"

_NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_TOKEN = "k7w2mzq4x5tn3bpydr6ahcjf2e"  # noqa: S105
_CODE = "204815"
_PAGES = {
    "verify_url": "/bevestig",
    "status_url": "/status",
    "page_url": "/vraag",
    "honouree_url": "/voor-jou",
    "follow_up_url": "/vervolg",
    "rsvp_url": "/uitnodiging",
    "data_url": "/gegevens",
    STOP_URL: "/afmelden",
}

_DESK_PAGES = {
    "review_url": "/beheer/lezen",
    "letters_url": "/beheer/brieven",
    "undelivered_url": "/beheer/mails/mislukt",
    "suspicious_url": "/beheer/lezen/verdacht",
    "plan_url": "/beheer/bijeenkomsten/nieuw",
    "gathering_url": "/beheer/bijeenkomsten/q3v5n7w2k4m6x",
}


@dataclass(frozen=True)
class Sample:
    """One invented mail: a message and the links that delivery would mint for it.

    It is in this text of an organisation's own, or else as Pluim brings it.
    """

    variant: str
    message: Message
    links: Mapping[str, str]
    own_text: Text | None = None

    @property
    def name(self) -> str:
        """What its file is called: `<kind>__<language>__<variant>`."""
        return f"{self.message.kind}__{self.message.language}__{self.variant}"


_ADA, _CLEO = "Ada Yılmaz", "Cleo Vermeer"
_RECIPIENTS = {
    Kind.NOMINATION_VERIFY: _ADA,
    Kind.NOMINATION_RECEIPT: _ADA,
    Kind.NOMINATION_ANSWER: _ADA,
    Kind.THANKS_BACK: _ADA,
    Kind.SIGNIN_CODE: _CLEO,
    Kind.COORDINATOR_DIGEST: _CLEO,
    Kind.REVIEW_PENDING: _CLEO,
    Kind.FAILED_MAIL: _CLEO,
    Kind.DEED_PROMPT: _CLEO,
    Kind.SIGNIN_NEW_DEVICE: _CLEO,
}


def samples() -> Iterator[Sample]:
    """Every kind of mail, in every language, in every case."""
    for language in Language:
        for kind, cases in sample_facts(language).items():
            for case, facts in cases.items():
                yield sample_of(kind, language, case, facts)


def sample_facts(language: Language) -> Mapping[Kind, Mapping[str, Facts]]:
    """What the invented mails of a language tell, by kind and case."""
    texts = _TEXTS[language]
    return {**_thanks_mails(texts), **_gathering_mails(texts), **_coordinator_mails(texts)}


def sample_of(
    kind: Kind, language: Language, variant: str, facts: Facts, *, recipient: str = ""
) -> Sample:
    """The mail that tells these facts to an invented reader, or to `recipient`."""
    reader = _RECIPIENTS.get(kind, _TEXTS[language].honouree)
    message = Message(
        partnership=PARTNERSHIP.slug,
        id=f"{kind}-sample",
        kind=kind,
        cause="sample",
        recipient=EmailAddress(f"{reader.split()[0].lower()}@buurt.example"),
        recipient_name=recipient or reader,
        language=language,
        facts=asdict(facts),
        queued_at=_NOW,
        due_at=_NOW,
        deadline=_NOW + timedelta(hours=72),
    )
    return Sample(variant, message, sample_links(message, Links("https://pluim.example")))


def sample_links(message: Message, links: Links) -> Mapping[str, str]:
    """Where the links of an invented mail lead: below these, and to nothing that exists."""
    kind = message.kind
    page = links.to(message.partnership, message.language)
    names = (*link_names(kind), *([STOP_URL] if stops(kind) else []))
    return {name: _link(name, page) for name in names}


def _link(name: str, page: Callable[[str], str]) -> str:
    if name == "code":
        return _CODE
    if name in _DESK_PAGES:
        return page(_DESK_PAGES[name])
    if name == "signin_url":
        return page(f"/beheer/code?code={_CODE}")
    return page(f"{_PAGES[name]}/{_TOKEN}")


@dataclass(frozen=True)
class _Texts:
    """What invented people write, in their own language."""

    honouree: str
    what: str
    why: str
    citation: str
    question: str
    reason: str
    line: str
    title: str
    place: str
    text: str
    remark: str
    reply: str
    subject: str


_TEXTS = {
    Language.DUTCH: _Texts(
        honouree="Bo Jansen",
        what="Bo regelde elke zondag de sleutel van het buurthuis, ook toen het stormde.",
        why="Zo kon de taalles altijd doorgaan. Twaalf mensen durven nu zelf naar de huisarts.",
        citation="Elke zondag de sleutel, ook toen het stormde.",
        question="Mooi om te lezen. Om welk buurthuis gaat het?",
        reason="We weten niet zeker wie je bedoelt: er zijn twee mensen met deze naam.",
        line="Ik ben er stil van. Dank je wel, tot zondag!",
        title="Winterfeest van Samen Ons Dorp",
        place="Buurthuis De Linde, Lindelaan 12, Ons Dorp",
        text="We vieren wat we dit jaar samen deden.\n\nEr is soep, en muziek van het buurtkoor.",
        remark="Ik neem mijn dochter mee. Zij eet geen vlees.",
        reply="Natuurlijk, je dochter is welkom. We zorgen voor soep zonder vlees. Tot dan!",
        subject="De kok wil het graag weten: kom je eten?",
    ),
    Language.ENGLISH: _Texts(
        honouree="Bo Johnson",
        what="Bo arranged the key of the community centre every Sunday, even in the storm.",
        why="So the language class never had to stop. Twelve people now see their doctor alone.",
        citation="The key, every Sunday, even in the storm.",
        question="This is good to read. Which community centre is it about?",
        reason="We are not sure whom you mean: two people have this name.",
        line="I am touched. Thank you, and see you on Sunday!",
        title="Winter party of Samen Ons Dorp",
        place="Community centre De Linde, Lindelaan 12, Ons Dorp",
        text="We celebrate what we did this year.\n\nThere is soup, and the local choir sings.",
        remark="I am bringing my daughter. She does not eat meat.",
        reply="Of course, your daughter is welcome. We will have soup without meat. See you then!",
        subject="The cook would like to know: are you coming to eat?",
    ),
}


def _thanks_mails(texts: _Texts) -> Mapping[Kind, Mapping[str, Facts]]:
    follow_up = FollowUpFacts(nominator=_ADA, what=texts.what)
    return {
        Kind.NOMINATION_VERIFY: {"plain": NominationVerifyFacts()},
        Kind.NOMINATION_RECEIPT: _receipts(texts),
        Kind.NOMINATION_ANSWER: _answers(texts),
        Kind.THANKS: _thanks(texts),
        Kind.THANKS_BACK: {
            "plain": ThanksBackFacts(texts.honouree, line=texts.line, reference="PL-4K7Q2M")
        },
        Kind.CONSENT_REMINDER: {
            "plain": ConsentReminderFacts(nominator=_ADA, what=texts.what),
        },
        Kind.FOLLOW_UP: {
            "plain": follow_up,
            "to_who_gave_it": replace(follow_up, nominator=""),
        },
    }


def _gathering_mails(texts: _Texts) -> Mapping[Kind, Mapping[str, Facts]]:
    return {
        Kind.GATHERING_INVITE: {
            "plain": _gathering(texts),
            "series": _series(texts),
            "all_day": _all_day(texts),
            "weekend": replace(_all_day(texts), ends="2026-12-14T00:00:00"),
        },
        Kind.GATHERING_UPDATE: _updates(texts),
        Kind.GATHERING_CANCEL: _cancels(texts),
        Kind.GATHERING_REMINDER: _reminders(texts),
        Kind.RSVP_CONFIRMED: _confirmations(texts),
        Kind.RSVP_REPLY: {"plain": _rsvp_reply(texts)},
        Kind.WAITLIST: _waits(texts),
        Kind.PROMOTED: _promotions(texts),
    }


def _coordinator_mails(texts: _Texts) -> Mapping[Kind, Mapping[str, Facts]]:
    unsent = [Kind.THANKS.value, Kind.GATHERING_INVITE.value]
    return {
        Kind.SIGNIN_CODE: {"plain": SigninCodeFacts()},
        Kind.SIGNIN_NEW_DEVICE: {"plain": SigninNewDeviceFacts("2026-11-20T10:04:00")},
        Kind.ACCESS_READY: {"plain": AccessReadyFacts()},
        Kind.ACCESS_CODE: {"plain": AccessCodeFacts()},
        Kind.ERASURE_DONE: {
            "plain": ErasureDoneFacts(never_again=False),
            "never_again": ErasureDoneFacts(never_again=True),
        },
        Kind.COORDINATOR_DIGEST: _digests(texts),
        Kind.REVIEW_PENDING: {"plain": ReviewPendingFacts(waiting=3, days=9, term=7)},
        Kind.FAILED_MAIL: {"plain": FailedMailFacts(unsent, ["bounced", "parked"], count=2)},
        Kind.DEED_PROMPT: {
            "plain": DeedPromptFacts([texts.honouree, "Eva de Wit"], years=0),
            "anniversary": DeedPromptFacts([], years=7),
        },
    }


def _digests(texts: _Texts) -> Mapping[str, Facts]:
    one = CoordinatorDigestFacts(
        to_review=1, letters=0, undelivered=0, suspicious=0, silent=0, gathering=""
    )
    return {
        "plain": CoordinatorDigestFacts(
            to_review=3, letters=1, undelivered=2, suspicious=0, silent=12, gathering=texts.title
        ),
        "one": one,
        "nothing_to_read": replace(one, to_review=0, letters=2, undelivered=1, suspicious=1),
    }


def _receipts(texts: _Texts) -> Mapping[str, Facts]:
    plain = NominationReceiptFacts(
        reference="PL-4K7Q2M",
        honourees=[texts.honouree],
        what=texts.what,
        why=texts.why,
        read_by="2026-11-27",
    )
    several = replace(plain, honourees=[texts.honouree, "Eva de Wit", "Buurtwacht Noord"])
    return {"plain": plain, "several": several, "unread": replace(plain, read_by="")}


def _answers(texts: _Texts) -> Mapping[str, Facts]:
    question = NominationAnswerFacts(
        answer="question", reference="PL-4K7Q2M", honourees=[texts.honouree], text=texts.question
    )
    refusal = replace(question, answer="not_this_time", text=texts.reason)
    return {"question": question, "not_this_time": refusal}


def _thanks(texts: _Texts) -> Mapping[str, Facts]:
    plain = ThanksFacts(
        nominator=_ADA,
        what=texts.what,
        why=texts.why,
        citation=texts.citation,
        organisation="Buurthuis De Linde",
        appreciation=Appreciation.SHOUT_OUT.value,
        submitted_on="2026-11-18",
        other_honourees=[],
    )
    pat = Appreciation.PAT_ON_THE_BACK.value
    return {
        "plain": plain,
        "private": replace(plain, appreciation=pat, citation="", organisation=""),
        "several": replace(plain, other_honourees=["Eva de Wit", "Buurtwacht Noord"]),
    }


def _rsvp_reply(texts: _Texts) -> RsvpReplyFacts:
    invited = _gathering(texts)
    return RsvpReplyFacts(
        title=invited.title, starts=invited.starts, text=texts.reply, written_by=_CLEO
    )


def _updates(texts: _Texts) -> Mapping[str, Facts]:
    invited = _gathering(texts)
    coming = replace(invited, partstat="ACCEPTED", heads=2)
    return {
        "time": replace(invited, sequence=1, changed=["time"], asks_again=True),
        "place": replace(coming, changed=["place"]),
        "both": replace(coming, sequence=1, changed=["time", "place"]),
        "text": replace(coming, partstat="TENTATIVE", changed=["title", "text"]),
        "plain": replace(invited, sequence=1, changed=["time", "place", "title", "text"]),
        **_date_updates(texts),
    }


def _date_updates(texts: _Texts) -> Mapping[str, Facts]:
    """What became of single dates of a series."""
    told = replace(_series(texts), sequence=1, partstat="ACCEPTED", heads=2, changed=["dates"])
    moved = {"2027-03-09": "2027-03-10T20:00:00/2027-03-10T22:00:00"}
    dropped, uninvited = ["2027-02-09"], ["2027-04-13"]
    return {
        "date_dropped": replace(told, dropped=dropped, news=dropped),
        "date_moved": replace(told, moved=moved, news=[*moved]),
        "date_restored": replace(told, sequence=2, news=dropped),
        "date_uninvited": replace(told, uninvited=uninvited, news=uninvited),
        "dates": replace(told, dropped=dropped, moved=moved, news=[*dropped, *moved]),
    }


def _cancels(texts: _Texts) -> Mapping[str, Facts]:
    off = replace(_gathering(texts), sequence=2)
    series = replace(_series(texts), sequence=2, dropped=["2027-02-09"])
    return {"plain": off, "removed": replace(off, removed=True), "series": series}


def _reminders(texts: _Texts) -> Mapping[str, Facts]:
    silent = _gathering(texts)
    return {
        "plain": silent,
        "coming": replace(silent, partstat="ACCEPTED", heads=2),
        "own_subject": replace(silent, own_subject=texts.subject),
    }


def _confirmations(texts: _Texts) -> Mapping[str, Facts]:
    yes = replace(_gathering(texts), partstat="ACCEPTED", heads=2, remark=texts.remark)
    return {
        "yes": yes,
        "no": replace(yes, partstat="DECLINED", heads=1, remark=""),
        "maybe": replace(yes, partstat="TENTATIVE", heads=1, remark=""),
        "one_date": replace(
            _series(texts),
            partstat="ACCEPTED",
            heads=2,
            answers={"2027-03-09": "DECLINED"},
            news=["2027-03-09"],
        ),
    }


def _waits(texts: _Texts) -> Mapping[str, Facts]:
    waits = replace(_gathering(texts), partstat="TENTATIVE", line="waiting", remark=texts.remark)
    return {"plain": waits, "pair": replace(waits, heads=2, moves_up=True, remark="")}


def _promotions(texts: _Texts) -> Mapping[str, Facts]:
    comes = replace(_gathering(texts), partstat="ACCEPTED", heads=2, moves_up=True)
    offered = replace(_gathering(texts), line="offered", offered_until="2026-12-03T18:00")
    return {"comes": comes, "offered": offered, "pair": replace(offered, heads=2)}


def _gathering(texts: _Texts) -> GatheringFacts:
    return GatheringFacts(
        uid="q3v5n7w2k4m6x",
        sequence=0,
        dtstamp="2026-11-20T09:00:00+00:00",
        title=texts.title,
        place=texts.place,
        starts="2026-12-12T19:30:00",
        ends="2026-12-12T21:30:00",
        time_zone="Europe/Amsterdam",
        text=texts.text,
        hosts=["Gemeente Ons Dorp", "Buurtwacht Noord"],
        honourees=[texts.honouree, "Eva de Wit"],
        partstat="NEEDS-ACTION",
        heads=1,
        remark="",
        reply_token=_TOKEN,
        changed=[],
        asks_again=False,
        removed=False,
    )


def _series(texts: _Texts) -> GatheringFacts:
    """The second Tuesday of each month."""
    return replace(
        _gathering(texts),
        starts="2027-01-12T19:30:00",
        ends="2027-01-12T21:30:00",
        pattern="by_weekday",
        until="2027-12-31",
        last="2027-12-14T19:30:00",
    )


def _all_day(texts: _Texts) -> GatheringFacts:
    return replace(
        _gathering(texts), starts="2026-12-12T00:00:00", ends="2026-12-13T00:00:00", all_day=True
    )
