"""How a deployment is shown."""

import io
import re

import pytest
from rich.console import Console

from rehearsal.clock import Clock
from rehearsal.eventbridge import Subscription
from rehearsal.invokers import Invocation
from rehearsal.view import HookLog, LiveView, PlainView, closing_lines, open_view
from tests.rehearsal.fake_world import PREFIX, Rehearsed, lambda_hook, pause_hook

REASON = 'smoke: test "order [can] be created" expected status 201,\n got 500'


ROLLED_BACK = (
    "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. "
    f"Lifecycle hook target {PREFIX}gate returned FAILED status."
)


def ours(status, outcome, reason, **more):
    """Return a reply of one of our hooks."""
    details = {"greenlight": {"v": 1, "attempt": 1, "reason": reason, "checks": {"smoke": {"outcome": outcome}}}}
    return {"hookStatus": status, "hookDetails": details, **more}


def rolled_back(view):
    """Play a deployment that is refused at the second attempt of the test gate."""
    hooks = [lambda_hook("gate", "POST_TEST_TRAFFIC_SHIFT"), lambda_hook("shift", "TEST_TRAFFIC_SHIFT")]
    replies = [
        ours("IN_PROGRESS", "error", "waiting for smoke", callBackDelay=10),
        ours("FAILED", "failed", REASON),
    ]
    rehearsed = Rehearsed(hooks, {"gate": replies, "shift": {"hookStatus": "SUCCEEDED"}}, watchers=[view])
    return rehearsed.update()


def test_the_plain_view_tells_a_line_for_each_event():
    """The log names stages, weights, attempts, checks, reasons and the end, each on one line."""
    out = io.StringIO()

    with PlainView(out) as view:
        rolled_back(view)

    lines = [
        re.sub(r"^ *[\d:]+  |(?<=after )[\d.]+ s|(?<=after )[\d:]+(?=:)", "", line)
        for line in out.getvalue().splitlines()
    ]
    assert [
        "deploy version 2 over version 1 (BLUE_GREEN)",
        "PRE_SCALE_UP",
        "SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "  test traffic: version 2 100 %, version 1 0 %",
        "  shift: attempt 1",
        "  shift: SUCCEEDED after ",
        "POST_TEST_TRAFFIC_SHIFT",
        "  gate: attempt 1",
        "  gate: IN_PROGRESS after  (asked again in 10 s): waiting for smoke",
        "  gate: attempt 2",
        '  gate: FAILED after : smoke: test "order [can] be created" expected status 201, got 500',
        f"ROLLBACK: {ROLLED_BACK}",
        "TEST_TRAFFIC_SHIFT (going back)",
        "  test traffic: version 2 0 %, version 1 100 %",
        "  shift: attempt 1",
        "  shift: SUCCEEDED after ",
        "over after : ROLLBACK_SUCCESSFUL",
    ] == lines


def test_simulated_time_stands_before_each_line():
    """A line begins with the simulated time since the start."""
    out = io.StringIO()

    rehearsed = Rehearsed(bake_minutes=65, speed=36000, watchers=[PlainView(out)])
    rehearsed.create("1")

    first, *_, last = out.getvalue().splitlines()
    assert "    0:00  create service with version 1 (BLUE_GREEN)" == first
    assert re.match(r" +\d+:\d\d:\d\d  over after \d+:\d\d:\d\d: SUCCESSFUL", last)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("FAILED", "FAILED after 0.01 s [routing passed, smoke failed]: why"),
        ("SUCCEEDED", "SUCCEEDED after 0.01 s: why"),
    ],
)
def test_outcomes_that_the_reason_leaves_out_are_shown(status, told):
    """The reason for a failure names what failed, and brackets the rest; the reason for a pass names every check."""
    out = io.StringIO()
    checks = {"routing": {"outcome": "passed"}, "smoke": {"outcome": "failed"}}
    reply = {"hookStatus": status, "hookDetails": {"greenlight": {"reason": "why", "checks": checks}}}

    Rehearsed([lambda_hook("gate", "POST_SCALE_UP")], {"gate": reply}, watchers=[PlainView(out)]).update()

    assert f"  gate: {told}\n" in out.getvalue()


