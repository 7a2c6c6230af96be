"""A gates file and the suites it names as one object, for hooks that cannot see this machine's files."""

from pathlib import Path
from typing import Any

from greenlight.documents import DocumentError, Mistake, parse


def inline_gates(path: Path) -> dict[str, Any]:
    """Read a gates file and put the suites that lie beside it in the place of their names.

    Mistakes in what it says are left to the hooks, which tell them best.

    Args:
        path: The gates file.

    Raises:
        DocumentError: When it or a suite is not strict YAML, or it is no mapping.
        OSError: When it or a suite cannot be read.
    """
    gates = _read(path)
    if not isinstance(gates, dict):
        raise DocumentError([Mistake(path.name, "is no gates file; it has to be a mapping of stages to checks")])
    return {stage: _gate(settings, path.parent) for stage, settings in gates.items()}


def _gate(gate: Any, folder: Path) -> Any:
    return {kind: _checks(checks, folder) for kind, checks in gate.items()} if isinstance(gate, dict) else gate


def _checks(checks: Any, folder: Path) -> Any:
    return [_check(check, folder) for check in checks] if isinstance(checks, list) else _check(checks, folder)


def _check(check: Any, folder: Path) -> Any:
    location = check.get("file") if isinstance(check, dict) else None
    if not isinstance(location, str) or ":" in location:
        return check
    rest = {key: item for key, item in check.items() if key != "file"}
    return {**rest, "suite": _read(folder / location)}


def _read(path: Path) -> Any:
    return parse(path.read_text(encoding="utf-8"), path.name).data
