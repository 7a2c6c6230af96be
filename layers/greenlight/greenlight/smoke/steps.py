"""One step: its attempts, what each of them brought, and the values it leaves to the steps after it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import requests

from greenlight import clock
from greenlight.smoke.assertions import judge, looks_into_body
from greenlight.smoke.captures import capture_all
from greenlight.smoke.client import Client
from greenlight.smoke.faults import TransportError
from greenlight.smoke.outgoing import Target, UnsendableError, prepare
from greenlight.smoke.redaction import Redactor
from greenlight.smoke.reply import BodyTooLargeError, Reply
from greenlight.smoke.results import Attempt, Fault, StepResult
from greenlight.smoke.suite import Step
from greenlight.smoke.templates import UnknownValueError


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all steps of a run share.

    Attributes:
        target: Whom the requests are for.
        values: Variables and namespaces, by the names that templates use.
        deadline: When the run has to end, on the monotonic clock.
        redactor: The secrets of the run.
    """

    target: Target
    values: Mapping[str, Any]
    deadline: float
    redactor: Redactor


def not_run(step: Step, target: Target, note: str) -> StepResult:
    """Return the result of a step that nobody tried."""
    return StepResult(
        name=step.name,
        request=f"{step.method} {step.path}",
        url=f"{target.endpoint.url}{step.path}",
        outcome="not_run",
        tries=step.retries.count + 1,
        note=note,
    )


def run_step(step: Step, client: Client, values: dict[str, Any], around: Surroundings) -> StepResult:
    """Run a step until an attempt succeeds, or none is left, or no time.

    Parameters:
        step: What to do.
        client: Of this thread.
        values: For templates; what the step captures is added.
        around: What all steps share.
    """
    tries = step.retries.count + 1
    try:
        _refuse_unknown(step, values)
        request = prepare(step, values, around.target)
    except (UnsendableError, UnknownValueError) as error:
        attempt = Attempt(started=clock.now(), seconds=0.0, fault=Fault(kind="configuration", text=str(error)))
        return replace(not_run(step, around.target, ""), outcome=attempt.outcome, attempts=(attempt,))
    for name, value in request.headers.items():
        around.redactor.add_header(name, value if isinstance(value, str) else value.decode("utf-8", "replace"))
    attempts = [_attempt(step, request, client, values, around)]
    pause = step.retries.interval
    while _may_go_on(attempts, tries) and pause < around.deadline - time.monotonic():
        time.sleep(pause)
        pause *= step.retries.backoff
        attempts.append(_attempt(step, request, client, values, around))
    return StepResult(
        name=step.name,
        request=f"{request.method} {request.path_url}",
        url=request.url or "",
        outcome=attempts[-1].outcome,
        attempts=tuple(attempts),
        tries=tries,
    )


def _refuse_unknown(step: Step, values: Mapping[str, Any]) -> None:
    """Send nothing whose reply could not be judged."""
    for name in sorted(step.needs - values.keys()):
        raise UnknownValueError(name)


def _may_go_on(attempts: list[Attempt], tries: int) -> bool:
    last = attempts[-1]
    given_up = last.fault is not None and last.fault.kind == "configuration"
    return last.outcome in {"failed", "error"} and len(attempts) < tries and not given_up


def _attempt(
    step: Step, request: requests.PreparedRequest, client: Client, values: dict[str, Any], around: Surroundings
) -> Attempt:
    started, began = clock.now(), time.monotonic()
    allowed = max(0.0, min(step.timeout, around.deadline - began))
    try:
        reply = client.exchange(request, seconds=allowed, follow_redirects=step.follow_redirects)
    except TransportError as error:
        fault = _at_deadline(error.fault) if allowed < step.timeout else error.fault
        return Attempt(started=started, seconds=time.monotonic() - began, fault=fault)
    except UnsendableError as error:
        fault = Fault(kind="configuration", text=str(error))
        return Attempt(started=started, seconds=time.monotonic() - began, fault=fault)
    return _judged(step, reply, values, around, started)


def _judged(step: Step, reply: Reply, values: dict[str, Any], around: Surroundings, started: float) -> Attempt:
    for name, value in reply.headers:
        around.redactor.add_header(name, value)
    uncaptured = capture_all(step.captures, reply, values, around.redactor)
    cut_short = reply.truncated and looks_into_body(step)
    attempt = Attempt(
        started=started,
        seconds=reply.seconds,
        status=reply.status,
        assertions=(*judge(step, reply, values), *uncaptured),
        fault=Fault(kind="too_large", text=str(BodyTooLargeError())) if cut_short else None,
    )
    if attempt.outcome == "passed":
        return attempt
    return replace(attempt, headers=reply.headers, body=reply.excerpt)


def _at_deadline(fault: Fault) -> Fault:
    if fault.kind != "timeout":
        return fault
    return Fault(kind="deadline", text=f"{fault.text}; no more time was left for the run")
