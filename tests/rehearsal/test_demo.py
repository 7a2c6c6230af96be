"""``python -m rehearsal`` as a whole: what scripts and people see of it."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from greenlight.gates import Configured, load_gate
from rehearsal.__main__ import main
from rehearsal.arguments import GATES
from rehearsal.inline import inline_gates

ROOT = Path(__file__).parents[2]


def rehearse(*arguments, **environment):
    """Run the rehearsal as a user does, and return how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "rehearsal", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(["layers/greenlight", "."]), **environment},
        timeout=120,
    )


def rehearse_here(capsys, *arguments):
    """Run the rehearsal in this process, which is faster, and return its exit code and output."""
    code = main(arguments)
    told, complained = capsys.readouterr()
    assert "" == complained
    return code, told


FUNCTIONS = {"PreScaleUpFunction", "PostTestTrafficShiftFunction", "PreProductionTrafficShiftFunction"}


def test_a_good_green_is_let_through():
    """A healthy version 2 ends SUCCESSFUL after every hook of the template was asked."""
    done = rehearse()

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert done.stdout.startswith("created the service with version 1\n")
    assert done.stdout.endswith("\ndeployment SUCCESSFUL\n")
    assert FUNCTIONS == set(re.findall(r"(\w+): SUCCEEDED", done.stdout))


def test_a_bad_green_ends_with_the_reason():
    """The output of a refused deployment ends with why and the status, and the exit code says so too."""
    done = rehearse("--fault", "http-500")

    explanation, status = done.stdout.splitlines()[-2:]
    assert (1, "", "deployment ROLLBACK_SUCCESSFUL") == (done.returncode, done.stderr, status), done.stdout
    assert re.search(r'^smoke: test "order .*expected status 201, got 500', explanation)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("slow", r'^smoke: test "order.*expected latency at most 1 s, got 1\.'),
        ("wrong-version", r'^smoke: identity: expected json image_tag "2", got "1"'),
        ("crash", r"^smoke: test .*expected status .*, got 50[234]"),
        ("shape", r"^smoke: test .* like blue's, got \d differences, first: items\[0\]\.quantity is string .* number$"),
    ],
)
def test_each_fault_is_found_for_the_right_reason(capsys, fault, why):
    """The line above the last names the check, what was expected and what came."""
    code, told = rehearse_here(capsys, "--no-create", "--fault", fault)

    explanation, status = told.splitlines()[-2:]
    assert (1, "deployment ROLLBACK_SUCCESSFUL") == (code, status)
    assert re.search(why, explanation)
    assert "PostTestTrafficShiftFunction: FAILED" in told


def test_trouble_on_the_way_heals(capsys):
    """As long as connections break the hook asks for patience; in the next invocation all is well."""
    code, told = rehearse_here(capsys, "--no-create", "--fault", "flaky")

    assert (0, "deployment SUCCESSFUL") == (code, told.splitlines()[-1])
    assert ["IN_PROGRESS", "SUCCEEDED"] == re.findall(r"PostTestTrafficShiftFunction: ([A-Z_]+)", told)


def test_trouble_on_the_way_does_not_hold_up_patient_gates(capsys, tmp_path):
    """Gates that wait until connections hold see that within one invocation: only so many break."""
    identity = {"path": "/version", "expect": {"status": 200}, "consecutive": 2, "interval": "10ms", "wait": "1m"}
    suite = {"version": 1, "name": "patient", "identity": identity, "tests": [{"name": "health", "path": "/health"}]}
    stages = ("pre_scale_up", "post_test_traffic_shift", "pre_production_traffic_shift")
    gates = {"version": 1, **{stage: {"smoke": {"suite": suite}} for stage in stages}}
    (tmp_path / "gates.yaml").write_text(json.dumps(gates))

    code, told = rehearse_here(capsys, "--no-create", "--fault", "flaky", "--gates", str(tmp_path / "gates.yaml"))

    assert 0 == code, told
    assert ["SUCCEEDED"] == re.findall(r"PostTestTrafficShiftFunction: ([A-Z_]+)", told)


