# ruff: noqa: D103 - the name of each says what it makes, and findings.txt what that means
"""Set-ups in each of which one thing is broken, and what the doctor has to say of it, to the letter.

A function takes the empty account, and makes the set-up. What has to be found stands under its name in ``findings.txt``.
"""

import json

from moto.ecs.models import ecs_backends

from rehearsal.aws import ecs
from tests.unit.cli.doctor.sound import (
    ACCOUNT,
    AFTER,
    BALANCER_ROLE,
    BEFORE,
    GATES,
    HOOK_ROLE,
    PRE,
    REGION,
    SERVICE,
    SOUND_GATES,
    STAGES,
    SUITE,
    SWITCH,
    TEST,
    arn_of,
    attached,
    hook_at,
    name_of,
    trust,
)

OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
PAUSE = {
    "targetType": "PAUSE",
    "lifecycleStages": [BEFORE],
    "timeoutConfiguration": {"timeoutInMinutes": 60, "action": "ROLLBACK"},
}


def gates(**stages):
    """The sound gates file, but for some stages; None takes one out."""
    return {key: value for key, value in {**SOUND_GATES, **stages}.items() if value is not None}


def hooks(**changed):
    """The sound hooks, but for those of some stages."""
    return [changed.get(stage.lower()) or attached(stage) for stage in STAGES]


def codedeploy(account):
    account.build(deploymentController={"type": "CODE_DEPLOY"})


def rolling(account):
    account.build().reconfigure(strategy="ROLLING")


def no_circuit_breaker(account):
    account.build().reconfigure(deploymentCircuitBreaker={"enable": False, "rollback": False})


def breaker_that_stays(account):
    account.build().reconfigure(deploymentCircuitBreaker={"enable": True, "rollback": False})


def external_instances(account):
    account.build()
    # moto makes no service on external instances.
    ecs_backends[ACCOUNT][REGION].services["shop:orders"].launch_type = "EXTERNAL"


def under_way(account):
    account.build()
    record = {
        "serviceDeploymentArn": SERVICE.replace(":service/", ":service-deployment/") + "/d1",
        "serviceArn": SERVICE,
        "status": "IN_PROGRESS",
    }
    ecs.store(account.api.account_id, account.api.region).put_deployment(record)
    account.weigh("production", {"first": 90, "second": 10})


def no_hooks(account):
    account.build(hooks=[])


def eleven_hooks(account):
    account.build(hooks=[*hooks(), *({**PAUSE, "lifecycleStages": ["POST_SCALE_UP"]} for _ in range(11))])


def pause_at_a_shift(account):
    account.build(hooks=[*hooks(), {**PAUSE, "lifecycleStages": [SWITCH]}])


def function_gone(account):
    account.build()
    account.api.client("lambda").delete_function(FunctionName=name_of(PRE))


def foreign_function_gone(account):
    gone = {"hookTargetArn": arn_of("OTHER"), "roleArn": HOOK_ROLE, "lifecycleStages": ["POST_SCALE_UP"]}
    account.build(hooks=[*hooks(), gone])
    policy = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}
    )
    account.api.client("iam").put_role_policy(
        RoleName="greenlight-EcsHookRole", PolicyName="all", PolicyDocument=policy
    )


def wrong_stage(account):
    moved = attached(PRE) | {"lifecycleStages": [TEST]}
    account.build(hooks=[moved, attached(BEFORE)], gates=gates(pre_scale_up=None))


def stage_of_nobody(account):
    more = attached(PRE) | {"lifecycleStages": [PRE, "POST_SCALE_UP"]}
    account.build(hooks=hooks(pre_scale_up=more), gates=gates(post_scale_up={"alarms": {"names": ["orders-5xx"]}}))


def twice(account):
    account.build(hooks=[*hooks(), attached(PRE)])


def no_role(account):
    bare = {key: value for key, value in attached(PRE).items() if key != "roleArn"}
    account.build(hooks=hooks(pre_scale_up=bare))


def details_that_are_a_list(account):
    account.build(hooks=hooks(pre_scale_up=hook_at(PRE, hookDetails=["gates", GATES])))
    account.configure(PRE, GATES=GATES)


def goes_on_unguarded(account):
    timeout = {"timeoutInMinutes": 60, "action": "CONTINUE"}
    account.build(hooks=hooks(pre_scale_up=attached(PRE, timeoutConfiguration=timeout)))


def role_gone(account):
    account.build(hooks=hooks(pre_scale_up=attached(PRE) | {"roleArn": OTHER_ROLE}))


def role_without_trust(account):
    account.build(hooks=hooks(pre_scale_up=attached(PRE) | {"roleArn": OTHER_ROLE}))
    account.api.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))


def role_for_another_account(account):
    account.build(hooks=hooks(pre_scale_up=attached(PRE) | {"roleArn": OTHER_ROLE}))
    condition = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    account.api.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust(Condition=condition))


