"""Numbers that nobody should send on by accident: citizen service numbers and bank accounts."""

from __future__ import annotations

import re

MASK = "•••"
"""What stands where such a number was typed."""

_DIGITS = re.compile(r"(?<![\w+])(?<!\d[ .-])\d(?:[ .-]?\d){8}(?![ .-]?\d)(?!\w)")
"""Nine digits that are no part of a longer number, such as one to call."""

_ACCOUNTS = (
    "AD24 AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GI23 GR27 HR21 HU28 IE22"
    " IS26 IT27 LI21 LT20 LU20 LV21 MC27 MT31 NL18 NO15 PL28 PT25 RO24 SE24 SI19 SK24 SM27 VA22"
)
"""How long an account number is in each country that euros can be paid to (ISO 13616)."""

_ANY_ACCOUNT = "|".join(
    rf"{country[:2]}\d\d(?:[ .-]?[A-Z0-9]){{{int(country[2:]) - 4}}}"
    for country in _ACCOUNTS.split()
)
_ACCOUNT = re.compile(rf"(?<![^\W_])(?:{_ANY_ACCOUNT})(?![^\W_])", re.ASCII | re.IGNORECASE)
_BSN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def masked(text: str) -> str:
    """The text with `MASK` for every citizen service number (BSN) and bank account (IBAN) in it.

    Both carry a check, so other numbers stay, but for one in eleven of nine digits.
    """
    return _DIGITS.sub(_unless_no_bsn, _ACCOUNT.sub(_unless_no_iban, text))


def _unless_no_bsn(found: re.Match[str]) -> str:
    digits = [int(char) for char in found[0] if char.isdigit()]
    check = sum(weight * digit for weight, digit in zip(_BSN_WEIGHTS, digits, strict=True))
    return MASK if any(digits) and check % 11 == 0 else found[0]


def _unless_no_iban(found: re.Match[str]) -> str:
    account = "".join(char for char in found[0] if char.isalnum())
    number = "".join(str(int(char, 36)) for char in account[4:] + account[:4])
    return MASK if int(number) % 97 == 1 else found[0]
