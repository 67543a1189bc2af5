"""Every invented mail in a browser without network: on a phone, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, Request

from chalicelib.domain.message import Kind
from chalicelib.messages.samples import Sample
from infra.hard_samples import all_samples
from infra.preview import rendered
from tests.browser_journeys.looks import looks_wrong, small_targets

SAMPLES = tuple(all_samples())


@dataclass
class MailProgram:
    """Shows mails, and remembers whatever they asked the network for."""

    page: Page
    asked: list[str] = field(default_factory=list)

    def show(self, sample: Sample) -> None:
        """Open a mail; it has asked for whatever it wants when this is over."""
        self.page.set_content(rendered(sample).html)


@pytest.fixture(scope="module")
def program(chromium: Browser) -> Iterator[MailProgram]:
    """A browser without network, whose every request is written down."""
    context = chromium.new_context(offline=True)
    program = MailProgram(context.new_page())

    def write_down(request: Request) -> None:
        program.asked.append(request.url)

    context.on("request", write_down)
    yield program
    context.close()


@pytest.mark.parametrize("kind", Kind)
def test_a_mail_is_fit_for_everybody_and_asks_the_network_for_nothing(
    program: MailProgram, kind: Kind
) -> None:
    wrong = []
    for sample in SAMPLES:
        if sample.message.kind is kind:
            program.show(sample)
            found = [*looks_wrong(program.page), *small_targets(program.page)]
            wrong += [f"{sample.name}: {complaint}" for complaint in found]

    assert not wrong
    assert not program.asked


def test_what_asks_the_network_is_written_down(program: MailProgram) -> None:
    """That nothing was written down says something only if something can be."""
    program.page.set_content('<img src="https://example.org/pixel.png" alt="">')

    assert program.asked == ["https://example.org/pixel.png"]
    program.asked.clear()
