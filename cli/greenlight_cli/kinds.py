"""Which of the two kinds of files a document is, by its keys; also when some of them are misspelt."""

import difflib
from collections.abc import Collection
from enum import Enum
from typing import Any, Final

from greenlight.documents import Document, Mistake, shown
from greenlight.smoke.model import SuiteFile
from greenlight.stages import Stage

_STAGES: Final = frozenset(stage.lower() for stage in Stage)
_GATES_KEYS: Final = _STAGES | {"service"}
_GATES_HINTS: Final = frozenset({"gates", "stages"})
_SUITE_KEYS: Final = frozenset(SuiteFile.model_fields) - {"version"}
_SURE, _LIKELY = 3, 1
_LOOKS: Final = (
    "a gates file has stages, as `post_test_traffic_shift: {smoke: {file: smoke.yaml}}`; "
    "a suite has tests, as `tests: [{name: health, path: /health}]`"
)


class Kind(Enum):
    """What a file is."""

    GATES = "gates file"
    SUITE = "smoke suite"


def kind_of(document: Document) -> Kind | None:
    """Return what a document is; None when it looks like neither, or like both."""
    if not isinstance(document.data, dict):
        return None
    gates = _likeness(document.data, _GATES_KEYS, _GATES_HINTS)
    suite = _likeness(document.data, _SUITE_KEYS, SuiteFile.hints)
    if gates == suite:
        return None
    return Kind.GATES if gates > suite else Kind.SUITE


def neither(document: Document) -> Mistake:
    """Return the mistake of a document that is neither, which tells what both look like."""
    found = "" if isinstance(document.data, dict) else f", found {shown(document.data)}"
    return Mistake(document.place(()), f"is neither a gates file nor a smoke suite{found}; {_LOOKS}")


def _likeness(data: dict[str, Any], keys: Collection[str], hints: Collection[str]) -> int:
    return sum(_SURE if key.lower() in keys else _LIKELY if _resembles(key, keys, hints) else 0 for key in data)


def _resembles(key: str, keys: Collection[str], hints: Collection[str]) -> bool:
    return key in hints or bool(difflib.get_close_matches(key.lower(), keys, n=1, cutoff=0.8))
