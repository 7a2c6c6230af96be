"""The words that editors show of a model: its title, and of each key what it is for, its default and its examples."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from greenlight_cli.schemas.draft7 import keys_of
from greenlight_cli.schemas.examples import MORE, MORE_OF_A_CHECK
from greenlight_cli.schemas.texts import KEYS, TITLES
from greenlight_cli.schemas.texts_of_checks import KEYS_OF_A_CHECK, KEYS_OF_CHECKS

_OPERATORS: Final = frozenset({"BodyOperators", "Operators"})
"""The models of which a key that is not given asks for nothing, whatever its default."""


def with_words(name: str, schema: Mapping[str, Any], *, is_check: bool) -> dict[str, Any]:
    """Add the words to the schema of a model.

    Args:
        name: Of the model.
        schema: With descriptions from docstrings, for keys of which ``texts`` says nothing.
        is_check: Whether it is a kind of check, which has keys that all of them have.
    """
    texts = (KEYS_OF_A_CHECK if is_check else {}) | dict(KEYS.get(name) or KEYS_OF_CHECKS.get(name, {}))
    more = (MORE_OF_A_CHECK if is_check else {}) | dict(MORE.get(name, {}))
    keys = {
        key: _described(keys_of(schema)[key] | more.get(key, {}), texts.get(key), has_default=name not in _OPERATORS)
        for key in sorted(keys_of(schema), key=[*texts, *keys_of(schema)].index)
    }
    rest = {key: value for key, value in schema.items() if key not in {"title", "description", "properties"}}
    return {"title": TITLES.get(name) or _title(name), **rest, "properties": keys}


def _described(schema: Mapping[str, Any], text: str | None, *, has_default: bool) -> dict[str, Any]:
    """Say the default in words as well: editors show a description, and no default."""
    description = text or schema.get("description", "")
    rest = {key: value for key, value in schema.items() if key != "description" and (has_default or key != "default")}
    if "default" in rest:
        default = rest["default"]
        description += f" Default: {default if isinstance(default, str) else json.dumps(default)}."
    return {"description": description, **rest}


def _title(name: str) -> str:
    """Return what the name of a model says: ``TaskDefinitionSettings`` are of a task definition."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Settings")).lower()
