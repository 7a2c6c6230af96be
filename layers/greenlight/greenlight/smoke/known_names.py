"""Which names templates may use at which place of a suite, and which name nothing."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from greenlight.documents.source import Path
from greenlight.smoke import templates
from greenlight.smoke.model import NAMESPACES
from greenlight.smoke.values import leaves


@dataclass
class KnownNames:
    """The names that templates may use at some place.

    Attributes:
        names: Variables and captures.
        secrets: What the suite names under secrets.
        fixed: Names that no capture may take again.
        later: What later steps capture, with their names.
    """

    names: set[str]
    secrets: set[str]
    fixed: set[str] = field(default_factory=set)
    later: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fixed |= self.names

    def copy(self) -> "KnownNames":
        """Return the same names for another test; what it captures is its own."""
        return KnownNames(set(self.names), self.secrets)

    def unknown(self, place: Path, request: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Find the templates that name nothing."""
        for path, value in leaves(request, place):
            if "json_schema" in path:
                continue  # what stands in a schema is no template
            if any("{{" in key for key in path if isinstance(key, str)):
                yield path, "stands under a key with a template; templates are filled in in values only"
            if not isinstance(value, str) or "{{" not in value:
                continue
            if "{{" in templates.with_samples(value):
                yield path, "opens a template that is none; write {{ name }} or {{ namespace.key }}"
            for name in templates.names(value):
                problem = self._problem(name)
                if problem:
                    yield path, f"{{{{ {name} }}}} {problem}"

    def _problem(self, name: str) -> str | None:
        namespace, dot, key = name.partition(".")
        full = [*_full_names(), *(f"secrets.{secret}" for secret in self.secrets)]
        if not dot:
            if name in self.names:
                return None
            if name in self.later:
                return f'is captured only in step "{self.later[name]}"'
            if name in NAMESPACES:
                return f"needs a key: {{{{ {name}.… }}}}"
            return f"is no variable, nor captured by an earlier step{_close(name, [*self.names, *full])}"
        if namespace not in NAMESPACES:
            return f'names nothing: "{namespace}" is none of {", ".join(NAMESPACES)}{_close(name, full)}'
        keys = NAMESPACES[namespace]
        if key in (self.secrets if keys is None else keys):
            return None
        there = ", ".join(sorted(self.secrets if keys is None else keys))
        if not there:
            return "names nothing: the suite has no secrets; add secrets: {name: {ssm: /path}}"
        return f"names nothing: {namespace} has {there}{_close(name, full)}"


def _full_names() -> list[str]:
    return [f"{namespace}.{key}" for namespace, keys in NAMESPACES.items() for key in keys or ()]


def _close(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""
