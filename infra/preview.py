"""The preview: every mail, calendar part and page in one folder, to look at without sending.

python -m infra.preview            writes build/preview/
python -m infra.preview --golden   rewrites tests/golden/mail/ after words were changed
"""

from __future__ import annotations

import argparse
import email
import email.policy
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from markupsafe import Markup

from chalicelib.domain.message import Kind
from chalicelib.messages.drafts import Email, Frame
from chalicelib.messages.emails import addressed, render
from chalicelib.messages.entries import STOP_URL
from chalicelib.messages.framing import Scheme, framed
from chalicelib.messages.mime import Mail, assemble
from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN, Sample
from infra import preview_pages
from infra.hard_samples import HARD, all_samples
from infra.templates.build import ready_or_stop

FOLDER = Path("build/preview")
GOLDEN = Path("tests/golden/mail")

STATIC = Path("templates/static")

PageSource = Callable[[], Iterable[tuple[str, str]]]
"""What makes pages for the preview: gives file names, without `.html`, and their HTML."""
PAGES: Sequence[PageSource] = (preview_pages.pages,)

_FRAME = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)
_READ_AT_WORST = {Kind.THANKS, Kind.GATHERING_INVITE}
"""The kinds whose HTML is kept even so: between them they hold every way to show typed text."""
_TOO_MUCH_TO_READ = {"own_longest"}
"""A hundred lines of HTML that look the same."""

_SENDER = "bedankt@onsdorp.example"


def main() -> None:
    """Write the preview, or the golden copies."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--golden", action="store_true", help="rewrite the golden copies")
    asked = arguments.parse_args()
    ready_or_stop()
    if asked.golden:
        written = write_golden(GOLDEN, all_samples())
        print(f"{written} golden copies in {GOLDEN}: read their diff before you commit.")
    else:
        print(f"Open {write_preview(FOLDER)}")


def write_preview(folder: Path, *, pages: Sequence[PageSource] = PAGES) -> Path:
    """Write everything anew, with the pages of these sources, and return the index over it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(STATIC, folder / "static")
    entries = [*_mails(folder), *_pages(folder, pages)]
    index = folder / "index.html"
    _write(index, _index(entries).encode())
    return index


def write_golden(folder: Path, samples: Iterable[Sample]) -> int:
    """Write golden copies of these mails and drop all others; returns how many there are."""
    shutil.rmtree(folder, ignore_errors=True)
    copies = {sample.name: golden_copy(sample) for sample in samples}
    for name, copy in copies.items():
        _write(folder / f"{name}.txt", copy.encode())
    return len(copies)


def golden_copy(sample: Sample) -> str:
    """A sample mail as a text whose diff anybody can read: headers, then each part decoded."""
    return readable(assemble(mail_of(sample, rendered(sample))), sample)


