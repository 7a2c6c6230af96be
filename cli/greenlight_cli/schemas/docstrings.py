"""What docstrings say of models, for the kinds of checks of which ``texts`` says nothing: each comes with its own words."""

import inspect
import re
import sys
from typing import Final

from pydantic import BaseModel

_CHECKS: Final = "greenlight.checks"
_ATTRIBUTES: Final = re.compile(r"^Attributes:\n(.*?)(?:\n\S|\Z)", re.DOTALL | re.MULTILINE)
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.*(?:\n     .*)*)", re.MULTILINE)
_KIND: Final = re.compile(r"The \w+ check: (.)")


def attributes_of(model: type[BaseModel]) -> dict[str, str]:
    """Return what the docstrings of a model and of its bases say of its keys."""
    told: dict[str, str] = {}
    for base in reversed(model.__mro__):
        section = _ATTRIBUTES.search(inspect.cleandoc(base.__doc__ or ""))
        for name, text in _ATTRIBUTE.findall(section[1]) if section else ():
            field = model.model_fields.get(name)
            told[name if field is None else field.alias or name] = _plain(text)
    return told


def purpose_of(settings: type) -> str:
    """Return what a kind of check is for: the first sentence of its module, or of the package that it is in."""
    module = settings.__module__
    while module.startswith(f"{_CHECKS}."):
        first = _plain((sys.modules[module].__doc__ or "").partition("\n\n")[0])
        if _KIND.match(first):
            return _KIND.sub(lambda match: match[1].upper(), first)
        module = module.rpartition(".")[0]
    return ""


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "").split())
