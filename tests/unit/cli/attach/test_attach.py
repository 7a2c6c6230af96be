"""Attaching Greenlight's hooks to a service, and taking them away again."""

import json

import pytest
from click.testing import _NamedTextIOWrapper

from greenlight_cli.attach import session
from greenlight_cli.doctor.examining import examine
from tests.unit.cli.attach.conftest import LOAD_TEST, LOOK
from tests.unit.cli.commands import greenlight_says
from tests.unit.cli.doctor.broken import under_way
from tests.unit.cli.doctor.sound import (
    ACCOUNT,
    AFTER,
    BEFORE,
    GATES,
    PRE,
    SERVICE,
    SOUND_GATES,
    STAGES,
    SUITE,
    TEST,
    arn_of,
    attached,
    hook_at,
)

PAUSE = {
    "targetType": "PAUSE",
    "lifecycleStages": [BEFORE],
    "timeoutConfiguration": {"timeoutInMinutes": 240, "action": "ROLLBACK"},
}
WITHOUT_APPROVAL = {key: value for key, value in SOUND_GATES.items() if key != BEFORE.lower()} | {
    BEFORE.lower(): {"smoke": {"suite": SUITE}}
}


@pytest.fixture
def updates(module_aws_api):
    """How often the service was changed since the test began."""
    before = module_aws_api.faults.calls("ecs", "UpdateService")
    return lambda: module_aws_api.faults.calls("ecs", "UpdateService") - before


@pytest.fixture
def at_a_terminal(monkeypatch):
    """Somebody is there to be asked."""
    monkeypatch.setattr(_NamedTextIOWrapper, "isatty", lambda _: True, raising=False)


def new(stage):
    """A hook of Greenlight's, as it is attached where none was: ECS's own 24 hours are no time to wait."""
    minutes = {BEFORE: 360}.get(stage, 120)
    return attached(stage, timeoutConfiguration={"timeoutInMinutes": minutes, "action": "ROLLBACK"})


def attach(*arguments, **more):
    """Attach to the service of the account."""
    return greenlight_says("attach", "orders", "--cluster", "shop", *arguments, **more)


def test_hooks_are_attached_beside_those_of_others(bare):
    """They stand behind them, and nothing else of the service changes."""
    before = bare.configuration()

    result = attach("--gates", GATES, "--yes")

    assert 0 == result.exit_code, result.output
    assert [LOAD_TEST, LOOK, *(new(stage) for stage in STAGES)] == bare.hooks()
    assert {**before, "lifecycleHooks": bare.hooks()} == bare.configuration()
    assert (
        "attached to orders; this starts no deployment: the next one is the first that the gates guard\n"
        in result.stdout
    )


def test_the_difference_is_shown_first(bare):
    """Hook by hook, what stays and what comes, in plain text where no terminal is."""
    lines = attach("--gates", GATES, "--dry-run").stdout.splitlines()

    name = arn_of(PRE).rpartition(":")[2]
    assert f"service {SERVICE}" == lines[0]
    assert "= POST_SCALE_UP greenlight-LoadTestFunction (not Greenlight's), stays as it is" == lines[1]
    assert "= POST_PRODUCTION_TRAFFIC_SHIFT PAUSE, stays as it is" == lines[2]
    assert [
        f"+ PRE_SCALE_UP {name}",
        f"    roleArn: arn:aws:iam::{ACCOUNT}:role/greenlight-EcsHookRole",
        f'    hookDetails: {{"gates": "{GATES}"}}',
        "    waits 120 min, then ROLLBACK",
    ] == lines[3:7]


def test_a_dry_run_changes_nothing(bare, updates):
    """It says what would come of it."""
    good = attach("--gates", GATES, "--dry-run")
    bare.api.client("s3").delete_object(Bucket="shop-deploy", Key="orders/gates.yaml")
    bad = attach("--gates", GATES, "--dry-run")

    assert [0, 1] == [good.exit_code, bad.exit_code]
    assert all(each.stdout.endswith("nothing was changed, as asked (--dry-run)\n") for each in (good, bad))
    assert 0 == updates()
    assert [LOAD_TEST, LOOK] == bare.hooks()


