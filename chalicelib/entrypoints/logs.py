"""The log: ids, counts and states in JSON lines, nothing about people."""

from __future__ import annotations

import json
import logging
import secrets
import sys
from traceback import extract_tb

_log = logging.getLogger("pluim")


def tell(event: str, **facts: object) -> None:
    """Write one line: what happened, to which ids, with which counts and states."""
    _log.info(json.dumps({"event": event, **facts}))


def alarm(event: str, **facts: object) -> None:
    """Write one line that an operator must see; otherwise as `tell`."""
    _log.error(json.dumps({"event": event, **facts}))


def log_failure(where: str, **ids: str) -> str:
    """Log the exception being handled with ids, not its message; return its reference."""
    reference = secrets.token_hex(4)
    kind, _, trace = sys.exc_info()
    frames = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in extract_tb(trace)]
    entry = {"event": "failure", "where": where, "reference": reference, **ids}
    _log.error(json.dumps({**entry, "type": kind.__name__ if kind else "", "at": frames[-5:]}))
    return reference
