"""What can be seen to be wrong only across several keys of a suite.

It looks at the raw document, so that these mistakes are told together with those of single keys; whatever has not the
expected shape is passed over here, because the model tells it.
"""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from greenlight.documents import Document, DocumentError, Mistake
from greenlight.documents.source import MAX_DEPTH, Path
from greenlight.smoke import templates
from greenlight.smoke.model import NAMESPACES
from greenlight.smoke.values import deeper_than

_REQUEST_KEYS = ("path", "method", "query", "headers", "json", "body", "form", "expect", "warn", "captures")
_BODIES = ("json", "body", "form")
_SENT = ("path", "query", "headers", "json", "body", "form")
_EXPECTED = ("expect", "warn")
_NOT_FILLED = ("name", "captures", "tags", "skip")

Entry = tuple[Path, Mapping[str, Any]]


def refuse_impossible(document: Document) -> None:
    """Refuse what is no JSON document, however it came to be.

    Raises:
        DocumentError: When it nests beyond sense, or holds NaN or Infinity.
    """
    if deeper_than(document.data, MAX_DEPTH):
        raise DocumentError([Mistake(document.place(()), f"nests deeper than {MAX_DEPTH} levels")])
    mistakes = [
        Mistake(document.place(path), f"{value} is no finite number")
        for path, value in _leaves(document.data, ())
        if isinstance(value, float) and not math.isfinite(value)
    ]
    if mistakes:
        raise DocumentError(mistakes)


def lint(document: Document) -> list[Mistake]:
    """Find the mistakes that span several keys."""
    suite = _mapping(document.data)
    tests = _entries(suite, "tests", ())
    found = [
        *_repeated_names(tests),
        *_literal_templates(suite),
        *_unknown_names(("defaults",), _mapping(suite.get("defaults")), set(_mapping(suite.get("variables"))), {}),
    ]
    for place, test in tests:
        found += _of_test(place, test, set(_mapping(suite.get("variables"))))
    return [Mistake(document.place(path), text) for path, text in found]


def _of_test(place: Path, test: Mapping[str, Any], variables: set[str]) -> Iterator[tuple[Path, str]]:
    steps = _entries(test, "steps", place)
    if "steps" in test:
        yield from _repeated_names(steps)
        for key in _REQUEST_KEYS:
            if key in test:
                yield (*place, key), "stands beside steps; a test is one request or steps, so move it into a step"
    else:
        steps = [(place, test)]
    later = {name: str(step.get("name")) for _, step in steps for name in _mapping(step.get("captures"))}
    known = set(variables)
    for where, step in steps:
        yield from _of_request(where, step)
        yield from _unknown_names(where, _only(step, _SENT), known, later)
        captures = set(_mapping(step.get("captures")))
        for name in captures & variables:
            yield (*where, "captures", name), f'is a variable already; choose another name than "{name}"'
        known |= captures
        yield from _unknown_names(where, _only(step, _EXPECTED), known, later)


def _of_request(place: Path, request: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if "path" not in request:
        yield (*place, "path"), 'is missing; "path" has to be given'
    for path, value in _leaves(_only(request, _NOT_FILLED), place):
        if isinstance(value, str) and "{{" in value:
            yield path, "holds a template, and templates are not filled in here"
    bodies = [key for key in _BODIES if key in request]
    for key in bodies[1:]:
        yield (*place, key), f"stands beside {bodies[0]}; a request has one body"


def _repeated_names(entries: list[Entry]) -> Iterator[tuple[Path, str]]:
    first: dict[str, Path] = {}
    for place, entry in entries:
        name = entry.get("name")
        if isinstance(name, str) and first.setdefault(name, place) != place:
            yield (*place, "name"), f'"{name}" is the name of {first[name][-2]}[{first[name][-1]}] already'


def _literal_templates(suite: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for path, value in _leaves(_mapping(suite.get("variables")), ("variables",)):
        if isinstance(value, str) and "{{" in value:
            yield path, "holds a template; variables are plain values, so write the template where the variable is used"


def _unknown_names(
    place: Path, request: Mapping[str, Any], known: set[str], later: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    for path, value in _leaves(request, place):
        if any("{{" in key for key in path if isinstance(key, str)):
            yield path, "stands under a key with a template; templates are filled in in values only"
        if not isinstance(value, str) or "{{" not in value:
            continue
        if "{{" in templates.with_samples(value):
            yield path, "opens a template that is none; write {{ name }} or {{ namespace.key }}"
        for name in templates.names(value):
            problem = _unknown(name, known, later)
            if problem:
                yield path, f"{{{{ {name} }}}} {problem}"


def _unknown(name: str, known: set[str], later: Mapping[str, str]) -> str | None:
    namespace, dot, key = name.partition(".")
    if not dot:
        if name in known:
            return None
        if name in later:
            return f'is captured only in step "{later[name]}"'
        if name in NAMESPACES:
            return f"needs a key: {{{{ {name}.… }}}}"
        return f"is no variable, nor captured by an earlier step{_close(name, [*known, *_full_names()])}"
    if namespace not in NAMESPACES:
        return f'names nothing: "{namespace}" is none of {", ".join(NAMESPACES)}{_close(name, _full_names())}'
    keys = NAMESPACES[namespace]
    if keys is None or key in keys:
        return None
    return f"names nothing: {namespace} has {', '.join(sorted(keys))}{_close(name, _full_names())}"


def _full_names() -> list[str]:
    return [f"{namespace}.{key}" for namespace, keys in NAMESPACES.items() for key in keys or ()]


def _close(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path, value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _only(mapping: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: mapping[key] for key in keys if key in mapping}


def _entries(parent: Mapping[str, Any], key: str, place: Path) -> list[Entry]:
    entries = parent.get(key)
    if not isinstance(entries, list):
        return []
    return [((*place, key, index), entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]