def test_a_create_is_guarded_too(capsys):
    """With --create-only a broken first version never gets into production, and why is told."""
    code, told = rehearse_here(capsys, "--create-only", "--fault", "http-500")

    explanation, status = told.splitlines()[-2:]
    assert (1, "deployment ROLLBACK_FAILED") == (code, status)
    assert explanation.startswith("smoke: ")


def test_the_gates_can_be_handed_over_inline(capsys, tmp_path):
    """With --inline the verdict is the same, and the hooks' log says where the gates came from."""
    log = tmp_path / "hooks.log"

    code, told = rehearse_here(capsys, "--inline", "--no-create", "--details", "replace", "--log", str(log))

    assert 0 == code, told
    written = log.read_text()
    assert "== POST_TEST_TRAFFIC_SHIFT PostTestTrafficShiftFunction, attempt 1: SUCCEEDED" in written
    verdicts = [json.loads(line) for line in written.splitlines() if '"verdict"' in line]
    assert ["hookDetails.gates"] * 3 == [verdict["gates"] for verdict in verdicts]


def test_a_hook_of_one_s_own_takes_part(capsys, tmp_path, monkeypatch):
    """A function named as STAGE=module:function is asked, and its answer counts."""
    (tmp_path / "refusing_hooks.py").write_text("def refuse(event, context): return {'hookStatus': 'FAILED'}\n")
    monkeypatch.syspath_prepend(tmp_path)

    code, told = rehearse_here(capsys, "--no-create", "--hook", "POST_SCALE_UP=refusing_hooks:refuse")

    explanation, status = told.splitlines()[-2:]
    assert (1, "deployment ROLLBACK_SUCCESSFUL") == (code, status)
    assert explanation.endswith("function:refusing_hooks-refuse returned FAILED status.")


def test_one_s_own_application_is_deployed(capsys):
    """A command takes the place of the built-in application."""
    own = f"{sys.executable} -m rehearsal.demo_app --version 2 --port {{port}}"

    code, told = rehearse_here(capsys, "--no-create", "--green", own)

    assert (0, "deployment SUCCESSFUL") == (code, told.splitlines()[-1])


def test_the_environment_is_left_as_it_was(capsys):
    """After a rehearsal this process can talk to the real AWS again, and prints as before."""
    before, stdout = dict(os.environ), sys.stdout

    rehearse_here(capsys, "--no-create")

    assert before == dict(os.environ)
    assert stdout is sys.stdout


def suites(gate):
    """Return what the smoke checks of a gate ask."""
    smoke = [check.check.suite for check in gate.checks if check.check.kind == "smoke"]
    return [(suite.identity, suite.setup, suite.tests) for suite in smoke]


@pytest.mark.parametrize("stage", ["PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"])
def test_the_demo_s_gates_are_the_same_inline(stage):
    """The demo's gates file is valid, and inlined it makes the same checks without any file."""
    named = load_gate(Configured(f"file:{GATES}", "the test"), stage)
    inline = json.loads(json.dumps(inline_gates(GATES)))

    handed_over = load_gate(Configured(inline, "the test"), stage)

    assert "file" not in json.dumps(inline)
    assert [check.name for check in named.checks] == [check.name for check in handed_over.checks]
    assert suites(named) == suites(handed_over)
    assert named.deadline_seconds == handed_over.deadline_seconds


class _AlwaysGreen(BaseHTTPRequestHandler):
    """A Lambda endpoint whose functions let everything through, and remember what they were asked."""

    events: ClassVar[list] = []

    def do_POST(self):
        self.events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = b'{"hookStatus": "SUCCEEDED"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Say nothing."""


