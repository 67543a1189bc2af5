"""Forms as browsers send them: read strictly, cleaned once, problems kept beside the values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from chalicelib.domain.text import NotText, clean_text

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 200

SEND_KEY = "sleutel"
"""The field of a form's send key: 128 random bits, made when the form was shown."""

SOLUTION = "altcha"
"""The field in which a browser brings back what it found, by the name that ALTCHA gives it."""

_WORTH_COPYING = 20
"""A shorter text, of one word, is a choice or a number: quickly given again."""
_CARRIED = frozenset({"csrf", "versie", "poging", SEND_KEY, SOLUTION, "mensen", "geeerd", "wijzig"})
"""Fields that a page of ours fills in, or that hold only what was ticked."""

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""The only field, and its value, of the form that a mailbox sends to stop mail (RFC 8058)."""
_ONE_CLICK_PART = re.compile(
    rb"\s*--[^\r\n]+\r?\n"
    rb'Content-Disposition:\s*form-data;\s*name="?List-Unsubscribe"?[^\r\n]*'
    rb"(?:\r?\n[^\r\n]+)*\r?\n\r?\n"
    rb"One-Click\r?\n--[^\r\n]+--\s*",
    re.IGNORECASE,
)
"""The same as `multipart/form-data`, which no other form of ours comes in."""

_KEY = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[0-9]{1,9}")


class UnreadableForm(Exception):
    """The body is no form that we can read: not UTF-8, half characters, or far too many fields."""


class FormTooLarge(Exception):
    """The body is larger than any form of ours."""


@dataclass(frozen=True)
class Form:
    """What somebody filled in, and what is wrong with it, in the order of the questions.

    `problems` is a field's name with a sentence in the reader's language. Values are cleaned text;
    an absent field reads as the empty string.
    """

    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """Every field with its value; of a field that came more than once, the first."""
        return {name: answers[0] for name, answers in self.answers.items() if answers}

    def value(self, name: str) -> str:
        """The value of one field, or the empty string."""
        return next(iter(self.answers.get(name, ())), "")

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may come more than once, such as ticked boxes."""
        return tuple(value for value in self.answers.get(name, ()) if value)

    def number(self, name: str) -> int:
        """A whole number that a page of ours put in a field. Raises `UnreadableForm`."""
        value = self.value(name)
        if not _NUMBER.fullmatch(value):
            raise UnreadableForm(name)
        return int(value)

    def send_key(self) -> str:
        """The key that makes sending a form twice the same as once. Raises `UnreadableForm`."""
        key = self.value(SEND_KEY)
        if not _KEY.fullmatch(key):
            raise UnreadableForm(SEND_KEY)
        return key

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Everything that it holds, for a page that lets it be sent again as it was."""
        pairs = ((name, value) for name, answers in self.answers.items() for value in answers)
        return tuple((name, value) for name, value in pairs if name != "csrf")

    @property
    def has_texts(self) -> bool:
        """Whether something was typed, which the page that refuses it shows again."""
        return bool(typed_texts(self))

    def refused(self, problems: Mapping[str, str]) -> Form:
        """The same values, with what is wrong with them."""
        return Form(self.answers, problems)

    def over(self, known: Form) -> Form:
        """This form, with what it leaves open taken from another: what was known before."""
        return Form({**known.answers, **self.answers}, self.problems)

    def filled(self, **values: str) -> Form:
        """The same form with some values set, as when an earlier answer is shown to be changed."""
        answers = dict(self.answers) | {name: (value,) for name, value in values.items()}
        return Form(answers, self.problems)


def read_form(body: bytes) -> Form:
    """Read an urlencoded body. Raises `FormTooLarge` or `UnreadableForm`."""
    if len(body) > MAX_BODY_BYTES:
        raise FormTooLarge(len(body))
    try:
        fields = parse_qs(
            body.decode("utf-8"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
        return Form({name: tuple(map(clean_text, values)) for name, values in fields.items()})
    except (UnicodeDecodeError, NotText, ValueError) as problem:
        raise UnreadableForm from problem


def typed_texts(form: Form) -> tuple[str, ...]:
    """What somebody typed in a form that cannot be kept or shown again, for them to copy."""
    typed = (value for name, value in form.values.items() if name not in _CARRIED)
    return tuple(filter(_worth_copying, typed))


def _worth_copying(value: str) -> bool:
    return len(value.split()) > 1 or "@" in value or len(value) > _WORTH_COPYING


def read_one_click(body: bytes) -> Form | None:
    """The form with which a mailbox stops mail for its owner, in either encoding; None for others.

    Raises `FormTooLarge` or `UnreadableForm`.
    """
    if len(body) <= MAX_BODY_BYTES and _ONE_CLICK_PART.fullmatch(body):
        return Form({ONE_CLICK[0]: (ONE_CLICK[1],)})
    form = read_form(body)
    return form if form.values == dict([ONE_CLICK]) else None
