"""docs/costs.md says what benchmarks/costs.py works out, and that what the template and the rehearsal say."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from benchmarks.costs import PRICES, USAGE, Stack, cases, deployment, fleet, idle, money, tables
from rehearsal.cloudformation import read
from tests.rehearsal.deployment_usage import play, settled
from tests.rehearsal.promotions import deployed

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "costs.md").read_text(encoding="utf-8")
FREE_WHILE_IDLE = {
    "AWS::CloudWatch::Alarm",  # and these two are counted
    "AWS::KMS::Key",
    "AWS::DynamoDB::Table",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::Serverless::Function",
    "AWS::Serverless::LayerVersion",
}


@pytest.mark.parametrize("name", list(tables()))
def test_the_page_quotes_the_script(name):
    """Run `python benchmarks/costs.py`, and put its tables into the page."""
    assert tables()[name] in PAGE


def test_the_script_prints_all_tables():
    """As a program, from anywhere."""
    command = [sys.executable, str(ROOT / "benchmarks" / "costs.py")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "\n\n".join(tables().values()) == printed.rstrip("\n")


def test_nothing_in_the_stack_costs_unseen():
    """A new type of resource has to be priced, or known to cost nothing while nobody uses it."""
    resources = read(ROOT / "template.yaml")["Resources"].values()
    assert set() == {each["Type"] for each in resources} - FREE_WHILE_IDLE


def test_the_idle_stack_is_its_key_and_its_alarms():
    """A dollar, and ten cents for each metric that an alarm looks at."""
    stack = Stack()
    assert 1.0 + 0.1 * stack.alarm_metrics == pytest.approx(sum(idle(stack).values()))
    assert 14 <= stack.alarm_metrics


def test_prices_have_their_page():
    """Of AWS; where no page with the number was found, the table says so."""
    for price in PRICES.values():
        assert re.match(r"https://aws\.amazon\.com/\w+/pricing/", price.page)
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {price.what} |"))
        assert bool(price.seen) is ("unconfirmed" not in row)


def test_a_deployment_is_the_sum_of_its_parts():
    """By hand: Lambda's part of the plainest case."""
    plain = cases()[0]
    seconds = plain.usage.functions * 2.0 + (plain.usage.invocations - plain.usage.functions) * 0.5 + 3 * 5.0
    expected = seconds * 0.5 * 0.0000133334 + plain.usage.invocations * 0.0000002
    assert expected == pytest.approx(deployment(plain.usage, Stack(), 0)["Lambda"])


def test_a_fleet_shares_the_metrics_by_stage():
    """So that a thousand deployments cost less than a thousand times one."""
    for case in cases():
        alone = sum(deployment(case.usage, Stack(), case.waits_hours).values())
        assert 0 < fleet(case, Stack()) < 1000 * alone


@pytest.mark.parametrize(("dollars", "text"), [(0, "0"), (14.2, "14.20"), (0.0164, "0.0164"), (0.00004, "0.000040")])
def test_money_has_the_digits_that_say_something(dollars, text):
    """Cents are too coarse for one deployment."""
    assert text == money(dollars)


def test_a_deployment_takes_no_more_than_the_page_says():
    """Played; python -m tests.rehearsal.deployment_usage counts all cases anew."""
    with deployed() as stack:
        settled(stack)
        played = play(stack, {}, 3)
    for field in fields(played):
        most, counted = getattr(USAGE["blue_green"], field.name), getattr(played, field.name)
        assert counted <= 1.1 * most, f"{field.name}: {counted}, and costs.py says {most}"