def readable(content: bytes, sample: Sample) -> str:
    """The golden copy of a sample mail that has been written down."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    headers = [f"{name}: {value}" for name, value in mail.items() if name != "Content-Type"]
    parts = [_readable(part) for part in mail.walk() if _is_worth_reading(part, sample)]
    return "\n".join([*headers, "", *parts])


def rendered(sample: Sample) -> Email:
    """The words of a sample mail."""
    return render(sample.message, frame=_FRAME, links=sample.links, own_text=sample.own_text)


def mail_of(sample: Sample, words: Email) -> Mail:
    """A sample mail with everything that stands above its words."""
    stop = sample.links.get(STOP_URL, "")
    return addressed(words, sample.message, frame=_FRAME, sender=_SENDER, unsubscribe_url=stop)


@dataclass(frozen=True)
class _Entry:
    """One line of the index: what it is, and the files to open."""

    group: str
    title: str
    files: tuple[Path, ...]


def _mails(folder: Path) -> Iterator[_Entry]:
    for sample in all_samples():
        made = rendered(sample)
        base = folder / "mail" / sample.name
        files = {
            base.with_suffix(".html"): made.html.encode(),
            base.with_suffix(".txt"): made.text.encode(),
            base.with_suffix(".eml"): assemble(mail_of(sample, made)),
        }
        if not sample.variant.endswith(HARD):
            files[base.with_suffix(".looks.html")] = _looks(made).encode()
        if made.calendar:
            files[folder / "calendar" / f"{sample.name}.ics"] = made.calendar.content
        for file, content in files.items():
            _write(file, content)
        title = f"{sample.message.language} {sample.variant}: {made.subject}"
        relative = tuple(file.relative_to(folder) for file in files)
        yield _Entry(sample.message.kind.value, title, relative)


def _looks(mail: Email) -> str:
    """A mail in all ways to look at it, side by side."""
    shades = {scheme: framed(mail.html, target="_blank", scheme=scheme) for scheme in Scheme}
    frames = [
        Markup('<iframe sandbox title="{0}, {1} px" width="{1}" srcdoc="{2}"></iframe>').format(
            scheme, width, html
        )
        for width in _WIDTHS
        for scheme, html in shades.items()
    ]
    return _LOOKS.format(mail.subject, Markup("\n").join(frames), mail.text)


def _pages(folder: Path, sources: Sequence[PageSource]) -> Iterator[_Entry]:
    for source in sources:
        for name, html in source():
            file = folder / "pages" / f"{name}.html"
            _write(file, html.encode())
            yield _Entry("pages", name, (file.relative_to(folder),))


def _is_worth_reading(part: EmailMessage, sample: Sample) -> bool:
    """Whether it is no mere container, nor the HTML of yet another mail at its worst."""
    if part.get_content_type() == "text/html" and sample.variant.endswith(HARD):
        return sample.message.kind in _READ_AT_WORST and sample.variant not in _TOO_MUCH_TO_READ
    return not part.is_multipart()


def _readable(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    text = content.decode() if isinstance(content, bytes) else ""
    if part.get_content_type() == "application/ics":
        return f"== attached: {part.get_filename()} ==\n"
    heading = part.get_content_type()
    if heading == "text/calendar":
        heading += f"; method={part.get_param('method')}"
        text = text.replace("\r\n ", "")
    lines = text.replace("\r\n", "\n").rstrip("\n")
    return f"== {heading} ==\n{lines}\n"


def _index(entries: Iterable[_Entry]) -> str:
    rows = []
    group = ""
    for entry in entries:
        if entry.group != group:
            group = entry.group
            rows.append(Markup("<h2>{}</h2>").format(group))
        links = Markup(" ").join(
            Markup('<a href="{}">{}</a>').format(file.as_posix(), _called(file))
            for file in entry.files
        )
        rows.append(Markup("<p>{} {}</p>").format(links, entry.title))
    return _INDEX.format(Markup("\n").join(rows))


def _called(file: Path) -> str:
    """What the index calls a file: by what it is, and `looks` by what it is for."""
    return file.suffixes[0].lstrip(".")


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


_INDEX = Markup("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Pluim preview</title>
<style>
body {{ font: 1.0625rem/1.6 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem }}
p {{ margin: .25rem 0 }}
a {{ margin-right: .25rem }}
</style>
</head>
<body>
<h1>Pluim preview</h1>
{}
</body>
</html>
""")


_WIDTHS = (640, 320)
"""Of a mail program on a desk, and on the smallest phone."""

_LOOKS = Markup("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{0}</title>
<style>
body {{ font: 1.0625rem/1.6 system-ui, sans-serif; margin: 1rem }}
iframe {{ border: 1px solid; height: 90vh; max-width: 100% }}
pre {{ white-space: pre-wrap }}
</style>
</head>
<body>
<h1>{0}</h1>
{1}
<pre>{2}</pre>
</body>
</html>
""")


if __name__ == "__main__":
    main()
