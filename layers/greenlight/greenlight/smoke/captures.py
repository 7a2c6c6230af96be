"""Values for later steps, taken out of a reply."""

from collections.abc import Mapping
from typing import Any

from greenlight.smoke.model import Capture
from greenlight.smoke.paths import PathError
from greenlight.smoke.redaction import Redactor
from greenlight.smoke.reply import BodyTooLargeError, Reply
from greenlight.smoke.results import AssertionResult
from greenlight.smoke.values import MISSING, NotJsonError, as_text


class NotCapturedError(Exception):
    """When a reply does not hold what was to be captured."""


def capture_all(
    captures: Mapping[str, Capture], reply: Reply, values: dict[str, Any], redactor: Redactor
) -> list[AssertionResult]:
    """Add everything that can be captured to the values.

    Returns:
        One failed assertion for each value that was not found; null counts as nothing.
    """
    missing = []
    for name, capture in captures.items():
        try:
            value = _value(capture, reply)
        except BodyTooLargeError:
            continue  # told once, as the fault of the whole attempt
        except NotCapturedError as error:
            source = _source(capture)
            missing.append(
                AssertionResult(subject=f"capture {name}", expected=f"from {source}", actual=str(error), passed=False)
            )
        else:
            values[name] = value
            if capture.secret:
                redactor.add(value)
    return missing


def _value(capture: Capture, reply: Reply) -> Any:
    try:
        if capture.json_ is not None:
            value = capture.json_.find(reply.json).value
        elif capture.body is not None:
            value = capture.body.first_group(reply.text)
        elif capture.header is not None:
            value = reply.header(capture.header)
        else:
            value = reply.cookie(capture.cookie or "")
    except (NotJsonError, PathError) as error:
        raise NotCapturedError(str(error)) from error
    if value is None or value is MISSING:
        raise NotCapturedError(as_text(MISSING))
    return value


def _source(capture: Capture) -> str:
    if capture.json_ is not None:
        return f"json {capture.json_.text}"
    if capture.body is not None:
        return f"body {capture.body.text}"
    return f"header {capture.header}" if capture.header is not None else f"cookie {capture.cookie}"
