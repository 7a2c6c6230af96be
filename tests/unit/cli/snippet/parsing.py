"""Each format read back by its own parser, into the words of the API."""

import ast
import json
import re
import subprocess

import boto3
import hcl2
import yaml
from botocore.validate import ParamValidator
from cfnlint.api import ManualArgs, lint

from greenlight_cli.snippet.words import respelt, underscored

_API_KEYS = (
    *("strategy", "bakeTimeInMinutes", "lifecycleHooks", "linearConfiguration", "stepPercent", "stepBakeTimeInMinutes"),
    *("canaryConfiguration", "canaryPercent", "canaryBakeTimeInMinutes", "targetType", "hookTargetArn", "roleArn"),
    *("lifecycleStages", "hookDetails", "timeoutConfiguration", "timeoutInMinutes", "action"),
)
_UNDERSCORED = {underscored(key): key for key in _API_KEYS} | {"lifecycle_hook": "lifecycleHooks"}

SERVICE = {
    "Cluster": "shop",
    "TaskDefinition": "orders:1",
    "DeploymentController": {"Type": "ECS"},
}


def _uncapitalised(document):
    details = [hook.pop("HookDetails", None) for hook in document["LifecycleHooks"]]
    read = respelt(document, lambda key: key[:1].lower() + key[1:])
    for hook, found in zip(read["lifecycleHooks"], details, strict=True):
        if found is not None:
            hook["hookDetails"] = found
    return read


def of_template(text):
    """Read the properties of a CloudFormation resource."""
    return _uncapitalised(yaml.safe_load(text)["DeploymentConfiguration"])


def template_around(text, transform=None):
    """Put the properties into a whole template, as a user does."""
    service = {"Type": "AWS::ECS::Service", "Properties": {**SERVICE, **yaml.safe_load(text)}}
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Service": service}}
    return yaml.safe_dump(template | ({"Transform": transform} if transform else {}), sort_keys=False)


def findings(template):
    """What cfn-lint finds in a template: the rule's name and the sentence."""
    return [(match.rule.id, match.message) for match in lint(template, config=ManualArgs(regions=["eu-west-1"]))]


class _Resource:
    """Remembers what a CDK program overrides, with what CDK does to nested names."""

    def __init__(self):
        self.properties = {}

    def add_property_override(self, path, value):
        section, key = path.split(".")
        self.properties.setdefault(section, {})[key] = value


class _Service:
    class Node:
        def __init__(self):
            self.default_child = _Resource()

    def __init__(self):
        self.node = self.Node()


def of_cdk_python(text):
    """Compile and run the statements against a service that remembers them."""
    service = _Service()
    exec(compile(ast.parse(text), "snippet", "exec"), {"service": service})
    return _uncapitalised(service.node.default_child.properties["DeploymentConfiguration"])


_OVERRIDE = re.compile(
    r"^cfnService\.addPropertyOverride\('DeploymentConfiguration\.(\w+)', (.*?)\);$", re.MULTILINE | re.DOTALL
)


def of_cdk(text):
    """Take the statements apart: no TypeScript compiler is at hand, and every statement has to be one that is known."""
    code = "\n".join(line for line in text.splitlines() if not line.startswith("//"))
    first, rest = code.split("\n", 1)
    assert "const cfnService = service.node.defaultChild as ecs.CfnService;" == first
    assert "" == _OVERRIDE.sub("", rest).strip()
    return _uncapitalised({key: json.loads(value) for key, value in _OVERRIDE.findall(rest)})


def _of_hcl(value):
    if isinstance(value, dict):
        return {_UNDERSCORED[key]: _of_hcl(item) for key, item in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [_of_hcl(item) for item in value]
    if isinstance(value, str) and value.startswith("${jsonencode("):
        return _hcl_object(value.removeprefix("${jsonencode(").removesuffix(")}"))
    return _hcl_text(value) if isinstance(value, str) else value


def _hcl_text(text):
    return json.loads(text).replace("$${", "${").replace("%%{", "%{")


def _hcl_object(text):
    (key, item) = re.fullmatch(r'\{\s*("[^"]*")\s*=\s*(".*")\s*\}', text).groups()
    return {json.loads(key): _hcl_text(item)}


def of_terraform(text):
    """Read the block with python-hcl2; a block that comes once is no list in the API."""
    (block,) = hcl2.loads(text)["deployment_configuration"]
    read = _of_hcl(block)
    for one in ("linearConfiguration", "canaryConfiguration"):
        if one in read:
            (read[one],) = read[one]
    for hook in read["lifecycleHooks"]:
        if "timeoutConfiguration" in hook:
            (hook["timeoutConfiguration"],) = hook["timeoutConfiguration"]
    return read


def of_service_definition(text):
    """Read ecspresso's service definition, which is the input of CreateService."""
    return json.loads(text)["deploymentConfiguration"]


def of_command(text):
    """Give the command line to a shell, in which ``aws`` tells what it was given."""
    script = f"aws() {{ printf '%s\\0' \"$@\"; }}\n{text}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=30)
    *words, option, document, end = done.stdout.split("\0")
    assert ["ecs", "update-service", "--cluster", "CLUSTER", "--service", "SERVICE"] == words
    assert ("--deployment-configuration", "") == (option, end)
    return json.loads(document)


PARSERS = {
    "cloudformation": of_template,
    "sam": of_template,
    "cdk": of_cdk,
    "cdk-python": of_cdk_python,
    "terraform": of_terraform,
    "ecspresso": of_service_definition,
    "cli": of_command,
}


def problems(configuration):
    """What botocore's model of UpdateService finds wrong with a deployment configuration."""
    client = boto3.client("ecs", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    shape = client.meta.service_model.operation_model("UpdateService").input_shape
    call = {"service": "orders", "deploymentConfiguration": configuration}
    return ParamValidator().validate(call, shape).generate_report()
