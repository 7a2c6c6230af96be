"""What Greenlight's stack has to say so that its functions may read what was pushed."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from greenlight import aws
from greenlight.gates.sources import Source
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words

GATES, FURTHER = "Gates", "FurtherGatesArns"


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
        stack = account.described
        identity = account.call("sts", "get_caller_identity")
    except aws.AwsError as error:
        yield f"it is not known whether stack {account.stack} lets its functions read this: {in_words(error)}"
        return
    partition = identity["Arn"].split(":")[1]
    region = account.region or _usual_region()
    arns = [arn_of(each, partition=partition, region=region, account_id=identity["Account"]) for each in targets]
    if stack is None:
        yield f"there is no stack {account.stack} here; deploy Greenlight's with {FURTHER}={','.join(arns)}"
        return
    allowed = [each for each in stack.parameters.get(FURTHER, "").split(",") if each]
    missing = [
        arn
        for arn, target in zip(arns, targets, strict=True)
        if stack.parameters.get(GATES, "").partition("?")[0] != str(target)
        # IAM's wildcards are * and ?: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
        and not any(fnmatchcase(arn, each.replace("[", "[[]")) for each in allowed)
    ]
    if missing:
        yield f"the functions of stack {account.stack} may not read this yet; deploy it with {FURTHER}={','.join([*allowed, *missing])}"
    else:
        yield f"the functions of stack {account.stack} may read this"


def _usual_region() -> str:
    return str(aws.client("sts").meta.region_name)
