"""People are asked, and told what came of it."""

from dataclasses import replace

import pytest

from greenlight.record import Approval, Decision
from greenlight.telling import approval_asked, approval_decided

ARN = "arn:aws:ecs:eu-west-1:123456789012"
APPROVAL = Approval(
    deployment="d1",
    name="approval",
    deployment_arn=f"{ARN}:service-deployment/shop/orders/d1",
    service="orders",
    green=f"{ARN}:service-revision/shop/orders/2",
    stage="PRE_PRODUCTION_TRAFFIC_SHIFT",
    requested_at=1_700_000_000.0,
    expires_at=1_700_014_400.0,
    needed=2,
    evidence={
        "changes": ["image app: orders:1 → orders:2", "cpu: 256 → 512"],
        "checks": [{"name": "smoke", "kind": "smoke", "outcome": "passed", "summary": "3 of 3 tests"}],
        "images": {"app": "orders:2"},
        "strategy": "CANARY",
        "nothing": [],
    },
)
YES = Decision(who="arn:aws:sts::1:assumed-role/dev/ann", approves=True, at=1_700_000_100.0, comment="looks good")
NO = replace(YES, approves=False, comment="not on a Friday")


def asked(listeners, table, soon, **more):
    """Ask."""
    return approval_asked(
        listeners.channels,
        table,
        replace(APPROVAL, **more),
        report="https://console/report.html",
        commands=["greenlight approve d1 --comment '…'", "greenlight reject d1 --comment '…'"],
        deadline=soon,
    )


def test_the_question_has_all_that_an_answer_needs(listeners, table, soon):
    """Which service, what changed, which checks passed, until when, how to answer, where to read on."""
    assert asked(listeners, table, soon)

    (message,) = listeners.messages()
    assert "Greenlight: orders: approval wanted at PRE_PRODUCTION_TRAFFIC_SHIFT" == message["Subject"]
    lines = message["Message"].splitlines()
    for line in (
        "Deployment d1 waits at PRE_PRODUCTION_TRAFFIC_SHIFT for the approval of 2 people.",
        "Until:    Wed 2023-11-15 02:13 UTC; without an answer it goes back",
        "Changes:",
        "  image app: orders:1 → orders:2",
        "  passed       smoke: 3 of 3 tests",
        "  app: orders:2",
        "Strategy: CANARY",
        "Report: https://console/report.html",
        "  greenlight approve d1 --comment '…'",
    ):
        assert line in lines
    assert "Nothing:" not in lines
    (event,) = listeners.events()
    assert "Greenlight Approval" == event["detail-type"]
    assert ("open", 2, "2023-11-15T02:13:20+00:00") == tuple(
        event["detail"][key] for key in ("state", "needed", "expires_at")
    )
    assert 2 == len(event["detail"]["commands"])


def test_people_are_told_where_it_goes_on_without_them(listeners, table, soon):
    """With on_timeout: pass, say; not as a part of what the question rests on."""
    asked(listeners, table, soon, evidence={"otherwise": "goes on"})

    (message,) = listeners.messages()
    assert "without an answer it goes on" in message["Message"]
    assert "Otherwise" not in message["Message"]


def test_a_question_is_asked_once(listeners, table, soon):
    """At each poll and each step of a canary it is the same question."""
    for stage in (APPROVAL.stage, "POST_PRODUCTION_TRAFFIC_SHIFT"):
        assert asked(listeners, table, soon, stage=stage)

    assert (1, 1) == (len(listeners.messages()), len(listeners.events()))


@pytest.mark.parametrize(
    ("ending", "words", "severity"),
    [
        ({"approvals": 2, "decisions": (YES, replace(YES, who="bob"))}, "approved", "info"),
        ({"rejected": True, "decisions": (NO,)}, "rejected", "error"),
        ({"closed": "expired"}, "closed, expired", "warning"),
    ],
)
def test_how_it_ended_is_told_once(listeners, table, soon, ending, words, severity):
    """By whom and why, and how much that is to people."""
    ended = replace(APPROVAL, **ending)
    for _ in range(2):
        assert approval_decided(listeners.channels, table, ended, deadline=soon)

    (message,) = listeners.messages()
    assert f"Greenlight: orders: {words} at PRE_PRODUCTION_TRAFFIC_SHIFT" == message["Subject"]
    assert severity == message["MessageAttributes"]["severity"]["Value"]
    for decision in ended.decisions:
        assert (
            f"{decision.who} {'approved' if decision.approves else 'rejected'}: {decision.comment}"
            in message["Message"]
        )
    (event,) = listeners.events()
    assert (str(ended.state), len(ended.decisions)) == (event["detail"]["state"], len(event["detail"]["decisions"]))


def test_an_open_question_is_no_decision(listeners, table, soon):
    """One approval of two decides nothing."""
    assert approval_decided(listeners.channels, table, replace(APPROVAL, approvals=1), deadline=soon)

    assert ([], []) == (listeners.messages(), listeners.events())
