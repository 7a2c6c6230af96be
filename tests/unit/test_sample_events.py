"""The sample events in ``events/``."""

import json

from greenlight.checks import Outcome
from greenlight.lifecycle.ecs_events import parse_ecs_event
from greenlight.lifecycle.event import Direction, parse_event
from greenlight.lifecycle.state import WarmMemory, restore
from rehearsal.eventbridge import matches
from rehearsal.sample_events import FOLDER, ecs_events, events
from rehearsal.template import Template


def test_the_files_are_what_the_program_writes():
    """``python -m rehearsal.sample_events`` was run after the last change."""
    assert {**events(), **ecs_events()} == {path.name: json.loads(path.read_text()) for path in FOLDER.iterdir()}


def test_only_the_rollbacks_go_back():
    """The events named rollback are taken for rollbacks, and PRE_PRODUCTION with all weight on blue is not."""
    back = {name for name, event in events().items() if parse_event(event).direction is Direction.ROLLBACK}

    assert {name for name in events() if "rollback" in name} == back


def test_creates_are_recognised_where_the_event_tells():
    """A single revision in a weight map is a create; empty maps leave it open."""
    told = {name: parse_event(event).is_create for name, event in events().items() if name.endswith("create.json")}

    assert {
        "pre-scale-up-create.json": None,
        "post-test-traffic-shift-create.json": None,
        "pre-production-traffic-shift-create.json": True,
        "production-traffic-shift-create.json": True,
        "post-production-traffic-shift-create.json": None,
    } == told


def test_second_invocations_carry_state_that_counts():
    """The state in the sample belongs to its gate, so that the error of the first invocation is remembered."""
    for name, event in events().items():
        if "second" in name:
            progress = restore(parse_event(event), WarmMemory(), now=2e9)
            assert (2, Outcome.ERROR) == (progress.attempt, progress.checks["smoke"].outcome), name


def test_events_of_ecs_are_read_and_reach_their_function():
    """The function understands them, and the rule of the template passes them on."""
    template = Template.load(FOLDER.parent / "template.yaml", region="eu-west-1", account_id="123456789012")
    (subscription,) = template.subscriptions()
    assert template.functions["DeploymentEventsFunction"].arn == subscription.function_arn
    for name, event in ecs_events().items():
        assert matches(subscription.pattern, event), name
        assert ("pause" in name) == parse_ecs_event(event).is_pause
