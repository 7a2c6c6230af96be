"""A service revision of the rehearsal: what ECS knows about it, and how to run it on this machine."""

import hashlib
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from rehearsal import demo_app


@dataclass(frozen=True)
class Revision:
    """A service revision.

    Attributes:
        arn: The service revision's ARN.
        id: Its last part.
        version: The version, which is also the image's tag.
        task_definition_arn: The task definition with the image.
        image: The image, with its tag.
        image_digest: Its digest, `sha256:...`.
        command: The command that runs it, with `{port}` where the port belongs; or `None`.
        url: Where it already runs, `http://host:port`; or `None`.
        fault: The built-in application's fault, one of `demo_app.FAULTS`; or `None`.
    """

    arn: str
    id: str
    version: str
    task_definition_arn: str
    image: str
    image_digest: str
    command: tuple[str, ...] | None = None
    url: str | None = None
    fault: str | None = None

    def __post_init__(self) -> None:
        ways = [name for name in ("command", "url", "fault") if getattr(self, name) is not None]
        if len(ways) > 1:
            raise ValueError(
                f"revision {self.version}: {' and '.join(ways)} are given; choose one, faults are for the built-in application"
            )
        if self.command == ():
            raise ValueError(f"revision {self.version}: the command is empty")
        if self.fault is not None and self.fault not in demo_app.FAULTS:
            raise ValueError(
                f"revision {self.version}: the application has no fault {self.fault!r}, only {', '.join(demo_app.FAULTS)}"
            )
        if self.url is not None:
            address_of(self.url)


def new_id() -> str:
    """An id for a service revision or deployment: 19 digits, as ECS has them."""
    return f"{uuid.uuid4().int % 10**19:019d}"


def digest_of(image: str) -> str:
    """A digest that stands for an image's content: the same for the same image, another for any other."""
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def address_of(url: str) -> tuple[str, int]:
    """Host and port of an application's URL.

    Raises:
        ValueError: When it is anything but `http://host[:port]`; the load balancer of the rehearsal speaks plain HTTP to
            its targets, and a target has no path.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"{url!r} is no address of an application, expected http://host:port")
    return parts.hostname, parts.port or 80
