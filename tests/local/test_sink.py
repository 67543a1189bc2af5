"""The local SES, spoken to by AWS's own SDK."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from chalicelib.adapters.ses import SesMailer
from infra.local.moto_aws import moto_aws
from infra.local.options import Account
from tests.domain.examples import NOW
from tests.local.parts import LocalSes, local_ses


@pytest.fixture
def ses(tmp_path: Path) -> Iterator[LocalSes]:
    with local_ses(tmp_path) as running:
        yield running


def test_an_accepted_mail_is_kept_under_its_kind(ses: LocalSes) -> None:
    ses.send()

    (mail,) = ses.maildrop.mails()
    assert mail.file.name.endswith("-thanks.eml")
    assert (mail.to, mail.subject) == ("bo@example.org", "Er is een bedankje voor je")


def test_the_kept_mail_bears_the_id_and_date_of_ses(ses: LocalSes) -> None:
    ses_id = ses.send()["MessageId"]

    (mail,) = ses.maildrop.mails()
    content = ses.maildrop.content(mail)
    assert content.get_all("Message-ID") == [f"<{ses_id}@eu-west-1.amazonses.com>"]
    assert "1970" not in str(content.get_all("Date"))


def test_mails_of_the_same_moment_do_not_replace_each_other(ses: LocalSes) -> None:
    for _ in range(5):
        ses.send()

    assert len(ses.maildrop.mails()) == 5


def test_moto_lets_mail_through_to_the_sink(ses: LocalSes) -> None:
    with moto_aws():
        ses.send()

    assert len(ses.maildrop.mails()) == 1


@pytest.mark.parametrize(
    ("to", "events"),
    [
        ("bo@example.org", ["Send", "Delivery"]),
        ("bounce@simulator.example", ["Send", "Bounce"]),
        ("bounce+bo@example.org", ["Send", "Bounce"]),
        ("complaint@simulator.example", ["Send", "Delivery", "Complaint"]),
        ("reject@simulator.example", ["Reject"]),
    ],
)
def test_ses_tells_what_became_of_a_mail(ses: LocalSes, to: str, events: list[str]) -> None:
    ses.send(to=to)

    assert [event["eventType"] for event in ses.told] == events


def test_an_event_names_the_mail_its_recipient_and_its_tags(ses: LocalSes) -> None:
    ses_id = ses.send()["MessageId"]

    mail = ses.told[-1]["mail"]
    assert mail["messageId"] == ses_id
    assert mail["destination"] == ["bo@example.org"]
    assert mail["tags"]["message"] == ["thanks-1"]
    assert mail["tags"]["ses:configuration-set"] == ["pluim"]
    assert ses.told[-1]["delivery"]["recipients"] == ["bo@example.org"]


@pytest.mark.parametrize(
    ("to", "error"),
    [
        ("refused@simulator.example", "MessageRejected"),
        ("busy@simulator.example", "TooManyRequestsException"),
    ],
)
def test_some_addresses_are_there_to_be_refused(ses: LocalSes, to: str, error: str) -> None:
    with pytest.raises(ClientError) as refusal:
        ses.send(to=to)

    assert refusal.value.response["Error"]["Code"] == error
    assert not ses.maildrop.mails()


def test_one_address_never_gets_an_answer(ses: LocalSes) -> None:
    with pytest.raises(ConnectionClosedError):
        ses.send(to="lost@simulator.example")


def test_an_unknown_configuration_set_is_not_found(ses: LocalSes) -> None:
    with pytest.raises(ses.client.exceptions.NotFoundException):
        ses.send(ConfigurationSetName="another")


@pytest.mark.parametrize(
    "changes",
    [
        {"Destination": {"ToAddresses": ["bo@example.org", "dan@example.org"]}},
        {"Destination": {"ToAddresses": ["bo@example.org"], "BccAddresses": ["dan@example.org"]}},
        {"Destination": {}},
        {"EmailTags": [{"Name": "message", "Value": "has a space"}]},
        {"Content": {"Raw": {"Data": b"no headers"}}},
        {"Content": {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}},
    ],
    ids=["two recipients", "a hidden recipient", "nobody", "a bad tag", "no headers", "not raw"],
)
def test_what_pluim_never_sends_is_a_bad_request(ses: LocalSes, changes: dict[str, Any]) -> None:
    with pytest.raises(ses.client.exceptions.BadRequestException):
        ses.send(**changes)

    assert not ses.maildrop.mails()


@pytest.mark.parametrize(
    ("stands", "in_sandbox", "nearly_used", "refusal"),
    [
        (Account.USUAL, False, False, ""),
        (Account.SANDBOX, True, False, ""),
        (Account.NEARLY_USED, False, True, ""),
        (Account.PAUSED, False, False, "SendingPausedException"),
    ],
)
def test_the_account_stands_as_it_is_told_to(
    tmp_path: Path, stands: Account, in_sandbox: bool, nearly_used: bool, refusal: str
) -> None:
    with local_ses(tmp_path, stands) as ses:
        account = SesMailer(client=ses.client, configuration_set="pluim").account(now=NOW)

    assert (account.in_sandbox, account.nearly_used, account.refusal) == (
        in_sandbox,
        nearly_used,
        refusal,
    )


def test_an_account_that_is_paused_takes_no_mail(tmp_path: Path) -> None:
    with local_ses(tmp_path, Account.PAUSED) as ses, pytest.raises(ClientError, match="paused"):
        ses.send()


def test_any_other_call_is_answered_with_what_is_unknown(ses: LocalSes) -> None:
    with pytest.raises(ClientError, match="does not know POST /v2/email/list-identities"):
        ses.client.list_email_identities()
