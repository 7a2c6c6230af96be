"""One attempt: a request, its reply, and what is to say of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore
from typing import Any

import requests

from greenlight import clock
from greenlight.smoke.assertions import judge, looks_into_body
from greenlight.smoke.captures import capture_all
from greenlight.smoke.client import Client
from greenlight.smoke.faults import TransportError
from greenlight.smoke.outgoing import Target, UnsendableError
from greenlight.smoke.redaction import Redactor
from greenlight.smoke.reply import BodyTooLargeError, Reply
from greenlight.smoke.results import Attempt, Fault, StepResult
from greenlight.smoke.rounds import MAX_CONCURRENCY
from greenlight.smoke.suite import Step


@dataclass(frozen=True, kw_only=True)
class Blue:
    """Whom to compare with.

    Attributes:
        target: Where blue answers; None where there is no blue to ask.
        absent: Why there is none.
        expected: Whether that is as it should be, as in a first deployment.
    """

    target: Target | None = None
    absent: str = ""
    expected: bool = False


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all steps of a run share.

    Attributes:
        target: Whom the requests are for.
        blue: Whom to compare with.
        values: Variables, namespaces and what the setup captured, by the names that templates use.
        deadline: When the run has to end, on the monotonic clock.
        redactor: The secrets of the run.
        ca_bundle: File with the authorities to trust; None for those that requests trusts.
        slots: For requests that are repeated side by side, so that they never are more than a suite may send at a time.
    """

    target: Target
    blue: Blue
    values: Mapping[str, Any]
    deadline: float
    redactor: Redactor
    ca_bundle: str | None = None
    slots: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MAX_CONCURRENCY))

    @property
    def left(self) -> float:
        """Return the seconds that are left; negative when there are none."""
        return self.deadline - time.monotonic()


@dataclass(frozen=True, kw_only=True)
class Question:
    """The request of a step, ready to be sent as often as need be.

    Attributes:
        step: What is expected of the reply.
        request: What to send.
        values: For templates; what the step captures is added.
        around: What all steps share.
    """

    step: Step
    request: requests.PreparedRequest
    values: dict[str, Any]
    around: Surroundings

    def ask(self, client: Client) -> tuple[Attempt, Reply | None]:
        """Send it once, and judge the reply if one came."""
        step, around = self.step, self.around
        started, began = clock.now(), time.monotonic()
        allowed = max(0.0, min(step.timeout, around.deadline - began))
        try:
            reply = client.exchange(self.request, seconds=allowed, follow_redirects=step.follow_redirects)
        except TransportError as error:
            fault = _at_deadline(error.fault) if allowed < step.timeout else error.fault
            return Attempt(started=started, seconds=time.monotonic() - began, fault=fault), None
        except UnsendableError as error:
            fault = Fault(kind="configuration", text=str(error))
            return Attempt(started=started, seconds=time.monotonic() - began, fault=fault), None
        return self._judged(reply, started), reply

    def result(self, **keys: Any) -> StepResult:
        """Return the result of its step."""
        url = self.request.url or ""
        return StepResult(
            name=self.step.name, request=f"{self.request.method} {self.request.path_url}", url=url, **keys
        )

    def _judged(self, reply: Reply, started: float) -> Attempt:
        step, redactor = self.step, self.around.redactor
        for name, value in reply.headers:
            redactor.add_header(name, value)
        uncaptured = capture_all(step.captures, reply, self.values, redactor) if step.captures else ()
        cut_short = reply.truncated and looks_into_body(step)
        attempt = Attempt(
            started=started,
            seconds=reply.seconds,
            status=reply.status,
            assertions=(*judge(step, reply, self.values, self.around.target, self.request.path_url), *uncaptured),
            fault=Fault(kind="too_large", text=str(BodyTooLargeError())) if cut_short else None,
        )
        if attempt.outcome == "passed":
            return attempt
        return replace(attempt, headers=reply.headers, body=reply.excerpt)


def _at_deadline(fault: Fault) -> Fault:
    if fault.kind != "timeout":
        return fault
    return Fault(kind="deadline", text=f"{fault.text}; no more time was left for the run")
