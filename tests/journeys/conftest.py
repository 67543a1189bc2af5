"""Journeys start in Ons Dorp, with a browser, and go through doors only."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from tests.browser import Browser
from tests.town import Town, town


@pytest.fixture
def ons_dorp(aws: boto3.Session) -> Iterator[Town]:
    """A partnership to live in."""
    with town(aws) as founded:
        yield founded


@pytest.fixture
def browser() -> Browser:
    """A browser that has been nowhere yet."""
    return Browser()
