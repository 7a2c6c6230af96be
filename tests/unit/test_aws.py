"""Errors of AWS, in words, from real replies of a server on loopback."""

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody

from greenlight import aws

ARN = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/c/s/d"


class Api:
    """Answers every call with one reply, and counts the calls."""

    def __init__(self):
        self.calls = 0
        self.status, self.body, self.headers = 200, b"{}", {}
        self.hangs_up = False
        self.waits = None

    def reply(self, status, body, **headers):
        self.status, self.body = status, body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = headers


@pytest.fixture
def api(monkeypatch, fresh_clients):
    """A server in place of AWS."""
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            api.calls += 1
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if api.waits is not None:
                api.waits.wait(30)
            self.close_connection = True
            if api.hangs_up:
                return
            self.send_response(api.status)
            for name, value in {"Content-Length": str(len(api.body)), **api.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(api.body)

        do_POST = do_GET = handle_any  # noqa: N815 - the names that BaseHTTPRequestHandler looks for

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        yield api
        if api.waits is not None:
            api.waits.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def one_short_attempt(monkeypatch):
    """The time-outs in small, so that a test of them need not wait."""
    config = Config(connect_timeout=1, read_timeout=0.2, retries={"mode": "standard", "total_max_attempts": 1})
    monkeypatch.setattr(aws, "_CONFIG", config)


def describe():
    """One call."""
    return aws.call("ecs", "describe_service_deployments", serviceDeploymentArns=[ARN])


def failure():
    """Why the call did not work."""
    with pytest.raises(aws.AwsError) as caught:
        describe()
    return caught.value


def test_a_reply_is_handed_on(api):
    """As botocore reads it."""
    api.reply(200, {"serviceDeployments": [{"status": "IN_PROGRESS"}]})
    assert [{"status": "IN_PROGRESS"}] == describe()["serviceDeployments"]
    assert 1 == api.calls


@pytest.mark.parametrize("code", ["ThrottlingException", "TooManyRequestsException"])
def test_throttling_is_worth_another_try(api, code):
    """After as many attempts as fit into one invocation."""
    api.reply(400, {"__type": code, "message": "Rate exceeded"})
    error = failure()
    assert (aws.AwsThrottledError, True, code) == (type(error), error.transient, error.code)
    assert f"ecs:DescribeServiceDeployments was throttled 3 times ({code})" == str(error)
    assert aws.MAX_ATTEMPTS == api.calls


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "AccessDenied", "UnrecognizedClientException", "ExpiredTokenException"]
)
def test_a_denial_names_the_permission(api, code):
    """Asking again within this invocation does not help, so it is asked once."""
    api.reply(400, {"__type": code, "message": "User: hook is\n not authorized"})
    error = failure()
    assert (aws.AwsDeniedError, code) == (type(error), error.code)
    assert (
        "ecs:DescribeServiceDeployments was denied; add ecs:DescribeServiceDeployments to the function's role "
        "(AWS said: User: hook is not authorized)"
    ) == str(error)
    assert 1 == api.calls


def test_a_call_that_aws_refuses_stays_refused(api):
    """It would say no again."""
    api.reply(400, {"__type": "InvalidParameterException", "message": "no such ARN"})
    error = failure()
    assert (aws.AwsRefusedError, False) == (type(error), error.transient)
    assert "ecs:DescribeServiceDeployments was refused (InvalidParameterException): no such ARN" == str(error)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_fault_of_aws_is_worth_another_try(api, status):
    """Whatever AWS calls it."""
    api.reply(status, {"__type": "ServerException", "message": "oops"})
    error = failure()
    assert (aws.AwsUnreachableError, True) == (type(error), error.transient)
    assert f"ecs:DescribeServiceDeployments failed on AWS's side (ServerException {status}): oops" == str(error)
    assert aws.MAX_ATTEMPTS == api.calls


def test_a_gateway_that_speaks_html_is_no_answer_of_aws(api):
    """A proxy on the way says 502 in its own words."""
    api.reply(502, b"<html>Bad Gateway</html>", **{"Content-Type": "text/html"})
    error = failure()
    assert (aws.AwsUnreachableError, True) == (type(error), error.transient)
    assert "502" in str(error)


@pytest.mark.parametrize("service", ["ecs", "elbv2", "ssm"])
@pytest.mark.parametrize(
    "body",
    [
        b"[1]",
        b'"text"',
        b'{"serviceDeployments": [{"createdAt": "garbage"}], "Parameter": {"LastModifiedDate": "garbage"}}',
        b'{"serviceDeployments": 5, "Parameter": 5}',
        b"<html><body>Please log in</body></html>",
        b"<a/>",
        b"",
    ],
)
def test_rubbish_is_no_answer_of_aws(api, service, body):
    """A reply that cannot be read is an AwsError like any other, or an empty reply; nothing else ever escapes."""
    api.reply(200, body)
    ask = {
        "ecs": lambda: aws.call("ecs", "describe_service_deployments", serviceDeploymentArns=[ARN]),
        "elbv2": lambda: aws.call("elbv2", "describe_rules", RuleArns=["rule"]),
        "ssm": lambda: aws.call("ssm", "get_parameter", Name="/a"),
    }[service]
    try:
        reply = ask()
    except aws.AwsUnreachableError as error:
        told = str(error)
    else:
        told = ", ".join(reply)
    assert told == "ResponseMetadata" or "got a reply that is not AWS's" in told


