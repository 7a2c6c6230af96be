"""The state_machine check: one execution for a deployment, whatever is forgotten, and what its end means."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from greenlight.checks import Outcome
from greenlight.checks.external.state_machine import StateMachineSettings, prepare_state_machine
from tests.unit.checks.external.conftest import MACHINE, ROLE, prepared


def check(more="", *, arn=MACHINE):
    """A check of the state machine that works."""
    return prepared(StateMachineSettings, prepare_state_machine, f"arn: {arn}\nname: e2e\n{more}")


def end(execution, status, *, minutes=3, **fields):
    """Let an execution end, some minutes after its start."""
    execution.status = status
    execution.stop_date = execution.start_date + timedelta(minutes=minutes)
    for name, value in fields.items():
        setattr(execution, name, value)


def started(world, made, **fields):
    """Ask a check for the first time."""
    first = world.ask(made, **fields)
    assert Outcome.INCONCLUSIVE is first.outcome, first.summary
    return first, world.executions[-1]


def test_the_first_question_starts_an_execution(world):
    """It is named after the run, and there is something to be patient for."""
    result, execution = started(world, check())
    assert f"execution {execution.name} of state machine orders-e2e was started (RUNNING)" == result.summary
    assert execution.name.startswith("greenlight-e2e-")
    assert (10, {"id": execution.name[-24:], "since": int(world.now)}) == (result.retry_after, result.memory)
    link = f"https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/{execution.execution_arn}"
    assert (link, "RUNNING") == (result.details["link"], result.details["status"])


def test_an_execution_that_succeeded_passes(world):
    """The deployment goes on."""
    first, execution = started(world, check())
    end(execution, "SUCCEEDED")
    result = world.ask(check(), first.memory)
    expected = f"execution {execution.name} of state machine orders-e2e succeeded in 3 min"
    assert (Outcome.PASSED, expected, {}) == (result.outcome, result.summary, result.memory)
    assert 180 == result.details["seconds"]


LAMBDA_CAUSE = json.dumps({"errorMessage": "order 7 is\nmissing", "errorType": "AssertionError", "stackTrace": ["x"]})


@pytest.mark.parametrize(
    ("status", "fields", "said"),
    [
        (
            "FAILED",
            {"error": "Orders.Bad", "cause": "2 of 7 tests failed"},
            "failed after 3 min: Orders.Bad: 2 of 7 tests failed",
        ),
        (
            "FAILED",
            {"error": "AssertionError", "cause": LAMBDA_CAUSE},
            "failed after 3 min: AssertionError: order 7 is missing",
        ),
        ("FAILED", {"cause": '{"Containers": []}'}, 'failed after 3 min: {"Containers": []}'),
        ("TIMED_OUT", {"error": "States.Timeout"}, "timed out after 3 min: States.Timeout"),
        ("ABORTED", {}, "was aborted after 3 min"),
    ],
)
def test_an_execution_that_ended_otherwise_fails(world, status, fields, said):
    """With the error and the words of the cause, without the traces around them."""
    first, execution = started(world, check())
    end(execution, status, **fields)
    world.now += 180
    result = world.ask(check(), first.memory)
    assert Outcome.FAILED is result.outcome
    assert f"execution {execution.name} of state machine orders-e2e {said}" == result.summary


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE", "SOMETHING_NEW"])
def test_an_execution_without_an_end_is_waited_for(world, status):
    """The longer it takes, the less often it is asked; a status that is not known yet is none of success."""
    first, execution = started(world, check())
    execution.status = status
    world.now += 100
    result = world.ask(check(), first.memory)
    assert Outcome.INCONCLUSIVE is result.outcome
    assert result.summary.endswith(f"has been at work for 2 min ({status})")
    assert 25 == pytest.approx(result.retry_after, abs=1)
    world.now += 900
    assert 60 == world.ask(check(), result.memory).retry_after


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_lost_memory_starts_nothing_anew(world, status):
    """The name finds the execution, whether it runs or has ended."""
    _, execution = started(world, check())
    end(execution, status) if status != "RUNNING" else None
    count = len(world.executions)
    result = world.ask(check())
    assert Outcome.PASSED if status == "SUCCEEDED" else Outcome.INCONCLUSIVE is result.outcome
    assert count == len(world.executions)


@pytest.mark.parametrize(
    "memory",
    [{"id": "f" * 24}, {"id": 7}, {"id": "x" * 500}, {"since": "soon", "tries": -1}, {"tries": 3}, {"tries": True}],
)
def test_mangled_memory_is_survived(world, memory):
    """It leads to no execution of somebody else, and starts none."""
    started(world, check())
    count = len(world.executions)
    assert Outcome.INCONCLUSIVE is world.ask(check(), memory).outcome
    assert count == len(world.executions)


def test_the_input_may_look_different_in_another_invocation(world):
    """The execution with the name is the run's, even when green's image is written otherwise now."""
    made = check('input: {image: "{{ green.image }}"}')
    started(world, made)
    count = len(world.executions)
    world.revision(image="repo/orders@sha256:1234")
    assert Outcome.INCONCLUSIVE is world.ask(made).outcome
    assert count == len(world.executions)


def test_templates_are_filled_in(world):
    """Those that stand alone keep their type."""
    text = 'input: {image: "{{ green.image }}", was: "{{ blue.image }}", at: "{{ stage }} of {{ run.id }}", n: 3, all: ["{{ green.revision }}"]}'
    _, execution = started(world, check(text))
    expected = {
        "image": "repo/orders:v2",
        "was": "repo/orders:v1",
        "at": f"POST_TEST_TRAFFIC_SHIFT of {world.deployment_arn.rpartition('/')[2]}",
        "n": 3,
        "all": ["2"],
    }
    assert expected == json.loads(execution.execution_input)


def test_no_input_is_an_empty_object(world):
    """As Step Functions wants it."""
    _, execution = started(world, check())
    assert "{}" == execution.execution_input


def test_green_is_not_asked_about_when_no_template_needs_it(world):
    """Each look-up costs a call."""
    before = world.server.faults.calls("ecs")
    started(world, check('input: {at: "{{ stage }}"}'))
    assert before == world.server.faults.calls("ecs")


def test_other_work_has_another_execution(world):
    """Each deployment, stage, step of a canary, check and input has its own."""
    first, execution = started(world, check())
    started(world, check('input: {other: "yes"}'))
    started(world, prepared(StateMachineSettings, prepare_state_machine, f"arn: {MACHINE}\nname: more\n"))
    started(world, check(), stage="PRE_PRODUCTION_TRAFFIC_SHIFT")
    started(world, check(), step="at 10 percent")
    started(world, check(), step="at 50 percent")
    world.deployment_arn += "0"
    world.deployed()
    started(world, check())
    names = [each.name for each in world.executions]
    assert len(names) == len(set(names))
    assert execution.name in names
    assert first.memory["id"] == execution.name[-24:]


def test_what_is_not_part_of_the_work_may_change(world):
    """A longer timeout, or another severity, does not start the same work again."""
    started(world, check())
    count = len(world.executions)
    world.ask(check("timeout: 45m\nseverity: warning\non_create: skip"))
    assert count == len(world.executions)


def test_an_execution_that_takes_too_long_is_stopped(world):
    """The check fails, and what it started does not go on for ever."""
    first, execution = started(world, check("timeout: 5m"))
    world.now += 299
    last = world.ask(check("timeout: 5m"), first.memory)
    assert (Outcome.INCONCLUSIVE, 1) == (last.outcome, pytest.approx(last.retry_after, abs=1))
    world.now += 1
    result = world.ask(check("timeout: 5m"), last.memory)
    what = f"execution {execution.name} of state machine orders-e2e"
    expected = f"{what} was at work for 5 min, longer than its timeout of 5 min; it was stopped; make it faster, or raise the timeout"
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)
    assert "ABORTED" == execution.status


def test_the_timeout_counts_from_the_start_even_without_memory(world):
    """Step Functions knows when that was."""
    _, execution = started(world, check())
    execution.start_date = datetime.fromtimestamp(world.now - 1801, UTC).replace(tzinfo=None)
    assert Outcome.FAILED is world.ask(check()).outcome
    assert "ABORTED" == execution.status


def test_an_execution_that_cannot_be_stopped_fails_all_the_same(world):
    """And it is said that it goes on."""
    first, execution = started(world, check("timeout: 1s"))
    world.now += 2
    world.server.faults.deny("stepfunctions", "StopExecution")
    result = world.ask(check("timeout: 1s"), first.memory)
    assert Outcome.FAILED is result.outcome
    assert "longer than its timeout of 1 s; it could not be stopped: states:StopExecution was denied" in result.summary
    assert "RUNNING" == execution.status


def test_an_encrypted_execution_is_stopped_without_words(world):
    """They would need rights on its key, and stopping it does not."""
    first, execution = started(world, check("timeout: 1s"))
    world.now += 2
    world.server.faults.fail("stepfunctions", "StopExecution", "KmsAccessDeniedException", times=1)
    assert "it was stopped" in world.ask(check("timeout: 1s"), first.memory).summary
    assert "ABORTED" == execution.status


def test_an_end_in_time_counts_when_it_is_seen_late(world):
    """What succeeded is not failed for being looked at after the timeout."""
    first, execution = started(world, check("timeout: 5m"))
    end(execution, "SUCCEEDED")
    world.now += 3600
    assert Outcome.PASSED is world.ask(check("timeout: 5m"), first.memory).outcome


def test_an_express_state_machine_is_refused(world):
    """Nobody can tell how its executions end, and a second start would be a second execution."""
    result = world.ask(check(arn=MACHINE.replace("orders-e2e", "orders-fast")))
    expected = (
        "state machine orders-fast is of type EXPRESS, which can neither be started just once nor be asked how an execution "
        "stands; use one of type STANDARD"
    )
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_a_state_machine_that_is_not_there_fails(world):
    """AWS would say so again."""
    result = world.ask(check(arn=MACHINE.replace("orders", "order")))
    assert Outcome.FAILED is result.outcome
    assert (
        "states:DescribeStateMachine was refused (StateMachineDoesNotExist): State Machine Does Not Exist:"
        in result.summary
    )


@pytest.mark.parametrize(
    ("operation", "seen"),
    [("DescribeStateMachine", False), ("StartExecution", False), ("DescribeExecution", True)],
)
def test_trouble_with_aws_is_an_error_and_nothing_is_forgotten(world, operation, seen):
    """Throttled, denied, or answered with rubbish: it is asked again, and started once."""
    memory = started(world, check())[0].memory if seen else {}
    faults = world.server.faults
    for fault in (faults.fail, faults.deny, faults.garble):
        fault("stepfunctions", operation)
        result = world.ask(check(), memory)
        assert (Outcome.ERROR, memory) == (result.outcome, result.memory)
        assert f"states:{operation}" in result.summary or "AWS's reply makes no sense (KeyError: '" in result.summary
        faults.clear()
    started(world, check())
    assert 1 == sum(each.name == world.executions[-1].name for each in world.executions)


def test_every_message_of_throttling_denial_and_rubbish_names_the_action(world):
    """As permissions name it."""
    world.server.faults.fail("stepfunctions", "StartExecution")
    assert "states:StartExecution was throttled 3 times (ThrottlingException)" == world.ask(check()).summary
    world.server.faults.clear()
    world.server.faults.deny("stepfunctions", "StartExecution")
    assert "add states:StartExecution to the function's role" in world.ask(check()).summary


def test_too_many_executions_are_no_failure(world):
    """The limit is the account's, and others end."""
    world.server.faults.fail("stepfunctions", "StartExecution", "ExecutionLimitExceeded", message="too many")
    result = world.ask(check())
    assert (Outcome.ERROR, "states:StartExecution was refused (ExecutionLimitExceeded): too many") == (
        result.outcome,
        result.summary,
    )


