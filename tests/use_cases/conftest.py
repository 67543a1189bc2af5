"""Use cases run on the real store, in Ons Dorp on its first day."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from tests.faults import Storm, StormyTown, storm
from tests.town import Town


@pytest.fixture(scope="module")
def weather(aws: boto3.Session) -> Iterator[Storm]:
    """Makes Ons Dorp, quickly, as often as it is asked to."""
    with storm(aws) as made:
        yield made


@pytest.fixture
def stormy(weather: Storm) -> StormyTown:
    """Ons Dorp in calm weather, and all that can be seen of it."""
    return weather.founded()


@pytest.fixture
def ons_dorp(stormy: StormyTown) -> Town:
    """A partnership to live in."""
    return stormy.town