def test_a_connection_that_is_closed_is_no_answer(api):
    """The message asks for the way to the API, because a missing VPC endpoint looks like this."""
    api.hangs_up = True
    error = failure()
    assert (aws.AwsUnreachableError, True) == (type(error), error.transient)
    assert "got no answer (" in str(error)
    assert str(error).endswith("is there a way from here to the AWS API?")


def test_silence_is_no_answer(api, one_short_attempt):
    """A server that takes the call and says nothing is left after the read time-out."""
    api.waits = threading.Event()
    error = failure()
    assert (aws.AwsUnreachableError, True) == (type(error), error.transient)
    assert "ReadTimeoutError" in str(error)


def test_a_closed_port_is_no_answer(api, one_short_attempt, monkeypatch):
    """Nobody listens: the same sentence as for every way that leads nowhere."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    error = failure()
    assert (aws.AwsUnreachableError, True) == (type(error), error.transient)


def test_missing_credentials_are_told(api, monkeypatch):
    """They are no network trouble, and asking again does not make them appear."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/does/not/exist")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/does/not/exist")
    error = failure()
    assert (aws.AwsDeniedError, False) == (type(error), error.transient)
    assert str(error).endswith("found no AWS credentials; give the function a role")
    assert 0 == api.calls


def test_a_call_that_cannot_be_made_is_no_network_trouble(api):
    """It is refused before anything is sent; asking again would be refused again."""
    with pytest.raises(aws.AwsRefusedError, match="ecs:DescribeServiceDeployments"):
        aws.call("ecs", "describe_service_deployments", serviceDeploymentArns=5)
    assert 0 == api.calls


def test_a_missing_region_is_no_network_trouble(api, monkeypatch):
    """The message names the region instead of sending people to their route tables."""
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/does/not/exist")
    with pytest.raises(aws.AwsRefusedError, match="region"):
        describe()


def test_a_client_is_built_once(api):
    """One costs up to 50 ms, and threads that need it at the same time share the first."""
    together = threading.Barrier(4)

    def ask(_):
        together.wait(10)
        return aws.client("ecs")

    with ThreadPoolExecutor(4) as threads:
        clients = set(threads.map(ask, range(4)))
    assert {aws.client("ecs")} == clients


def test_a_call_can_go_to_another_region(api):
    """Each region has a client of its own, built once; the function's own region stays the default."""
    api.reply(200, {"imageDetails": []})
    assert [] == aws.call("ecr", "describe_images", region="us-east-1", repositoryName="orders")["imageDetails"]
    assert "us-east-1" == aws.client("ecr", "us-east-1").meta.region_name
    assert aws.client("ecr", "us-east-1") is aws.client("ecr", "us-east-1")
    assert "eu-west-1" == aws.client("ecr").meta.region_name


def test_clients_can_be_built_ahead(api):
    """They are those that a call uses later."""
    aws.warm_up(["ecs", "ssm"])
    assert {"ecs", "ssm"} == set(aws._clients)
    assert aws.client("ecs") is aws._clients["ecs"]


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_DEFAULT_REGION", "ä"), ("AWS_PROFILE", "none"), ("AWS_ENDPOINT_URL", "nonsense")]
)
def test_a_client_that_cannot_be_built_ahead_is_left_to_the_call(api, monkeypatch, name, value):
    """The import of the function goes on: the call has words for what is wrong, and a gate may not need it."""
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv(name, value)
    aws.warm_up(["ecs"])
    with pytest.raises(aws.AwsError):
        describe()


def test_a_client_gives_up_early_and_tries_three_times(api):
    """The time-outs of botocore are 60 s, longer than the function lives."""
    config = aws.client("ecs").meta.config
    assert (2, 5) == (config.connect_timeout, config.read_timeout)
    assert {"mode": "standard", "total_max_attempts": 3} == config.retries


def test_a_file_that_is_cut_is_never_taken_for_a_whole_one(api):
    """Its first half may well be valid YAML, with half of the checks."""
    api.reply(200, b"version: 1\n", **{"Content-Length": "100"})
    reply = aws.call("s3", "get_object", Bucket="conf", Key="gates.yaml")
    with pytest.raises(aws.AwsUnreachableError, match="s3:GetObject broke off"):
        aws.read_body("s3:GetObject", reply["Body"], 1000)


class Broken(io.RawIOBase):
    """A body that breaks off."""

    def __init__(self, error):
        self.error = error

    def read(self, amount=-1):
        raise self.error


def test_a_body_is_read_up_to_its_limit():
    """And closed, so that the connection can be used again."""
    raw = io.BytesIO(b"0123456789")
    assert b"01234" == aws.read_body("s3:GetObject", StreamingBody(raw, None), 5)
    assert raw.closed


@pytest.mark.parametrize("error", [ReadTimeoutError(endpoint_url="http://s3"), ConnectionResetError("reset by peer")])
def test_a_body_that_breaks_off_is_worth_another_try(error):
    """A cut file is never taken for a whole one."""
    with pytest.raises(aws.AwsUnreachableError, match=f"s3:GetObject broke off \\({type(error).__name__}: "):
        aws.read_body("s3:GetObject", Broken(error), 5)
