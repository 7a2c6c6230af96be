"""`greenlight watch`: until the deployment has ended."""

import io
import threading

import pytest
from rich.console import Console

from greenlight_cli.run.view.screen import Screen, open_screen
from greenlight_cli.status.session import LONGEST_PAUSE
from greenlight_cli.status.views import ChangesView, LiveView
from rehearsal.aws.ecs import store
from rehearsal.clock import Clock
from rehearsal.controller import Controller, Settings
from tests.rehearsal.fake_world import SERVICE, FakeInvoker, FakeRevision, FakeWorld, pause_hook
from tests.unit.cli.commands import environment, greenlight_says, in_terminal, start
from tests.unit.cli.explain.conftest import DEPLOYMENT, FAILED
from tests.unit.cli.test_imports import imported


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        ("SUCCESSFUL", None, 0),
        ("ROLLBACK_SUCCESSFUL", FAILED, 1),
        ("ROLLBACK_FAILED", FAILED, 1),
        ("STOPPED", FAILED, 1),
    ],
)
def test_the_exit_code_says_how_it_ended(shop, pauses, status, reason, code):
    """A pipeline needs no more; people get the story."""
    shop.deploy("IN_PROGRESS", None)
    pauses.then = [lambda: None, lambda: shop.deploy(status, reason)]
    result = greenlight_says("watch", DEPLOYMENT, "--interval", "3")

    assert code == result.exit_code, result.output
    assert [3, 3] == pauses.seconds
    assert f"deployment: {DEPLOYMENT.rpartition('/')[2]}, {status} after 14 min" in result.stdout


def test_only_changes_are_written(shop, pauses):
    """Without a terminal: what stays as it is stands there once."""
    shop.deploy("IN_PROGRESS", None)

    def verdict():
        shop.verdict("IN_PROGRESS", reason="waiting for web: not yet")

    pauses.then = [lambda: None, verdict, lambda: None, lambda: shop.deploy("SUCCESSFUL", None)]
    lines = greenlight_says("watch", DEPLOYMENT).stdout.splitlines()

    assert 1 == sum("gates       no verdict yet" in line for line in lines)
    assert 1 == sum("waiting for web: not yet" in line for line in lines if " gate " in line)
    assert 2 == sum(" status " in line for line in lines)
    assert 1 == sum(" green " in line for line in lines)


def test_throttling_is_survived_with_longer_pauses(shop, pauses):
    """Who is asked for patience looks less often, and then as before."""
    shop.deploy("IN_PROGRESS", None)

    def throttle():
        shop.api.faults.fail("ecs", "DescribeServiceDeployments")

    pauses.then = [throttle, *[lambda: None] * 6, shop.api.faults.clear, lambda: shop.deploy("SUCCESSFUL", None)]
    result = greenlight_says("watch", DEPLOYMENT, "--interval", "4")

    assert 0 == result.exit_code, result.output
    assert [4, 8, 16, 32, 64, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE, 4] == pauses.seconds
    assert "ecs:DescribeServiceDeployments was throttled" in result.stdout


def test_a_denial_ends_it(shop, pauses):
    """Asking again would not help: exit code 2, which is not that of a failed deployment."""
    shop.deploy("IN_PROGRESS", None)
    pauses.then = [lambda: shop.api.faults.deny("ecs", "DescribeServiceDeployments")]
    result = greenlight_says("watch", DEPLOYMENT)

    assert 2 == result.exit_code
    assert "add ecs:DescribeServiceDeployments to your role or user" in result.stderr


def test_what_cannot_be_looked_at_from_the_beginning_is_told(shop, pauses):
    """Nothing is watched that nobody sees."""
    shop.api.faults.deny("ecs", "DescribeServiceDeployments")

    assert 2 == greenlight_says("watch", DEPLOYMENT).exit_code
    assert [] == pauses.seconds


def test_ctrl_c_ends_watching_and_nothing_else(shop, pauses):
    """With the exit code that shells know; the deployment goes on."""

    def interrupt():
        raise KeyboardInterrupt

    shop.deploy("IN_PROGRESS", None)
    pauses.then = [interrupt]

    assert 130 == greenlight_says("watch", DEPLOYMENT).exit_code
    assert 0 == shop.api.faults.calls("ecs", "StopServiceDeployment")


