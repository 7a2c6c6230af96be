"""What can be asked of a target group by a word of its own.

Metrics, statistics and dimensions: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

NAMESPACE: Final = "AWS/ApplicationELB"
REQUESTS: Final = ("RequestCount", "Sum")
"""The metric and statistic that samples are counted by."""

OWN_RATIO: Final = 1.2
"""How much worse than blue a query may be that is no measure, unless the file says otherwise."""


@dataclass(frozen=True)
class Measure:
    """A measure of a target group.

    Attributes:
        metric: The metric of the load balancer.
        stat: The statistic of it.
        unit: What stands behind a number.
        ratio: How many times blue's value green may have, where the file does not say.
        slack: How much may come on top of that, in the measure's unit.
        share: Whether it is told in percent of the requests. A count that CloudWatch does not have is 0 then: the load
            balancer reports errors only where there are some.
    """

    metric: str
    stat: str
    unit: str
    ratio: float = OWN_RATIO
    slack: float = 0.0
    share: bool = False


def _percentile(name: str, ratio: float, slack: float) -> Measure:
    return Measure("TargetResponseTime", name, "s", ratio, slack)


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "5xx_rate": Measure("HTTPCode_Target_5XX_Count", "Sum", "%", 1.5, 0.5, share=True),
        "connection_error_rate": Measure("TargetConnectionErrorCount", "Sum", "%", 1.5, 0.5, share=True),
        "p50": _percentile("p50", 1.5, 0.05),
        "p95": _percentile("p95", 1.5, 0.1),
        "p99": _percentile("p99", 2.0, 0.25),
        "request_count": Measure(*REQUESTS, ""),
    }
)
"""By name; a percentile counts the seconds from the request that left the load balancer to the first byte of the answer."""

COUNTS_REQUESTS: Final = "request_count"
