"""What unit tests share: reproducible examples, and an AWS API on loopback."""

from contextlib import contextmanager

import boto3
import pytest
from botocore.config import Config
from hypothesis import settings

from greenlight import aws
from rehearsal.aws.server import AwsServer

# The same examples at every run: a gate that is red one time in ten teaches people to press the button again.
settings.register_profile("greenlight", derandomize=True, database=None, deadline=None)
settings.load_profile("greenlight")

ONE_ATTEMPT = {"mode": "standard", "total_max_attempts": 1}


@contextmanager
def _fresh_clients(patch):
    """Clients of AWS that are built anew, from the environment as a test leaves it."""
    patch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        patch.delenv(name, raising=False)
    aws.forget_clients()
    yield
    aws.forget_clients()


@contextmanager
def _aws_api(patch):
    """The rehearsal's AWS API, with the library's clients pointing to it; they do not wait for a second attempt."""
    patch.setattr(aws, "_CONFIG", aws._CONFIG.merge(Config(retries=ONE_ATTEMPT)))
    with AwsServer() as server, _fresh_clients(patch):
        for name, value in server.environment().items():
            patch.setenv(name, value)
        yield server


@pytest.fixture
def fresh_clients(monkeypatch):
    """No client of an earlier test."""
    with _fresh_clients(monkeypatch):
        yield


@pytest.fixture
def aws_api(monkeypatch):
    """An AWS API that knows nothing."""
    with _aws_api(monkeypatch) as server:
        yield server


@pytest.fixture(scope="module")
def module_aws_api():
    """One for a whole module, because building clients costs half a second; the module keeps its tests apart."""
    with pytest.MonkeyPatch.context() as patch, _aws_api(patch) as server:
        yield server
