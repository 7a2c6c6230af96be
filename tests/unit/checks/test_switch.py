"""The parameter by which workers know who is to work: exactly one, in every step, forward and back."""

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlight.checks import CheckContext, Files, Outcome
from greenlight.checks.switch import SwitchCheck, SwitchError, SwitchSettings, prepare_switch, value_of
from greenlight.deployment import Deployment
from greenlight.documents import Document, DocumentError, validate
from tests.unit.deployment.shop import BLUE, DEPLOYMENT, GREEN

STAGE = "PRODUCTION_TRAFFIC_SHIFT"
NAME = "/orders/active-revision"


@pytest.fixture
def ssm(module_aws_api):
    """Systems Manager, in which there is no such parameter."""
    module_aws_api.faults.clear()
    client = module_aws_api.client("ssm")
    client.delete_parameters(Names=[NAME])
    client.faults = module_aws_api.faults
    return client


def ask(green=None, *, blue=None, weights=None, **written):
    """Ask the check at a step, in an invocation of its own."""
    given = {GREEN: green, BLUE: 100 - green if blue is None else blue} if weights is None else weights
    deployment = Deployment(DEPLOYMENT, GREEN, production_weights=given)
    check = SwitchCheck(validate(SwitchSettings, Document("gates.yaml", {"parameter": NAME, **written})))
    return check.run(CheckContext(STAGE, deployment, time.monotonic() + 20, "d1", {}, service="orders"))


def value(ssm):
    """What workers read."""
    return json.loads(ssm.get_parameter(Name=NAME)["Parameter"]["Value"])


def test_green_takes_over(ssm):
    """In one value, written in one call: nobody ever sees two that are active, or none."""
    before = ssm.faults.calls("ssm")
    result = ask(100)
    assert (Outcome.PASSED, f"revision 2 is the active one (100 % 2, 0 % 1) ({NAME})") == (
        result.outcome,
        result.summary,
    )
    assert 2 == ssm.faults.calls("ssm") - before
    found = value(ssm)
    assert found.pop("at").endswith("+00:00")
    assert {
        "active": "2",
        "active_arn": GREEN,
        "weights": {BLUE: 0, GREEN: 100},
        "deployment": DEPLOYMENT,
    } == found


def test_it_is_created_as_plain_text_with_a_description(ssm):
    """Whoever finds it sees what it is for."""
    ask(100)
    (found,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [NAME]}])["Parameters"]
    assert "String" == found["Type"]
    assert "Which revision of orders works" in found["Description"]


def test_a_canary_has_one_that_is_active_in_every_step(ssm):
    """AWS's sample takes 100 % for active, and then nobody works in the middle of a canary."""
    seen = []
    for green in (10.0, 50.0, 50.1, 100.0):
        assert Outcome.PASSED is ask(green).outcome
        found = value(ssm)
        seen.append(found["active"])
        assert 100 == round(sum(found["weights"].values()), 1)
    assert ["1", "1", "2", "2"] == seen


def test_on_the_way_back_the_old_one_is_active_again(ssm):
    """The deployment is the same, and so is green; only the weights are others."""
    ask(100)
    result = ask(0)
    assert (Outcome.PASSED, "1") == (result.outcome, value(ssm)["active"])
    assert SwitchCheck.runs_on_rollback


def test_a_first_deployment_has_green_alone(ssm):
    """Its workers wait for their word, too."""
    assert Outcome.PASSED is ask(weights={GREEN: 100}).outcome
    assert ("2", {GREEN: 100}) == (value(ssm)["active"], value(ssm)["weights"])


def test_what_stands_there_is_not_written_again(ssm):
    """ECS may call twice; a version of the parameter is a shift."""
    ask(100)
    before = ssm.faults.calls("ssm", "PutParameter")
    result = ask(100)
    assert (Outcome.PASSED, True) == (result.outcome, "says so already" in result.summary)
    assert before == ssm.faults.calls("ssm", "PutParameter")


@pytest.mark.parametrize("there", ["active", "[1]", "[" * 5000, '{"active": "2"}'])
def test_whatever_stands_there_is_written_over(ssm, there):
    """Of another tool, of another time, or of AWS's sample."""
    ssm.put_parameter(Name=NAME, Value=there[:4096], Type="String")
    assert Outcome.PASSED is ask(100).outcome
    assert "2" == value(ssm)["active"]


def test_type_and_description_stay_as_somebody_made_them(ssm):
    """The infrastructure's own tool describes it."""
    ssm.put_parameter(Name=NAME, Value="none", Type="String", Description="made by the platform team")
    ask(100)
    (found,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [NAME]}])["Parameters"]
    assert "made by the platform team" == found["Description"]


