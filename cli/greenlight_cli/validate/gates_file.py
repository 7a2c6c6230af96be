"""Finds what is wrong with a gates file and with the files that it names."""

from functools import partial

from greenlight.checks import KINDS, Files
from greenlight.documents import Document, DocumentError, Mistake, parse_bytes, validate
from greenlight.gates.model import GatesFileHead, gates_file_model
from greenlight.gates.sources import Source, locate
from greenlight_cli.errors import UnreadableError
from greenlight_cli.kinds import Kind
from greenlight_cli.named_suites import smoke_checks
from greenlight_cli.reading import read_bytes
from greenlight_cli.validate.checking import check_suite
from greenlight_cli.validate.findings import Findings, NotLookedAt


class _ElsewhereError(Exception):
    """When a gates file names a file that this machine does not have."""


class GatesFileChecker:
    """Looks at a gates file as a function of Greenlight does, but for all stages, and not beyond this machine.

    Args:
        document: The gates file.
        path: Where it is.
        findings: Take what is found.
    """

    def __init__(self, document: Document, path: str, findings: Findings) -> None:
        self._document = document
        self._source = Source("file", path)
        self._findings = findings

    def check(self) -> None:
        """Find the mistakes of the gates file, and of the files that it names.

        Raises:
            DocumentError: With those of the gates file itself.
        """
        finding = self._findings.file(self._document.name)
        finding.kind = Kind.GATES
        for here in smoke_checks(self._document):
            self._check_suite(here)
        gates = validate(gates_file_model(), self._document)
        self._prepare(gates)
        finding.content = ", ".join(stage.lower() for stage in gates.stages)

    def _check_suite(self, here: Document) -> None:
        try:
            check_suite(self._read(here, here.data["file"]), self._findings)
        except DocumentError as error:
            self._findings.add(error.mistakes)
        except _ElsewhereError:
            self._findings.pass_over(NotLookedAt(here.place(("file",)), here.data["file"]))

    def _prepare(self, gates: GatesFileHead) -> None:
        """Make every check ready, which tells what is wrong with each of them."""
        for stage in gates.stages:
            gate = gates.gate(stage)
            for kind, path, settings in gate.checks() if gate else ():
                here = self._document.at((stage.lower(), *path))
                try:
                    KINDS[kind].prepare(settings, stage, Files(here, partial(self._read, here)))
                except DocumentError as error:
                    self._findings.add(error.mistakes)
                except _ElsewhereError as elsewhere:
                    self._findings.pass_over(NotLookedAt(here.place(("file",)), str(elsewhere)))

    def _read(self, here: Document, location: str) -> Document:
        place = here.place(("file",))
        source = locate(location, self._source, place=place)
        if source.scheme != "file":
            raise _ElsewhereError(location)
        try:
            data = read_bytes(source.path)
        except UnreadableError as error:
            if location.startswith("file:"):  # in the package of the deployed function
                raise _ElsewhereError(location) from error
            raise DocumentError([Mistake(place, f"names {source.path}, which {error}")]) from error
        self._findings.file(source.path)
        return parse_bytes(data, source.path)