def picture(view):
    """Return what a live view shows, as text."""
    out = io.StringIO()
    Console(file=out, width=160, force_terminal=False).print(view.render())
    return out.getvalue()


def test_the_live_view_shows_stages_hooks_and_weights():
    """The picture has a mark for each stage, each hook's last answer as it stands, the weights, and the rollback."""
    view = LiveView(Console(file=io.StringIO()), Clock())

    rolled_back(view)

    shown = picture(view)
    assert "version 1 → version 2 (BLUE_GREEN)" in shown
    assert re.search(r"✔ +PRE_SCALE_UP +\d+:\d\d", shown)
    assert re.search(r"✘ +POST_TEST_TRAFFIC_SHIFT +\d+:\d\d", shown)
    assert re.search(r"✘ gate +attempt 2 FAILED after 0\.01 s: smoke: test \"order \[can\]", shown)
    assert re.search(r"\n +attempt 1 IN_PROGRESS after 0\.01 s \(asked again in 10 s\): waiting for smoke *\n", shown)
    assert re.search(r"· +PRODUCTION_TRAFFIC_SHIFT *\n", shown)
    assert re.search(r"✔ +TEST_TRAFFIC_SHIFT \(back\)", shown)
    assert "test traffic ░░░░░░░░░░░░░░░░░░░░ version 2 0 %, version 1 100 %" in shown
    assert "going back: Service deployment rolled back because" in shown


def test_the_live_view_shows_what_a_pause_hook_waits_for():
    """While a PAUSE hook waits, the picture has the hookId to answer to."""
    shown = []
    view = LiveView(Console(file=io.StringIO()), Clock())
    hook = pause_hook("POST_SCALE_UP", timeoutConfiguration={"timeoutInMinutes": 1, "action": "CONTINUE"})
    rehearsed = Rehearsed([hook], watchers=[view, lambda _: shown.append(picture(view))])

    rehearsed.update()

    assert any(
        re.search(r"‖ PAUSE +waits for ContinueServiceDeployment of hook ecs-pause-[\w-]{43}", one) for one in shown
    )
    assert re.search(r"✘ PAUSE +TIMED_OUT", shown[-1])


class Terminal(io.StringIO):
    """Output that says it is a terminal."""

    def isatty(self):
        return True


