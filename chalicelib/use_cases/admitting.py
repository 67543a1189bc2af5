"""Admitting: forms from anybody are taken, until one network sends too many."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.allowance import form_allowance
from chalicelib.domain.network import network_of
from chalicelib.domain.partnership import Partnership
from chalicelib.ports import AllowanceSpent, World
from chalicelib.use_cases import signing_in


class TooManyForms(Exception):
    """This network sent too many forms; after `wait` there is room again."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"room again after {wait}")
        self.wait = wait


def count_form(
    world: World, *, partnership: Partnership, address: str, known_browser: str, now: datetime
) -> None:
    """Count a form from somebody who is not signed in, for the network that their address is in.

    The address is neither kept nor told: its network is counted under a keyed digest. Raises
    `TooManyForms` when it sent too many; but a browser where a coordinator signed in before, by
    the secret that was left there, may go on. Otherwise a room full of guests, or somebody who
    means harm, would keep the coordinators who share their network from their desk.
    """
    limit, network = partnership.settings.forms_per_network, network_of(address)
    if not (limit and network):
        return
    key = world.secrets.network_key(network)
    allowance = form_allowance(partnership.slug, key, limit=limit)
    try:
        world.store.spend(allowance, now=now)
    except AllowanceSpent as spent:
        if not signing_in.signed_in_before(world, partnership, known_browser, now=now):
            raise TooManyForms(allowance.ends_at(now) - now) from spent
