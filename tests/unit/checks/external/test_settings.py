"""What people may write of external work, and what they are told when they write something else."""

import pytest

from greenlight.checks.external.codebuild import CodeBuildSettings, prepare_codebuild
from greenlight.checks.external.ecs_task import EcsTaskSettings, prepare_ecs_task
from greenlight.checks.external.function import LambdaSettings, prepare_lambda
from greenlight.checks.external.state_machine import StateMachineSettings, prepare_state_machine
from greenlight.checks.smoke import SmokeSettings
from greenlight.documents import DocumentError
from tests.unit.checks.external.conftest import MACHINE, prepared

KINDS = {
    "state_machine": (StateMachineSettings, prepare_state_machine),
    "codebuild": (CodeBuildSettings, prepare_codebuild),
    "ecs_task": (EcsTaskSettings, prepare_ecs_task),
    "lambda": (LambdaSettings, prepare_lambda),
}
LEAST = {
    "state_machine": f"arn: {MACHINE}",
    "codebuild": "project: orders-e2e",
    "ecs_task": "command: [./migrate]",
    "lambda": "function: orders-check",
}
NAMES = (
    "stage, green.image, green.image_digest, green.image_tag, green.revision, green.service_revision, green.task_definition, "
    "blue.image, blue.image_digest, blue.image_tag, blue.revision, blue.service_revision, blue.task_definition, run.id"
)
ARN_CURE = "write arn:aws:states:REGION:ACCOUNT:stateMachine:NAME, with :VERSION or :ALIAS behind it if need be"
TIMEOUT = "has to be from 1s to 24h, because no stage of ECS lasts longer"
SECRET = "a secret belongs into the definition of the work itself, which can refer to the Parameter Store or to Secrets Manager"
NEEDS_COMMAND = (
    "needs a `command`: green's own task definition without another one would start the application once more, and not come "
    'to an end, as in `command: ["./migrate", "--check"]`'
)
NO_SUBNETS = (
    "has no subnets, as tasks without awsvpc have; `security_groups` and `assign_public_ip` go with subnets only"
)


def mistakes(kind, text):
    """What is wrong with settings, each as people read it."""
    with pytest.raises(DocumentError) as caught:
        prepared(*KINDS[kind], text)
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize("kind", KINDS)
def test_the_least_is_enough(kind):
    """And has 25 minutes, which is less than the gate has."""
    made = prepared(*KINDS[kind], LEAST[kind])
    assert (kind, 1500.0) == (made.kind, made.settings.timeout)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("timeout", ["1s", "30s", "24h", "1d"])
def test_a_timeout_may_be_as_long_as_a_stage(kind, timeout):
    """From a second on."""
    assert prepared(*KINDS[kind], f"{LEAST[kind]}\ntimeout: {timeout}").settings.timeout >= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("timeout", "found"), [("0s", "0 ms"), ("999ms", "999 ms"), ("25h", "25 h"), ("2d", "48 h")])
