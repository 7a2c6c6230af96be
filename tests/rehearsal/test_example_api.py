"""The example of an API with a login: machines judge it, a person agrees, and users come in steps."""

import pytest

from rehearsal.clock import Clock
from rehearsal.controller import events
from rehearsal.world import World
from tests.rehearsal.example_plays import BEFORE, POST_TEST, PRE, created, playing

PASSWORD = "open-sesame"


@pytest.fixture(scope="module")
def api():
    """The invoices in their first version."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMOKE_PASSWORD", PASSWORD)
        with playing(World(clock=Clock(60)), "api", Stages=f"{PRE},{POST_TEST},{BEFORE}") as play:
            play.world.aws.client("ssm").put_parameter(
                Name="/invoices/smoke/password", Value=PASSWORD, Type="SecureString"
            )
            created(play)
            yield play


def test_people_agree_and_users_come_in_steps(api):
    """Smoke, then a person, then a quarter, then a half, then everybody; the password is in no answer."""
    shares, asked = [], []

    def approve(event):
        if not isinstance(event, events.HookAnswered) or event.stage != BEFORE:
            return
        if not asked:
            asked.append(api.decide("approve", api.deployment))
        shares.append(api.world.weights(api.world.service.production_rule_arn)[api.green_group])

    api.green_group = next(arn for arn in api.world.service.target_group_arns if arn not in api.weights())
    result = api.release(api.register(api.app()), approve, users="/public/prices")

    assert result.successful, result.explanation
    assert 0 == asked[0].exit_code, asked[0].output
    assert [0, 25, 50] == list(dict.fromkeys(shares))
    assert {"smoke": "passed", "approval": "passed", "traffic_steps": "passed"} == api.outcomes(BEFORE)
    smoke = next(answer for answer in api.answers if answer.stage == POST_TEST)
    assert "warning" not in str(smoke)
    assert PASSWORD not in repr(api.answers)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("login", 'test "whoever is not logged in gets nothing": expected status 401, got 200'),
        ("float", "expected json cents 1250, got 1250.5"),
    ],
)
def test_nobody_is_asked_about_a_bad_release(api, broken, words):
    """The machines find it first."""
    result = api.release(api.register(api.app("--broken", broken)))

    assert ("ROLLBACK_SUCCESSFUL", POST_TEST) == (result.status, result.stage)
    assert words in result.explanation
