"""Invented facts for every kind of mail: what previews show and golden copies hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.domain.message import Kind, Message
from chalicelib.domain.nomination import (
    MAX_CITATION_LENGTH,
    MAX_HONOUREES,
    MAX_LINE_LENGTH,
    MAX_TEXT_LENGTH,
    Appreciation,
)
from chalicelib.domain.partnership import Contact, Controller, Partnership
from chalicelib.domain.people import MAX_NAME_LENGTH, EmailAddress, Language
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

_HOSTILE = (
    "<script>alert(\"1\")</script> & {{7*7}} {% raw %} 'quotes'\n-- \n"
    "Win at https://evil.example/?a=1&b=2 or www.evil.example.\n\n"
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft\n"
    "שלום עולם, مرحبا"
)
_HOSTILE_NAME = 'דוד "<b>Bo</b>" {{7*7}} www.evil.example'


@dataclass(frozen=True)
class Sample:
    """One invented mail: a message and the links that delivery would mint for it."""

    variant: str
    message: Message
    links: Mapping[str, str]

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
    """Every kind of mail, in every language, in every variant."""
    for language in Language:
        texts = _TEXTS[language]
        for kind, variants in _variants(texts).items():
            for variant, facts in variants.items():
                recipient = _RECIPIENTS.get(kind, texts.honouree)
                yield _sample(kind, language, variant, facts, recipient=recipient)


def _sample(
    kind: Kind, language: Language, variant: str, facts: Facts, *, recipient: str
) -> Sample:
    hard = {"hostile": _HOSTILE_NAME, "longest": _long_name(0)}
    message = Message(
        partnership=PARTNERSHIP.slug,
        id=f"{kind}-sample",
        kind=kind,
        cause="sample",
        recipient=EmailAddress(f"{recipient.split()[0].lower()}@buurt.example"),
        recipient_name=hard.get(variant, recipient),
        language=language,
        facts=asdict(facts),
        queued_at=_NOW,
        due_at=_NOW,
        deadline=_NOW + timedelta(hours=72),
    )
    names = (*link_names(kind), *([STOP_URL] if stops(kind) else []))
    return Sample(variant, message, {name: _link(name, language) for name in names})


def _link(name: str, language: Language) -> str:
    if name == "code":
        return _CODE
    url = Links("https://pluim.example").to(PARTNERSHIP.slug, language)
    if name in _DESK_PAGES:
        return url(_DESK_PAGES[name])
    if name == "signin_url":
        return url(f"/beheer/code?code={_CODE}")
    return url(f"{_PAGES[name]}/{_TOKEN}")


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
        subject="The cook would like to know: are you coming to eat?",
    ),
}


def _variants(texts: _Texts) -> Mapping[Kind, Mapping[str, Facts]]:
    return {
        Kind.NOMINATION_VERIFY: dict.fromkeys(("plain", "hostile"), NominationVerifyFacts()),
        Kind.NOMINATION_RECEIPT: _receipts(texts),
        Kind.NOMINATION_ANSWER: _answers(texts),
        Kind.THANKS: _thanks(texts),
        Kind.THANKS_BACK: _thanks_back(texts),
        Kind.GATHERING_INVITE: {
            **_edges(_gathering(texts)),
            "series": _series(texts),
            "all_day": _all_day(texts),
            "weekend": replace(_all_day(texts), ends="2026-12-14T00:00:00"),
        },
        Kind.GATHERING_UPDATE: _updates(texts),
        Kind.GATHERING_CANCEL: _cancels(texts),
        Kind.GATHERING_REMINDER: _reminders(texts),
        Kind.RSVP_CONFIRMED: _confirmations(texts),
        Kind.RSVP_REPLY: _rsvp_replies(texts),
        Kind.WAITLIST: _waits(texts),
        Kind.PROMOTED: _promotions(texts),
        Kind.SIGNIN_CODE: dict.fromkeys(("plain", "hostile", "longest"), SigninCodeFacts()),
        Kind.SIGNIN_NEW_DEVICE: dict.fromkeys(
            ("plain", "hostile", "longest"), SigninNewDeviceFacts("2026-11-20T10:04:00")
        ),
        Kind.CONSENT_REMINDER: _consent_reminders(texts),
        Kind.FOLLOW_UP: _follow_ups(texts),
        Kind.COORDINATOR_DIGEST: _digests(texts),
        Kind.REVIEW_PENDING: {
            "plain": ReviewPendingFacts(waiting=3, days=9, term=7),
            "hostile": ReviewPendingFacts(waiting=1, days=1, term=1),
            "longest": ReviewPendingFacts(waiting=100, days=365, term=365),
        },
        Kind.FAILED_MAIL: _failed_mails(),
        Kind.DEED_PROMPT: _deed_prompts(texts),
    }


def _consent_reminders(texts: _Texts) -> Mapping[str, Facts]:
    plain = ConsentReminderFacts(nominator=_ADA, what=texts.what)
    return {
        "plain": plain,
        "hostile": ConsentReminderFacts(_HOSTILE_NAME, _HOSTILE),
        "longest": ConsentReminderFacts(_long_name(1), _long(MAX_TEXT_LENGTH)),
    }


def _follow_ups(texts: _Texts) -> Mapping[str, Facts]:
    plain = FollowUpFacts(nominator=_ADA, what=texts.what)
    return {
        "plain": plain,
        "to_who_gave_it": replace(plain, nominator=""),
        "hostile": FollowUpFacts(_HOSTILE_NAME, _HOSTILE),
        "longest": FollowUpFacts(_long_name(1), _long(MAX_TEXT_LENGTH)),
    }


def _failed_mails() -> Mapping[str, Facts]:
    invite = Kind.GATHERING_INVITE.value
    plain = FailedMailFacts([Kind.THANKS.value, invite], ["bounced", "parked"], count=2)
    five = FailedMailFacts(
        kinds=[kind.value for kind in list(Kind)[:5]],
        endings=["failed", "bounced", "complained", "parked", "failed"],
        count=23,
    )
    return {"plain": plain, "hostile": replace(plain, count=3), "longest": five}


def _deed_prompts(texts: _Texts) -> Mapping[str, Facts]:
    return {
        "plain": DeedPromptFacts([texts.honouree, "Eva de Wit"], years=0),
        "anniversary": DeedPromptFacts([], years=7),
        "hostile": DeedPromptFacts([_HOSTILE_NAME], years=1),
        "longest": DeedPromptFacts(_long_names()[:5], years=25),
    }


def _digests(texts: _Texts) -> Mapping[str, Facts]:
    plain = CoordinatorDigestFacts(
        to_review=3, letters=1, undelivered=2, suspicious=0, silent=12, gathering=texts.title
    )
    one = CoordinatorDigestFacts(
        to_review=1, letters=0, undelivered=0, suspicious=0, silent=0, gathering=""
    )
    return {
        "plain": plain,
        "one": one,
        "nothing_to_read": replace(one, to_review=0, letters=2, undelivered=1, suspicious=1),
        "hostile": replace(plain, gathering="<b>{{7*7}}</b>; evil.example"),
        "longest": CoordinatorDigestFacts(100, 100, 100, 100, 340, gathering=_long(120)),
    }


def _receipts(texts: _Texts) -> Mapping[str, Facts]:
    plain = NominationReceiptFacts(
        reference="PL-4K7Q2M",
        honourees=[texts.honouree],
        what=texts.what,
        why=texts.why,
        read_by="2026-11-27",
    )
    hostile = replace(plain, honourees=[_HOSTILE_NAME], what=_HOSTILE, why=_HOSTILE)
    long = _long(MAX_TEXT_LENGTH)
    return {
        "plain": plain,
        "several": replace(plain, honourees=[texts.honouree, "Eva de Wit", "Buurtwacht Noord"]),
        "hostile": hostile,
        "longest": replace(plain, honourees=_long_names(), what=long, why=long),
    }


def _answers(texts: _Texts) -> Mapping[str, Facts]:
    question = NominationAnswerFacts(
        answer="question", reference="PL-4K7Q2M", honourees=[texts.honouree], text=texts.question
    )
    refusal = replace(question, answer="not_this_time", text=texts.reason)
    return {
        "question": question,
        "not_this_time": refusal,
        "hostile": replace(refusal, honourees=[_HOSTILE_NAME], text=_HOSTILE),
        "longest": replace(question, honourees=_long_names(), text=_long(MAX_TEXT_LENGTH)),
    }


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
    long = _long(MAX_TEXT_LENGTH)
    return {
        "plain": plain,
        "private": replace(plain, appreciation=pat, citation="", organisation=""),
        "several": replace(plain, other_honourees=["Eva de Wit", "Buurtwacht Noord"]),
        "hostile": replace(
            plain,
            nominator=_HOSTILE_NAME,
            what=_HOSTILE,
            why=_HOSTILE,
            citation="<b>{{7*7}}</b> evil.example",
            organisation=_HOSTILE_NAME,
            other_honourees=[_HOSTILE_NAME],
        ),
        "longest": replace(
            plain,
            nominator=_long_name(1),
            what=long,
            why=long,
            citation=_long(MAX_CITATION_LENGTH),
            organisation=_long_name(2),
            other_honourees=_long_names()[1:],
        ),
    }


def _thanks_back(texts: _Texts) -> Mapping[str, Facts]:
    plain = ThanksBackFacts(honouree=texts.honouree, line=texts.line, reference="PL-4K7Q2M")
    return {
        "plain": plain,
        "hostile": replace(plain, honouree=_HOSTILE_NAME, line=_HOSTILE),
        "longest": replace(plain, honouree=_long_name(0), line=_long(MAX_LINE_LENGTH)),
    }


def _rsvp_replies(texts: _Texts) -> Mapping[str, Facts]:
    invited = _gathering(texts)
    plain = RsvpReplyFacts(
        title=invited.title, starts=invited.starts, text=texts.line, written_by=_CLEO
    )
    return {
        "plain": plain,
        "hostile": replace(plain, text=_HOSTILE, title=_HOSTILE_NAME),
        "longest": replace(plain, text=_long(1_000), written_by=_long_name(0)),
    }


def _updates(texts: _Texts) -> Mapping[str, Facts]:
    invited = _gathering(texts)
    coming = replace(invited, partstat="ACCEPTED", heads=2)
    return {
        "time": replace(invited, sequence=1, changed=["time"], asks_again=True),
        "place": replace(coming, changed=["place"]),
        "both": replace(coming, sequence=1, changed=["time", "place"]),
        "text": replace(coming, partstat="TENTATIVE", changed=["title", "text"]),
        **_edges(replace(invited, sequence=1, changed=["time", "place", "title", "text"])),
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
    return {**_edges(off), "removed": replace(off, removed=True), "series": series}


def _reminders(texts: _Texts) -> Mapping[str, Facts]:
    silent = _gathering(texts)
    return {
        **_edges(silent),
        "coming": replace(silent, partstat="ACCEPTED", heads=2),
        "own_subject": replace(silent, own_subject=texts.subject),
    }


def _confirmations(texts: _Texts) -> Mapping[str, Facts]:
    yes = replace(_gathering(texts), partstat="ACCEPTED", heads=2, remark=texts.remark)
    variants = _edges(yes)
    return {
        "yes": yes,
        "no": replace(yes, partstat="DECLINED", heads=1, remark=""),
        "maybe": replace(yes, partstat="TENTATIVE", heads=1, remark=""),
        "hostile": variants["hostile"],
        "longest": variants["longest"],
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
    variants = _edges(waits)
    return {**variants, "pair": replace(waits, heads=2, moves_up=True, remark="")}


def _promotions(texts: _Texts) -> Mapping[str, Facts]:
    comes = replace(_gathering(texts), partstat="ACCEPTED", heads=2, moves_up=True)
    offered = replace(_gathering(texts), line="offered", offered_until="2026-12-03T18:00")
    variants = _edges(offered)
    return {
        "comes": comes,
        "offered": variants["plain"],
        "pair": replace(offered, heads=2),
        "hostile": variants["hostile"],
        "longest": variants["longest"],
    }


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


def _edges(plain: GatheringFacts) -> dict[str, Facts]:
    """The plain facts, the same with what somebody malicious types, and with all of it too long."""
    hostile = replace(
        plain,
        title="<b>{{7*7}}</b>; DTSTART:1, \\n",
        place=_HOSTILE_NAME,
        text=_HOSTILE,
        hosts=[_HOSTILE_NAME],
        honourees=[_HOSTILE_NAME],
        remark=_HOSTILE if plain.remark else "",
    )
    longest = replace(
        plain,
        title=_long(120),
        place=_long(200),
        starts="2026-09-30T19:30:00",
        ends="2026-10-01T01:30:00",
        text=_long(2000),
        hosts=_long_names(),
        honourees=_long_names(),
        heads=5 if plain.remark else 1,
        remark=_long(300) if plain.remark else "",
    )
    return {"plain": plain, "hostile": hostile, "longest": longest}


def _long(length: int) -> str:
    words = "Gemeenschapsgeld, buurtcoördinator en vrijwilligersvergoeding "
    return (words * 40)[:length].strip()


def _long_name(number: int) -> str:
    name = f"Prof. dr. {number} Wilhelmina-Alexandra van Oldenbarneveldt tot Zuid-Scharwoude "
    return (name * 2)[:MAX_NAME_LENGTH].strip()


def _long_names() -> list[str]:
    return [_long_name(number) for number in range(MAX_HONOUREES)]
