"""Why a decision was not made.

Exception
├── RefusedError
└── UncertainError
"""


class RefusedError(Exception):
    """When a decision does not count, and nothing was changed; it says why in one line."""


class UncertainError(Exception):
    """When AWS did not answer, and does not tell either whether the decision was made."""