def test_attaching_twice_changes_nothing(bare, updates):
    """And it is said so, with the gates file named again, or left out."""
    attach("--gates", GATES, "--yes")
    again = [attach("--gates", GATES, "--yes"), attach("--yes"), attach()]

    assert [0] * 3 == [each.exit_code for each in again]
    assert all("nothing to change: the hooks of stack greenlight are attached" in each.stdout for each in again)
    assert 1 == updates()


def test_what_ecs_fills_in_is_no_change(bare, updates):
    """Defaults that nobody wrote, and hookDetails as text, mean the same."""
    filled = [
        {
            "targetType": "AWS_LAMBDA",
            **attached(stage),
            "timeoutConfiguration": {"timeoutInMinutes": 1440, "action": "ROLLBACK"},
        }
        for stage in STAGES
    ]
    bare.reconfigure(lifecycleHooks=[*filled, LOAD_TEST])
    before = updates()

    assert "nothing to change" in attach("--gates", GATES).stdout
    assert before == updates()


def test_detaching_undoes_it_exactly(bare):
    """The hooks of others are as they were, to the letter; once more changes nothing."""
    attach("--gates", GATES, "--yes")

    first = greenlight_says("detach", "shop/orders", "--yes")
    second = greenlight_says("detach", "shop/orders", "--yes")

    assert [0, 0] == [first.exit_code, second.exit_code]
    assert [LOAD_TEST, LOOK] == bare.hooks()
    assert "detached from orders; this starts no deployment" in first.stdout
    assert "nothing to change: no hook of stack greenlight is attached" in second.stdout


def test_the_last_hooks_are_taken_away_too(sound):
    """ECS keeps hooks that an update does not name, so that an empty list is sent."""
    dry = greenlight_says("detach", "shop/orders", "--dry-run")
    kept = sound.hooks()
    gone = greenlight_says("detach", "shop/orders", "--yes")

    assert [0, 0] == [dry.exit_code, gone.exit_code]
    assert 3 == len(kept)
    assert [] == sound.hooks()


def test_errors_refuse_unless_they_are_taken_on(bare, updates):
    """The person sees them, with their cures."""
    bare.shut(8443)
    refused = attach("--gates", GATES, "--yes")
    nothing = updates()
    forced = attach("--gates", GATES, "--yes", "--force")

    assert [1, 0] == [refused.exit_code, forced.exit_code]
    assert 0 == nothing
    assert "add an inbound rule for port 8443" in refused.stdout
    assert "refused for 1 error; mend them and attach again, or attach with --force" in refused.stdout
    assert "going on all the same (--force)" in forced.stdout
    assert 5 == len(bare.hooks())


def test_what_could_not_be_looked_at_is_shown_and_does_not_refuse(bare):
    """Not everybody who deploys may read IAM."""
    bare.api.faults.deny("iam", "GetRole")

    result = attach("--gates", GATES, "--yes")

    assert 0 == result.exit_code
    assert "UNKNOWN roles of the hooks: could not be looked at: iam:GetRole was denied" in result.stdout


def test_nobody_is_there_to_be_asked(bare, updates):
    """A pipeline has to say that it agrees."""
    result = attach("--gates", GATES)

    assert 2 == result.exit_code
    assert "nobody is there to be asked; agree beforehand with --yes" in result.stderr
    assert 0 == updates()


@pytest.mark.parametrize(("answer", "code", "count"), [("y", 0, 5), ("n", 1, 2), ("", 1, 2)])
def test_the_person_is_asked(bare, at_a_terminal, answer, code, count):
    """And may say no, which is what silence means."""
    result = attach("--gates", GATES, stdin=f"{answer}\n")

    assert (code, count) == (result.exit_code, len(bare.hooks()))
    assert "Attach them to orders? [y/N]" in result.stdout


def test_the_person_is_asked_before_gates_go(sound, at_a_terminal):
    """It says what that means."""
    result = greenlight_says("detach", "shop/orders", stdin="n\n")

    assert (1, 3) == (result.exit_code, len(sound.hooks()))
    assert "Take them away from orders, so that no gate guards it? [y/N]" in result.stdout


