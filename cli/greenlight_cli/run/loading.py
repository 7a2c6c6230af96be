"""The suite that is to be run, or why what was given is none."""

import posixpath
from collections.abc import Iterator

from greenlight.documents import Document, DocumentError
from greenlight.smoke import Suite, load_suite
from greenlight_cli.errors import CannotRunError
from greenlight_cli.kinds import Kind, kind_of, neither
from greenlight_cli.named_suites import smoke_checks
from greenlight_cli.reading import read_document


def load(path: str) -> Suite:
    """Read a suite.

    Args:
        path: Its file; ``-`` is standard input.

    Raises:
        CannotRunError: With every mistake in it.
    """
    try:
        document = read_document(path)
        _refuse_other_kinds(document, path)
        return load_suite(document)
    except DocumentError as error:
        raise CannotRunError([str(mistake) for mistake in error.mistakes]) from error


def _refuse_other_kinds(document: Document, path: str) -> None:
    kind = kind_of(document)
    if kind is None:
        raise DocumentError([neither(document)])
    if kind is Kind.GATES:
        raise CannotRunError([_is_gates_file(document, path)])


def _is_gates_file(document: Document, path: str) -> str:
    suites = list(dict.fromkeys(_suites_beside(document, path)))
    if not suites:
        return f"{document.name} is a gates file, and names no suite beside it; name the file of a suite"
    return f"{document.name} is a gates file, not a suite; run the suite that it names: {' or '.join(suites)}"


def _suites_beside(document: Document, path: str) -> Iterator[str]:
    for check in smoke_checks(document):
        location = check.data["file"]
        beside = ":" not in location
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), location)) if beside else location
