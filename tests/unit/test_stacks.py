"""What the demo's stacks say, and what the sample that they run does."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from click.testing import CliRunner

from greenlight.gates import load_gate
from greenlight.gates.loading import Configured
from greenlight_cli.program import program
from rehearsal.cloudformation import Resolver, read

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = {
    path.relative_to(ROOT).as_posix(): read(path)
    for path in [ROOT / "template.yaml", *(ROOT / "stacks").glob("*.yaml")]
}
DEMO, NETWORK, BALANCER, SERVICE = (
    TEMPLATES[f"stacks/{name}.yaml"] for name in ("demo", "network", "load-balancer", "service")
)
DOCUMENTATION = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
CLOUDFORMATION_LIMIT_MINUTES = 33 * 60
START_SECONDS = 20
FAULTS = {"none": 0, "http-500": 1, "wrong-version": 1}
"""What may be wrong with a release that starts, and the exit code of `greenlight run`."""


def statements(value: Any) -> Iterator[dict[str, Any]]:
    """Every statement of every policy in a template."""
    if isinstance(value, list):
        for item in value:
            yield from statements(item)
    elif isinstance(value, dict):
        if "Effect" in value:
            yield value
        for item in value.values():
            yield from statements(item)


def listed(value: Any) -> list[Any]:
    """IAM takes one value for a list of one."""
    return value if isinstance(value, list) else [value]


def where(value: Any, name: str, attribute: str) -> bool:
    """Whether an attribute of a resource is asked for in a value."""
    return json.dumps({"Fn::GetAtt": [name, attribute]}) in json.dumps(value)


def test_no_resource_is_a_wildcard_but_those_of_the_table():
    """docs/security.md lists each with its source, and lists nothing else."""
    found = {
        (path, statement["Sid"], tuple(sorted(listed(statement["Action"]))))
        for path, template in TEMPLATES.items()
        for statement in statements(template["Resources"])
        if "*" in listed(statement.get("Resource"))
    }
    rows = re.findall(
        r"^\| ([\w/.-]+\.yaml) \| `(\w+)` \| (.+?) \| (.+?) \|$",
        (ROOT / "docs" / "security.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert found == {(path, sid, tuple(re.findall(r"`(.+?)`", actions))) for path, sid, actions, _ in rows}
    assert all("https://docs.aws.amazon.com/" in why or "the same" in why for *_, why in rows)


def test_no_action_is_a_wildcard():
    """Of a service only where that is denied, or where a key's own policy hands the decision to IAM."""
    wild = {
        (statement["Effect"], statement["Sid"], action)
        for template in TEMPLATES.values()
        for statement in statements(template["Resources"])
        for action in listed(statement["Action"])
        if "*" in action
    }
    assert {each for each in wild if each[0] == "Allow"} == {("Allow", "AccountDecides", "kms:*")}
    assert {sid for effect, sid, _ in wild if effect == "Deny"} == {"TlsOnly"}


@pytest.mark.parametrize("path", TEMPLATES)
def test_cloudformation_reads_the_yaml(path):
    """It knows no aliases: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html."""
    events = yaml.parse((ROOT / path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    assert not any(isinstance(event, yaml.AliasEvent) for event in events)


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.startswith("stacks/")])
def test_parameters_and_outputs_say_what_they_are(path):
    """As in template.yaml; in the demo's outermost template every parameter has a default and bounds, too."""
    template = TEMPLATES[path]
    described = {**template.get("Parameters", {}), **template["Outputs"]}
    assert [] == [name for name, entry in described.items() if not entry.get("Description")]
    if template is DEMO:
        bounds = {"AllowedValues", "AllowedPattern", "MinValue"}
        assert [] == [
            name for name, each in template["Parameters"].items() if "Default" not in each or not bounds & set(each)
        ]
        groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        assert sorted(template["Parameters"]) == sorted(name for group in groups for name in group["Parameters"])


@pytest.mark.parametrize("name", [name for name in SERVICE["Parameters"] if name in DEMO["Parameters"]])
def test_a_parameter_is_the_same_inside_and_outside(name):
    """Or the demo would refuse, or let through, what the stack inside it does not."""
    assert {key: value for key, value in DEMO["Parameters"][name].items() if key != "Description"} == {
        key: value for key, value in SERVICE["Parameters"][name].items() if key != "Description"
    }


