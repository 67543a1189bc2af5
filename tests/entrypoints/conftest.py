"""Doors are tried in villages with one of everything."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from tests.faults import Storm, storm


@pytest.fixture(scope="module")
def weather(aws: boto3.Session) -> Iterator[Storm]:
    """Makes villages, quickly, as often as they are asked for."""
    with storm(aws) as made:
        yield made