def test_a_secret_is_not_written_over(ssm):
    """Workers would have to decrypt it, and somebody put something else there."""
    ssm.put_parameter(Name=NAME, Value="hush", Type="SecureString")
    result = ask(100)
    assert Outcome.FAILED is result.outcome
    assert "is a SecureString, expected a String" in result.summary
    assert "hush" == ssm.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]["Value"]


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({}, "says nothing of production weights"),
        ({GREEN: math.nan, BLUE: 0}, "make no sense: nan for 2, expected 0 to 100"),
        ({GREEN: math.inf, BLUE: 0}, "inf for 2"),
        ({GREEN: 120, BLUE: -20}, "120 for 2, -20 for 1"),
        ({GREEN: 50, BLUE: 20}, "are 70 % together, expected 100 %"),
        ({GREEN: 0, BLUE: 0}, "are 0 % together"),
    ],
)
def test_weights_that_make_no_sense_change_nothing(ssm, weights, said):
    """The workers go on as they are; better than nobody, or everybody."""
    ask(0)
    result = ask(weights=weights)
    assert Outcome.FAILED is result.outcome
    assert said in result.summary
    assert "1" == value(ssm)["active"]


def test_a_dry_run_writes_nothing(ssm):
    """And says what it would."""
    result = ask(100, dry_run=True)
    assert Outcome.SKIPPED is result.outcome
    assert result.summary.startswith("dry_run: nothing was written; it would be: revision 2 is the active one")
    assert [] == ssm.get_parameters(Names=[NAME])["Parameters"]


@pytest.mark.parametrize("operation", ["GetParameter", "PutParameter"])
def test_trouble_with_systems_manager_is_an_error(ssm, operation):
    """It is asked again, and the shift waits."""
    ssm.faults.fail("ssm", operation)
    result = ask(100)
    assert Outcome.ERROR is result.outcome
    assert f"the parameter {NAME}: ssm:{operation} was throttled" in result.summary


@pytest.mark.parametrize("operation", ["GetParameter", "PutParameter"])
def test_a_denial_names_the_stacks_parameter(ssm, operation):
    """The stack writes nowhere unless somebody wants it."""
    ssm.faults.deny("ssm", operation)
    assert ask(100).summary.endswith("the stack's parameter SwitchParameterArns grants it")


def test_two_who_create_it_at_once_do_not_fail(ssm):
    """One of them comes second, and reads what the first one wrote."""
    ssm.faults.fail("ssm", "PutParameter", "ParameterAlreadyExists", message="it exists", times=1)
    assert Outcome.ERROR is ask(100).outcome
    assert Outcome.PASSED is ask(100).outcome


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("active-revision", "write it with its path, as /orders/active-revision"),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/x", "is no name of a parameter"),
        ("/orders/", "is no name of a parameter"),
        ("/orders/active revision", "is no name of a parameter"),
        ("/aws/orders", "begins with what AWS keeps for itself"),
        ("/SSM-orders", "begins with what AWS keeps for itself"),
        ("/a" * 16, "is no name of a parameter"),
    ],
)
def test_names_that_aws_would_refuse_are_mistakes(name, said):
    """When the file is read."""
    with pytest.raises(DocumentError, match=said):
        validate(SwitchSettings, Document("gates.yaml", {"parameter": name}))


def test_it_stands_at_one_stage_only():
    """ECS calls there on the way back, too."""
    document = Document("gates.yaml", {})
    files = Files(document, lambda _: document)
    with pytest.raises(DocumentError, match="let it stand at production_traffic_shift"):
        prepare_switch(SwitchSettings(parameter=NAME), "POST_PRODUCTION_TRAFFIC_SHIFT", files)
    assert prepare_switch(SwitchSettings(parameter=NAME), STAGE, files).skip_on_create() is None


_WEIGHT = st.floats() | st.integers(-10, 200) | st.floats(0, 100)


@given(st.dictionaries(st.sampled_from([BLUE, GREEN, f"{GREEN}3"]), _WEIGHT, max_size=3))
def test_whatever_the_weights_exactly_one_is_active(weights):
    """Or nothing is written at all."""
    try:
        found = value_of(weights, GREEN, DEPLOYMENT)
    except SwitchError:
        return
    assert found["active_arn"] in weights
    assert weights[found["active_arn"]] == max(weights.values())
    json.loads(json.dumps(found, allow_nan=False))


def test_at_a_tie_the_one_that_works_already_goes_on():
    """Half and half is no reason to hand over."""
    assert "1" == value_of({GREEN: 50, BLUE: 50}, GREEN, DEPLOYMENT)["active"]
