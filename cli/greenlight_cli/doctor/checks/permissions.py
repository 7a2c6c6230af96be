"""Whether ECS may do what a deployment needs: invoke the hooks, and move traffic."""

from collections import defaultdict
from collections.abc import Iterator

from greenlight_cli.doctor.elb import listener_of
from greenlight_cli.doctor.finding import Finding, error, fine
from greenlight_cli.doctor.hook import AWS_LAMBDA
from greenlight_cli.doctor.roles import look_at_rights, look_at_trust, name_of
from greenlight_cli.doctor.subject import Subject

HOOKS_PLACE = "roles of the hooks"
BALANCERS_PLACE = "role of the load balancer"
_MANAGED = "iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"


def look_at_hook_roles(subject: Subject) -> Iterator[Finding]:
    """Look at the roles by which ECS invokes functions.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-permissions.html

    Raises:
        AwsError: When IAM does not tell.
    """
    targets: dict[str, list[str]] = defaultdict(list)
    for hook in subject.hooks:
        if hook.kind == AWS_LAMBDA and hook.role_arn:
            targets[hook.role_arn].append(str(hook.record.get("hookTargetArn") or ""))
    for arn, functions in targets.items():
        found = list(look_at_trust(subject, arn, "invoke the hooks"))
        cure = "allow lambda:InvokeFunction for it in the role's policy; the stack's own role (EcsHookRoleArn) has it"
        if not found:
            wanted = {"lambda:InvokeFunction": functions}
            found = list(look_at_rights(subject, arn, wanted, "invoke the hook", cure))
        yield from found
        if not found:
            yield fine(f"role {name_of(arn)}", f"ECS may assume it, and invoke {len(set(functions))} function(s)")


def look_at_balancer_roles(subject: Subject) -> Iterator[Finding]:
    """Look at the roles by which ECS moves traffic.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html

    Raises:
        AwsError: When IAM does not tell.
    """
    managed = f"arn:{subject.partition}:{_MANAGED}"
    for balancer in subject.balancers:
        advanced = balancer.get("advancedConfiguration") or {}
        if not advanced:
            continue  # told by the look at the load balancer
        arn = str(advanced.get("roleArn") or "")
        if not arn:
            yield error(
                "service",
                "its load balancer's advancedConfiguration has no roleArn, so that ECS cannot move traffic",
                f"give it a role that trusts ecs.amazonaws.com and has {managed}",
            )
            continue
        found = list(look_at_trust(subject, arn, "move traffic"))
        if not found:
            groups = [balancer["targetGroupArn"], advanced.get("alternateTargetGroupArn")]
            rules = [advanced.get("productionListenerRule"), advanced.get("testListenerRule")]
            wanted = {
                "elasticloadbalancing:RegisterTargets": [arn for arn in groups if arn],
                "elasticloadbalancing:DeregisterTargets": [arn for arn in groups if arn],
                "elasticloadbalancing:ModifyListener": [listener_of(arn) for arn in rules if arn],
                "elasticloadbalancing:ModifyRule": [arn for arn in rules if arn and ":listener-rule/" in arn],
            }
            wanted = {action: resources for action, resources in wanted.items() if resources}
            found = list(look_at_rights(subject, arn, wanted, "move traffic", f"attach {managed} to it"))
        yield from found
        if not found:
            yield fine(f"role {name_of(arn)}", "ECS may assume it, and move traffic")
