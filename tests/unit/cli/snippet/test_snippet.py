"""``greenlight snippet``: what is printed is read back by the parser of the tool that it is for."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight_cli.snippet import choices
from greenlight_cli.snippet.configuration import Configuration
from greenlight_cli.snippet.formats import FORMATS
from rehearsal.template import Template
from tests.unit.cli.commands import greenlight_says
from tests.unit.cli.snippet.parsing import PARSERS, findings, problems, template_around

TEMPLATE = Path(__file__).parents[4] / "template.yaml"
GATES = "s3://my-bucket/orders/gates.yaml?versionId=3sL4kqtJlcpXroDTDmJ"
STAGES = ("PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT")
MINUTES = (120, 120, 360)


@pytest.fixture
def stack(aws_api):
    """Greenlight's stack with the outputs that template.yaml gives it."""

    def make(**parameters):
        given = Template.load(TEMPLATE, region="eu-west-1", account_id=aws_api.account_id, parameters=parameters)
        hooks = given.lifecycle_hooks()
        outputs = {f"{name}Arn": function.arn for name, function in given.functions.items()}
        outputs |= {"LifecycleHooks": json.dumps(hooks), "EcsHookRoleArn": hooks[0]["roleArn"]}
        template = {
            "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
        aws_api.client("cloudformation").create_stack(StackName="greenlight", TemplateBody=json.dumps(template))
        return given

    return make


def says(*arguments):
    """Ask for a snippet, and return it."""
    result = greenlight_says("snippet", *arguments)
    assert 0 == result.exit_code, result.output
    return result


def expected(given, *, gates=None, timeouts=True, stages=STAGES):
    """What the API is to get for the hooks of a template."""
    offered = [hook for hook in given.lifecycle_hooks() if set(hook["lifecycleStages"]) <= set(stages)]
    details = {"hookDetails": {"gates": gates}} if gates else {}
    waits = [{"timeoutConfiguration": {"timeoutInMinutes": minutes, "action": "ROLLBACK"}} for minutes in MINUTES]
    hooks = [hook | details | (wait if timeouts else {}) for hook, wait in zip(offered, waits, strict=True)]
    return {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 15, "lifecycleHooks": hooks}


def test_every_format_has_a_writer_and_a_parser_here():
    """A new format is read back, too."""
    assert set(choices.FORMATS) == set(FORMATS) == set(PARSERS)


@pytest.mark.parametrize("form", choices.FORMATS)
def test_each_format_says_what_the_stack_offers(stack, form):
    """Functions and role of the stack's outputs, the service's gates file, and a time-out that CloudFormation takes."""
    given = stack()

    read = PARSERS[form](says("--format", form, "--gates", GATES).stdout)

    assert expected(given, gates=GATES, timeouts=form != "terraform") == read
    assert "" == problems(read)


@pytest.mark.parametrize("form", choices.FORMATS)
@pytest.mark.parametrize(
    ("strategy", "steps"),
    [
        ("LINEAR", {"linearConfiguration": {"stepPercent": 10, "stepBakeTimeInMinutes": 6}}),
        ("CANARY", {"canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": 10}}),
    ],
)
def test_each_format_knows_every_strategy_and_pause(form, strategy, steps):
    """Without an account placeholders stand for what only the stack knows."""
    options = ("--strategy", strategy, "--bake", "30", "--pause", "POST_TEST_TRAFFIC_SHIFT", "--timeout", "90")

    read = PARSERS[form](says("--format", form, "--offline", *options).stdout)

    pause = {
        "targetType": "PAUSE",
        "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "timeoutConfiguration": {"timeoutInMinutes": 240, "action": "ROLLBACK"},
    }
    *functions, last = read.pop("lifecycleHooks")
    assert {"strategy": strategy, "bakeTimeInMinutes": 30, **steps} == read
    assert pause == last
    assert [[stage] for stage in STAGES] == [hook["lifecycleStages"] for hook in functions]
    assert [{"timeoutInMinutes": 90, "action": "ROLLBACK"}] * 3 == [hook["timeoutConfiguration"] for hook in functions]
    assert all("REGION:ACCOUNT:function:STACK-" in hook["hookTargetArn"] for hook in functions)
    assert "" == problems({**read, "lifecycleHooks": [*functions, last]})


