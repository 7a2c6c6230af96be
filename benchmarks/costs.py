"""What Greenlight costs: the stack while nobody deploys, one deployment, a fleet. List prices of us-east-1, no free tier.

    python benchmarks/costs.py

Prints the tables that docs/costs.md quotes; tests/unit/test_costs.py compares them. What a deployment takes was counted
in the rehearsal by tests/rehearsal/deployment_usage.py; how long functions run is assumed, see ASSUMED.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from math import ceil
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the template is read as the rehearsal reads it

from rehearsal.template import DeclaredResource, Template

ROOT: Final = Path(__file__).resolve().parent.parent

LOOKED_UP: Final = "2026-11-26"
HOURS_A_MONTH: Final = 730
_KILO: Final = 1024
_GIGA: Final = 1024**3


@dataclass(frozen=True)
class Price:
    """A list price of us-east-1.

    Attributes:
        what: What is paid for.
        dollars: How much, for `unit` of them.
        unit: How many.
        page: Where AWS says it.
        seen: A page with this very number; empty where none was found, so that it is from memory.
    """

    what: str
    dollars: float
    unit: float
    page: str
    seen: str = ""

    def of(self, amount: float) -> float:
        """Return what so many cost, in dollars."""
        return self.dollars * amount / self.unit


_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"
_DYNAMODB: Final = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_S3: Final = "https://aws.amazon.com/s3/pricing/"
_KMS: Final = "https://aws.amazon.com/kms/pricing/"
_VPC: Final = "https://aws.amazon.com/vpc/pricing/"
_SNS: Final = "https://aws.amazon.com/sns/pricing/"
_LAMBDA_SEEN: Final = "https://cloudchipr.com/blog/aws-lambda-pricing"
_DYNAMODB_SEEN: Final = "https://airbyte.com/data-engineering-resources/dynamodb-pricing"
_CLOUDWATCH_SEEN: Final = "https://signoz.io/guides/cloudwatch-pricing"
_SNS_SEEN: Final = "https://www.factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols/"
_S3_SEEN: Final = "https://devnotes.tech/understanding-aws-s3-pricing-a-complete-cost-breakdown-with-examples"
_MILLION: Final = 1_000_000

PRICES: Final[Mapping[str, Price]] = {
    "gb_second": Price("Lambda, a GB-second on arm64", 0.0000133334, 1, _LAMBDA, _LAMBDA_SEEN),
    "gb_second_x86": Price("Lambda, a GB-second on x86_64", 0.0000166667, 1, _LAMBDA, _LAMBDA_SEEN),
    "invocation": Price(
        "Lambda, a million invocations",
        0.20,
        _MILLION,
        _LAMBDA,
        "https://git.mcrn.ar/mariano/lambda_local_runner/src/commit/957e45b8adae23ce50b966346229585b5df18b4d/docs/lambdas-md/lambda-13-cost.md?display=rendered",
    ),
    "write": Price("DynamoDB on demand, a million write units", 0.625, _MILLION, _DYNAMODB, _DYNAMODB_SEEN),
    "read": Price("DynamoDB on demand, a million read units", 0.125, _MILLION, _DYNAMODB, _DYNAMODB_SEEN),
    "table": Price("DynamoDB, a GB-month", 0.25, 1, _DYNAMODB, "https://aws.amazon.com/dynamodb/pricing/"),
    "recovery": Price("DynamoDB, a GB-month of point-in-time recovery", 0.20, 1, _DYNAMODB),
    "publish": Price("SNS, a million messages published", 0.50, _MILLION, _SNS, _SNS_SEEN),
    "mail": Price("SNS, 100,000 e-mails", 2.00, 100_000, _SNS, _SNS_SEEN),
    "event": Price(
        "EventBridge, a million events of one's own",
        1.00,
        _MILLION,
        "https://aws.amazon.com/eventbridge/pricing/",
        "https://cloudburn.io/blog/amazon-eventbridge-pricing",
    ),
    "metric_data": Price(
        "CloudWatch, 1,000 metrics asked for by GetMetricData",
        0.01,
        1000,
        _CLOUDWATCH,
        "https://support.site24x7.com/portal/en/kb/articles/aws-cloudwatch-metrics-cost-calculation",
    ),
    "metric_month": Price("CloudWatch, a metric of one's own a month", 0.30, 1, _CLOUDWATCH, _CLOUDWATCH_SEEN),
    "metric_hour": Price(
        "CloudWatch, the same for an hour in which it gets values", 0.30 / HOURS_A_MONTH, 1, _CLOUDWATCH
    ),
    "alarm": Price(
        "CloudWatch, a metric that an alarm looks at, a month",
        0.10,
        1,
        _CLOUDWATCH,
        "https://github.com/infracost/infracost/pull/235",
    ),
    "log": Price(
        "CloudWatch Logs, a GB taken in",
        0.50,
        1,
        _CLOUDWATCH,
        "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/",
    ),
    "log_kept": Price("CloudWatch Logs, a GB-month kept", 0.03, 1, _CLOUDWATCH),
    "trace": Price(
        "X-Ray, a million traces",
        5.00,
        _MILLION,
        "https://aws.amazon.com/xray/pricing/",
        "https://aws.amazon.com/de/xray/pricing/",
    ),
    "key": Price("KMS, a key a month", 1.00, 1, _KMS, _KMS),
    "kms_request": Price("KMS, 10,000 requests", 0.03, 10_000, _KMS, "https://www.wring.co/blog/aws-kms-pricing-guide"),
    "put": Price("S3, 1,000 PUT", 0.005, 1000, _S3, _S3_SEEN),
    "get": Price("S3, 1,000 GET", 0.0004, 1000, _S3, _S3_SEEN),
    "bucket": Price("S3, a GB-month", 0.023, 1, _S3, _S3_SEEN),
    "endpoint_hour": Price(
        "interface endpoint, an hour in one zone",
        0.01,
        1,
        "https://aws.amazon.com/privatelink/pricing/",
        "https://awsnegotiations.com/privatelink-cost-analysis.html",
    ),
    "nat_hour": Price("NAT gateway, an hour", 0.045, 1, _VPC, "https://cloudburn.io/blog/aws-nat-gateway-pricing"),
}


@dataclass(frozen=True)
class Usage:
    """What one deployment takes, as tests/rehearsal/deployment_usage.py counts it.

    Attributes:
        functions: Functions that were invoked; the first call of each is taken for a cold start.
        invocations: Calls of hooks, and of the function on the events of ECS.
        suites: Gates that sent a smoke suite.
        writes: PutItem and UpdateItem.
        gets: GetItem.
        queries: Query.
        messages: Messages to the topic.
        events: Events to the bus.
        metric_calls: Calls of GetMetricData.
        service_series: Metrics with the service as a dimension that got a value.
        stage_series: Metrics by stage alone, which all services share.
        waiting_series: Those of both that get a value in each hour in which a gate waits.
        log_bytes: What the functions log, without what Lambda adds.
    """

    functions: float = 0
    invocations: float = 0
    suites: float = 0
    writes: float = 0
    gets: float = 0
    queries: float = 0
    messages: float = 0
    events: float = 0
    metric_calls: float = 0
    service_series: float = 0
    stage_series: float = 0
    waiting_series: float = 0
    log_bytes: float = 0

    def less(self, other: "Usage", parts: int) -> "Usage":
        """Return what one of so many parts of the difference takes."""
        return self._each(other, lambda mine, its: round((mine - its) / parts, 1))

    def with_polls(self, poll: "Usage", times: int) -> "Usage":
        """Return the same with so many more calls of a gate that waits."""
        return self._each(poll, lambda mine, its: mine + its * times)

    def times(self, count: int) -> "Usage":
        """Return the same so often."""
        return self._each(self, lambda mine, _: mine * count)

    def _each(self, other: "Usage", worked_out: Callable[[float, float], float]) -> "Usage":
        return Usage(*(worked_out(getattr(self, each.name), getattr(other, each.name)) for each in fields(self)))


USAGE: Final[Mapping[str, Usage]] = {
    "blue_green": Usage(
        functions=4,
        invocations=9,
        suites=3,
        writes=41,
        gets=42,
        queries=21,
        messages=1,
        events=4,
        metric_calls=0,
        service_series=20,
        stage_series=20,
        waiting_series=0,
        log_bytes=6787,
    ),
    "poll": Usage(
        functions=0.0,
        invocations=1.0,
        suites=0.0,
        writes=1.0,
        gets=4.0,
        queries=0.0,
        messages=0.0,
        events=0.0,
        metric_calls=0.0,
        service_series=0.0,
        stage_series=0.0,
        waiting_series=0.0,
        log_bytes=4223.9,
    ),
    "linear": Usage(
        functions=4,
        invocations=24,
        suites=5,
        writes=74,
        gets=75,
        queries=25,
        messages=3,
        events=11,
        metric_calls=6,
        service_series=26,
        stage_series=26,
        waiting_series=14,
        log_bytes=55868,
    ),
    "traffic_steps": Usage(
        functions=4,
        invocations=54,
        suites=3,
        writes=88,
        gets=42,
        queries=21,
        messages=1,
        events=5,
        metric_calls=12,
        service_series=23,
        stage_series=23,
        waiting_series=10,
        log_bytes=93202,
    ),
}
"""By what is played; `poll` is one more call of a gate that waits for people."""

APPROVAL_HOURS: Final = 4
POLLS: Final = APPROVAL_HOURS * 60
"""A gate that waits for people is called once a minute."""


@dataclass(frozen=True)
class Assumed:
    """What no rehearsal can count.

    Attributes:
        cold_seconds: Init phase and first call of a function.
        call_seconds: Every other call.
        suite_seconds: A smoke suite.
        write_units: Write units of a write: entries have up to 3 KB.
        entry_kilobytes: Size of an entry, for what a query reads.
        metrics_a_call: http_health against blue: requests and four measures, of green and of blue.
        kms_a_message: GenerateDataKey and Decrypt.
        platform_log_bytes: What Lambda logs of a call: start, end, report.
        report_puts: HTML, JSON and latest.json.
        report_kilobytes: Of all three.
    """

    cold_seconds: float = 2.0
    call_seconds: float = 0.5
    suite_seconds: float = 5.0
    write_units: int = 3
    entry_kilobytes: float = 3.0
    metrics_a_call: int = 10
    kms_a_message: int = 2
    platform_log_bytes: int = 700
    report_puts: int = 3
    report_kilobytes: float = 200.0


ASSUMED: Final = Assumed()


@dataclass(frozen=True)
class Case:
    """A deployment.

    Attributes:
        name: What it is.
        usage: What it takes.
        waits_hours: Hours in which a gate waits, besides the first.
        stages: Verdicts of a gate, each with a report where there are reports.
    """

    name: str
    usage: Usage
    waits_hours: int
    stages: int


def cases() -> tuple[Case, ...]:
    """Return the deployments that the page tells of."""
    linear = USAGE["linear"].with_polls(USAGE["poll"], POLLS)
    return (
        Case("BLUE_GREEN, smoke at three stages", USAGE["blue_green"], 0, 3),
        Case(f"LINEAR, three steps: smoke, metrics, {APPROVAL_HOURS} h of approval", linear, APPROVAL_HOURS, 5),
        Case("traffic_steps, four steps with metrics", USAGE["traffic_steps"], 1, 3),
    )


class Stack:
    """The stack of template.yaml, with its parameters' defaults."""

    def __init__(self, **parameters: str) -> None:
        self._template = Template.load(
            ROOT / "template.yaml", region="us-east-1", account_id="123456789012", parameters=parameters
        )

    @property
    def memory_gigabytes(self) -> float:
        """Memory of the functions; the largest, where they differ."""
        return max(function.memory for function in self._template.functions.values()) / 1024

    @property
    def alarm_metrics(self) -> int:
        """How many metrics the alarms look at."""
        return sum(map(_looked_at, self._template.resources("AWS::CloudWatch::Alarm")))

    def keys(self) -> int:
        """How many keys of its own the stack has."""
        return len(self._template.resources("AWS::KMS::Key"))


