"""Paths into JSON: plain ones are walked here, so that a missing key and null differ; the rest is JMESPath."""

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from greenlight.smoke.values import MISSING

MAX_CHARACTERS: Final = 1000

_PART = re.compile(r'\.?([A-Za-z_][A-Za-z0-9_]*)|\.?("(?:[^"\\]|\\.)*")|\[(-?[0-9]{1,9})\]')

# What the people who come from JSONPath write most: ['key'], and filters with @., bare numbers and double quotes.
_BRACKETED_KEY = re.compile(r"\['([^'\"]*)'\]")
_FILTER = re.compile(r"\[\?\s*\((.*?)\)\s*\]")
_COMPARED = re.compile(r"(==|!=|<=|>=|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?|true|false|null)\b")


class PathError(ValueError):
    """When a path is no JMESPath, or cannot be applied to what a reply holds."""


class Found(NamedTuple):
    """What stands at a path: the value (MISSING when there is none) and whether it counts as existing."""

    value: Any
    exists: bool


@dataclass(frozen=True)
class Path:
    """A path that was understood when the suite was loaded.

    Attributes:
        text: As written.
        parts: Keys and indexes of a plain path; None for anything beyond.
        expression: The compiled JMESPath where it is not plain.
    """

    text: str
    parts: tuple[str | int, ...] | None = field(compare=False, repr=False)
    expression: Any = field(compare=False, repr=False)

    def find(self, document: Any) -> Found:
        """Look into a document. Where an expression gives null, nothing exists, though the value is null.

        Raises:
            PathError: When a function of the expression does not take what the document holds.
        """
        if self.parts is not None:
            value = _walk(document, self.parts)
            return Found(value, value is not MISSING)
        try:
            value = self.expression.search(document)
        except (JMESPathError, ValueError, TypeError, ArithmeticError, LookupError, RecursionError) as error:
            raise PathError(f"cannot be worked out here: {_first_line(error)}") from error
        return Found(value, value is not None)


def compile_path(text: str) -> Path:
    """Understand a path.

    Raises:
        PathError: When it is neither plain nor JMESPath, with the cure.
    """
    if len(text) > MAX_CHARACTERS:
        raise PathError(f"a path has at most {MAX_CHARACTERS} characters, this one has {len(text)}")
    if not text.strip():
        raise PathError('is an empty path; write "@" for the whole document')
    parts = _plain_parts(text)
    if parts is not None:
        return Path(text, parts, None)
    try:
        expression = _compiled(text)
    except PathError as error:
        if _looks_like_jsonpath(text):
            raise PathError(f"this is JSONPath; {_as_jmespath(text)}") from error
        raise
    return Path(text, None, expression)


def _plain_parts(text: str) -> tuple[str | int, ...] | None:
    parts: list[str | int] = []
    position = 1 if text[0] in "$@" else 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return None
        key, quoted, index = match.groups()
        if index is None and (text[position] == ".") == (position == 0):
            return None  # a first key has no dot before it, any other has
        try:
            parts.append(key or (int(index) if index else json.loads(quoted)))
        except json.JSONDecodeError:
            return None
        position = match.end()
    return tuple(parts)


def _walk(document: Any, parts: tuple[str | int, ...]) -> Any:
    for part in parts:
        if isinstance(part, str):
            if not isinstance(document, dict) or part not in document:
                return MISSING
        elif not isinstance(document, list) or not -len(document) <= part < len(document):
            return MISSING
        document = document[part]
    return document


def _compiled(text: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PendingDeprecationWarning)
            expression: Any = jmespath.compile(text)
        for problem in _problems(expression.parsed):
            raise PathError(problem)
    except JMESPathError as error:
        raise PathError(f"is no JMESPath: {_first_line(error)}{_cure(text)}") from error
    except PendingDeprecationWarning as error:
        raise PathError("holds a literal in backticks that is no JSON; write texts in single quotes: 'up'") from error
    except RecursionError as error:
        raise PathError("nests too deeply for a path") from error
    return expression


def _problems(node: dict[str, Any], *, argument: bool = False) -> Iterator[str]:
    """Find what JMESPath would refuse only at run time: unknown functions, their arguments, stray expressions."""
    called = node["type"] == "function_expression"
    if called:
        function = Functions.FUNCTION_TABLE.get(node["value"])
        if function is None:
            yield f"there is no function {node['value']}() in JMESPath"
        else:
            signature, given = function["signature"], len(node["children"])
            variadic = bool(signature) and bool(signature[-1].get("variadic"))
            if given < len(signature) or (given > len(signature) and not variadic):
                yield f"{node['value']}() takes {len(signature)} argument(s), not {given}"
    elif node["type"] == "expref" and not argument:
        yield "an expression with & stands only in the arguments of a function"
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _problems(child, argument=called)


def _cure(text: str) -> str:
    if "{{" in text:
        return "; templates are not filled in inside paths"
    if re.search(r"[A-Za-z0-9]-[A-Za-z0-9]", text):
        return '; a key with a hyphen stands in double quotes: "request-id"'
    if _COMPARED.search(text):
        return "; numbers, true, false and null stand in backticks: [?id==`1`]"
    return ""


def _looks_like_jsonpath(text: str) -> bool:
    return text.startswith("$") or ".." in text or _BRACKETED_KEY.search(text) is not None or "@." in text


def _as_jmespath(text: str) -> str:
    """Say what to write instead of a JSONPath."""
    if ".." in text:
        return 'write JMESPath, which has no ".."; name the keys on the way'
    rewritten = _FILTER.sub(lambda match: f"[?{_filter(match[1])}]", text.removeprefix("$"))
    rewritten = _BRACKETED_KEY.sub(lambda match: f'."{match[1]}"', rewritten).removeprefix(".")
    return f"write {rewritten}" if _is_understood(rewritten) else "write JMESPath: https://jmespath.org"


def _is_understood(text: str) -> bool:
    try:
        return bool(text) and (_plain_parts(text) is not None or _compiled(text) is not None)
    except PathError:
        return False


def _filter(condition: str) -> str:
    return _COMPARED.sub(r"\1`\2`", condition.replace("@.", "").replace('"', "'"))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(" :")
