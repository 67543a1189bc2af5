"""Codes that people copy from a mail: what was typed, and what to say when it is wrong."""

from __future__ import annotations

from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import Visit
from chalicelib.use_cases.signing_in import WrongCode


def typed_code(visit: Visit) -> str:
    """The code in the field `code`, without the spaces that people put in."""
    return "".join(visit.form.value("code").split())


def wrong_code(visit: Visit, wrong: WrongCode) -> Form:
    """The form again, saying what helps now."""
    _ = visit.gettext
    sentence = (
        _("This code is not right. Check it, or ask for a new one.")
        if wrong.tries_left
        else _("This code is not right. Ask for a new one.")
    )
    return visit.form.refused({"code": sentence})