def _looked_at(alarm: DeclaredResource) -> int:
    metrics = alarm.properties.get("Metrics")
    return 1 if metrics is None else sum("MetricStat" in each for each in metrics)


def idle(stack: Stack) -> dict[str, float]:
    """Return what the stack costs a month while nobody deploys, in dollars."""
    return {
        f"KMS: {stack.keys()} key": PRICES["key"].of(stack.keys()),
        f"alarms: {stack.alarm_metrics} metrics": PRICES["alarm"].of(stack.alarm_metrics),
        "functions, layer, table, topic, rule, queue, log groups, roles": 0.0,
    }


def deployment(usage: Usage, stack: Stack, waits_hours: int) -> dict[str, float]:
    """Return what a deployment costs by service, in dollars.

    Args:
        usage: What it takes.
        stack: Whose functions they are.
        waits_hours: Hours in which a gate waits, besides the first.
    """
    seconds = (
        usage.functions * ASSUMED.cold_seconds
        + (usage.invocations - usage.functions) * ASSUMED.call_seconds
        + usage.suites * ASSUMED.suite_seconds
    )
    query_units = ceil(usage.invocations * ASSUMED.entry_kilobytes / 4)
    kilobytes = usage.writes * ASSUMED.entry_kilobytes
    log_gigabytes = (usage.log_bytes + usage.invocations * ASSUMED.platform_log_bytes) / _GIGA
    series_hours = usage.service_series + usage.stage_series + usage.waiting_series * waits_hours
    return {
        "Lambda": PRICES["gb_second"].of(seconds * stack.memory_gigabytes) + PRICES["invocation"].of(usage.invocations),
        "DynamoDB": PRICES["write"].of(usage.writes * ASSUMED.write_units)
        + PRICES["read"].of(usage.gets + usage.queries * query_units)
        + 3 * (PRICES["table"].of(kilobytes / _KILO**2) + PRICES["recovery"].of(kilobytes / _KILO**2)),
        "SNS, one e-mail each, and its key": PRICES["publish"].of(usage.messages)
        + PRICES["mail"].of(usage.messages)
        + PRICES["kms_request"].of(usage.messages * ASSUMED.kms_a_message),
        "EventBridge": PRICES["event"].of(usage.events),
        "GetMetricData": PRICES["metric_data"].of(usage.metric_calls * ASSUMED.metrics_a_call),
        "Greenlight's own metrics": PRICES["metric_hour"].of(series_hours),
        "logs, kept 90 days": PRICES["log"].of(log_gigabytes) + 3 * PRICES["log_kept"].of(log_gigabytes),
        "X-Ray": PRICES["trace"].of(usage.invocations),
    }


