"""What ECS says of a deployment that failed, read into faults.

Where the sentences come from:

* AWS's own list of error messages, word for word:
  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html (hooks that return FAILED, cannot
  be invoked or read, roles that cannot be assumed or lack a permission, PAUSE hooks whose time is up, networking);
* https://docs.aws.amazon.com/AmazonECS/latest/developerguide/action-logs-troubleshooting.html and the acceptance tests of
  https://github.com/hashicorp/terraform-provider-aws (``No rollback candidate``, ``the circuit breaker threshold was exceeded``);
* service events that people published, as in https://github.com/aws/containers-roadmap/issues/1488 (``tasks failed to start``)
  and in the tests of https://github.com/aws/copilot-cli (``deployment failed: alarm detected``).

Nobody has published what ECS says of a Lambda hook whose time is up, of StopServiceDeployment, or of a deployment that a newer
one replaces. Those are recognised by the words that such a sentence cannot do without, and told as what they may be.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class What(StrEnum):
    """What kind of sentence it is."""

    RETURNED_FAILED = "a hook answered FAILED"
    UNREADABLE = "the reply of a hook could not be read"
    NOT_INVOKED = "a hook could not be invoked"
    ROLE_NOT_ASSUMED = "the role of a hook could not be assumed"
    TIMED_OUT = "the time of a hook was up"
    PAUSE_TIMED_OUT = "the time of a PAUSE hook was up"
    PAUSE_REFUSED = "a PAUSE hook was answered with ROLLBACK"
    DENIED = "ECS lacks a permission"
    NETWORKING = "the load balancer does not fit the service"
    BREAKER = "the circuit breaker"
    TASKS = "tasks did not start"
    ALARM = "an alarm"
    NO_CANDIDATE = "there was nothing to go back to"
    REPLACED = "a newer deployment"
    REQUESTED = "somebody asked for it"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that ECS says went wrong.

    Attributes:
        what: Which kind of thing.
        stage: The lifecycle stage; empty where ECS does not say.
        target: ARN of the hook's function.
        role: Name or ARN of the role.
        action: The permission that is missing.
        resource: What it is missing on.
        detail: The part of the sentence that says why.
    """

    what: What
    stage: str = ""
    target: str = ""
    role: str = ""
    action: str = ""
    resource: str = ""
    detail: str = ""


# A new sentence begins here; "due to User: …" is part of the one before.
_SENTENCES: Final = re.compile(r"(?=Lifecycle hook )|(?=ECS was unable to )|(?<!due to )(?<!due to: )(?=User: )")
_STAGE: Final = re.compile(r"\b([A-Z][A-Z_]+) (?:lifecycle hook\(s\) failed|pause hook)")
_RETURNED: Final = re.compile(r"Lifecycle hook target (\S+) returned FAILED")
_UNREADABLE: Final = re.compile(r"unable to parse the response from (\S+) due to:? *(.*)")
_NOT_INVOKED: Final = re.compile(
    r"(?:unable to invoke hook target|Lifecycle hook target) (\S+) (?:due to:?|could not be invoked:) *(.*)"
)
_ASSUME: Final = re.compile(r"unable to assume (?:the )?role '?([^\s']+)")
_TIMED_OUT: Final = re.compile(r"Lifecycle hook target (\S+) timed out")
_PAUSE: Final = re.compile(r"pause hook (?:timed out|.*time)")
_DENIED: Final = re.compile(r"User: (\S+) is not authorized to perform: (\S+)(?: on resource: (\S+))?")
_INFRASTRUCTURE: Final = re.compile(r"missing permissions on ECS Infrastructure Role '([^']+)'")
_NETWORKING: Final = re.compile(r"invalid networking configuration[.:]? *(.*)")
_ASSUMED_ROLE: Final = re.compile(r":assumed-role/([^/]+)/")

# In this order: a sentence on the circuit breaker speaks of tasks, too.
_WORDS: Final = (
    (What.NO_CANDIDATE, re.compile(r"No rollback candidate")),
    (What.BREAKER, re.compile(r"circuit breaker", re.IGNORECASE)),
    (What.TASKS, re.compile(r"tasks? failed|failed to start|health checks?", re.IGNORECASE)),
    (What.ALARM, re.compile(r"\balarms?\b", re.IGNORECASE)),
    (What.REPLACED, re.compile(r"superseded|replaced by|newer? (?:service )?deployment", re.IGNORECASE)),
    (
        What.REQUESTED,
        re.compile(r"StopServiceDeployment|\brequested\b|\bmanual|\bby (?:a |the )?user\b", re.IGNORECASE),
    ),
)


def faults_in(text: str) -> list[Fault]:
    """Read what ECS says; of several hooks that failed, each is one fault. Empty where nothing was recognised."""
    stage = match[1] if (match := _STAGE.search(text)) else ""
    found = [fault for sentence in _SENTENCES.split(text) for fault in _of_hook(sentence, stage)]
    if found:
        return list(dict.fromkeys(found))
    if match := _INFRASTRUCTURE.search(text):
        return [Fault(what=What.DENIED, role=match[1], detail="trust")]
    if match := _NETWORKING.search(text):
        return [Fault(what=What.NETWORKING, detail=match[1])]
    return [Fault(what=what, stage=stage, detail=text) for what, words in _WORDS if words.search(text)][:1]


def role_name(principal: str) -> str:
    """Return the name of the role in an ARN of IAM or STS; the ARN itself where it is another."""
    if match := _ASSUMED_ROLE.search(principal):
        return match[1]
    return principal.rpartition(":role/")[2]


def function_name(target: str) -> str:
    """Return the name in a function's ARN, without version or alias; a name stays as it is."""
    parts = target.split(":")
    return parts[6] if len(parts) > 6 else target  # noqa: PLR2004 - arn:aws:lambda:REGION:ACCOUNT:function:NAME


def _of_hook(sentence: str, stage: str) -> Iterator[Fault]:
    if match := _RETURNED.search(sentence):
        yield Fault(what=What.RETURNED_FAILED, stage=stage, target=match[1])
    elif match := _UNREADABLE.search(sentence):
        yield Fault(what=What.UNREADABLE, stage=stage, target=match[1], detail=match[2].strip())
    elif match := _NOT_INVOKED.search(sentence):
        denied = _DENIED.search(match[2])
        yield Fault(
            what=What.NOT_INVOKED,
            stage=stage,
            target=match[1],
            role=role_name(denied[1]) if denied else "",
            action=denied[2] if denied else "",
            detail=match[2].strip(),
        )
    elif match := _ASSUME.search(sentence):
        yield Fault(what=What.ROLE_NOT_ASSUMED, stage=stage, role=match[1].rstrip("."))
    elif match := _TIMED_OUT.search(sentence):
        target = match[1].rstrip(".")
        is_function = target.startswith("arn:")  # a PAUSE hook has nothing but its ID
        yield (
            Fault(what=What.TIMED_OUT, stage=stage, target=target)
            if is_function
            else Fault(what=What.PAUSE_TIMED_OUT, stage=stage)
        )
    elif match := _DENIED.search(sentence):
        yield Fault(what=What.DENIED, stage=stage, role=role_name(match[1]), action=match[2], resource=match[3] or "")
    elif _PAUSE.search(sentence):
        yield Fault(what=What.PAUSE_TIMED_OUT, stage=stage)
    elif "pause hook" in sentence or "was answered with ROLLBACK" in sentence:
        yield Fault(what=What.PAUSE_REFUSED, stage=stage)