def test_hooks_of_ours_are_put_right_where_they_stand(bare):
    """Another role, another stage, twice: each is there once afterwards, in its place, and the change is shown."""
    old = attached(PRE) | {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/old"}
    astray = attached(TEST) | {"lifecycleStages": [BEFORE], "hookTargetArn": f"{arn_of(TEST)}:7"}
    bare.reconfigure(lifecycleHooks=[old, LOAD_TEST, astray, old, LOOK])

    result = attach("--gates", GATES, "--yes")

    assert 0 == result.exit_code, result.output
    assert [attached(PRE), LOAD_TEST, attached(TEST), LOOK, new(BEFORE)] == bare.hooks()
    told = result.stdout.splitlines()
    assert f"    roleArn: {old['roleArn']} -> {attached(PRE)['roleArn']}" in told
    assert f'    lifecycleStages: ["{BEFORE}"] -> ["{TEST}"]' in told
    assert "- PRE_SCALE_UP greenlight-PreScaleUpFunction" in told


def test_a_stage_without_a_function_of_its_own_stays_where_it_was_put(bare):
    """Somebody gave it to a function on purpose; a stage that has its own function goes to that one."""
    bare.gates(SOUND_GATES | {"post_scale_up": {"alarms": {"names": ["orders-5xx"]}}})
    shared = attached(PRE) | {"lifecycleStages": [PRE, "POST_SCALE_UP", TEST]}
    bare.reconfigure(lifecycleHooks=[shared])

    assert 0 == attach("--yes").exit_code
    assert [PRE, "POST_SCALE_UP"] == bare.hooks()[0]["lifecycleStages"]
    assert [TEST] == bare.hooks()[1]["lifecycleStages"]


def test_stages_and_time_outs_are_those_that_are_wished(bare):
    """A stage that is not wished any more goes; gates file and time-out stay where no other is named."""
    attach("--gates", GATES, "--yes", "--timeout", "300")
    bare.gates(WITHOUT_APPROVAL | {AFTER.lower(): {"smoke": {"suite": SUITE}}})
    result = attach("--stages", f"{TEST},{AFTER.lower()}", "--stages", BEFORE, "--yes")

    timeout = {"timeoutConfiguration": {"timeoutInMinutes": 300, "action": "ROLLBACK"}}
    assert 0 == result.exit_code, result.output
    wanted = [attached(TEST, **timeout), attached(BEFORE, **timeout), new(AFTER)]
    assert [LOAD_TEST, LOOK, *wanted] == bare.hooks()


def test_other_details_of_a_hook_stay(bare):
    """Only gates is Greenlight's."""
    bare.reconfigure(lifecycleHooks=[hook_at(TEST, hookDetails={"team": "shop", "gates": "ssm:/old"})])

    attach("--gates", GATES, "--yes")

    assert {"team": "shop", "gates": GATES} == bare.hooks()[0]["hookDetails"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--gates", "gates.yml"), '--gates "gates.yml" is no location; write s3://bucket/key'),
        (("--stages", "RECONCILE_SERVICE"), "stack greenlight has no function for RECONCILE_SERVICE; it has them for"),
        (("--stages", "PRE_SCALE"), '"PRE_SCALE" is no stage; choose of'),
        (("--stages", ","), "names no stage"),
        (("--timeout", "1441"), "1441 is not in the range"),
        (("--stack", "other"), "there is no stack other in eu-west-1; name Greenlight's with --stack"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_cure(bare, updates, arguments, words):
    """And nothing is changed."""
    result = attach(*arguments, "--yes")

    assert 2 == result.exit_code
    assert words in result.stderr
    assert 0 == updates()


def test_a_file_of_this_machine_has_to_be_uploaded(bare, updates, tmp_path):
    """No function could read it."""
    path = tmp_path / "gates.yaml"
    path.write_text("version: 1\n", encoding="utf-8")

    result = attach("--gates", str(path), "--yes")

    assert 2 == result.exit_code
    assert f"upload it (greenlight push {path} s3://bucket/gates.yaml), and name that" in result.stderr
    assert 0 == updates()


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ({"offered": ()}, "offers no hooks in its output LifecycleHooks; deploy it with Stages"),
        ({"LifecycleHooks": "{"}, "output LifecycleHooks of stack gates is no JSON"),
        ({"LifecycleHooks": "[1]"}, "output LifecycleHooks of stack gates is no JSON list of objects"),
        ({"offered": (), "EcsHookRoleArn": None, "stages": TEST}, "does not tell its role"),
        (
            {
                f"{stage}FunctionArn": None
                for stage in (
                    "PreScaleUp",
                    "PostTestTrafficShift",
                    "PreProductionTrafficShift",
                    "ProductionTrafficShift",
                    "PostProductionTrafficShift",
                )
            },
            "stack gates has no hook functions among its outputs",
        ),
    ],
)
def test_a_stack_that_is_not_fit_is_told(bare, updates, outputs, words):
    """With what to do."""
    stages = outputs.pop("stages", None) if isinstance(outputs, dict) else None
    bare.stack("gates", **outputs)

    result = attach("--stack", "gates", "--yes", *(("--stages", stages) if stages else ()))

    assert 2 == result.exit_code
    assert words in result.stderr
    assert 0 == updates()


def test_ten_hooks_are_all_that_ecs_takes(bare, updates):
    """It is told before anybody is asked."""
    bare.reconfigure(lifecycleHooks=[{**LOAD_TEST, "hookTargetArn": arn_of(f"LOAD_{number}")} for number in range(8)])
    before = updates()

    result = attach("--gates", GATES, "--yes")

    assert 2 == result.exit_code
    assert "the service would have 11 AWS_LAMBDA hooks, and ECS takes 10; attach fewer with --stages" in result.stderr
    assert before == updates()


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (("aws:cloudformation:stack-name", "orders-prod"), "it belongs to the CloudFormation stack orders-prod"),
        (("ManagedBy", "Terraform"), "its tag ManagedBy=Terraform hints at Terraform"),
    ],
)
def test_who_writes_over_the_hooks_is_told(account, tag, words):
    """And where to put them instead."""
    account.build(hooks=[], tags=[tag])

    result = attach("--gates", GATES, "--yes", "--timeout", "300")

    assert 0 == result.exit_code, result.output
    assert words in result.stdout
    assert "greenlight snippet --format" in result.stdout


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (("aws:cloudformation:stack-name", "orders-prod"), "or its next update brings them back"),
        (("ManagedBy", "Terraform"), "or its next apply brings them back"),
    ],
)
def test_who_brings_the_hooks_back_is_told(account, tag, words):
    """Where a template has them, taking them away by hand lasts until it is deployed."""
    account.build(tags=[tag])

    assert words in greenlight_says("detach", "shop/orders", "--yes").stdout


