"""Addresses as people type them, made into addresses that mail can be written to."""

from __future__ import annotations

import re

from chalicelib.domain.people import EmailAddress

MAX_LENGTH = 254
"""The longest address that SMTP can carry, in octets (RFC 5321 §4.5.3.1, erratum 1690)."""


_NAMED = re.compile(r"([^<>]*)<([^<>]+)>")

_USUAL_DOMAINS = (
    "gmail.com",
    "hotmail.com",
    "hotmail.nl",
    "outlook.com",
    "outlook.nl",
    "live.com",
    "live.nl",
    "icloud.com",
    "yahoo.com",
    "protonmail.com",
    "ziggo.nl",
    "kpnmail.nl",
    "kpnplanet.nl",
    "planet.nl",
    "hetnet.nl",
    "xs4all.nl",
    "home.nl",
    "casema.nl",
    "upcmail.nl",
    "chello.nl",
    "quicknet.nl",
    "telfort.nl",
    "zeelandnet.nl",
)
"""Where most people here have their mailbox."""

_NO_SLIPS = {*_USUAL_DOMAINS, "mail.com", "ymail.com", "email.com"}
"""These and domains that only look like a slip of the hand."""

_ALIKE = 0.87
"""One letter less, more, or changed places in a name of eight or more."""


class NotAnAddress(ValueError):
    """This is not one address that mail can be sent to."""


def parse_address(text: str) -> EmailAddress:
    """Read one address; the part before the @ stays as typed, the domain becomes ASCII lower case.

    White space around it is no part of it. Nobody is asked whether the address exists. Raises
    `NotAnAddress` for anything but one plain mailbox: two addresses, a name with angle brackets, a
    quoted or non-ASCII local part (SES has no SMTPUTF8), an IP literal, over `MAX_LENGTH` octets.
    """
    typed = text.strip()
    if len(typed) > MAX_LENGTH or "=?" in typed:
        # Mail readers would decode an encoded word, also inside an address.
        raise NotAnAddress("too long, or an encoded word")
    return EmailAddress(_in_ascii(typed))


def parse_mailbox(line: str) -> tuple[str, EmailAddress]:
    """Read one mailbox as people paste it, `Bo de Vries <bo@example.org>` or the address alone.

    Returns the name, which may be empty, and the address. Raises `NotAnAddress` for anything else,
    two mailboxes on one line above all: inviting only the first of them would go unnoticed.
    """
    named = _NAMED.fullmatch(line.strip())
    if named is None:
        return "", parse_address(line)
    name, address = named.groups()
    if "@" in name:
        raise NotAnAddress("two mailboxes")
    return name.strip().strip('"'), parse_address(address)


def likely_meant(address: EmailAddress) -> EmailAddress | None:
    """What somebody probably meant whose domain is a letter off a usual one; None for others.

    It is only worth a question: the address as typed may be right.
    """
    # Imported here because it is needed on one page alone.
    from difflib import get_close_matches

    local, _, domain = address.rpartition("@")
    if domain in _NO_SLIPS:
        return None
    alike = get_close_matches(domain, _USUAL_DOMAINS, n=1, cutoff=_ALIKE)
    return EmailAddress(f"{local}@{alike[0]}") if alike else None


def _in_ascii(typed: str) -> str:
    # Imported here because it costs 25 ms, and most pages take no address.
    from email_validator import EmailNotValidError, validate_email

    try:
        checked = validate_email(
            typed, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError:
        raise NotAnAddress("not one plain mailbox") from None
    if checked.ascii_email is None or len(checked.ascii_email) > MAX_LENGTH:
        raise NotAnAddress("too long")
    return checked.ascii_email