def test_hooks_behind_an_endpoint_are_waited_for(capsys, tmp_path):
    """The copy of the template is written, then the endpoint awaited; its functions get the gates inline."""
    template = tmp_path / "template.yaml"
    template.write_text((ROOT / "template.yaml").read_text())
    copy = tmp_path / "rehearsal.yaml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    servers = []

    def start_when_told():
        deadline = time.monotonic() + 30
        while not copy.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        servers.append(ThreadingHTTPServer(("127.0.0.1", port), _AlwaysGreen))
        servers[0].serve_forever(poll_interval=0.05)

    thread = threading.Thread(target=start_when_told)
    thread.start()
    endpoint = f"http://127.0.0.1:{port}"
    try:
        code, told = rehearse_here(
            capsys, "--no-create", "--lambda-endpoint", endpoint, "--sam-template", str(template)
        )
    finally:
        servers[0].shutdown()
        servers[0].server_close()
        thread.join()

    assert 0 == code, told
    assert f"sam local start-lambda --template {copy}" in told
    asked = [event for event in _AlwaysGreen.events if "lifecycleStage" in event]
    assert ["PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"] == [
        event["lifecycleStage"] for event in asked
    ]
    assert "suite" in asked[0]["hookDetails"]["gates"]["pre_scale_up"]["smoke"]
    assert "AWS_ENDPOINT_URL: http://127.0.0.1:" in copy.read_text()


def test_a_canary_with_users(capsys):
    """Traffic moves in two steps with a gate in front of each, while users ask; how they were answered is told."""
    code, told = rehearse_here(
        capsys,
        *("--no-create", "--strategy", "CANARY", "--canary-percent", "20", "--canary-bake-minutes", "1"),
        *("--users", "60", "--fault", "errors-10-percent"),
    )

    assert 0 == code, told
    assert [20, 100] == [int(share) for share in re.findall(r"production traffic: version 2 (\d+) %", told)]
    assert 2 == told.count("PreProductionTrafficShiftFunction: SUCCEEDED")
    assert "bakes for 1:00" in told
    assert re.search(r"^users were answered: \d+ 2xx", told, re.MULTILINE)


SMALL_TEMPLATE = """
Parameters: {Out: {Type: String}}
Resources:
  RecordTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Topic: {Type: AWS::SNS::Topic}
  GateFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Handler: app.gate
      Environment: {Variables: {TABLE: !Ref RecordTable}}
  DeploymentEventsFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Handler: app.note
      Environment: {Variables: {OUT: !Ref Out, TOPIC: !Ref Topic}}
      Events:
        Changes:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [aws.ecs], detail: {eventName: [{prefix: SERVICE_DEPLOYMENT_}]}}}
Outputs:
  LifecycleHooks:
    Value: !Sub >-
      [{"hookTargetArn": "${GateFunction.Arn}", "roleArn": "role", "lifecycleStages": ["POST_SCALE_UP"]}]
"""
SMALL_CODE = """
import os

import boto3

TABLE, TOPIC, OUT = (os.environ.get(name) for name in ("TABLE", "TOPIC", "OUT"))


def gate(event, context):
    boto3.client("dynamodb").put_item(TableName=TABLE, Item={"id": {"S": event["resourceArn"]}})
    return {"hookStatus": "SUCCEEDED"}


def note(event, context):
    boto3.client("sns").publish(TopicArn=TOPIC, Message=event["detail"]["reason"])
    with open(OUT, "a") as out:
        out.write(event["detail"]["eventName"] + "\\n")
"""


def test_functions_find_their_resources_and_get_ecs_s_events(capsys, tmp_path):
    """A template's table and topic exist under the names that its functions are told, and a rule invokes its function."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(SMALL_CODE)
    (tmp_path / "template.yaml").write_text(SMALL_TEMPLATE)
    out = tmp_path / "events.txt"

    code, told = rehearse_here(
        capsys, "--no-create", "--template", str(tmp_path / "template.yaml"), "--parameter", f"Out={out}"
    )

    assert 0 == code, told
    assert "failed on" not in told
    assert ["SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_IN_PROGRESS"] == sorted(out.read_text().split())
