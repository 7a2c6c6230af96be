"""Where gates files and suites live: S3, SSM Parameter Store, files in the function's package."""

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from greenlight import aws
from greenlight.documents import MAX_BYTES, Document, DocumentError, Mistake, parse_bytes, shown

_S3 = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>[^?]+)(?:\?versionId=(?P<version>[^?&=#]+))?"
)
FORMS = "s3://bucket/key, s3://bucket/key?versionId=…, ssm:/name or file:path"

_DENIED_HINT = (
    " (the stack's parameters Gates and FurtherGatesArns say what may be read; S3 denies what is not there, too)"
)


class SourceUnavailableError(Exception):
    """When AWS did not answer; the file may well be there."""


@dataclass(frozen=True)
class Source:
    """The place of a file.

    Attributes:
        scheme: ``s3``, ``ssm`` or ``file``.
        path: Key in the bucket, name of the parameter, or path of the file.
        bucket: S3 bucket.
        version_id: Version of the S3 object; None means the newest.
    """

    scheme: str
    path: str
    bucket: str = ""
    version_id: str | None = None

    def __str__(self) -> str:
        if self.scheme == "s3":
            version = f"?versionId={quote(self.version_id)}" if self.version_id else ""
            return f"s3://{self.bucket}/{self.path}{version}"
        return f"{self.scheme}:{self.path}"

    def beside(self, relative: str) -> "Source":
        """Return the source of a file that is named relative to this one; its newest version."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), relative))
        return Source(self.scheme, path, self.bucket)


def locate(location: str, base: Source | None, *, place: str) -> Source:
    """Read a location as people write it.

    Args:
        location: ``s3://…``, ``ssm:/…``, ``file:…``, or a path relative to the base.
        base: The file that names the location; None where there is none to be relative to.
        place: Who names it, for the message.

    Raises:
        DocumentError: When it has no form that is known.
    """
    scheme, colon, rest = location.partition(":")
    if scheme == "s3" and (parts := _S3.fullmatch(location)):
        return Source("s3", parts["key"], parts["bucket"], unquote(parts["version"]) if parts["version"] else None)
    if scheme == "ssm" and rest.startswith("/"):
        return Source("ssm", rest)
    if scheme == "file" and rest:
        return Source("file", rest)
    if not colon and location and base is not None:
        return base.beside(location)
    cure = FORMS if base is not None else f"{FORMS}; an inline gates file has no place to be relative to"
    raise DocumentError([Mistake(place, f"{shown(location)} is no location; write {cure}")])


def read(source: Source) -> Document:
    """Read and parse a file.

    Raises:
        DocumentError: When it is not there, may not be read, or is not YAML.
        SourceUnavailableError: When AWS did not answer.
    """
    name = str(source)
    try:
        data = _READERS[source.scheme](source)
    except aws.AwsError as error:
        if error.transient:
            raise SourceUnavailableError(f"{name}: {error}") from error
        hint = _DENIED_HINT if isinstance(error, aws.AwsDeniedError) else ""
        raise DocumentError([Mistake(name, f"cannot be read: {error}{hint}")]) from error
    except OSError as error:
        raise DocumentError([Mistake(name, f"cannot be read: {error.strerror or error}")]) from error
    except ValueError as error:  # a path with a null character
        raise DocumentError([Mistake(name, f"cannot be read: {error}")]) from error
    return parse_bytes(data, name)


def _read_s3(source: Source) -> bytes:
    version = {"VersionId": source.version_id} if source.version_id else {}
    reply = aws.call("s3", "get_object", Bucket=source.bucket, Key=source.path, **version)
    # One byte more than allowed tells that it is too large.
    return aws.read_body("s3:GetObject", reply["Body"], MAX_BYTES + 1)


def _read_ssm(source: Source) -> bytes:
    reply = aws.call("ssm", "get_parameter", Name=source.path, WithDecryption=True)
    value = (reply.get("Parameter") or {}).get("Value")
    if not isinstance(value, str):
        raise aws.AwsUnreachableError("ssm:GetParameter", "got a reply that is not AWS's: it has no value")
    return value.encode("utf-8")


def _read_file(source: Source) -> bytes:
    with Path(source.path).open("rb") as file:
        return file.read(MAX_BYTES + 1)


_READERS = {"s3": _read_s3, "ssm": _read_ssm, "file": _read_file}