def test_a_reply_without_what_it_should_hold_is_an_error(world):
    """It may come from something between here and AWS."""
    world.server.faults.garble("stepfunctions", "DescribeStateMachine", b"{}")
    result = world.ask(check())
    assert (Outcome.ERROR, "AWS's reply makes no sense (KeyError: 'type')") == (result.outcome, result.summary)


def test_an_execution_that_is_not_shown_yet_is_found_by_its_name(world):
    """DescribeExecution may be late, and the ARN of an alias' execution may have another form."""
    first, execution = started(world, check())
    world.server.faults.fail("stepfunctions", "DescribeExecution", "ExecutionDoesNotExist", message="none")
    result = world.ask(check(), first.memory)
    assert (Outcome.INCONCLUSIVE, first.memory) == (result.outcome, result.memory)
    end(execution, "SUCCEEDED")
    late = world.ask(check(), first.memory)
    expected = f"execution {execution.execution_arn} was started, and Step Functions does not show it yet"
    assert (Outcome.ERROR, expected, first.memory) == (late.outcome, late.summary, late.memory)
    world.server.faults.clear()
    assert Outcome.PASSED is world.ask(check(), first.memory).outcome


@pytest.mark.parametrize("operation", ["DescribeExecution", "StopExecution"])
def test_any_other_refusal_fails(world, operation):
    """AWS would say so again."""
    first, _ = started(world, check("timeout: 1m"))
    world.now += 60
    world.server.faults.fail("stepfunctions", operation, "InvalidArn", message="no")
    result = world.ask(check("timeout: 1m"), first.memory)
    assert Outcome.FAILED is result.outcome
    assert f"states:{operation} was refused (InvalidArn): no" in result.summary


