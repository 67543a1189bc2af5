"""The log: ids, counts and states in JSON lines, nothing about people."""

from __future__ import annotations

import json
import logging
import secrets
import sys
from traceback import extract_tb

_log = logging.getLogger("pluim")


class JsonLine(logging.Formatter):
    """Writes each line as one JSON object, with its level, because alarms read nothing else.

    Of a line that is not ours only the fixed text is kept: Chalice puts addresses of pages in.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return json.dumps({"level": record.levelname.lower(), **_facts(record)})


def _facts(record: logging.LogRecord) -> dict[str, object]:
    try:
        return dict(json.loads(str(record.msg)))
    except (TypeError, ValueError):  # JSON too can be no object: a number, for instance.
        kind = record.exc_info[0] if record.exc_info else None
        event = {"event": "failure", "type": kind.__name__} if kind else {"event": "other"}
        return {**event, "where": "chalice", "text": str(record.msg)}


def write_json_lines(log: logging.Logger) -> None:
    """Let this log write nothing but JSON."""
    for handler in log.handlers:
        handler.setFormatter(JsonLine())


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
    failed = {"where": where, "reference": reference, **ids}
    alarm("failure", **failed, type=kind.__name__ if kind else "", at=frames[-5:])
    return reference
