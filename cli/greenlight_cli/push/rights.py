"""What Greenlight's stack has to say so that its functions may read what was pushed."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from greenlight import aws
from greenlight.gates.sources import Source
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words

GATES, FURTHER = "Gates", "FurtherGatesArns"

_NO_SUCH_STACK: Final = "ValidationError"


def arn_of(target: Source, *, partition: str, region: str, account_id: str) -> str:
    """Return the ARN of a place, as the parameter ``FurtherGatesArns`` wants it."""
    if target.scheme == "s3":
        return f"arn:{partition}:s3:::{target.bucket}/{target.path}"
    return f"arn:{partition}:ssm:{region}:{account_id}:parameter{target.path}"


def lines_of(account: Account, targets: Sequence[Source]) -> Iterator[str]:
    """Say whether the stack's functions may read some places, and what to deploy it with where they may not.

    Args:
        account: Whose stack.
        targets: The places.
    """
    try:
        parameters = _parameters(account)
        identity = account.call("sts", "get_caller_identity")
    except aws.AwsError as error:
        yield f"it is not known whether stack {account.stack} lets its functions read this: {in_words(error)}"
        return
    partition = identity["Arn"].split(":")[1]
    region = account.region or _usual_region()
    arns = [arn_of(each, partition=partition, region=region, account_id=identity["Account"]) for each in targets]
    if parameters is None:
        yield f"there is no stack {account.stack} here; deploy Greenlight's with {FURTHER}={','.join(arns)}"
        return
    allowed = [each for each in parameters.get(FURTHER, "").split(",") if each]
    missing = [
        arn
        for arn, target in zip(arns, targets, strict=True)
        if parameters.get(GATES, "").partition("?")[0] != str(target)
        # IAM's wildcards are * and ?: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
        and not any(fnmatchcase(arn, each.replace("[", "[[]")) for each in allowed)
    ]
    if missing:
        yield f"the functions of stack {account.stack} may not read this yet; deploy it with {FURTHER}={','.join([*allowed, *missing])}"
    else:
        yield f"the functions of stack {account.stack} may read this"


def _parameters(account: Account) -> Mapping[str, str] | None:
    """Ask for the parameters of the stack; None where there is no such stack."""
    try:
        stacks = account.call("cloudformation", "describe_stacks", StackName=account.stack).get("Stacks") or ()
    except aws.AwsRefusedError as error:
        if error.code != _NO_SUCH_STACK:
            raise
        return None
    return {
        each["ParameterKey"]: str(each.get("ParameterValue") or "")
        for stack in stacks
        for each in stack.get("Parameters") or ()
    }


def _usual_region() -> str:
    return str(aws.client("sts").meta.region_name)
