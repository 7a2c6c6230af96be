"""What CloudFormation looks at in the parameters of a stack, and moto does not."""

import re
from collections.abc import Mapping
from typing import Any


class ParameterError(ValueError):
    """When CloudFormation would refuse a stack for its parameters."""


def check_parameters(template: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Refuse what CloudFormation refuses: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html.

    Raises:
        ParameterError: With the parameter and its value.
    """
    declared = template.get("Parameters", {})
    if unknown := set(given) - set(declared):
        raise ParameterError(f"unknown parameters: {sorted(unknown)}")
    for name, declaration in declared.items():
        value = given.get(name, declaration.get("Default"))
        if value is None:
            raise ParameterError(f"{name} is missing")
        is_list = declaration["Type"] == "CommaDelimitedList" or declaration["Type"].startswith("List<")
        for part in str(value).split(",") if is_list else [str(value)]:
            if "AllowedValues" in declaration and part not in map(str, declaration["AllowedValues"]):
                raise ParameterError(f"{name} may not be {part}")
            if "AllowedPattern" in declaration and not re.fullmatch(declaration["AllowedPattern"], part):
                raise ParameterError(f"{name} may not be {part}")
            if declaration["Type"] == "Number" and not (
                declaration.get("MinValue", float("-inf")) <= float(part) <= declaration.get("MaxValue", float("inf"))
            ):
                raise ParameterError(f"{name} may not be {part}")
