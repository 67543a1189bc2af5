"""Cookies are read one by one: what other sites of the domain set is no concern of ours."""

from __future__ import annotations

import pytest

from chalicelib.entrypoints.cookies import read_cookies


@pytest.mark.parametrize("odd", ['voorkeur={"a":1}', "naïef=1", "losse", "a b=c", "=x"])
def test_an_odd_cookie_hides_none_of_ours(odd: str) -> None:
    assert read_cookies(f"{odd}; __Host-sessie=abc")["__Host-sessie"] == "abc"
    assert read_cookies(f"__Host-sessie=abc; {odd}")["__Host-sessie"] == "abc"


def test_no_header_holds_no_cookies() -> None:
    assert read_cookies("") == {}