def test_a_deployment_that_is_under_way_is_told(account):
    """At detaching, as the doctor does at attaching; and where ECS does not say, that."""
    under_way(account)
    told = greenlight_says("detach", "shop/orders", "--dry-run")
    account.api.faults.deny("ecs", "ListServiceDeployments")
    denied = greenlight_says("detach", "shop/orders", "--dry-run")
    account.api.faults.clear()

    assert "remark: a deployment is under way (d1), and AWS does not say by which hooks it goes on" in told.stdout
    assert (
        "remark: whether a deployment is under way could not be looked at: ecs:ListServiceDeployments was denied"
        in denied.stdout
    )
    assert 0 == denied.exit_code


def test_another_stack_of_greenlights_is_left_alone(bare):
    """Its hooks are those of others, at attaching and at detaching; both are asked."""
    other = [hook_at(stage) | {"hookTargetArn": arn_of(stage).replace("greenlight", "canary")} for stage in STAGES]
    bare.reconfigure(lifecycleHooks=other)

    attach("--gates", GATES, "--yes", "--force")
    both = bare.hooks()
    greenlight_says("detach", "shop/orders", "--yes")

    assert [*other, *(new(stage) for stage in STAGES)] == both
    assert other == bare.hooks()


def test_the_stacks_pause_hook_comes_along_and_goes(bare):
    """It bears nobody's name: what waits there already is left alone, whose ever it is."""
    bare.stack("gates", pause=[PAUSE])
    bare.gates(WITHOUT_APPROVAL)
    before = bare.hooks()

    attach("--stack", "gates", "--gates", GATES, "--yes")
    with_pause = bare.hooks()
    again = attach("--stack", "gates", "--gates", GATES, "--yes")
    greenlight_says("detach", "shop/orders", "--stack", "gates", "--yes")

    assert PAUSE == with_pause[-1]
    assert "nothing to change" in again.stdout
    assert before == bare.hooks()


