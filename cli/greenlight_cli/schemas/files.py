"""The schemas as the files that editors read."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from greenlight_cli.schemas.building import gates_schema, suite_schema

FOLDER: Final = Path("docs/schemas")
"""Where the repository keeps them."""

FILES: Final[Mapping[str, Callable[[], dict[str, Any]]]] = MappingProxyType(
    {"gates.schema.json": gates_schema, "suite.schema.json": suite_schema}
)
"""What makes each of them."""


def as_text(schema: Mapping[str, Any]) -> str:
    """Write a schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Write every schema into a folder."""
    for name, schema in FILES.items():
        (folder / name).write_text(as_text(schema()), encoding="utf-8")
