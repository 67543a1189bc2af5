"""Settings of one installation: the environment, read once into one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from chalicelib.domain.allowance import Limits

_PREFIX = "PLUIM_"


class MissingSettings(Exception):
    """The environment lacks settings, or has a word for a number; the message names them all."""


@dataclass(frozen=True)
class Settings:
    """Where this installation keeps, queues and sends; each field is `PLUIM_<FIELD>` outside.

    `urgent_queue`, `ordinary_queue` and `work_queue` are queue URLs, `base_url` is the address
    that people type, `inbound_bucket` holds the mail that came in, `account` is the number of the
    AWS account, and the two secrets are ids in Secrets Manager. The numbers, which may be left
    out, are those of `allowance.Limits`.
    """

    table: str
    urgent_queue: str
    ordinary_queue: str
    work_queue: str
    base_url: str
    sender: str
    rsvp_domain: str
    inbound_bucket: str
    configuration_set: str
    account: str
    pepper_secret: str
    signing_secret: str
    strangers_an_hour: int = Limits.strangers_an_hour
    unasked_days: int = Limits.unasked_days

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read every setting; raises `MissingSettings` naming all that are absent or empty."""
        read: dict[str, Any] = {}
        lacking = []
        for field in fields(cls):
            variable = _PREFIX + field.name.upper()
            text = environment.get(variable, "")
            has_default = field.default is not MISSING
            if text and not has_default:
                read[field.name] = text
            elif text.isascii() and text.isdecimal():
                read[field.name] = int(text)
            elif text or not has_default:
                lacking.append(variable)
        if lacking:
            raise MissingSettings(", ".join(lacking))
        return cls(**read)
