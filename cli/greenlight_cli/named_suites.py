"""Which suites a gates file names, as far as its shape lets that be seen."""

from collections.abc import Iterator

from greenlight.documents import Document
from greenlight.stages import Stage


def smoke_checks(document: Document) -> Iterator[Document]:
    """Give the settings of every smoke check with a ``file``, also of a gates file that is not what it should be."""
    for stage in Stage:
        gate = document.data.get(stage.lower())
        smoke = gate.get("smoke") if isinstance(gate, dict) else None
        for index, check in enumerate(smoke if isinstance(smoke, list) else [smoke]):
            if isinstance(check, dict) and isinstance(check.get("file"), str):
                yield document.at((stage.lower(), "smoke", index))
