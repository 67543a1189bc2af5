"""Networks: whom forms count for when nobody has said who they are."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_HOME = 64
"""How many bits of an IPv6 address name a home or an office; its owner chooses the rest freely."""


def network_of(address: str) -> str:
    """The network that a form came from: an IPv4 address whole, of an IPv6 address its /64.

    Empty where nobody else is meant: for this machine itself, as when Pluim is tried out on it,
    and for what is no address.
    """
    try:
        found = _unmapped(ip_address(address))
    except ValueError:
        return ""
    if found.is_loopback:
        return ""
    if isinstance(found, IPv4Address):
        return str(found)
    return str(IPv6Network((int(found), _HOME), strict=False))


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that is written as one of IPv6 is that IPv4 address all the same."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
