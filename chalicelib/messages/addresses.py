"""Addresses as people type them, made into addresses that mail can be written to."""

from __future__ import annotations

import re

from chalicelib.domain.people import EmailAddress

MAX_LENGTH = 254
"""The longest address that SMTP can carry, in octets (RFC 5321 §4.5.3.1, erratum 1690)."""


_NAMED = re.compile(r"([^<>]*)<([^<>]+)>")


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