def role_of_another_account(account):
    account.build(hooks=hooks(pre_scale_up=attached(PRE) | {"roleArn": "arn:aws:iam::999999999999:role/hooks"}))


def role_that_may_not_invoke(account):
    account.build(hooks=hooks(pre_scale_up=attached(PRE) | {"roleArn": OTHER_ROLE}))
    account.api.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust())


def balancer_role_gone(account):
    account.build().rebalance(roleArn=OTHER_ROLE)


def balancer_role_without_rights(account):
    account.build()
    account.api.client("iam").delete_role_policy(RoleName=BALANCER_ROLE.rpartition("/")[2], PolicyName="own")


def no_balancer_role(account):
    account.build().rebalance(roleArn=None)


def no_advanced_configuration(account):
    account.build().rebalance(
        **dict.fromkeys(("alternateTargetGroupArn", "productionListenerRule", "testListenerRule", "roleArn"))
    )


def one_group_twice(account):
    account.build()
    account.rebalance(alternateTargetGroupArn=account.ids["first"])


def group_gone(account):
    account.build()
    account.rebalance(alternateTargetGroupArn=account.ids["second"].replace("orders-2", "orders-9"))


def group_of_instances(account):
    account.build()
    account.ids["other"] = account.group("orders-i", TargetType="instance")
    account.rebalance(alternateTargetGroupArn=account.ids["other"])
    account.weigh("production", {"first": 1, "other": 0})


def no_health_check(account):
    account.build()
    account.api.client("elbv2").modify_target_group(TargetGroupArn=account.ids["second"], HealthCheckEnabled=False)


def slow_health_check(account):
    account.build()
    for name in ("first", "second"):
        account.api.client("elbv2").modify_target_group(
            TargetGroupArn=account.ids[name], HealthCheckIntervalSeconds=120, HealthyThresholdCount=5
        )


def health_check_that_takes_404(account):
    account.build()
    for name in ("first", "second"):
        account.api.client("elbv2").modify_target_group(
            TargetGroupArn=account.ids[name], Matcher={"HttpCode": "200-499"}
        )


def different_health_checks(account):
    account.build()
    account.api.client("elbv2").modify_target_group(TargetGroupArn=account.ids["second"], HealthCheckPath="/")


def production_rule_gone(account):
    account.build()
    account.rebalance(productionListenerRule=account.ids["production"][:-4] + "0000")


def not_on_the_production_rule(account):
    account.build().weigh("production", {"first": 1})


def shared_at_rest(account):
    account.build().weigh("production", {"first": 30, "second": 70})


def more_than_forward(account):
    redirect = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Host": "elsewhere.example"}}
    account.build()
    account.api.client("elbv2").modify_rule(RuleArn=account.ids["production"], Actions=[redirect])


def no_test_rule(account):
    account.build().rebalance(testListenerRule=None)


def test_rule_gone(account):
    account.build()
    account.rebalance(testListenerRule=account.ids["test"][:-4] + "0000")


def test_rule_is_production(account):
    account.build()
    account.rebalance(testListenerRule=account.ids["production"])


def test_rule_leads_elsewhere(account):
    account.build()
    account.ids["other"] = account.group("other")
    account.weigh("test", {"other": 1})


def test_rule_at_another_balancer(account):
    account.build()
    first = account.ids.copy()
    elbv2 = account.api.client("elbv2")
    made = elbv2.create_load_balancer(
        Name="other", Subnets=first["subnets"], SecurityGroups=[first["balancer"]], Scheme="internal"
    )
    other = made["LoadBalancers"][0]["LoadBalancerArn"]
    account.ids |= {"test": account.rule(other, 8443, {first["first"]: 1, first["second"]: 0}), "other": other}
    account.rebalance(testListenerRule=account.ids["test"])


