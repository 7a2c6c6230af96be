"""What is said of images, and the answer that it adds up to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from greenlight import aws
from greenlight.checks.outcome import Outcome
from greenlight.checks.trouble import trouble

_TOLD: Final = 4
_WORST_FIRST: Final = (Outcome.FAILED, Outcome.ERROR, Outcome.INCONCLUSIVE)

# What ECR says when the registry behind a pull-through cache does not answer: it may the next time.
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
_UPSTREAM: Final = frozenset(
    {
        "UnableToGetUpstreamImageException",
        "UnableToListUpstreamImageReferrersException",
        "UpstreamTooManyRequests",
        "UpstreamUnavailable",
    }
)

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html: with enhanced scanning, ECR passes the
# question on to Inspector with the caller's rights. ListImageReferrers: see its page, above.
_FURTHER_PERMISSIONS: Final = {
    "ecr:DescribeImageScanFindings": "inspector2:ListFindings and inspector2:ListCoverage",
    "ecr:ListImageReferrers": "ecr:BatchGetImage",
}


@dataclass(frozen=True)
class Remark:
    """One thing to say of one container's image.

    Attributes:
        outcome: What it means for the check; PASSED for what is only told.
        text: What was found, what was expected, what to do; it follows the container's name.
        quiet: Whether it belongs in the details alone.
    """

    outcome: Outcome
    text: str
    quiet: bool = False


def failed(text: str) -> Remark:
    """Return a remark that fails the check."""
    return Remark(Outcome.FAILED, text)


def waiting(text: str) -> Remark:
    """Return a remark that lets the check wait."""
    return Remark(Outcome.INCONCLUSIVE, text)


def told(text: str, *, quiet: bool = False) -> Remark:
    """Return a remark that changes nothing."""
    return Remark(Outcome.PASSED, text, quiet)


def of_error(error: aws.AwsError) -> Remark:
    """Return what an error of AWS means."""
    if error.code in _UPSTREAM:
        return Remark(Outcome.ERROR, str(error))
    result = trouble(error)
    needed = _FURTHER_PERMISSIONS.get(error.operation) if isinstance(error, aws.AwsDeniedError) else None
    return Remark(result.outcome, f"{result.summary}; it needs {needed} too" if needed else result.summary)


def outcome_of(remarks: Iterable[Remark]) -> Outcome:
    """Return the answer that remarks add up to: the worst of them."""
    outcomes = {remark.outcome for remark in remarks}
    return next((outcome for outcome in _WORST_FIRST if outcome in outcomes), Outcome.PASSED)


def sentence(remarks: Sequence[tuple[str, Remark]], outcome: Outcome) -> str:
    """Write one sentence of all remarks with an outcome; those of several containers that say the same are told once.

    Args:
        remarks: Container and remark.
        outcome: Which of them to tell.
    """
    containers: dict[str, list[str]] = {}
    for container, remark in remarks:
        if remark.outcome is outcome and not remark.quiet and container not in containers.setdefault(remark.text, []):
            containers[remark.text].append(container)
    parts = [f"{', '.join(names)}: {text}" for text, names in containers.items()]
    more = [f"and {len(parts) - _TOLD} more"] if len(parts) > _TOLD else []
    return "; ".join([*parts[:_TOLD], *more])
