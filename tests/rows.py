"""What stands in the table, for tests that must see all of it."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def every_row(dynamodb: Any, table: str = "pluim") -> list[Row]:
    """Every row, as DynamoDB holds it, in the order of their keys."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    rows = [row for page in pages for row in page["Items"]]
    return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))


def messages(rows: list[Row]) -> dict[str, dict[str, str]]:
    """The messages among these rows, by id: their state, kind, reason and outcome."""
    return {
        row["id"]["S"]: {name: row[name]["S"] for name in ("state", "kind", "reason", "outcome")}
        for row in rows
        if row["sk"]["S"] == "message"
    }
