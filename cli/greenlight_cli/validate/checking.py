"""Finds what is wrong with files, and with the suites that gates files name."""

from collections.abc import Sequence

from greenlight.documents import Document, DocumentError
from greenlight.smoke import load_suite
from greenlight_cli.kinds import Kind, kind_of, neither
from greenlight_cli.reading import name_of, read_document
from greenlight_cli.validate.findings import Findings


def check_files(paths: Sequence[str]) -> Findings:
    """Find every mistake in some files, and in the suites that stand beside them.

    Args:
        paths: Gates files and suites; ``-`` is standard input.
    """
    findings = Findings()
    for path in paths:
        findings.file(name_of(path))
        try:
            _check(read_document(path), path, findings)
        except DocumentError as error:
            findings.add(error.mistakes)
    return findings


def check_suite(document: Document, findings: Findings) -> None:
    """Find the mistakes of a suite.

    Raises:
        DocumentError: With all of them.
    """
    finding = findings.file(document.name)
    finding.kind = Kind.SUITE
    count = len(load_suite(document).tests)
    finding.content = f"{count} test{'' if count == 1 else 's'}"


def _check(document: Document, path: str, findings: Findings) -> None:
    kind = kind_of(document)
    if kind is None:
        raise DocumentError([neither(document)])
    if kind is Kind.SUITE:
        check_suite(document, findings)
        return
    # The gates need the checks, and the checks boto3, which a suite alone does without.
    from greenlight_cli.validate.gates_file import GatesFileChecker  # noqa: PLC0415

    GatesFileChecker(document, path, findings).check()
