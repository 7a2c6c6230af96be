"""One call of ECS, from event to reply, with real requests to a green that misbehaves."""

import json
import time
from datetime import UTC, datetime

import pytest

from greenlight.lifecycle import invocation
from greenlight.lifecycle.invocation import Caller, HookSettings, answer
from greenlight.lifecycle.state import WarmMemory
from rehearsal.aws import ecs
from tests.unit.lifecycle.calls import BLUE, EVENT, FUNCTION, GREEN, POST_TEST, assert_valid, call, gates, suite

NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def new_process(monkeypatch):
    """A function that was started anew, with nothing in its memory."""
    monkeypatch.setattr(invocation, "_memory", WarmMemory())


def ask(event, *, gates_location="", stage=POST_TEST, seconds=20.0):
    """One invocation; its reply is always valid."""
    reply = answer(event, HookSettings(stage, gates_location), Caller(FUNCTION, time.monotonic() + seconds))
    assert_valid(reply)
    return reply


def state(reply):
    """What the reply carries for the next invocation."""
    return reply["hookDetails"]["greenlight"]


def test_green_that_answers_passes(green, verdicts):
    """SUCCEEDED, with the outcome in hookDetails and one line in the log."""
    reply = ask(call(details={"gates": gates(green.url), "team": "orders"}))
    assert ("SUCCEEDED", ["/"]) == (reply["hookStatus"], green.paths)
    assert {"gates": gates(green.url), "team": "orders"} == {
        key: value for key, value in reply["hookDetails"].items() if key != "greenlight"
    }
    assert (1, 1, "passed") == (state(reply)["v"], state(reply)["attempt"], state(reply)["checks"]["smoke"]["outcome"])
    (line,) = verdicts()
    assert ("INFO", "SUCCEEDED", "d1", "orders", POST_TEST, "forward", 1, "hookDetails.gates", False) == tuple(
        line[key]
        for key in (
            "level",
            "hook_status",
            "deployment",
            "ecs_service",
            "stage",
            "direction",
            "attempt",
            "gates",
            "gates_are_default",
        )
    )
    assert ("smoke", "smoke", "passed", True) == tuple(
        line["checks"][0][key] for key in ("name", "kind", "outcome", "fresh")
    )


def test_green_that_fails_rolls_back(green, verdicts):
    """FAILED, and the reason names check, test, what was expected and what came."""
    green.status = 500
    reply = ask(call(details={"gates": gates(green.url)}))
    assert "FAILED" == reply["hookStatus"]
    for words in ("smoke", "get /", "500", "2xx"):
        assert words in state(reply)["reason"]
    (line,) = verdicts()
    assert ("ERROR", "FAILED") == (line["level"], line["hook_status"])


@pytest.mark.parametrize("soft", [{"severity": "warning"}, {"dry_run": True}])
def test_a_soft_check_only_reports(green, verdicts, soft):
    """SUCCEEDED, and loudly."""
    green.status = 500
    assert "SUCCEEDED" == ask(call(details={"gates": gates(green.url, **soft)}))["hookStatus"]
    (line,) = verdicts()
    assert ("WARNING", "failed", False) == (line["level"], line["checks"][0]["outcome"], line["checks"][0]["blocking"])


def test_trouble_that_heals_passes_in_the_end(green):
    """Two invocations that could not ask, then an answer; what others configured comes along each time."""
    green.hangs_up = True
    details = {"gates": gates(green.url), "team": "orders"}
    delays = []
    for attempt in (1, 2):
        reply = ask(call(details=details))
        details = reply["hookDetails"]
        assert ("IN_PROGRESS", attempt, attempt) == (
            reply["hookStatus"],
            state(reply)["attempt"],
            state(reply)["checks"]["smoke"]["errors"],
        )
        delays.append(reply["callBackDelay"])
    assert [10, 20] == delays
    green.hangs_up = False
    reply = ask(call(details=details))
    assert ("SUCCEEDED", 3, "orders") == (reply["hookStatus"], state(reply)["attempt"], reply["hookDetails"]["team"])


