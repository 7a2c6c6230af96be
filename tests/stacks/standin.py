"""A stand-in for CloudFormation: moto's, with what it lacks and these templates need.

moto makes real (imitated) resources of the types that it knows. Of the others it makes nothing, warns, and cannot resolve what refers to
them; here they are *noted*: they have a name, attributes and their resolved properties, and do nothing.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from rehearsal.cloudformation import Resolver
from tests.stacks import language, resources
from tests.stacks.artifact import BUCKET, KEY
from tests.stacks.parameters import check_parameters

REGION, ACCOUNT = "eu-central-1", "123456789012"


class CloudFormation:
    """Creates, updates and deletes stacks.

    Attributes:
        properties: The resolved properties of each resource, by stack and logical id, as they were last.
        noted: The types of which nothing was made.
    """

    def __init__(self) -> None:
        self.properties: dict[str, dict[str, Any]] = {}
        self.noted: set[str] = set()
        self._client = boto3.client("cloudformation", region_name=REGION)

    def deploy(self, name: str, template: Mapping[str, Any], **parameters: str) -> dict[str, str]:
        """Create a stack, or update it, and return its outputs.

        Args:
            name: Of the stack.
            template: CloudFormation, without a transform.
            parameters: Their values; the others have their defaults.

        Raises:
            ParameterError: When a value is missing, unknown or not allowed.
        """
        check_parameters(template, parameters)
        arguments = {
            "StackName": name,
            "TemplateBody": json.dumps(settled(template, parameters)),
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            "Capabilities": ["CAPABILITY_IAM"],
        }
        if name in self.properties:
            # As for a nested stack of which nothing has changed.
            with _nothing_to_update():
                self._client.update_stack(**arguments)
        else:
            self.properties[name] = {}
            self._client.create_stack(**arguments)
        return self.outputs(name)

    def outputs(self, name: str) -> dict[str, str]:
        (stack,) = self._client.describe_stacks(StackName=name)["Stacks"]
        assert stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}

    def resources(self, name: str) -> dict[str, str]:
        """The logical ids of a stack, with the physical ones."""
        described = self._client.describe_stack_resources(StackName=name)["StackResources"]
        return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in described}

    def delete(self, name: str) -> None:
        self._client.delete_stack(StackName=name)
        del self.properties[name]


@contextmanager
def _nothing_to_update() -> Iterator[None]:
    """Take it for no error that nothing has changed."""
    try:
        yield
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise


def settled(template: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Take out what does not exist with these parameters, and one branch of each ``Fn::If``.

    moto compares templates at an update, and does not see that a condition holds now that did not before.
    """
    resolver = Resolver(template, parameters=parameters, region=REGION, account_id=ACCOUNT)

    def chosen(value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"Fn::If"}:
            name, then, otherwise = value["Fn::If"]
            return chosen(then if resolver.condition(name) else otherwise)
        if isinstance(value, dict):
            return {key: chosen(item) for key, item in value.items()}
        return [chosen(item) for item in value] if isinstance(value, list) else value

    kept = {
        section: {
            name: {key: item for key, item in chosen(entry).items() if key != "Condition"}
            for name, entry in template[section].items()
            if "Condition" not in entry or resolver.condition(entry["Condition"])
        }
        for section in ("Resources", "Outputs")
    }
    return {"Parameters": template.get("Parameters", {}), **kept}


@contextmanager
def cloudformation() -> Iterator[CloudFormation]:
    """AWS as moto imitates it, in this process, with the stand-in in front."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        standin = CloudFormation()
        resources.complete(patch)
        language.complete(patch)
        language.watch(patch, standin.properties, standin.noted)
        _upload()
        yield standin


def _upload() -> None:
    """Put something where the transformed template looks for functions and layer."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("app.py", "")
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=archive.getvalue())
