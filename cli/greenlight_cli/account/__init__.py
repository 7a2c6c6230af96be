"""The AWS account that a command looks at: whose credentials, which region, which stack, which table."""

from greenlight_cli.account.account import Account
from greenlight_cli.account.options import options, options_with_record

__all__ = ["Account", "options", "options_with_record"]