@pytest.mark.parametrize(("on_error", "status"), [("fail", "FAILED"), ("pass", "SUCCEEDED")])
def test_the_error_budget_has_an_end(green, verdicts, on_error, status):
    """After four errors in a row the check's on_error decides, and a pass is told as a warning."""
    green.hangs_up = True
    details = {"gates": gates(green.url, on_error=on_error)}
    statuses = []
    for _ in range(4):
        reply = ask(call(details=details))
        details = reply["hookDetails"]
        statuses.append(reply["hookStatus"])
    assert ["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", status] == statuses
    assert f"could not be asked 4 times in a row, on_error: {on_error}" in state(reply)["reason"]
    assert verdicts()[-1]["level"] == {"FAILED": "ERROR", "SUCCEEDED": "WARNING"}[status]


def test_a_check_that_passed_is_not_asked_again(green):
    """Only the one that could not be asked is."""
    smoke = [
        {"name": "good", "suite": suite("/good"), "endpoint": green.url},
        {"name": "bad", "suite": suite("/bad"), "endpoint": "http://127.0.0.1:1"},
    ]
    configured = {"version": 1, "post_test_traffic_shift": {"smoke": smoke}}
    first = ask(call(details={"gates": configured}))
    assert {"good": "passed", "bad": "error"} == {
        name: check["outcome"] for name, check in state(first)["checks"].items()
    }
    second = ask(call(details=first["hookDetails"]))
    assert (["/good"], 2) == (green.paths, state(second)["checks"]["bad"]["errors"])


def test_a_changed_gates_file_is_asked_anew(green, log):
    """What passed under other words did not pass under these; the deadline goes on."""
    green.hangs_up = True
    first = ask(call(details={"gates": gates(green.url)}))
    changed = first["hookDetails"] | {"gates": gates(green.url, on_timeout="pass")}
    second = ask(call(details=changed))
    assert 1 == state(second)["checks"]["smoke"]["errors"]
    assert state(first)["since"] == state(second)["since"]
    assert any("the gates file changed" in line["message"] for line in log())


@pytest.mark.parametrize(("on_timeout", "status"), [("fail", "FAILED"), ("pass", "SUCCEEDED")])
def test_the_deadline_decides(green, time_of_day, on_timeout, status):
    """A gate that still has no answer then is ended by on_timeout."""
    green.hangs_up = True
    first = ask(call(details={"gates": gates(green.url, deadline="60s", on_timeout=on_timeout)}))
    assert ("IN_PROGRESS", NOW) == (first["hookStatus"], state(first)["since"])
    time_of_day["now"] += 59
    second = ask(call(details=first["hookDetails"]))
    assert ("IN_PROGRESS", 5) == (second["hookStatus"], second["callBackDelay"])
    time_of_day["now"] += 1
    third = ask(call(details=second["hookDetails"]))
    assert status == third["hookStatus"]
    assert f"smoke had no answer by the deadline, on_timeout: {on_timeout}" in state(third)["reason"]


def test_the_deadline_holds_where_ecs_loses_what_was_returned(green, time_of_day):
    """The function's memory knows when it all began, so nobody waits for ever."""
    green.hangs_up = True
    event = call(details={"gates": gates(green.url, deadline="60s")})
    assert "IN_PROGRESS" == ask(event)["hookStatus"]
    time_of_day["now"] += 61
    assert "FAILED" == ask(event)["hookStatus"]
    assert "IN_PROGRESS" == ask(event)["hookStatus"], "the next gate of this name begins anew"


def test_what_passed_in_another_step_is_asked_again(green):
    """A canary asks once a step, and the state of the step before says nothing about this one."""
    configured = {"gates": gates(green.url, stage="PRE_PRODUCTION_TRAFFIC_SHIFT")}
    first = ask(call("PRE_PRODUCTION_TRAFFIC_SHIFT", production={GREEN: 0, BLUE: 100}, details=configured))
    ask(call("PRE_PRODUCTION_TRAFFIC_SHIFT", production={GREEN: 10, BLUE: 90}, details=first["hookDetails"]))
    assert ["/", "/"] == green.paths


