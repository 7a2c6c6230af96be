"""A hook's surroundings: green, the log, the clock, and no AWS unless a test asks for it."""

import io
import json

import boto3
import pytest
from botocore.config import Config

from greenlight import aws, clock
from greenlight.lifecycle.observability import logger
from tests.unit.lifecycle.calls import Application, serve


@pytest.fixture(scope="module", autouse=True)
def no_aws():
    """Nobody listens where AWS should be, and nobody waits for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        patch.setattr(aws, "_CONFIG", aws._CONFIG.merge(Config(retries={"total_max_attempts": 1})))
        for name, value in {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "NO_PROXY": "127.0.0.1",
        }.items():
            patch.setenv(name, value)
        aws.forget_clients()
        yield
        aws.forget_clients()


@pytest.fixture
def green():
    """The application, answering 200."""
    application = Application()
    server, thread = serve(application)
    yield application
    if application.silent is not None:
        application.silent.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def log(monkeypatch):
    """The lines that were logged so far, read from JSON."""
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, "utf-8", write_through=True)  # as strict as a standard output
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    yield lambda: [json.loads(line) for line in written.getvalue().decode().splitlines()]
    stream.detach()


@pytest.fixture
def verdicts(log):
    """The verdict lines that were logged so far."""
    return lambda: [line for line in log() if line["message"] == "verdict"]


@pytest.fixture
def time_of_day():
    """A clock that a test sets by hand."""
    hands = {"now": 1_700_000_000.0}
    token = clock.source.set(lambda: hands["now"])
    yield hands
    clock.source.reset(token)
