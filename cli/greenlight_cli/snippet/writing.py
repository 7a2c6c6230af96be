"""YAML and JSON as people write them: lists of words stand in one line."""

import json
import re
import sys
from typing import Any, Final

import yaml

# No text of JSON holds a line break, so that this can only be a list.
_WORDS: Final = re.compile(r'\[\n\s+("[^"\n]*"(?:,\n\s+"[^"\n]*")*)\n\s*\]')
_BETWEEN: Final = re.compile(r",\n\s+")


class _Dumper(yaml.SafeDumper):
    """Indents lists, too."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's
        super().increase_indent(flow, indentless=False)


def _list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
    words = all(isinstance(item, str) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=words)


_Dumper.add_representer(list, _list)


def as_yaml(document: Any) -> str:
    """Write YAML; no text is folded, or nobody would find it again."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize)


def as_json(document: Any, indent: int = 2) -> str:
    """Write JSON, which is TypeScript and, without true, false and null, Python as well.

    Args:
        document: What to write.
        indent: Spaces of each level.
    """
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    return _WORDS.sub(lambda found: "[" + _BETWEEN.sub(", ", found[1]) + "]", text)
