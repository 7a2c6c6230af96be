"""The reports that `greenlight run` writes."""

import json
import xml.etree.ElementTree as ET

import pytest

from tests.unit.cli.commands import greenlight_says, start

TEST = {"name": "health", "path": "/health"}


@pytest.fixture
def run(write, app):
    """Run a suite with one test that fails."""
    suite = write(TEST)

    def run(*arguments):
        return greenlight_says("run", suite, "--url", f"http://127.0.0.1:{app.port}", *arguments)

    return run


def test_every_form_of_report_is_written(run, app, tmp_path):
    """Side by side, from one run, and the exit code is that of the suite."""
    files = {form: tmp_path / f"report.{form}" for form in ("json", "junit", "html")}
    result = run(*(word for form, path in files.items() for word in (f"--{form}", str(path))))

    document = json.loads(files["json"].read_text(encoding="utf-8"))
    failures = list(ET.fromstring(files["junit"].read_text(encoding="utf-8")).iter("failure"))
    page = files["html"].read_text(encoding="utf-8")
    assert 1 == result.exit_code
    assert ("failed", f"http://127.0.0.1:{app.port}") == (document["verdict"]["outcome"], document["facts"]["url"])
    assert ["expected status 2xx, got 404"] == [failure.get("message") for failure in failures]
    assert page.startswith(("<!DOCTYPE html>", "<!doctype html>"))
    assert 1 == len(app.seen)


@pytest.mark.parametrize("form", ["json", "junit", "html"])
def test_a_report_on_standard_output_has_it_to_itself(run, form):
    """What is for people goes to standard error then, verdict and all."""
    result = run(f"--{form}", "-")

    assert result.stdout.startswith({"json": "{", "junit": "<?xml", "html": "<"}[form])
    assert "FAILED orders:" not in result.stdout
    assert result.stderr.splitlines()[-1].startswith("FAILED orders: ")
    assert "| FAILED  | health" in result.stderr


def test_json_on_standard_output_is_json_and_nothing_else(run):
    """For jq and the like."""
    assert "failed" == json.loads(run("--json", "-", "-q").stdout)["verdict"]["outcome"]


def test_a_report_is_utf_8_wherever_it_goes(write, app):
    """Also where the terminal knows nothing but ASCII, in which people are told what they can be told."""
    app.answer("/health", 500)
    suite = write({"name": "größe 🚦", "path": "/health"})
    process = start("run", suite, "--url", f"http://127.0.0.1:{app.port}", "--json", "-", PYTHONIOENCODING="ascii")
    out, err = process.communicate(timeout=60)

    assert "größe 🚦" == json.loads(out)["checks"][0]["suite"]["tests"][0]["name"]
    assert "FAILED gr\\xf6\\xdfe \\U0001f6a6" in err


def test_an_older_report_is_written_over(run, tmp_path):
    """Only once there is something to write."""
    path = tmp_path / "report.json"
    path.write_text("old" * 100_000)
    run("--json", str(path), "--tag", "nobody")
    assert "old" * 100_000 == path.read_text()

    run("--json", str(path))
    assert "failed" == json.loads(path.read_text())["verdict"]["outcome"]


def test_a_report_that_cannot_be_written_after_all_is_told(run):
    """The disk may be full only then; the verdict has been told, and the exit code says that something is missing."""
    result = run("--json", "/dev/full")

    assert 2 == result.exit_code
    assert result.stdout.splitlines()[-1].startswith("FAILED orders: ")
    assert (
        "greenlight: --json: /dev/full cannot be written: No space left on device\n" == result.stderr.partition("\n")[2]
    )
