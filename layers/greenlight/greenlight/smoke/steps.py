"""One step: its attempts, what each of them brought, and the values it leaves to the steps after it."""

import time
from dataclasses import replace
from typing import Any

from greenlight import clock
from greenlight.smoke.attempts import Question, Surroundings
from greenlight.smoke.client import Client
from greenlight.smoke.comparing import beside_blue
from greenlight.smoke.outgoing import Target, UnsendableError, prepare
from greenlight.smoke.repeating import run_repeated
from greenlight.smoke.results import Attempt, Fault, StepResult
from greenlight.smoke.suite import Step
from greenlight.smoke.templates import UnknownValueError, fill_text


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
    """Run a step: until an attempt succeeds, or as often as it is to be repeated, and beside blue.

    Parameters:
        step: What to do.
        client: Of this thread.
        values: For templates; what the step captures is added.
        around: What all steps share.
    """
    try:
        question = ready(step, values, around)
    except (UnsendableError, UnknownValueError) as error:
        return unsendable(step, around.target, error)
    if step.repeat is not None:
        return run_repeated(question, step.repeat, client)
    attempts, tries, cut_off = [], step.retries.count + 1, False
    pause = step.retries.interval
    while True:
        attempt, reply = question.ask(client)
        attempts.append(attempt)
        if not _may_go_on(attempts, tries):
            break
        if pause >= around.left:
            cut_off = True
            break
        time.sleep(pause)
        pause *= step.retries.backoff
    result = question.result(outcome=attempt.outcome, attempts=tuple(attempts), tries=tries)
    if cut_off:  # a later attempt might have passed
        note = f"{attempt.why} (attempt {len(attempts)} of {tries}; no time was left for another)"
        return replace(result, outcome="error", note=note)
    if step.compare is None or reply is None or result.outcome not in {"passed", "warning"}:
        return result
    return beside_blue(question, step.compare, result, reply, client)


def ready(step: Step, values: dict[str, Any], around: Surroundings) -> Question:
    """Make the request of a step, and remember its credentials as secrets.

    Raises:
        UnknownValueError: When it could not be sent, or its reply not judged, for want of a value.
        UnsendableError: When it would be malformed, or would miss the listener's rule.
    """
    for name in sorted(step.needs - values.keys()):
        raise UnknownValueError(name)
    for name, value in step.headers.items():  # first of all, because a request that cannot be made is told of as well
        around.redactor.add_header(name, fill_text(value, values))
    request = prepare(step, values, around.target)
    return Question(step=step, request=request, values=values, around=around)


def unsendable(step: Step, target: Target, error: Exception) -> StepResult:
    """Return the result of a step whose request cannot be made."""
    attempt = Attempt(started=clock.now(), seconds=0.0, fault=Fault(kind="configuration", text=str(error)))
    return replace(not_run(step, target, ""), outcome=attempt.outcome, attempts=(attempt,))


def _may_go_on(attempts: list[Attempt], tries: int) -> bool:
    last = attempts[-1]
    given_up = last.fault is not None and last.fault.kind == "configuration"
    return last.outcome in {"failed", "error"} and len(attempts) < tries and not given_up
