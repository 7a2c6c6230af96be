"""What a command imports: an allow-list, because a stopwatch drifts by a third from run to run."""

import subprocess
import sys

import pytest

from tests.unit.cli.commands import environment

SCRIPT = """
import sys
before = set(sys.modules)
from greenlight_cli.main import main
try:
    main()
except SystemExit:
    print(*set(sys.modules) - before, file=sys.stderr)
"""
SUITE = "version: 1\nname: a\ntests: [{name: a, path: /}]\n"


def imported(*arguments):
    """Give a command in a fresh interpreter, and return the modules that it holds at the end."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("run", "--help"),
        ("validate", "--help"),
        ("approve", "--help"),
        ("attach", "--help"),
        ("doctor", "--help"),
        ("push", "--help"),
        ("snippet", "--help"),
        ("run", "a.yaml"),
        ("vlidate",),
    ],
)
def test_help_and_mistakes_in_the_command_line_import_click_and_nothing_else(arguments):
    """They have to answer at once; no rich, no requests, no boto3, and nothing of the library but its version."""
    modules = imported(*arguments)
    libraries = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)

    assert {"click", "greenlight", "greenlight_cli"} == libraries
    assert {"greenlight"} == {name for name in modules if name.partition(".")[0] == "greenlight"}


@pytest.mark.parametrize("text", [SUITE, "version: 1\npre_scale_up:\n  smoke: {suite: {version: 2}}\n"])
def test_validate_does_without_what_only_runs_and_reports_need(tmp_path, text):
    """It draws no tables, makes no reports, and holds nothing against a schema."""
    path = tmp_path / "file.yaml"
    path.write_text(text)
    modules = imported("validate", str(path))

    assert not modules & {"rich", "jsonschema", "greenlight.reports", "greenlight_cli.run.session"}
