"""Checks without a network: they answer what a test tells them to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from greenlight.checks import CheckContext, CheckResult, CheckSettings, Outcome
from greenlight.deployment import Deployment
from greenlight.gates import CheckProgress, Gate, Record
from greenlight.gates.loading import NamedCheck

DEPLOYMENT_ARN = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/orders/d1"
GREEN_ARN = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/orders/2"


@dataclass
class FakeCheck:
    """A check of the Check protocol."""

    kind: ClassVar[str] = "fake"
    over_listeners: ClassVar[bool] = True
    answer: Callable[[CheckContext], CheckResult]
    settings: CheckSettings = field(default_factory=CheckSettings)
    no_sense_on_create: str | None = None
    asked: list[CheckContext] = field(default_factory=list)

    def skip_on_create(self) -> str | None:
        return self.no_sense_on_create

    def run(self, context: CheckContext) -> CheckResult:
        self.asked.append(context)
        return self.answer(context)


def check(answer, *, no_sense_on_create=None, **settings):
    """A check that gives an outcome, a result, or what a function makes of its context."""
    if isinstance(answer, Outcome):
        answer = CheckResult(answer, f"it {answer}")
    if isinstance(answer, CheckResult):
        result = answer
        return FakeCheck(lambda _: result, CheckSettings(**settings), no_sense_on_create)
    return FakeCheck(answer, CheckSettings(**settings), no_sense_on_create)


@dataclass
class FakeProof(FakeCheck):
    """A check of the kind that goes before all others."""

    kind: ClassVar[str] = "routing"


def proof(outcome, **settings):
    """A routing check that gives an outcome."""
    return FakeProof(lambda _: CheckResult(outcome, f"it {outcome}"), CheckSettings(**settings))


def gate(*, deadline_seconds=1800.0, **checks):
    """A gate of POST_TEST_TRAFFIC_SHIFT with checks by name."""
    named = tuple(NamedCheck(name, made) for name, made in checks.items())
    return Gate("POST_TEST_TRAFFIC_SHIFT", None, "a test", False, deadline_seconds, named, "f1")


def record(outcome, *, name="web", errors=0, summary="it is so", retry_after=None, **settings):
    """A check's answer within a gate, as the engine would give it."""
    result = CheckResult(outcome, summary, retry_after=retry_after)
    return Record(NamedCheck(name, check(result, **settings)), result, CheckProgress(outcome, errors, summary))


def deployment(*, is_create=False):
    """A deployment of which nothing has to be asked."""
    return Deployment(DEPLOYMENT_ARN, GREEN_ARN, is_create=is_create)
