"""What the YAML parser stumbled over, in the words of the person who wrote it."""

import re
from typing import Any, Final

import yaml

from greenlight.documents.mistakes import Mistake

TEMPLATE_CURE: Final = 'a text that begins with {{ needs quotes: "{{ name }}"'

_UNQUOTED_TEMPLATE: Final = re.compile(r"[:-]\s+\{\{")
_SOURCE: Final = re.compile(r'\s*in "<[a-z ]+>", position \d+')


def syntax_mistake(error: Exception, text: str, name: str) -> Mistake:
    """Return the mistake that an error of the parser is.

    Args:
        error: Of PyYAML, or of Python's own decoding.
        text: The whole document.
        name: What to call it.
    """
    line: int | None = None
    problem = _SOURCE.sub("", " ".join(str(error).split()))
    cure = ""
    if isinstance(error, yaml.MarkedYAMLError):
        mark, begin = error.problem_mark or error.context_mark, error.context_mark
        if begin and "could not find expected ':'" in str(error.problem):
            mark = begin  # the parser notices a line too late
        line = mark.line + 1 if mark else None
        problem = " ".join(str(part) for part in (error.problem, error.context) if part)
        if begin and begin.line + 1 != line:
            problem += f" that begins in line {begin.line + 1}"
        cure = _cure(str(error.problem), mark, text)
    elif isinstance(error, yaml.reader.ReaderError):
        line = text.encode()[: error.position].count(b"\n") + 1
    if _UNQUOTED_TEMPLATE.search(text):
        cure = TEMPLATE_CURE
    return Mistake(name if line is None else f"{name}:{line}", f"is not valid YAML: {problem}{cure and '; '}{cure}")


def _cure(problem: str, mark: Any, text: str) -> str:
    line = _line(text, mark.line) if mark else ""
    here = line[mark.column : mark.column + 1] if mark else ""
    if "mapping values are not allowed" in problem:
        if re.search(r":\s", line[: mark.column]):
            return 'a text with a colon in it needs quotes: "like: this"'
        return "begin the line where its neighbours begin; it is indented further than they are"
    if "cannot start any token" in problem:
        return "indent with spaces, not with tabs" if here == "\t" else f"a text that begins with {here} needs quotes"
    if "could not find expected ':'" in problem:
        return "write a colon and a space after the key"
    if "unknown escape character" in problem:
        return "where backslashes are meant as such, write single quotes: '\\d+'"
    if "unexpected end of stream" in problem:
        return "the quote is never closed"
    return ""


def _line(text: str, number: int) -> str:
    """Return a line as the parser counts them."""
    lines = re.split(r"\r\n|[\r\n\x85\u2028\u2029]", text)
    return lines[number] if number < len(lines) else ""
