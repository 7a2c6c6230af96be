"""Links into AWS's console; they open after logging in."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

_HOSTS: Final = MappingProxyType(
    {
        "aws": "console.aws.amazon.com",
        "aws-cn": "console.amazonaws.cn",
        "aws-eusc": "console.amazonaws-eusc.eu",
        "aws-us-gov": "console.amazonaws-us-gov.com",
    }
)
"""By partition; those that are not here have no console that the world knows of."""


@dataclass(frozen=True)
class Place:
    """Where something of AWS is.

    Attributes:
        partition: ``aws``, or one of its separate worlds.
        region: As in ``eu-west-1``.
        account: The account's number.
    """

    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, arn: str) -> Self:
        """Read the place out of an ARN."""
        _, partition, _, region, account, *_ = (*arn.split(":", 5), "", "", "", "")
        return cls(partition, region, account)

    def region_beside(self, arn: str) -> str | None:
        """Return the region, to be asked for; None where it is that of something of the function's own region."""
        return None if self.region == Place.of(arn).region else self.region

    def console(self, path: str) -> str | None:
        """Return the address of a page; None where the partition's console is not known.

        Args:
            path: What follows the host, without the slash.
        """
        host = _HOSTS.get(self.partition)
        return f"https://{self.region}.{host}/{path}" if host and self.region else None
