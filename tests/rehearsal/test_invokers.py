"""The ways to invoke a hook."""

import json
import logging
import os
import socket
import sys
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from greenlight import clock as library_clock
from rehearsal.clock import Clock
from rehearsal.invokers import (
    CallableInvoker,
    InProcessInvoker,
    InvokerError,
    LambdaEndpointInvoker,
    Router,
    divided_output,
    environment,
    function_arn,
    load_callable,
    output,
    sealed,
)
from rehearsal.invokers.execution import Limits
from rehearsal.template import Template

PLACE = {"region": "eu-west-1", "account_id": "123456789012"}
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:"


def declare(folder, timeout=20, **codes):
    """Write a template with a function for each piece of code, all of them with a module ``app``."""
    resources = {}
    for name, code in codes.items():
        (folder / name).mkdir()
        (folder / name / "app.py").write_text(textwrap.dedent(code))
        resources[name] = {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "CodeUri": name,
                "Handler": "app.lambda_handler",
                "Timeout": timeout,
                "MemorySize": 256,
                "Environment": {"Variables": {"GATES": f"gates of {name}"}},
            },
        }
    path = folder / "template.yaml"
    path.write_text(json.dumps({"Resources": resources}))
    return Template.load(path, **PLACE).functions.values()


def in_process(folder, code, **more):
    """Return an invoker of one function ``F``."""
    return InProcessInvoker(declare(folder, F=code, **more), {"AWS_ENDPOINT_URL": "http://aws:1"}, Clock(60))


def test_a_function_gets_the_event_and_its_reply_comes_back(tmp_path):
    """Both go by way of JSON, so that tuples come back as lists."""
    invoker = in_process(tmp_path, "def lambda_handler(event, context): return {'got': event['n'], 'pair': (1, 2)}")

    invocation = invoker.invoke(ARN + "F", {"n": 1})

    assert ({"got": 1, "pair": [1, 2]}, None) == (invocation.payload, invocation.function_error)
    assert 0 <= invocation.seconds < 20


def test_functions_with_one_module_name_are_told_apart(tmp_path):
    """Each function is its own module with its own environment, which it sees while it is imported."""
    code = """
        import os
        SEEN = {name: os.environ.get(name) for name in ("GATES", "AWS_LAMBDA_FUNCTION_NAME", "AWS_ENDPOINT_URL")}
        def lambda_handler(event, context):
            return {**SEEN, "later": os.environ.get("GATES")}
    """
    invoker = InProcessInvoker(declare(tmp_path, One=code, Two=code), {"AWS_ENDPOINT_URL": "http://aws:1"}, Clock())

    for name in ("One", "Two"):
        assert {
            "GATES": f"gates of {name}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_ENDPOINT_URL": "http://aws:1",
            "later": None,
        } == invoker.invoke(ARN + name, {}).payload
    assert "GATES" not in os.environ


def test_a_function_stays_warm(tmp_path):
    """It is imported once, and nothing is left beside its code."""
    code = """
        calls = []
        def lambda_handler(event, context):
            calls.append(1)
            return len(calls)
    """
    invoker = in_process(tmp_path, code)

    assert [1, 2] == [invoker.invoke(ARN + "F", {}).payload for _ in range(2)]
    assert ["app.py"] == [path.name for path in (tmp_path / "F").iterdir()]


def test_a_function_s_module_can_be_looked_up(tmp_path):
    """Code that looks its own module up, as dataclasses do, works as it does in Lambda."""
    code = """
        from __future__ import annotations
        import dataclasses
        @dataclasses.dataclass
        class Answer:
            value: int
        def lambda_handler(event, context): return dataclasses.asdict(Answer(1))
    """

    assert {"value": 1} == in_process(tmp_path, code).invoke(ARN + "F", {}).payload


def test_the_context_is_lambda_s(tmp_path):
    """A function can ask who it is and how much time is left."""
    code = """
        def lambda_handler(event, context):
            return [context.function_name, context.invoked_function_arn, context.memory_limit_in_mb,
                    context.log_group_name, context.function_version, len(context.aws_request_id),
                    context.get_remaining_time_in_millis()]
    """

    *known, left = in_process(tmp_path, code).invoke(ARN + "F", {}).payload

    assert ["F", ARN + "F", "256", "/aws/lambda/F", "$LATEST", 36] == known
    assert 1000 < left <= 20000


