"""What an Application Load Balancer tells CloudWatch about the requests that it passes on.

Names, dimensions and meanings are those of
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from collections.abc import Callable, Iterator, Mapping

from rehearsal.load_balancer.exchange import Exchange

NAMESPACE = "AWS/ApplicationELB"

Put = Callable[[str, str, Mapping[str, str], float, float], None]
"""Takes namespace, metric, dimensions, value, and when, in seconds since the epoch."""


class RequestMetrics:
    """An observer of a load balancer that records its metrics.

    A metric is recorded where it occurs, and is missing where nothing did: AWS says that "if there are no requests flowing
    through the load balancer or no data for a metric, the metric is not reported". Its page says of the target's codes that
    they are reported as soon as there are registered targets, where it said "there is a nonzero value" before; whoever reads
    them has to do with either. Of the dimensions there are those with a target group; AWS has each metric for the load
    balancer alone and for each Availability Zone besides.

    Args:
        put: Where to.
        now: The time to record, in seconds since the epoch.
    """

    def __init__(self, put: Put, now: Callable[[], float]) -> None:
        self._put = put
        self._now = now

    def __call__(self, exchange: Exchange) -> None:
        """Record what an exchange means for the metrics."""
        now = self._now()
        whole = {"LoadBalancer": load_balancer_dimension(exchange.listener_arn)}
        group = {"TargetGroup": target_group_dimension(exchange.target_group_arn), **whole}
        for metric, value in _of_target(exchange):
            self._put(NAMESPACE, metric, group, value, now)
        if exchange.own_status is not None:
            # The load balancer's own codes have no target group.
            self._put(NAMESPACE, f"HTTPCode_ELB_{exchange.own_status // 100}XX_Count", whole, 1, now)


def load_balancer_dimension(listener_arn: str) -> str:
    """Return the ``LoadBalancer`` dimension, ``app/name/id``, of the load balancer that a listener belongs to."""
    return listener_arn.partition(":listener/")[2].rpartition("/")[0]


def target_group_dimension(target_group_arn: str) -> str:
    """Return the ``TargetGroup`` dimension, ``targetgroup/name/id``."""
    return target_group_arn.rpartition(":")[2]


def _of_target(exchange: Exchange) -> Iterator[tuple[str, float]]:
    # "Only incremented for requests where the load balancer node was able to choose a target."
    yield "RequestCount", 1
    if not exchange.reached:
        yield "TargetConnectionErrorCount", 1
    if exchange.status is not None and exchange.seconds is not None:
        yield f"HTTPCode_Target_{exchange.status // 100}XX_Count", 1
        yield "TargetResponseTime", exchange.seconds
