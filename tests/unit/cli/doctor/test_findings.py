"""What the doctor finds: everything that is broken, to the letter, and nothing where nothing is."""

import json
import re

import pytest

from greenlight_cli.doctor.checks import hooks
from greenlight_cli.doctor.examining import LOOKS
from greenlight_cli.doctor.finding import Finding, Level, ending_of
from greenlight_cli.doctor.roles import trusts
from greenlight_cli.ending import Ending
from tests.unit.cli.commands import greenlight_says, in_terminal
from tests.unit.cli.doctor.broken import SET_UPS
from tests.unit.cli.doctor.findings import expected, lines_of
from tests.unit.cli.doctor.sound import (
    ACCOUNT,
    BALANCER_ROLE,
    BEFORE,
    SERVICE,
    SOUND_GATES,
    STAGES,
    SWITCH,
    TEST,
    allowing,
    arn_of,
    attached,
    hook_at,
    name_of,
    trust,
)

EXPECTED = expected()


def test_every_broken_set_up_has_its_findings():
    """And there is no finding of a set-up that nobody makes."""
    assert [*SET_UPS] == [*EXPECTED]
    assert all(EXPECTED.values())


@pytest.mark.parametrize("name", SET_UPS)
def test_what_is_broken_is_found_with_its_cure(account, name):
    """Everything that is broken, each thing once, and nothing besides; only errors fail."""
    SET_UPS[name](account)

    result = greenlight_says("doctor", "orders", "--cluster", "shop", "--json")

    found = lines_of(result.stdout, account.ids)
    assert EXPECTED[name] == found
    assert (1 if any(line.startswith("ERROR") for line in found) else 0) == result.exit_code


def test_nothing_is_wrong_where_everything_is_as_it_should_be(sound):
    """Each thing that was looked at is told."""
    result = greenlight_says("doctor", SERVICE)

    assert 0 == result.exit_code, result.output
    *lines, last = result.stdout.splitlines()
    assert {"OK"} == {line.split()[0] for line in lines}
    assert f"orders: 0 errors, 0 warnings, {len(lines)} ok" == last


def test_a_canary_facing_the_internet_is_fine_too(account):
    """Functions without a VPC reach a test listener that admits everybody."""
    account.build(vpc=False, scheme="internet-facing").admit(8443, IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    account.reconfigure(strategy="CANARY", canaryConfiguration={"canaryPercent": 5, "canaryBakeTimeInMinutes": 5})

    assert 0 == greenlight_says("doctor", "shop/orders").exit_code


def over_ipv6(account):
    """A load balancer that faces the internet, dual-stack as the functions' subnets are."""
    account.build(scheme="internet-facing")
    account.api.client("elbv2").set_ip_address_type(LoadBalancerArn=account.ids["lb"], IpAddressType="dualstack")
    network = {"SubnetIds": account.ids["subnets"], "SecurityGroupIds": [account.ids["functions"]]}
    for stage in STAGES:
        account.api.client("lambda").update_function_configuration(
            FunctionName=name_of(stage), VpcConfig={**network, "Ipv6AllowedForDualStack": True}
        )


def test_over_ipv6_a_function_does_not_leave_the_vpc(account):
    """So that its security group counts, and no NAT gateway is asked for; as in the demo."""
    over_ipv6(account)
    admitted = greenlight_says("doctor", "shop/orders", "--quiet")
    account.shut(8443)
    shut_out = greenlight_says("doctor", "shop/orders", "--quiet")

    assert "port" not in admitted.stdout
    assert f"-> add an inbound rule for port 8443 from {account.ids['functions']}, the function's" in shut_out.stdout


def test_over_ipv6_the_addresses_of_the_subnets_are_those_of_version_6(account):
    """The others never come."""
    over_ipv6(account)
    account.shut(8443)
    account.admit(8443, IpRanges=[{"CidrIp": "10.0.0.0/16"}])
    of_version_4 = greenlight_says("doctor", "shop/orders", "--quiet")
    ec2 = account.api.client("ec2")
    for number, subnet in enumerate(account.ids["subnets"]):
        ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=f"2001:db8:0:{number}::/64")
    account.admit(8443, Ipv6Ranges=[{"CidrIpv6": "2001:db8::/56"}])
    of_version_6 = greenlight_says("doctor", "shop/orders", "--quiet")

    assert "10.0.0.0/16 on port 8443, and not the function" in of_version_4.stdout
    assert "port 8443" not in of_version_6.stdout


