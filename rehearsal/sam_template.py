"""A copy of a template whose functions talk to the rehearsal's AWS API, for ``sam local start-lambda``.

SAM passes only variables that the template declares (`samcli.local.lambdafn.env_vars`), so they have to be in the
template itself; ``--env-vars`` would not reach the functions.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from rehearsal.cloudformation import read

COPY_NAME = "rehearsal.yaml"


def write_sam_template(template: Path, environment: Mapping[str, str]) -> Path:
    """Write the copy beside the template, so that the paths in it stay right, and return where it is.

    Args:
        template: The template, built or not.
        environment: The variables that every function shall have.

    Raises:
        TemplateError: When the template cannot be read.
        OSError: When the copy cannot be written.
    """
    document = read(template)
    function = document.setdefault("Globals", {}).setdefault("Function", {})
    variables = function.setdefault("Environment", {}).setdefault("Variables", {})
    variables.update(environment)
    copy = template.with_name(COPY_NAME)
    copy.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return copy
