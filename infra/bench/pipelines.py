"""One way to make a mail, in a process of its own: `python -m infra.bench.pipelines WAY FOLDER`.

It prints the processor's seconds from the start of Python to the first mail, for the words of one
mail among many, and for one whole. Only what a way needs is imported, where it needs it.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
import timeit
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.messages.samples import Sample

Bodies = tuple[str, str, str]
"""The subject, the text and the HTML of a mail."""

FACTS, TEXT, HTML, STYLES = "facts.json", "mail.txt", "mail.html", "mail.css"
"""What a way finds in its folder: invented facts, Django's templates, and our style sheet."""

PREPARE = "prepare"
"""What is asked for once, before any way: that its folder be filled."""

_ROUNDS, _MAILS = 5, 10


def main() -> None:
    """Fill the folder, or make the first mail of a way and time some more."""
    way, folder = sys.argv[1], Path(sys.argv[2])
    if way == PREPARE:
        prepare(folder)
        return
    bodies = WAYS[way](folder)
    first = _assembled(bodies())
    began = time.process_time()
    if "Ada" not in first.decode():
        raise RuntimeError(f"{way} did not say who gave the thank-you")
    print(began, _seconds(bodies), _seconds(lambda: _assembled(bodies())))


def _seconds(action: Callable[[], object]) -> float:
    """How long it takes once, in the round that was disturbed least."""
    timer = timeit.Timer(action, timer=time.process_time)
    return min(timer.repeat(repeat=_ROUNDS, number=_MAILS)) / _MAILS


def prepare(folder: Path) -> None:
    """Write what Django gets: the mail as our own templates say it, with its facts left open."""
    names = {"what", "why", "nominator", "citation", "organisation"}
    sample = thanks()
    told = sample.message.facts
    message = replace(
        sample.message,
        facts={**told, **{name: f"QQ{name}QQ" for name in names}},
        recipient_name="QQrecipientQQ",
    )
    subject, text, html = from_sources(folder, replace(sample, message=message))()
    for name, body in ((TEXT, text), (HTML, html)):
        (folder / name).write_text(re.sub(r"QQ(\w+)QQ", r"{{ \1 }}", body))
    facts = {name: str(told[name]) for name in names}
    facts |= {"recipient": sample.message.recipient_name, "subject": subject}
    (folder / FACTS).write_text(json.dumps(facts))
    shutil.copy("templates/mail/mail.css", folder / STYLES)


def built_ahead(_folder: Path, sample: Sample | None = None) -> Callable[[], Bodies]:
    """Ours: modules, with styles on their elements."""
    from chalicelib.messages.drafts import Frame
    from chalicelib.messages.emails import render
    from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN

    mail = sample or thanks()
    frame = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)

    def bodies() -> Bodies:
        email = render(mail.message, frame=frame, links=mail.links)
        return email.subject, email.text, email.html

    return bodies


def from_sources(folder: Path, sample: Sample | None = None) -> Callable[[], Bodies]:
    """The same templates as they were written, read when they are first needed."""
    from jinja2 import FileSystemLoader

    from chalicelib.domain.people import Language
    from chalicelib.messages.rendering import environment

    environment(Language.DUTCH).loader = FileSystemLoader("templates")
    return built_ahead(folder, sample)


def inlined_when_sent(folder: Path) -> Callable[[], Bodies]:
    """The same templates as they were written, and css-inline over each mail."""
    from css_inline import CSSInliner

    inliner = CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        load_remote_stylesheets=False,
        extra_css=(folder / STYLES).read_text(),
    )
    bare = from_sources(folder)

    def bodies() -> Bodies:
        subject, text, html = bare()
        return subject, text, inliner.inline(html)

    return bodies


def django_with_premailer(folder: Path) -> Callable[[], Bodies]:
    """Django's templates of this one mail, and premailer over each."""
    import logging

    import django
    from django.conf import settings
    from django.template.loader import get_template
    from premailer import Premailer

    backend = "django.template.backends.django.DjangoTemplates"
    settings.configure(TEMPLATES=[{"BACKEND": backend, "DIRS": [str(folder)]}])
    django.setup()
    styles = (folder / STYLES).read_text()
    facts: Mapping[str, str] = json.loads((folder / FACTS).read_text())

    def bodies() -> Bodies:
        html = get_template(HTML).render(dict(facts))
        inliner = Premailer(
            html,
            css_text=styles,
            disable_validation=True,
            cssutils_logging_level=logging.CRITICAL,
        )
        return facts["subject"], get_template(TEXT).render(dict(facts)), inliner.transform()

    return bodies


WAYS: Mapping[str, Callable[[Path], Callable[[], Bodies]]] = {
    way.__name__: way
    for way in (built_ahead, from_sources, inlined_when_sent, django_with_premailer)
}


def thanks() -> Sample:
    """The mail that is made: the thanks that an honouree reads."""
    from chalicelib.domain.message import Kind
    from chalicelib.messages.samples import samples

    return next(sample for sample in samples() if sample.message.kind is Kind.THANKS)


def _assembled(bodies: Bodies) -> bytes:
    from chalicelib.messages.mime import Mail, Mailbox, assemble

    subject, text, html = bodies
    return assemble(
        Mail(
            sender=Mailbox("pluim@onsdorp.example", "Samen Ons Dorp"),
            recipient=Mailbox("bo@example.org", "Bo Jansen"),
            subject=subject,
            text=text,
            html=html,
            language="nl",
        )
    )


if __name__ == "__main__":
    main()
