"""Gates files and suites as they stand on this machine."""

import sys
from pathlib import Path
from typing import Final

from greenlight.documents import MAX_BYTES, Document, DocumentError, Mistake, parse_bytes
from greenlight_cli.errors import UnreadableError

STANDARD_INPUT: Final = "-"


def name_of(path: str) -> str:
    """Return what to call a file in messages."""
    return "<stdin>" if path == STANDARD_INPUT else path


def read_document(path: str) -> Document:
    """Read a file, or standard input for ``-``.

    Raises:
        DocumentError: When it cannot be read, or is no YAML.
    """
    name = name_of(path)
    try:
        data = read_bytes(path)
    except UnreadableError as error:
        raise DocumentError([Mistake(name, str(error))]) from error
    return parse_bytes(data, name)


def read_bytes(path: str) -> bytes:
    """Read a file, or standard input for ``-``; of a larger one, a byte more than is allowed.

    Raises:
        UnreadableError: When that cannot be done.
    """
    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise UnreadableError(error) from error
