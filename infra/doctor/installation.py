"""Which installation the doctor looks at: a deployed stack, or what the environment names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class NoInstallation(Exception):
    """Nothing says which installation is meant: this is a laptop."""


@dataclass(frozen=True)
class Installation:
    """What the doctor has to know of an installation.

    `sender_domain` is what mail comes from, `rsvp_domain` what invitations come from and calendar
    programs answer to, and `base_url` the address that people type.
    """

    sender_domain: str
    rsvp_domain: str
    configuration_set: str
    region: str
    base_url: str

    @property
    def rsvp_is_below(self) -> bool:
        """Whether what holds for the sender's domain in SES holds for the reply domain too."""
        return self.rsvp_domain.endswith(f".{self.sender_domain}")

    @property
    def receiver(self) -> str:
        """The host that takes mail for SES in this region."""
        return f"inbound-smtp.{self.region}.amazonaws.com"


def of_stack(cloudformation: Any, *, name: str, region: str) -> Installation:
    """The installation that CloudFormation knows by this name; raises `ClientError`."""
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    made = cloudformation.describe_stack_resource(
        StackName=name, LogicalResourceId="ConfigurationSet"
    )
    return Installation(
        sender_domain=_domain(given["Sender"]),
        rsvp_domain=given["RsvpDomain"],
        configuration_set=made["StackResourceDetail"]["PhysicalResourceId"],
        region=region,
        base_url=given["BaseUrl"],
    )


def of_environment(environment: Mapping[str, str], *, region: str) -> Installation:
    """The installation that `PLUIM_…` variables describe; raises `NoInstallation`."""
    try:
        return Installation(
            sender_domain=_domain(environment["PLUIM_SENDER"]),
            rsvp_domain=environment["PLUIM_RSVP_DOMAIN"],
            configuration_set=environment["PLUIM_CONFIGURATION_SET"],
            region=region,
            base_url=environment["PLUIM_BASE_URL"],
        )
    except KeyError as missing:
        raise NoInstallation(missing) from missing


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