SERVICES, DEPLOYMENTS_EACH = 50, 20


def fleet(case: Case, stack: Stack) -> float:
    """Return what a fleet's deployments cost a month beside the idle stack, in dollars: no two in the same hour.

    Metrics by stage alone are the same for all services, so that they cost no more than the hours of the month.
    """
    deployments = SERVICES * DEPLOYMENTS_EACH
    each = deployment(case.usage, stack, case.waits_hours)
    waiting = case.usage.waiting_series * case.waits_hours
    shared_hours = min(
        (case.usage.stage_series + waiting / 2) * deployments, case.usage.stage_series * float(HOURS_A_MONTH)
    )
    own_hours = (case.usage.service_series + waiting / 2) * deployments
    rest = sum(cost for name, cost in each.items() if name != "Greenlight's own metrics")
    return rest * deployments + PRICES["metric_hour"].of(own_hours + shared_hours)


def metrics_by_the_month(case: Case) -> float:
    """Return what a fleet's metrics cost if each that got a value is paid for the whole month, in dollars."""
    return PRICES["metric_month"].of(SERVICES * case.usage.service_series + case.usage.stage_series)


def money(dollars: float) -> str:
    """Return dollars with the digits that say something."""
    if dollars == 0:
        return "0"
    digits = next(digits for least, digits in ((1, 2), (0.001, 4), (0, 6)) if dollars >= least)
    return f"{dollars:.{digits}f}"


