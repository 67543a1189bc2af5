"""How fast mails are made, beside doing for each what the build did ahead."""

from __future__ import annotations

import subprocess
import sys
from tempfile import TemporaryDirectory

from infra.bench import pipelines
from infra.bench.report import Table

_WAYS = {
    pipelines.built_ahead.__name__: "Templates built ahead, as Pluim has them",
    pipelines.from_sources.__name__: "The same from sources, without styles on their elements",
    pipelines.inlined_when_sent.__name__: "The same from sources, css-inline over each mail",
    pipelines.django_with_premailer.__name__: "Django templates, premailer over each mail",
}
_PROCESSES = 7


def mail_table() -> Table:
    """Each way's time for a mail, and for a new process until its first, as multiples of ours."""
    with TemporaryDirectory() as folder:
        _run(pipelines.PREPARE, folder)
        rounds = [{way: _seconds(way, folder) for way in _WAYS} for _ in range(_PROCESSES)]
    took = {
        way: [min(times) for times in zip(*(r[way] for r in rounds), strict=True)] for way in _WAYS
    }
    ours = took[pipelines.built_ahead.__name__]
    return Table(
        head=("A thank-you", "Import and first mail", "Rendered", "Rendered and assembled"),
        rows=tuple(
            (said, *(f"{one / other:.2f}" for one, other in zip(took[way], ours, strict=True)))
            for way, said in _WAYS.items()
        ),
        below=(
            "Times as long as the first line, by the processor's clock. Every way makes subject, "
            "text and HTML, and ends in the same assembler, which reads each mail back. Django's "
            "templates are this one mail with its facts left open: no macros, no translations, no "
            "checks, so that they have the least to do. The first mail is that of a new Python, "
            "from its start.",
        ),
    )


def _seconds(way: str, folder: str) -> list[float]:
    """What a process of its own measured: the first mail, the words of one, and one whole."""
    return [float(seconds) for seconds in _run(way, folder).split()]


def _run(way: str, folder: str) -> str:
    command = [sys.executable, "-m", "infra.bench.pipelines", way, folder]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
