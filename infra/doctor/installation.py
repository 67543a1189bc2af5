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

    `sender_domain` is what mail comes from, `rsvp_domain` what calendar programs answer to.
    """

    sender_domain: str
    rsvp_domain: str
    configuration_set: str
    region: str

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
    )


def of_environment(environment: Mapping[str, str], *, region: str) -> Installation:
    """The installation that `PLUIM_…` variables describe; raises `NoInstallation`."""
    try:
        return Installation(
            sender_domain=_domain(environment["PLUIM_SENDER"]),
            rsvp_domain=environment["PLUIM_RSVP_DOMAIN"],
            configuration_set=environment["PLUIM_CONFIGURATION_SET"],
            region=region,
        )
    except KeyError as missing:
        raise NoInstallation(missing) from missing


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
