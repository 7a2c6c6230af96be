"""Broken files, each with what `greenlight validate` has to say about it: every word, as the person who wrote it reads it.

Beside each file or folder of `broken/` stands a `.txt` with the output and the exit code. `python -m tests.unit.cli.test_corpus`
writes them anew after messages were changed on purpose; read the difference before you believe it.
"""

from pathlib import Path

import pytest
from click.testing import CliRunner

from greenlight_cli.program import program

BROKEN = Path(__file__).parent / "broken"
CASES = sorted(path for path in BROKEN.iterdir() if path.suffix != ".txt" and path.name[0] != ".")


def told(case):
    """What is told about a case, and the exit code, as they stand in its `.txt`."""
    folder, name = (case, "gates.yaml") if case.is_dir() else (case.parent, case.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = CliRunner().invoke(program, ["validate", name])
    assert "" == result.stderr
    return f"{result.stdout}exit code {result.exit_code}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_mistake_is_told_with_its_place_and_its_cure(case):
    """All of them, in the order of the lines, word by word; and the exit code says whether there are any."""
    assert case.with_suffix(".txt").read_text(encoding="utf-8") == told(case)


def test_there_are_enough_broken_files():
    """The corpus is no token: files that are fine, broken in one way, and broken in ten."""
    counts = [case.with_suffix(".txt").read_text(encoding="utf-8").count("\n") for case in CASES]
    assert 100 <= len(CASES)
    assert max(counts) > 10


def test_every_expectation_has_its_case():
    """A case that was renamed leaves nothing behind."""
    assert {case.with_suffix(".txt").name for case in CASES} == {path.name for path in BROKEN.glob("*.txt")}


if __name__ == "__main__":
    for each in CASES:
        each.with_suffix(".txt").write_text(told(each), encoding="utf-8")
