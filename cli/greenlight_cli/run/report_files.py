"""The reports of a run, and the files they go to."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from greenlight.reports.junit import to_junit
from greenlight.reports.page import to_html
from greenlight.reports.plain import to_json
from greenlight_cli.errors import CannotRunError

STANDARD_OUTPUT: Final = "-"

_FORMS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "json": to_json,
    "junit": to_junit,
    "html": to_html,
}


def refuse_unwritable(reports: Mapping[str, str]) -> None:
    """Look whether every report can be written, before anything is sent for it.

    Args:
        reports: The file of each, by its form.

    Raises:
        CannotRunError: With every one that cannot.
    """
    problems = list(_problems(reports))
    if problems:
        raise CannotRunError(problems)


def write(reports: Mapping[str, str], document: Mapping[str, Any]) -> None:
    """Write a report in every form that is wanted.

    Args:
        reports: The file of each, by its form.
        document: The report.

    Raises:
        CannotRunError: With every file that cannot be written after all.
    """
    problems = []
    for form, path in reports.items():
        text = _FORMS[form](document)
        try:
            if path == STANDARD_OUTPUT:
                _print(text)
            else:
                Path(path).write_text(text, encoding="utf-8")
        except OSError as error:
            problems.append(f"--{form}: {path} cannot be written: {error.strerror or error}")
    if problems:
        raise CannotRunError(problems)


def _print(text: str) -> None:
    """Write UTF-8, as into files, whatever the terminal makes of text."""
    sys.stdout.flush()
    sys.stdout.buffer.write(f"{text.rstrip()}\n".encode())
    sys.stdout.buffer.flush()


def _problems(reports: Mapping[str, str]) -> Iterator[str]:
    first: dict[str, str] = {}
    for form, path in reports.items():
        other = first.setdefault(path, form)
        if other != form:
            where = "standard output" if path == STANDARD_OUTPUT else path
            yield f"--{form}: {where} is where --{other} goes already; give each a place of its own"
        elif path != STANDARD_OUTPUT and (problem := _unwritable(Path(path))):
            yield f"--{form}: {path} cannot be written: {problem}"


def _unwritable(path: Path) -> str | None:
    if path.is_dir():
        return "it is a directory; name a file in it"
    if path.exists():
        return None if os.access(path, os.W_OK) else "permission denied"
    if not path.parent.is_dir():
        return f"there is no directory {path.parent}; make it first"
    return None if os.access(path.parent, os.W_OK) else f"permission denied in {path.parent}"
