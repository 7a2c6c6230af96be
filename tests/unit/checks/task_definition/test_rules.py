"""Each rule: what it finds, and what it leaves in peace."""

from typing import get_args

import pytest

from greenlight.checks.task_definition.rules import RULES
from greenlight.checks.task_definition.settings import RuleName, RuleSettings


def test_every_rule_can_be_set_and_every_setting_has_a_rule():
    """A rule that is missing in one place would never be looked at."""
    assert list(get_args(RuleName)) == list(RuleSettings.model_fields) == list(RULES)


def test_what_fails_unless_somebody_says_otherwise():
    """What is dangerous and certain; the rest is a warning."""
    settings = RuleSettings()
    assert ["privileged", "host_network", "docker_socket", "plaintext_secrets"] == [
        rule for rule in RULES if settings.severity(rule) == "fail"
    ]
    assert ["task_role"] == [rule for rule in RULES if settings.severity(rule) == "off"]


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ({"privileged": True}, ["app is privileged, so that it has the host in its hands; remove `privileged`"]),
        ({"privileged": False}, []),
        (
            {"linuxParameters": {"capabilities": {"add": ["SYS_ADMIN", "cap_all", "NET_ADMIN"]}}},
            [
                (
                    "app adds the Linux capabilities ALL, SYS_ADMIN, as good as root on the host; "
                    "remove them from linuxParameters.capabilities.add"
                )
            ],
        ),
        ({"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}}}, []),
    ],
)
def test_privileged(world, container, found):
    """The flag, and the capabilities that are a way out of the container."""
    assert found == world.found(container, rules=["privileged"])


@pytest.mark.parametrize(
    ("added", "found"),
    [
        (["SYS_PTRACE"], ["app adds the Linux capability SYS_PTRACE; remove it from linuxParameters.capabilities.add"]),
        (
            ["NET_ADMIN", "IPC_LOCK", "SYS_ADMIN"],
            ["app adds the Linux capabilities IPC_LOCK, NET_ADMIN; remove them from linuxParameters.capabilities.add"],
        ),
        (["NET_BIND_SERVICE", "CHOWN"], []),
        ([], []),
    ],
)
def test_added_capabilities(world, added, found):
    """Beyond those that every container has; what is worse is the matter of `privileged`."""
    container = {"linuxParameters": {"capabilities": {"add": added}}}
    assert found == world.found(container, rules=["added_capabilities"])


@pytest.mark.parametrize("user", ["0", "root", "0:0", "root:app", "00", " 0 "])
def test_root_user(world, user):
    """Whatever the spelling."""
    (found,) = world.found({"user": user}, rules=["root_user"])
    assert f"app runs as root (user: {user.strip()}); set `user`, as in 1000:1000" == found


@pytest.mark.parametrize("user", ["1000", "app", "1000:0", "app:root", "10"])
def test_another_user_is_none_of_root(world, user):
    """The group does not count."""
    assert [] == world.found({"user": user}, rules=["root_user"])


def test_no_user_is_whatever_the_image_says(world):
    """Which is root, mostly."""
    found = ["app names no user, so that the image decides, and most run as root; set `user`, as in 1000:1000"]
    assert found == world.found({"user": ""}, rules=["root_user"])


def test_writable_root(world):
    """Only an explicit true is one."""
    cure = "set readonlyRootFilesystem: true, and mount a volume where it has to write"
    found = [f"app may write to its root filesystem; {cure}"]
    assert found == world.found({"readonlyRootFilesystem": False}, rules=["writable_root"])
    assert [] == world.found({"readonlyRootFilesystem": True}, rules=["writable_root"])


def test_windows_knows_neither_root_nor_a_read_only_root(world):
    """ECS refuses both there."""
    windows = {"cpuArchitecture": "X86_64", "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
    container = {"user": "", "readonlyRootFilesystem": False}
    assert [] == world.found(container, rules=["root_user", "writable_root"], runtimePlatform=windows)


@pytest.mark.parametrize(
    ("task", "found"),
    [
        ({"networkMode": "host"}, ["the task uses the host's network (networkMode: host); set networkMode: awsvpc"]),
        ({"pidMode": "host"}, ["the task sees the host's processes (pidMode: host); remove pidMode"]),
        (
            {"ipcMode": "host"},
            ["the task shares the host's memory between processes (ipcMode: host); remove ipcMode"],
        ),
        ({"networkMode": "bridge", "pidMode": "task", "ipcMode": "none"}, []),
    ],
)
def test_host_network(world, task, found):
    """Network, processes and memory of the host."""
    assert found == world.found(rules=["host_network"], requiresCompatibilities=["EC2"], **task)


def mounted(path):
    """A task that mounts a path of its host."""
    return {"volumes": [{"name": "data", "host": {"sourcePath": path} if path else {}}]}


MOUNT = {"mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": True}]}


@pytest.mark.parametrize(
    "path", ["/var/run/docker.sock", "/run/docker.sock", "/var/run", "/var/run/", "/", "/run/containerd"]
)
def test_docker_socket(world, path):
    """Or a folder that holds it; that it is mounted read-only keeps nobody from speaking to it."""
    found = [f"app mounts {path} of the host, and with its Docker socket every container there; remove the volume data"]
    assert found == world.found(MOUNT, rules=["docker_socket", "host_volumes"], **mounted(path))


