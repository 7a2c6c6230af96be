"""Scenes of the metrics check: what CloudWatch has of green and blue, good, bad, too little and none."""

from rehearsal.aws import metric_store
from tests.unit.checks.scenes.place import BLUE, GREEN
from tests.unit.checks.scenes.scene import AFTER, BEFORE, PRE, Blunder, Scene, Situation, as_it_is

LOAD_BALANCER = "AWS/ApplicationELB"
_NOW = "preset: http_health\ninitial_delay: 0s"
_LAG = "queries: {lag: {namespace: Shop, metric: Lag, stat: Maximum, dimensions: {Service: orders}}}"
_LIMIT = f"{_LAG}\nrules: [{{query: lag, max: 300}}]"
_SECONDS_BACK = 240
"""Inside the window of a measurement that is taken now: five minutes that end two minutes ago."""


def dimensions(place, revision):
    """The dimensions that a load balancer's metrics of a revision have."""
    service = place.service
    balancer = service.production_rule_arn.partition(":listener-rule/")[2].rsplit("/", 2)[0]
    return {"TargetGroup": place.groups[revision].rpartition(":")[2], "LoadBalancer": balancer}


def traffic(place, revision, requests, *, errors=0, refused=0, seconds=0.1, back=_SECONDS_BACK):
    """Requests that a revision answered, so many seconds ago."""
    here, at = dimensions(place, revision), place.now - back
    for number in range(requests):
        metric_store.put(LOAD_BALANCER, "RequestCount", here, 1, at)
        metric_store.put(LOAD_BALANCER, "TargetResponseTime", here, seconds, at)
        if number < errors:
            metric_store.put(LOAD_BALANCER, "HTTPCode_Target_5XX_Count", here, 1, at)
    for _ in range(refused):
        metric_store.put(LOAD_BALANCER, "TargetConnectionErrorCount", here, 1, at)


def _both(green=200, blue=1800, **bad):
    def arrange(place):
        metric_store.clear()
        traffic(place, BLUE, blue, errors=2)
        traffic(place, GREEN, green, **bad)

    return arrange


def _more(place):
    traffic(place, BLUE, 1800, errors=2)
    traffic(place, GREEN, 200)


def _lag(*values):
    def arrange(place):
        metric_store.clear()
        for value in values:
            metric_store.put("Shop", "Lag", {"Service": "orders"}, value, place.now - _SECONDS_BACK)

    return arrange


def _canary(situation, title, arrange, settings=_NOW, **keys):
    keys = {"stage": BEFORE, "weights": 10, **keys}
    return Scene("metrics", situation, title, settings, arrange, **keys)


def _own(situation, title, arrange, settings=_LIMIT, **keys):
    return Scene("metrics", situation, title, settings, arrange, **{"stage": PRE, **keys})


def _fault(settle):
    def arrange(place):
        _both()(place)
        settle(place.faults)

    return arrange


SCENES = (
    _canary(Situation.PASSED, "as good as blue, three times", _both(), later=(_more, _more)),
    _own(Situation.PASSED, "within a limit", _lag(20, 40)),
    _canary(
        Situation.PASSED,
        "held against blue as it was before the shift",
        _both(),
        f"{_NOW}\ncount: 1",
        stage=AFTER,
        weights=None,
    ),
    _canary(Situation.FAILED, "more errors than blue", _both(errors=9)),
    _canary(Situation.FAILED, "connections that fail", _both(refused=20)),
    _canary(Situation.FAILED, "slower than blue", _both(seconds=0.8)),
    _own(Situation.FAILED, "over a limit", _lag(20, 400)),
    _own(Situation.FAILED, "no data, which is not let through", _lag(), f"{_LIMIT}\nmissing_data: fail"),
    _own(
        Situation.FAILED,
        "neither good nor bad",
        _lag(400),
        f"{_LAG}\nrules: [{{query: lag, max: 300, fail_above: 600}}]",
    ),
    _own(
        Situation.FAILED,
        "an expression that CloudWatch refuses",
        _lag(1),
        f"{_LAG[:-1]}, twice: {{expression: 'lag *'}}}}\nrules: [{{query: twice, max: 300}}]",
    ),
    _own(
        Situation.PASSED,
        "neither good nor bad, which is let through",
        _lag(400),
        f"{_LAG}\nrules: [{{query: lag, max: 300, fail_above: 600}}]\non_inconclusive: pass",
    ),
    _canary(
        Situation.INCONCLUSIVE,
        "the first window is not over",
        _both(),
        "preset: http_health",
        todo="nothing: it is asked again when the time has come",
    ),
    _canary(
        Situation.INCONCLUSIVE,
        "one of three measurements",
        _both(),
        todo="nothing: it is asked again when the time has come",
    ),
    _canary(
        Situation.INCONCLUSIVE,
        "called too early",
        _both(),
        later=(lambda place: setattr(place, "now", place.now - 40),),
        todo="nothing: it is asked again when the time has come",
    ),
    _canary(
        Situation.INCONCLUSIVE,
        "too few requests",
        _both(green=12),
        todo="let the step last longer, or write a lower `min_samples` or `on_few_samples: pass`",
    ),
    _own(
        Situation.INCONCLUSIVE,
        "no data, which is waited for",
        _lag(),
        todo="see why no data comes, or write `missing_data: pass` or `zero`",
    ),
    _own(
        Situation.INCONCLUSIVE,
        "a division by zero",
        _lag(0),
        f"{_LAG[:-1]}, rate: {{expression: 100/lag}}}}\nrules: [{{query: rate, max: 300}}]",
        todo="write an expression that is a number for any data, or `not_a_number: fail`",
    ),
    _canary(
        Situation.ERROR,
        "a reply that makes no sense",
        _fault(lambda faults: faults.garble("cloudwatch", "GetMetricData", b"{}")),
        todo="nothing yet: it is asked again",
    ),
    _canary(
        Situation.THROTTLED,
        "throttled",
        _fault(lambda faults: faults.fail("cloudwatch", "GetMetricData", "Throttling")),
        todo="nothing yet: it is asked again",
    ),
    _canary(Situation.DENIED, "denied", _fault(lambda faults: faults.deny("cloudwatch", "GetMetricData"))),
    _canary(Situation.SKIPPED, "green has no traffic yet", _both(), weights=0),
    _canary(Situation.SKIPPED, "a stage before production", _both(), stage=PRE, weights=None),
    _canary(
        Situation.SKIPPED,
        "the service's first deployment",
        lambda place: place.created(),
        stage=AFTER,
        weights=None,
        later=(as_it_is,),
    ),
)

BLUNDERS = (
    Blunder("metrics", "no rule", "pre_scale_up:\n  metrics: {window: 5m}"),
    Blunder("metrics", "a rule without a limit", "pre_scale_up:\n  metrics: {rules: [{query: p95}]}"),
    Blunder("metrics", "a query that is not there", "pre_scale_up:\n  metrics: {rules: [{query: p96, max: 1}]}"),
    Blunder(
        "metrics",
        "an expression with a name that is none",
        "pre_scale_up:\n"
        "  metrics:\n"
        "    queries: {errors: {namespace: Shop, metric: Errors, stat: Sum}, rate: {expression: 100*error/2}}\n"
        "    rules: [{query: rate, max: 1}]",
    ),
    Blunder(
        "metrics",
        "a window that is no period",
        "pre_scale_up:\n  metrics: {preset: http_health, window: 90s}",
    ),
)
