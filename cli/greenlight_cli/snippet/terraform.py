"""A configuration in Terraform's language, as the AWS provider's resource ``aws_ecs_service`` has it.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecs_service#deployment_configuration
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from greenlight_cli.snippet.configuration import Configuration
from greenlight_cli.snippet.words import respelt, underscored

_BLOCK: Final = "deployment_configuration"
_HOOKS, _HOOK, _DETAILS = "lifecycle_hooks", "lifecycle_hook", "hook_details"


def as_hcl(configuration: Configuration) -> Iterator[str]:
    """Give the lines of the block ``deployment_configuration``."""
    document = respelt(configuration.document(), underscored)
    hooks = document.pop(_HOOKS)
    yield f"{_BLOCK} {{"
    yield from _indented(_body(document))
    for hook in hooks:
        yield ""
        yield from _indented(_block(_HOOK, hook))
    yield "}"


def quoted(text: str) -> str:
    """Write a text so that Terraform finds no template in it.

    https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
    """
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _block(name: str, items: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name} {{"
    yield from _indented(_body(items))
    yield "}"


def _body(items: Mapping[str, Any]) -> Iterator[str]:
    """Give attributes, their equals signs in a column as ``terraform fmt`` wants them, then blocks."""
    attributes = {key: _value(item) for key, item in items.items() if not isinstance(item, dict)}
    if details := items.get(_DETAILS):
        attributes[_DETAILS] = f"jsonencode({_object(details)})"
    width = max(map(len, attributes))
    for key, text in attributes.items():
        yield f"{key.ljust(width)} = {text}"
    for key, item in items.items():
        if isinstance(item, dict) and key != _DETAILS:
            yield ""
            yield from _block(key, item)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, dict):
        return _object(value)
    return json.dumps(value)


def _object(items: Mapping[str, Any]) -> str:
    return f"{{ {', '.join(f'{quoted(key)} = {_value(item)}' for key, item in items.items())} }}"


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)
