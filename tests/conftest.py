"""What every test may ask for: the real store, on a table of its own, inside this process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from moto import mock_aws

from chalicelib.adapters.dynamodb.store import DynamoStore
from infra.local.quick_moto import quick_moto
from infra.resources import read_template
from infra.templates.build import BadTemplates, make_ready
from tests.permissions import enforce
from tests.quick_answers import QuickAnswers

TABLE, REGION = "pluim", "eu-west-1"

# Moto makes and drops so many small things that looking for garbage takes a sixth of the time.
gc.set_threshold(200_000, 50, 50)


LONGEST_FIRST = (
    "test_faults",
    "test_hostile_forms",
    "test_preview_pages",
    "test_cost",
    "test_doors",
)
"""A file is one worker's work: whoever got one of these last would be waited for by all."""


def pytest_configure(config: pytest.Config) -> None:
    """Build the templates once, before any of several workers renders one."""
    if hasattr(config, "workerinput"):
        return
    try:
        make_ready()
    except BadTemplates as problem:
        raise pytest.UsageError(str(problem)) from None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    ranks = {name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))


def pytest_collection_finish() -> None:
    """Look for garbage no more in what is imported by now, which stays to the end."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def quicker() -> Iterator[ExitStack]:
    """Moto takes a fifth of its time, unless this is closed."""
    with ExitStack() as quicker:
        quicker.enter_context(quick_moto())
        yield quicker


@pytest.fixture(scope="session")
def aws() -> boto3.Session:
    """A session with credentials that open nothing; shared, because building one takes a while.

    Moto reads no user agent, and no signature for DynamoDB; making both takes a fifth of a request.
    """
    quick = botocore.session.get_session()
    quick.set_default_client_config(Config(user_agent="tests"))
    quick.register_component("response_parser_factory", QuickAnswers())
    session = boto3.Session("testing", "testing", region_name=REGION, botocore_session=quick)
    session.events.register("choose-signer.dynamodb", lambda **_: UNSIGNED)
    enforce(session)
    return session


@pytest.fixture(scope="session")
def table() -> dict[str, Any]:
    """The table's keys and indexes, as the template that is deployed has them."""
    properties = read_template()["Resources"]["Table"]["Properties"]
    schema = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {name: properties[name] for name in schema}


@pytest.fixture
def dynamodb(aws: boto3.Session, table: dict[str, Any]) -> Iterator[Any]:
    """A client of an empty table; nothing leaves this process."""
    with mock_aws():
        client = aws.client("dynamodb")
        client.create_table(TableName=TABLE, **table)
        yield client


@pytest.fixture
def store(dynamodb: Any) -> DynamoStore:
    """The real store, which never waits."""
    return DynamoStore(client=dynamodb, table=TABLE, pause=lambda seconds: None)
