"""The report's page in a real Chromium: in the light and in the dark, on a desk and on a phone, by keyboard and on paper."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from greenlight.checks import Outcome
from greenlight.gates import HookStatus, Verdict
from greenlight.reports import Facts, of_suite, of_verdict, to_html
from tests.e2e.conftest import ROOT, run
from tests.unit.reports.samples import (
    FACTS,
    flaky,
    many,
    passed,
    record,
    repeated,
    rich_verdict,
    rolled_back,
    slow,
    suite,
)

PYTHON = ROOT / ".venv-page" / "bin" / "python"
PAGES = {
    "failed": lambda: of_verdict(rich_verdict(), FACTS),
    "passed": lambda: of_verdict(
        Verdict(
            HookStatus.SUCCEEDED,
            "web passed; images passed",
            None,
            [
                record("web", Outcome.PASSED, "", evidence=suite(flaky(), passed(), slow(), repeated(broken=False))),
                record("images", Outcome.PASSED, "all pinned", kind="images", details={"images": [{"tag": "2.1"}]}),
            ],
        ),
        FACTS,
    ),
    # docs/report.png is this page in the light on a desk, as it opens.
    "picture": lambda: of_verdict(rolled_back(), replace(FACTS, invoked_by=None, attempt=1)),
    "waiting": lambda: of_verdict(Verdict(HookStatus.IN_PROGRESS, "waiting for an answer", 30), FACTS),
    "suite": lambda: of_suite(many(40, broken=False), Facts(suite="smoke.yaml")),
}


@pytest.fixture(scope="module")
def chromium() -> None:
    """What looks at the page; these tests never pass without it."""
    assert PYTHON.exists(), "these tests need Playwright in an environment of its own: run them with `make page`"
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert found, "these tests need Chromium: install it, or run `make page CHROMIUM=/path/to/chromium`"


@pytest.fixture(scope="module", params=PAGES)
def found(request, chromium, tmp_path_factory) -> dict:
    """What is found on a page; its pictures are left in PAGE_PICTURES, where that is set."""
    folder = tmp_path_factory.mktemp("page")
    pictures = Path(os.environ.get("PAGE_PICTURES") or folder) / request.param
    pictures.mkdir(parents=True, exist_ok=True)
    page = folder / "report.html"
    page.write_text(to_html(PAGES[request.param]()), encoding="utf-8")
    return json.loads(run(str(PYTHON), str(ROOT / "tests" / "page" / "look_at_page.py"), str(page), str(pictures)))


def every_look(found):
    """Each look at the page, by its name: in every scheme and size, as it opens and with every fold open."""
    return {
        (look["scheme"], look["size"], state): look[state] for look in found["looks"] for state in ("closed", "open")
    }


def test_everybody_can_use_it(found):
    """No rule of axe is broken, up to WCAG 2.2 AA, best practices and what is still tried out."""
    looks = every_look(found)
    assert 8 == len(looks)
    assert {} == {name: look["violations"] for name, look in looks.items() if look["violations"]}


def test_it_never_scrolls_sideways(found):
    """Long words, long URLs and tables wrap inside."""
    assert {} == {name: look["overflow"] for name, look in every_look(found).items() if look["overflow"] > 0}


def test_it_asks_for_nothing_and_complains_of_nothing(found):
    """Not even about its own policy; and it is opened without a network."""
    assert [] == [complaint for look in found["looks"] for complaint in look["complaints"]]


def test_it_works_by_keyboard(found):
    """The Tab key reaches every fold and every link, one can see where one is, and Enter opens and closes."""
    keyboard = found["keyboard"]
    assert keyboard["expected"] == keyboard["visited"]
    assert 0 == keyboard["unmarked"]
    assert keyboard["states"] in ([False, True, False], [])


def test_an_address_leads_to_what_it_names(found):
    """Through every fold that it lies in."""
    assert [] == found["links"]


def test_it_can_be_printed(found):
    """Everything unfolded, dark on white, even from a dark screen."""
    printed = found["print"]
    assert 0 == printed["folded"]
    assert set(printed["backgrounds"]) <= {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}
    assert "rgb(27, 32, 39)" == printed["ink"]
