"""Functions and hooks as a SAM template declares them."""

import textwrap
from pathlib import Path

import pytest
import yaml

from rehearsal.sam_template import write_sam_template
from rehearsal.template import Template, TemplateError

ROOT = Path(__file__).parents[2]
PLACE = {"region": "eu-west-1", "account_id": "123456789012"}
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:"
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Gates: {Type: String, Default: ""}
  Level: {Type: String, Default: INFO}
  Seconds: {Type: Number, Default: 45}
  Subnets: {Type: CommaDelimitedList, Default: "a, b"}
  Owner: {Type: String}
Conditions:
  HasGates: !Not [!Equals [!Ref Gates, ""]]
  Loud: !And [!Condition HasGates, !Equals [!Ref Level, DEBUG]]
Globals:
  Function:
    Handler: app.lambda_handler
    MemorySize: 512
    Environment:
      Variables: {GATES: !Ref Gates, LEVEL: !Ref Level}
Resources:
  Role: {Type: AWS::IAM::Role}
  Queue: {Type: AWS::SQS::Queue}
  ProbeFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hooks/probe/
      Timeout: !Ref Seconds
      Environment:
        Variables:
          LEVEL: !If [Loud, loud, !Sub "${Level}-x"]
          FLAG: true
          NOTHING: !If [HasGates, something, !Ref AWS::NoValue]
          SUBNETS: !Join ["+", !Ref Subnets]
          KIND: !Select [0, !Split [":", "s3:x"]]
          ROLE: !GetAtt Role.Arn
          STACK: !Sub ["${AWS::StackName}/${x}/${!literal}", {x: !Ref AWS::Region}]
  PlainFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: plain, Handler: main.handle, Environment: {Variables: {QUEUE: !GetAtt Queue.Url}}}
  OwnedFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: plain, Environment: {Variables: {OWNER: !Ref Owner}}}
Outputs:
  LifecycleHooks:
    Value: !Sub >-
      [{"hookTargetArn": "${ProbeFunction.Arn}", "roleArn": "${Role.Arn}", "lifecycleStages": ["PRE_SCALE_UP"]}]
"""


def load(folder, text=TEMPLATE, **parameters):
    """Read a template from a file."""
    path = folder / "template.yaml"
    path.write_text(textwrap.dedent(text))
    return Template.load(path, parameters=parameters, **PLACE)


def test_a_function_is_read_with_its_globals(tmp_path):
    """What a function does not say itself comes from Globals, and what nobody says from Lambda's defaults."""
    functions = load(tmp_path).functions

    probe, plain = functions["ProbeFunction"], functions["PlainFunction"]
    assert (FUNCTION_ARN + "ProbeFunction", "app.lambda_handler", 45.0, 512) == (
        probe.arn,
        probe.handler,
        probe.timeout,
        probe.memory,
    )
    assert tmp_path / "hooks" / "probe" == probe.code_folder
    assert ("main.handle", 3.0) == (plain.handler, plain.timeout)


def test_environment_variables_are_worked_out(tmp_path):
    """Expressions become the strings that Lambda would set; Globals and the function's own are merged."""
    environment = load(tmp_path).functions["ProbeFunction"].environment()

    assert {
        "GATES": "",
        "LEVEL": "INFO-x",
        "FLAG": "true",
        "SUBNETS": "a+b",
        "KIND": "s3",
        "ROLE": "arn:aws:iam::123456789012:role/Role",
        "STACK": "rehearsal/eu-west-1/${literal}",
    } == environment


def test_parameters_can_be_given(tmp_path):
    """Given values take the place of defaults, in conditions too."""
    template = load(tmp_path, Gates="s3://bucket/gates.yaml", Level="DEBUG", Seconds="7", Subnets="c")

    probe = template.functions["ProbeFunction"]
    assert 7.0 == probe.timeout
    assert ("s3://bucket/gates.yaml", "loud", "something", "c") == tuple(
        probe.environment()[name] for name in ("GATES", "LEVEL", "NOTHING", "SUBNETS")
    )


def test_a_parameter_that_the_template_does_not_have_is_refused(tmp_path):
    """A misspelt parameter is told with those that there are."""
    with pytest.raises(TemplateError, match="no parameter Gate; it has Gates, Level"):
        load(tmp_path, Gate="x")


