"""What Greenlight's own stack says: its outputs, its parameters, and what services need of both.

Nothing else asks CloudFormation, or knows what template.yaml calls its outputs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from greenlight import aws
from greenlight.stages import Stage
from greenlight_cli.errors import CannotRunError

if TYPE_CHECKING:
    from greenlight_cli.account.account import Account

HOOKS_OUTPUT: Final = "LifecycleHooks"
ROLE_OUTPUT: Final = "EcsHookRoleArn"
_NO_SUCH_STACK: Final = "ValidationError"
_FUNCTION_OUTPUTS: Final[Mapping[str, Stage]] = {
    f"{''.join(word.capitalize() for word in stage.split('_'))}FunctionArn": stage for stage in Stage
}
"""template.yaml names the outputs after the stages: PreScaleUpFunctionArn."""


@dataclass(frozen=True)
class Description:
    """What CloudFormation says of a stack.

    Attributes:
        outputs: Name and value of each.
        parameters: What it was deployed with.
    """

    outputs: Mapping[str, str]
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Stack:
    """Greenlight's stack, as far as services need it.

    Attributes:
        name: Its name.
        functions: ARN of each hook function, and the stage that it was made for.
        role_arn: The role that ECS assumes to invoke them; None where the stack does not tell.
        offered: The hooks of its output LifecycleHooks.
        parameters: What it was deployed with.
    """

    name: str
    functions: Mapping[str, Stage]
    role_arn: str | None
    offered: tuple[Mapping[str, Any], ...]
    parameters: Mapping[str, str]


def describe(account: "Account") -> Description | None:
    """Ask CloudFormation for the stack; None where there is none of that name. ``Account.described`` remembers the answer.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html: "If the stack doesn't exist, a
    ValidationError is returned."

    Raises:
        AwsError: When CloudFormation does not answer.
    """
    try:
        stacks = account.call("cloudformation", "describe_stacks", StackName=account.stack).get("Stacks") or ()
    except aws.AwsRefusedError as error:
        if error.code != _NO_SUCH_STACK:
            raise
        return None
    if not stacks:
        return None
    return Description(
        outputs={each["OutputKey"]: each["OutputValue"] for each in stacks[0].get("Outputs") or ()},
        parameters={
            each["ParameterKey"]: str(each.get("ParameterValue") or "") for each in stacks[0].get("Parameters") or ()
        },
    )


def read_stack(account: "Account") -> Stack:
    """Return the stack that services get their hooks from.

    Raises:
        AwsError: When CloudFormation does not answer.
        CannotRunError: When there is no such stack, or it is not Greenlight's.
    """
    described = account.described
    if described is None:
        where = f" in {account.region}" if account.region else ""
        cure = "name Greenlight's with --stack (or the environment variable GREENLIGHT_STACK), and look at --region and --profile"
        raise CannotRunError([f"there is no stack {account.stack}{where}; {cure}"])
    outputs = described.outputs
    functions = {outputs[name]: stage for name, stage in _FUNCTION_OUTPUTS.items() if outputs.get(name)}
    if not functions:
        raise CannotRunError(
            [f"stack {account.stack} has no hook functions among its outputs; name Greenlight's with --stack"]
        )
    return Stack(
        name=account.stack,
        functions=functions,
        role_arn=outputs.get(ROLE_OUTPUT) or None,
        offered=_offered(account.stack, outputs.get(HOOKS_OUTPUT, "[]")),
        parameters=described.parameters,
    )


def _offered(stack: str, text: str) -> tuple[Mapping[str, Any], ...]:
    try:
        hooks = json.loads(text)
    except ValueError as error:
        raise CannotRunError([f"output {HOOKS_OUTPUT} of stack {stack} is no JSON: {error}"]) from error
    if not isinstance(hooks, list) or not all(isinstance(hook, dict) for hook in hooks):
        raise CannotRunError([f"output {HOOKS_OUTPUT} of stack {stack} is no JSON list of objects"])
    return tuple(hooks)
