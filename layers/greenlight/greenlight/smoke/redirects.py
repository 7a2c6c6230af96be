"""Where a redirect leads, compared with where it should."""

from collections.abc import Iterator, Mapping
from typing import Any

from greenlight.smoke.comparisons import Finding, compare
from greenlight.smoke.operators import Operators
from greenlight.smoke.outgoing import Target
from greenlight.smoke.paths import Found
from greenlight.smoke.patterns import Pattern
from greenlight.smoke.reply import Reply
from greenlight.smoke.values import MISSING


def where_to(
    operators: Operators, reply: Reply, values: Mapping[str, Any], target: Target, base: str
) -> Iterator[Finding]:
    """Compare the location of a redirect.

    One on the listener is compared as path and query, unless the suite wrote it with its host: servers write their own
    name, an old one or none into it, and users mean the same page by all of them.

    Parameters:
        operators: What it has to be.
        reply: What came.
        values: For templates.
        target: Whom the request was for.
        base: What was asked for, which a relative location starts from.
    """
    sent = reply.header("Location")
    for name in type(operators).model_fields:
        if name in operators.model_fields_set:
            operand = getattr(operators, name)
            location: Any = MISSING if sent is None else sent
            if sent is not None and not _names_a_host(operand):
                location = target.on_listener(sent, base) or sent
            yield compare(name, operand, Found(location, sent is not None), values, textual=True)


def _names_a_host(operand: Any) -> bool:
    text = operand.text if isinstance(operand, Pattern) else operand
    return any("//" in each for each in (text if isinstance(text, list) else [text]) if isinstance(each, str))
