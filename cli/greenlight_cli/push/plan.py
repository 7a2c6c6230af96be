"""What is to be uploaded: a gates file, and the suites that it names beside it."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from greenlight.gates.sources import Source, locate
from greenlight_cli.errors import CannotRunError
from greenlight_cli.kinds import Kind
from greenlight_cli.named_suites import smoke_checks
from greenlight_cli.reading import STANDARD_INPUT, read_bytes, read_document
from greenlight_cli.validate.checking import check_files
from greenlight_cli.validate.findings import Findings


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One file on its way.

    Attributes:
        name: Where it is on this machine.
        target: Where it goes.
        data: What is in it.
    """

    name: str
    target: Source
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be uploaded.

    Attributes:
        suites: Before the gates file, which must not name what is not there yet.
        gates: The gates file.
    """

    suites: Sequence[Upload]
    gates: Upload

    @property
    def uploads(self) -> list[Upload]:
        """Return all files, in the order in which they go."""
        return [*self.suites, self.gates]


def check(path: str) -> Findings:
    """Look at a gates file and its suites as ``greenlight validate`` does.

    Raises:
        CannotRunError: When it is no file, or a suite.
    """
    if path == STANDARD_INPUT:
        raise CannotRunError(["standard input has no suites beside it; name the gates file"])
    findings = check_files([path])
    if findings.files[0].kind is Kind.SUITE:
        raise CannotRunError([f"{path} is a suite; push the gates file that names it, and the suite goes with it"])
    return findings


def plan(path: str, target: Source) -> Plan:
    """Work out what goes where, for a gates file without mistakes.

    Args:
        path: The gates file.
        target: Where it goes.

    Raises:
        CannotRunError: When a suite has no place beside it.
    """
    source = Source("file", path)
    suites: dict[str, Upload] = {}
    for here in smoke_checks(read_document(path)):
        name = str(here.data["file"])
        found = locate(name, source, place=here.place(("file",)))
        if ":" in name:
            continue  # at a location of its own, and not of this machine
        there = target.beside(name)
        if posixpath.isabs(name) or there.path.startswith(".."):
            raise CannotRunError([f"{here.place(('file',))} names {name}, which has no place beside {target}"])
        suites[str(there)] = Upload(name=found.path, target=there, data=read_bytes(found.path))
    if str(target) in suites:
        raise CannotRunError([f"{target} would be the gates file and a suite of it; give the gates file another name"])
    return Plan(suites=tuple(suites.values()), gates=Upload(name=path, target=target, data=read_bytes(path)))
