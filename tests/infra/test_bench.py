"""The page of figures: each run renews what it measured, and leaves the rest."""

from __future__ import annotations

from pathlib import Path

import boto3
from moto import mock_aws

from infra.bench.meter import Meter
from infra.bench.report import Table, renew


def test_a_run_renews_its_own_sections_and_keeps_the_others(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    renew(page, "# Performance", {"stack": "2,000 guests", "speed": "slow"})

    renew(page, "# Performance", {"speed": "fast"})

    assert page.read_text("utf-8") == (
        "# Performance\n\n<!-- speed -->\nfast\n\n<!-- stack -->\n2,000 guests\n"
    )


def test_what_was_measured_at_several_sizes_stands_there_for_each(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    renew(page, "# Performance", {"crowd": "fifty", "stack_10000": "half an hour"})

    renew(page, "# Performance", {"stack_2000": "minutes"})

    assert page.read_text("utf-8") == (
        "# Performance\n\n<!-- stack_2000 -->\nminutes\n\n<!-- stack_10000 -->\nhalf an hour"
        "\n\n<!-- crowd -->\nfifty\n"
    )


def test_a_table_says_below_it_what_its_figures_mean() -> None:
    table = Table(("What", "Seconds"), [("Second start", "1.8")], ("On a laptop.",))

    assert str(table) == "| What | Seconds |\n| --- | --- |\n| Second start | 1.8 |\n\nOn a laptop."


def test_only_what_happens_during_an_action_is_counted() -> None:
    aws = boto3.Session("testing", "testing", region_name="eu-west-1")
    meter = Meter(aws)
    with mock_aws():
        queues = aws.client("sqs")
        queues.create_queue(QueueName="before")
        with meter.of("look"):
            queues.list_queues()

    (cost,) = meter.costs
    assert (cost.action, dict(cost.calls)) == ("look", {"ListQueues": 1})
