"""What keeps a command from doing what it was asked for.

Exception
├── CannotRunError
└── UnreadableError
"""

from collections.abc import Callable, Sequence


class CannotRunError(Exception):
    """When a command cannot be carried out; it carries every problem that was found."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class UnreadableError(Exception):
    """When a file cannot be read; the text says why, as in ``cannot be read: No such file or directory``."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"cannot be read: {getattr(cause, 'strerror', None) or cause}")


def refuse_together(*checks: Callable[[], object]) -> None:
    """Make some checks, and tell what all of them found in one go.

    Raises:
        CannotRunError: With the problems of every check that raises one.
    """
    problems: list[str] = []
    for check in checks:
        try:
            check()
        except CannotRunError as error:
            problems.extend(error.problems)
    if problems:
        raise CannotRunError(problems)
