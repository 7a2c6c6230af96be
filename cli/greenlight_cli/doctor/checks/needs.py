"""What single checks of the gates need of the service and of the stack."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from greenlight.checks.alarms.asking import NAMES_A_CALL
from greenlight.checks.alarms.settings import AlarmsSettings, parse_arn
from greenlight.checks.approval.settings import ApprovalSettings
from greenlight.checks.smoke import SmokeSettings
from greenlight.checks.switch import SwitchSettings
from greenlight.checks.traffic_steps.settings import TrafficStepsSettings
from greenlight_cli.doctor.finding import Finding, error, fine, warning
from greenlight_cli.doctor.guards import Guard
from greenlight_cli.doctor.hook import PAUSE
from greenlight_cli.doctor.roles import look_at_rights
from greenlight_cli.doctor.subject import Subject

PLACE: Final = "needs of the gates"
ALARMS_PLACE: Final = "alarms"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
_TYPES: Final = ("MetricAlarm", "CompositeAlarm", "LogAlarm")
_LISTS: Final = ("MetricAlarms", "CompositeAlarms", "LogAlarms")


def look_at_needs(subject: Subject) -> Iterator[Finding]:
    """Look whether each check of the gates can do its work with this service.

    Raises:
        AwsError: When Lambda or IAM does not tell.
    """
    for guard in subject.guards:
        for each in guard.gate.checks if guard.gate else ():
            settings = each.check.settings
            place = f"{guard.place}, {each.name}"
            if isinstance(settings, ApprovalSettings):
                yield from _approval(subject, guard, place)
            elif isinstance(settings, TrafficStepsSettings):
                yield from _traffic_steps(subject, place)
            elif isinstance(settings, SwitchSettings):
                yield from _switch(subject, guard, settings, place)
            elif isinstance(settings, SmokeSettings) and settings.endpoint is None and not subject.balancers:
                yield error(
                    place,
                    "it asks over a listener, and the service has no load balancer",
                    "give the check an `endpoint`, as http://host:port",
                )


def look_at_alarms(subject: Subject) -> Iterator[Finding]:
    """Look whether the alarms are there that the gates and the service itself go by.

    Raises:
        AwsError: When CloudWatch does not tell.
    """
    own = subject.configuration.get("alarms") or {}
    if own.get("enable") and own.get("alarmNames"):
        yield from _missing(subject, "service", own["alarmNames"], "take it out of deploymentConfiguration.alarms")
    for guard in subject.guards:
        for each in guard.gate.checks if guard.gate else ():
            settings = each.check.settings
            if isinstance(settings, AlarmsSettings):
                yield from _alarms(subject, settings, f"{guard.place}, {each.name}")


def _approval(subject: Subject, guard: Guard, place: str) -> Iterator[Finding]:
    if not subject.variables(guard.hook.target).get("RECORD"):
        yield error(
            place,
            "the stack keeps no record, so that nobody can be asked",
            "deploy it with RecordRetentionDays of at least 1",
        )
    if any(hook.kind == PAUSE and guard.stage in hook.stages for hook in subject.hooks):
        yield warning(
            place,
            f"a PAUSE hook waits at {guard.stage}, too, so that people are asked twice",
            "use one of the two: take the check out, or deploy the stack with ApprovalHook none and attach again",
        )


def _traffic_steps(subject: Subject, place: str) -> Iterator[Finding]:
    if subject.strategy != "BLUE_GREEN":
        yield error(
            place,
            f"it works with the strategy BLUE_GREEN alone, and the service has {subject.strategy}, which moves traffic "
            "in steps itself",
            "take traffic_steps out, or change the strategy",
        )
        return
    rules = [str((each.get("advancedConfiguration") or {}).get("productionListenerRule")) for each in subject.balancers]
    if not rules:
        yield error(
            place,
            "it sets the weights of a production rule, and the service has no load balancer",
            "take traffic_steps out; LINEAR and CANARY work with Service Connect, too",
        )
    elif (subject.stack.parameters if subject.stack else {}).get("TrafficSteps", "off") != "on":
        yield error(
            place,
            "the stack was deployed with TrafficSteps off, so that its functions may not set weights",
            "deploy it with TrafficSteps on",
        )


def _switch(subject: Subject, guard: Guard, settings: SwitchSettings, place: str) -> Iterator[Finding]:
    role = (subject.function(guard.hook.target) or {}).get("Role")
    arn = f"arn:{subject.partition}:ssm:{subject.region}:{subject.account_id}:parameter{settings.parameter}"
    if role:
        wanted = {"ssm:PutParameter": [arn], "ssm:GetParameter": [arn]}
        cure = "name it in the stack's parameter SwitchParameterArns"
        found = list(look_at_rights(subject, str(role), wanted, "switch", cure))
        yield from found
        if not found:
            yield fine(place, f"its function may write {settings.parameter}")


def _alarms(subject: Subject, settings: AlarmsSettings, place: str) -> Iterator[Finding]:
    cure = "correct the name, or make the alarm before the next deployment"
    yield from _missing(subject, place, settings.names, cure)
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for arn in map(parse_arn, settings.arns):
        elsewhere[arn.region].append(arn.name)
    for region, names in elsewhere.items():
        yield from _missing(subject, place, names, cure, region=region)
    if settings.prefix is not None:
        reply = subject.ask(
            "cloudwatch", "describe_alarms", AlarmNamePrefix=settings.prefix, AlarmTypes=list(_TYPES), MaxRecords=1
        )
        if not any(reply.get(each) for each in _LISTS):
            yield error(place, f'no alarm begins with "{settings.prefix}"', "correct the prefix, or make such an alarm")


def _missing(
    subject: Subject, place: str, names: Sequence[str], cure: str, *, region: str | None = None
) -> Iterator[Finding]:
    found: set[str] = set()
    for start in range(0, len(names), NAMES_A_CALL):
        some = list(names[start : start + NAMES_A_CALL])
        reply = subject.ask("cloudwatch", "describe_alarms", region=region, AlarmNames=some, AlarmTypes=list(_TYPES))
        found |= {str(alarm["AlarmName"]) for each in _LISTS for alarm in reply.get(each) or ()}
    missing = [name for name in names if name not in found]
    where = f" in {region}" if region else ""
    for name in missing:
        yield error(place, f'there is no alarm "{name}"{where}', cure)
    if names and not missing:
        yield fine(place, f"its {len(names)} alarm(s) are there{where}")