def test_trouble_with_the_execution_that_has_the_name_is_told(world):
    """When memory was lost, and it has ended."""
    _, execution = started(world, check())
    end(execution, "SUCCEEDED")
    world.server.faults.fail("stepfunctions", "DescribeExecution", "InvalidArn", message="no")
    assert "states:DescribeExecution was refused (InvalidArn): no" == world.ask(check()).summary


def test_a_state_machine_of_another_region_is_asked_there(world):
    """Its ARN says where it is."""
    from greenlight import aws

    made = aws.client("stepfunctions", "eu-central-1").create_state_machine(name="far", definition="{}", roleArn=ROLE)
    result = world.ask(check(arn=made["stateMachineArn"]))
    assert Outcome.INCONCLUSIVE is result.outcome
    assert ":states:eu-central-1:" in result.details["execution"]
    assert result.details["link"].startswith("https://eu-central-1.console.aws.amazon.com/")
    assert Outcome.INCONCLUSIVE is world.ask(check(arn=made["stateMachineArn"]), result.memory).outcome


def test_nothing_is_started_when_the_time_is_up(world):
    """A thread that is frozen with its invocation would start it long after it looked."""
    count = len(world.executions)
    result = world.ask(check(), seconds=-1)
    expected = "there was no time left in this invocation to start the work; the next one does"
    assert (Outcome.ERROR, expected) == (result.outcome, result.summary)
    assert count == len(world.executions)


