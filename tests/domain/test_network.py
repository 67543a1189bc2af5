"""Networks: people behind one address of the internet count as one sender of forms."""

from __future__ import annotations

import pytest

from chalicelib.domain.allowance import form_allowance
from chalicelib.domain.network import network_of
from chalicelib.domain.partnership import Settings
from tests.domain.examples import MINUTE, NOW


def test_an_ipv4_address_is_a_network_of_its_own() -> None:
    assert network_of("203.0.113.7") == "203.0.113.7"
    assert network_of("203.0.113.8") == "203.0.113.8"
    assert network_of("::ffff:203.0.113.7") == "203.0.113.7"


def test_ipv6_addresses_of_one_home_are_one_network() -> None:
    home = network_of("2001:db8:0:1::7")

    assert network_of("2001:0DB8:0000:0001:ffff:ffff:ffff:ffff") == home == "2001:db8:0:1::/64"
    assert network_of("2001:db8:0:2::7") != home


@pytest.mark.parametrize(
    "nobody_else", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "", "unknown", "1.2.3"]
)
def test_this_machine_itself_and_what_is_no_address_are_no_network(nobody_else: str) -> None:
    assert network_of(nobody_else) == ""


def test_thirty_forms_in_ten_minutes_are_what_a_network_gets_by_default() -> None:
    allowance = form_allowance("ons-dorp", "key", limit=Settings().forms_per_network)

    assert allowance.limit == 30
    assert allowance.ends_at(NOW) - allowance.window_at(NOW) == 10 * MINUTE