@pytest.mark.parametrize(
    ("form", "transform"),
    [("cloudformation", None), ("sam", "AWS::Serverless-2016-10-31"), ("cloudformation", "AWS::Serverless-2016-10-31")],
)
def test_cfn_lint_finds_nothing_in_a_template_with_it(stack, form, transform):
    """As whoever pastes it would see at the next commit."""
    stack(ApprovalHook="PAUSE")

    text = says("--format", form, "--gates", GATES, "--strategy", "CANARY").stdout

    assert [] == findings(template_around(text, transform))


def test_cfn_lint_would_find_a_mistake(stack):
    """The test above is worth something."""
    stack()
    text = says("--format", "cloudformation").stdout.replace("TimeoutInMinutes", "TimeoutMinutes")

    assert {"E3002"} == {rule for rule, _ in findings(template_around(text))}


def test_the_stack_s_own_pause_hook_comes_along_and_reads_no_gates(stack):
    """ApprovalHook=PAUSE was said once, when the stack was deployed."""
    stack(ApprovalHook="PAUSE", ApprovalHookTimeoutMinutes="60")

    read = PARSERS["cli"](says("--format", "cli", "--gates", GATES, "--timeout", "30").stdout)

    assert {
        "targetType": "PAUSE",
        "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
        "timeoutConfiguration": {"timeoutInMinutes": 60, "action": "ROLLBACK"},
    } == read["lifecycleHooks"][-1]


def test_stages_are_chosen_of_all_functions(stack):
    """The function after the shift is there, though the stack's parameter Stages does not name it."""
    given = stack()

    read = PARSERS["cli"](says("--format", "cli", "--stages", "post_production_traffic_shift,PRE_SCALE_UP").stdout)

    names = [hook["hookTargetArn"].rpartition(":")[2] for hook in read["lifecycleHooks"]]
    assert ["PostProductionTrafficShiftFunction", "PreScaleUpFunction"] == names
    assert {given.lifecycle_hooks()[0]["roleArn"]} == {hook["roleArn"] for hook in read["lifecycleHooks"]}


def test_a_function_that_the_stack_lacks_is_told_with_the_cure(stack):
    """That of PRODUCTION_TRAFFIC_SHIFT exists only where it is asked for."""
    stack()

    result = greenlight_says("snippet", "--format", "cli", "--stages", "PRODUCTION_TRAFFIC_SHIFT")

    assert (2, "") == (result.exit_code, result.stdout)
    assert "deploy it with PRODUCTION_TRAFFIC_SHIFT in the parameter Stages" in result.stderr


def test_without_a_stack_it_says_what_to_do(aws_api):
    """Another name, another region, or placeholders."""
    result = greenlight_says("snippet", "--format", "cli", "--region", "eu-west-1")

    assert (2, "") == (result.exit_code, result.stdout)
    assert "there is no stack greenlight in eu-west-1 with an output EcsHookRoleArn" in result.stderr
    assert "--offline" in result.stderr


def test_trouble_of_aws_is_told(aws_api):
    """Whoever may not look is told which permission is missing, and that there is another way."""
    aws_api.faults.deny("cloudformation", "DescribeStacks")

    result = greenlight_says("snippet", "--format", "cli")

    assert 2 == result.exit_code
    assert "add cloudformation:DescribeStacks to your role or user" in result.stderr
    assert "--offline" in result.stderr


