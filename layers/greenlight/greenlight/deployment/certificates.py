"""The name that a listener's certificate is for: what clients ask for where nothing else says it."""

from collections.abc import Mapping
from typing import Any, Final

from greenlight import aws

_WILDCARD: Final = "*."


def host_of(listener: Mapping[str, Any]) -> str | None:
    """Return a name that the listener's default certificate is for; None where that cannot be found out.

    Without a name a client looks for the load balancer's own, and says that the certificate is not for it and what to do;
    so nothing that goes wrong here is worth more than that.

    Args:
        listener: As DescribeListeners gives it.
    """
    arn = next((each.get("CertificateArn") for each in listener.get("Certificates") or ()), None)
    return _host_in(arn) if arn and ":acm:" in arn else None


def _host_in(arn: str) -> str | None:
    try:
        certificate = aws.call("acm", "describe_certificate", CertificateArn=arn).get("Certificate") or {}
    except aws.AwsError:
        return None
    names = [certificate.get("DomainName"), *(certificate.get("SubjectAlternativeNames") or ())]
    names = [name for name in names if isinstance(name, str) and name]
    plain = next((name for name in names if not name.startswith(_WILDCARD)), None)
    # A name below a wildcard is as good as any: the certificate is for all of them.
    return plain or next((f"greenlight.{name.removeprefix(_WILDCARD)}" for name in names), None)
