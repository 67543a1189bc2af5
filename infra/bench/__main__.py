"""`python -m infra.bench`: measures, prints, and writes docs/performance.md.

python -m infra.bench            everything that needs only pip, in two minutes at most
python -m infra.bench --stack    inviting 2,000 guests on ministack, some minutes more
                                 (--guests 10000: half an hour; --mails 3000: until those left)
python -m infra.bench --crowd    fifty answers for the last ten seats on ministack, in seconds
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from infra.bench.report import PAGE, Table, machine, renew
from infra.templates.build import ready_or_stop

PACKAGES = Path("build/package")

_INTRODUCTION = """# Performance

`make bench` wrote this page, so read it as what one machine saw: counts and ratios mean the same
anywhere, seconds only on a machine like that one. No test depends on a time; that counts do not
grow with the number of rows is a test too."""

_COSTS = """## What an action asks of AWS

Counted on the AWS clients while the main job went through the app's own doors, on functions whose
keys have been read already. Moto, which played AWS, does not tell consumed capacity, so these are
rows: a row of up to 4 KB is one read unit when read consistently, and a row of up to 1 KB is two
write units, because every write is part of a transaction. Each index that a row stands in adds
its own write. An entry of an index that leads to a row counts as read, and so does the row."""

_SPEED = """## How fast the parts are"""

_MAILS = """## How fast mails are made"""

_RUNNER = """## How the local runner feels"""


def main() -> None:
    """Measure, print, and renew the sections that were measured."""
    arguments = argparse.ArgumentParser(description="Measure speed and cost")
    arguments.add_argument("--stack", action="store_true", help="invite many guests on ministack")
    arguments.add_argument("--guests", type=int, default=2_000, help="how many, for --stack")
    arguments.add_argument("--mails", type=int, default=0, help="stop when so many have left")
    arguments.add_argument(
        "--crowd", action="store_true", help="fifty answers at once on ministack"
    )
    asked = arguments.parse_args()
    ready_or_stop()
    if asked.stack:
        sections = _stack(asked.guests, mails=asked.mails)
    else:
        sections = _crowd() if asked.crowd else _all_that_needs_only_pip()
    for section in sections.values():
        print(section, end="\n\n")
    renew(PAGE, _INTRODUCTION, sections)
    print(f"Written to {PAGE}.")


def _all_that_needs_only_pip() -> dict[str, str]:
    import app  # noqa: F401 (it sets the level of its log, which we then lower)
    from infra.bench.costs import cost_table
    from infra.bench.mails import mail_table
    from infra.bench.runner import runner_table
    from infra.bench.speed import speed_table

    logging.getLogger("pluim").setLevel(logging.WARNING)
    sections = {
        "speed": _section(_SPEED, speed_table()),
        "mails": _section(_MAILS, mail_table()),
        "costs": _section(_COSTS, cost_table()),
        "runner": _section(_RUNNER, runner_table()),
    }
    return {**sections, **_size()}


def _size() -> dict[str, str]:
    """How large the packages are that were built; nothing when there are none."""
    packages = sorted(PACKAGES.glob("*/deployment.zip"))
    if not packages:
        return {}
    rows = [(file.parent.name, f"{file.stat().st_size / 1e6:.1f}") for file in packages]
    return {"size": _section("## How large the package is", Table(("Stage", "MB"), rows))}


def _stack(guests: int, *, mails: int) -> dict[str, str]:
    from infra.bench.stack import StoppedEarly, stack_table

    try:
        table = stack_table(guests, mails=mails)
    except StoppedEarly:
        raise SystemExit("Stopped before the last mail had left, so nothing was written.") from None
    return {f"stack_{guests}": _section(f"## Inviting {guests:,} guests", table), **_crowd()}


def _crowd() -> dict[str, str]:
    from infra.bench import crowd

    return {"crowd": _section(crowd.HEADING, crowd.crowd_table())}


def _section(heading: str, table: Table) -> str:
    return f"{heading}\n\n{table}\n\n{machine()}"


if __name__ == "__main__":
    main()