def test_nobody_is_sent_to_a_circuit_breaker_that_a_canary_does_not_have(account):
    """AWS documents it for rolling updates and blue/green; the demo leaves it out, too."""
    account.build().reconfigure(
        strategy="CANARY",
        canaryConfiguration={"canaryPercent": 5, "canaryBakeTimeInMinutes": 5},
        deploymentCircuitBreaker={"enable": False, "rollback": False},
    )

    told = greenlight_says("doctor", "shop/orders").stdout

    assert "circuit breaker" not in told
    assert "OK      service: deploys by CANARY, on FARGATE\n" in told


def test_quiet_tells_only_what_is_not_as_it_should_be(account):
    """Without colours, and the cure under what it cures."""
    SET_UPS["no_circuit_breaker"](account)

    result = greenlight_says("doctor", "shop/orders", "--quiet")

    assert 0 == result.exit_code
    assert [
        "WARNING service: its circuit breaker is off: a green whose tasks do not start is tried on and on",
        "        -> set deploymentCircuitBreaker to enable: true, rollback: true",
    ] == result.stdout.splitlines()[:-1]


def test_programs_get_the_numbers(account):
    """And each finding with its level, place, text and cure."""
    SET_UPS["no_hooks"](account)

    document = json.loads(greenlight_says("doctor", "shop/orders", "--json").stdout)

    assert (SERVICE, 1, 0, 0) == tuple(document[key] for key in ("service", "errors", "warnings", "unknown"))
    assert {"level", "place", "text", "cure"} == set(document["findings"][0])


def test_gates_in_a_package_cannot_be_looked_at_from_here(account, tmp_path, monkeypatch):
    """Unless this machine has them in the same place."""
    monkeypatch.chdir(tmp_path)
    hook = {"hookTargetArn": arn_of(TEST), "roleArn": f"arn:aws:iam::{ACCOUNT}:role/greenlight-EcsHookRole"}
    account.build(hooks=[{**hook, "lifecycleStages": [TEST], "hookDetails": {"gates": "file:gates.yaml"}}])

    away = greenlight_says("doctor", "shop/orders", "--quiet")
    (tmp_path / "gates.yaml").write_text("version: 1\npost_test_traffic_shift: {routing: true}\n", encoding="utf-8")
    here = greenlight_says("doctor", "shop/orders", "--quiet")

    assert [2, 0] == [away.exit_code, here.exit_code]
    assert "file:gates.yaml is in the package of the function, and not on this machine" in away.stdout


def test_gates_of_the_function_count_where_the_hook_names_none(account):
    """As the functions do it."""
    account.build(
        hooks=[
            {
                "hookTargetArn": arn_of(TEST),
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/greenlight-EcsHookRole",
                "lifecycleStages": [TEST],
            }
        ]
    )
    account.configure(TEST, GATES="s3://shop-deploy/orders/missing.yaml")

    result = greenlight_says("doctor", "shop/orders", "--quiet")

    assert 1 == result.exit_code
    assert "ERROR   s3://shop-deploy/orders/missing.yaml: cannot be read" in result.stdout


@pytest.mark.parametrize(
    "gates", [5, True, [], {}, ["s3://a/b"], {"version": 2}, "gates.yaml", "s3://", "\x00", "file:\x00"]
)
def test_gates_that_make_no_sense_are_errors(account, gates):
    """Whatever somebody wrote into hookDetails."""
    account.build(hooks=[hook_at(TEST, hookDetails={"gates": gates})])

    document = json.loads(greenlight_says("doctor", "shop/orders", "--json").stdout)

    assert {"error", "unknown"} & {each["level"] for each in document["findings"]}


def test_a_terminal_gets_colours(sound):
    """And a line that does not fit is broken."""
    code, told = in_terminal("doctor", "shop/orders", columns=60, **sound.api.environment())

    assert 0 == code, told
    assert "\x1b[32mOK" in told
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in told.splitlines()) <= 60


