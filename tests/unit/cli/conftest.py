"""What the tests of the command line share."""

import json
from typing import Any

import pytest

# The fixtures of the engine's tests: real servers, one of them with a certificate that nobody trusts by default.
from tests.unit.smoke.conftest import app, authority, ca_bundle, secure_app, server_context  # noqa: F401


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch):
    """Whatever terminal the tests are run from, its wishes are not looked at."""
    for name in ("COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def write(tmp_path):
    """Write a suite of some tests to a file, and return its path."""

    def write(*tests: dict[str, Any], **keys: Any) -> str:
        path = tmp_path / "smoke.yaml"
        suite = {"version": 1, "name": "orders", "tests": list(tests), **keys}
        path.write_text(json.dumps(suite, indent=1), encoding="utf-8")
        return str(path)

    return write