@pytest.mark.parametrize(
    ("stage", "weights"),
    [
        ("TEST_TRAFFIC_SHIFT", {"test": {GREEN: 0, BLUE: 100}}),
        ("PRODUCTION_TRAFFIC_SHIFT", {"production": {GREEN: 0, BLUE: 100}}),
    ],
)
@pytest.mark.parametrize("details", [None, "not JSON", 5, {"gates": 5}, {"gates": "ssm:/none", "team": "orders"}])
def test_a_rollback_is_let_through(stage, weights, details, verdicts):
    """At once, whatever is configured, without a call of AWS or of green; what came is echoed."""
    reply = ask(call(stage, details=details, **weights))
    assert "SUCCEEDED" == reply["hookStatus"]
    assert isinstance(details, dict) <= (
        details == {k: v for k, v in reply["hookDetails"].items() if k != "greenlight"}
    )
    (line,) = verdicts()
    assert ("rollback", "SUCCEEDED") == (line["direction"], line["hook_status"])


def test_the_step_before_production_is_no_rollback(green):
    """Its weights look like one, and its gate is asked all the same."""
    green.status = 500
    configured = {"gates": gates(green.url, stage="PRE_PRODUCTION_TRAFFIC_SHIFT")}
    reply = ask(call("PRE_PRODUCTION_TRAFFIC_SHIFT", production={GREEN: 0, BLUE: 100}, details=configured))
    assert "FAILED" == reply["hookStatus"]


def test_the_gate_of_the_event_is_asked_and_not_the_functions(green, log):
    """A function attached to the wrong stage says so loudly and guards the right one."""
    green.status = 500
    reply = ask(call("PRE_SCALE_UP", details={"gates": gates(green.url, stage="PRE_SCALE_UP")}))
    assert "FAILED" == reply["hookStatus"]
    (warning,) = [line for line in log() if line["level"] == "WARNING"]
    assert "called at another stage than the one that this function was deployed for" in warning["message"]
    assert (POST_TEST, "PRE_SCALE_UP") == (warning["deployed_for"], warning["stage"])


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ("not JSON", "hookDetails is text that is not JSON: not JSON; configure it as an object"),
        ([1], "hookDetails is no object but [1]; configure it as an object"),
        ({"gates": 5}, "configuration: hookDetails.gates: is neither a gates file nor a location"),
        ({"gates": {}}, "configuration: hookDetails.gates version: is missing"),
        ({"gates": "ftp://a"}, 'configuration: hookDetails.gates: "ftp://a" is no location; write s3://'),
        ({"gates": {"version": 1}}, "configuration: hookDetails.gates: has no gate, so it guards nothing"),
        ({"gates": "file:/no/gates.yaml"}, "configuration: file:/no/gates.yaml: cannot be read: No such file"),
    ],
)
def test_a_mistake_of_configuration_fails_at_once(details, told):
    """With its place and its cure, and never as a pass."""
    reply = ask(call(details=details))
    assert "FAILED" == reply["hookStatus"]
    assert state(reply)["reason"].startswith(told)


def test_an_unknown_stage_fails(green):
    """This version cannot know what it should have checked there."""
    reply = ask(call("SOME_NEW_STAGE", details={"gates": gates(green.url)}))
    assert ("FAILED", []) == (reply["hookStatus"], green.paths)
    assert 'ECS called at the stage "SOME_NEW_STAGE", which this version does not know' in state(reply)["reason"]


@pytest.mark.parametrize("raw", [None, [], "text", {}, {"lifecycleStage": POST_TEST}])
def test_what_is_no_event_fails(raw, verdicts):
    """Nothing can be checked, and the log says what came."""
    reply = ask(raw)
    assert "FAILED" == reply["hookStatus"]
    assert "the event" in state(reply)["reason"]
    (line,) = verdicts()
    assert line["reason"] == state(reply)["reason"]


