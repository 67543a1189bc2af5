"""Settings of one installation: the environment, read once into one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

_PREFIX = "PLUIM_"


class MissingSettings(Exception):
    """The environment lacks settings; the message names all of them together."""


@dataclass(frozen=True)
class Settings:
    """Where this installation keeps, queues and sends; each field is `PLUIM_<FIELD>` outside.

    `urgent_queue`, `ordinary_queue` and `work_queue` are queue URLs, `base_url` is the address
    that people type, `inbound_bucket` holds the mail that came in, `account` is the number of the
    AWS account, and the two secrets are ids in Secrets Manager.
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

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read every setting; raises `MissingSettings` naming all that are absent or empty."""
        names = {field.name: _PREFIX + field.name.upper() for field in fields(cls)}
        missing = [variable for variable in names.values() if not environment.get(variable)]
        if missing:
            raise MissingSettings(", ".join(missing))
        return cls(**{name: environment[variable] for name, variable in names.items()})
