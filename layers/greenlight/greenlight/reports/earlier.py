"""What an earlier invocation found out, taken over from its report: a verdict rests on all of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from greenlight.reports.schema import DOCUMENT
from greenlight.reports.shapes import ShapeError

_SAME_FACTS = ("deployment", "stage")
_SAME_CHECK = ("name", "kind", "outcome")
_SAME_TEST = ("name", "outcome")


def leans_on_earlier(document: Mapping[str, Any]) -> bool:
    """Tell whether a report knows of something only that it was done in an earlier invocation, and how it came out."""
    return any(not check["fresh"] or any(map(_lacking, _tests(check["suite"]))) for check in document["checks"])


def with_earlier(document: Mapping[str, Any], previous: Any) -> dict[str, Any]:
    """Return a report in which the previous invocation's report fills what this one knows only the outcome of.

    Args:
        document: This invocation's report.
        previous: What was read as the previous one's; where it is anything else, nothing is taken from it.
    """
    try:
        found = DOCUMENT(previous)
    except ShapeError:
        return dict(document)
    if any(document["facts"].get(fact) != found["facts"].get(fact) for fact in _SAME_FACTS):
        return dict(document)
    return {**document, "checks": [_check(check, found["checks"]) for check in document["checks"]]}


def _check(check: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not check["fresh"]:
        same = _same(check, earlier, _SAME_CHECK)
        return {**check, "suite": same["suite"], "details": same["details"]} if same else dict(check)
    same = _same(check, earlier, ("name", "kind"))
    if check["suite"] is None or same is None or same["suite"] is None:
        return dict(check)
    return {**check, "suite": _suite(check["suite"], same["suite"])}


def _suite(suite: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    phases = {
        phase: _test(suite[phase], [earlier[phase]])
        for phase in ("identity", "setup")
        if suite[phase] is not None and earlier[phase] is not None
    }
    return {**suite, **phases, "tests": [_test(test, earlier["tests"]) for test in suite["tests"]]}


def _test(test: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    same = _same(test, earlier, _SAME_TEST) if _lacking(test) else None
    if same is None:
        return dict(test)
    known = {key: same[key] for key in ("steps", "seconds", "why", "note")}
    return {**test, **known, "tags": test["tags"] or same["tags"]}


def _same(
    item: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> Mapping[str, Any] | None:
    return next((other for other in earlier if all(item[key] == other[key] for key in keys)), None)


def _tests(suite: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    phases = [suite["identity"], suite["setup"]] if suite else []
    return [test for test in phases if test] + (suite["tests"] if suite else [])


def _lacking(test: Mapping[str, Any]) -> bool:
    return test["earlier"] and not test["steps"]
