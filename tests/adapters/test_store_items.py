"""Every noun comes back from the table as it went in, and nothing that does not fit comes back."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.dynamodb import codec
from chalicelib.adapters.dynamodb.items import Item, Row, from_item, to_item
from chalicelib.domain.access import Purpose, Session, SignIn, Token
from chalicelib.domain.brake import Brake
from chalicelib.domain.consent import Choice, ConsentLine, Way
from chalicelib.domain.gathering import Aspect, Change, Gathering, GatheringState
from chalicelib.domain.invitation import Answer, Invitation, PartStat, Tally, Via
from chalicelib.domain.job import Guest, Job, JobKind
from chalicelib.domain.mail_account import MailAccount
from chalicelib.domain.mail_text import Block, Form, MailText, Part, Publication, Text
from chalicelib.domain.message import (
    Kind,
    LinkRequest,
    Message,
    MessageState,
    Outcome,
    Urgency,
    Version,
)
from chalicelib.domain.nomination import (
    Appreciation,
    Honouree,
    Nomination,
    NominationState,
    Nominator,
    Words,
)
from chalicelib.domain.partnership import Contact, Controller, Partnership, Party, Settings
from chalicelib.domain.passing_bounces import PassingBounce, PassingBounces
from chalicelib.domain.people import EmailAddress, Language, Person, Role, Side
from chalicelib.domain.plan import MAX_ANSWER_HOURS, MAX_SEATS, Celebrated, Plan
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.reputation import Hour, Reputation
from chalicelib.domain.spam_guard import Tripwire
from chalicelib.domain.waiting_list import Waiting
from chalicelib.ports import Proven, Suppression, WrittenByNewerCode
from tests.domain.examples import NOW, message, submitted

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
IDS = st.text(string.ascii_lowercase + string.digits + "-_.", min_size=1, max_size=20)
INSTANTS = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)
MAYBE_INSTANT = st.none() | INSTANTS
COUNTS = st.integers(0, 10_000)
ADDRESSES = IDS.map(lambda local: EmailAddress(f"{local}@example.nl"))
MAYBE_ADDRESS = st.none() | ADDRESSES
LANGUAGES = st.sampled_from(Language)
SIDES = st.sampled_from(Side)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def tuples(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, max_size=3).map(tuple)


PARTS = st.builds(Part, text=TEXT, url=TEXT, fact=TEXT)
PUBLICATIONS = st.builds(Publication, number=COUNTS, by=IDS, at=INSTANTS)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    starts = draw(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
    starts = starts.replace(hour=19)
    return Plan(
        title=draw(TEXT),
        place=draw(TEXT),
        starts=starts,
        ends=starts + timedelta(minutes=draw(st.integers(1, 180))),
        time_zone="Europe/Amsterdam",
        text=draw(st.dictionaries(LANGUAGES, TEXT)),
        hosts=draw(tuples(TEXT)),
        honourees=draw(tuples(st.builds(Celebrated, IDS, IDS, TEXT))),
        seats=draw(st.integers(0, MAX_SEATS)),
        answer_within_hours=draw(st.integers(1, MAX_ANSWER_HOURS)),
    )


ANSWERS = st.builds(
    Answer,
    partstat=st.sampled_from(PartStat),
    at=INSTANTS,
    via=st.sampled_from(Via),
    heads=st.integers(1, 5),
    remark=TEXT,
    moves_up=st.booleans(),
)
HONOUREES = st.builds(
    Honouree,
    id=IDS,
    name=TEXT,
    side=SIDES,
    address=MAYBE_ADDRESS,
    party=TEXT,
    language=LANGUAGES,
    thanked_at=MAYBE_INSTANT,
    choice=st.none() | st.sampled_from(Choice),
    thanks_back=TEXT,
    removed_at=MAYBE_INSTANT,
)
CONTROLLERS = st.builds(
    Controller,
    name=TEXT,
    postal_address=TEXT,
    address=MAYBE_ADDRESS,
    protection_officer=TEXT,
    legal_ground=TEXT,
    legal_ground_en=TEXT,
)
ROWS: dict[type[Any], st.SearchStrategy[Any]] = {
    Partnership: st.builds(
        Partnership,
        slug=st.just("ons-dorp"),
        name=TEXT,
        contact=st.builds(Contact, name=TEXT, telephone=TEXT, address=MAYBE_ADDRESS),
        controller=CONTROLLERS,
        parties=tuples(st.builds(Party, id=IDS, name=TEXT, side=SIDES)),
        settings=st.builds(Settings, product=TEXT, language=LANGUAGES, response_days=COUNTS),
        version=COUNTS,
        texts_in_use=st.dictionaries(IDS, PUBLICATIONS, max_size=2),
    ),
    Person: st.builds(
        Person,
        partnership=st.just("ons-dorp"),
        id=IDS,
        name=TEXT,
        address=MAYBE_ADDRESS,
        side=SIDES,
        party=TEXT,
        language=LANGUAGES,
        roles=st.frozensets(st.sampled_from(Role)),
        version=COUNTS,
    ),
    Nomination: st.builds(
        Nomination,
        partnership=st.just("ons-dorp"),
        id=IDS,
        reference=TEXT,
        nominator=st.builds(
            Nominator,
            name=TEXT,
            address=ADDRESSES,
            side=SIDES,
            show_name=st.booleans(),
            language=LANGUAGES,
        ),
        honourees=tuples(HONOUREES),
        words=st.builds(Words, what=TEXT, why=TEXT, organisation=TEXT),
        appreciation=st.sampled_from(Appreciation),
        submitted_at=INSTANTS,
        state=st.sampled_from(NominationState),
        suspicious=st.booleans(),
        tripped=tuples(st.sampled_from(Tripwire)),
        released_at=MAYBE_INSTANT,
        verified_at=MAYBE_INSTANT,
        citation=TEXT,
        question=TEXT,
        answer=TEXT,
        reason=TEXT,
        reviewer=TEXT,
        decided_at=MAYBE_INSTANT,
        round=COUNTS,
        version=COUNTS,
    ),
    ConsentLine: st.builds(
        ConsentLine,
        partnership=st.just("ons-dorp"),
        nomination=IDS,
        honouree=IDS,
        choice=st.sampled_from(Choice),
        text_version=TEXT,
        at=INSTANTS,
        way=st.sampled_from(Way),
    ),
    Gathering: st.builds(
        Gathering,
        partnership=st.just("ons-dorp"),
        id=IDS,
        plan=plans(),
        organiser=TEXT,
        state=st.sampled_from(GatheringState),
        history=tuples(st.builds(Change, tuples(st.sampled_from(Aspect)), st.booleans())),
        version=COUNTS,
    ),
    Invitation: st.builds(
        Invitation,
        partnership=st.just("ons-dorp"),
        gathering=IDS,
        guest=IDS,
        name=TEXT,
        address=ADDRESSES,
        language=LANGUAGES,
        reply_token=TEXT,
        dtstamp=INSTANTS,
        sequence=COUNTS,
        told=COUNTS,
        answer=st.none() | ANSWERS,
        removed=st.booleans(),
        thread=TEXT,
        reminded=COUNTS,
        waiting_since=MAYBE_INSTANT,
        offered_until=MAYBE_INSTANT,
        version=COUNTS,
    ),
    Waiting: st.builds(
        Waiting,
        partnership=st.just("ons-dorp"),
        gathering=IDS,
        guest=IDS,
        heads=st.integers(1, 5),
        since=INSTANTS,
    ),
    Message: st.builds(
        Message,
        partnership=st.just("ons-dorp"),
        id=IDS,
        kind=st.sampled_from(Kind),
        cause=TEXT,
        recipient=ADDRESSES,
        recipient_name=TEXT,
        language=LANGUAGES,
        facts=st.dictionaries(TEXT, JSON, max_size=4),
        queued_at=INSTANTS,
        due_at=MAYBE_INSTANT,
        deadline=INSTANTS,
        urgency=st.sampled_from(Urgency),
        links=tuples(
            st.builds(
                LinkRequest, name=TEXT, purpose=TEXT, subject=TEXT, path=TEXT, expires_at=INSTANTS
            )
        ),
        tells=st.none() | st.builds(Version, gathering=IDS, guest=IDS, dtstamp=INSTANTS),
        state=st.sampled_from(MessageState),
        attempt=COUNTS,
        claim=TEXT,
        claimed_at=MAYBE_INSTANT,
        ses_id=TEXT,
        outcome=st.sampled_from(Outcome),
        reason=TEXT,
        finished_at=MAYBE_INSTANT,
        probes=COUNTS,
        seen=st.booleans(),
        text_number=COUNTS,
        needed_by=st.none() | INSTANTS,
        heard_at=MAYBE_INSTANT,
        schema=st.just(1),
    ),
    Job: st.builds(
        Job,
        partnership=st.just("ons-dorp"),
        id=IDS,
        kind=st.sampled_from(JobKind),
        gathering=IDS,
        started_at=INSTANTS,
        due_at=MAYBE_INSTANT,
        guests=tuples(st.builds(Guest, IDS, TEXT, ADDRESSES, LANGUAGES)),
        everybody=st.booleans(),
        cursor=TEXT,
        done=COUNTS,
        version=COUNTS,
    ),
    Token: st.builds(
        Token, st.just("ons-dorp"), IDS, st.sampled_from(Purpose), TEXT, expires_at=INSTANTS
    ),
    SignIn: st.builds(
        SignIn,
        partnership=st.just("ons-dorp"),
        id=IDS,
        person=TEXT,
        expires_at=INSTANTS,
        code_digest=TEXT,
        tries=COUNTS,
        used=st.booleans(),
    ),
    Session: st.builds(Session, st.just("ons-dorp"), IDS, TEXT, started_at=INSTANTS),
    Preferences: st.builds(
        Preferences,
        partnership=IDS,
        address_key=IDS,
        stopped=st.frozensets(TEXT),
        language=st.none() | LANGUAGES,
        version=COUNTS,
    ),
    MailText: st.builds(
        MailText,
        partnership=IDS,
        kind=IDS,
        number=COUNTS,
        texts=st.dictionaries(
            st.sampled_from(["nl", "en"]),
            st.builds(
                Text,
                subject=TEXT,
                body=TEXT,
                subject_parts=tuples(PARTS),
                blocks=tuples(
                    st.builds(
                        Block,
                        form=st.sampled_from(Form),
                        lines=tuples(tuples(PARTS)),
                        piece=TEXT,
                        when=TEXT,
                        unless=st.booleans(),
                    )
                ),
            ),
            max_size=2,
        ),
        written_by=IDS,
        written_at=INSTANTS,
        publications=tuples(PUBLICATIONS),
        version=COUNTS,
    ),
    Suppression: st.builds(Suppression, address_key=IDS, reason=TEXT, at=INSTANTS),
    PassingBounces: st.builds(
        PassingBounces,
        address_key=IDS,
        bounces=st.lists(
            st.builds(PassingBounce, mail=IDS, at=INSTANTS), min_size=1, max_size=5
        ).map(tuple),
        delivered_at=st.none() | INSTANTS,
        version=COUNTS,
    ),
    Reputation: st.builds(
        Reputation,
        hours=tuples(st.builds(Hour, starts=INSTANTS, bounces=COUNTS, complaints=COUNTS)),
        version=COUNTS,
    ),
    MailAccount: st.builds(
        MailAccount,
        in_sandbox=st.booleans(),
        sends=st.booleans(),
        per_minute=COUNTS,
        per_day=st.none() | COUNTS,
        sent=COUNTS,
        read_at=INSTANTS,
        fed=COUNTS,
        distrusted=st.booleans(),
        version=COUNTS,
    ),
    Proven: st.builds(Proven, partnership=IDS, address_key=IDS, at=INSTANTS),
    Brake: st.builds(Brake, since=INSTANTS, reason=TEXT, probe_at=INSTANTS),
}


@pytest.mark.parametrize("noun", ROWS, ids=lambda noun: noun.__name__)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_noun_comes_back_as_it_went_in(noun: type[Any], data: st.DataObject) -> None:
    row: Row = data.draw(ROWS[noun])

    assert from_item(noun, to_item(row)) == row


@given(tally=st.builds(Tally, *[st.integers()] * 9))
def test_a_tally_comes_back_as_it_went_in(tally: Tally) -> None:
    assert codec.decode(Tally, codec.encode(tally)) == tally


@given(earlier=INSTANTS, later=INSTANTS)
def test_instants_sort_as_text_as_they_do_in_time(earlier: datetime, later: datetime) -> None:
    earlier, later = sorted((earlier, later))

    one, other = (to_item(message(due_at=at))["due_at"]["S"] for at in (earlier, later))

    assert one <= other
    assert len(one) == len(other)


def test_an_item_can_be_read_in_a_console() -> None:
    item = to_item(submitted(suspicious=True))

    assert item["pk"] == {"S": "ons-dorp#nomination#n1"}
    assert item["state"] == {"S": "submitted"}
    assert item["submitted_at"] == {"S": "2026-11-20T09:00:00.000000Z"}
    assert item["list_key"] == {"S": "ons-dorp#list#suspicious"}


def test_a_time_without_a_zone_is_not_an_instant() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_item(submitted(submitted_at=datetime(2026, 11, 20, 9, 0)))


def test_a_fraction_among_a_mails_facts_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        to_item(message(facts={"share": 0.5}))


def with_attribute(item: Item, name: str, value: Any) -> Item:
    return {**item, name: value}


def test_an_attribute_that_no_noun_has_is_an_error() -> None:
    item = with_attribute(to_item(submitted()), "nickname", {"S": "Ada"})

    with pytest.raises(codec.Unreadable, match=r"Nomination\.nickname"):
        from_item(Nomination, item)


def test_a_missing_attribute_is_an_error() -> None:
    item = {name: kept for name, kept in to_item(submitted()).items() if name != "words"}

    with pytest.raises(codec.Unreadable, match=r"Nomination\.words"):
        from_item(Nomination, item)


def test_a_row_from_before_a_field_was_added_has_its_default() -> None:
    item = {name: kept for name, kept in to_item(submitted()).items() if name != "citation"}

    assert from_item(Nomination, item).citation == ""


@pytest.mark.parametrize("value", [{"S": "somewhere"}, {"N": "1"}, {"S": "a", "N": "1"}])
def test_a_value_that_does_not_fit_is_an_error(value: Any) -> None:
    item = with_attribute(to_item(submitted()), "state", value)

    with pytest.raises(codec.Unreadable, match=r"Nomination\.state"):
        from_item(Nomination, item)


def test_a_message_of_a_newer_schema_waits() -> None:
    item = with_attribute(to_item(replace(message(), schema=2)), "colour", {"S": "blue"})

    with pytest.raises(WrittenByNewerCode):
        from_item(Message, item)


def test_a_session_ends_with_its_row() -> None:
    item = to_item(Session("ons-dorp", "s1", "cleo", NOW))

    assert item["expires"] == {"N": str(int((NOW + timedelta(hours=12)).timestamp()))}
