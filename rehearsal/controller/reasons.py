"""The sentences in which ECS says what went wrong.

Where a sentence was seen in a published log or in AWS documentation, it stands here word for word. What nobody has
published is marked as ours: nothing may depend on it.
"""

ROLLED_BACK = "Service deployment rolled back because {cause}"

# Seen as the statusReason of failed creates, with status ROLLBACK_FAILED.
NO_CANDIDATE = "No rollback candidate was found to run the rollback."

# Seen for services whose tasks never became healthy.
CIRCUIT_BREAKER = "the circuit breaker threshold was exceeded."

# Seen for a reply without hookStatus, which is also what the error document of a failed function is.
STATUS_IS_NULL = "HookStatus must not be null."


def hooks_failed(stage: str, what: str) -> str:
    """Return the cause of a rollback that hooks of a stage brought about. Seen."""
    return f"{stage} lifecycle hook(s) failed. {what}"


def returned_failed(target: str) -> str:
    """Return what ECS says of a hook that answered FAILED. Seen."""
    return f"Lifecycle hook target {target} returned FAILED status."


def unreadable(target: str, why: str) -> str:
    """Return what ECS says of a reply it cannot use. Seen with STATUS_IS_NULL; every other ``why`` is ours."""
    return f"ECS was unable to parse the response from {target} due to: {why}"


def not_invoked(target: str, why: str) -> str:
    """Return what is said of a hook that could not be invoked. Ours."""
    return f"Lifecycle hook target {target} could not be invoked: {why}"


def timed_out(target: str) -> str:
    """Return what is said of a hook that never came to an end. Ours."""
    return f"Lifecycle hook target {target} timed out."


def refused(hook_id: str) -> str:
    """Return what is said when somebody answers a PAUSE hook with ROLLBACK. Ours."""
    return f"Lifecycle hook {hook_id} was answered with ROLLBACK."


STOP_REQUESTED = "a rollback was requested with StopServiceDeployment."  # ours
STOPPED = "Service deployment stopped with StopServiceDeployment."  # ours


# Ours; users report "Rollback failed".
ROLLBACK_FAILED = "Rollback failed. {cause}"


def in_progress(deployment_id: str) -> str:
    """Return the reason in the event of a deployment that starts. From AWS's documentation of the event."""
    return f"ECS deployment {deployment_id} in progress."


def rolling_back(deployment_id: str) -> str:
    """Return the reason in the event of a rollback that starts.

    AWS's documentation of the event has these words, for a rollback by the circuit breaker; no others are known.
    """
    return f"ECS deployment circuit breaker: rolling back to deploymentId {deployment_id}."


def completed(deployment_id: str) -> str:
    """Return the reason in the event of a deployment that is over. From AWS's documentation of the event."""
    return f"ECS deployment {deployment_id} completed."
