"""Which AWS operation a raw request asks for, whatever the service's protocol."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

# A signature names the service by its signing name; boto3, moto and the faults name it by its model.
_MODEL_OF_SIGNING_NAME = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "email": "ses",
    "states": "stepfunctions",
}
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Call:
    """One call of the API.

    Attributes:
        service: The service as boto3 names it: `ecs`, `elbv2`, `s3`.
        operation: The operation as the API names it: `DescribeRules`.
        protocol: The service's protocol, which decides how an answer looks: `json`, `query`, `rest-xml`, ...
    """

    service: str
    operation: str
    protocol: str


def identify(environ: dict[str, Any]) -> Call | None:
    """Read service and operation from a WSGI request, or `None` if it is no signed call of a known operation.

    Args:
        environ: The WSGI environment. A form's body is read and put back.
    """
    service = _signed_service(environ)
    if service is None:
        return None
    look = dict(environ)
    content_type = environ.get("CONTENT_TYPE", "")
    if content_type.startswith(_FORM):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"], look["wsgi.input"] = io.BytesIO(body), io.BytesIO(body)
    try:
        operation, _ = get_service_router(service).match(Request(look))
    except (NotFound, UnknownServiceError):
        return None
    return Call(service, str(operation.name), determine_request_protocol(get_service_model(service), content_type))


def _signed_service(environ: Mapping[str, Any]) -> str | None:
    # AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ecs/aws4_request, SignedHeaders=...
    authorization: str = environ.get("HTTP_AUTHORIZATION", "")
    _, found, credential = authorization.partition("Credential=")
    scope = credential.split(",", 1)[0].split("/")
    if not found or len(scope) != 5:  # noqa: PLR2004 - the five parts of a credential scope
        return None
    return _MODEL_OF_SIGNING_NAME.get(scope[3], scope[3])