def test_functions_see_the_rehearsal_s_time(tmp_path):
    """The library's clock tells the simulated time inside a function, and the real one outside."""
    code = """
        from greenlight import clock
        def lambda_handler(event, context): return clock.now()
    """
    clock = Clock(speed=3600)
    invoker = InProcessInvoker(declare(tmp_path, F=code), {}, clock)
    clock.sleep(7200)

    told = invoker.invoke(ARN + "F", {}).payload

    assert 3600 < told - library_clock.now()
    assert abs(told - clock.now()) < 3600 * 10


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def lambda_handler(event, context): raise ValueError('boom')", "ValueError: boom"),
        (
            "def lambda_handler(event, context): return {1, 2}",
            "Runtime.MarshalError: Unable to marshal response: Object of type set is not JSON serializable",
        ),
        (
            "def lambda_handler(event, context): return float('nan')",
            "Runtime.MarshalError: Unable to marshal response: Out of range float values are not JSON compliant",
        ),
        (
            "import sys\ndef lambda_handler(event, context): sys.exit(3)",
            "Runtime.ExitError: the function called exit(3)",
        ),
        ("import nowhere_to_be_found", "Runtime.ImportModuleError: Unable to import module 'app': No module named"),
        ("x = 1", "Runtime.HandlerNotFound: Handler 'lambda_handler' missing on module 'app'"),
    ],
)
def test_errors_are_reported_as_lambda_does(tmp_path, code, error):
    """Whatever goes wrong in a function is a function error, with the trace in its log."""
    invocation = in_process(tmp_path, code).invoke(ARN + "F", {})

    assert invocation.payload is None
    assert invocation.function_error.startswith(error)
    assert invocation.log_lines[0].startswith(f"[ERROR] {error}")
    assert any(line.startswith("Traceback") for line in invocation.log_lines)


def test_a_function_that_takes_too_long_is_left_behind(tmp_path):
    """After its time-out a function is abandoned with Lambda's words and what it had written."""
    code = """
        import time
        def lambda_handler(event, context):
            print("waiting")
            time.sleep(30)
    """
    with divided_output():
        invocation = in_process(tmp_path, code, timeout=0.5).invoke(ARN + "F", {})

    assert invocation.function_error.endswith("Error: Task timed out after 0.50 seconds")
    assert invocation.seconds < 20
    assert ["waiting"] == invocation.log_lines


def test_what_functions_write_is_kept_apart(tmp_path, capsys, monkeypatch):
    """Prints, our logger, and threads of a function go into its log; nothing of it reaches the terminal."""
    code = """
        import logging, sys, threading
        def lambda_handler(event, context):
            print("printed by", event["who"])
            print("complained", file=sys.stderr)
            logging.getLogger("greenlight").warning("logged by %s", event["who"])
            thread = threading.Thread(target=print, args=("from a thread",))
            thread.start()
            thread.join()
    """
    handler = logging.StreamHandler(sys.stdout)
    monkeypatch.setattr(logging.getLogger("greenlight"), "handlers", [handler])

    with divided_output():
        invoker = in_process(tmp_path, code)
        invocation = invoker.invoke(ARN + "F", {"who": "one"})
        sys.stdout.write("told by the rehearsal\n")

    assert ["printed by one", "complained", "logged by one", "from a thread"] == invocation.log_lines
    assert ("told by the rehearsal\n", "") == capsys.readouterr()
    assert handler.stream is sys.stdout


def test_invocations_side_by_side_have_logs_of_their_own(tmp_path):
    """Two functions that write at the same time do not write into each other's log."""
    both = threading.Barrier(2, timeout=10)

    def hook(event, context):
        for _ in range(20):
            both.wait()
            sys.stdout.write(f"{event['who']}\n")

    invoker = CallableInvoker({ARN + "h": hook}, Clock())
    logs = {}
    with divided_output():
        threads = [
            threading.Thread(
                target=lambda who=who: logs.update({who: invoker.invoke(ARN + "h", {"who": who}).log_lines})
            )
            for who in ("a", "b")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    assert {"a": ["a"] * 20, "b": ["b"] * 20} == logs


def test_other_people_s_hooks_are_named_by_module_and_function():
    """``module:function`` is imported, and gets an ARN that a function name may have."""
    handler = load_callable("json:dumps")

    assert json.dumps is handler
    assert ARN + "my_hooks-checks-go" == function_arn("my_hooks.checks:go", **PLACE)


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("json", '"json" does not name a hook; write module:function'),
        ("nowhere_to_be_found:f", "cannot import nowhere_to_be_found"),
        ("json:nothing", "json has no function nothing"),
    ],
)
def test_a_hook_that_is_not_there_is_told(reference, complaint):
    """What is wrong with the name of a hook is said before anything is deployed."""
    with pytest.raises(InvokerError, match=complaint):
        load_callable(reference)


def test_a_callable_has_a_time_out_too():
    """Other people's hooks cannot hold a rehearsal for ever."""
    never = threading.Event()
    invoker = CallableInvoker({ARN + "h": lambda _event, _context: never.wait(30)}, Clock(), Limits(0.2, 128))

    assert "timed out after 0.20 seconds" in invoker.invoke(ARN + "h", {}).function_error


