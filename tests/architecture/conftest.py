"""Rules about the whole product are tried out on two villages, through the real doors."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from tests.architecture.villages import Village, settle
from tests.faults import Storm, StormyTown, storm
from tests.town import SLUG, found_ons_dorp

ONS_DORP, DE_STAD = Village(SLUG), Village("de-stad")


@pytest.fixture(scope="module")
def weather(aws: boto3.Session) -> Iterator[Storm]:
    """Makes the villages, quickly, as often as they are asked for."""
    with storm(aws) as made:
        yield made


@pytest.fixture(scope="module")
def villages(weather: Storm) -> StormyTown:
    """Two villages, which a module's tests look at without changing them."""
    return found_both(weather)


def found_both(weather: Storm) -> StormyTown:
    """Ons Dorp and De Stad, with one of everything in each."""
    return weather.founded(_settle_both)


def _settle_both(town: StormyTown) -> None:
    found_ons_dorp(town.calm, slug=DE_STAD.slug)
    for village in (ONS_DORP, DE_STAD):
        settle(town.calm, village)