def test_rule_that_comes_too_late(account):
    account.build()
    elbv2 = account.api.client("elbv2")
    listener = elbv2.describe_listeners(LoadBalancerArn=account.ids["lb"])["Listeners"]
    first = next(each["ListenerArn"] for each in listener if each["Port"] == 80)
    made = elbv2.create_rule(
        ListenerArn=first,
        Priority=20,
        Conditions=[{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Test", "Values": ["1"]}}],
        Actions=[account.forward({account.ids["first"]: 1, account.ids["second"]: 0})],
    )
    account.rebalance(testListenerRule=made["Rules"][0]["RuleArn"])


def no_gates_file(account):
    account.build()
    account.api.client("s3").delete_object(Bucket="shop-deploy", Key="orders/gates.yaml")


def no_gates_at_all(account):
    account.build(hooks=[hook_at(TEST)])


def wrong_gates(account):
    account.build(gates=gates(post_test_traffic_shift={"smoke": {"suite": SUITE, "tag": ["a"]}}))


def no_gate_for_a_stage(account):
    account.build(gates=gates(pre_scale_up=None))


def gate_that_nobody_asks(account):
    account.build(gates=gates(post_production_traffic_shift={"smoke": {"suite": SUITE}}))


def gates_that_the_function_may_not_read(account):
    elsewhere = [hook_at(stage, hookDetails={"gates": "s3://shop-deploy/new/gates.yaml"}) for stage in STAGES]
    account.build(hooks=elsewhere).gates(SOUND_GATES, key="new/gates.yaml")


def alarm_gone(account):
    account.build(gates=gates(pre_scale_up={"alarms": {"names": ["orders-5xx", "orders-latency"], "prefix": "carts-"}}))


def alarm_gone_elsewhere(account):
    arn = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:edge-5xx"
    account.build(gates=gates(pre_scale_up={"alarms": {"arns": [arn]}}))


def alarm_of_the_service_gone(account):
    account.build().reconfigure(alarms={"alarmNames": ["orders-4xx"], "enable": True, "rollback": True})


def approval_without_a_record(account):
    account.build()
    account.configure(BEFORE, RECORD="")


def approval_beside_a_pause(account):
    account.build(hooks=[*hooks(), PAUSE])


def approval_longer_than_ecs_waits(account):
    timeout = {"timeoutInMinutes": 60, "action": "ROLLBACK"}
    account.build(hooks=hooks(pre_production_traffic_shift=attached(BEFORE, timeoutConfiguration=timeout)))


def deadline_longer_than_ecs_waits(account):
    timeout = {"timeoutInMinutes": 20, "action": "ROLLBACK"}
    account.build(hooks=hooks(pre_scale_up=attached(PRE, timeoutConfiguration=timeout)))


def too_long_for_cloudformation(account):
    timeout = {"timeoutInMinutes": 1000, "action": "ROLLBACK"}
    account.build(
        hooks=[attached(stage, timeoutConfiguration=timeout) for stage in STAGES],
        tags=[("aws:cloudformation:stack-name", "orders-prod")],
    )


def usual_time_outs_under_cloudformation(account):
    account.build(tags=[("aws:cloudformation:stack-name", "orders-prod")])


def steps_under_a_canary(account):
    account.build(gates=gates(pre_production_traffic_shift={"traffic_steps": {"metrics": False}}))
    account.reconfigure(strategy="CANARY", canaryConfiguration={"canaryPercent": 5, "canaryBakeTimeInMinutes": 5})


def steps_without_the_right(account):
    account.build(gates=gates(pre_production_traffic_shift={"traffic_steps": {"metrics": False}}))


def switch_without_the_right(account):
    wanted = gates(production_traffic_shift={"switch": {"parameter": "/orders/active"}})
    account.build(hooks=[*hooks(), attached(SWITCH)], gates=wanted)


def smoke_without_a_balancer(account):
    account.build(balanced=False)


def internal_and_no_vpc(account):
    account.build(vpc=False)


def facing_the_internet_and_shut(account):
    account.build(vpc=False, scheme="internet-facing")


def facing_the_internet_from_a_vpc(account):
    account.build(scheme="internet-facing")
    account.admit(8443, IpRanges=[{"CidrIp": "203.0.113.7/32"}])


def shut_test_port(account):
    account.build().shut(8443)


def shut_production_port(account):
    wanted = gates(post_production_traffic_shift={"smoke": {"suite": SUITE}})
    account.build(hooks=[*hooks(), attached(AFTER)], gates=wanted).shut(80)


def only_for_others(account):
    account.build().shut(8443)
    account.admit(8443, IpRanges=[{"CidrIp": "192.168.0.0/16"}])


def only_for_a_prefix_list(account):
    account.build().shut(8443)
    made = account.api.client("ec2").create_managed_prefix_list(
        PrefixListName="offices", MaxEntries=1, AddressFamily="IPv4"
    )
    account.ids["list"] = made["PrefixList"]["PrefixListId"]
    account.admit(8443, PrefixListIds=[{"PrefixListId": account.ids["list"]}])


def nothing_goes_out(account):
    account.build()
    ec2 = account.api.client("ec2")
    found = ec2.describe_security_groups(GroupIds=[account.ids["functions"]])["SecurityGroups"][0]
    ec2.revoke_security_group_egress(GroupId=account.ids["functions"], IpPermissions=found["IpPermissionsEgress"])


def another_vpc(account):
    account.build()
    ec2 = account.api.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    account.ids["other"] = vpc
    network = {"SubnetIds": [subnet], "SecurityGroupIds": [account.ids["functions"]]}
    account.api.client("lambda").update_function_configuration(FunctionName=name_of(TEST), VpcConfig=network)


def no_stack(account):
    account.build()
    account.api.client("cloudformation").delete_stack(StackName="greenlight")


SET_UPS = {
    name: made
    for name, made in list(vars().items())
    if callable(made) and getattr(made, "__module__", "") == __name__ and name not in {"gates", "hooks"}
}
