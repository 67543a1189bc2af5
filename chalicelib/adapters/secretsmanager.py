"""Secrets Manager: keyed digests and chance; the keys never leave this module."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.access import UNSUBSCRIBE_LIVES
from chalicelib.domain.people import canonical_address
from chalicelib.ports import KeysUnavailable, Signature

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT = timedelta(seconds=60)
"""How long a key that was read may be used: a revoked one is gone everywhere after this."""

OUTLIVES = UNSUBSCRIBE_LIVES
"""How long a signing key that was replaced still counts: as long as a link it signed."""

REVOKED = "REVOKED"
"""A version of the signing key whose staging label begins so counts no more: it leaked."""

_SHORTEST_KEY = 32
_MOST_VERSIONS = 100
_DIGEST_LENGTH = 26
_ID_LENGTH = 8


@dataclass(frozen=True)
class _Key:
    content: bytes
    read_at: datetime


@dataclass(frozen=True)
class _Replaced:
    """The ids of the versions of the signing key that were replaced and still count."""

    versions: tuple[str, ...]
    read_at: datetime


class ManagedSecrets:
    """Digests under two keys, given by their ids in Secrets Manager.

    The pepper makes digests of addresses and networks, and is never rotated: every suppression
    would be lost. The signing key makes digests of codes and signs links. It may be rotated: what
    an older version signed counts for `OUTLIVES` after it was replaced, unless it was `REVOKED`.
    Keys are read on first use; while one cannot be read, what needs it raises `KeysUnavailable`,
    and nothing is done with another key instead.
    """

    def __init__(
        self,
        *,
        client: SecretsManagerClient,
        pepper: str,
        signing_key: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._pepper = pepper
        self._signing_key = signing_key
        self._clock = clock
        self._keys: dict[tuple[str, str], _Key] = {}
        self._replaced: _Replaced | None = None

    def address_key(self, address: str) -> str:
        """A keyed digest of an address in canonical form: 26 of `a-z2-7`."""
        return _digest(self._key(self._pepper), "address", canonical_address(address))

    def network_key(self, network: str) -> str:
        """A keyed digest of a network that forms come from: 26 of `a-z2-7`."""
        return _digest(self._key(self._pepper), "network", network)

    def code_digest(self, *, sign_in: str, code: str) -> str:
        """A keyed digest of a sign-in code for one request: 26 of `a-z2-7`."""
        return _digest(self._key(self._signing_key), "code", sign_in, code)

    def sign(self, *parts: str) -> Signature:
        """Sign these texts, in this order, with the newest signing key."""
        key = self._key(self._signing_key)
        return Signature(_key_id(key), _digest(key, "link", *parts))

    def signed(self, signature: Signature, *parts: str) -> bool:
        """Whether we signed exactly these texts, with a key that still counts."""
        named = (key for key in self._signing_keys() if _same(_key_id(key), signature.key))
        return any(_same(_digest(key, "link", *parts), signature.digest) for key in named)

    def token(self) -> str:
        """128 fresh random bits as 26 of `a-z2-7`."""
        return _base32(secrets.token_bytes(16))

    def code(self) -> str:
        """Six fresh random digits."""
        return f"{secrets.randbelow(1_000_000):06}"

    def number(self, most: int) -> int:
        """A fresh random whole number from 0 to `most`."""
        return secrets.randbelow(most + 1)

    def _signing_keys(self) -> Iterator[bytes]:
        """The newest signing key, and only for who asks on, those that it replaced."""
        yield self._key(self._signing_key)
        for version in self._replaced_versions():
            yield self._key(self._signing_key, version)

    def _key(self, secret_id: str, version: str = "") -> bytes:
        known, now = self._keys.get((secret_id, version)), self._clock()
        if known is None or now - known.read_at >= KEPT:
            known = _Key(self._read(secret_id, version), read_at=now)
            self._keys[secret_id, version] = known
        return known.content

    def _replaced_versions(self) -> tuple[str, ...]:
        known, now = self._replaced, self._clock()
        if known is None or now - known.read_at >= KEPT:
            known = self._replaced = _Replaced(self._list_replaced(now=now), read_at=now)
        return known.versions

    def _list_replaced(self, *, now: datetime) -> tuple[str, ...]:
        """A version was replaced when the next one was made. The newest come first."""
        try:
            answer = self._client.list_secret_version_ids(
                SecretId=self._signing_key, IncludeDeprecated=True, MaxResults=_MOST_VERSIONS
            )
        except (BotoCoreError, ClientError) as error:
            raise KeysUnavailable(type(error).__name__) from error
        made = sorted(
            (v for v in answer["Versions"] if v.get("VersionStages") != ["AWSPENDING"]),
            key=lambda version: version["CreatedDate"],
        )
        return tuple(
            version["VersionId"]
            for version, successor in reversed(list(pairwise(made)))
            if now < successor["CreatedDate"] + OUTLIVES
            and not any(stage.startswith(REVOKED) for stage in version.get("VersionStages", []))
        )

    def _read(self, secret_id: str, version: str) -> bytes:
        wanted = {"VersionId": version} if version else {}
        try:
            answer = self._client.get_secret_value(SecretId=secret_id, **wanted)
        except (BotoCoreError, ClientError) as error:
            raise KeysUnavailable(type(error).__name__) from error
        content = answer.get("SecretString", "").encode()
        if len(content) < _SHORTEST_KEY:
            raise KeysUnavailable("the stored key is too short to be one")
        return content


def _digest(key: bytes, purpose: str, *parts: str) -> str:
    """HMAC-SHA-256 in which no two purposes, and no two ways to split the parts, are alike."""
    encoded = [part.encode() for part in (purpose, *parts)]
    data = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    return _base32(hmac.digest(key, data, hashlib.sha256))[:_DIGEST_LENGTH]


def _key_id(key: bytes) -> str:
    """The name of a key, which follows from the key and tells nothing about it."""
    return _digest(key, "key")[:_ID_LENGTH]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()
