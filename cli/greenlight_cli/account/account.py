"""What a command asks of AWS, and with whose credentials.

boto3 and the library are imported when something is asked: ``--help`` has to answer at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

from greenlight_cli.errors import CannotRunError

if TYPE_CHECKING:
    from greenlight import aws
    from greenlight.record import Table
    from greenlight_cli.account.stack import Description

DEFAULT_STACK: Final = "greenlight"
TABLE_OUTPUT: Final = "RecordTableName"
"""The output of template.yaml that names the record's table."""

_WORDS: Final[Mapping[str, str]] = {
    "give the function a role": "log in, or name a --profile",
    "to the function's role": "to your role or user",
    # botocore's NoRegionError: a function always has one, and a person may have none.
    "cannot be asked: You must specify a region.": "has no Region to be asked in; name one with --region, or set AWS_REGION",
}
_REGION_OF_ARN, _PARTS_OF_ARN = 3, 6


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where a command looks: see ``account.options``.

    Attributes:
        stack: Name of Greenlight's CloudFormation stack.
        table_name: The record's table, where somebody names it; None to look it up in the stack.
        chosen_region: The region that somebody chose for this command; None where nobody did.
        usual_region: The region of the surroundings; None leaves it to boto3.
        profile: The profile with the credentials; None leaves it to boto3.
    """

    stack: str = DEFAULT_STACK
    table_name: str | None = None
    chosen_region: str | None = None
    usual_region: str | None = None
    profile: str | None = None

    @property
    def region(self) -> str | None:
        """Return the region that is asked; None leaves it to boto3."""
        return self.chosen_region or self.usual_region

    def beside(self, arn: str) -> Self:
        """Return the account as it is looked at for a resource, whose ARN says in which region it is.

        Raises:
            CannotRunError: When another region was chosen.
        """
        parts = arn.split(":", _PARTS_OF_ARN - 1)
        if len(parts) < _PARTS_OF_ARN or parts[0] != "arn" or not parts[_REGION_OF_ARN]:
            return self
        region = parts[_REGION_OF_ARN]
        if self.chosen_region not in {None, region}:
            raise CannotRunError([f"{arn} is in {region}, and not in {self.chosen_region}; leave out --region"])
        return self if region == self.region else replace(self, usual_region=region)

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Call AWS.

        Args:
            service: boto3's name of the service.
            operation: boto3's name of the method, as in ``describe_stacks``.
            parameters: Passed on.

        Raises:
            AwsError: When AWS does not answer, or not as asked; ``in_words`` says it to people.
            CannotRunError: When there is no such profile.
        """
        from greenlight import aws  # noqa: PLC0415 - not for --help

        self._take_profile()
        return aws.call(service, operation, region=self.region, **parameters)

    def output(self, name: str) -> str | None:
        """Return an output of the stack; None where there is no such stack, or it has no such output.

        Raises:
            AwsError: When CloudFormation does not answer.
        """
        return (self.described.outputs.get(name) or None) if self.described else None

    def table(self) -> "Table | None":
        """Return the record's table; None where there is none, and ``no_table`` says why.

        Raises:
            AwsError: When CloudFormation does not answer.
        """
        from greenlight.record import Table  # noqa: PLC0415 - not for --help

        self._take_profile()
        name = self.table_name or self.output(TABLE_OUTPUT)
        return Table(name, region=self.region) if name else None

    def no_table(self) -> str:
        """Say why there is no table, and what to do."""
        where = f" in {self.region}" if self.region else ""
        if self.described is None:
            return (
                f"there is no stack {self.stack}{where}; name Greenlight's with --stack (or the environment variable "
                "GREENLIGHT_STACK), or the record's table with --table, and look at --region and --profile"
            )
        return (
            f"stack {self.stack}{where} has no output {TABLE_OUTPUT}, so it keeps no record; deploy it with "
            "RecordRetentionDays of at least 1, or name a table with --table"
        )

    def deployment(self, text: str, cluster: str | None = None) -> dict[str, Any]:
        """Find a service deployment, and return what ECS's DescribeServiceDeployments says of it.

        Args:
            text: ARN of a service deployment; ARN of a service, ``CLUSTER/SERVICE``, or a service's name beside
                ``cluster``, for its newest deployment; ``CLUSTER/SERVICE/ID``; or the ID of one that the record knows.
            cluster: Name or ARN of the cluster.

        Raises:
            AwsError: When AWS does not answer.
            CannotRunError: When it is not found.
        """
        from greenlight_cli.account.finding import find  # noqa: PLC0415 - not for --help

        return find(self, text, cluster)

    @cached_property
    def described(self) -> "Description | None":
        """Return what CloudFormation says of the stack; None where there is none of that name.

        Raises:
            AwsError: When CloudFormation does not answer.
        """
        from greenlight_cli.account.stack import describe  # noqa: PLC0415 - not for --help

        return describe(self)

    def _take_profile(self) -> None:
        """Let boto3's default session, which the library's clients are made of, be that of the profile."""
        if self.profile is None:
            return
        import boto3  # noqa: PLC0415 - not for --help
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        from greenlight import aws  # noqa: PLC0415

        session = boto3.DEFAULT_SESSION
        if session is not None and session.profile_name == self.profile:
            return
        try:
            boto3.setup_default_session(profile_name=self.profile)
        except BotoCoreError as error:
            raise CannotRunError(
                [f"the profile cannot be used: {error}; `aws configure list-profiles` names all"]
            ) from error
        aws.forget_clients()


def in_words(error: "aws.AwsError") -> str:
    """Say an error of AWS to the person at the terminal, whose own permissions count here and no function's."""
    text = str(error)
    for of_functions, of_people in _WORDS.items():
        text = text.replace(of_functions, of_people)
    return text
