"""What survives a restart: the rows of all tables and the secrets, in one file.

Queues are not kept: what they hold are hints, and the sweep gives those again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
"""Raise this when the file's own shape changes, or rows become unreadable to newer code."""

_BATCH = 25
"""As many rows as DynamoDB takes in one BatchWriteItem."""


class UnreadableState(Exception):
    """The kept state is broken, or another version of Pluim made it."""


@dataclass(frozen=True)
class State:
    """Saves and restores through these two boto3 clients, in `file`."""

    file: Path
    dynamodb: Any
    secretsmanager: Any

    @property
    def exists(self) -> bool:
        """Whether an earlier run kept anything."""
        return self.file.exists()

    def save(self) -> None:
        """Write everything down, whole or not at all, readable for its owner alone."""
        unfinished = self.file.with_suffix(".part")
        with open(unfinished, "w", encoding="utf-8", opener=_for_owner_only) as out:
            for line in self._lines():
                out.write(json.dumps(line, default=_from_bytes) + "\n")
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(self.file)

    def restore(self) -> None:
        """Put everything back into the tables and secrets, which must exist and be new.

        Raises `UnreadableState` before anything is written, unless a row is refused.
        """
        head, rows, kept_secrets = self._read()
        if head != self._head():
            raise UnreadableState
        for secret in kept_secrets:
            self.secretsmanager.put_secret_value(
                SecretId=secret["secret"], SecretString=secret["value"]
            )
        for table in self._tables():
            self._fill(table, [row["row"] for row in rows if row["table"] == table])

    def forget(self) -> None:
        """Throw away what was kept."""
        self.file.unlink(missing_ok=True)

    def _lines(self) -> Iterator[dict[str, Any]]:
        """The file's lines: a head, secrets, rows, and an end that proves it whole."""
        yield self._head()
        count = 0
        for secret in self._secrets():
            count += 1
            yield secret
        for table in self._tables():
            for row in self._rows(table):
                count += 1
                yield {"table": table, "row": row}
        yield {"end": count}

    def _head(self) -> dict[str, Any]:
        """What must be equal for a file to be ours: its format, and the shape of every table."""
        shapes = {
            table: _shape(self.dynamodb.describe_table(TableName=table)["Table"])
            for table in self._tables()
        }
        digest = hashlib.sha256(json.dumps(shapes, sort_keys=True).encode()).hexdigest()
        return {"format": FORMAT, "tables": digest}

    def _tables(self) -> list[str]:
        return sorted(self.dynamodb.list_tables()["TableNames"])

    def _rows(self, table: str) -> Iterator[dict[str, Any]]:
        # The one Scan of all of Pluim: a backup needs every row, and nobody waits for it.
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=table):
            yield from page["Items"]

    def _secrets(self) -> Iterator[dict[str, Any]]:
        for page in self.secretsmanager.get_paginator("list_secrets").paginate():
            for secret in page["SecretList"]:
                value = self.secretsmanager.get_secret_value(SecretId=secret["Name"])
                yield {"secret": secret["Name"], "value": value["SecretString"]}

    def _read(self) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
        try:
            with self.file.open(encoding="utf-8") as kept:
                head, *lines, end = [json.loads(line, object_hook=_to_bytes) for line in kept]
            if end != {"end": len(lines)}:
                raise UnreadableState
            rows = [line for line in lines if "row" in line]
            return head, rows, [line for line in lines if "secret" in line]
        except (ValueError, TypeError, OSError) as error:
            raise UnreadableState from error

    def _fill(self, table: str, rows: list[dict[str, Any]]) -> None:
        for batch in _batches(rows):
            unwritten = {table: [{"PutRequest": {"Item": row}} for row in batch]}
            while unwritten:
                unwritten = self.dynamodb.batch_write_item(RequestItems=unwritten)[
                    "UnprocessedItems"
                ]


def _shape(table: dict[str, Any]) -> dict[str, Any]:
    indexes = table.get("GlobalSecondaryIndexes") or []
    return {
        "keys": table["KeySchema"],
        "indexes": sorted(
            (index["IndexName"], json.dumps(index["KeySchema"])) for index in indexes
        ),
    }


def _batches(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _from_bytes(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    raise TypeError(type(value).__name__)


def _to_bytes(value: dict[str, Any]) -> Any:
    packed = value.get("base64")
    return base64.b64decode(packed) if isinstance(packed, str) else value
