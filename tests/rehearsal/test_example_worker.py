"""The example of a queue worker: real workers, a real queue, and the switch between them."""

import dataclasses
import sys
import time

import pytest

from rehearsal.aws import metric_store
from rehearsal.clock import Clock
from rehearsal.controller import events
from tests.rehearsal.example_plays import AFTER, POST_TEST, PRE, SHIFT, HeadlessWorld, Play, playing


class Worker(Play):
    """The labels: a queue, and who has printed what."""

    def queue(self):
        """Make the queue."""
        self.sqs = self.world.aws.client("sqs")
        self.url = self.sqs.create_queue(QueueName="labels")["QueueUrl"]
        self.sent = 0

    def register(self, *_):
        """Make the next version known; its tasks know their revision, as they do in ECS."""
        revision = super().register(["true"])
        command = (sys.executable, str(self.folder / "app.py"), "--port", "{port}", "--pause", "0.2")
        return dataclasses.replace(revision, command=(*command, "--revision", revision.id))

    def who_prints(self, *revisions):
        """Send three labels, and say which revisions have printed them."""
        bodies = [f"label {number}" for number in range(self.sent, self.sent + 3)]
        self.sent += 3
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            printed = {
                body: revision
                for revision in revisions
                for body in bodies
                if f"printed {body}\n" in self.world.application_log(revision)
            }
            if len(printed) == len(bodies):
                return {revision.version for revision in printed.values()}
            time.sleep(0.02)
        raise AssertionError(f"only {sorted(printed)} of {bodies} were printed")

    def until_only(self, revision, other):
        """Wait until one prints and the other does not; each looks at the switch in a moment of its own."""
        deadline = time.monotonic() + 20
        while self.who_prints(revision, other) != {revision.version}:
            assert time.monotonic() < deadline, f"version {other.version} goes on printing"

    def queue_tells(self, oldest, dead):
        """What SQS tells CloudWatch, for the next hour of the rehearsal."""
        now = self.world.clock.now()
        for minute in range(-5, 60):
            for name, metric, value in (
                ("labels", "ApproximateAgeOfOldestMessage", oldest),
                ("labels-dead", "ApproximateNumberOfMessagesVisible", dead),
            ):
                metric_store.put("AWS/SQS", metric, {"QueueName": name}, value, now + 60 * minute)


@pytest.fixture(scope="module")
def worker():
    """The labels in their first version."""
    place = "eu-west-1:123456789012"
    parameters = {
        "Stages": f"{PRE},{POST_TEST},{SHIFT},{AFTER}",
        "SwitchParameterArns": f"arn:aws:ssm:{place}:parameter/labels/active-revision",
        "LambdaCheckArns": f"arn:aws:lambda:{place}:function:labels-trial",
        "TaskDefinitionArns": f"arn:aws:ecs:{place}:task-definition/labels:*",
        "TaskClusterArns": f"arn:aws:ecs:{place}:cluster/demo",
    }
    with playing(HeadlessWorld(clock=Clock(120)), "worker", kind=Worker, **parameters) as play:
        play.queue()
        play.queue_tells(oldest=3, dead=0)
        play.world.functions.define(
            "labels-trial", lambda event: {"outcome": "passed", "summary": f"{event['image']} prints"}
        )
        play.blue = play.register()
        result = play.release(play.blue, play_work(play))
        assert result.successful, result.explanation
        yield play
        metric_store.clear()


def play_work(play):
    """Let the migration come to its end."""
    return lambda event: play.world.finish_work() if isinstance(event, events.HookAnswered) else None


def test_green_takes_the_queue_over_at_the_switch(worker):
    """Until then blue prints, though green runs."""
    blue, green = worker.blue, worker.register()
    before, after = [], []

    def look(event):
        match event:
            case events.StageStarted(stage="PRODUCTION_TRAFFIC_SHIFT"):
                before.append(worker.who_prints(blue, green))
            case events.StageStarted(stage="POST_PRODUCTION_TRAFFIC_SHIFT"):
                worker.until_only(green, blue)
                after.append(worker.who_prints(blue, green))

    result = worker.release(green, play_work(worker), look)

    assert result.successful, result.explanation
    assert ([{blue.version}], [{green.version}]) == (before, after)
    assert "passed" == worker.outcomes(PRE)["migration"]
    assert "passed" == worker.outcomes(POST_TEST)["trial"]
    assert "passed" == worker.outcomes(AFTER)["metrics"]
    worker.blue = green


def test_thrown_away_labels_send_green_back(worker):
    """The switch follows, and blue prints again."""
    blue, green = worker.blue, worker.register()

    def throw_away(event):
        if isinstance(event, events.StageStarted) and event.stage == AFTER:
            metric_store.clear()
            worker.queue_tells(oldest=3, dead=7)

    result = worker.release(green, play_work(worker), throw_away)

    assert ("ROLLBACK_SUCCESSFUL", AFTER) == (result.status, result.stage)
    assert result.explanation.startswith('metrics: "dead" 7, expected at most 0')
    worker.until_only(blue, green)
    assert {blue.version} == worker.who_prints(blue, green)
