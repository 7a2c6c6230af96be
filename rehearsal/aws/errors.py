"""How AWS writes an error on the wire, in each of its protocols."""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

_REQUEST_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Reply:
    """An HTTP reply that stands in for moto's.

    Attributes:
        status: The HTTP status.
        headers: The headers, without Content-Length.
        body: The body.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def error_reply(protocol: str, code: str, message: str, status: int) -> Reply:
    """Write an error as the AWS protocol has it (Smithy, "AWS protocols", error serialization).

    Args:
        protocol: The service's protocol, as in its botocore model.
        code: The error's code.
        message: The error's message.
        status: The HTTP status.

    Raises:
        ValueError: When the protocol is none of those that are known here.
    """
    if protocol in {"json", "rest-json"}:
        body = json.dumps({"__type": code, "message": message})
        return Reply(status, {"Content-Type": "application/json", "x-amzn-errortype": code}, body.encode())
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    request = f"<RequestId>{_REQUEST_ID}</RequestId>"
    match protocol:
        case "query":
            body = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error>{request}</ErrorResponse>"
        case "ec2":
            body = f"<Response><Errors><Error>{error}</Error></Errors>{request}</Response>"
        case "rest-xml":
            body = f"<Error>{error}{request}</Error>"
        case _:
            raise ValueError(
                f"errors of the protocol {protocol!r} are not known here: json, rest-json, query, ec2, rest-xml"
            )
    return Reply(status, {"Content-Type": "text/xml"}, body.encode())
