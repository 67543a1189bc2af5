"""Digests need their key, and never make do with another one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.secretsmanager import KEPT, OUTLIVES, ManagedSecrets
from chalicelib.ports import KeysUnavailable, Signature

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


def test_a_network_is_counted_under_a_key_of_its_own(managed: ManagedSecrets) -> None:
    key = managed.network_key("203.0.113.7")

    assert re.fullmatch("[a-z2-7]{26}", key)
    assert managed.network_key("203.0.113.7") == key
    assert managed.network_key("203.0.113.8") != key
    assert managed.address_key("203.0.113.7") != key


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


def rotate(client: SecretsManagerClient, clock: Clock, key: str) -> str:
    """Put a new signing key in place; returns which version it is, once nobody keeps the old."""
    clock.now += KEPT
    return client.put_secret_value(SecretId="signing", SecretString=key * 32)["VersionId"]


def test_a_signature_is_under_these_texts_in_this_order(managed: ManagedSecrets) -> None:
    signature = managed.sign("ons-dorp", "thanks")

    assert managed.signed(signature, "ons-dorp", "thanks")
    for other in (
        ("thanks", "ons-dorp"), ("ons-dorp",), ("ons-dorpthanks",), ("ons-dorp", "thank", "s"),
    ):  # fmt: skip
        assert not managed.signed(signature, *other)


@pytest.mark.parametrize("digest", ["", "x", "é", "a" * 26])
def test_another_digest_is_no_signature(managed: ManagedSecrets, digest: str) -> None:
    signature = managed.sign("ons-dorp")

    assert not managed.signed(Signature(signature.key, digest), "ons-dorp")
    assert not managed.signed(Signature(digest, signature.digest), "ons-dorp")


def test_what_a_rotated_key_signed_counts_however_often_it_was_rotated(
    managed: ManagedSecrets, client: SecretsManagerClient, clock: Clock
) -> None:
    signature = managed.sign("ons-dorp")

    for key in "nmk":
        rotate(client, clock, key)

        assert managed.signed(signature, "ons-dorp")
        assert managed.sign("ons-dorp") != signature


def test_a_rotated_key_counts_as_long_as_the_links_that_it_signed(
    managed: ManagedSecrets, client: SecretsManagerClient, clock: Clock
) -> None:
    signature = managed.sign("ons-dorp")
    rotate(client, clock, "n")
    versions = client.list_secret_version_ids(SecretId="signing")["Versions"]
    replaced_at = max(version["CreatedDate"] for version in versions)

    clock.now = replaced_at + OUTLIVES - timedelta(hours=1)
    assert managed.signed(signature, "ons-dorp")

    clock.now = replaced_at + OUTLIVES + timedelta(hours=1)
    assert not managed.signed(signature, "ons-dorp")


def test_a_key_that_leaked_counts_no_more_within_a_minute(
    managed: ManagedSecrets, client: SecretsManagerClient, clock: Clock
) -> None:
    signature = managed.sign("ons-dorp")
    leaked = client.get_secret_value(SecretId="signing")["VersionId"]
    rotate(client, clock, "n")
    assert managed.signed(signature, "ons-dorp")

    client.update_secret_version_stage(
        SecretId="signing", VersionStage="REVOKED-1", MoveToVersionId=leaked
    )
    clock.now += KEPT

    assert not managed.signed(signature, "ons-dorp")


def test_a_list_of_keys_that_cannot_be_read_stops_what_needs_it(
    managed: ManagedSecrets, client: SecretsManagerClient, clock: Clock
) -> None:
    client.delete_secret(SecretId="signing", ForceDeleteWithoutRecovery=True)

    with pytest.raises(KeysUnavailable):
        managed.signed(Signature("a" * 8, "a" * 26), "ons-dorp")
