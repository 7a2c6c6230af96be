"""The five-minute start: the two files that it shows are valid, let a good release through, and stop a bad one."""

import re
from pathlib import Path

import pytest

from rehearsal.__main__ import main
from tests.unit.cli.commands import greenlight_says

PAGE = Path(__file__).parents[2] / "docs" / "start.md"


@pytest.fixture
def gates(tmp_path):
    """The files as whoever reads the page writes them."""
    gates, suite = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "gates.yaml").write_text(gates)
    (tmp_path / "smoke.yaml").write_text(suite)
    return tmp_path / "gates.yaml"


def test_the_files_are_valid(gates):
    """Both of them, in one go."""
    result = greenlight_says("validate", str(gates))
    assert (0, "2 files, no mistakes") == (result.exit_code, result.output.splitlines()[-1])


@pytest.mark.parametrize(
    ("arguments", "last"),
    [((), "deployment SUCCESSFUL"), (("--fault", "http-500"), "deployment ROLLBACK_SUCCESSFUL")],
)
def test_they_guard_the_demo_s_application(gates, capsys, arguments, last):
    """From the creation of the service on, as the page says."""
    code = main(["--gates", str(gates), *arguments])

    told = capsys.readouterr().out.splitlines()
    assert (0 if not arguments else 1, last) == (code, told[-1])
    if arguments:
        assert 'test "orders are listed": expected status 2xx, got 500' in told[-2]