def test_nothing_waits_for_the_service():
    """A hook, rule or role that refers to the service, which waits for its hooks, would wait for ever: the service's stack is the last."""
    for name, resource in DEMO["Resources"].items():
        assert name == "Shop" or '["Shop"' not in json.dumps(resource), name
    service = [name for name, each in SERVICE["Resources"].items() if each["Type"] == "AWS::ECS::Service"]
    assert ["Service"] == service
    assert not any(
        '"Service"' in json.dumps(each.get("Properties"))
        for name, each in SERVICE["Resources"].items()
        if name != "Service"
    )
    assert not any("DependsOn" in each for each in SERVICE["Resources"].values())


def test_what_needs_ipv6_addresses_waits_for_them():
    """GetAtt does not: the VPC has none until the other resource is there."""
    assert [] == [
        name
        for name, resource in NETWORK["Resources"].items()
        if where(resource, "Vpc", "Ipv6CidrBlocks") and resource.get("DependsOn") != "VpcIpv6"
    ]


def test_the_world_reaches_production_and_only_hooks_the_test_listener():
    """By the security group of the load balancer; the tasks are reached through it alone, and the functions by nobody."""
    ingress = {
        name: each["Properties"].get("SecurityGroupIngress", [])
        for name, each in NETWORK["Resources"].items()
        if each["Type"] == "AWS::EC2::SecurityGroup"
    }
    listeners = {
        name: each["Properties"]["Port"]
        for name, each in BALANCER["Resources"].items()
        if each["Type"] == "AWS::ElasticLoadBalancingV2::Listener"
    }
    assert {"ProductionListener": 80, "TestListener": 8080} == listeners
    open_ports = {
        (name, rule["FromPort"], rule["ToPort"])
        for name, rules in ingress.items()
        for rule in rules
        if rule.get("CidrIp") == "0.0.0.0/0" or rule.get("CidrIpv6") == "::/0"
    }
    assert {("LoadBalancerSecurityGroup", 80, 80)} == open_ports
    to_test = [rule for rule in ingress["LoadBalancerSecurityGroup"] if rule["ToPort"] == 8080]
    hooks = {"HookSubnetA": 2, "HookSubnetB": 3}
    assert [{"Ref": "HookSecurityGroup"}] == [
        rule["SourceSecurityGroupId"] for rule in to_test if "CidrIpv6" not in rule
    ]
    assert [NETWORK["Resources"][name]["Properties"]["Ipv6CidrBlock"] for name in hooks] == [
        rule["CidrIpv6"] for rule in to_test if "CidrIpv6" in rule
    ]
    assert [{"Ref": "LoadBalancerSecurityGroup"}] == [
        rule["SourceSecurityGroupId"] for rule in ingress["ServiceSecurityGroup"]
    ]
    assert [] == ingress["HookSecurityGroup"]


@pytest.mark.parametrize("rule", ["ProductionRule", "TestRule"])
def test_a_rule_has_both_target_groups(rule):
    """With weights that ECS takes over from: all to the first."""
    (action,) = BALANCER["Resources"][rule]["Properties"]["Actions"]
    assert [({"Ref": "BlueTargets"}, 1), ({"Ref": "GreenTargets"}, 0)] == [
        (group["TargetGroupArn"], group["Weight"]) for group in action["ForwardConfig"]["TargetGroups"]
    ]


def test_no_deployment_is_too_long_for_cloudformation():
    """Not even with the highest values of all parameters, and the hook before production once a step."""
    most = {name: each["MaxValue"] for name, each in DEMO["Parameters"].items() if "MaxValue" in each}
    steps = 100 // DEMO["Parameters"]["StepPercent"]["MinValue"]
    hooks = [
        (hook["LifecycleStages"], hook["TimeoutConfiguration"])
        for hook in SERVICE["Resources"]["Service"]["Properties"]["DeploymentConfiguration"]["LifecycleHooks"]
    ]
    assert {json.dumps({"TimeoutInMinutes": {"Ref": "HookTimeoutMinutes"}, "Action": "ROLLBACK"})} == {
        json.dumps(timeout) for _, timeout in hooks
    }
    calls = sum(steps if stages == ["PRE_PRODUCTION_TRAFFIC_SHIFT"] else 1 for stages, _ in hooks)
    minutes = calls * most["HookTimeoutMinutes"] + (steps - 1) * most["StepBakeTimeMinutes"] + most["BakeTimeMinutes"]
    assert 1230 == minutes
    assert minutes <= CLOUDFORMATION_LIMIT_MINUTES


def hook_details(stage: str, release: str = "2") -> dict[str, Any]:
    """What ECS hands the hook of a stage."""
    service = SERVICE["Resources"]["Service"]["Properties"]["DeploymentConfiguration"]
    (details,) = [hook["HookDetails"] for hook in service["LifecycleHooks"] if hook["LifecycleStages"] == [stage]]
    declared = {"Parameters": {"Release": {"Type": "String"}}}
    resolver = Resolver(declared, parameters={"Release": release}, region="eu-central-1", account_id="123456789012")
    return json.loads(resolver.resolve(details))


