"""Secrets Manager: keyed digests and chance; the keys never leave this module."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.people import canonical_address
from chalicelib.ports import KeysUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT = timedelta(seconds=60)
"""How long a key that was read may be used: a revoked one is gone everywhere after this."""

_SHORTEST_KEY = 32
_DIGEST_LENGTH = 26


@dataclass(frozen=True)
class _Key:
    content: bytes
    read_at: datetime


class ManagedSecrets:
    """Digests under two keys, given by their ids in Secrets Manager.

    The pepper makes digests of addresses, and is never rotated: every suppression would be lost.
    The signing key makes digests of codes. Keys are read on first use; while one cannot be read,
    what needs it raises `KeysUnavailable`, and nothing is done with another key instead.
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
        self._keys: dict[str, _Key] = {}

    def address_key(self, address: str) -> str:
        """A keyed digest of an address in canonical form: 26 of `a-z2-7`."""
        return _digest(self._key(self._pepper), "address", canonical_address(address))

    def code_digest(self, *, sign_in: str, code: str) -> str:
        """A keyed digest of a sign-in code for one request: 26 of `a-z2-7`."""
        return _digest(self._key(self._signing_key), "code", sign_in, code)

    def token(self) -> str:
        """128 fresh random bits as 26 of `a-z2-7`."""
        return _base32(secrets.token_bytes(16))

    def code(self) -> str:
        """Six fresh random digits."""
        return f"{secrets.randbelow(1_000_000):06}"

    def _key(self, secret_id: str) -> bytes:
        known, now = self._keys.get(secret_id), self._clock()
        if known is None or now - known.read_at >= KEPT:
            known = self._keys[secret_id] = _Key(self._read(secret_id), read_at=now)
        return known.content

    def _read(self, secret_id: str) -> bytes:
        try:
            answer = self._client.get_secret_value(SecretId=secret_id)
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


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()
