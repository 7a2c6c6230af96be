"""Where `greenlight run` takes secrets from."""

import boto3
import pytest

from tests.unit.cli.commands import greenlight_says

SECRETS = {"token": {"ssm": "/orders/token"}, "password": {"secretsmanager": "orders", "key": "password"}}
TEST = {"name": "health", "path": "/health", "headers": {"X-A": "{{ secrets.token }}", "X-B": "{{ secrets.password }}"}}


@pytest.fixture
def run(write, app):
    """Run a suite with two secrets."""
    app.answer("/health")

    def run(*arguments, env=None, tests=(TEST,)):
        suite = write(*tests, secrets=SECRETS)
        return greenlight_says("run", suite, "--url", f"http://127.0.0.1:{app.port}", *arguments, env=env)

    return run


def test_secrets_of_the_environment_need_no_aws(run, app):
    """The command line names the variables; what is in them is sent, whatever it looks like."""
    env = {"TOKEN": "3", "PASSWORD": "{{ a }}", "AWS_EC2_METADATA_DISABLED": "true"}
    result = run("--secret", "token=TOKEN", "--secret", "password=PASSWORD", env=env)

    assert 0 == result.exit_code, result.output
    assert ("3", "{{ a }}") == (app.seen[-1].headers["X-A"], app.seen[-1].headers["X-B"])


@pytest.mark.parametrize(("env", "state"), [({"TOKEN": None}, "not set"), ({"TOKEN": ""}, "empty")])
def test_a_variable_without_a_value_is_refused(run, app, env, state):
    """An empty password would only be told by the service, and less clearly."""
    result = run("--secret", "token=TOKEN", "--secret", "password=PATH", env=env)

    told = f"greenlight: --secret token: the environment variable TOKEN is {state}; the secret belongs there\n"
    assert (2, told) == (result.exit_code, result.stderr)
    assert [] == app.seen


def test_a_secret_that_the_suite_does_not_need_is_refused(run):
    """Its name is mistyped, most likely."""
    result = run("--secret", "tokn=PATH")

    assert 'greenlight: --secret tokn: the suite needs no such secret; did you mean "token"?\n' == result.stderr


def test_other_secrets_are_looked_up_in_aws(run, app, aws_api):
    """With the operator's own credentials, and the environment still wins."""
    boto3.client("ssm").put_parameter(Name="/orders/token", Value="of the parameter", Type="SecureString")
    boto3.client("secretsmanager").create_secret(Name="orders", SecretString='{"password": "of the secret"}')
    first = run()
    second = run("--secret", "token=TOKEN", env={"TOKEN": "of the environment"})

    assert (0, 0) == (first.exit_code, second.exit_code), first.output
    assert ["of the parameter", "of the environment"] == [request.headers["X-A"] for request in app.seen]
    assert ["of the secret"] * 2 == [request.headers["X-B"] for request in app.seen]


def test_every_secret_that_cannot_be_had_is_told_with_the_way_round(run, app, aws_api):
    """Both of them, before anything is sent."""
    result = run()

    assert 2 == result.exit_code
    first, second = result.stderr.splitlines()
    assert first.startswith("greenlight: secret password (secretsmanager:orders): ")
    assert first.endswith("; or give it with --secret password=ENVVAR")
    assert second.startswith("greenlight: secret token (ssm:/orders/token): ")
    assert [] == app.seen


def test_secrets_of_tests_that_are_not_wanted_are_not_looked_up(run):
    """A tag that leaves a test out leaves its secrets alone."""
    tests = ({"name": "plain", "path": "/health", "tags": ["plain"]}, TEST)
    result = run("--tag", "plain", tests=tests)

    assert 0 == result.exit_code, result.output
