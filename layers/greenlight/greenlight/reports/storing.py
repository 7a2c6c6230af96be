"""Reports in an S3 bucket: for each attempt a page for people, and beside it the document for programs."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from greenlight import aws
from greenlight.reports.earlier import leans_on_earlier, with_earlier
from greenlight.reports.page import to_html
from greenlight.reports.plain import to_json

logger = logging.getLogger("greenlight.reports")

_LOCATION = re.compile(r"s3://([^/]+)(?:/(.*))?")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_PART: Final = 150
_MAX_BYTES: Final = 16 * 1024 * 1024
_CONSOLES: Final = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a report is stored under.

    Attributes:
        service: The service's name.
        deployment: Identifier of the service deployment.
        stage: The lifecycle stage.
        attempt: Number of this call of the stage's hook, from 1.
    """

    service: str
    deployment: str
    stage: str
    attempt: int

    def folder(self, prefix: str) -> str:
        """Return where all attempts are; of safe characters, whatever the names are made of."""
        return "/".join(filter(None, (prefix.strip("/"), *map(_safe, (self.service, self.deployment, self.stage)))))


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Where a report is now.

    Attributes:
        html_uri: The page, as ``s3://bucket/key``.
        json_uri: The document.
        console_url: The page in AWS's console; it opens after logging in.
    """

    html_uri: str
    json_uri: str
    console_url: str


def store(location: str, key: Key, document: Mapping[str, Any], *, region: str) -> Stored:
    """Store a report, with all that earlier attempts found out.

    Args:
        location: ``s3://bucket/prefix``.
        key: What it is stored under; the document of the last report is there as ``latest.json``, too.
        document: The report.
        region: The bucket's.

    Raises:
        AwsError: When it cannot be stored.
    """
    bucket, prefix = _locate(location)
    folder = key.folder(prefix)
    # Not every attempt has a report, so that the one before this need not be that of the attempt before.
    latest = f"{folder}/latest.json"
    if key.attempt > 1 and leans_on_earlier(document):
        document = with_earlier(document, _previous(bucket, latest))
    name, text = f"{folder}/{key.attempt}", to_json(document)
    _put(bucket, f"{name}.json", text, "application/json; charset=utf-8")
    _put(bucket, f"{name}.html", to_html(document), "text/html; charset=utf-8")
    _put(bucket, latest, text, "application/json; charset=utf-8")
    return Stored(
        html_uri=f"s3://{bucket}/{name}.html",
        json_uri=f"s3://{bucket}/{name}.json",
        console_url=_console_url(bucket, f"{name}.html", region),
    )


def _locate(location: str) -> tuple[str, str]:
    match = _LOCATION.fullmatch(location)
    if match is None:
        problem = f"has no place for the report: expected s3://bucket/prefix, got {location!r}"
        raise aws.AwsRefusedError("s3:PutObject", problem)
    return match[1], match[2] or ""


def _safe(part: str) -> str:
    """Return a part of a key that is neither empty nor ``..`` and needs no quoting."""
    return _UNSAFE.sub("-", part)[:_MAX_PART].strip(".") or "unknown"


def _put(bucket: str, key: str, text: str, content_type: str) -> None:
    aws.call("s3", "put_object", Bucket=bucket, Key=key, Body=text.encode(), ContentType=content_type)


def _previous(bucket: str, key: str) -> Any:
    """Read the previous report's document; None where that cannot be done, because a report must not hinder another."""
    try:
        reply = aws.call("s3", "get_object", Bucket=bucket, Key=key)
        return json.loads(aws.read_body("s3:GetObject", reply["Body"], _MAX_BYTES))
    except (aws.AwsError, ValueError, RecursionError) as error:
        problem = {"report": f"s3://{bucket}/{key}", "problem": str(error)}
        logger.warning("the previous report cannot be read; this one goes without its details", extra=problem)
        return None


def _console_url(bucket: str, key: str, region: str) -> str:
    console = next(
        (host for start, host in _CONSOLES.items() if region.startswith(f"{start}-")), "console.aws.amazon.com"
    )
    place = f"{quote(bucket)}?region={quote(region)}&prefix={quote(key, safe='')}"
    return f"https://{region}.{console}/s3/object/{place}"