def test_every_mistake_is_in_the_log(log):
    """ECS's console has room for a sentence; the log has it all, so that one run is enough to mend a file."""
    words = [f"a-key-that-nobody-knows-{number:02}" for number in range(9)]
    ask(call(details={"gates": {"version": 1, "post_test_traffic_shift": dict.fromkeys(words, 1)}}))
    text = str(log())
    assert words == [word for word in words if word in text]


@pytest.mark.parametrize("nothing", [{}, {"gates": None}, {"gates": ""}, {"team": "orders"}])
def test_the_functions_gates_apply_where_the_hook_names_none(green, tmp_path, nothing):
    """An empty setting of a hook is no setting; it does not replace the team's gates by the packaged default."""
    file = tmp_path / "gates.yaml"
    file.write_text(
        f"version: 1\npost_test_traffic_shift:\n  smoke: {{suite: {suite('/own')}, endpoint: '{green.url}'}}"
    )
    reply = ask(call(details=nothing), gates_location=f"file:{file}")
    assert ("SUCCEEDED", ["/own"]) == (reply["hookStatus"], green.paths)


def test_the_hooks_gates_win_over_the_functions(green):
    """What stands nearer to the service counts."""
    reply = ask(call(details={"gates": gates(green.url)}), gates_location="file:/no/gates.yaml")
    assert "SUCCEEDED" == reply["hookStatus"]


def test_the_packaged_default_is_told(log):
    """Nobody configured a gate, so a warning says whose rules apply."""
    reply = ask(call())
    assert "IN_PROGRESS" == reply["hookStatus"], "nobody listens where AWS should be"
    assert any("the packaged default applies" in line["message"] and line["level"] == "WARNING" for line in log())
    assert log()[-1]["gates_are_default"] is True


