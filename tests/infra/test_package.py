"""What AWS runs, looked at from outside: the real package, built by Chalice."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from jinja2 import ModuleLoader

from chalicelib.entrypoints.triggers import RECEIVES_UNTIL_SET_ASIDE
from chalicelib.messages.drafts import Frame
from chalicelib.messages.emails import render
from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN, samples
from infra import alarms, package
from infra.alarms import FUNCTIONS
from infra.resources import read_template
from infra.templates.build import TEMPLATES, sources_of

ROOT = Path(__file__).parents[2]
SPEAK = """
import sys
sys.path.insert(0, sys.argv[1])
import json
import app, email_validator
from chalicelib.messages.drafts import Frame
from chalicelib.messages.emails import render
from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN, samples
frame = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)
mails = [render(sample.message, frame=frame, links=sample.links) for sample in samples()]
print(json.dumps([[mail.subject, mail.text, mail.html] for mail in mails]))
"""
"""What Lambda does: import the app, then make mails of every kind in both languages."""
SECURITY_HEADERS = {
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "Strict-Transport-Security",
    "Referrer-Policy",
    "Cache-Control",
}
ONLY_OURS = ("moto/", "tests/", "infra/", "css_inline/")
QUEUES = {f"{name}Queue" for name in alarms.QUEUES}


@pytest.fixture(scope="module")
def from_chalice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("chalice") / "package"
    package.let_chalice_package(stage="e2e", out=out)
    return out


@pytest.fixture(scope="module")
def built(from_chalice: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("package")
    shutil.copytree(from_chalice, out, dirs_exist_ok=True)
    package.finish(out / "deployment.zip")
    return out


@pytest.fixture(scope="module")
def resources(built: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((built / "sam.json").read_text())["Resources"]
    return found


@pytest.fixture(scope="module")
def names(built: Path) -> set[str]:
    with zipfile.ZipFile(built / "deployment.zip") as archive:
        return set(archive.namelist())


def test_every_static_file_and_catalogue_ships(names: set[str]) -> None:
    sources = [p for p in (ROOT / "templates" / "static").rglob("*") if p.is_file()]
    sources += (ROOT / "locales").rglob("*.mo")

    missing = [str(p.relative_to(ROOT)) for p in sources if str(p.relative_to(ROOT)) not in names]

    assert sources
    assert not missing


def test_templates_ship_as_built_and_not_as_written(names: set[str]) -> None:
    built = {ModuleLoader.get_module_filename(name) for name in sources_of(TEMPLATES)}
    folder = "build/templates/"

    assert {name.removeprefix(folder) for name in names if name.startswith(folder)} >= built
    assert not [name for name in names if re.match(r"templates/(?!static/)", name)]


def test_every_module_ships_with_its_byte_code(names: set[str]) -> None:
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / "chalicelib").rglob("*.py")}

    assert modules <= names
    assert any(name.startswith("chalicelib/domain/__pycache__/nomination.") for name in names)


def test_nothing_ships_that_only_developers_need(names: set[str]) -> None:
    assert not [name for name in names if name.startswith((*ONLY_OURS, "pytest"))]


def test_what_ships_needs_nothing_else_to_start_and_to_make_the_same_mails(
    built: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(built / "deployment.zip") as archive:
        archive.extractall(tmp_path)

    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SPEAK, tmp_path],
        capture_output=True,
        check=True,
        text=True,
    )

    frame = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)
    here = [render(sample.message, frame=frame, links=sample.links) for sample in samples()]
    assert json.loads(said.stdout) == [[mail.subject, mail.text, mail.html] for mail in here]


def test_alarms_know_every_function_and_every_queue(resources: dict[str, Any]) -> None:
    queues = {name for name in of_type(resources, "AWS::SQS::Queue") if name.endswith("Queue")}

    assert set(of_type(resources, "AWS::Serverless::Function")) == set(FUNCTIONS)
    assert queues == QUEUES


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_starts_in_app(resources: dict[str, Any], function: str) -> None:
    module, _, name = resources[function]["Properties"]["Handler"].partition(".")

    assert module == "app"
    assert callable(getattr(importlib.import_module("app"), name))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_role_of_its_own(resources: dict[str, Any], function: str) -> None:
    roles = [json.dumps(resources[name]["Properties"]["Role"]) for name in FUNCTIONS]

    assert roles.count(json.dumps(resources[function]["Properties"]["Role"])) == 1


def test_every_function_has_a_policy_file_of_its_own() -> None:
    """Chalice gives a function without one the rights of the whole stage, and says nothing."""
    functions = json.loads((ROOT / ".chalice" / "config.json").read_text())["lambda_functions"]
    files = {name: options["iam_policy_file"] for name, options in functions.items()}

    assert len(files) == len(FUNCTIONS)
    assert files == {name: f"../infra/policies/{name}.json" for name in files}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_knows_its_settings(resources: dict[str, Any], function: str) -> None:
    variables = resources[function]["Properties"]["Environment"]["Variables"]

    assert {"PLUIM_TABLE", "PLUIM_BASE_URL", "PLUIM_PEPPER_SECRET"} <= set(variables)


def test_no_policy_allows_everything() -> None:
    for policy in (ROOT / "infra" / "policies").glob("*.json"):
        for statement in json.loads(policy.read_text())["Statement"]:
            assert "*" not in statement["Action"], policy.name
            # What SES allows the account is no resource that a policy could name.
            unnamed = statement["Action"] == ["ses:GetAccount"]
            assert unnamed or statement["Resource"] != "*", policy.name


@pytest.mark.parametrize("queue", sorted(QUEUES))
def test_what_fails_ten_times_is_set_aside(resources: dict[str, Any], queue: str) -> None:
    redrive = resources[queue]["Properties"]["RedrivePolicy"]

    assert redrive["maxReceiveCount"] == 10
    assert redrive["deadLetterTargetArn"]["Fn::GetAtt"][0] in resources


@pytest.mark.parametrize(
    "function", ["DeliverUrgent", "DeliverOrdinary", "Work", "Events", "Receive"]
)
def test_a_bad_record_fails_alone_and_rests_long_enough(
    resources: dict[str, Any], function: str
) -> None:
    properties = resources[function]["Properties"]
    source = properties["Events"][f"{function}SqsEventSource"]["Properties"]
    queue = resources[source["Queue"]["Fn::GetAtt"][0]]["Properties"]

    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    times = 2 if function == "Receive" else 6
    assert queue["VisibilityTimeout"] == times * properties["Timeout"]


def test_a_mail_that_kills_its_function_is_at_the_desk_within_five_minutes(
    resources: dict[str, Any],
) -> None:
    rest = resources["InboundQueue"]["Properties"]["VisibilityTimeout"]

    waits = (RECEIVES_UNTIL_SET_ASIDE - 1) * rest
    assert waits + resources["Receive"]["Properties"]["Timeout"] < 5 * 60


def test_an_unknown_address_gets_a_page_in_both_languages(resources: dict[str, Any]) -> None:
    unknown = resources["RestAPI"]["Properties"]["GatewayResponses"]["MISSING_AUTHENTICATION_TOKEN"]

    assert unknown["StatusCode"] == 404
    assert "Pagina niet gevonden" in unknown["ResponseTemplates"]["text/html"]
    assert "Page not found" in unknown["ResponseTemplates"]["text/html"]


@pytest.mark.parametrize("kind", ["MISSING_AUTHENTICATION_TOKEN", "DEFAULT_4XX", "DEFAULT_5XX"])
def test_what_api_gateway_says_itself_is_a_safe_page(resources: dict[str, Any], kind: str) -> None:
    response = resources["RestAPI"]["Properties"]["GatewayResponses"][kind]

    assert response["ResponseParameters"]["Headers"].keys() >= SECURITY_HEADERS
    assert all(
        page.startswith("<!doctype html>") for page in response["ResponseTemplates"].values()
    )


def test_addresses_with_private_links_stay_out_of_the_access_log(resources: dict[str, Any]) -> None:
    api = resources["RestAPI"]
    logged = set(re.findall(r"\$context\.(\w+)", api["Properties"]["AccessLogSetting"]["Format"]))

    assert logged == {"requestId", "resourcePath", "httpMethod", "status", "responseLatency"}
    assert api["DependsOn"] == ["ApiAccount"], "an account must have named a role for logs first"


def of_type(resources: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: r["Properties"] for name, r in resources.items() if r.get("Type") == kind}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_log_of_every_function_is_read_and_kept(
    resources: dict[str, Any], function: str
) -> None:
    counted = resources[f"{function}{function}Failures"]["Properties"]
    log_group = resources[counted["LogGroupName"]["Ref"]]["Properties"]

    assert log_group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{{function}}}"}
    assert log_group["RetentionInDays"] == 90


def test_the_api_is_called_as_its_alarm_calls_it(resources: dict[str, Any]) -> None:
    name, stage = resources["ServerErrorsAlarm"]["Properties"]["Dimensions"]
    api = resources["RestAPI"]["Properties"]

    assert name["Value"] == api["DefinitionBody"]["info"]["title"]
    assert stage["Value"] == {"Ref": "RestAPI.Stage"}


@pytest.mark.parametrize("queue", sorted(QUEUES))
def test_any_message_that_was_set_aside_raises_an_alarm(
    resources: dict[str, Any], queue: str
) -> None:
    redrive = resources[queue]["Properties"]["RedrivePolicy"]
    dead_letters = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]

    alarmed = resources[f"{dead_letters}Alarm"]["Properties"]

    assert alarmed["Dimensions"] == [
        {"Name": "QueueName", "Value": {"Fn::GetAtt": [dead_letters, "QueueName"]}}
    ]
    assert (alarmed["Namespace"], alarmed["Threshold"]) == ("AWS/SQS", 0)


def test_a_sweep_that_says_nothing_raises_an_alarm(resources: dict[str, Any]) -> None:
    alarmed = resources["NoSweepAlarm"]["Properties"]

    assert alarmed["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "Sweep"}}]
    assert alarmed["Period"] * alarmed["EvaluationPeriods"] == 3 * 60
    assert alarmed["TreatMissingData"] == "breaching"


def test_every_alarm_may_reach_the_operator(resources: dict[str, Any]) -> None:
    raised = of_type(resources, "AWS::CloudWatch::Alarm")
    admitted = [
        statement["Principal"].get("Service")
        for policy in (
            resources["Key"]["Properties"]["KeyPolicy"],
            resources["AlarmsPolicy"]["Properties"]["PolicyDocument"],
        )
        for statement in policy["Statement"]
    ]

    assert len(raised) == len(alarms.ALARMS)
    assert all(alarmed["AlarmActions"] == [{"Ref": "Alarms"}] for alarmed in raised.values())
    assert admitted.count("cloudwatch.amazonaws.com") == 2


def test_without_an_address_nobody_is_subscribed() -> None:
    template = read_template()

    assert template["Parameters"]["OperatorEmail"]["Default"] == ""
    assert template["Resources"]["AlarmsSubscription"]["Condition"] == "OperatorIsNamed"


def test_spending_is_watched_only_where_somebody_named_a_sum_and_an_address() -> None:
    template = read_template()
    named, sum_given = template["Conditions"]["BudgetIsWatched"]["Fn::And"]

    assert template["Parameters"]["MonthlyBudget"]["Default"] == 0
    assert template["Resources"]["Budget"]["Condition"] == "BudgetIsWatched"
    assert named == {"Condition": "OperatorIsNamed"}
    assert sum_given == {"Fn::Not": [{"Fn::Equals": [{"Ref": "MonthlyBudget"}, "0"]}]}


def test_mail_is_never_tracked(resources: dict[str, Any]) -> None:
    events = resources["SesEvents"]["Properties"]["EventDestination"]["MatchingEventTypes"]

    assert not {"OPEN", "CLICK"} & set(events)


def test_the_same_sources_give_the_same_package(
    from_chalice: Path, built: Path, tmp_path: Path
) -> None:
    again = tmp_path / "deployment.zip"
    shutil.copy(from_chalice / "deployment.zip", again)

    package.finish(again)

    assert again.read_bytes() == (built / "deployment.zip").read_bytes()
