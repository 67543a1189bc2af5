"""The environment in which AWS's SDK finds the local stand-ins, and never the real AWS."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from infra.local.options import HOST, Options
from infra.local.ses_events import REGION


def shut_out_aws(environment: MutableMapping[str, str]) -> None:
    """Forget whatever real account this machine knows, and put worthless keys in its place."""
    for name in [name for name in environment if name.startswith(("AWS_", "PLUIM_"))]:
        del environment[name]
    environment.update(
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106
        AWS_DEFAULT_REGION=REGION,
        AWS_REGION=REGION,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
        # A proxy could not reach what listens on this machine alone.
        NO_PROXY=HOST,
        no_proxy=HOST,
    )


def describe_installation(environment: MutableMapping[str, str], *, options: Options) -> None:
    """Set what differs from one installation to another and no template can know."""
    environment.update(
        PLUIM_BASE_URL=options.base_url,
        PLUIM_SENDER="pluim@ons-dorp.example",
        PLUIM_RSVP_DOMAIN="rsvp.ons-dorp.example",
    )
