"""Tests that the documentation names are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = sorted(
    {
        (page.relative_to(ROOT).as_posix(), *match.groups())
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for match in re.finditer(r"`(tests/[\w/]+/test_\w+\.py)(?:::(\w+))?`", page.read_text(encoding="utf-8"))
    },
    key=str,
)


@pytest.mark.parametrize(("page", "file", "test"), NAMED)
def test_a_test_that_is_named_is_there(page, file, test):
    """A page that says "shown by" has to be believed."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert f"def {test or 'test_'}" in text, page


def test_pages_name_tests():
    """Or the test above tests nothing."""
    assert len(NAMED) > 20
