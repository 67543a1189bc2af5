"""One typed address becomes one mailbox to write to, or is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.people import EmailAddress
from chalicelib.messages.addresses import NotAnAddress, likely_meant, parse_address, parse_mailbox
from chalicelib.messages.mime import Mail, Mailbox, assemble


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("bo@example.org", "bo@example.org"),
        ("  bo@example.org\r\n", "bo@example.org"),
        ("\u00a0bo@example.org\u2003", "bo@example.org"),
        ("Bo.de.Vries+Pluim@Example.ORG", "Bo.de.Vries+Pluim@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("bo@Bücherei.example", "bo@xn--bcherei-n2a.example"),
        ("bo@straße.example", "bo@xn--strae-oqa.example"),
        ("bo@\uff25xample.org", "bo@example.org"),
        ("b" * 64 + "@example.org", "b" * 64 + "@example.org"),
    ],
)
def test_one_address_is_read_and_its_domain_made_ready_for_mail(typed: str, address: str) -> None:
    assert parse_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "bo",
        "bo@",
        "@example.org",
        "bo@example",
        "bo@localhost",
        "bo@example.invalid",
        "bo de vries@example.org",
        "bo@exam ple.org",
        "bo@example.org dan@example.org",
        "bo@example.org,dan@example.org",
        "bo@example.org;dan@example.org",
        "bo@dan@example.org",
        "Bo <bo@example.org>",
        "<bo@example.org>",
        "mailto:bo@example.org",
        '"bo de vries"@example.org',
        "bo(van hiernaast)@example.org",
        "bö@example.org",
        "bo\u200b@example.org",
        "bo@example.org\u202e",
        "bo@[127.0.0.1]",
        "bo@[IPv6:::1]",
        "bo@127.0.0.1",
        "bo..de@example.org",
        ".bo@example.org",
        "bo@-example.org",
        "bo@example.org.",
        "bo@example.org\r\nBcc: dan@example.org",
        "bo\0@example.org",
        "bo@\ud800.org",
        "=?utf-8?q?dan?=@example.org",
        "b" * 65 + "@example.org",
        "bo@" + "a." * 125 + "nl",
        "bo@" + "é" * 70 + ".nl",
        "b" * 1_000_000 + "@example.org",
    ],
)
def test_anything_but_one_plain_mailbox_is_refused(typed: str) -> None:
    with pytest.raises(NotAnAddress):
        parse_address(typed)


def test_the_length_that_counts_is_the_one_that_travels() -> None:
    label = "é" * 55

    with pytest.raises(NotAnAddress):
        parse_address("bo@" + f"{label}." * 4 + "nl")


@given(st.text(max_size=80) | st.emails())
def test_whatever_is_read_can_be_written_to_and_reads_the_same_again(typed: str) -> None:
    try:
        address = parse_address(typed)
    except NotAnAddress:
        return

    assert parse_address(address) == address
    assert assemble(Mail(Mailbox(address), Mailbox(address), "Hoi", "Hoi", "Hoi", "nl"))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("bo@example.org", ""),
        ("Bo de Vries <bo@example.org>", "Bo de Vries"),
        ('"Vries, Bo" <bo@example.org>', "Vries, Bo"),
        ("Vries, Bo <bo@example.org>", "Vries, Bo"),
    ],
)
def test_a_mailbox_is_read_as_people_paste_it(line: str, name: str) -> None:
    assert parse_mailbox(line) == (name, "bo@example.org")


@pytest.mark.parametrize(
    "line",
    [
        "bo@example.org, eva@example.org",
        "bo@example.org; eva@example.org",
        "Bo <bo@example.org>; Eva <eva@example.org>",
        "bo@example.org, Eva <eva@example.org>",
        "Bo <bo@example.org> eva@example.org",
        "Bo",
    ],
)
def test_two_mailboxes_on_one_line_are_never_taken_for_one(line: str) -> None:
    with pytest.raises(NotAnAddress):
        parse_mailbox(line)


@pytest.mark.parametrize(
    ("domain", "usual"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("hotmaill.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("zigo.nl", "ziggo.nl"),
        ("kpnmial.nl", "kpnmail.nl"),
    ],
)
def test_a_slip_in_a_usual_domain_is_worth_a_question(domain: str, usual: str) -> None:
    assert likely_meant(EmailAddress(f"Bo+x@{domain}")) == f"Bo+x@{usual}"


@pytest.mark.parametrize(
    "domain", ["gmail.com", "mail.com", "email.com", "hotmail.de", "yahoo.fr", "example.nl", "a.nl"]
)
def test_another_domain_is_what_was_meant(domain: str) -> None:
    assert likely_meant(EmailAddress(f"bo@{domain}")) is None
