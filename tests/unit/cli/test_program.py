"""The program as a whole: help, version, and how commands end."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from greenlight import __version__
from greenlight_cli.ending import Ending, ending_of, exit_code
from greenlight_cli.errors import CannotRunError
from greenlight_cli.program import Program, program
from greenlight_cli.run.command import MAX_CONCURRENCY
from greenlight_cli.run.options import RunOptions
from tests.unit.cli.commands import environment, greenlight_says, start

HIDE_CLICK = """
import sys
sys.modules["click"] = None
import greenlight_cli.main
"""


@pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
def test_help_tells_the_commands_the_exit_codes_and_examples(arguments):
    """Who knows nothing finds everything from here."""
    result = greenlight_says(*arguments)

    assert 0 == result.exit_code
    for words in ("run ", "validate ", "0 passed, 1 failed", "greenlight validate gates.yaml"):
        assert words in result.output


@pytest.mark.parametrize("command", ["run", "validate"])
def test_every_command_has_help_with_examples_and_its_exit_codes(command):
    """An example says more than the list of options."""
    result = greenlight_says(command, "--help")

    assert 0 == result.exit_code
    assert f"examples:\n    greenlight {command} " in result.output
    assert "Exit codes: 0 " in result.output


def test_every_option_of_run_is_described():
    """No option is left to be guessed, and each has its place in RunOptions."""
    command = greenlight_says("run", "--help").output
    for name in RunOptions.__annotations__:
        option = {"tags": "--tag", "variables": "--var", "secrets": "--secret", "suite": "SUITE"}.get(name)
        assert (option or f"--{name.replace('_', '-')}") in command


def test_the_limit_of_concurrency_is_that_of_the_language():
    """It is written down twice, because help must not import the language."""
    from greenlight.smoke.rounds import MAX_CONCURRENCY as OF_THE_LANGUAGE

    assert OF_THE_LANGUAGE == MAX_CONCURRENCY


def test_the_version_is_that_of_the_library():
    """One version for all that is Greenlight."""
    assert f"greenlight, version {__version__}\n" == greenlight_says("--version").output


def test_without_a_command_help_is_shown_and_nothing_has_run():
    """A script that forgot the command does not go on as if all were well."""
    result = greenlight_says()

    assert 2 == result.exit_code
    assert "Put them in place:" in result.stderr


def test_every_command_stands_in_help_once_in_a_line(monkeypatch):
    """Under the heading of what it is for, and whole: nothing is cut off in the width of a terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = [line.split(maxsplit=1) for line in greenlight_says("--help").output.splitlines()]
    told = [line for line in lines if line and line[0] in program.commands]

    assert sorted(program.commands) == sorted(name for name, _ in told)
    assert all(description.endswith(".") and "..." not in description for _, description in told)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["vlidate", "a.yaml"], "No such command 'vlidate'. Did you mean 'validate'?"),
        (["run", "a.yaml", "--ulr", "http://a"], "No such option '--ulr'. (Did you mean one of: '--url'"),
        (["run", "a.yaml"], "Missing option '--url'"),
        (["run", "--url", "http://a"], "Missing argument 'SUITE'"),
        (["run", "a.yaml", "--url", "http://a", "--concurrency", "21"], "21 is not in the range 1<=x<=20"),
        (["run", "a.yaml", "--url", "http://a", "--var", "tenant"], '"tenant" is not NAME=VALUE'),
        (["run", "a.yaml", "--url", "http://a", "--secret", "=TOKEN"], '"=TOKEN" is not NAME=ENVVAR'),
        (["validate"], "Missing argument 'FILE...'"),
        (["validate", "--format", "xml", "a.yaml"], "'xml' is not one of 'text', 'json', 'github'"),
        (["validate", "-", "-"], "standard input (-) can be read only once"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_told_what_is_wrong(arguments, words):
    """With the exit code of what could not run, never that of a failed suite."""
    result = greenlight_says(*arguments)

    assert 2 == result.exit_code
    assert words in result.stderr


def program_of(end):
    """A program with one command, which ends in some way."""

    @click.command()
    def command():
        return end()

    return Program(commands={"command": command})


def raising(error):
    """A way to end."""

    def end():
        raise error

    return end


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda: Ending.PASSED, 0),
        (lambda: Ending.FAILED, 1),
        (lambda: Ending.COULD_NOT_RUN, 2),
        (lambda: Ending.INTERRUPTED, 130),
        (raising(CannotRunError(["it is broken"])), 2),
        (raising(click.UsageError("no")), 2),
        (raising(click.ClickException("no")), 2),
        (raising(KeyboardInterrupt), 130),
        (raising(RuntimeError("a defect")), 2),
        (raising(OSError("disk full")), 2),
    ],
)
def test_every_end_has_its_exit_code(end, code):
    """A defect of the program is not a failed suite either."""
    assert code == CliRunner().invoke(program_of(end), ["command"]).exit_code


def test_a_defect_is_told_with_its_traceback():
    """Whoever reports it has something to report."""
    result = CliRunner().invoke(program_of(raising(RuntimeError("a defect"))), ["command"])

    assert result.stderr.startswith("Traceback")
    assert result.stderr.endswith("RuntimeError: a defect\n")


def test_every_problem_has_a_line_of_its_own():
    """All of them are told, each after the name of the program."""
    result = CliRunner().invoke(program_of(raising(CannotRunError(["one", "two"]))), ["command"])

    assert "greenlight: one\ngreenlight: two\n" == result.stderr


@pytest.mark.parametrize(("outcome", "code"), [("passed", 0), ("skipped", 0), ("failed", 1), ("error", 2)])
def test_every_outcome_of_a_suite_has_its_exit_code(outcome, code):
    """Failed is what the application did; what could not be asked is told apart from it."""
    assert code == exit_code(ending_of(outcome))


def test_it_runs_as_a_module():
    """Where the entry point is not installed."""
    process = start("--version")

    assert (f"greenlight, version {__version__}\n", "") == process.communicate(timeout=60)
    assert 0 == process.returncode


def test_a_missing_click_is_told_with_the_cure():
    """The command line is an extra, which may not be installed."""
    done = subprocess.run(
        [sys.executable, "-c", HIDE_CLICK], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )

    assert "greenlight: there is no module click; install it with: pip install 'greenlight-ecs[cli]'\n" == done.stderr
    assert 2 == done.returncode


def test_a_reader_that_goes_away_is_no_defect(tmp_path):
    """As in `greenlight validate … | head -1`: no traceback, and no pass."""
    suite = tmp_path / "smoke.yaml"
    suite.write_text("version: 1\nname: a\ntests: [{name: a, path: /}]\n")
    process = start("validate", str(suite))
    process.stdout.close()

    assert "" == process.stderr.read()
    assert 2 == process.wait(60)
    process.stderr.close()
