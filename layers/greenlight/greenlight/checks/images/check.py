"""The ``images`` check: may what is about to ship be shipped?"""

from dataclasses import dataclass
from typing import ClassVar

from greenlight.checks.base import CheckContext, CheckSettings, Files
from greenlight.checks.images.settings import ImagesSettings
from greenlight.checks.outcome import CheckResult, Outcome
from greenlight.deployment import DeploymentError


@dataclass(frozen=True)
class ImagesCheck:
    """The rules for the images of the green revision."""

    kind: ClassVar[str] = "images"
    settings: ImagesSettings

    def skip_on_create(self) -> str | None:
        """Say that there is no reason to: a first deployment ships images too."""
        return None

    def run(self, context: CheckContext) -> CheckResult:
        """Look at every container's image; trouble on the way to an answer is an error, never a pass."""
        try:
            green = context.deployment.green()
        except DeploymentError as error:
            return CheckResult(Outcome.ERROR if error.transient else Outcome.FAILED, str(error))
        # Here and not above: a gate without this check does not pay for it at a cold start.
        from greenlight.checks.images.judging import judge_images  # noqa: PLC0415

        return judge_images(self.settings, green, context.deadline)


def prepare_images(settings: CheckSettings, stage: str, files: Files) -> ImagesCheck:  # noqa: ARG001 - every kind is prepared alike
    """Make a check out of its settings; it names no files, and its rules are the same at every stage."""
    if not isinstance(settings, ImagesSettings):
        raise TypeError(settings)
    return ImagesCheck(settings)