def test_a_pause_hook_of_others_at_the_same_stage_stays_alone(bare):
    """People would be asked twice; at detaching it stays, too."""
    theirs = {**PAUSE, "timeoutConfiguration": {"timeoutInMinutes": 60, "action": "ROLLBACK"}}
    bare.stack("gates", pause=[PAUSE])
    bare.gates(WITHOUT_APPROVAL)
    bare.reconfigure(lifecycleHooks=[theirs])

    there = attach("--stack", "gates", "--gates", GATES, "--yes")
    hooks = bare.hooks()
    gone = greenlight_says("detach", "shop/orders", "--stack", "gates", "--yes")

    assert [theirs, *(new(stage) for stage in STAGES)] == hooks
    assert [theirs] == bare.hooks()
    assert "a PAUSE hook waits at PRE_PRODUCTION_TRAFFIC_SHIFT already (60 min, then ROLLBACK)" in there.stdout
    assert "the PAUSE hook at PRE_PRODUCTION_TRAFFIC_SHIFT stays" in gone.stdout


@pytest.mark.parametrize("verb", ["attach", "detach"])
def test_what_may_not_be_changed_is_not(sound, verb):
    """The permission that is missing is the person's."""
    sound.reconfigure(lifecycleHooks=[attached(PRE)])
    sound.api.faults.deny("ecs", "UpdateService")

    result = greenlight_says(verb, "shop/orders", "--yes")

    assert 2 == result.exit_code
    assert (
        "nothing was changed: ecs:UpdateService was denied; add ecs:UpdateService to your role or user" in result.stderr
    )
    assert [attached(PRE)] == sound.hooks()


@pytest.mark.parametrize(
    ("service", "operation"),
    [("ecs", "DescribeServices"), ("cloudformation", "DescribeStacks"), ("ecs", "UpdateService")],
)
def test_throttling_changes_nothing(bare, service, operation):
    """Wherever it comes."""
    bare.api.faults.fail(service, operation, "ThrottlingException")

    result = attach("--gates", GATES, "--yes")
    bare.api.faults.clear()

    assert 2 == result.exit_code
    assert "nothing was changed" in result.stderr
    assert "was throttled" in result.stderr
    assert [LOAD_TEST, LOOK] == bare.hooks()


def test_an_answer_that_is_none_leaves_it_open(bare):
    """Whether it was changed is nobody's guess."""
    bare.api.faults.fail("ecs", "UpdateService", "ServerException", message="oops", status=500)

    result = attach("--gates", GATES, "--yes")

    assert 2 == result.exit_code
    assert "nobody knows whether the hooks were changed" in result.stderr
    assert "look with greenlight doctor" in result.stderr


def test_an_answer_with_other_hooks_is_told(bare):
    """ECS took the call, and shows something else."""
    bare.api.faults.garble("ecs", "UpdateService", json.dumps({"service": {"serviceName": "orders"}}).encode())

    result = attach("--gates", GATES, "--yes")

    assert 2 == result.exit_code
    assert "ECS took the hooks, and shows others than it was asked for" in result.stderr


def test_what_somebody_changed_meanwhile_is_not_written_over(bare, monkeypatch):
    """What was shown and agreed to is not what is there any more."""

    def look_for_long(subject):
        bare.reconfigure(bakeTimeInMinutes=7)
        return examine(subject)

    monkeypatch.setattr(session, "examine", look_for_long)

    result = attach("--gates", GATES, "--yes")

    assert 2 == result.exit_code
    assert "nothing was changed: somebody else has changed the service since its hooks were shown" in result.stderr
    assert ([LOAD_TEST, LOOK], 7) == (bare.hooks(), bare.configuration()["bakeTimeInMinutes"])


@pytest.mark.parametrize("verb", ["attach", "detach", "doctor"])
def test_the_commands_explain_themselves(verb):
    """With examples and exit codes."""
    told = greenlight_says(verb, "--help").output
    assert f"examples:\n    greenlight {verb} " in told
    assert "Exit codes: 0 " in told
