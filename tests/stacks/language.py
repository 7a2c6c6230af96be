"""The language of templates, where moto does not know it or takes it for something else."""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel

from tests.stacks.resources import MADE_HERE, Noted


def complete(patch: pytest.MonkeyPatch) -> None:
    """Let moto know ``Fn::Cidr``, ``AWS::NoValue`` in a list, what ``Fn::Sub`` refers to, and every ``DeletionPolicy``."""
    patch.setattr(parsing, "clean_json", _knowing_more(parsing.clean_json))
    patch.setattr(parsing, "get_references_from_template", _in_texts_too(parsing.get_references_from_template))
    delete = parsing.ResourceMap._delete_resource

    def deleted_or_kept(resources: Any, made: Any, declared: Mapping[str, Any]) -> None:
        # moto knows Retain, and that only where a whole stack is deleted.
        if not declared.get("DeletionPolicy", "Delete").startswith("Retain"):
            delete(resources, made, declared)

    patch.setattr(parsing.ResourceMap, "_delete_resource", deleted_or_kept)


def watch(patch: pytest.MonkeyPatch, properties: dict[str, dict[str, Any]], noted: set[str]) -> None:
    """Keep what moto resolves, and make something of the types that it does not know.

    Args:
        patch: Undoes it.
        properties: Gets the resolved properties, by stack and logical id.
        noted: Gets the types of which nothing is made.
    """
    class_of, parse = parsing.resource_class_from_type, parsing.parse_resource_and_generate_name
    update = parsing.parse_and_update_resource

    def known_or_noted(kind: str) -> type[CloudFormationModel]:
        known = class_of(kind) if kind in parsing.get_model_map() else MADE_HERE.get(kind)
        if known is None:
            noted.add(kind)
        return known or Noted

    def parsed_and_kept(logical_id: str, resource: Any, resources: Any) -> Any:
        made = parse(logical_id, resource, resources)
        properties[resources["AWS::StackName"]][logical_id] = made[1]["Properties"]
        return made

    def updated_or_as_it_was(logical_id: str, resource: Any, resources: Any, **where: Any) -> Any:
        before = resources[logical_id]
        return update(logical_id, resource, resources, **where) or before

    patch.setattr(parsing, "resource_class_from_type", known_or_noted)
    patch.setattr(parsing, "parse_resource_and_generate_name", parsed_and_kept)
    patch.setattr(parsing, "parse_and_update_resource", updated_or_as_it_was)


def _knowing_more(clean: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def cleaned(value: Any, resources: Any) -> Any:
        if isinstance(value, list):  # AWS::NoValue leaves nothing behind
            return [item for item in (cleaned(each, resources) for each in value) if item is not None]
        if isinstance(value, dict) and set(value) == {"Fn::Cidr"}:
            block, count, bits = cleaned(value["Fn::Cidr"], resources)
            network = ipaddress.ip_network(block)
            return [str(each) for each in network.subnets(new_prefix=network.max_prefixlen - int(bits))][: int(count)]
        return clean(value, resources)

    return cleaned


def _in_texts_too(found: Callable[[Any], list[str]]) -> Callable[[Any], list[str]]:
    def referred_to(value: Any) -> list[str]:
        if isinstance(value, dict) and set(value) == {"Fn::Sub"}:
            return re.findall(r"\$\{(\w+)}", json.dumps(value))
        return found(value)

    return referred_to
