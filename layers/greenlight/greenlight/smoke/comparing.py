"""Green's answer beside blue's to the same request."""

from dataclasses import dataclass, replace

from greenlight.documents import duration_text
from greenlight.smoke.attempts import Question
from greenlight.smoke.client import Client
from greenlight.smoke.differences import Difference, differences, noise, told
from greenlight.smoke.outgoing import Target, UnsendableError, prepare
from greenlight.smoke.reply import BodyTooLargeError, Reply
from greenlight.smoke.results import AssertionResult, Attempt, Comparison, Outcome, StepResult
from greenlight.smoke.rounds import Compare, LatencyBesideBlue
from greenlight.smoke.suite import Step
from greenlight.smoke.templates import UnknownValueError
from greenlight.smoke.values import DRAFT_CHARACTERS, NotJsonError


class NoBaselineError(Exception):
    """When blue does not give an answer that green's could be compared with."""


@dataclass(frozen=True)
class _Samples:
    """What both sides answered, in the order they were asked."""

    blue: list[Reply]
    green: list[Reply]


def beside_blue(question: Question, compare: Compare, result: StepResult, reply: Reply, client: Client) -> StepResult:
    """Ask blue the same, and add to a step's result how green's answer compares.

    Parameters:
        question: What was asked.
        compare: What has to be alike.
        result: What came of asking green.
        reply: Green's.
        client: Of this thread, to green.
    """
    blue = question.around.blue
    if blue.target is None:
        comparison = Comparison(blue_url="", no_baseline=blue.absent)
        return replace(result, comparison=comparison, outcome=result.outcome if blue.expected else "warning")
    comparison = Comparison(blue_url=blue.target.endpoint.url)
    try:
        samples = _ask_both(question, compare, blue.target, reply, client)
        found = _differences(compare, samples)
    except (NoBaselineError, UnsendableError, UnknownValueError) as error:
        return replace(result, comparison=replace(comparison, no_baseline=str(error)), outcome="warning")
    shown, more = told(found)
    comparison = replace(
        comparison,
        blue_status=samples.blue[-1].status,
        blue_seconds=min(each.seconds for each in samples.blue),
        green_seconds=min(each.seconds for each in samples.green),
        differences=tuple(shown),
        more=more,
    )
    assertions = (_likeness(found), *_latency(compare.latency, comparison))
    outcome: Outcome = result.outcome if all(assertion.passed for assertion in assertions) else "failed"
    return replace(result, comparison=comparison, assertions=assertions, outcome=outcome)


def _ask_both(question: Question, compare: Compare, blue: Target, reply: Reply, client: Client) -> _Samples:
    """Ask blue so many times, and green in turn where it is about the time, so that both have warm connections."""
    alone = replace(question, values=dict(question.values))  # what blue answers is not captured
    to_blue = replace(alone, request=prepare(question.step, question.values, blue))
    samples = _Samples([], [reply])
    with Client(blue, question.around.ca_bundle) as blue_client:
        for _ in range(compare.samples):
            samples.blue.append(_baseline(question.step, *to_blue.ask(blue_client)))
            if compare.latency is not None:
                _, again = alone.ask(client)
                samples.green.extend([again] if again is not None else [])
    return samples


def _baseline(step: Step, attempt: Attempt, reply: Reply | None) -> Reply:
    """Return a reply of blue; what is expected of green it need not be, but an answer of the right kind."""
    if reply is None:
        raise NoBaselineError(f"blue did not answer: {attempt.why}")
    rule = step.usual_status
    if not rule.allows(reply.status):
        raise NoBaselineError(f"blue answered with status {reply.status}, and {rule.text} was expected")
    if reply.truncated and step.compare is not None and step.compare.json_ != "any":
        raise NoBaselineError(f"of blue's answer, {BodyTooLargeError.SHORT}")
    return reply


def _differences(compare: Compare, samples: _Samples) -> list[Difference]:
    blue, green = samples.blue[-1], samples.green[0]
    found = []
    if green.status != blue.status:
        found.append(Difference(path="status", blue=str(blue.status), green=str(green.status)))
    if compare.json_ == "any":
        return found
    if green.truncated:
        return [*found, Difference(path="body", blue=f"{len(blue.body)} bytes", green=BodyTooLargeError.SHORT)]
    try:
        baselines = [each.json for each in samples.blue]
    except NotJsonError:
        return [*found, *_of_texts([each.text for each in samples.blue], green.text)]
    try:
        document = green.json
    except NotJsonError as error:
        return [*found, Difference(path="body", blue="JSON", green=f"no JSON: {error}")]
    changing = noise(baselines, compare.json_)
    if any(not place.parts for place in changing):
        raise NoBaselineError("blue's own answers differ as a whole")
    return [
        *found,
        *differences(baselines[-1], document, mode=compare.json_, ignored=compare.ignore, noise=changing),
    ]


def _of_texts(blue: list[str], green: str) -> list[Difference]:
    """Compare what is no JSON as a whole; where blue's own answers differ there is nothing to hold green to."""
    if len(set(blue)) > 1:
        raise NoBaselineError("blue's own answers differ, and they are no JSON whose parts could be compared")
    if blue[-1] == green:
        return []
    return [Difference(path="body", blue=blue[-1][:DRAFT_CHARACTERS], green=green[:DRAFT_CHARACTERS])]


def _likeness(found: list[Difference]) -> AssertionResult:
    if not found:
        return AssertionResult(subject="answer", expected="like blue's", actual="the same", passed=True)
    first = f"{found[0].path} is {found[0].green}, and with blue {found[0].blue}"
    count = "1 difference" if len(found) == 1 else f"{len(found)} differences, first"
    return AssertionResult(subject="answer", expected="like blue's", actual=f"{count}: {first}", passed=False)


def _latency(limits: LatencyBesideBlue | None, comparison: Comparison) -> tuple[AssertionResult, ...]:
    blue, green = comparison.blue_seconds, comparison.green_seconds
    if limits is None or blue is None or green is None:
        return ()
    expected = (
        f"at most {limits.max_ratio:.6g} times blue's {duration_text(blue)}, or {duration_text(limits.min_delta)} more"
    )
    slower = green > blue * limits.max_ratio and green - blue > limits.min_delta
    return (
        AssertionResult(
            subject="latency beside blue's", expected=expected, actual=duration_text(green), passed=not slower
        ),
    )
