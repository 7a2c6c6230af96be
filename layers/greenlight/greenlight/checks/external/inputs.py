"""What is handed to the work: the templates in it, ``{{ green.image }}``, ``{{ run.id }}`` or ``{{ stage }}``."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from greenlight.checks.base import CheckContext
from greenlight.deployment import Deployment, DeploymentError
from greenlight.documents import Document, DocumentError, Mistake, shown
from greenlight.smoke.model import NAMESPACES
from greenlight.smoke.templates import fill, fill_text, names, with_samples
from greenlight.smoke.values import leaves

RUN_VARIABLE: Final = "GREENLIGHT_RUN"
"""The environment variable that tells whose work it is."""

_KNOWN: Final = ("stage", *(f"{name}.{key}" for name, keys in NAMESPACES.items() for key in sorted(keys or ())))
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        problem = "is no name of an environment variable; use letters, digits and _, and start with none of the digits"
    elif name.startswith("CODEBUILD_") or name == RUN_VARIABLE:
        problem = f"{name} is not for gates files to set; choose another name"
    else:
        return name
    raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if value is None:
        problem = 'has no value; write "" for an empty one'
    else:
        problem = (
            f"has to be plain text, found {shown(value)}; a secret belongs into the definition of the work itself, "
            "which can refer to the Parameter Store or to Secrets Manager"
        )
    raise PydanticCustomError("greenlight", "{problem}", {"problem": problem})


PlainText = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""A text, which may be written as a number or as true or false."""

Environment = dict[Annotated[str, AfterValidator(_variable)], PlainText]
"""Environment variables, in plain text."""


def refuse_unknown_names(here: Document, inputs: Mapping[str, Any]) -> None:
    """Look at the templates in a check's settings.

    Args:
        here: The settings as they stand in the gates file.
        inputs: Those settings that take templates, by their key.

    Raises:
        DocumentError: With every template that names nothing.
    """
    mistakes = [Mistake(here.place(path), text) for path, text in _unknown(inputs)]
    if mistakes:
        raise DocumentError(mistakes)


def _unknown(inputs: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for path, value in leaves(dict(inputs)):
        if any("{{" in key for key in path if isinstance(key, str)):
            yield path, "stands under a key with a template; templates are filled in in values only"
        if not isinstance(value, str) or "{{" not in value:
            continue
        if "{{" in with_samples(value):
            yield path, "opens a template that is none; write {{ stage }} or {{ namespace.key }}"
        for name in names(value):
            if name not in _KNOWN:
                yield path, f"{{{{ {name} }}}} {_problem(name)}"


def _problem(name: str) -> str:
    if name.partition(".")[0] == "secrets":
        return "is not handed on to other services; let the work read the secret itself"
    close = difflib.get_close_matches(name, _KNOWN, n=1)
    cure = f'did you mean "{close[0]}"?' if close else f"there are: {', '.join(_KNOWN)}"
    return f"names nothing; {cure}"


def filled(value: Any, context: CheckContext) -> Any:
    """Fill in the templates of a value; one that is a template alone keeps the type of what it names.

    Raises:
        DeploymentError: When ECS does not tell what is needed for it.
    """
    return fill(value, _values(value, context))


def filled_text(text: str, context: CheckContext) -> str:
    """Fill in the templates of a text, which stays a text.

    Raises:
        DeploymentError: When ECS does not tell what is needed for it.
    """
    return fill_text(text, _values(text, context))


def filled_texts(texts: Sequence[str], context: CheckContext) -> list[str]:
    """Fill in the templates of several texts.

    Raises:
        DeploymentError: When ECS does not tell what is needed for it.
    """
    return [filled_text(text, context) for text in texts]


def _values(value: Any, context: CheckContext) -> dict[str, Any]:
    """Look up what the templates name, and only that."""
    used = set(names(value))
    known: dict[str, Any] = {"stage": context.stage, "run.id": context.run_id}
    for namespace in ("green", "blue"):
        if any(name.startswith(f"{namespace}.") for name in used):
            known |= {f"{namespace}.{key}": each for key, each in _variables(context.deployment, namespace).items()}
    empty = sorted(name for name in used if known.get(name) is None)
    if empty:
        raise DeploymentError(f"{{{{ {empty[0]} }}}} has no value in this deployment; use another template")
    return known


def _variables(deployment: Deployment, namespace: str) -> Mapping[str, Any]:
    revision = deployment.green() if namespace == "green" else deployment.blue()
    if revision is None:
        raise DeploymentError(
            "the settings use {{ blue.* }}, and there is no blue in a first deployment; set on_create: skip"
        )
    return revision.variables()