def test_the_router_finds_the_invoker_by_arn():
    """Every ARN goes to its invoker; one that nobody knows is an error."""
    hooks = {ARN + name: (lambda _event, _context, name=name: name) for name in ("one", "two")}
    router = Router({arn: CallableInvoker({arn: hook}, Clock()) for arn, hook in hooks.items()})

    assert ["one", "two"] == [router.invoke(arn, {}).payload for arn in hooks]
    with pytest.raises(InvokerError, match="no function arn:nobody; there are arn:aws:lambda"):
        router.invoke("arn:nobody", {})


def test_the_environment_is_put_back(monkeypatch):
    """Variables that were set, changed or removed are afterwards as they were."""
    monkeypatch.setenv("REHEARSED_A", "a")
    monkeypatch.setenv("REHEARSED_B", "b")
    monkeypatch.delenv("REHEARSED_C", raising=False)

    with environment({"REHEARSED_A": "x", "REHEARSED_B": None, "REHEARSED_C": "c"}):
        inside = [os.environ.get(f"REHEARSED_{name}") for name in "ABC"]

    assert ["x", None, "c"] == inside
    assert ["a", "b", None] == [os.environ.get(f"REHEARSED_{name}") for name in "ABC"]


def test_no_way_leads_to_a_real_account(monkeypatch):
    """Profiles, keys and endpoints of the user are out of sight during a rehearsal."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECS", "http://elsewhere")
    monkeypatch.setenv("no_proxy", "somewhere")

    with environment(sealed({"AWS_ENDPOINT_URL": "http://aws:1", "NO_PROXY": "aws"})):
        seen = {name for name in os.environ if name.startswith("AWS_")} | ({"no_proxy"} & set(os.environ))

    assert {"AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} == seen
    assert "production" == os.environ["AWS_PROFILE"]


class LambdaApi(BaseHTTPRequestHandler):
    """As much of Lambda's Invoke as sam local has: the function's name says how it answers."""

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.path.split("/")[3]
        if name == "Unknown":
            self.answer(404, b'{"Message": "no such function"}', "x-amzn-errortype", "ResourceNotFoundException")
        elif name == "Raises":
            body = {"errorMessage": "boom", "errorType": "ValueError", "stackTrace": []}
            self.answer(200, json.dumps(body).encode(), "x-amz-function-error", "Unhandled")
        elif name == "TimesOut":
            self.answer(200, b"")
        elif name == "Garbled":
            self.answer(200, b"START RequestId")
        else:
            self.answer(200, json.dumps({"got": event, "logs": self.headers.get("X-Amz-Log-Type")}).encode())

    def answer(self, status, body, *header):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if header:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def endpoint(tmp_path):
    """Give an invoker at a Lambda endpoint that really listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), LambdaApi)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    names = ("Echo", "Raises", "TimesOut", "Garbled", "Unknown")
    functions = declare(tmp_path, **dict.fromkeys(names, ""))
    yield LambdaEndpointInvoker(functions, f"http://127.0.0.1:{server.server_port}", region="eu-west-1")
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_lambda_endpoint_is_invoked(endpoint):
    """The function goes by its logical id, and no log is asked for, which sam local refuses."""
    endpoint.check_reachable()

    invocation = endpoint.invoke(ARN + "Echo", {"n": 1})

    assert ({"got": {"n": 1}, "logs": None}, None) == (invocation.payload, invocation.function_error)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("Raises", "ValueError: boom"),
        ("TimesOut", None),
        ("Garbled", "the reply is not JSON: b'START RequestId'"),
    ],
)
def test_what_goes_wrong_in_a_function_behind_an_endpoint_is_told(endpoint, name, error):
    """A function error has its words; sam local's empty reply after a time-out is no reply."""
    invocation = endpoint.invoke(ARN + name, {})

    assert (None, error) == (invocation.payload, invocation.function_error)


def test_a_function_that_the_endpoint_does_not_have_cannot_be_invoked(endpoint):
    """An error of the endpoint is not one of the function."""
    with pytest.raises(InvokerError, match="cannot invoke Unknown at http://127"):
        endpoint.invoke(ARN + "Unknown", {})
    with pytest.raises(InvokerError, match="the template has no function"):
        endpoint.invoke(ARN + "Other", {})


def test_an_endpoint_that_is_not_there_is_told_beforehand(tmp_path):
    """A wrong address is told with what to do, before anything is deployed."""
    functions = declare(tmp_path, F="")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nobody = LambdaEndpointInvoker(functions, f"http://127.0.0.1:{port}", region="eu-west-1")

    with pytest.raises(InvokerError, match="no Lambda endpoint at http"):
        nobody.check_reachable()
    with pytest.raises(InvokerError, match=r'"127\.0\.0\.1:3001" is not the URL of a Lambda endpoint'):
        LambdaEndpointInvoker(functions, "127.0.0.1:3001", region="eu-west-1")


def test_output_that_was_kept_apart_may_be_collected_late(tmp_path):
    """The stream of a test or a terminal may be closed by then; flushing it once more would be an error."""
    original = (tmp_path / "out").open("w")
    divided = output._Divided(original)
    original.close()
    divided.flush()
    divided.close()
