"""Cookies, and the tokens that forms bring back: what ties a request to a browser."""

from __future__ import annotations

import hashlib
import secrets

from chalicelib.domain.access import BROWSER_KNOWN, SESSION_IDLE
from chalicelib.messages.links import Links

SESSION = "sessie"
"""The cookie of a coordinator's session."""

KNOWN_BROWSER = "bekend"
"""The cookie by which we recognise a browser that a coordinator signed in with before."""


def fresh_key() -> str:
    """A random key for a form or cookie: 128 bits as 32 of `0-9a-f`."""
    return secrets.token_hex(16)


def session_cookie(session_token: str, links: Links) -> str:
    """The Set-Cookie header that keeps a session for another idle while."""
    return cookie(SESSION, session_token, links, max_age=int(SESSION_IDLE.total_seconds()))


def known_browser_cookie(secret: str, links: Links) -> str:
    """The Set-Cookie header that lets us recognise this browser at the next sign-in."""
    return cookie(KNOWN_BROWSER, secret, links, max_age=int(BROWSER_KNOWN.total_seconds()))


def cookie_name(name: str, links: Links) -> str:
    """A cookie's name; over TLS with the prefix that binds it to this host (RFC 6265bis 4.1.3)."""
    return f"__Host-{name}" if links.secure else name


def cookie(name: str, value: str, links: Links, *, max_age: int) -> str:
    """A Set-Cookie header: out of reach of scripts and of other sites; `max_age` 0 removes it."""
    secure = "; Secure" if links.secure else ""
    named = f"{cookie_name(name, links)}={value}"
    return f"{named}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}"


def read_cookies(header: str) -> dict[str, str]:
    """The cookies of a request, by name (RFC 6265 section 5.4).

    Read pair by pair, because Python's own reader stops at the first cookie that it finds odd, and
    other sites of the same domain may set odd ones.
    """
    pairs = (pair.partition("=") for pair in header.split(";"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def csrf_token(session_token: str) -> str:
    """What a form at the desk must bring back: derived from the session, useless without it."""
    return (
        hashlib.sha256(f"csrf:{session_token}".encode()).hexdigest()[:32] if session_token else ""
    )
