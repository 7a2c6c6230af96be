"""Why something about a deployment is not known."""

from collections.abc import Sequence
from typing import Self

from greenlight import aws


class DeploymentError(Exception):
    """When something about the deployment could not be found out.

    Attributes:
        transient: Whether asking again may help.
        looked_at: Where the answer was looked for, in order.
    """

    def __init__(self, problem: str, *, transient: bool = False, looked_at: Sequence[str] = ()) -> None:
        self.transient = transient
        self.looked_at = tuple(looked_at)
        looked = f" (looked at: {', '.join(self.looked_at)})" if self.looked_at else ""
        super().__init__(f"{problem}{looked}")

    @classmethod
    def of(cls, error: aws.AwsError, looked_at: str) -> Self:
        """Make it out of an error of AWS."""
        return cls(str(error), transient=error.may_pass, looked_at=[looked_at])