@pytest.mark.parametrize("interval", ["1", "0", "-5", "301"])
def test_the_interval_is_bounded(shop, interval):
    """Who looks too often is throttled, and takes the hooks' share."""
    result = greenlight_says("watch", DEPLOYMENT, "--interval", interval)

    assert 2 == result.exit_code
    assert "is not in the range 2<=x<=300" in result.stderr


def test_a_deployment_that_is_played_is_watched_to_its_end(shop, pauses):
    """The stand-in for ECS plays it into the same API; it waits at a PAUSE hook, somebody lets it go on, it succeeds."""
    deployments = store(shop.api.account_id, "eu-west-1")
    controller = Controller(
        FakeWorld(store=deployments),
        FakeInvoker({}),
        [pause_hook("POST_TEST_TRAFFIC_SHIFT")],
        clock=Clock(2000),
        settings=Settings(),
    )
    controller.start(FakeRevision("1"))
    waiting = threading.Event()
    playing = threading.Thread(
        target=controller.deploy,
        args=(FakeRevision("2"), [lambda event: type(event).__name__ == "HookWaiting" and waiting.set()]),
    )
    playing.start()
    assert waiting.wait(30)
    (record,) = deployments.deployments_of(SERVICE)
    arn = record["serviceDeploymentArn"]

    def answer():
        (hook,) = deployments.deployment(arn)["lifecycleHookDetails"]
        shop.api.client("ecs").continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"])
        playing.join(60)

    pauses.then = [answer]
    result = greenlight_says("watch", arn)

    assert 0 == result.exit_code, result.output
    assert "PAUSE: AWAITING_ACTION" in result.stdout
    assert "orders: succeeded, revision 2 is in production" in result.stdout


def test_in_a_terminal_the_screen_is_kept_up_to_date(shop):
    """It is drawn, and the story stands below it at the end."""
    shop.deploy()
    shop.verdict()
    code, written = in_terminal("watch", DEPLOYMENT, **shop.api.environment())

    assert 1 == code, written
    assert "ROLLBACK_SUCCESSFUL" in written
    assert "\x1b[?25l" in written, "the cursor is not hidden, so nothing was drawn"
    assert "orders: rolled back by Greenlight at POST_TEST_TRAFFIC_SHIFT" in written


def test_in_a_pipe_it_is_plain(shop):
    """No escape sequence."""
    shop.deploy()
    process = start("watch", DEPLOYMENT, **shop.api.environment())
    out, err = process.communicate(timeout=60)

    assert 1 == process.returncode, err
    assert "\x1b" not in out


def test_a_live_screen_is_drawn_anew_and_says_when_it_is_old():
    """What was seen last stays while AWS does not answer."""
    file = io.StringIO()
    console = Console(file=file, width=60, force_terminal=True)
    with LiveView(Screen(console, plain=False, terminal=True)) as view:
        view.show(["status      IN_PROGRESS", "gate        " + "x" * 200 + "\x1b[2J"])
        view.trouble("ECS was throttled; asked again in 10 s")
    written = file.getvalue()

    assert "Ctrl-C ends watching" in written
    assert "ECS was throttled; asked again in 10 s" in written
    assert "\x1b[2J" not in written
    assert "x" * 61 not in written


@pytest.mark.parametrize("command", ["explain", "status", "watch"])
def test_help_has_examples_and_exit_codes_and_imports_nothing(command):
    """It answers at once; no rich, no boto3, and nothing of the library but its version."""
    result = greenlight_says(command, "--help")

    assert f"examples:\n    greenlight {command} " in result.output
    assert "Exit codes: 0 " in result.output
    modules = imported(command, "--help")
    assert {"greenlight"} == {name for name in modules if name.partition(".")[0] == "greenlight"}
    assert not modules & {"rich", "boto3"}


def test_a_problem_that_lasts_is_written_once():
    """In a log, not at each look."""
    file = io.StringIO()
    with ChangesView(open_screen(file, environment(), no_color=True)) as view:
        view.show(["a"])
        view.trouble("throttled")
        view.trouble("throttled")
        view.show(["a", "b"])
        view.trouble("throttled")

    assert ["a", "throttled", "b", "throttled"] == [line[6:] for line in file.getvalue().splitlines()]
