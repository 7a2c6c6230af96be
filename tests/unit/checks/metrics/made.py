"""What tests of metrics share: settings and checks as a gates file makes them."""

import time

from greenlight import clock
from greenlight.checks import CheckContext, Files
from greenlight.checks.metrics import MetricsSettings, prepare_metrics
from greenlight.documents import parse, validate
from tests.unit.checks.scenes.scene import BEFORE


def settings(text):
    """The settings that stand in a gates file."""
    return validate(MetricsSettings, parse(text, "gates.yaml"))


def check(text):
    """A metrics check."""
    document = parse(text, "gates.yaml")
    return prepare_metrics(validate(MetricsSettings, document), BEFORE, Files(document, lambda _: document))


class Asked:
    """A check that ECS asks again and again, at the time of a place.

    Args:
        place: Where it is asked.
        text: Its settings.
        stage: The stage.
        weight: Percent of the production traffic that green has.
        step: The step of a canary.
    """

    def __init__(self, place, text, *, stage=BEFORE, weight=10.0, step="at-10-percent"):
        self.check, self.place, self.stage, self.weight, self.step = check(text), place, stage, weight, step
        self.memory = {}

    def ask(self, after=0.0):
        """What it answers when so many seconds have passed."""
        self.place.now += after
        deployment = self.place.deployment(self.weight)
        context = CheckContext(self.stage, deployment, time.monotonic() + 20, "d1", self.memory, self.step)
        assert self.place.now == clock.now()
        result = self.check.run(context)
        self.memory = dict(result.memory)
        return result