def test_host_volumes(world):
    """Any other path, and devices."""
    for path in ("/opt/orders", "/var/ru", "/var/run/docker.sock.d"):
        found = [f"app mounts {path} of the host; make the volume data one of ECS, EFS or EBS"]
        assert found == world.found(MOUNT, rules=["docker_socket", "host_volumes"], **mounted(path))
    device = {"linuxParameters": {"devices": [{"hostPath": "/dev/mem"}]}}
    found = ["app has the host's device /dev/mem; remove it from linuxParameters.devices"]
    assert found == world.found(device, rules=["host_volumes"])


@pytest.mark.parametrize(("container", "path"), [(MOUNT, None), ({}, "/var/run/docker.sock"), ({}, "/opt")])
def test_a_volume_that_is_not_the_hosts_or_not_mounted(world, container, path):
    """It is harmless."""
    assert [] == world.found(container, rules=["docker_socket", "host_volumes"], **mounted(path))


def test_log_configuration(world):
    """What nobody reads."""
    found = [
        "app has no log configuration, so that what it says is lost with it; set logConfiguration, as in logDriver: awslogs"
    ]
    assert found == world.found({"logConfiguration": None}, rules=["log_configuration"])
    assert [] == world.found(rules=["log_configuration"])


def test_health_check(world):
    """Its own, or the load balancer's, of those that the task stops without."""
    own = {"healthCheck": {"command": ["CMD", "true"]}}
    containers = [{}, {"name": "side"}, {"name": "checked"} | own, {"name": "job", "essential": False}]
    cure = "is essential and has no health check, so that ECS keeps it as long as it runs; set healthCheck"
    assert [f"side {cure}"] == world.found(*containers, rules=["health_check"])
    assert [f"app {cure}", f"side {cure}"] == world.found(*containers, rules=["health_check"], served=())


def test_the_load_balancer_may_not_count_as_health_check(world):
    """A setting says so."""
    from tests.unit.checks.task_definition.conftest import ask

    result = ask(world.create(), rules={"health_check": "fail"}, load_balancer_is_health_check=False)
    assert ["app"] == [each["where"] for each in result.details["failures"]]


def test_memory_limit(world):
    """The task's, or the container's; a reservation is none."""
    found = ["app has no memory limit, and neither has the task; set `memory` of the task or the container"]
    on_ec2 = {"requiresCompatibilities": ["EXTERNAL"], "memory": None, "cpu": None}
    assert found == world.found({"memoryReservation": 256}, rules=["memory_limit"], **on_ec2)
    assert [] == world.found({"memory": 256}, rules=["memory_limit"], **on_ec2)
    assert [] == world.found(rules=["memory_limit"])


def test_execution_role(world):
    """Where no instance's role stands in for it."""
    found = [
        "the task has no execution role, without which Fargate pulls no private image and writes no log; set executionRoleArn"
    ]
    assert found == world.found(rules=["execution_role"], executionRoleArn=None)
    assert [] == world.found(rules=["execution_role"], executionRoleArn=None, requiresCompatibilities=["EC2"])
    assert [] == world.found(rules=["execution_role"])


def test_shared_role(world):
    """The execution role reads every secret of the task."""
    role = "arn:aws:iam::123456789012:role/all"
    found = [
        (
            "the task gives the application the execution role (all), and with it all secrets; "
            "give taskRoleArn a role of its own"
        )
    ]
    assert found == world.found(rules=["shared_role"], executionRoleArn=role, taskRoleArn=role)
    assert [] == world.found(rules=["shared_role"])
    assert [] == world.found(rules=["shared_role"], executionRoleArn=None, taskRoleArn=None)


def test_task_role(world):
    """Off, unless somebody wants it: a task that asks nothing of AWS needs none."""
    found = ["the task has no role of its own, so that on EC2 it may get the instance's; set taskRoleArn"]
    assert found == world.found(rules=["task_role"], taskRoleArn=None)
    assert [] == world.found(rules=["task_role"])


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-db-AbCdEf", []),
        ("orders-db", []),
        (
            "arn:aws:secretsmanager:eu-west-1:999999999999:secret:orders-db-AbCdEf",
            [
                (
                    "app takes the secret DB from another account (999999999999); "
                    "name one of account 123456789012, or say under `ignore` that it is meant"
                )
            ],
        ),
        (
            "arn:aws:ssm:us-east-1:123456789012:parameter/orders/db",
            [
                (
                    "app takes the secret DB from another region (us-east-1); "
                    "name one of region eu-west-1, or say under `ignore` that it is meant"
                )
            ],
        ),
    ],
)
def test_foreign_secrets(world, value, found):
    """Often the environment that a task definition was copied from; a log driver has secrets as well."""
    secrets = [{"name": "DB", "valueFrom": value}]
    assert found == world.found({"secrets": secrets}, rules=["foreign_secrets"])
    log = {"logDriver": "splunk", "secretOptions": secrets}
    assert found == world.found({"logConfiguration": log}, rules=["foreign_secrets"])


def test_a_name_from_outside_is_shown_in_one_line(world):
    """Nobody writes a second log line through a container's user."""
    (found,) = world.found({"user": "0:\n\x1b[31mall is well" + "x" * 200}, rules=["root_user"])
    assert "app runs as root (user: 0: [31mall is well" in found
    assert "\n" not in found
    assert len(found) < 200
