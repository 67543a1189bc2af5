"""`python -m infra.templates`: build the templates, and make every invented mail with them."""

from __future__ import annotations

import sys

from chalicelib.messages.rendering import CannotRender
from infra.templates.build import ready_or_stop


def main() -> int:
    """Build; prints what is wrong and returns 1 if anything is."""
    ready_or_stop()
    try:
        made = _make_every_mail()
    except CannotRender as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"The templates are ready, and {made} invented mails were made with them.")
    return 0


def _make_every_mail() -> int:
    """Make them all, so that a fact that a template misses is missed now."""
    from infra.hard_samples import all_samples
    from infra.preview import golden_copy

    return sum(bool(golden_copy(sample)) for sample in all_samples())


if __name__ == "__main__":
    sys.exit(main())
