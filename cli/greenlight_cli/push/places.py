"""The places that a gates file can be pushed to: S3, and the Parameter Store of Systems Manager."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from greenlight import aws
from greenlight_cli.account import Account
from greenlight_cli.account.account import in_words
from greenlight_cli.errors import CannotRunError
from greenlight_cli.push.plan import Plan, Upload

MOST_PARAMETER_BYTES: Final = 8192
"""Of an advanced parameter; a standard one holds 4096, and Intelligent-Tiering takes what is needed:
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"""

_UNVERSIONED: Final = (None, "null")


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """A file that has arrived.

    Attributes:
        reference: Its location, with the version where there is one.
        key: ARN of the KMS key that encrypts it, where S3 says so.
    """

    reference: str
    key: str | None = None


def refuse_early(plan: Plan) -> None:
    """Refuse what the place would not take, before anything is uploaded.

    Raises:
        CannotRunError: When something is too large.
    """
    problems = [
        f"{each.name} has {len(each.data)} bytes, and a parameter holds {MOST_PARAMETER_BYTES}; push it to s3://bucket/key"
        for each in plan.uploads
        if each.target.scheme == "ssm" and len(each.data) > MOST_PARAMETER_BYTES
    ]
    if problems:
        raise CannotRunError(problems)


def unversioned(account: Account, plan: Plan) -> str | None:
    """Say that a bucket keeps no versions, or that nobody knows; None where all is well.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
    """
    target = plan.gates.target
    if target.scheme != "s3":
        return None
    try:
        status = account.call("s3", "get_bucket_versioning", Bucket=target.bucket).get("Status")
    except aws.AwsDeniedError as error:
        return f"it is not known whether {target.bucket} is versioned: {in_words(error)}"
    if status == "Enabled":
        return None
    return (
        f"{target.bucket} is not versioned, so that a change reaches deployments that are under way, and the file before is lost; "
        f"turn it on: aws s3api put-bucket-versioning --bucket {target.bucket} --versioning-configuration Status=Enabled"
    )


def upload(account: Account, file: Upload) -> Uploaded:
    """Upload a file.

    Raises:
        AwsError: When it did not arrive.
    """
    return _PLACES[file.target.scheme](account, file)


def _to_s3(account: Account, file: Upload) -> Uploaded:
    target = file.target
    reply = account.call(
        "s3", "put_object", Bucket=target.bucket, Key=target.path, Body=file.data, ContentType="application/yaml"
    )
    version = reply.get("VersionId")
    suffix = "" if version in _UNVERSIONED else f"?versionId={quote(str(version))}"
    return Uploaded(reference=f"{target}{suffix}", key=reply.get("SSEKMSKeyId"))


def _to_parameter_store(account: Account, file: Upload) -> Uploaded:
    """Write a parameter, whose versions can be named: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html."""
    try:
        value = file.data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CannotRunError([f"{file.name} is not UTF-8, and a parameter holds text; save it as UTF-8"]) from error
    reply = account.call(
        "ssm",
        "put_parameter",
        Name=file.target.path,
        Value=value,
        Type="String",
        Overwrite=True,
        Tier="Intelligent-Tiering",
    )
    return Uploaded(reference=f"{file.target}:{reply['Version']}")


_PLACES: Final[Mapping[str, Callable[[Account, Upload], Uploaded]]] = {"s3": _to_s3, "ssm": _to_parameter_store}
