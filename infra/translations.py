"""Translations: nothing that Pluim says may lack its Dutch, or be Dutch that nobody says any more.

`python -m infra.translations` checks, `python -m infra.translations merge FILE…` adds entries, and
`python -m infra.translations find ID…` tells which sentences an `untranslated` in the log is about.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po, write_po

from chalicelib.messages.catalogues import sentence_id

_ROOT = Path(__file__).parents[1]
_DUTCH = _ROOT / "locales" / "nl" / "LC_MESSAGES" / "messages.po"
_METHODS = [
    ("chalicelib/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]
_OPTIONS = {
    "templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"},
    "templates/**.txt": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"},
}
_SEEN = _ROOT / "build" / "translations"
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")

Key = tuple[str, str]


def main() -> int:
    """Check, merge or find; prints what is wrong and returns 1 if anything is."""
    match sys.argv[1:]:
        case []:
            problems = sorted(find_problems())
        case ["merge", *fragments]:
            problems = merge([Path(fragment) for fragment in fragments])
        case ["find", *ids]:
            print("\n".join(f"{place}: {text!r}" for text, place in named(ids, extracted())))
            return 0
        case _:
            print(__doc__)
            return 2
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def find_new_problems(
    seen: Path = _SEEN, look: Callable[[], Iterable[str]] | None = None
) -> list[str]:
    """What is wrong; looks only when something changed since nothing was, as that takes a second.

    `seen` keeps what all of it was then.
    """
    now = _fingerprint()
    if seen.exists() and seen.read_text() == now:
        return []
    problems = sorted((look or find_problems)())
    if not problems:
        seen.parent.mkdir(exist_ok=True)
        seen.write_text(now)
    return problems


def _fingerprint() -> str:
    """Everything that is looked at, and what looks at it."""
    found = hashlib.sha256(version("babel").encode())
    spoken = sorted(path for pattern, _ in _METHODS for path in _ROOT.glob(_every(pattern)))
    for file in (*spoken, _DUTCH, _DUTCH.with_suffix(".mo"), Path(__file__)):
        found.update(f"\n{file}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()


def _every(pattern: str) -> str:
    """A pattern of Babel's as a glob of Python's."""
    return pattern.replace("**.", "**/*.")


def find_problems() -> Iterator[str]:
    """What is wrong with the Dutch catalogue, or with what was compiled of it, a sentence each."""
    dutch = _read(_DUTCH)
    yield from problems_of(dutch, extracted())
    with _DUTCH.with_suffix(".mo").open("rb") as file:
        if _said_in(read_mo(file)) != _said_in(dutch):
            yield "messages.po was changed after it was compiled: run `make setup`"


def problems_of(dutch: Catalog, said: Mapping[Key, str]) -> Iterator[str]:
    """What a catalogue lacks, has too much or says wrong of all that is said at these places."""
    known = {_key(message): message for message in dutch if message.id}
    for key in said.keys() - known.keys():
        yield f"{said[key]}: no Dutch for {key[1]!r}"
    for key in known.keys() - said.keys():
        yield f"nobody says {key[1]!r} any more"
    for key in said.keys() & known.keys():
        yield from _problems_of(known[key])


def named(ids: Sequence[str], said: Mapping[Key, str]) -> Iterator[tuple[str, str]]:
    """Those of all that is said that the log calls so, and where they are said."""
    for (context, text), place in said.items():
        if sentence_id(text, context) in ids:
            yield text, place


def extracted() -> dict[Key, str]:
    """Everything that code and templates say, by context and text, with the first place of each."""
    found: dict[Key, str] = {}
    for file, line, ids, _, context in extract_from_dir(
        str(_ROOT),
        _METHODS,
        _OPTIONS,
        directory_filter=lambda folder: Path(folder).name not in {".venv", "build", "node_modules"},
    ):
        text = ids if isinstance(ids, str) else ids[0]
        found.setdefault((context or "", text), f"{file}:{line}")
    return found


def merge(fragments: list[Path]) -> list[str]:
    """Add the entries of these files to the Dutch catalogue, and drop what nobody says any more.

    What is there already stays; returns where a file says it differently.
    """
    dutch = _read(_DUTCH)
    problems = []
    for fragment in fragments:
        for message in _read(fragment):
            before = dutch.get(message.id, message.context) if message.id else None
            if not message.id or not message.string:
                continue
            if before and before.string and before.string != message.string:
                problems.append(f"two translations of {message.id!r}: {fragment.name}")
                continue
            dutch.add(message.id, message.string, context=message.context)
    said = extracted()
    for message in [message for message in dutch if message.id and _key(message) not in said]:
        dutch.delete(message.id, message.context)
    with _DUTCH.open("wb") as file:
        write_po(file, dutch, width=100, sort_output=True, no_location=True)
    return problems


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="nl", ignore_obsolete=True)


def _key(message: Message) -> Key:
    text = message.id if isinstance(message.id, str) else message.id[0]
    context = message.context or ""
    # Babel reads the contexts of a compiled catalogue as bytes.
    return context.decode() if isinstance(context, bytes) else context, text


def _said_in(catalogue: Catalog) -> dict[Key, list[str]]:
    return {_key(m): _all_of(m.string) for m in catalogue if m.id and m.string and not m.fuzzy}


def _all_of(texts: str | Iterable[str] | None) -> list[str]:
    """One text, or its singular and plural, as a list."""
    return [texts] if isinstance(texts, str) else list(texts or ())


def _problems_of(message: Message) -> Iterator[str]:
    ids = _all_of(message.id)
    strings = _all_of(message.string)
    if not all(strings):
        yield f"no Dutch for {ids[0]!r}"
    if message.fuzzy:
        yield f"nobody looked at the Dutch for {ids[0]!r} yet"
    allowed = {name for text in ids for name in _PLACEHOLDER.findall(text)}
    for string in filter(None, strings):
        used = set(_PLACEHOLDER.findall(string))
        if not used <= allowed or (len(ids) == 1 and used != allowed):
            yield f"the Dutch for {ids[0]!r} has other placeholders"


if __name__ == "__main__":
    sys.exit(main())
