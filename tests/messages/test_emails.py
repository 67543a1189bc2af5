"""Mails: each kind in both languages, word for word, and what holds for all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import icalendar
import pytest

from chalicelib.domain.message import Kind, Urgency
from chalicelib.domain.people import Language
from chalicelib.messages.drafts import Email, Frame
from chalicelib.messages.emails import deadline, facts_type, link_names, render, urgency
from chalicelib.messages.mail_texts import OWN_TEXT
from chalicelib.messages.mime import assemble
from chalicelib.messages.rendering import CannotRender, environment
from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN, Sample
from infra.hard_samples import all_samples
from infra.preview import GOLDEN, mail_of, readable, rendered
from tests.mail_readers import READERS, meant, readings

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates" / "mail"
FRAME = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)

SAMPLES = tuple(all_samples())
HOSTILE = tuple(sample for sample in SAMPLES if sample.variant.endswith("hostile"))


def every_mail_of(samples: Sequence[Sample]) -> Callable[[Callable[[Sample], None]], object]:
    """Let a test look at each of these mails: one test for all of a kind, for speed.

    What fails names its mail.
    """
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.message.kind, []).append(sample)

    def looking(look: Callable[[Sample], None]) -> object:
        @pytest.mark.parametrize("mails", list(groups.values()), ids=list(groups))
        def look_at_each(mails: list[Sample]) -> None:
            for sample in mails:
                try:
                    look(sample)
                except Exception as failure:
                    failure.add_note(f"The mail is {sample.name}.")
                    raise

        return look_at_each

    return looking


every_sample = every_mail_of(SAMPLES)
every_hostile_sample = every_mail_of(HOSTILE)
every_kind = pytest.mark.parametrize("kind", Kind)


@every_sample
def test_a_mail_reads_as_its_golden_copy(sample: Sample) -> None:
    assert readable(_written(sample.name), sample) == _golden(sample)


@every_sample
def test_every_reader_finds_the_mail_that_was_meant(sample: Sample) -> None:
    headers = re.findall(r"^([\w-]+): ", _golden(sample).partition("\n\n")[0], re.MULTILINE)
    whole = meant(mail_of(sample, _rendered(sample)), headers=[*headers, "Content-Type"])

    assert readings(_written(sample.name)) == dict.fromkeys(READERS, whole)


def test_every_golden_copy_belongs_to_a_mail() -> None:
    kept = {file.stem for file in (ROOT / GOLDEN).iterdir()}

    assert kept == {sample.name for sample in SAMPLES}


@every_kind
def test_every_kind_has_its_templates_and_samples(kind: Kind) -> None:
    files = {file.name for file in (TEMPLATES / kind).iterdir()}
    languages = {sample.message.language for sample in SAMPLES if sample.message.kind is kind}

    assert files >= {"subject.txt", "body.txt", "body.html"}
    assert languages == set(Language)


def test_every_kind_has_a_name_where_people_read_about_it() -> None:
    named = environment(Language.DUTCH).get_template("mail/_kinds.txt").module

    assert named.kinds.keys() == {kind.value for kind in Kind}  # type: ignore[attr-defined]


def test_every_template_folder_belongs_to_a_kind() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()}

    assert folders - {OWN_TEXT} == {kind.value for kind in Kind}


@every_kind
def test_a_mail_with_a_fact_too_few_or_too_many_is_not_made(kind: Kind) -> None:
    sample = _sample(kind)

    for name in sample.message.facts.keys() - _with_default(kind):
        _refuses(sample, facts={k: v for k, v in sample.message.facts.items() if k != name})
    _refuses(sample, facts={**sample.message.facts, "surprise": "x"})


@every_kind
def test_a_mail_promised_before_a_fact_was_added_is_still_made(kind: Kind) -> None:
    sample = _sample(kind)
    older = {k: v for k, v in sample.message.facts.items() if k not in _with_default(kind)}

    whole = render(sample.message, frame=FRAME, links=sample.links)

    assert render(replace(sample.message, facts=older), frame=FRAME, links=sample.links) == whole


@every_kind
def test_a_fact_that_is_nothing_is_a_missing_fact(kind: Kind) -> None:
    sample = _sample(kind)

    for name in sample.message.facts:
        _refuses(sample, facts={**sample.message.facts, name: None})


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.GATHERING_INVITE, "starts"),
        (Kind.GATHERING_INVITE, "time_zone"),
        (Kind.GATHERING_INVITE, "partstat"),
        (Kind.NOMINATION_RECEIPT, "read_by"),
        (Kind.NOMINATION_ANSWER, "answer"),
        (Kind.THANKS, "appreciation"),
    ],
)
def test_a_fact_that_says_nothing_known_is_refused(kind: Kind, name: str) -> None:
    sample = _sample(kind)

    _refuses(sample, facts={**sample.message.facts, name: "whatever"})


@every_kind
def test_a_mail_without_one_of_its_links_is_not_made(kind: Kind) -> None:
    sample = _sample(kind)

    for name in link_names(kind):
        with pytest.raises(CannotRender, match=name):
            render(sample.message, frame=FRAME, links={**sample.links, name: ""})


@every_kind
def test_facts_survive_being_stored(kind: Kind) -> None:
    sample = _sample(kind)
    stored = json.loads(json.dumps(dict(sample.message.facts)))

    assert facts_type(kind)(**stored)
    assert render(replace(sample.message, facts=stored), frame=FRAME, links=sample.links)


@every_hostile_sample
def test_what_somebody_typed_is_shown_as_typed(sample: Sample) -> None:
    email = _rendered(sample)

    assert "<b>" not in email.html
    assert "<script" not in email.html
    assert "49" not in re.sub(r"#\w+", "", email.html)


@every_hostile_sample
def test_what_a_stranger_typed_is_never_a_link(sample: Sample) -> None:
    email = _rendered(sample)
    from_the_desk = {Kind.NOMINATION_ANSWER, Kind.RSVP_REPLY}
    coordinators_words = _is_gathering(sample) or sample.message.kind in from_the_desk

    assert coordinators_words or "evil.example" not in email.text + email.html


@pytest.mark.parametrize("language", Language)
def test_a_verification_holds_nothing_that_was_typed(language: Language) -> None:
    one, other = (
        _rendered(sample)
        for sample in SAMPLES
        if sample.message.kind is Kind.NOMINATION_VERIFY and sample.message.language is language
    )

    assert one == other


@every_sample
def test_a_subject_is_short_and_names_nobody(sample: Sample) -> None:
    subject = _rendered(sample).subject

    assert 10 <= len(subject) <= 62
    assert not re.search(r"Bo\b|Ada|Eva|Cleo|Winter|Wilhelmina|evil", subject)


def test_the_code_is_not_in_the_subject() -> None:
    for sample in SAMPLES:
        email = _rendered(sample)
        if sample.message.kind is Kind.SIGNIN_CODE:
            assert sample.links["code"] not in email.subject
            assert sample.links["code"] in email.text


@every_sample
def test_a_text_fits_its_lines_and_ends_in_a_signature(sample: Sample) -> None:
    text = _rendered(sample).text

    assert all(len(line) <= 76 or " " not in line.strip() for line in text.splitlines())
    assert not re.search(r"\n{4}| \n(?<!-- \n)", text)
    assert text.count("\n-- \n") == 1


@pytest.mark.parametrize("language", Language)
def test_thanks_tell_what_happens_with_the_data(language: Language) -> None:
    email = _rendered(_sample(Kind.THANKS, language=language))
    spoken = {
        Language.DUTCH: ("bezwaar maken", "toestemming altijd intrekken", "drie jaar"),
        Language.ENGLISH: ("object to our using it", "take back your consent", "three years"),
    }[language]
    controller = PARTNERSHIP.controller
    named = (controller.name, controller.postal_address, controller.protection_officer)

    for part in (" ".join(email.text.split()), email.html):
        for words in (*spoken, *named, str(controller.address), "Autoriteit Persoonsgegevens"):
            assert words in part


def test_a_question_goes_to_the_contact_and_never_to_themselves() -> None:
    asked, own = _by_name("review_pending__nl__longest"), _by_name("review_pending__nl__plain")

    assert "E-mail: cleo@onsdorp.example" in asked.text
    assert "mailto:cleo@onsdorp.example" in asked.html
    assert not any("cleo@onsdorp.example" in words for words in (own.text, own.html))


def test_a_pat_on_the_back_does_not_ask_for_the_wall() -> None:
    open_thanks = _rendered(_sample(Kind.THANKS, language=Language.ENGLISH))
    private = _rendered(_sample(Kind.THANKS, language=Language.ENGLISH, variant="private"))

    assert "Do you want to share this on the wall?" in open_thanks.text
    assert "the wall?" not in private.text


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (Kind.GATHERING_INVITE, "REQUEST"),
        (Kind.GATHERING_UPDATE, "REQUEST"),
        (Kind.RSVP_CONFIRMED, "REQUEST"),
        (Kind.GATHERING_CANCEL, "CANCEL"),
    ],
)
def test_a_calendar_part_comes_from_the_address_that_it_names(kind: Kind, method: str) -> None:
    email = _rendered(_sample(kind))

    assert email.calendar is not None
    calendar = icalendar.Calendar.from_ical(email.calendar.content)
    assert str(calendar["METHOD"]) == email.calendar.method == method
    assert str(calendar.walk("VEVENT")[0]["ORGANIZER"]) == f"mailto:{email.organiser}"
    assert str(calendar.walk("VEVENT")[0]["UID"]).endswith(f"@{RSVP_DOMAIN}")


def test_a_reminder_comes_from_the_organiser_and_leaves_calendars_alone() -> None:
    email = _rendered(_sample(Kind.GATHERING_REMINDER))

    assert email.calendar is None
    assert email.organiser.endswith(f"@{RSVP_DOMAIN}")


def test_a_confirmed_answer_reaches_the_calendar() -> None:
    email = _rendered(_sample(Kind.RSVP_CONFIRMED))

    assert email.calendar is not None
    event = icalendar.Calendar.from_ical(email.calendar.content).walk("VEVENT")[0]
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"


def test_codes_confirmations_and_proofs_do_not_wait_behind_others() -> None:
    urgent = {kind for kind in Kind if urgency(kind) is Urgency.URGENT}

    assert urgent == {
        Kind.SIGNIN_CODE,
        Kind.ACCESS_CODE,
        Kind.NOMINATION_VERIFY,
        Kind.RSVP_CONFIRMED,
        Kind.WAITLIST,
    }


def test_a_mail_is_worth_sending_until_it_is_no_longer_true() -> None:
    start = NOW + timedelta(days=20)

    assert deadline(Kind.SIGNIN_CODE, now=NOW) == NOW + timedelta(minutes=10)
    assert deadline(Kind.THANKS, now=NOW) == NOW + timedelta(hours=72)
    assert deadline(Kind.GATHERING_INVITE, now=NOW, starts_at=start) == start
    assert deadline(Kind.GATHERING_CANCEL, now=start, starts_at=start) == start + timedelta(hours=1)


def _sample(kind: Kind, *, language: Language = Language.DUTCH, variant: str = "") -> Sample:
    return next(
        sample
        for sample in SAMPLES
        if sample.message.kind is kind
        and sample.message.language is language
        and variant in {"", sample.variant}
    )


@cache
def _by_name(name: str) -> Email:
    sample = next(sample for sample in SAMPLES if sample.name == name)
    return rendered(sample)


def _rendered(sample: Sample) -> Email:
    return _by_name(sample.name)


@cache
def _written(name: str) -> bytes:
    sample = next(sample for sample in SAMPLES if sample.name == name)
    return assemble(mail_of(sample, _by_name(name)))


def _golden(sample: Sample) -> str:
    return (ROOT / GOLDEN / f"{sample.name}.txt").read_text(encoding="utf-8")


def _with_default(kind: Kind) -> set[str]:
    """The facts that a mail of this kind can do without."""
    return {
        fact.name
        for fact in fields(facts_type(kind))
        if fact.default is not MISSING or fact.default_factory is not MISSING
    }


def _refuses(sample: Sample, *, facts: Mapping[str, object]) -> None:
    with pytest.raises(CannotRender):
        render(replace(sample.message, facts=facts), frame=FRAME, links=sample.links)


def _is_gathering(sample: Sample) -> bool:
    return "place" in sample.message.facts
