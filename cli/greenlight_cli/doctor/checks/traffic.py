"""The way of traffic: two target groups, a production rule with both, and a test rule that leads to one of them.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from greenlight.checks.smoke import SmokeCheck
from greenlight.deployment.routes import group_name, shares
from greenlight.stages import TESTING
from greenlight_cli.doctor.elb import Rule, balancer_of, listener_of, read_group, read_rule, short
from greenlight_cli.doctor.finding import Finding, error, fine, warning
from greenlight_cli.doctor.guards import Guard
from greenlight_cli.doctor.subject import Subject

PLACE: Final = "load balancer"
_DEFAULT_PRIORITY: Final = "default"
_WHOLE: Final = 100.0
_SLOW_SECONDS: Final = 300
_CLIENT_ERRORS: Final = range(400, 500)
# What has to be alike, because both groups get green in turn.
_ALIKE: Final = (
    "Protocol",
    "HealthCheckProtocol",
    "HealthCheckPort",
    "HealthCheckPath",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
    "Matcher",
)


def look_at_traffic(subject: Subject) -> Iterator[Finding]:
    """Look at every load balancer of the service.

    Raises:
        AwsError: When ELB does not tell.
    """
    if not subject.balancers:
        yield fine(PLACE, "the service has none; ECS moves no listener rules")
    for balancer in subject.balancers:
        advanced = balancer.get("advancedConfiguration") or {}
        alternate = advanced.get("alternateTargetGroupArn")
        if not alternate or not advanced.get("productionListenerRule"):
            lacks = "no alternateTargetGroupArn" if not alternate else "no productionListenerRule"
            yield error(
                PLACE,
                f"the service's advancedConfiguration has {lacks}, so that ECS cannot move traffic to green",
                "give it two target groups and the production rule that forwards to both",
            )
            continue
        groups = (str(balancer["targetGroupArn"]), str(alternate))
        yield from _groups(subject, groups)
        yield from _rules(subject, groups, advanced)


def _groups(subject: Subject, arns: tuple[str, str]) -> Iterator[Finding]:
    if arns[0] == arns[1]:
        yield error(
            f"target group {group_name(arns[0])}",
            "it is the first and the alternate target group, so that blue and green would share it",
            "make a second target group, and name it as alternateTargetGroupArn",
        )
        return
    records: list[Mapping[str, Any]] = []
    for arn in arns:
        record = read_group(subject, arn)
        if record is None:
            yield error(
                f"target group {group_name(arn)}", "it does not exist", "make it, and put it on the production rule"
            )
            continue
        records.append(record)
        found = [*_group(subject, record)]
        yield from found
        if not found:
            yield fine(f"target group {group_name(arn)}", _health(record))
    if len(records) == len(arns):
        yield from _differences(records[0], records[1])


def _group(subject: Subject, record: Mapping[str, Any]) -> Iterator[Finding]:
    place = f"target group {record['TargetGroupName']}"
    # Tasks with a network of their own are registered by address, others by instance:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html
    wanted = "ip" if subject.service.get("networkConfiguration") else "instance"
    if record.get("TargetType") != wanted:
        yield error(
            place,
            f"its targets are of type {record.get('TargetType')}, and the service's tasks are registered by {wanted}",
            f"make a target group of type {wanted}: the type of one cannot be changed",
        )
    if record.get("HealthCheckEnabled") is False:
        yield error(
            place, "its health check is off, so that ECS takes every green for healthy", "switch the health check on"
        )
        return
    seconds = _seconds_to_health(record)
    if seconds > _SLOW_SECONDS:
        yield warning(
            place,
            f"a target is healthy after {seconds} s at the earliest, and every deployment waits for that",
            "make HealthCheckIntervalSeconds or HealthyThresholdCount smaller",
        )
    codes = str((record.get("Matcher") or {}).get("HttpCode") or "")
    if any(_overlaps(part, _CLIENT_ERRORS) for part in codes.split(",") if part):
        yield warning(
            place,
            f"its health check takes {codes} for healthy, so that an application without its pages passes",
            "let Matcher be 200, or 200-399",
        )


def _seconds_to_health(record: Mapping[str, Any]) -> int:
    return int(record.get("HealthCheckIntervalSeconds") or 0) * int(record.get("HealthyThresholdCount") or 0)


def _health(record: Mapping[str, Any]) -> str:
    path = record.get("HealthCheckPath") or record.get("HealthCheckProtocol")
    return f"healthy after {_seconds_to_health(record)} s of {path}"


def _overlaps(part: str, codes: range) -> bool:
    first, _, last = part.strip().partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return False
    return int(first) < codes.stop and int(last or first) >= codes.start


def _differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Finding]:
    different = [key for key in _ALIKE if first.get(key) != second.get(key)]
    if different:
        yield warning(
            f"target groups {first['TargetGroupName']} and {second['TargetGroupName']}",
            f"they differ in {', '.join(different)}, and green is in each of them every other time",
            "make them alike",
        )


def _rules(subject: Subject, groups: tuple[str, str], advanced: Mapping[str, Any]) -> Iterator[Finding]:
    production_arn, test_arn = str(advanced["productionListenerRule"]), advanced.get("testListenerRule")
    production = read_rule(subject, production_arn)
    if production is None:
        yield error(
            "production rule",
            f"{short(production_arn)} does not exist",
            "name the rule that users' requests go through as productionListenerRule",
        )
    else:
        found = [*_forwards("production rule", production), *_production(subject, groups, production)]
        yield from found
        if not found:
            yield fine("production rule", shares(production.weights))
    yield from _test_rule(subject, groups, production, production_arn, str(test_arn or ""))


def _forwards(place: str, rule: Rule) -> Iterator[Finding]:
    if not rule.forwards_only:
        yield error(
            place,
            f"its actions are {', '.join(rule.actions) or 'none'}, and a deployment fails at a rule that does more than "
            "forward",
            "let it forward and nothing else",
        )


def _production(subject: Subject, groups: tuple[str, str], rule: Rule) -> Iterator[Finding]:
    missing = [group_name(arn) for arn in groups if arn not in rule.weights]
    if rule.is_listener and len(missing) < len(groups):
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/nlb-resources-for-blue-green.html shows it with one group.
        missing = []
    if missing and rule.forwards_only:
        yield error(
            "production rule",
            f"it does not forward to {' and '.join(missing)}, so that ECS cannot move traffic there",
            "let it forward to both target groups, with weights of 1 and 0",
        )
    elif rule.weights and [each for each in rule.weights.values() if each] != [_WHOLE] and not subject.under_way():
        yield error(
            "production rule",
            f"its traffic is shared though nothing is deployed: {shares(rule.weights)}",
            "give all of it to the group of the running revision, and 0 to the other",
        )


def _test_rule(
    subject: Subject, groups: tuple[str, str], production: Rule | None, production_arn: str, arn: str
) -> Iterator[Finding]:
    place = "test rule"
    if not arn:
        stages = [guard.stage for guard in subject.guards if _tests(guard)]
        cure = "make a listener or a rule for tests, and name it as testListenerRule"
        if stages:
            text = f"the service has none, so that no test at {', '.join(stages)} can reach green before users do"
            yield error(place, text, cure)
        else:
            yield warning(place, "the service has none, so that nobody can reach green before users do", cure)
        return
    if arn == production_arn:
        yield error(
            place,
            "it is the production rule as well, so that users would get test traffic",
            "make a rule of its own for tests",
        )
        return
    rule = read_rule(subject, arn)
    if rule is None:
        yield error(place, f"{short(arn)} does not exist", "make it again, and name it as testListenerRule")
        return
    found = [*_forwards(place, rule), *_test(groups, rule), *_beside(production, rule, production_arn)]
    yield from found
    if not found:
        yield fine(place, shares(rule.weights))


def _tests(guard: Guard) -> bool:
    """Tell whether a gate asks over the test rule; one that could not be read may."""
    if guard.gate is None:
        return guard.stage in TESTING
    return any(
        each.check.over_listeners and each.check.target == "test"
        if isinstance(each.check, SmokeCheck)
        else each.check.kind == "routing" and guard.stage in TESTING
        for each in guard.gate.checks
    )


def _test(groups: tuple[str, str], rule: Rule) -> Iterator[Finding]:
    reached = [arn for arn, weight in rule.weights.items() if weight and arn in groups]
    if rule.forwards_only and not reached:
        yield error(
            "test rule",
            f"it leads to none of the service's target groups: {shares(rule.weights)}",
            "let it forward to one of them",
        )


def _beside(production: Rule | None, test: Rule, production_arn: str) -> Iterator[Finding]:
    """Compare the two rules: ELB lets a target group belong to one load balancer.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html
    """
    if balancer_of(test.arn) != balancer_of(production_arn):
        yield error(
            "test rule",
            f"it is at load balancer {short(balancer_of(test.arn))}, and the production rule at "
            f"{short(balancer_of(production_arn))}",
            "let both be at one load balancer: a target group belongs to one",
        )
    if production is None or listener_of(test.arn) != listener_of(production_arn):
        return
    if _order(test) > _order(production) and not production.record.get("IsDefault"):
        yield warning(
            "test rule",
            f"it comes after the production rule of the same listener (priority {test.record.get('Priority')} after "
            f"{production.record.get('Priority')}), which takes what it matches first",
            "give it the smaller priority",
        )


def _order(rule: Rule) -> float:
    priority = str(rule.record.get("Priority") or _DEFAULT_PRIORITY)
    return float(priority) if priority.isdigit() else float("inf")
