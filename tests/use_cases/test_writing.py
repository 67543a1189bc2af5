"""Writing: versions, a second pair of eyes, and what a text does that fails at the last moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from chalicelib.domain.compiling import Fault
from chalicelib.domain.mail_text import SHIPPED, Block, CannotPublishOwn, Form, MailText, Part, Text
from chalicelib.domain.message import Kind
from chalicelib.domain.partnership import Settings
from chalicelib.domain.people import Language
from chalicelib.messages.drafts import Email, Frame
from chalicelib.messages.emails import render
from chalicelib.messages.links import Links
from chalicelib.messages.mail_texts import EDITABLE
from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN, Sample, samples
from chalicelib.ports import NotFound
from chalicelib.use_cases import promising_thanks, writing
from chalicelib.use_cases.delivering import Delivery
from chalicelib.use_cases.reviewing import TextChanged
from chalicelib.use_cases.writing import (
    CannotUnderstand,
    Place,
    PublishedMeanwhile,
    Typed,
    WrittenMeanwhile,
)
from tests.domain.examples import verified
from tests.faults import StormyTown
from tests.town import SLUG, Town
from tests.use_cases.steps import alarms, deliver, nomination_of, promise_thanks, review

FRAME = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)
HOSTS = frozenset({"pluim.example.nl"})
SHIPPED_TEXT = writing.typed_in(None, Kind.THANKS)


def texts(subject: str) -> Mapping[str, Text]:
    """The text that Pluim brings, under another Dutch subject."""
    dutch = replace(SHIPPED_TEXT[Language.DUTCH], subject=subject)
    return writing.understand(Kind.THANKS, {**SHIPPED_TEXT, Language.DUTCH: dutch}, hosts=HOSTS)


def keep(town: Town, subject: str, *, writer: str = "cleo", seen: int = 0) -> MailText:
    return writing.keep(
        town.world,
        partnership=town.partnership,
        kind=Kind.THANKS,
        texts=texts(subject),
        seen=seen,
        writer=town.world.store.person(SLUG, writer),
        now=town.clock.now,
    )


def publish(town: Town, number: int, *, by: str = "cas", seen: int = 0) -> int:
    """Publish it, and return the number of the version in use."""
    writing.publish(
        town.world,
        partnership=town.partnership,
        kind=Kind.THANKS,
        number=number,
        seen=seen,
        publisher=town.world.store.person(SLUG, by),
        links=Links("https://pluim.example.nl"),
        now=town.clock.now,
    )
    return town.world.store.partnership(SLUG).in_use(Kind.THANKS)


def test_a_text_is_kept_and_not_in_use_yet(ons_dorp: Town) -> None:
    kept = keep(ons_dorp, "Iets moois voor je")

    assert (kept.number, kept.written_by) == (1, "cleo")
    assert ons_dorp.world.store.partnership(SLUG).in_use(Kind.THANKS) == SHIPPED
    assert ons_dorp.world.store.mail_text(SLUG, "thanks", 1).texts == texts("Iets moois voor je")


def test_a_text_that_is_sent_twice_is_kept_once(ons_dorp: Town) -> None:
    once, again = keep(ons_dorp, "Iets moois voor je"), keep(ons_dorp, "Iets moois voor je")

    assert (again.number, again.texts) == (once.number, once.texts)
    page = ons_dorp.world.store.mail_texts(SLUG, "thanks")

    assert [one.number for one in page.items] == [1]


def test_who_writes_later_sees_what_was_written_meanwhile(ons_dorp: Town) -> None:
    keep(ons_dorp, "Iets moois voor je")

    with pytest.raises(WrittenMeanwhile) as meanwhile:
        keep(ons_dorp, "Goed nieuws voor je", writer="cas")

    assert meanwhile.value.newest
    assert meanwhile.value.newest.texts["nl"].subject == "Iets moois voor je"


def test_no_number_is_believed_of_a_version_that_there_is_not(ons_dorp: Town) -> None:
    with pytest.raises(WrittenMeanwhile) as nothing_yet:
        keep(ons_dorp, "Iets moois voor je", seen=998)
    keep(ons_dorp, "Iets moois voor je")
    keep(ons_dorp, "Goed nieuws voor je", seen=1)

    for seen in (-1, 0, 1, 3, 998):
        with pytest.raises(WrittenMeanwhile):
            keep(ons_dorp, "Nog iets moois voor je", seen=seen)

    assert nothing_yet.value.newest is None
    assert [one.number for one in ons_dorp.world.store.mail_texts(SLUG, "thanks").items] == [2, 1]


def test_nobody_publishes_their_own_text(ons_dorp: Town) -> None:
    keep(ons_dorp, "Iets moois voor je")

    with pytest.raises(CannotPublishOwn):
        publish(ons_dorp, 1, by="cleo")

    assert publish(ons_dorp, 1) == 1
    assert publish(ons_dorp, 1) == 1
    (publication,) = ons_dorp.world.store.mail_text(SLUG, "thanks", 1).publications
    assert (publication.by, publication.at) == ("cas", ons_dorp.clock.now)


def test_an_older_text_can_be_published_again_and_so_can_ours(ons_dorp: Town) -> None:
    keep(ons_dorp, "Iets moois voor je")
    keep(ons_dorp, "Goed nieuws voor je", seen=1)

    in_use = [
        publish(ons_dorp, 2),
        publish(ons_dorp, 1, seen=2),
        publish(ons_dorp, SHIPPED, by="cleo", seen=1),
        publish(ons_dorp, 2, seen=0),
    ]

    assert in_use == [2, 1, SHIPPED, 2]
    assert len(ons_dorp.world.store.mail_text(SLUG, "thanks", 2).publications) == 2


def test_who_publishes_has_seen_what_was_in_use(ons_dorp: Town) -> None:
    keep(ons_dorp, "Iets moois voor je")
    keep(ons_dorp, "Goed nieuws voor je", seen=1)
    publish(ons_dorp, 1)

    with pytest.raises(PublishedMeanwhile):
        publish(ons_dorp, 2)
    with pytest.raises(NotFound):
        publish(ons_dorp, 3, seen=1)


def older(town: Town, number: int, *, more: str) -> None:
    """A version that was kept when this could still be in its Dutch text."""
    today = texts("Iets moois voor je")
    dutch = today["nl"]
    said = Block(Form.PARAGRAPH, ((Part(text=more),),))
    before = replace(dutch, body=f"{dutch.body}\n\n{more}", blocks=(*dutch.blocks, said))
    kept = {**today, "nl": before}
    town.world.save(MailText(SLUG, "thanks", number, kept, "cleo", town.clock.now))


@pytest.mark.parametrize(
    ("more", "place", "fault"),
    [
        ("Lees\n[dit](https://oud.example/x)", (2, 1), Fault.FOREIGN_LINK),
        ("Lees www.oud.example", (1, 6), Fault.BARE_LINK),
        ("Dag ((baas))", (1, 5), Fault.UNKNOWN_NAME),
    ],
)
def test_an_older_text_is_understood_anew_when_it_is_published(
    ons_dorp: Town, more: str, place: tuple[int, int], fault: Fault
) -> None:
    older(ons_dorp, 1, more=more)

    with pytest.raises(CannotUnderstand) as cannot:
        publish(ons_dorp, 1)

    (found,) = cannot.value.problems[Place(Language.DUTCH, is_subject=False)]
    above = len(f"{SHIPPED_TEXT[Language.DUTCH].body}\n\n".splitlines())
    assert ((found.line - above, found.column), found.fault) == (place, fault)
    assert ons_dorp.world.store.partnership(SLUG).in_use("thanks") == SHIPPED


def test_a_link_leads_where_the_partnership_allows_it_by_then(ons_dorp: Town) -> None:
    older(ons_dorp, 1, more="Lees [dit](https://oud.example/x)")
    partnership = ons_dorp.world.store.partnership(SLUG)
    allowed = replace(partnership.settings, link_hosts="oud.example")
    ons_dorp.world.save(replace(partnership, settings=allowed))

    assert publish(ons_dorp, 1) == 1


def test_a_text_has_both_languages() -> None:
    dutch_alone = {**SHIPPED_TEXT, Language.ENGLISH: Typed("", "((words))")}

    with pytest.raises(CannotUnderstand) as cannot:
        writing.understand(Kind.THANKS, dutch_alone, hosts=HOSTS)

    faults = {place: [p.fault for p in found] for place, found in cannot.value.problems.items()}
    assert faults == {
        Place(Language.ENGLISH, is_subject=True): [Fault.EMPTY],
        Place(Language.ENGLISH, is_subject=False): [Fault.MISSING] * 4,
    }


def test_only_some_kinds_have_a_text_of_their_own() -> None:
    assert writing.editable("thanks") is Kind.THANKS
    for kind in ("signin_code", "nomination_verify", "nothing", ""):
        with pytest.raises(NotFound):
            writing.editable(kind)


def test_versions_are_listed_newest_first_with_who_may_publish_them(ons_dorp: Town) -> None:
    for number in range(7):
        keep(ons_dorp, f"Iets moois voor je {number}", seen=number)
    publish(ons_dorp, 6)
    partnership = ons_dorp.world.store.partnership(SLUG)
    cleo = ons_dorp.world.store.person(SLUG, "cleo")

    def page(after: str = "") -> writing.Versions:
        return writing.versions(
            ons_dorp.world, partnership=partnership, kind=Kind.THANKS, reader=cleo, after=after
        )

    newest = page()
    assert [row.number for row in newest.rows] == [7, 6, 5, 4, 3]
    assert [row.number for row in page(newest.next).rows] == [2, 1]
    assert newest.in_use == 6
    assert [row.publisher for row in newest.rows[:2]] == ["", "Cas de Boer"]
    assert not any(row.may_publish for row in newest.rows)
    assert newest.rows[1].published_at
    assert {newest.rows[0].written_at.hour, newest.rows[1].published_at.hour} == {12}


def test_a_mail_is_approved_in_the_text_that_its_reviewer_saw(ons_dorp: Town) -> None:
    keep(ons_dorp, "Iets moois voor je")
    ons_dorp.world.save(verified())
    publish(ons_dorp, 1)
    reviewed = replace(ons_dorp, partnership=ons_dorp.world.store.partnership(SLUG))

    with pytest.raises(TextChanged):
        review(reviewed, nomination_of(ons_dorp)).approve(seen_text=SHIPPED)
    assert nomination_of(ons_dorp).awaits_review
    review(reviewed, nomination_of(ons_dorp)).approve(seen_text=1)

    assert ons_dorp.world.store.message(SLUG, "thanks-n1-1-1").text_number == 1


def test_a_text_that_fails_at_the_last_moment_leaves_in_ours_and_alarms(ons_dorp: Town) -> None:
    mail = promise_thanks(ons_dorp)
    ons_dorp.world.save(outbox=[replace(mail, id="own", text_number=9)])

    with alarms() as heard:
        ons_dorp.look_after_mail()

    told = {"message": "own", "partnership": SLUG, "kind": "thanks", "text": 9}
    assert heard == [{"event": "text_failed", **told}]
    assert [str(sent["Subject"]) for sent in ons_dorp.mailer.mails] == [
        "Er is een bedankje voor je"
    ] * 2


def test_a_mail_leaves_although_the_text_that_was_kept_fits_no_more(ons_dorp: Town) -> None:
    town = ons_dorp
    good = texts("Iets moois voor je")
    dutch = good["nl"]
    hidden = (Part(text="Iets moois \u202e voor je"),)
    spoilt: tuple[Mapping[str, Text], ...] = (
        {"nl": replace(dutch, blocks=())},
        {"nl": replace(dutch, subject_parts=hidden)},
        {"nl": replace(dutch, subject_parts=(Part(text="Dag "), Part(fact="code")))},
        {"en": good["en"]},
    )
    mail = promise_thanks(town)
    for number, kept in enumerate(spoilt, start=1):
        town.world.save(MailText(SLUG, "thanks", number, kept, "cleo", town.clock.now))
        town.world.save(outbox=[replace(mail, id=f"own{number}", text_number=number)])

    with alarms() as heard:
        town.look_after_mail()

    told = {"event": "text_failed", "partnership": SLUG, "kind": "thanks"}
    assert sorted(heard, key=str) == [
        {**told, "message": f"own{number}", "text": number} for number in range(1, 5)
    ]
    subjects = [str(sent["Subject"]) for sent in town.mailer.mails]
    assert subjects == ["Er is een bedankje voor je"] * 5


def made_of(sample: Sample) -> Callable[[Text | None], Email]:
    """What becomes of an invented mail in some text."""
    return lambda own_text: render(
        sample.message, frame=FRAME, links=sample.links, own_text=own_text
    )


@pytest.mark.parametrize("kind", EDITABLE)
def test_any_mail_is_made_in_ours_when_its_own_text_is_allowed_no_more(
    ons_dorp: Town, kind: Kind
) -> None:
    own = writing.understand(kind, writing.typed_in(None, kind), hosts=HOSTS)
    bare = Block(Form.PARAGRAPH, ((Part(text="Kijk op www."), Part(text="evil.example")),))
    before = {name: replace(text, blocks=(*text.blocks, bare)) for name, text in own.items()}
    ons_dorp.world.save(MailText(SLUG, kind.value, 1, before, "cleo", ons_dorp.clock.now))

    for language in Language:
        sample = next(
            sample
            for sample in samples()
            if (sample.message.kind, sample.message.language) == (kind, language)
        )
        mail = replace(sample.message, partnership=SLUG, text_number=1)

        made = writing.in_its_text(ons_dorp.world, mail, made_of(sample))

        assert made == writing.InItsText(made_of(sample)(None), as_promised=False)


def test_a_text_of_its_own_costs_one_read_more(stormy: StormyTown) -> None:
    town, kind = stormy.town, Kind.NOMINATION_RECEIPT
    shipped = writing.understand(kind, writing.typed_in(None, kind), hosts=HOSTS)
    town.world.save(MailText(SLUG, kind.value, 1, shipped, "cleo", town.clock.now))
    mail = promising_thanks.receipt(verified(), settings=Settings(), now=town.clock.now)
    town.world.save(outbox=[mail, replace(mail, id="own", text_number=1)])
    reads = []

    for message_id in (mail.id, "own"):
        stormy.weather.forecast()
        assert deliver(town, message_id) is Delivery.SENT
        reads.append(stormy.weather.attempts.count("GetItem"))

    assert reads[1] - reads[0] == 1