def test_what_others_wrote_cannot_steer_the_terminal(account):
    """Names and messages come from anywhere."""
    account.build(tags=[("aws:cloudformation:stack-name", "a\x1b[2Jb")])

    assert "\x1b" not in greenlight_says("doctor", "shop/orders").stdout


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (trust(), True),
        (trust("lambda.amazonaws.com"), False),
        (trust(["ecs.amazonaws.com", "lambda.amazonaws.com"]), True),
        (trust(Action=["sts:AssumeRole", "sts:TagSession"]), True),
        (trust(Action="sts:TagSession"), False),
        (trust(Condition={"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}), True),
        (trust(Condition={"StringEquals": {"aws:SourceAccount": ["1", ACCOUNT]}}), True),
        (trust(Condition={"StringEquals": {"AWS:SourceAccount": "1"}}), False),
        (trust(Effect="Deny"), False),
        ({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:*"}}, True),
        ({"Statement": ["x", {"Effect": "Allow"}]}, False),
        ({}, False),
        ("[]", False),
        ("{", False),
    ],
)
def test_whom_a_role_trusts(document, expected):
    """Whatever a policy looks like, nothing breaks down."""
    assert expected is trusts(document, "ecs.amazonaws.com", ACCOUNT)


def test_every_look_has_a_place_of_its_own():
    """What could not be looked at is told by it."""
    places = [place for place, _ in LOOKS]
    assert len(places) == len(set(places))
    assert hooks.PLACE in places


def test_the_worst_finding_is_the_end():
    """Errors fail, and what nobody could look at is no pass."""
    found = {level: Finding(level, "a", "b") for level in Level}
    assert Ending.FAILED is ending_of(found.values())
    assert Ending.COULD_NOT_RUN is ending_of([found[Level.UNKNOWN], found[Level.WARNING]])
    assert Ending.PASSED is ending_of([found[Level.WARNING], found[Level.OK]])


def test_a_network_load_balancer_has_listeners_for_rules(account):
    """They forward to one group at rest, and it may have no security groups."""
    account.build()
    elbv2 = account.api.client("elbv2")
    made = elbv2.create_load_balancer(Name="net", Subnets=account.ids["subnets"], Scheme="internal", Type="network")
    balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
    groups = [account.group(f"net-{number}", Protocol="TCP", HealthCheckPath="/health") for number in (1, 2)]
    listeners = [
        elbv2.create_listener(
            LoadBalancerArn=balancer,
            Protocol="TCP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[0]}],
        )["Listeners"][0]["ListenerArn"]
        for port in (80, 8443)
    ]
    account.api.client("ecs").update_service(
        cluster="shop",
        service="orders",
        loadBalancers=[
            {
                "targetGroupArn": groups[0],
                "containerName": "app",
                "containerPort": 8080,
                "advancedConfiguration": {
                    "alternateTargetGroupArn": groups[1],
                    "productionListenerRule": listeners[0],
                    "testListenerRule": listeners[1],
                    "roleArn": BALANCER_ROLE,
                },
            }
        ],
    )

    result = greenlight_says("doctor", "shop/orders")

    assert 0 == result.exit_code, result.output
    assert "OK      production rule: 100 % to net-1" in result.stdout


def test_steps_and_switches_that_are_allowed_are_fine(account):
    """The stack was deployed for them."""
    account.build(
        hooks=[attached(stage) for stage in (*STAGES, SWITCH)],
        gates=SOUND_GATES
        | {
            BEFORE.lower(): {"traffic_steps": {"metrics": False}},
            SWITCH.lower(): {"switch": {"parameter": "/orders/active"}},
        },
    )
    account.stack("stepping", traffic_steps="on")
    writing = allowing(
        "ssm:PutParameter", "ssm:GetParameter", on=f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/orders/active"
    )
    account.api.client("iam").put_role_policy(
        RoleName="greenlight-function", PolicyName="switch", PolicyDocument=writing
    )

    result = greenlight_says("doctor", "shop/orders", "--stack", "stepping")

    assert 0 == result.exit_code, result.output
    assert "gate production_traffic_shift, switch: its function may write /orders/active" in result.stdout
