"""Values that the command line gives to variables and to templates such as ``{{ green.image_tag }}``."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenlight.documents import DocumentError, parse
from greenlight.smoke.model import NAMESPACES
from greenlight_cli.errors import CannotRunError

_MORE_THAN_A_WORD = ("{", "[", '"', "'")


@dataclass(frozen=True)
class Values:
    """What ``--var`` gives.

    Attributes:
        variables: Values of the suite's variables.
        namespaces: Values of ``green``, ``blue`` and ``run``, by namespace and key.
    """

    variables: Mapping[str, Any]
    namespaces: Mapping[str, Mapping[str, Any]]


def parse_value(text: str) -> Any:
    """Read a value as JSON or a plain YAML word: ``3`` is a number, ``"3"`` and ``three`` are texts.

    Raises:
        DocumentError: When it begins as an object, an array or a quoted text, and is none.
    """
    if text.startswith(_MORE_THAN_A_WORD):
        return parse(text, "the value").data
    try:
        value = parse(text, "the value").data
    except DocumentError:  # to YAML, "#1" is a comment and "*" an alias; here they are texts
        return text
    return text if isinstance(value, str | dict | list) else value


def read_values(assignments: Iterable[tuple[str, str]], variables: Mapping[str, Any]) -> Values:
    """Read what ``--var`` gives.

    Args:
        assignments: Names and values, as written.
        variables: Those that the suite has.

    Raises:
        CannotRunError: With every name that nothing has, and every value that cannot be read.
    """
    given: dict[str, Any] = {}
    namespaces: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for name, text in assignments:
        try:
            # What ECS says of a revision is text, whatever it looks like.
            value = text if "." in name else parse_value(text)
        except DocumentError as error:
            problems.append(f"--var {name}: {error}")
            continue
        namespace, dot, key = name.partition(".")
        problem = _unknown(name, variables)
        if problem:
            problems.append(f"--var {name}: {problem}")
        elif dot:
            namespaces.setdefault(namespace, {})[key] = value
        else:
            given[name] = value
    if problems:
        raise CannotRunError(problems)
    return Values(given, namespaces)


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """Return the cure for a name that nothing has: the one that is meant, or all that there are."""
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"there are: {', '.join(names)}" if names else "there are none"


def _unknown(name: str, variables: Mapping[str, Any]) -> str | None:
    namespace, dot, key = name.partition(".")
    if not dot:
        return None if name in variables else f"the suite has no such variable; {did_you_mean(name, [*variables])}"
    if namespace == "secrets":
        return f"the command line is no place for secrets; write --secret {key}=ENVVAR"
    if key in (NAMESPACES.get(namespace) or ()):
        return None
    names = sorted(f"{space}.{key}" for space, keys in NAMESPACES.items() for key in keys or ())
    return f"no template can name it; {did_you_mean(name, names)}"