def _table(head: str, rows: Iterator[str] | list[str]) -> str:
    columns = head.count("|") - 1
    return "\n".join([head, "|" + "---|" * columns, *rows])


def tables() -> dict[str, str]:
    """Return the tables of docs/costs.md, by name."""
    stack, played = Stack(), cases()
    still = idle(stack)
    costs = [deployment(case.usage, stack, case.waits_hours) for case in played]
    names = " | ".join(case.name for case in played)
    amounts = [*still.items(), ("**together**", sum(still.values()))]
    rows = [f"| {name} | " + " | ".join(money(each[name]) for each in costs) + " |" for name in costs[0]]
    rows.append("| **together** | " + " | ".join(f"**{money(sum(each.values()))}**" for each in costs) + " |")
    rows.append(
        "| without Greenlight's own metrics | "
        + " | ".join(money(sum(each.values()) - each["Greenlight's own metrics"]) for each in costs)
        + " |"
    )
    return {
        "idle": _table("| a month, nobody deploys | $ |", [f"| {name} | {money(cost)} |" for name, cost in amounts]),
        "usage": _table(f"| one deployment takes | {names} |", _usage_rows(played)),
        "deployment": _table(f"| one deployment, $ | {names} |", rows),
        "fleet": _table(
            f"| {SERVICES} services, {DEPLOYMENTS_EACH} deployments each, a month | $ |",
            [
                *(f"| all of them {case.name} | {money(fleet(case, stack))} |" for case in played),
                f"| at most for Greenlight's own metrics, were they paid by the month | {money(max(map(metrics_by_the_month, played)))} |",
                f"| and the idle stack | {money(sum(still.values()))} |",
            ],
        ),
        "changes": _table("| change | $ |", list(_changes(stack, played, sum(still.values())))),
        "prices": _table("| price | $ | AWS's page | confirmed |", list(_prices())),
    }


