"""The last lines, which scripts read."""

from rehearsal.controller import DeploymentResult
from rehearsal.view.words import one_line


def closing_lines(result: DeploymentResult) -> list[str]:
    """Return the last lines of the output: why it failed, if it did, and ``deployment STATUS``."""
    why = [] if result.explanation is None else [one_line(result.explanation)]
    return [*why, f"deployment {result.status}"]
