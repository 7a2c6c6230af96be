"""The findings that ``findings.txt`` holds for each broken set-up, and how they are read there."""

import json
import re
from pathlib import Path

PATH = Path(__file__).with_name("findings.txt")
_RANDOM = re.compile(r"\b[0-9a-f]{16}\b")


def expected():
    """Set-up → the lines of what has to be found."""
    sections = PATH.read_text(encoding="utf-8").split("### ")[1:]
    return {head: lines for head, *lines in (section.splitlines() for section in sections)}


def lines_of(output, ids):
    """The findings of a command's JSON that are not ok, a line each; IDs that differ from run to run go by a name."""
    lines = []
    for finding in json.loads(output)["findings"]:
        if finding["level"] == "ok":
            continue
        line = f"{finding['level'].upper()} {finding['place']}: {finding['text']}; {finding['cure']}"
        for name, identifier in ids.items():
            if isinstance(identifier, str):
                line = line.replace(identifier, f"{{{name}}}")
        lines.append(_RANDOM.sub("{id}", line))
    return lines