_USAGE_WORDS: Final = {
    "invocations": "invocations",
    "writes": "writes into the record",
    "gets": "reads of an entry",
    "queries": "queries",
    "messages": "messages",
    "events": "events",
    "metric_calls": "calls of GetMetricData",
    "service_series": "metrics of the service",
    "stage_series": "metrics of the stages",
    "log_bytes": "bytes of logs",
}


def _usage_rows(played: tuple[Case, ...]) -> Iterator[str]:
    for name, words in _USAGE_WORDS.items():
        yield f"| {words} | " + " | ".join(f"{getattr(case.usage, name):,.0f}" for case in played) + " |"


def _changes(stack: Stack, played: tuple[Case, ...], still: float) -> Iterator[str]:
    plain, waiting, _ = played
    seconds = POLLS * ASSUMED.call_seconds * stack.memory_gigabytes
    poll = deployment(USAGE["poll"].times(POLLS), stack, 0)
    kilobytes = ASSUMED.report_kilobytes * plain.stages
    report = PRICES["put"].of(ASSUMED.report_puts * plain.stages) + PRICES["get"].of(plain.stages)
    report += 3 * PRICES["bucket"].of(kilobytes / _KILO**2)
    more = Stack(SwitchParameterArns="arn:aws:ssm:us-east-1:123456789012:parameter/x")
    x86 = seconds * (PRICES["gb_second_x86"].dollars - PRICES["gb_second"].dollars)
    endpoints = PRICES["endpoint_hour"].of(HOURS_A_MONTH)
    metrics = PRICES["metric_hour"].of(waiting.usage.waiting_series * waiting.waits_hours)
    yield f"| an interface endpoint in one zone, a month | {money(endpoints)} |"
    yield f"| four of them in two zones, a month | {money(4 * 2 * endpoints)} |"
    yield f"| a NAT gateway instead, in one zone, a month | {money(PRICES['nat_hour'].of(HOURS_A_MONTH))} |"
    yield f"| reports of a deployment with three verdicts, kept 90 days | {money(report)} |"
    yield f"| the hook of PRODUCTION_TRAFFIC_SHIFT: its alarm, a month | {money(sum(idle(more).values()) - still)} |"
    yield f"| {APPROVAL_HOURS} h of an approval check: {POLLS} calls, without metrics | {money(sum(poll.values()))} |"
    yield f"| the same, its metrics | {money(metrics)} |"
    yield f"| the same on x86_64, more | {money(x86)} |"


def _prices() -> Iterator[str]:
    for price in PRICES.values():
        seen = f"[{LOOKED_UP}]({price.seen})" if price.seen else "**unconfirmed**"
        host = price.page.removeprefix("https://aws.amazon.com/").removesuffix("/")
        yield f"| {price.what} | {price.dollars:.10f}".rstrip("0").rstrip(".") + f" | [{host}]({price.page}) | {seen} |"


if __name__ == "__main__":
    print("\n\n".join(tables().values()))
