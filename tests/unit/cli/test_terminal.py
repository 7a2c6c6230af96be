"""What `greenlight run` looks like in a terminal: colours, progress, narrow windows, and terminals that can do little."""

import re

import pytest
from rich.cells import cell_len

from tests.unit.cli.commands import in_terminal

COLOUR = re.compile(r"\x1b\[[\d;]*m")
ESCAPE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


@pytest.fixture
def run(write, app):
    """Run a suite with a test that passes and one that fails, in a terminal."""
    app.answer("/health", body={"status": "ok"})
    app.answer("/orders", 500, {"error": "no database", "more": "x" * 100})
    suite = write(
        {"name": "the service is healthy", "path": "/health"},
        {
            "name": "注文の一覧は速くて安定している、いつでも、どこでも 🚦",
            "path": "/orders",
            "expect": {"body": {"not_contains": "error"}},
        },
        {"name": "left out", "path": "/", "skip": "the sandbox of the partner is down until further notice"},
    )

    def run(*arguments, **more):
        code, written = in_terminal("run", suite, "--url", f"http://127.0.0.1:{app.port}", *arguments, **more)
        assert 1 == code, written
        return written

    return run


def test_outcomes_have_colours_and_words(run):
    """The colour helps to find it; the word says it."""
    written = run()

    for coloured in ("\x1b[32mpassed", "\x1b[1;31mFAILED", "\x1b[36mskipped"):
        assert coloured in written
    assert {"passed", "FAILED", "skipped"} <= set(ESCAPE.sub("", written).split())


def test_progress_is_drawn_and_then_taken_away(run):
    """The bar grows while tests run; what goes wrong stays above it; at the end the table has the screen."""
    written = run()

    assert "0/3 tests" in written
    assert re.search(r"\x1b\[2K", written), "the bar is not erased"
    assert re.search(r"FAILED  注文の.*: expected status 2xx, got 500", ESCAPE.sub("", written))


def test_quiet_draws_nothing(run):
    """No bar and no table, in a terminal as well."""
    written = run("-q")

    assert "tests" not in written.splitlines()[0]
    assert "\x1b[2K" not in written
    assert "left out" not in written


@pytest.mark.parametrize(
    ("arguments", "more"), [((), {"NO_COLOR": "1"}), (("--no-color",), {}), ((), {"TERM": "dumb"})], ids=str
)
def test_who_wants_it_plain_gets_it_plain(run, arguments, more):
    """No escape sequence at all, and nothing beyond ASCII but what the suite itself has."""
    written = run(*arguments, **more)

    assert "\x1b" not in written
    assert "| passed  | the service is healthy" in written or "passed the service is healthy" in written
    assert written.replace("🚦", "").encode("ascii", "ignore").decode() == re.sub(r"[^\x00-\x7f]", "", written)
    assert not set("━─│╸…") & set(written)


@pytest.mark.parametrize("columns", [20, 40, 71, 72, 80, 200])
@pytest.mark.parametrize("arguments", [(), ("--no-color",)], ids=["coloured", "plain"])
def test_no_line_is_wider_than_the_terminal(run, columns, arguments):
    """Wide characters take two cells; where a table has no room each test has lines of its own."""
    written = run(*arguments, columns=columns)

    lines = [ESCAPE.sub("", part) for line in written.splitlines() for part in line.split("\r")]
    assert columns >= max(cell_len(line) for line in lines), max(lines, key=cell_len)
    assert "FAILED" in lines[-1] or "FAILED orders" in "".join(lines)


def test_colours_can_be_asked_for_where_no_terminal_is(write, app):
    """FORCE_COLOR, as services for continuous integration set it; the bar is for terminals only."""
    from tests.unit.cli.commands import start

    app.answer("/health")
    process = start(
        "run", write({"name": "a", "path": "/health"}), "--url", f"http://127.0.0.1:{app.port}", FORCE_COLOR="1"
    )
    out, err = process.communicate(timeout=60)

    assert COLOUR.search(out)
    assert "\x1b[2K" not in out + err
    assert "1/1 passed  a" in COLOUR.sub("", err)
