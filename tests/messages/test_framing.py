"""A mail in a frame: its words untouched, its links held, light or dark as it was asked for."""

from __future__ import annotations

import pytest

from chalicelib.domain.people import Language
from chalicelib.messages.drafts import Frame
from chalicelib.messages.emails import render
from chalicelib.messages.framing import Scheme, framed
from chalicelib.messages.samples import PARTNERSHIP, samples

FRAME = Frame.of_partnership(PARTNERSHIP, rsvp_domain="rsvp.example")
MAIL = next(
    render(sample.message, frame=FRAME, links=sample.links)
    for sample in samples()
    if sample.message.language is Language.DUTCH
).html


def body(html: str) -> str:
    return html.partition("</head>")[2]


@pytest.mark.parametrize("scheme", [None, *Scheme])
def test_the_words_stay_as_they_came(scheme: Scheme | None) -> None:
    shown = framed(MAIL, target="_blank", scheme=scheme)

    assert body(shown) == body(MAIL)
    assert shown.count('<base target="_blank">') == 1


def test_without_a_scheme_nothing_else_changes() -> None:
    assert framed(MAIL, target="_top").replace('<base target="_top">', "") == MAIL


def test_a_mail_is_dark_or_light_whatever_its_reader_has() -> None:
    dark = framed(MAIL, target="_blank", scheme=Scheme.DARK)
    light = framed(MAIL, target="_blank", scheme=Scheme.LIGHT)

    assert "prefers-color-scheme" in MAIL
    assert "prefers-color-scheme" not in dark + light
    assert ("@media all" in dark, "@media not all" in light) == (True, True)
    assert 'name="color-scheme" content="dark"' in dark
    assert 'name="color-scheme" content="light"' in light


def test_what_somebody_typed_about_style_sheets_stays() -> None:
    typed = "<head><style>a{}</style></head><p>@media (prefers-color-scheme: dark)</p>"

    assert framed(typed, target="_top", scheme=Scheme.DARK).endswith(body(typed))
