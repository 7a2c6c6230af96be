"""What docstrings say of models, for the kinds of checks of which ``texts`` says nothing: each comes with its own words."""

import inspect
import re
import sys
from typing import Final

_CHECKS: Final = "greenlight.checks"
_ATTRIBUTES: Final = re.compile(r"^Attributes:\n(.*?)(?:\n\S|\Z)", re.DOTALL | re.MULTILINE)
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.*(?:\n     .*)*)", re.MULTILINE)
_KIND: Final = re.compile(r"The \w+ check: (.)")


def attributes_of(model: type) -> dict[str, str]:
    """Return what the docstrings of a model and of its bases say of its attributes."""
    told: dict[str, str] = {}
    for base in reversed(model.__mro__):
        section = _ATTRIBUTES.search(inspect.cleandoc(base.__doc__ or ""))
        for name, text in _ATTRIBUTE.findall(section[1]) if section else ():
            told[name] = _plain(text)
    return told


def purpose_of(settings: type) -> str:
    """Return what a kind of check is for: the first sentence of its module, or package."""
    kind = settings.__module__.removeprefix(f"{_CHECKS}.").partition(".")[0]
    first = _plain((sys.modules[f"{_CHECKS}.{kind}"].__doc__ or "").partition("\n\n")[0])
    return _KIND.sub(lambda match: match[1].upper(), first)


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "").split())
