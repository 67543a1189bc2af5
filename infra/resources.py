"""What `template.yaml` keeps and queues in, made with plain AWS calls on a stand-in."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).with_name("template.yaml")
_LONG_FORMS = {"Ref": "Ref", "Condition": "Condition"}


def read_template(path: Path = _TEMPLATE) -> dict[str, Any]:
    """A CloudFormation template as plain data, its short tags (`!Ref`) in their long form."""
    loaded: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 (a safe loader)
    return loaded


ACCOUNT = "123456789012"
"""The number of the AWS account that a stand-in plays."""

INBOUND_BUCKET = "pluim-inbound"
"""What the bucket of the mail that came in is called here."""


def provision(*, dynamodb: Any, sqs: Any, secretsmanager: Any, s3: Any) -> dict[str, str]:
    """Make the template's table, queues, secrets and bucket with these four clients.

    Returns the settings that this decides, as environment variables: what `Settings` still needs
    is `PLUIM_BASE_URL`, `PLUIM_SENDER` and `PLUIM_RSVP_DOMAIN`.
    """
    kept = provision_storage(dynamodb=dynamodb, secretsmanager=secretsmanager, s3=s3)
    queues = _make_queues(sqs, _resources())
    return {
        **kept,
        "PLUIM_URGENT_QUEUE": queues["UrgentQueue"],
        "PLUIM_ORDINARY_QUEUE": queues["OrdinaryQueue"],
        "PLUIM_WORK_QUEUE": queues["WorkQueue"],
    }


def provision_storage(*, dynamodb: Any, secretsmanager: Any, s3: Any) -> dict[str, str]:
    """Make all of that but the queues, for a place where hints take another way."""
    resources = _resources()
    dynamodb.create_table(TableName="pluim", **_table(resources["Table"]["Properties"]))
    s3.create_bucket(
        Bucket=INBOUND_BUCKET,
        CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name},
    )
    return {
        "PLUIM_TABLE": "pluim",
        "PLUIM_INBOUND_BUCKET": INBOUND_BUCKET,
        "PLUIM_CONFIGURATION_SET": "pluim",
        "PLUIM_ACCOUNT": ACCOUNT,
        "PLUIM_PEPPER_SECRET": _make_secret(secretsmanager, "Pepper", resources),
        "PLUIM_SIGNING_SECRET": _make_secret(secretsmanager, "SigningKey", resources),
    }


@cache
def _resources() -> Mapping[str, Any]:
    resources: Mapping[str, Any] = read_template()["Resources"]
    return resources


def queue_name(logical_id: str) -> str:
    """What a queue of the template is called here: `UrgentQueue` is `pluim-UrgentQueue`."""
    return f"pluim-{logical_id}"


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, which also knows CloudFormation's short tags."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        value = value.split(".", 1) if tag == "GetAtt" else value
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {_LONG_FORMS.get(tag, f"Fn::{tag}"): value}


_Loader.add_multi_constructor("!", _long_form)

_TABLE_ARGUMENTS = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


def _table(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What of the table's properties matters to a stand-in: encryption and backups do not."""
    return {name: properties[name] for name in _TABLE_ARGUMENTS}


def _make_queues(sqs: Any, resources: Mapping[str, Any]) -> dict[str, str]:
    """Make every queue, the dead-letter queues first, because the others name them."""
    found = {
        name: r["Properties"] for name, r in resources.items() if r.get("Type") == "AWS::SQS::Queue"
    }
    in_order = sorted(found, key=lambda name: "RedrivePolicy" in found[name])
    urls: dict[str, str] = {}
    arns: dict[str, str] = {}
    for name in in_order:
        attributes = _queue_attributes(found[name], arns)
        urls[name] = sqs.create_queue(QueueName=queue_name(name), Attributes=attributes)["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=urls[name], AttributeNames=["QueueArn"])
        arns[name] = answer["Attributes"]["QueueArn"]
    return urls


def _queue_attributes(properties: Mapping[str, Any], arns: Mapping[str, str]) -> dict[str, str]:
    attributes = {
        name: str(properties[name])
        for name in ("VisibilityTimeout", "MessageRetentionPeriod")
        if name in properties
    }
    if "RedrivePolicy" in properties:
        redrive = dict(properties["RedrivePolicy"])
        redrive["deadLetterTargetArn"] = arns[redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]]
        attributes["RedrivePolicy"] = json.dumps(redrive)
    return attributes


def _make_secret(secretsmanager: Any, name: str, resources: Mapping[str, Any]) -> str:
    length = resources[name]["Properties"]["GenerateSecretString"]["PasswordLength"]
    letters = string.ascii_letters + string.digits
    value = "".join(secrets.choice(letters) for _ in range(length))
    answer: dict[str, str] = secretsmanager.create_secret(Name=f"pluim/{name}", SecretString=value)
    return answer["ARN"]
