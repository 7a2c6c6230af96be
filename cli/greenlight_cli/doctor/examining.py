"""Everything that the doctor looks at, in the order in which it is told."""

from collections.abc import Callable, Iterator
from typing import Final

from greenlight import aws
from greenlight_cli.account.account import in_words
from greenlight_cli.doctor.checks import deploying, gates, hooks, needs, network, permissions, times, traffic
from greenlight_cli.doctor.finding import Finding, unknown
from greenlight_cli.doctor.subject import Subject

Look = Callable[[Subject], Iterator[Finding]]

LOOKS: Final[tuple[tuple[str, Look], ...]] = (
    (deploying.PLACE, deploying.look_at_deploying),
    (hooks.PLACE, hooks.look_at_hooks),
    (permissions.HOOKS_PLACE, permissions.look_at_hook_roles),
    (permissions.BALANCERS_PLACE, permissions.look_at_balancer_roles),
    (traffic.PLACE, traffic.look_at_traffic),
    (gates.PLACE, gates.look_at_gates),
    (gates.READERS_PLACE, gates.look_at_readers),
    (needs.PLACE, needs.look_at_needs),
    (needs.ALARMS_PLACE, needs.look_at_alarms),
    (times.PLACE, times.look_at_times),
    (network.PLACE, network.look_at_network),
)


def examine(subject: Subject) -> list[Finding]:
    """Look at everything; what AWS does not tell is found unknown, and the rest is looked at all the same."""
    return list(dict.fromkeys(_all(subject)))


def _all(subject: Subject) -> Iterator[Finding]:
    for place, look in LOOKS:
        try:
            yield from look(subject)
        except aws.AwsError as error:
            yield unknown(place, in_words(error))
