"""What a check answers when AWS does not."""

from greenlight import aws
from greenlight.checks.outcome import CheckResult, Outcome


def trouble(error: aws.AwsError, what: str = "") -> CheckResult:
    """Turn an error of AWS into an answer: what may pass is an error, what AWS will say again is a failure.

    Args:
        error: What came instead of an answer.
        what: What was to be found out, to begin the sentence with.
    """
    text = f"{what}: {error}" if what else str(error)
    return CheckResult(Outcome.ERROR if error.may_pass else Outcome.FAILED, text)