def test_what_only_deployment_knows_is_an_error_when_it_is_used(tmp_path):
    """A template with unknowable values loads; the function that needs one says which."""
    functions = load(tmp_path).functions

    with pytest.raises(TemplateError, match=r"Queue\.Url exists only once the template is deployed"):
        functions["PlainFunction"].environment()
    with pytest.raises(TemplateError, match="parameter Owner has no default and was given no value"):
        functions["OwnedFunction"].environment()


def test_an_unknown_expression_is_named(tmp_path):
    """An intrinsic function that the rehearsal does not know is not taken for a value."""
    template = load(tmp_path, TEMPLATE.replace("!GetAtt Queue.Url", "!FindInMap [a, b, c]"))

    with pytest.raises(TemplateError, match="cannot work out Fn::FindInMap"):
        template.functions["PlainFunction"].environment()


def test_an_unknown_name_in_a_text_is_named(tmp_path):
    """A ``${…}`` that names nothing is told."""
    with pytest.raises(TemplateError, match="neither a parameter nor a resource Place"):
        load(tmp_path, TEMPLATE.replace("${Level}-x", "${Place}")).functions["ProbeFunction"].environment()


def test_the_hooks_are_those_of_the_output(tmp_path):
    """LifecycleHooks is resolved to what a user would paste."""
    assert [
        {
            "hookTargetArn": FUNCTION_ARN + "ProbeFunction",
            "roleArn": "arn:aws:iam::123456789012:role/Role",
            "lifecycleStages": ["PRE_SCALE_UP"],
        }
    ] == load(tmp_path).lifecycle_hooks()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Resources: {}", "has no output LifecycleHooks"),
        ("Outputs: {LifecycleHooks: {Value: '[oops'}}", "is not JSON"),
        ("Outputs: {LifecycleHooks: {Value: '{}'}}", "is not a JSON list of objects"),
    ],
)
def test_an_output_that_is_of_no_use_is_told(tmp_path, text, complaint):
    """A missing or unusable LifecycleHooks output is an error with the file's name."""
    with pytest.raises(TemplateError, match=complaint):
        load(tmp_path, text).lifecycle_hooks()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- a list", "holds no mapping"),
        ("a: [", "is not YAML"),
        (
            "Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: x}}}",
            "function F of .* has no Handler",
        ),
    ],
)
def test_a_template_that_is_of_no_use_is_told(tmp_path, text, complaint):
    """What keeps a template from being read is said plainly."""
    with pytest.raises(TemplateError, match=complaint):
        load(tmp_path, text)


def test_a_missing_template_is_told(tmp_path):
    """The error names the file."""
    with pytest.raises(TemplateError, match=r"cannot read the template .*nowhere\.yaml: No such file"):
        Template.load(tmp_path / "nowhere.yaml", **PLACE)


def test_greenlight_s_template_offers_hooks_at_the_stages_of_their_folders():
    """What the repository's own template registers are functions that wait for no event, each at the stage of its folder."""
    template = Template.load(ROOT / "template.yaml", **PLACE)

    registered = {hook["hookTargetArn"]: hook["lifecycleStages"] for hook in template.lifecycle_hooks()}
    waiting = {subscription.function_arn for subscription in template.subscriptions()}
    expected = {
        function.arn: [function.code_folder.name.upper()]
        for function in template.functions.values()
        if function.arn not in waiting
    }
    assert 3 <= len(registered)
    assert {arn: stages for arn, stages in expected.items() if arn in registered} == registered
    assert {"GATES", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"} <= set(
        template.functions["PreScaleUpFunction"].environment()
    )


def test_the_copy_for_sam_has_the_rehearsal_s_environment(tmp_path):
    """Every function of the copy gets the variables, and everything else stays as it was."""
    original = load(tmp_path)

    copy = write_sam_template(original.path, {"AWS_ENDPOINT_URL": "http://host:1"})

    copied = Template.load(copy, **PLACE)
    assert tmp_path == copy.parent
    assert "http://host:1" == copied.functions["ProbeFunction"].environment()["AWS_ENDPOINT_URL"]
    assert original.lifecycle_hooks() == copied.lifecycle_hooks()
    assert original.functions["ProbeFunction"].code_folder == copied.functions["ProbeFunction"].code_folder
    assert "AWS::Serverless-2016-10-31" == yaml.safe_load(copy.read_text())["Transform"]
