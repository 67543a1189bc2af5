"""Mails: each kind in both languages, word for word, and what holds for all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import icalendar
import pytest

from chalicelib.domain.message import Kind, Urgency
from chalicelib.domain.people import Language
from chalicelib.messages.drafts import Email, Frame
from chalicelib.messages.emails import deadline, facts_type, link_names, render, urgency
from chalicelib.messages.mime import assemble
from chalicelib.messages.rendering import CannotRender, environment
from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN, Sample
from chalicelib.messages.wordings import OWN_WORDS
from infra.hard_samples import HARD, all_samples
from infra.preview import GOLDEN, mail_of, readable
from tests.mail_readers import READERS, meant, readings

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates" / "mail"
FRAME = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)

SAMPLES = tuple(all_samples())
PLAIN = tuple(sample for sample in SAMPLES if not sample.variant.endswith(HARD))
HOSTILE = tuple(sample for sample in SAMPLES if sample.variant.endswith("hostile"))


def every_mail_of(samples: Sequence[Sample]) -> Callable[[Callable[[Sample], None]], object]:
    """Let a test look at each of these mails: one test for a kind in a language, for speed.

    What fails names its mail.
    """
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        name = f"{sample.message.kind}__{sample.message.language}"
        groups.setdefault(name, []).append(sample)

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
every_plain_sample = every_mail_of(PLAIN)
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

    assert folders - {OWN_WORDS} == {kind.value for kind in Kind}


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


@every_sample
def test_text_and_html_hold_the_same_links(sample: Sample) -> None:
    email = _rendered(sample)
    in_html = {a.get("href", "") for a in _all(email, "a")}
    in_text = set(re.findall(r"^https?://\S+$", email.text, flags=re.MULTILINE))

    assert {link for link in in_html if not link.startswith("mailto:")} == in_text


@every_sample
def test_a_mail_leads_nowhere_but_to_its_own_page(sample: Sample) -> None:
    email = _rendered(sample)

    for a in _all(email, "a"):
        assert re.match(r"https://pluim\.example/|mailto:\w+@onsdorp\.example$", a.get("href", ""))
    assert not re.search(r"<(img|link|script|form|iframe|video|audio|object|svg)\b", email.html)


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
            assert sample.links["code"] not in email.subject + _preheader(email)
            assert sample.links["code"] in email.text


@every_plain_sample
def test_the_line_under_the_subject_is_a_sentence_of_its_own(sample: Sample) -> None:
    email = _rendered(sample)

    assert 40 <= len(_preheader(email)) <= 130
    assert not re.search(r"Bo\b|Ada|Eva|Winter", _preheader(email))


@every_sample
def test_the_html_parses_strictly_and_stays_small(sample: Sample) -> None:
    email = _rendered(sample)

    assert len(_all(email, "h1")) == 1
    assert len(email.html.encode()) < 80_000
    assert all(len(style.text or "") < 8_000 for style in _all(email, "style"))


@every_sample
def test_a_mail_reads_well_aloud(sample: Sample) -> None:
    """A table for looks says so, a heading of a row says of what, and a link where it leads."""
    email = _rendered(sample)

    for table in _all(email, "table"):
        assert table.get("role") == "presentation" or list(table.iter("th"))
    assert all(th.get("scope") == "row" for th in _all(email, "th"))
    for a in _all(email, "a"):
        words = "".join(a.itertext()).split()
        assert len(words) > 1 or a.get("href") == f"mailto:{words[0]}"


@every_kind
def test_a_mail_is_built_alike_in_every_language(kind: Kind) -> None:
    built: dict[str, set[tuple[str, ...]]] = {}
    for sample in SAMPLES:
        if sample.message.kind is kind:
            tags = tuple(str(element.tag) for element in _tree(_rendered(sample).html).iter())
            built.setdefault(sample.variant, set()).add(tags)

    assert {variant for variant, ways in built.items() if len(ways) > 1} == set()


@every_sample
def test_a_mail_says_its_language_also_where_webmail_drops_the_outside(sample: Sample) -> None:
    email = _rendered(sample)
    language = sample.message.language.value
    wrapper = _all(email, "body")[0].findall("div")[1]

    assert (wrapper.get("lang"), wrapper.get("dir")) == (language, "ltr")
    assert email.html.startswith(f'<!DOCTYPE html>\n<html lang="{language}" dir="ltr">')


@every_sample
def test_a_text_fits_its_lines_and_ends_in_a_signature(sample: Sample) -> None:
    text = _rendered(sample).text

    assert all(len(line) <= 76 or " " not in line.strip() for line in text.splitlines())
    assert not re.search(r"\n{4}| \n(?<!-- \n)", text)
    assert text.count("\n-- \n") == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_colour_stands_out_even_when_a_mail_program_inverts_it(dark: bool) -> None:
    pairs = {pair for sample in PLAIN for pair in _colours(_rendered(sample), dark=dark)}

    assert len(pairs) > 5
    for text, background in pairs:
        assert _contrast(text, background) >= 4.5
        assert _contrast(_inverted(text), _inverted(background)) >= 4.5


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
    return render(sample.message, frame=FRAME, links=sample.links, words=sample.words)


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


@cache
def _tree(html: str) -> ElementTree.Element:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: ElementTree.Element = parser.parse(html)
    return tree


def _all(email: Email, tag: str) -> list[ElementTree.Element]:
    return list(_tree(email.html).iter(tag))


def _preheader(email: Email) -> str:
    hidden = _all(email, "body")[0].find("div")
    assert hidden is not None
    assert "display:none" in hidden.get("style", "")
    return " ".join("".join(hidden.itertext()).split())


def _colours(email: Email, *, dark: bool) -> Iterator[tuple[str, str]]:
    """Every pair of text colour and background in a mail, as light or dark readers see it."""
    overrides = _dark_rules(email) if dark else {}
    waiting = [(_all(email, "body")[0], "", "")]
    while waiting:
        element, colour, background = waiting.pop()
        style = f";{element.get('style', '')}"
        colour = _value("color", style) or colour
        background = _value("background-color", style) or background
        for name in element.get("class", "").split():
            colour = _value("color", overrides.get(name, "")) or colour
            background = _value("background-color", overrides.get(name, "")) or background
        if (element.text or "").strip() and "display:none" not in style:
            yield colour, background
        children = (child for child in element if isinstance(child.tag, str))
        waiting += [(child, colour, background) for child in children]


def _dark_rules(email: Email) -> dict[str, str]:
    sheet = _all(email, "style")[0].text or ""
    return {name: f";{rule}" for name, rule in re.findall(r"\.([\w-]+) \{(.*?)\}", sheet)}


def _value(name: str, style: str) -> str:
    found = re.search(rf"[;\s]{name}: ?(#[0-9a-f]{{6}})", style)
    return found[1] if found else ""


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [value / 255 for value in bytes.fromhex(colour[1:])]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _inverted(colour: str) -> str:
    return "#" + bytes(255 - value for value in bytes.fromhex(colour[1:])).hex()
