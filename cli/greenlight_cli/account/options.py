"""The options of every command that asks AWS."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

import click

from greenlight_cli.account.account import DEFAULT_STACK, Account

T = TypeVar("T")

STACK_VARIABLE: Final = "GREENLIGHT_STACK"


def options(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command ``--stack``, ``--region`` and ``--profile``; it gets them as one ``account``.

    Args:
        command: A function with a parameter ``account``. It stands under click's own decorators.
    """

    @wraps(command)
    def with_account(
        *arguments: Any,
        stack: str | None,
        region: str | None,
        profile: str | None,
        table: str | None = None,
        **others: Any,
    ) -> T:
        account = Account(
            stack=stack or DEFAULT_STACK,
            table_name=table,
            chosen_region=region,
            # boto3 looks at AWS_DEFAULT_REGION alone; the AWS CLI and every runtime of AWS set or take AWS_REGION too:
            # https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
            usual_region=os.environ.get("AWS_REGION") or None,
            profile=profile,
        )
        return command(*arguments, account=account, **others)

    for decorate in reversed(
        (
            click.option(
                "--stack",
                envvar=STACK_VARIABLE,
                metavar="NAME",
                help=f"Greenlight's CloudFormation stack (default: {DEFAULT_STACK}, or {STACK_VARIABLE})",
            ),
            click.option("--region", metavar="REGION", help="the AWS region (default: the ARN's, else your settings')"),
            click.option("--profile", metavar="NAME", help="the profile with your AWS credentials"),
        )
    ):
        with_account = decorate(with_account)
    return with_account


def options_with_record(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command that reads the record ``--table`` besides.

    Args:
        command: As for ``options``.
    """
    table = click.option("--table", metavar="NAME", help="the record's table (default: the stack's RecordTableName)")
    return table(options(command))