def test_the_view_suits_the_output(monkeypatch):
    """The live picture is for terminals that can show it; everything else gets lines."""
    monkeypatch.setenv("TERM", "xterm")

    assert isinstance(open_view(Terminal(), Clock(), plain=False), LiveView)
    assert isinstance(open_view(Terminal(), Clock(), plain=True), PlainView)
    assert isinstance(open_view(io.StringIO(), Clock(), plain=False), PlainView)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(open_view(Terminal(), Clock(), plain=False), PlainView)


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_no_color_is_respected(monkeypatch, no_color, coloured):
    """With NO_COLOR set, a terminal gets the picture without colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    out = Terminal()

    with open_view(out, Clock(), plain=False) as view:
        rolled_back(view)

    assert "POST_TEST_TRAFFIC_SHIFT" in out.getvalue()
    assert coloured == bool(re.search(r"\x1b\[(\d;)?3\dm", out.getvalue()))


def test_the_last_lines_are_for_scripts():
    """The last line is the status alone; the line above says why in one line, when there is something to say."""
    assert [
        'smoke: test "order [can] be created" expected status 201, got 500',
        "deployment ROLLBACK_SUCCESSFUL",
    ] == closing_lines(rolled_back(lambda _: None))
    assert ["deployment SUCCESSFUL"] == closing_lines(Rehearsed().update())


def test_for_other_people_s_hooks_ecs_s_reason_is_told():
    """A hook that gives no reason leaves only what ECS says, also where a create fails."""
    failing = {"hooks": [lambda_hook("bad", "POST_SCALE_UP")], "replies": {"bad": {"hookStatus": "FAILED"}}}
    reason = (
        "Service deployment rolled back because POST_SCALE_UP lifecycle hook(s) failed. "
        f"Lifecycle hook target {PREFIX}bad returned FAILED status."
    )

    assert [reason, "deployment ROLLBACK_SUCCESSFUL"] == closing_lines(Rehearsed(**failing).update())
    assert [reason, "deployment ROLLBACK_FAILED"] == closing_lines(Rehearsed(**failing).create())


def test_what_hooks_write_can_be_kept():
    """The hook log has the lines of each invocation under a heading."""
    out = io.StringIO()
    rehearsed = Rehearsed(
        [lambda_hook("gate", "POST_SCALE_UP")],
        {"gate": Invocation({"hookStatus": "SUCCEEDED"}, None, 0.1, ['{"message": "verdict"}'])},
        watchers=[HookLog(out)],
    )

    rehearsed.update()

    assert '== POST_SCALE_UP gate, attempt 1: SUCCEEDED\n{"message": "verdict"}\n' == out.getvalue()


def gradual(view, **settings):
    """Play a linear deployment of two steps with a hook in each, which fails in the second."""
    hooks = [lambda_hook("gate", "PRE_PRODUCTION_TRAFFIC_SHIFT")]
    replies = [{"hookStatus": "SUCCEEDED"}, {"hookStatus": "FAILED"}]
    numbers = {"strategy": "LINEAR", "step_percent": 50, "step_bake_minutes": 6, **settings}
    return Rehearsed(hooks, {"gate": replies}, watchers=[view], speed=36000, **numbers).update()


def test_the_plain_view_tells_which_step_it_is_and_its_bake():
    """Stages of a step say which it is; a bake says how long it lasts."""
    out = io.StringIO()

    gradual(PlainView(out))

    lines = [re.sub(r"^ *[\d:]+  ", "", line) for line in out.getvalue().splitlines()]
    first = lines.index("PRE_PRODUCTION_TRAFFIC_SHIFT (step 1 of 2)")
    assert [
        "PRODUCTION_TRAFFIC_SHIFT (step 1 of 2)",
        "  production traffic: version 2 50 %, version 1 50 %",
        "  bakes for 6:00",
        "PRE_PRODUCTION_TRAFFIC_SHIFT (step 2 of 2)",
    ] == lines[first + 3 : first + 7]
    assert "PRODUCTION_TRAFFIC_SHIFT (going back)" in lines
    assert "PRODUCTION_TRAFFIC_SHIFT (step 2 of 2)" not in lines


def test_the_live_view_has_a_line_for_each_step():
    """The first step's hook passed, the second's failed, and the second shift never came."""
    view = LiveView(Console(file=io.StringIO()), Clock())

    gradual(view)

    shown = [line.strip() for line in picture(view).splitlines()]
    marks = [line[0] for line in shown if re.match(r". +(PRE_)?PRODUCTION_TRAFFIC_SHIFT", line)]
    assert ["✔", "✔", "✘", "·", "✔"] == marks
    assert any(re.match(r"✔ +PRE_PRODUCTION_TRAFFIC_SHIFT \(step 1 of 2\)", line) for line in shown)
    assert ["✔ gate", "✘ gate"] == [line[:6] for line in shown if line[2:].startswith("gate")][:2]


def test_a_function_that_fails_on_an_event_is_told():
    """The plain view has a line for it, and the log what it wrote; one that succeeds is in the log alone."""
    out, log = io.StringIO(), io.StringIO()
    pattern = {"detail": {"eventName": [{"prefix": "SERVICE_DEPLOYMENT_"}]}}
    replies = [Invocation(None, "ValueError: no", 0.1, ["a trace"]), Invocation({}, None, 0.1, ["all is well"])]

    Rehearsed(
        [],
        {"teller": replies},
        watchers=[PlainView(out), HookLog(log)],
        subscriptions=[Subscription(PREFIX + "teller", pattern)],
    ).update()

    assert 1 == out.getvalue().count("teller: failed on SERVICE_DEPLOYMENT_")
    assert "ValueError: no\n" in out.getvalue()
    assert 3 == len(
        re.findall(r"^== SERVICE_DEPLOYMENT_\w+ teller, attempt \d(?:: ValueError: no)?$", log.getvalue(), re.MULTILINE)
    )
    assert {"a trace", "all is well"} == set(re.findall(r"^a.*$", log.getvalue(), re.MULTILINE))
