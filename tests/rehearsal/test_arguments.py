"""The command line of the rehearsal."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.__main__ import main
from rehearsal.arguments import GATES, Options, parse_arguments
from rehearsal.controller import DetailsMode, Settings
from rehearsal.inline import inline_gates

ROOT = Path(__file__).parents[2]


def test_without_arguments_the_demo_is_played():
    """The defaults are a deployment that goes well, with the demo's own gates."""
    assert Options() == parse_arguments([])
    assert GATES.is_file()
    assert Options().template.is_file()


def test_everything_can_be_asked_for():
    """Each option arrives where it belongs."""
    options = parse_arguments(
        [
            *("--fault", "flaky", "--gates", "g.yaml", "--inline", "--blue", "http://b", "--green", "run {port}"),
            *("--hook", "PRE_SCALE_UP=a:b", "--hook", "POST_SCALE_UP=c.d:e", "--details", "replace", "--no-create"),
            *("--speed", "7.5", "--template", "t.yaml", "--bind", "0.0.0.0", "--public-host", "host", "--plain"),
            *("--log", "l.txt", "--lambda-endpoint", "http://l", "--sam-template", "s.yaml"),
            *("--strategy", "LINEAR", "--step-percent", "12.5", "--step-bake-minutes", "2", "--bake-minutes", "3"),
            *("--users", "120", "--users-path", "/", "--parameter", "A=b=c", "--parameter", "D="),
            "--show-api",
        ]
    )

    assert options == Options(
        fault="flaky",
        gates=Path("g.yaml"),
        inline=True,
        blue="http://b",
        green="run {port}",
        hooks=(("PRE_SCALE_UP", "a:b"), ("POST_SCALE_UP", "c.d:e")),
        details=DetailsMode.REPLACE,
        create="skip",
        speed=7.5,
        template=Path("t.yaml"),
        bind="0.0.0.0",
        public_host="host",
        plain=True,
        log=Path("l.txt"),
        lambda_endpoint="http://l",
        sam_template=Path("s.yaml"),
        strategy="LINEAR",
        step_percent=12.5,
        step_bake_minutes=2,
        bake_minutes=3,
        users=120,
        users_path="/",
        show_api=True,
        parameters=(("A", "b=c"), ("D", "")),
    )
    canary = parse_arguments(["--strategy", "CANARY", "--canary-percent", "0.5", "--canary-bake-minutes", "4"])
    assert (0.5, 4) == (canary.canary_percent, canary.canary_bake_minutes)
    assert "only" == parse_arguments(["--create-only"]).create


def test_deployments_go_as_the_options_say():
    """Strategy, numbers and details reach the deployments; what is not given has ECS's defaults."""
    assert Settings() == Options().settings()
    options = parse_arguments(
        ["--strategy", "LINEAR", "--step-percent", "20", "--details", "lost", "--bake-minutes", "1"]
    )

    assert options.settings() == Settings(
        strategy="LINEAR", step_percent=20, step_bake_minutes=6, bake_minutes=1, details_mode=DetailsMode.LOST
    )


def test_behind_an_endpoint_the_gates_are_handed_over_inline():
    """A container does not see this machine's files."""
    assert parse_arguments(["--lambda-endpoint", "http://l"]).inline


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--fault", "gremlins"], "invalid choice"),
        (["--speed", "0"], "the speed must be above 0, got 0"),
        (["--speed", "inf"], "the speed must be above 0, got inf"),
        (["--speed", "fast"], '"fast" is not a number'),
        (["--hook", "PRE_SCALE_UP"], "is not STAGE=module:function"),
        (["--hook", "SCALE_UP=a:b"], 'no hook attaches to "SCALE_UP"'),
        (["--green", "http://g", "--fault", "slow"], "breaks the built-in application"),
        (["--sam-template", "x"], "goes with --lambda-endpoint"),
        (["--no-create", "--create-only"], "not allowed with"),
        (["--strategy", "ROLLING"], "invalid choice"),
        (["--step-percent", "20"], "--step-percent goes with --strategy LINEAR"),
        (["--strategy", "LINEAR", "--canary-bake-minutes", "1"], "--canary-bake-minutes goes with --strategy CANARY"),
        (["--strategy", "LINEAR", "--step-percent", "2"], "stepPercent is 2; ECS takes multiples of 0.1 from 3 to 100"),
        (["--bake-minutes", "2000"], "bakeTimeInMinutes is 2000; ECS takes whole minutes from 0 to 1440"),
        (["--users", "-1"], '"-1" is no number of requests'),
        (["--parameter", "x"], '"x" is not NAME=VALUE'),
    ],
)
def test_nonsense_is_refused(capsys, arguments, complaint):
    """What makes no sense ends with code 2 and says so."""
    with pytest.raises(SystemExit) as ended:
        parse_arguments(arguments)

    assert 2 == ended.value.code
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--gates", "nowhere.yaml"], "no gates file nowhere.yaml; name one with --gates"),
        (["--template", "nowhere.yaml"], "cannot read the template nowhere.yaml: No such file or directory"),
        (["--hook", "PRE_SCALE_UP=nowhere_to_be_found:f"], "cannot import nowhere_to_be_found"),
        (["--log", "/nowhere/to/be/found"], "cannot write the log /nowhere/to/be/found: No such file or directory"),
        (["--bind", "192.0.2.1"], "cannot listen on 192.0.2.1"),
        (["--lambda-endpoint", "here"], '"here" is not the URL of a Lambda endpoint'),
        (["--green", "https://elsewhere", "--no-create"], "https://elsewhere"),
        (["--blue", "/nowhere/to/be/found", "--no-create"], "version 1 did not start"),
    ],
)
def test_what_cannot_be_set_up_is_told_in_one_line(capsys, arguments, complaint):
    """A rehearsal that cannot start ends with code 2 and one plain line."""
    code = main(["--plain", *arguments])

    error = capsys.readouterr().err
    assert 2 == code
    assert complaint in error
    assert error.startswith("rehearsal: ")
    assert 1 == error.count("\n")


def test_the_help_has_examples():
    """``python -m rehearsal --help`` explains options, exit codes, and how to go about it."""
    done = subprocess.run(
        [sys.executable, "-m", "rehearsal", "--help"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": "layers/greenlight", "COLUMNS": "100"},
        timeout=60,
    )

    assert 0 == done.returncode, done.stderr
    assert "python -m rehearsal --fault http-500" in done.stdout
    assert "Exit code: 0 deployment SUCCESSFUL" in done.stdout


def test_lists_of_checks_are_inlined_and_locations_elsewhere_are_left(tmp_path):
    """Every check of a list gets its suite; what lies in S3 stays a location."""
    (tmp_path / "suite.yaml").write_text("tests: []")
    (tmp_path / "gates.yaml").write_text(
        "version: 1\npost_scale_up: {smoke: [{name: a, file: suite.yaml}, {name: b, file: 's3://b/k'}], routing: }\n"
    )

    assert {
        "version": 1,
        "post_scale_up": {
            "smoke": [{"name": "a", "suite": {"tests": []}}, {"name": "b", "file": "s3://b/k"}],
            "routing": None,
        },
    } == inline_gates(tmp_path / "gates.yaml")


def test_without_its_requirements_it_says_what_to_do():
    """A Python that lacks the library is told so, without a traceback."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "rehearsal"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={},
        timeout=60,
    )

    assert 2 == done.returncode
    assert re.fullmatch("rehearsal: there is no module [a-z0-9_]+; run `make install` .*\n", done.stderr)
