"""What whole deployments ask of AWS and write: played in the rehearsal, and counted for benchmarks/costs.py.

    python -m tests.rehearsal.deployment_usage

Prints the numbers that USAGE of benchmarks/costs.py holds, in about two minutes.
"""

import json
import sys
import threading
from contextlib import contextmanager

from benchmarks.costs import Usage
from tests.rehearsal.promotions import BEFORE, HEALTH, deployed

PRE, POST_TEST = "PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT"
_SMOKE = {"smoke": {"suite": HEALTH}}
EVERYWHERE = {PRE: _SMOKE, POST_TEST: _SMOKE, BEFORE: _SMOKE}
# With the preset's own settings a rehearsal would need thousands of users; what is asked does not depend on them.
_HEALTHY = {"preset": "http_health", "on_few_samples": "pass", "missing_data": "zero"}
_APPROVAL = {"approval": {"timeout": "4h"}}
_STEPS = {"traffic_steps": {"steps": [5, 25, 50, 75], "bake": "5m", "metrics": _HEALTHY}}
_LINEAR = {"strategy": "LINEAR", "step_percent": 34, "step_bake_minutes": 10}
_WAITS, _MORE_WAITS = 5, 10
_CLOUDWATCH_OVERHEAD_BYTES = 26
"""What CloudWatch Logs counts besides an event's text: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""

_COUNTED = [
    *(("dynamodb", name) for name in ("PutItem", "UpdateItem", "GetItem", "Query")),
    ("sns", "Publish"),
    ("events", "PutEvents"),
    ("cloudwatch", "GetMetricData"),
]


class Meter:
    """Counts what the functions of a stack ask and write while the block runs.

    Args:
        stack: The deployed template.
    """

    def __init__(self, stack):
        self._stack, self._lock = stack, threading.Lock()
        self._functions = []
        self._log_bytes = 0
        self._metrics = {}

    @contextmanager
    def running(self):
        """Count."""
        invoker, faults = self._stack.invoker, self._stack.world.aws.faults
        original = invoker.invoke

        def invoke(function_arn, event):
            invocation = original(function_arn, event)
            with self._lock:
                self._functions.append(function_arn)
                for line in invocation.log_lines:
                    self._read(line)
            return invocation

        before = {call: faults.calls(*call) for call in _COUNTED}
        invoker.invoke = invoke
        try:
            yield
        finally:
            invoker.invoke = original
            self._calls = {call: faults.calls(*call) - count for call, count in before.items()}

    def _read(self, line):
        self._log_bytes += len(line.encode()) + _CLOUDWATCH_OVERHEAD_BYTES
        if '"CloudWatchMetrics"' not in line:
            return
        read = json.loads(line)
        (directive,) = read["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]:
            status = "waits" if "VerdictInProgress" in read else "decides"
            place = ("service" if "service" in dimensions else "stage", status)
            found = self._metrics.setdefault(place, set())
            found |= {(each["Name"], *(read[name] for name in dimensions)) for each in directive["Metrics"]}

    def usage(self, suites):
        """Return what was counted.

        Args:
            suites: How many gates had a smoke suite to send.
        """

        def series(kind, *statuses):
            return len(set().union(*(self._metrics.get((kind, each), set()) for each in statuses)))

        def of(service, *operations):
            return sum(self._calls[service, operation] for operation in operations)

        return Usage(
            functions=len(set(self._functions)),
            invocations=len(self._functions),
            suites=suites,
            writes=of("dynamodb", "PutItem", "UpdateItem"),
            gets=of("dynamodb", "GetItem"),
            queries=of("dynamodb", "Query"),
            messages=of("sns", "Publish"),
            events=of("events", "PutEvents"),
            metric_calls=of("cloudwatch", "GetMetricData"),
            service_series=series("service", "waits", "decides"),
            stage_series=series("stage", "waits", "decides"),
            waiting_series=series("service", "waits") + series("stage", "waits"),
            log_bytes=self._log_bytes,
        )


def approving(waits):
    """Return what approves once the gate before production has waited so often."""
    seen = 0

    def when(answer):
        nonlocal seen
        seen += bool(answer.waits)
        if answer.waits and seen == waits:
            answer.stack.decide("approve", answer.deployment)

    return when


def play(stack, gate, suites, when=lambda _: None, **settings):
    """Deploy once with a gate before production, and return what that took.

    Raises:
        RuntimeError: When the deployment does not end well.
    """
    meter = Meter(stack)
    with meter.running():
        played = stack.deploy({**EVERYWHERE, BEFORE: {**_SMOKE, **gate}}, when=when, **settings)
    if played.ending != ("SUCCESSFUL", "CLEAN_UP"):
        raise RuntimeError(f"the deployment ended otherwise: {played.result.explanation}")
    return meter.usage(suites)


def settled(stack):
    """Deploy until the function on the events of ECS finds three older deployments, as it does in every later one."""
    for _ in range(3):
        play(stack, {}, 3)


def counted():
    """Play all that USAGE tells of; its lines, one after another."""
    with deployed() as stack:
        settled(stack)
        yield f'"blue_green": {play(stack, {}, 3)},'
        few, many = (play(stack, _APPROVAL, 3, approving(waits)) for waits in (_WAITS, _WAITS + _MORE_WAITS))
        yield f'"poll": {many.less(few, _MORE_WAITS)},'
        linear = play(stack, {**_APPROVAL, "metrics": _HEALTHY}, 5, approving(_WAITS), **_LINEAR)
        yield f'"linear": {linear},'
        yield f'"traffic_steps": {play(stack, _STEPS, 3)},'


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in counted())