def test_no_other_timeout_is_taken(kind, timeout, found):
    """ECS would not wait for it."""
    expected = f"gates.yaml:2 timeout: {TIMEOUT}; found {found}"
    assert [expected] == mistakes(kind, f"{LEAST[kind]}\ntimeout: {timeout}")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("state_machine", "arn: orders-e2e", [f"1 arn: is no ARN of a state machine: orders-e2e; {ARN_CURE}"]),
        (
            "state_machine",
            f"arn: {MACHINE.replace('stateMachine', 'execution')}",
            [f"1 arn: is no ARN of a state machine: {MACHINE.replace('stateMachine', 'execution')}; {ARN_CURE}"],
        ),
        (
            "state_machine",
            f"arn: {MACHINE}\nstate_machine: x",
            ['2 state_machine: unknown key "state_machine"; write `arn`'],
        ),
        (
            "state_machine",
            f'arn: {MACHINE}\ninput:\n  image: "{{{{ green.imag }}}}"\n  all: ["{{{{ secrets.x }}}}", "{{{{ nope }}}}"]',
            [
                '3 input.image: {{ green.imag }} names nothing; did you mean "green.image"?',
                "4 input.all[0]: {{ secrets.x }} is not handed on to other services; let the work read the secret itself",
                f"4 input.all[1]: {{{{ nope }}}} names nothing; there are: {NAMES}",
            ],
        ),
        (
            "state_machine",
            f'arn: {MACHINE}\ninput:\n  "{{{{ stage }}}}": 1\n  image: "{{{{ green.image"',
            [
                "3 input.{{ stage }}: stands under a key with a template; templates are filled in in values only",
                "4 input.image: opens a template that is none; write {{ stage }} or {{ namespace.key }}",
            ],
        ),
        (
            "codebuild",
            "project: arn:aws:codebuild:eu-west-1:1:project/x",
            [
                (
                    "1 project: is no name of a project: arn:aws:codebuild:eu-west-1:1:project/x; write the project's name, without "
                    "the rest of its ARN"
                ),
            ],
        ),
        (
            "codebuild",
            "project: p1\nenvironment: {A: {ssm: /x}, B: null, 1x: y, CODEBUILD_X: 1, GREENLIGHT_RUN: 1}",
            [
                f'2 environment.A: has to be plain text, found {{"ssm": "/x"}}; {SECRET}',
                '2 environment.B: has no value; write "" for an empty one',
                (
                    "2 environment.1x: is no name of an environment variable; use letters, digits and _, and start with none of the "
                    "digits"
                ),
                "2 environment.CODEBUILD_X: CODEBUILD_X is not for gates files to set; choose another name",
                "2 environment.GREENLIGHT_RUN: GREENLIGHT_RUN is not for gates files to set; choose another name",
            ],
        ),
        (
            "codebuild",
            'project: p1\nsource_version: "{{ green.tag }}"\nbuildspec: x',
            [
                (
                    '3 buildspec: unknown key "buildspec"; the project says what a build does; hand it what differs under '
                    "`environment`"
                ),
            ],
        ),
        (
            "codebuild",
            'project: p1\nsource_version: "{{ green.image_tags }}"',
            ['2 source_version: {{ green.image_tags }} names nothing; did you mean "green.image_tag"?'],
        ),
        ("ecs_task", "{}", [f"1: {NEEDS_COMMAND}"]),
        (
            "ecs_task",
            "command: ./migrate",
            ['1 command: has to be a list of words, as in ["./migrate", "--check"], found "./migrate"'],
        ),
        (
            "ecs_task",
            "command: []",
            ['1 command: has to be a list of words, as in ["./migrate", "--check"], found []'],
        ),
        (
            "ecs_task",
            "task_definition: checks\nenvironment: {A: 1}",
            ["1: needs `container`, the name of the one that gets `command` and `environment`"],
        ),
        (
            "ecs_task",
            "command: [x]\nlaunch_type: FARGATE\ncapacity_provider: FARGATE_SPOT",
            ["1: has `launch_type` and `capacity_provider`; a task takes one of them"],
        ),
        ("ecs_task", "command: [x]\nsubnets: []\nsecurity_groups: [sg-1]", [f"1: {NO_SUBNETS}"]),
        ("ecs_task", "command: [x]\nsubnets: []\nassign_public_ip: false", [f"1: {NO_SUBNETS}"]),
        (
            "ecs_task",
            "command: [x]\nentrypoint: y",
            ['2 entrypoint: unknown key "entrypoint"; ECS lets nobody replace it for one task; write `command`'],
        ),
        (
            "ecs_task",
            'command: ["{{ blue.imagee }}"]',
            ['1 command[0]: {{ blue.imagee }} names nothing; did you mean "blue.image"?'],
        ),
        (
            "lambda",
            "function: a b",
            [
                (
                    "1 function: is no name of a function: a b; write the function's name or ARN, with :VERSION or :ALIAS behind it "
                    "if need be"
                ),
            ],
        ),
        (
            "lambda",
            "function: f:LIVE\nqualifier: OTHER",
            ["1: names LIVE in `function` and OTHER as `qualifier`; write one of them"],
        ),
        (
            "lambda",
            "function: f\nqualifier: a b",
            ["2 qualifier: is neither a version nor an alias of a function: a b"],
        ),
        (
            "lambda",
            "function: f\npayload: {stage: x, memory: {}}",
            ["2 payload: sets memory, stage, which every function is given; choose other keys"],
        ),
        (
            "lambda",
            "function: f\npayload: {hookDetails: 3}",
            ["2 payload: has hookDetails that are no mapping; hooks of ECS get an object"],
        ),
        (
            "lambda",
            "function: f\nhookDetails: {}",
            ['2 hookDetails: unknown key "hookDetails"; write it under `payload`'],
        ),
    ],
)
def test_mistakes_are_told_with_place_and_cure(kind, text, expected):
    """When the gates file is read, and not when a deployment needs it."""
    assert [f"gates.yaml:{each}" for each in expected] == mistakes(kind, text)


@pytest.mark.parametrize(
    "arn", [MACHINE, f"{MACHINE}:7", f"{MACHINE}:PROD", MACHINE.replace("arn:aws:", "arn:aws-cn:")]
)
def test_a_state_machine_may_be_a_version_or_an_alias(arn):
    """In any partition."""
    assert arn == prepared(*KINDS["state_machine"], f"arn: {arn}").settings.arn


def test_a_command_may_have_numbers():
    """As YAML reads them."""
    assert ("sleep", "5", "1.5", "true") == prepared(
        *KINDS["ecs_task"], "command: [sleep, 5, 1.5, true]"
    ).settings.command


@pytest.mark.parametrize("kind", KINDS)
def test_settings_of_another_kind_are_a_defect(kind):
    """The table of the kinds is wrong then."""
    settings = SmokeSettings(endpoint="http://127.0.0.1:1", suite={})
    with pytest.raises(TypeError):
        KINDS[kind][1](settings, "POST_TEST_TRAFFIC_SHIFT", None)
