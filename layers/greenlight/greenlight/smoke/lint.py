"""What can be seen to be wrong only across several keys of a suite.

It looks at the raw document, so that these mistakes are told together with those of single keys; whatever has not the
expected shape is passed over here, because the model tells it.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from greenlight.documents import Document, DocumentError, Mistake
from greenlight.documents.source import MAX_DEPTH, Path
from greenlight.smoke import templates
from greenlight.smoke.known_names import KnownNames
from greenlight.smoke.values import deeper_than, leaves

_REQUEST_KEYS = (
    *("path", "method", "query", "headers", "json", "body", "form"),
    *("timeout", "retries", "follow_redirects"),
    *("expect", "warn", "captures", "repeat", "compare"),
)
_BODIES = ("json", "body", "form")
_SENT = ("path", "query", "headers", "json", "body", "form")
_EXPECTED = ("expect", "warn")
_NOT_FILLED = ("name", "captures", "tags", "skip", "repeat", "compare")
_UNSAFE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

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
        for path, value in leaves(document.data, ())
        if isinstance(value, float) and not math.isfinite(value)
    ]
    if mistakes:
        raise DocumentError(mistakes)


def lint(document: Document) -> list[Mistake]:
    """Find the mistakes that span several keys."""
    suite = _mapping(document.data)
    tests, setup = _entries(suite, "tests", ()), _entries(suite, "setup", ())
    defaults, identity = _mapping(suite.get("defaults")), _mapping(suite.get("identity"))
    known = KnownNames(set(_mapping(suite.get("variables"))), set(_mapping(suite.get("secrets"))))
    first = known.copy()
    found = [
        *_repeated_names(tests),
        *_repeated_names(setup),
        *_literal_templates(suite),
        *first.unknown(("identity",), _only(identity, (*_SENT, *_EXPECTED))),
        *(_inherited(("identity",), identity, defaults, first) if identity else ()),
        *_in_order(setup, known, defaults),
    ]
    # What setup captured is there for all tests, and so for what they have from the defaults.
    all_tests = KnownNames(known.names, known.secrets)
    found += all_tests.unknown(("defaults",), defaults)
    for place, test in tests:
        found += _of_test(place, test, all_tests.copy())
    return [Mistake(document.place(path), text) for path, text in found]


def _of_test(place: Path, test: Mapping[str, Any], known: KnownNames) -> Iterator[tuple[Path, str]]:
    steps = _entries(test, "steps", place)
    if "steps" in test:
        yield from _repeated_names(steps)
        for key in _REQUEST_KEYS:
            if key in test:
                yield (*place, key), "stands beside steps; a test is one request or steps, so move it into a step"
    else:
        steps = [(place, test)]
        yield from _of_rounds(place, test)
    yield from _in_order(steps, known)


def _in_order(
    steps: list[Entry], known: KnownNames, defaults: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[tuple[Path, str]]:
    """Look at steps that run one after the other; what they capture is known from then on."""
    known.later = {name: str(step.get("name")) for _, step in steps for name in _mapping(step.get("captures"))}
    for where, step in steps:
        yield from _of_request(where, step)
        yield from known.unknown(where, _only(step, _SENT))
        yield from _inherited(where, step, defaults, known)
        captures = set(_mapping(step.get("captures")))
        for name in sorted(captures & known.fixed):
            yield (*where, "captures", name), f'"{name}" has a value already; choose another name'
        known.names |= captures
        yield from known.unknown(where, _only(step, _EXPECTED))


def _inherited(
    place: Path, request: Mapping[str, Any], defaults: Mapping[str, Any], known: KnownNames
) -> Iterator[tuple[Path, str]]:
    """Find what a request before the tests has from the defaults, and has no value yet."""
    own = {str(name).lower() for name in _mapping(request.get("headers"))}
    for name, value in _mapping(defaults.get("headers")).items():
        for used in templates.names(value):
            if name.lower() not in own and "." not in used and used not in known.names:
                cure = f"drop it here with headers: {{{name}: null}}"
                yield (
                    (*place, "headers"),
                    f"sends {name} from the defaults, where {{{{ {used} }}}} has no value yet; {cure}",
                )


def _of_rounds(place: Path, test: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for first, second, why in (
        ("repeat", "retries", "repeated requests are judged over all of them; allow failures with min_success"),
        ("repeat", "captures", "which of the replies should they come from?"),
        ("repeat", "compare", "make two tests of it"),
    ):
        if first in test and second in test:
            yield (*place, second), f"stands beside {first}: {why}"
    compare, method = _mapping(test.get("compare")), test.get("method", "GET")
    if "compare" in test and method in _UNSAFE_METHODS and compare.get("allow_unsafe") is not True:
        yield (
            (*place, "compare"),
            f"would send {method} to production as well; write allow_unsafe: true if that does no harm",
        )


def _of_request(place: Path, request: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    if "path" not in request:
        yield (*place, "path"), 'is missing; "path" has to be given'
    for path, value in leaves(_only(request, _NOT_FILLED), place):
        if isinstance(value, str) and "{{" in value:
            yield path, "holds a template, and templates are not filled in here"
    expect = _mapping(request.get("expect"))
    if request.get("follow_redirects") is True and "redirect_to" in expect:
        yield (*place, "follow_redirects"), "stands beside expect.redirect_to, which looks at the redirect itself"
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
    for path, value in leaves(_mapping(suite.get("variables")), ("variables",)):
        if isinstance(value, str) and "{{" in value:
            yield path, "holds a template; variables are plain values, so write the template where the variable is used"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _only(mapping: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: mapping[key] for key in keys if key in mapping}


def _entries(parent: Mapping[str, Any], key: str, place: Path) -> list[Entry]:
    entries = parent.get(key)
    if not isinstance(entries, list):
        return []
    return [((*place, key, index), entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]