def test_a_first_deployment_runs_it_too(world):
    """Only blue is not there."""
    world.deployed(create=True)
    assert check().skip_on_create() is None
    started(world, check())
    result = world.ask(check('input: {was: "{{ blue.image }}"}'))
    expected = "the settings use {{ blue.* }}, and there is no blue in a first deployment; set on_create: skip"
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_a_template_without_a_value_fails(world):
    """It would be null where the execution expects a digest."""
    result = world.ask(check('input: {digest: "{{ green.image_digest }}"}'))
    expected = "{{ green.image_digest }} has no value in this deployment; use another template"
    assert (Outcome.FAILED, expected) == (result.outcome, result.summary)


def test_ecs_that_does_not_tell_about_green_is_an_error(world):
    """It is asked again."""
    world.server.faults.fail("ecs", "DescribeServiceRevisions")
    result = world.ask(check('input: {image: "{{ green.image }}"}'))
    assert Outcome.ERROR is result.outcome
    assert "ecs:DescribeServiceRevisions was throttled" in result.summary


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("aws-eusc", "eusc-de-east-1", "eusc-de-east-1.console.amazonaws-eusc.eu"),
    ],
)
def test_links_lead_into_the_partitions_own_console(partition, region, host):
    """A link to another world's console leads nowhere."""
    from greenlight.checks.external.console import Place

    place = Place.of(f"arn:{partition}:states:{region}:123456789012:execution:a:b")
    assert f"https://{host}/x" == place.console("x")


def test_an_unknown_partition_has_no_link():
    """Rather none than a wrong one."""
    from greenlight.checks.external.console import Place

    assert Place.of("arn:aws-iso:states:us-iso-east-1:123456789012:execution:a:b").console("x") is None
    assert Place.of("nonsense").console("x") is None