def test_a_gates_file_that_cannot_be_reached_is_waited_for():
    """Four times in a row is enough; nothing was checked, so nothing passes."""
    details, statuses, reasons = {"gates": "ssm:/orders/gates"}, [], []
    for _ in range(4):
        reply = ask(call(details=details))
        details = reply["hookDetails"]
        statuses.append(reply["hookStatus"])
        reasons.append(state(reply)["reason"])
    assert ["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "FAILED"] == statuses
    assert reasons[0].startswith("error 1 of 4: ssm:/orders/gates: ssm:GetParameter got no answer")
    assert reasons[3].startswith("ssm:/orders/gates: ssm:GetParameter got no answer")


def test_a_gates_file_that_was_reached_starts_a_new_count(aws_api, green):
    """Errors in a row are counted, not errors in all."""
    aws_api.client("ssm").put_parameter(Name="/gates", Value=json.dumps(gates(green.url)), Type="String")
    green.hangs_up = True
    details, reasons = {"gates": "ssm:/gates"}, []
    for trouble in (True, True, False, True):
        if trouble:
            aws_api.faults.fail("ssm", "*")
        reply = ask(call(details=details))
        aws_api.faults.clear()
        details = reply["hookDetails"]
        reasons.append(state(reply)["reason"][:12])
    assert ["error 1 of 4", "error 2 of 4", "waiting for ", "error 1 of 4"] == reasons


def test_waiting_for_a_gates_file_ends_where_ecs_loses_what_was_returned(time_of_day):
    """The default deadline holds, because the file's own is not known."""
    event = call(details={"gates": "ssm:/orders/gates"})
    assert "IN_PROGRESS" == ask(event)["hookStatus"]
    time_of_day["now"] += 30 * 60
    assert "FAILED" == ask(event)["hookStatus"]


@pytest.fixture
def aws_with_deployment(aws_api):
    """An AWS API that knows the deployment and its hook, and cannot describe green."""

    def put(expires_at):
        hook = {"hookId": "1", "targetType": "AWS_LAMBDA", "status": "IN_PROGRESS", "targetArn": FUNCTION}
        ecs.store(aws_api.account_id, aws_api.region).put_deployment(
            {
                "serviceDeploymentArn": EVENT["resourceArn"],
                "serviceArn": EVENT["executionDetails"]["serviceArn"],
                "status": "IN_PROGRESS",
                "sourceServiceRevisions": [{"arn": BLUE}],
                "lifecycleHookDetails": [hook | {"expiresAt": datetime.fromtimestamp(expires_at, UTC)}],
            }
        )
        aws_api.faults.fail("ecs", "DescribeServiceRevisions")

    return put


SMOKE_AT_TEST_LISTENER = {
    "version": 1,
    "post_test_traffic_shift": {"deadline": "1h", "smoke": {"suite": suite("/")}},
}


@pytest.mark.parametrize(
    ("expires_in", "ends_in"),
    [
        (200, 150),
        (3000, 2880),
        (100_000, 3600),
    ],
)
def test_the_gate_ends_before_ecs_stops_waiting(aws_with_deployment, time_of_day, expires_in, ends_in):
    """ECS's own time-out may be set to go on with a deployment that nobody has checked.

    A quarter of its time, and two minutes at most, are kept clear; the gate's own deadline counts where it is earlier.
    """
    aws_with_deployment(NOW + expires_in)
    first = ask(call(details={"gates": SMOKE_AT_TEST_LISTENER}))
    assert ("IN_PROGRESS", NOW + expires_in) == (first["hookStatus"], state(first)["expires"])
    time_of_day["now"] = NOW + ends_in - 1
    second = ask(call(details=first["hookDetails"]))
    assert "IN_PROGRESS" == second["hookStatus"]
    time_of_day["now"] = NOW + ends_in
    third = ask(call(details=second["hookDetails"]))
    assert "FAILED" == third["hookStatus"]
    assert "had no answer by the deadline" in state(third)["reason"]


def test_a_hook_that_ecs_has_given_up_is_ended_at_once(aws_with_deployment, time_of_day):
    """There is nobody left to wait for an answer."""
    aws_with_deployment(NOW - 5)
    assert "FAILED" == ask(call(details={"gates": SMOKE_AT_TEST_LISTENER}))["hookStatus"]


def test_an_expiry_that_cannot_be_looked_up_is_told(aws_api, aws_with_deployment, log):
    """The gate goes on under its own deadline."""
    aws_with_deployment(NOW + 200)
    aws_api.faults.deny("ecs", "DescribeServiceDeployments")
    reply = ask(call(details={"gates": SMOKE_AT_TEST_LISTENER}))
    assert ("IN_PROGRESS", False) == (reply["hookStatus"], "expires" in state(reply))
    assert any("could not find out when ECS stops waiting for this hook" in line["message"] for line in log())


def test_an_explicit_endpoint_needs_no_aws(aws_api, green):
    """Not one call, even where an answer is still missing."""
    green.hangs_up = True
    assert "IN_PROGRESS" == ask(call(details={"gates": gates(green.url)}))["hookStatus"]
    assert 0 == aws_api.faults.calls()


@pytest.mark.parametrize("stage", ["PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT"])
def test_the_first_deployment_leaves_out_what_cannot_be(stage, green):
    """Production does not answer before a new service is there; its test listener has to."""
    configured = gates(green.url, stage=stage)
    del configured[stage.lower()]["smoke"]["endpoint"]
    configured[stage.lower()]["smoke"]["target"] = "production"
    configured[stage.lower()]["routing"] = False
    reply = ask(call(stage, production={GREEN: 100}, details={"gates": configured}))
    assert ("SUCCEEDED", "skipped") == (reply["hookStatus"], state(reply)["checks"]["smoke"]["outcome"])
    assert "smoke skipped: the service's first deployment (production does not answer yet)" == state(reply)["reason"]


def test_the_invocations_are_counted_in_the_log(green, verdicts):
    """So that a reader sees which line belongs to which call."""
    green.hangs_up = True
    first = ask(call(details={"gates": gates(green.url)}))
    ask(call(details=first["hookDetails"]))
    assert [(1, 10), (2, 20)] == [(line["attempt"], line["callback_seconds"]) for line in verdicts()]
    assert [1, 2] == [line["checks"][0]["errors_in_a_row"] for line in verdicts()]
