"""The API's words in the spelling of other tools. What stands in ``hookDetails`` is the function's own, and keeps its spelling."""

import re
from collections.abc import Callable
from typing import Any, Final

_HUMP: Final = re.compile(r"(?<!^)(?=[A-Z])")
_DETAILS: Final = "hookDetails"


def respelt(value: Any, spell: Callable[[str], str]) -> Any:
    """Return a document with the keys of every object spelt otherwise.

    Args:
        value: The document, in the API's words.
        spell: Spells one key.
    """
    if isinstance(value, dict):
        return {spell(key): item if key == _DETAILS else respelt(item, spell) for key, item in value.items()}
    if isinstance(value, list):
        return [respelt(item, spell) for item in value]
    return value


def capitalised(key: str) -> str:
    """Spell a key as CloudFormation does: ``hookTargetArn`` is ``HookTargetArn``."""
    return key[:1].upper() + key[1:]


def underscored(key: str) -> str:
    """Spell a key as Terraform does: ``hookTargetArn`` is ``hook_target_arn``."""
    return _HUMP.sub("_", key).lower()