@pytest.mark.parametrize(
    "text", ["", "nothing", "[]", "{}", '[{"hookTargetArn": "arn"}]', "[1]", '[{"lifecycleStages": []}]']
)
def test_an_output_without_hooks_is_told(aws_api, text):
    """A stack that somebody else made, or changed."""
    outputs = {"EcsHookRoleArn": "arn:aws:iam::123456789012:role/hooks", **({"LifecycleHooks": text} if text else {})}
    template = {
        "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    aws_api.client("cloudformation").create_stack(StackName="greenlight", TemplateBody=json.dumps(template))

    result = greenlight_says("snippet", "--format", "cli")

    assert 2 == result.exit_code
    assert "the output LifecycleHooks of stack greenlight holds no hooks" in result.stderr


def test_offline_asks_nothing(fresh_clients, monkeypatch):
    """On a machine without credentials, and without a way to AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    result = says("--format", "cloudformation", "--offline")

    assert "REGION, ACCOUNT and STACK are placeholders" in result.stdout


@pytest.mark.parametrize("form", ["cloudformation", "sam", "cdk", "cdk-python"])
def test_time_outs_that_cloudformation_refuses_are_not_printed(form):
    """Its own error comes after minutes, in the middle of a stack update."""
    result = greenlight_says("snippet", "--format", form, "--offline", "--timeout", "700")

    assert (2, "") == (result.exit_code, result.stdout)
    assert "come to 2115 minutes, and CloudFormation allows 1980 together" in result.stderr


def test_other_tools_have_no_such_bound():
    """ECS itself waits a day for each hook."""
    says("--format", "cli", "--offline", "--timeout", "1440")


def test_hooks_without_a_time_out_count_as_ecs_counts_them():
    """A day, where nobody says anything."""
    assert 15 + 1440 == Configuration(strategy="BLUE_GREEN", bake_minutes=15, hooks=[{}]).minutes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gates", "gates.yaml"], ["is no location", "greenlight push FILE s3://bucket/key"]),
        (["--gates", "s3://bucket"], ["is no location"]),
        (["--stages", "POST_SCALE_UP"], ["there is no function for POST_SCALE_UP", "lifecycleStages"]),
        (["--stages", "PRE_SCALE"], ["there is no function for PRE_SCALE"]),
        (["--pause", "PRODUCTION_TRAFFIC_SHIFT"], ["is not one of"]),
        (["--bake", "1441"], ["is not in the range 0<=x<=1440"]),
        (["--timeout", "0"], ["is not in the range 1<=x<=1440"]),
        (["--strategy", "ROLLING"], ["is not one of"]),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, words):
    """Before anything is printed."""
    result = greenlight_says("snippet", "--format", "cli", "--offline", *arguments)

    assert (2, "") == (result.exit_code, result.stdout)
    assert all(word in result.stderr.replace("\n", " ") for word in words), result.stderr


def test_what_cannot_hold_a_comment_is_pure(stack):
    """Where JSON is read, and what has to be known goes to standard error."""
    stack()
    result = says("--format", "ecspresso")

    json.loads(result.stdout)
    assert "greenlight: into the service definition" in result.stderr


_KEYS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="?"), min_size=1, max_size=40
)


@pytest.mark.parametrize("form", choices.FORMATS)
@given(key=_KEYS)
def test_no_location_breaks_out_of_its_place(form, key):
    """Whatever stands in a key, each parser reads what was written, and nothing else."""
    gates = f"s3://my-bucket/{key}"
    hook = {
        "hookTargetArn": "arn",
        "roleArn": "role",
        "lifecycleStages": ["PRE_SCALE_UP"],
        "hookDetails": {"gates": gates},
    }
    made = Configuration(strategy="BLUE_GREEN", bake_minutes=0, hooks=[hook])

    assert made.document() == PARSERS[form]("\n".join(FORMATS[form].write(made)))


def test_the_command_has_help_with_examples():
    """An example says more than the list of options."""
    text = greenlight_says("snippet", "--help").output
    assert "examples:\n    greenlight snippet " in text
    assert "Exit codes: 0 " in text
