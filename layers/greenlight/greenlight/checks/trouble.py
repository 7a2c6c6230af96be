"""What a check answers when AWS does not."""

from greenlight import aws
from greenlight.checks.outcome import CheckResult, Outcome


def trouble(error: aws.AwsError, what: str = "") -> CheckResult:
    """Turn an error of AWS into an answer: what may pass is an error, what AWS will say again is a failure.

    A missing permission counts as passing, because IAM needs a while to spread.

    Args:
        error: What came instead of an answer.
        what: What was to be found out, to begin the sentence with.
    """
    passing = error.transient or isinstance(error, aws.AwsDeniedError)
    text = f"{what}: {error}" if what else str(error)
    return CheckResult(Outcome.ERROR if passing else Outcome.FAILED, text)