@pytest.mark.parametrize("stage", ["PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"])
def test_a_hook_has_the_gate_of_its_stage(stage):
    """Greenlight reads it; routing stands in front of it where it should; and it is small enough to travel with every call."""
    details = hook_details(stage)
    gate = load_gate(Configured(details["gates"], "hookDetails.gates"), stage)
    proven = stage != "PRE_PRODUCTION_TRAFFIC_SHIFT"
    assert (["routing"] if proven else []) + ["smoke"] == [check.name for check in gate.checks]
    assert "shop" == gate.service
    assert len(json.dumps(details)) < 2048


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def sample(request) -> Iterator[str]:
    """The sample as the task definition runs it, release 2 with a fault, and its address."""
    (container,) = SERVICE["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"]
    port = free_port()
    command = [sys.executable, *container["Command"][1:]]
    environment = {**os.environ, "RELEASE": "2", "FAULT": request.param, "PORT": str(port)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> str:
    """Return the address of a server as soon as it answers."""
    over = time.monotonic() + START_SECONDS
    while time.monotonic() < over and process.poll() is None:
        try:
            requests.get(f"{url}/health", timeout=START_SECONDS)
        except requests.ConnectionError:
            continue
        return url
    raise AssertionError("the sample does not answer")


def run_suite(stage: str, url: str, folder: Path) -> Any:
    """Run the suite of a stage as the hook does, without its patience."""
    details = hook_details(stage)
    suite = details["gates"][stage.lower()]["smoke"]["suite"]
    if "identity" in suite:
        suite["identity"] |= {"interval": "1ms", "wait": "50ms"}
    suite.get("defaults", {}).get("retries", {})["interval"] = "1ms"
    file = folder / "suite.yaml"
    file.write_text(json.dumps(suite), encoding="utf-8")
    return CliRunner().invoke(program, ["run", str(file), "--url", url, "--blue-url", url])


@pytest.mark.parametrize(("sample", "code"), FAULTS.items(), indirect=["sample"])
def test_the_gates_let_the_sample_through_or_do_not(sample, code, tmp_path):
    """Release 2 passes; with a fault it does not, though it is healthy."""
    assert {"status": "ok"} == requests.get(f"{sample}/health", timeout=START_SECONDS).json()
    ran = run_suite("POST_TEST_TRAFFIC_SHIFT", sample, tmp_path)
    assert code == ran.exit_code, ran.output


@pytest.mark.parametrize("sample", ["none"], indirect=True)
@pytest.mark.parametrize("stage", ["PRE_SCALE_UP", "PRE_PRODUCTION_TRAFFIC_SHIFT"])
def test_the_other_gates_let_it_through(sample, stage, tmp_path):
    """Before green starts, and before users reach it."""
    ran = run_suite(stage, sample, tmp_path)
    assert 0 == ran.exit_code, ran.output


def test_a_crash_is_one():
    """A release that never starts, for the circuit breaker to find."""
    (container,) = SERVICE["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"]
    ran = subprocess.run(
        [sys.executable, *container["Command"][1:]],
        env={**os.environ, "RELEASE": "2", "FAULT": "crash"},
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )
    assert (1, "this release never starts\n") == (ran.returncode, ran.stderr)


def test_every_fault_is_tried():
    """Those that the demo offers, and no others."""
    assert {*FAULTS, "crash"} == set(DEMO["Parameters"]["Fault"]["AllowedValues"])


def test_samconfig_builds_and_deploys_the_demo():
    """Its template, in a folder of its own, with the right to make roles and to transform a nested template."""
    demo = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))["demo"]
    build, deploy = demo["build"]["parameters"], demo["deploy"]["parameters"]
    assert read(ROOT / build["template_file"]) == DEMO
    assert f"{build['build_dir']}/template.yaml" == deploy["template_file"]
    assert "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND" == deploy["capabilities"]


def test_the_page_names_parameters_that_there_are():
    """Each command of docs/demo.md overrides parameters of the demo, with values that it takes."""
    overrides = [
        pair.split("=", 1)
        for line in re.findall(r"--parameter-overrides ([^\n#|`]+)", DOCUMENTATION)
        for pair in line.split()
        if "=" in pair
    ]
    assert len(overrides) > 3
    for name, value in overrides:
        declared = DEMO["Parameters"][name]
        assert value in declared.get("AllowedValues", [value])
        assert re.fullmatch(declared.get("AllowedPattern", ".*"), value)
