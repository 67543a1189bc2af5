"""Digests need their key, and never make do with another one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.secretsmanager import KEPT, ManagedSecrets
from chalicelib.ports import KeysUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

PEPPER = "p" * 32
SIGNING_KEY = "s" * 32


class Clock:
    """A clock that somebody else moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(aws: boto3.Session) -> Iterator[SecretsManagerClient]:
    with mock_aws():
        client = aws.client("secretsmanager")
        client.create_secret(Name="pepper", SecretString=PEPPER)
        client.create_secret(Name="signing", SecretString=SIGNING_KEY)
        yield client


@pytest.fixture
def managed(client: SecretsManagerClient, clock: Clock) -> ManagedSecrets:
    return ManagedSecrets(client=client, pepper="pepper", signing_key="signing", clock=clock)


def test_one_mailbox_has_one_key_however_it_is_written(managed: ManagedSecrets) -> None:
    key = managed.address_key("bo@example.org")

    assert re.fullmatch("[a-z2-7]{26}", key)
    assert managed.address_key(" Bo+pluim@Example.org. ") == key
    assert managed.address_key("dan@example.org") != key


def test_a_key_of_an_address_stays_the_same_for_years(managed: ManagedSecrets) -> None:
    # Suppressions and invitations are kept under these keys: a change here loses them all.
    assert managed.address_key("bo@example.org") == "4dmebh3uvii36nymwhv2xpiwwr"


def test_a_code_digest_is_for_one_request_and_one_code(managed: ManagedSecrets) -> None:
    digest = managed.code_digest(sign_in="r1", code="123456")

    assert re.fullmatch("[a-z2-7]{26}", digest)
    assert managed.code_digest(sign_in="r1", code="123456") == digest
    assert managed.code_digest(sign_in="r2", code="123456") != digest
    assert managed.code_digest(sign_in="r1", code="123457") != digest
    assert managed.code_digest(sign_in="r11", code="23456") != digest


def test_digests_of_one_text_differ_by_purpose_even_under_one_key(
    client: SecretsManagerClient, clock: Clock
) -> None:
    managed = ManagedSecrets(client=client, pepper="pepper", signing_key="pepper", clock=clock)

    assert managed.address_key("bo@example.org") != managed.code_digest(
        sign_in="bo@example.org", code=""
    )


def test_tokens_and_codes_are_fresh_and_need_no_key(
    client: SecretsManagerClient, clock: Clock
) -> None:
    managed = ManagedSecrets(client=client, pepper="none", signing_key="none", clock=clock)

    tokens = {managed.token() for _ in range(100)}
    codes = {managed.code() for _ in range(100)}

    assert len(tokens) == 100
    assert all(re.fullmatch("[a-z2-7]{26}", token) for token in tokens)
    assert len(codes) > 90
    assert all(re.fullmatch("[0-9]{6}", code) for code in codes)


def test_a_key_is_read_once_a_minute(
    managed: ManagedSecrets, client: SecretsManagerClient, clock: Clock
) -> None:
    before = managed.code_digest(sign_in="r1", code="123456")
    client.put_secret_value(SecretId="signing", SecretString="n" * 32)

    clock.now += KEPT - timedelta(seconds=1)
    assert managed.code_digest(sign_in="r1", code="123456") == before

    clock.now += timedelta(seconds=1)
    assert managed.code_digest(sign_in="r1", code="123456") != before


def test_a_silent_key_store_stops_what_needs_a_key(
    managed: ManagedSecrets, client: SecretsManagerClient, clock: Clock
) -> None:
    managed.address_key("bo@example.org")
    client.delete_secret(SecretId="pepper", ForceDeleteWithoutRecovery=True)
    clock.now += KEPT

    with pytest.raises(KeysUnavailable):
        managed.address_key("bo@example.org")
    assert managed.code_digest(sign_in="r1", code="123456")


def test_a_stored_key_too_short_to_be_one_is_not_used(
    managed: ManagedSecrets, client: SecretsManagerClient
) -> None:
    client.put_secret_value(SecretId="pepper", SecretString="changeme")

    with pytest.raises(KeysUnavailable):
        managed.address_key("bo@example.org")


def test_a_stored_key_that_is_no_text_is_not_used(
    managed: ManagedSecrets, client: SecretsManagerClient
) -> None:
    client.put_secret_value(SecretId="pepper", SecretBinary=b"p" * 32)

    with pytest.raises(KeysUnavailable):
        managed.address_key("bo@example.org")
