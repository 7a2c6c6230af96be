"""The difference between two task definitions, in lines for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks.task_definition.changes import changes
from greenlight.checks.task_definition.definition import Definition


def definition(*containers, **task):
    """A task definition, as ECS would describe it."""
    made = tuple({"name": "app", "image": "orders:1"} | container for container in containers or ({},))
    return Definition("arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:1", task, made)


def test_nothing_changed():
    """What ECS says of a task definition, and nobody decides, is no change."""
    blue = definition(revision=1, taskDefinitionArn="a:1", registeredAt=1, status="INACTIVE", requiresAttributes=[{}])
    green = definition(revision=2, taskDefinitionArn="a:2", registeredAt=2, registeredBy="b", compatibilities=["EC2"])
    assert [] == changes(blue, green)


@pytest.mark.parametrize(
    ("blue", "green"),
    [
        ({}, {"environment": [], "cpu": 0, "portMappings": [], "privileged": False, "essential": True}),
        ({"essential": None}, {"essential": True}),
        ({"linuxParameters": {}}, {"linuxParameters": {"capabilities": {"add": []}}}),
        (
            {"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]},
        ),
        ({"portMappings": [{"containerPort": 80}]}, {"portMappings": [{"containerPort": 80, "hostPort": 0}]}),
    ],
)
def test_what_ecs_fills_in_is_no_change(blue, green):
    """Nor is another order of variables."""
    assert [] == changes(definition(blue), definition(green))


@pytest.mark.parametrize(
    ("blue", "green", "lines"),
    [
        ({"cpu": "256"}, {"cpu": "512"}, ["task: cpu 256 → 512"]),
        ({}, {"memory": "512"}, ["task: memory none → 512"]),
        ({"networkMode": "bridge"}, {"networkMode": "awsvpc"}, ["task: networkMode bridge → awsvpc"]),
        (
            {"taskRoleArn": "arn:aws:iam::1:role/orders"},
            {"taskRoleArn": "arn:aws:iam::1:role/orders-2"},
            ["task: taskRoleArn orders → orders-2"],
        ),
        (
            {"taskRoleArn": "arn:aws:iam::1:role/orders"},
            {"taskRoleArn": "arn:aws:iam::2:role/orders"},
            ["task: taskRoleArn arn:aws:iam::1:role/orders → arn:aws:iam::2:role/orders"],
        ),
        ({"executionRoleArn": "arn:aws:iam::1:role/x"}, {}, ["task: executionRoleArn x → none"]),
        (
            {"runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}},
            {"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}},
            ["task: cpuArchitecture X86_64 → ARM64"],
        ),
        ({}, {"ephemeralStorage": {"sizeInGiB": 40}}, ["task: sizeInGiB none → 40"]),
        (
            {"volumes": [{"name": "a"}, {"name": "b", "host": {}}]},
            {"volumes": [{"name": "b", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}, {"name": "c"}]},
            ["task: volume a removed", "task: volume b changed", "task: volume c added"],
        ),
        ({}, {"proxyConfiguration": {"type": "APPMESH"}}, ["task: proxyConfiguration added"]),
        ({"enableFaultInjection": True}, {}, ["task: enableFaultInjection true → false"]),
        ({}, {"somethingNewOfEcs": {"a": 1}}, ["task: somethingNewOfEcs added"]),
    ],
)
def test_the_task(blue, green, lines):
    """What it costs, who it is, where it runs; what is not known here is named as well."""
    assert lines == changes(definition(**blue), definition(**green))


@pytest.mark.parametrize(
    ("blue", "green", "lines"),
    [
        (
            {"image": "r.example.com/a/orders:1"},
            {"image": "r.example.com/a/orders:2"},
            ["app: image orders:1 → orders:2"],
        ),
        (
            {"image": "r.example.com/a/orders:1"},
            {"image": "other.example.com/a/orders:1"},
            ["app: image r.example.com/a/orders:1 → other.example.com/a/orders:1"],
        ),
        ({"user": "1000"}, {}, ["app: user 1000 → none"]),
        ({}, {"privileged": True}, ["app: privileged false → true"]),
        ({"readonlyRootFilesystem": True}, {}, ["app: readonlyRootFilesystem true → false"]),
        ({}, {"essential": False}, ["app: essential true → false"]),
        ({"command": ["serve"]}, {"command": ["serve", "--fast"]}, ["app: command changed"]),
        ({}, {"entryPoint": ["sh"]}, ["app: entryPoint added"]),
        ({"healthCheck": {"command": ["CMD"]}}, {}, ["app: healthCheck removed"]),
        (
            {"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]},
            {"environment": [{"name": "B", "value": "2"}, {"name": "C", "value": "1"}]},
            ["app: environment A removed", "app: environment B changed", "app: environment C added"],
        ),
        (
            {"environment": [{"name": "DB", "value": "x"}]},
            {"secrets": [{"name": "DB", "valueFrom": "orders/db"}]},
            ["app: environment DB removed", "app: secret DB added, from orders/db"],
        ),
        (
            {"secrets": [{"name": "A", "valueFrom": "a:1"}, {"name": "B", "valueFrom": "b"}]},
            {"secrets": [{"name": "A", "valueFrom": "a:2"}]},
            ["app: secret A from a:1 → a:2", "app: secret B removed"],
        ),
        (
            {"portMappings": [{"containerPort": 80}, {"containerPort": 90, "protocol": "udp"}]},
            {"portMappings": [{"containerPort": 80, "appProtocol": "http2"}, {"containerPortRange": "90-99"}]},
            ["app: port 80/tcp changed", "app: port 90/udp removed", "app: port 90-99/tcp added"],
        ),
        (
            {"mountPoints": [{"containerPath": "/a", "sourceVolume": "a"}]},
            {"mountPoints": [{"containerPath": "/a", "sourceVolume": "a", "readOnly": True}]},
            ["app: mount /a changed"],
        ),
        (
            {"dockerLabels": {"a": "1"}},
            {"dockerLabels": {"a": "2", "b": "1"}},
            ["app: label a changed", "app: label b added"],
        ),
        (
            {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "a", "mode": "blocking"}}},
            {"logConfiguration": {"logDriver": "splunk", "options": {"awslogs-group": "b"}, "secretOptions": [{}]}},
            [
                "app: logDriver awslogs → splunk",
                "app: secretOptions added",
                "app: log option awslogs-group changed",
                "app: log option mode removed",
            ],
        ),
        (
            {"linuxParameters": {"capabilities": {"add": ["A", "B"]}, "initProcessEnabled": True}},
            {"linuxParameters": {"capabilities": {"add": ["B", "C"]}}},
            ["app: initProcessEnabled removed", "app: capability A removed", "app: capability C added"],
        ),
    ],
)
def test_a_container(blue, green, lines):
    """Each line names the container, what it is about, and how it changed."""
    assert lines == changes(definition(blue), definition(green))


def test_containers_come_and_go():
    """A new sidecar is the release's most important line."""
    blue = definition({}, {"name": "old"})
    green = definition({"image": "orders:2"}, {"name": "log_router", "image": "fluent-bit:3"})
    assert [
        "app: image orders:1 → orders:2",
        "log_router: added, image fluent-bit:3",
        "old: removed",
    ] == changes(blue, green)


def test_a_name_from_outside_stays_in_its_line():
    """And is cut where it is long."""
    green = definition({"environment": [{"name": "A\nB\x1b" + "C" * 200, "value": "1"}]})
    (line,) = changes(definition(), green)
    assert f"app: environment A B {'C' * 75}… added" == line


values = st.text(alphabet="0123456789", min_size=12, max_size=20)


@given(values, values)
def test_no_value_of_a_variable_is_ever_told(old, new):
    """Whether it looks like a secret or not; commands, labels and options neither."""

    def holding(value):
        return definition(
            {
                "environment": [{"name": "A", "value": value}],
                "command": [value],
                "entryPoint": [value],
                "dockerLabels": {"a": value},
                "healthCheck": {"command": [value]},
                "logConfiguration": {"logDriver": "splunk", "options": {"a": value}},
                "firelensConfiguration": {"type": "fluentbit", "options": {"a": value}},
                "systemControls": [{"namespace": "a", "value": value}],
            },
            volumes=[{"name": "a", "dockerVolumeConfiguration": {"driverOpts": {"o": value}}}],
        )

    told = "\n".join(changes(holding(old), holding(new)))
    assert old not in told
    assert new not in told
